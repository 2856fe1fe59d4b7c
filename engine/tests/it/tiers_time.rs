//! What time does to tiers: periods, grace, pins, late jobs.

use perennial_engine::Clock;
use perennial_engine::tiers::{TierPin, TierStep};
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, purchase};
use crate::tiers::{
    START, assert_clean, by, create, earn, give_back, ladder, letters, moves, name, settle, shop, standing,
    tier,
};

fn go(shop: &Shop, instant: &str) {
    let clock = shop.engine.clock();
    let by = at(instant) - clock.now();
    assert!(by >= chrono::TimeDelta::zero(), "time does not run backwards");
    clock.advance(by);
}

async fn policy(shop: &Shop, tiers: Value) {
    shop.set(json!({"tiers": tiers})).await;
}

/// Runs the job twice: the second time there is nothing left to do.
async fn round(shop: &Shop) -> usize {
    let moves = shop.engine.tiers_round().await.unwrap();
    assert_eq!(shop.engine.tiers_round().await.unwrap(), 0, "twice is once");
    moves
}

/// A year, and thirty days to make up for what is missing: nobody falls before, everybody after.
#[tokio::test]
async fn at_the_end_of_a_period_and_after_grace_a_customer_falls_one_step() {
    let shop = shop().await;
    policy(&shop, json!({"window": {"kind": "calendar_year"}, "grace_days": 30})).await;
    ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 100, json!({})).await;
    let (_, noah) = earn(&shop, "2", 100, by("noah@example.com")).await;
    let told = standing(&shop, maya).await;
    assert_eq!(told.kept_until, "2026-12-31".parse().ok());
    assert_eq!(
        told.keep.unwrap().until,
        "2027-12-31".parse().unwrap(),
        "100 are enough for the next year, too"
    );

    // In time for 2027, by what was earned in 2026.
    go(&shop, "2027-01-01T12:00:00Z");
    assert_eq!(round(&shop).await, 0);
    assert_eq!(standing(&shop, maya).await.kept_until, "2027-12-31".parse().ok());

    // 2027: nothing. The last moment of the year, in New York, and of the grace.
    for quiet in ["2028-01-01T04:59:59Z", "2028-01-01T05:00:00Z", "2028-01-31T04:59:59Z"] {
        go(&shop, quiet);
        assert_eq!(round(&shop).await, 0, "{quiet}");
        assert_eq!(name(&shop, maya).await.as_deref(), Some("Gold"), "{quiet}");
    }
    // Noah makes up for it on the last day.
    earn(&shop, "3", 100, by("noah@example.com")).await;
    go(&shop, "2028-01-31T05:00:00Z");
    assert_eq!(round(&shop).await, 1);
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Silver"));
    assert_eq!(name(&shop, noah).await.as_deref(), Some("Gold"));
    assert_eq!(moves(&shop, maya).await, ["Bronze up Gold", "Gold down Silver"]);
    assert_eq!(letters(&shop).await.last().unwrap(), "Your tier at Corner Shop is now Silver");
    assert_clean(&shop).await;
    shop.close().await;
}

/// A job that was away for years walks period by period, and tells of every step that there really was.
#[tokio::test]
async fn a_late_job_does_what_one_in_time_would_have_done() {
    let shop = shop().await;
    policy(&shop, json!({"window": {"kind": "calendar_year"}})).await;
    ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 100, json!({})).await;
    go(&shop, "2030-06-01T12:00:00Z");
    assert_eq!(round(&shop).await, 2);
    assert_eq!(moves(&shop, maya).await, ["Bronze up Gold", "Gold down Silver", "Silver down Bronze"]);
    assert_eq!(
        standing(&shop, maya).await.since,
        "2029-01-01".parse().unwrap(),
        "one year later than Silver"
    );
    assert_eq!(letters(&shop).await.len(), 3);
    // And nothing is due any more.
    assert_eq!(shop.count("tier_memberships WHERE due_on IS NOT NULL").await, 0);
    assert_clean(&shop).await;
    shop.close().await;
}

/// What was being written when the ladder was made is counted when nothing of that is under way any more, be that years
/// later: whom that moves by then, the job has moved as well.
#[tokio::test]
async fn a_late_job_tells_of_those_whom_it_moves_as_it_counts() {
    let shop = shop().await;
    policy(&shop, json!({"window": {"kind": "calendar_year"}})).await;
    ladder(&shop).await;
    let mut slow = shop.db.pool.begin().await.unwrap();
    sqlx::query("SET LOCAL application_name = 'perennial'").execute(&mut *slow).await.unwrap();
    let (_, maya) = earn(&shop, "1", 100, json!({})).await;
    assert_eq!(shop.count("tier_ladders WHERE swept_at IS NULL").await, 1);
    slow.rollback().await.unwrap();
    go(&shop, "2030-06-01T12:00:00Z");
    assert_eq!(round(&shop).await, 2);
    assert_eq!(moves(&shop, maya).await, ["Bronze up Gold", "Gold down Silver", "Silver down Bronze"]);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Straight down, by the policy, and by the twelve months before the day.
#[tokio::test]
async fn by_another_policy_customers_fall_straight_to_where_they_belong() {
    let shop = shop().await;
    policy(&shop, json!({"window": {"kind": "rolling_months", "months": 12}, "demotion": "straight"})).await;
    let [bronze, _, gold] = ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 100, json!({})).await;
    assert_eq!(standing(&shop, maya).await.kept_until, "2027-11-20".parse().ok());
    // The day on which it was reached is the first of the twelve months that keep it.
    go(&shop, "2027-11-21T12:00:00Z");
    assert_eq!(round(&shop).await, 0);
    assert_eq!(standing(&shop, maya).await.kept_until, "2028-11-20".parse().ok());
    go(&shop, "2028-11-21T12:00:00Z");
    assert_eq!(round(&shop).await, 1);
    assert_eq!(moves(&shop, maya).await, ["Bronze up Gold", "Gold down Bronze"]);
    // What is told of the last thirty days; the climb was two years ago.
    let flow = async |days| -> Vec<_> {
        let flow = shop.engine.tier_flow(&shop.cx, days).await.unwrap();
        flow.iter().map(|moved| (moved.up, moved.from, moved.to, moved.moves)).collect()
    };
    let down = (false, Some(gold), Some(bronze), 1);
    assert_eq!(flow(30).await, [down]);
    let mut all = flow(800).await;
    all.sort_unstable();
    assert_eq!(all, [down, (true, Some(bronze), Some(gold), 1)]);
    assert_clean(&shop).await;
    shop.close().await;
}

/// G12: a return below the threshold changes nothing at once; at the end of the period it counts.
#[tokio::test]
async fn g12_a_return_counts_at_the_end_of_the_period() {
    let shop = shop().await;
    policy(&shop, json!({"window": {"kind": "calendar_year"}})).await;
    ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 60, json!({})).await;
    let (last, _) = earn(&shop, "2", 40, json!({})).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Gold"));
    give_back(&shop, last, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Gold"));
    let keep = standing(&shop, maya).await.keep.unwrap();
    assert_eq!((keep.progress, keep.missing), (60, 40));
    go(&shop, "2027-01-01T12:00:00Z");
    assert_eq!(round(&shop).await, 1);
    assert_eq!(moves(&shop, maya).await, ["Bronze up Silver", "Silver up Gold", "Gold down Silver"]);
    assert_clean(&shop).await;
    shop.close().await;
}

/// A pin holds to its last day, and to the end of the period of that day; letting go is a decision, too.
#[tokio::test]
async fn a_pinned_customer_stays_until_the_period_of_the_pin_is_over() {
    let shop = shop().await;
    policy(&shop, json!({"window": {"kind": "calendar_year"}})).await;
    ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 10, json!({})).await;
    let step = TierStep { pinned_until: "2027-03-31".parse().ok() };
    let promoted = shop.engine.customer_tier_promote(&shop.cx, maya, step, false).await.unwrap();
    assert_eq!((promoted.tier.unwrap().name.as_str(), promoted.pinned_until), ("Silver", step.pinned_until));
    go(&shop, "2027-02-01T12:00:00Z");
    assert_eq!(round(&shop).await, 0);
    earn(&shop, "2", 500, json!({"occurred_at": null})).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Silver"), "pinned: up neither");
    go(&shop, "2027-04-01T12:00:00Z");
    assert_eq!(round(&shop).await, 1, "the pin is over, and 500 were earned");
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Gold"));
    let held = TierPin { until: "2027-12-31".parse().ok() };
    shop.engine.customer_tier_pin(&shop.cx, maya, held, false).await.unwrap();
    let free = shop.engine.customer_tier_pin(&shop.cx, maya, TierPin::default(), false).await.unwrap();
    assert_eq!(free.pinned_until, None);
    assert_eq!(moves(&shop, maya).await, ["Bronze up Silver", "Silver up Gold"]);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Another policy moves customers when the job comes by, also those who never buy again.
#[tokio::test]
async fn another_policy_is_applied_by_the_job() {
    let shop = shop().await;
    policy(&shop, json!({"window": {"kind": "ever"}})).await;
    ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 100, json!({})).await;
    assert_eq!(standing(&shop, maya).await.kept_until, None);
    policy(&shop, json!({"window": {"kind": "calendar_year"}})).await;
    assert_eq!(round(&shop).await, 0);
    assert_eq!(standing(&shop, maya).await.kept_until, "2026-12-31".parse().ok());
    // One purchase is enough for a tier that counts them.
    policy(&shop, json!({"basis": "purchases"})).await;
    assert_eq!(round(&shop).await, 0, "nobody falls in the middle of a period");
    create(&shop, tier("Regular", 1)).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Gold"));
    go(&shop, "2027-01-01T12:00:00Z");
    round(&shop).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Silver"));
    assert_eq!(standing(&shop, maya).await.progress, 0);
    assert_clean(&shop).await;
    shop.close().await;
}

/// The job of the engine goes by the time of each merchant, and what a till sends late counts on its own day.
#[tokio::test]
async fn late_purchases_count_on_their_own_day() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    policy(&shop, json!({"window": {"kind": "calendar_year"}})).await;
    shop.engine.sandbox_make(shop.merchant).await.unwrap();
    ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 60, json!({})).await;
    shop.engine.sandbox_set_clock(shop.merchant, at("2027-01-02T12:00:00Z")).await.unwrap();
    // It happened on the last evening of the year, in New York.
    shop.bought(purchase("2", 40, json!({"occurred_at": "2027-01-01T04:30:00Z"}))).await;
    settle(&shop).await;
    assert_eq!(shop.count("tier_activity WHERE day = '2026-12-31' AND points = 40").await, 1);
    shop.engine.jobs_run().await.unwrap();
    let told = standing(&shop, maya).await;
    assert_eq!(
        (told.tier.unwrap().name.as_str(), told.progress),
        ("Silver", 0),
        "100 in the year that is over"
    );
    assert_eq!(told.kept_until, "2027-12-31".parse().ok());
    shop.close().await;
}

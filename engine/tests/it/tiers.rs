//! Tiers, from a purchase to the letter, and the ladder that moves under people.

use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, PurchaseId, TierId};
use perennial_domain::returns::ReturnInput;
use perennial_domain::tiers::TierInput;
use perennial_engine::tiers::{CustomerTier, TierEdited, TierMove, TierPin, TierStep};
use perennial_engine::{Clock, Error, PageRequest};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::intake_support::{Shop, at, buy, buy_all, patiently, purchase};

pub const START: &str = "2026-11-21T12:00:00Z";

/// A shop at a fixed time that gives a point per cent.
pub async fn shop() -> Shop {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop
}

pub fn tier(name: &str, threshold: i64) -> TierInput {
    TierInput { name: name.to_owned(), threshold: Some(threshold), ..TierInput::default() }
}

pub async fn create(shop: &Shop, input: TierInput) -> TierId {
    shop.engine.tier_create(&shop.cx, input, false).await.unwrap().tier.unwrap().id
}

/// The ladder of seed 001: Bronze from 0, Silver from 50, Gold from 100.
pub async fn ladder(shop: &Shop) -> [TierId; 3] {
    [
        create(shop, tier("Bronze", 0)).await,
        create(shop, tier("Silver", 50)).await,
        create(shop, tier("Gold", 100)).await,
    ]
}

/// Lets the workers run until every message has had its effect.
pub async fn settle(shop: &Shop) {
    let workers = shop.engine.workers();
    follow(shop).await;
    workers.stop().await;
}

/// Waits until every message has had its effect. One that fails fails the test.
pub async fn follow(shop: &Shop) {
    while shop.count("queue").await > 0 {
        let failed = "SELECT last_error FROM queue WHERE last_error IS NOT NULL LIMIT 1";
        let failed: Option<String> = sqlx::query_scalar(failed).fetch_optional(&shop.db.pool).await.unwrap();
        assert_eq!(failed, None);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Buys for so many points, as maya unless told otherwise, and lets it have its effect.
pub async fn earn(
    shop: &Shop,
    number: impl Into<String>,
    points: i64,
    with: Value,
) -> (PurchaseId, CustomerId) {
    let bought = shop.bought(purchase(number, points, with)).await;
    settle(shop).await;
    (bought.id, bought.customer_id.unwrap())
}

pub fn by(email: &str) -> Value {
    json!({"customer": {"email": email}})
}

pub async fn standing(shop: &Shop, customer: CustomerId) -> CustomerTier {
    shop.engine.customer_tier(&shop.cx, customer).await.unwrap()
}

pub async fn name(shop: &Shop, customer: CustomerId) -> Option<String> {
    standing(shop, customer).await.tier.map(|tier| tier.name)
}

/// The moves of a customer, the oldest first: `None up Silver`.
pub async fn moves(shop: &Shop, customer: CustomerId) -> Vec<String> {
    let page = shop.engine.customer_tier_moves(&shop.cx, customer, &PageRequest::default()).await.unwrap();
    let name = |tier: &Option<perennial_engine::tiers::TierName>| {
        tier.as_ref().map_or("none", |tier| tier.name.as_str()).to_owned()
    };
    let text = |moved: &TierMove| format!("{} {} {}", name(&moved.from), moved.moved, name(&moved.to));
    page.data.iter().rev().map(text).collect()
}

/// What letters say of tiers, the oldest first.
/// The subjects of all letters, the oldest first, without the welcome that every customer gets.
pub async fn letters(shop: &Shop) -> Vec<String> {
    let letters = shop.engine.mailbox_list(None, &PageRequest::default()).await.unwrap().data;
    let mut subjects: Vec<_> = letters.into_iter().map(|letter| (letter.id, letter.subject)).collect();
    subjects.sort();
    let subjects = subjects.into_iter().map(|(_, subject)| subject);
    subjects.filter(|subject| !subject.starts_with("Welcome to ")).collect()
}

pub async fn give_back(shop: &Shop, bought: PurchaseId, name: &str, more: Value) {
    let mut input = json!({"return_id": name});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let input: ReturnInput = serde_json::from_value(input).unwrap();
    shop.engine.return_purchase(&shop.cx, bought, &input.check().unwrap(), false).await.unwrap();
}

pub async fn assert_clean(shop: &Shop) {
    shop.swept().await;
    let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciliation.is_clean(), "{:#?}", reconciliation.checks);
}

/// From, to, how many.
fn movements(edited: &TierEdited) -> Vec<(Option<&str>, Option<&str>, u64)> {
    edited
        .moves
        .iter()
        .map(|movement| {
            assert_eq!(movement.examples.len() as u64, movement.customers.min(5));
            (
                movement.from.as_ref().map(|tier| tier.name.as_str()),
                movement.to.as_ref().map(|tier| tier.name.as_str()),
                movement.customers,
            )
        })
        .collect()
}

fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> String {
    match refused {
        Err(Error::Conflict { code, .. }) => code.to_owned(),
        Err(Error::Invalid(errors)) => {
            errors.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// Seed 001: tiers from 0, 50 and 100. A new customer's order worth 50 leads to the second one, with exactly one message;
/// when that tier is deleted, to the one below.
#[tokio::test]
async fn seed_001_an_order_of_50_leads_to_the_second_tier_and_its_end_to_the_one_below() {
    let shop = shop().await;
    let [_, silver, _] = ladder(&shop).await;
    let (bought, maya) = earn(&shop, "1", 50, json!({})).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Silver"));
    assert_eq!(moves(&shop, maya).await, ["Bronze up Silver"]);
    assert_eq!(letters(&shop).await, ["You have reached Silver at Corner Shop"]);
    let record = shop.engine.purchase_get(&shop.cx, bought).await.unwrap();
    let facts = serde_json::to_value(&record.record.facts).unwrap();
    assert_eq!(facts["tier"]["name"], "Bronze", "the order itself came from the first tier");

    let edited = shop.engine.tier_delete(&shop.cx, silver, false).await.unwrap();
    assert_eq!(movements(&edited), [(Some("Silver"), Some("Bronze"), 1)]);
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Bronze"));
    assert_eq!(moves(&shop, maya).await, ["Bronze up Silver", "Silver down Bronze"]);
    assert_eq!(letters(&shop).await.len(), 2);
    assert_clean(&shop).await;
    shop.close().await;
}

/// G13: a threshold is reached exactly at it, and not by one less.
#[tokio::test]
async fn g13_a_threshold_is_reached_exactly_at_it() {
    let shop = shop().await;
    ladder(&shop).await;
    for (number, (points, expected)) in
        [(49, "Bronze"), (50, "Silver"), (51, "Silver"), (99, "Silver"), (100, "Gold")]
            .into_iter()
            .enumerate()
    {
        let who = by(&format!("c{number}@example.com"));
        let (_, customer) = earn(&shop, format!("{number}"), points, who).await;
        assert_eq!(name(&shop, customer).await.as_deref(), Some(expected), "{points}");
    }
    // One more point makes the difference.
    let (_, customer) = earn(&shop, "more", 1, by("c0@example.com")).await;
    assert_eq!(name(&shop, customer).await.as_deref(), Some("Silver"));
    let standing = standing(&shop, customer).await;
    assert_eq!(standing.progress, 50);
    let next = standing.next.unwrap();
    assert_eq!((next.tier.name.as_str(), next.threshold, next.missing), ("Gold", 100, 50));
    assert_clean(&shop).await;
    shop.close().await;
}

/// G14: who spends points keeps the tier: what counts is what was earned.
#[tokio::test]
async fn g14_spending_points_moves_nobody() {
    let shop = shop().await;
    ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 100, json!({})).await;
    let taken = serde_json::from_value(json!({"points": -100, "reason": "A reward"})).unwrap();
    shop.engine.adjustment_create(&shop.cx, maya, taken).await.unwrap();
    shop.engine.jobs_run().await.unwrap();
    earn(&shop, "2", 1, json!({})).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Gold"));
    assert_eq!(standing(&shop, maya).await.progress, 101);
    assert_eq!(moves(&shop, maya).await, ["Bronze up Gold"]);
    assert_clean(&shop).await;
    shop.close().await;
}

/// G15: everybody on a deleted tier moves, pinned or not, and is told once; nobody else is.
#[tokio::test]
async fn g15_a_deleted_tier_moves_all_of_its_customers_once() {
    let shop = shop().await;
    let [_, silver, _] = ladder(&shop).await;
    let mut silvers = Vec::new();
    for number in 0..4 {
        silvers.push(earn(&shop, format!("s{number}"), 60, by(&format!("s{number}@example.com"))).await.1);
    }
    let (_, gold) = earn(&shop, "g", 100, by("g@example.com")).await;
    let held = TierPin { until: "2027-12-31".parse().ok() };
    shop.engine.customer_tier_pin(&shop.cx, silvers[0], held, false).await.unwrap();
    let before = letters(&shop).await.len();

    let preview = shop.engine.tier_delete(&shop.cx, silver, true).await.unwrap();
    assert!(preview.dry_run);
    assert_eq!(name(&shop, silvers[0]).await.as_deref(), Some("Silver"), "only a look");
    let edited = shop.engine.tier_delete(&shop.cx, silver, false).await.unwrap();
    assert_eq!(movements(&edited), [(Some("Silver"), Some("Bronze"), 4)]);
    assert_eq!(preview.moves, edited.moves);
    for customer in &silvers {
        assert_eq!(name(&shop, *customer).await.as_deref(), Some("Bronze"));
        assert_eq!(moves(&shop, *customer).await.len(), 2);
    }
    assert_eq!(moves(&shop, gold).await, ["Bronze up Gold"]);
    assert_eq!(letters(&shop).await.len(), before + 4);
    assert!(matches!(shop.engine.tier_delete(&shop.cx, silver, false).await, Err(Error::NotFound(_))));
    settle(&shop).await;
    shop.engine.jobs_run().await.unwrap();
    assert_eq!(letters(&shop).await.len(), before + 4);
    assert_clean(&shop).await;
    shop.close().await;
}

/// G16: what the preview of another threshold shows is what happens.
#[tokio::test]
async fn g16_an_edited_threshold_does_what_its_preview_showed() {
    let shop = shop().await;
    let [_, silver, gold] = ladder(&shop).await;
    for points in [10, 30, 49, 50, 70, 99, 100, 150] {
        earn(&shop, format!("{points}"), points, by(&format!("c{points}@example.com"))).await;
    }
    let cases = [
        (silver, tier("Silver", 30), vec![(Some("Bronze"), Some("Silver"), 2)]),
        // Who had reached the old threshold by less than the new one goes where the progress leads.
        (silver, tier("Silver", 60), vec![(Some("Silver"), Some("Bronze"), 3)]),
        (gold, tier("Gold", 120), vec![(Some("Gold"), Some("Silver"), 1)]),
        // Past the other one: the ladder has another order.
        (
            silver,
            tier("Silver", 140),
            vec![(Some("Gold"), Some("Silver"), 1), (Some("Silver"), Some("Bronze"), 3)],
        ),
    ];
    for (id, input, expected) in cases {
        let preview = shop.engine.tier_update(&shop.cx, id, input.clone(), true).await.unwrap();
        let before = shop.count("tier_moves").await;
        let edited = shop.engine.tier_update(&shop.cx, id, input, false).await.unwrap();
        let told: u64 = edited.moves.iter().map(|movement| movement.customers).sum();
        let mut found = movements(&edited);
        found.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(preview.moves, edited.moves);
        assert_eq!(shop.count("tier_moves").await - before, i64::try_from(told).unwrap());
        assert_eq!(shop.count("tier_moves").await, i64::try_from(letters(&shop).await.len()).unwrap());
    }
    assert_clean(&shop).await;
    shop.close().await;
}

/// A new name, multiplier or benefit moves nobody, and the history keeps the old name.
#[tokio::test]
async fn a_new_name_moves_nobody() {
    let shop = shop().await;
    let [_, silver, _] = ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 50, json!({})).await;
    let input = TierInput { multiplier: Some("2".into()), ..tier("Argent", 50) };
    let edited = shop.engine.tier_update(&shop.cx, silver, input, false).await.unwrap();
    assert_eq!((edited.moves.len(), edited.tier.unwrap().brings), (0, vec!["2× points".to_owned()]));
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Argent"));
    assert_eq!(moves(&shop, maya).await, ["Bronze up Silver"]);
    assert_eq!(letters(&shop).await.len(), 1);
    assert_clean(&shop).await;
    shop.close().await;
}

/// The purchase that reaches a tier still counts by the old one; the multiplier is for the next.
#[tokio::test]
async fn a_multiplier_counts_from_the_next_purchase_on() {
    let shop = shop().await;
    create(&shop, TierInput { multiplier: Some("2".into()), ..tier("Silver", 50) }).await;
    let first = shop.bought(purchase("1", 50, json!({}))).await;
    settle(&shop).await;
    let second = shop.bought(purchase("2", 50, json!({}))).await;
    settle(&shop).await;
    assert_eq!((first.points_earned.get(), second.points_earned.get()), (50, 100));
    // A claim counts by the tier of the claimant, at the claim.
    let found = shop.bought(purchase("3", 10, json!({"customer": null}))).await;
    let claimed = shop
        .engine
        .claim(&shop.cx, found.claim_code.as_ref().unwrap(), &CustomerRef::Id(second.customer_id.unwrap()))
        .await
        .unwrap();
    assert_eq!(claimed.claim.points.get(), 20);
    settle(&shop).await;
    assert_eq!(standing(&shop, second.customer_id.unwrap()).await.progress, 170);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Many purchases of one customer at once reach a tier once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_purchases_make_one_move() {
    let shop = shop().await;
    ladder(&shop).await;
    let workers = shop.engine.workers();
    let another = shop.another_engine().await;
    let others = another.workers();
    let mut tills = JoinSet::new();
    for till in 0..8 {
        let engine = if till % 2 == 0 { shop.engine.clone() } else { another.clone() };
        let cx = shop.cx.clone();
        tills.spawn(async move {
            for number in 0..10 {
                buy(&engine, &cx, purchase(format!("{till}-{number}"), 1, json!({}))).await.unwrap();
            }
        });
    }
    tills.join_all().await;
    follow(&shop).await;
    workers.stop().await;
    others.stop().await;
    another.shutdown().await;
    assert_eq!(shop.count("tier_moves").await, 1);
    assert_eq!(letters(&shop).await, ["You have reached Silver at Corner Shop"]);
    assert_eq!(shop.count("tier_activity WHERE points = 80 AND purchases = 80").await, 1);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Messages come again, in another order, and a return before its purchase was counted: the same progress.
#[tokio::test]
async fn whatever_order_messages_come_in_a_purchase_counts_once() {
    let shop = shop().await;
    ladder(&shop).await;
    let kept = shop.bought(purchase("1", 40, json!({}))).await;
    let returned = shop.bought(purchase("2", 60, json!({}))).await;
    give_back(&shop, returned.id, "r1", json!({"amount": 20})).await;
    let gone = shop.bought(purchase("3", 500, json!({}))).await;
    give_back(&shop, gone.id, "r2", json!({})).await;
    // Nothing was counted yet. The newest message first, and each of them twice.
    sqlx::raw_sql(
        "UPDATE queue SET due_at = due_at - id * interval '1 minute';
         INSERT INTO queue (module, merchant_id, payload) SELECT module, merchant_id, payload FROM queue ORDER BY id DESC",
    )
    .execute(&shop.db.pool)
    .await
    .unwrap();
    settle(&shop).await;
    let maya = kept.customer_id.unwrap();
    assert_eq!(standing(&shop, maya).await.progress, 80);
    assert_eq!(moves(&shop, maya).await, ["Bronze up Silver"], "what was returned has never led to Gold");
    assert_eq!(shop.count("tier_activity WHERE spend = 80 AND purchases = 2").await, 1);
    // And long after.
    give_back(&shop, returned.id, "r3", json!({})).await;
    settle(&shop).await;
    assert_eq!(standing(&shop, maya).await.progress, 40);
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Silver"), "nobody falls in the middle of a period");
    assert_clean(&shop).await;
    shop.close().await;
}

/// With the first tier, everything before it counts, also what was claimed and returned; and a merchant without tiers has
/// no rows of them.
#[tokio::test]
async fn the_first_tier_counts_the_past() {
    let shop = shop().await;
    let old = json!({"occurred_at": "2026-11-18T03:00:00Z"});
    let first = shop.bought(purchase("1", 70, old)).await;
    give_back(&shop, first.id, "r", json!({"amount": 10})).await;
    shop.bought(purchase("2", 30, by("noah@example.com"))).await;
    let found = shop.bought(purchase("3", 45, json!({"customer": null}))).await;
    let noah = CustomerRef::Email("noah@example.com".parse().unwrap());
    let claimed = shop.engine.claim(&shop.cx, found.claim_code.as_ref().unwrap(), &noah).await.unwrap();
    shop.bought(purchase("4", 49, by("ada@example.com"))).await;
    assert_eq!(shop.count("queue WHERE module = 'tiers'").await, 0);

    let preview = shop.engine.tier_create(&shop.cx, tier("Silver", 50), true).await.unwrap();
    assert_eq!(movements(&preview), [(None, Some("Silver"), 2)]);
    for table in ["tiers", "tier_ladders", "tier_counted", "tier_activity", "tier_memberships"] {
        assert_eq!(shop.count(table).await, 0, "{table}");
    }
    create(&shop, tier("Silver", 50)).await;
    // Of New York: it was still the evening of the 17th there.
    assert_eq!(shop.count("tier_activity WHERE day = '2026-11-17' AND points = 60").await, 1);
    let noah = claimed.claim.customer_id;
    assert_eq!(moves(&shop, noah).await, ["none up Silver"]);
    assert_eq!(standing(&shop, noah).await.progress, 75);
    assert_eq!((shop.count("tier_counted").await, shop.count("tier_moves").await), (4, 2));
    // A purchase that was under way and did not know of the ladder: the sweep finds it.
    shop.bought(purchase("5", 1, by("ada@example.com"))).await;
    sqlx::raw_sql("DELETE FROM queue").execute(&shop.db.pool).await.unwrap();
    shop.swept().await;
    assert_eq!(shop.count("tier_moves").await, 3, "Ada has 50");
    assert_clean(&shop).await;
    shop.close().await;
}

/// Everybody has the tier from 0, also those whom nobody has looked at: they are counted, and told when it goes.
#[tokio::test]
async fn everybody_has_the_tier_from_0() {
    let shop = shop().await;
    let customer = json!({"email": "idle@example.com"});
    let idle = shop
        .engine
        .customer_create(&shop.cx, serde_json::from_value(customer).unwrap())
        .await
        .unwrap()
        .customer
        .id;
    create(&shop, tier("Silver", 50)).await;
    assert_eq!(name(&shop, idle).await, None);
    let edited = shop.engine.tier_create(&shop.cx, tier("Bronze", 0), false).await.unwrap();
    assert_eq!(movements(&edited), [(None, Some("Bronze"), 1)]);
    // Who comes later has it from the beginning, and is told nothing.
    let customer = json!({"email": "later@example.com"});
    let later = shop
        .engine
        .customer_create(&shop.cx, serde_json::from_value(customer).unwrap())
        .await
        .unwrap()
        .customer
        .id;
    assert_eq!(name(&shop, later).await.as_deref(), Some("Bronze"));
    let counted = shop.engine.tier_customers(&shop.cx).await.unwrap();
    let bronze = edited.tier.unwrap().id;
    assert_eq!((counted.len(), counted[0].tier, counted[0].customers), (1, Some(bronze), 2));
    let edited = shop.engine.tier_delete(&shop.cx, bronze, false).await.unwrap();
    assert_eq!(movements(&edited), [(Some("Bronze"), None, 2)]);
    assert_eq!(moves(&shop, later).await, ["Bronze down none"]);
    assert_eq!(letters(&shop).await.len(), 3);
    assert_clean(&shop).await;
    shop.close().await;
}

/// Promotions name tiers that there are, and a tier that one names stays.
#[tokio::test]
async fn a_tier_that_a_promotion_names_stays() {
    let shop = shop().await;
    let [_, silver, gold] = ladder(&shop).await;
    let terms = |tier: TierId| {
        serde_json::from_value(json!({"name": "Double", "multiplier": "2", "tiers": [tier]})).unwrap()
    };
    let nobody = TierId::new(0, [0; 10]);
    assert_eq!(code(shop.engine.promotion_create(&shop.cx, terms(nobody)).await), "/tiers/0 unknown_tier");
    let drafted = shop.engine.promotion_create(&shop.cx, terms(silver)).await.unwrap();
    for dry_run in [true, false] {
        assert_eq!(code(shop.engine.tier_delete(&shop.cx, silver, dry_run).await), "tier_in_use");
    }
    shop.engine.promotion_publish(&shop.cx, drafted.id, None).await.unwrap();
    assert_eq!(code(shop.engine.tier_delete(&shop.cx, silver, false).await), "tier_in_use");
    let (_, maya) = earn(&shop, "1", 50, json!({})).await;
    let doubled = shop.bought(purchase("2", 10, json!({}))).await;
    assert_eq!(doubled.points_earned.get(), 20);
    settle(&shop).await;
    // Another version has taken over: now that one's tier stays.
    shop.engine.promotion_edit(&shop.cx, drafted.id, terms(gold)).await.unwrap();
    shop.engine.promotion_publish(&shop.cx, drafted.id, None).await.unwrap();
    assert_eq!(code(shop.engine.tier_delete(&shop.cx, gold, false).await), "tier_in_use");
    shop.engine.tier_delete(&shop.cx, silver, false).await.unwrap();
    shop.engine.promotion_end(&shop.cx, drafted.id).await.unwrap();
    shop.engine.tier_delete(&shop.cx, gold, false).await.unwrap();
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Bronze"));
    assert_clean(&shop).await;
    shop.close().await;
}

/// No two tiers have one threshold or one name, also not in other letters, and two people at once get one tier.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_tiers_are_the_same() {
    let shop = shop().await;
    let [bronze, ..] = ladder(&shop).await;
    assert_eq!(code(shop.engine.tier_create(&shop.cx, tier("Other", 50), false).await), "threshold_taken");
    assert_eq!(code(shop.engine.tier_create(&shop.cx, tier("GOLD", 70), true).await), "name_taken");
    assert_eq!(
        code(shop.engine.tier_update(&shop.cx, bronze, tier("Bronze", 100), false).await),
        "threshold_taken"
    );
    assert_eq!(
        code(shop.engine.tier_create(&shop.cx, TierInput::default(), false).await),
        "/name required/threshold required"
    );
    let mut people = JoinSet::new();
    for number in 0..4 {
        let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
        people.spawn(async move { engine.tier_create(&cx, tier(&format!("T{number}"), 500), false).await });
    }
    let results = people.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    let list = shop.engine.tier_list(&shop.cx).await.unwrap();
    assert_eq!(list.iter().map(|tier| tier.terms.threshold.unwrap()).collect::<Vec<_>>(), [0, 50, 100, 500]);
    shop.close().await;
}

/// Staff move customers up and down, not beyond the ends; each move is told once, and says who did it.
#[tokio::test]
async fn staff_promote_and_demote() {
    let shop = shop().await;
    ladder(&shop).await;
    let (_, maya) = earn(&shop, "1", 50, json!({})).await;
    let step = TierStep::default();
    let preview = shop.engine.customer_tier_promote(&shop.cx, maya, step, true).await.unwrap();
    assert_eq!(preview.tier.as_ref().unwrap().name, "Gold");
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Silver"), "only a look");
    let promoted = shop.engine.customer_tier_promote(&shop.cx, maya, step, false).await.unwrap();
    assert_eq!(promoted, preview);
    assert_eq!(code(shop.engine.customer_tier_promote(&shop.cx, maya, step, false).await), "at_top");
    for expected in ["Silver", "Bronze"] {
        let demoted = shop.engine.customer_tier_demote(&shop.cx, maya, step, false).await.unwrap();
        assert_eq!(demoted.tier.unwrap().name, expected);
    }
    assert_eq!(code(shop.engine.customer_tier_demote(&shop.cx, maya, step, false).await), "at_bottom");
    let past = TierStep { pinned_until: "2026-11-20".parse().ok() };
    assert_eq!(
        code(shop.engine.customer_tier_promote(&shop.cx, maya, past, false).await),
        "/pinned_until in_past"
    );
    // Whom staff moved down does not rise by the next purchase.
    earn(&shop, "2", 500, json!({})).await;
    assert_eq!(name(&shop, maya).await.as_deref(), Some("Bronze"));
    let all = ["Bronze up Silver", "Silver up Gold", "Gold down Silver", "Silver down Bronze"];
    assert_eq!(moves(&shop, maya).await, all);
    assert_eq!(letters(&shop).await.len(), 4);
    let first = PageRequest::new(Some(1), None).unwrap();
    let page = shop.engine.customer_tier_moves(&shop.cx, maya, &first).await.unwrap();
    assert_eq!(
        (page.data[0].by.as_deref(), page.data[0].text.as_str()),
        (Some("system"), "Decided by staff")
    );
    let second = PageRequest::new(Some(1), page.next).unwrap();
    assert_eq!(shop.engine.customer_tier_moves(&shop.cx, maya, &second).await.unwrap().data[0].number, 3);
    assert_clean(&shop).await;
    shop.close().await;
}

/// A batch with many customers and a ladder that is edited meanwhile: everybody ends where their points lead.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_edit_beside_full_load_leaves_everybody_where_they_belong() {
    let shop = Shop::open().await;
    ladder(&shop).await;
    let workers = shop.engine.workers();
    let mut tills = JoinSet::new();
    for till in 0..4 {
        let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
        tills.spawn(async move {
            for round in 0..6 {
                let purchases = (0..10).map(|number| {
                    purchase(format!("{till}-{round}-{number}"), 3, by(&format!("c{number}@example.com")))
                });
                for bought in buy_all(&engine, &cx, purchases.collect()).await {
                    bought.unwrap();
                }
            }
        });
    }
    for (number, threshold) in [60, 40, 70, 65].into_iter().enumerate() {
        let mut input = tier("Platinum", threshold);
        let list = shop.engine.tier_list(&shop.cx).await.unwrap();
        match list.iter().find(|tier| tier.terms.name == "Platinum") {
            Some(found) => {
                let edit = || shop.engine.tier_update(&shop.cx, found.id, input.clone(), false);
                patiently!(edit()).unwrap();
            }
            None => {
                input.multiplier = Some("1".into());
                patiently!(shop.engine.tier_create(&shop.cx, input.clone(), false)).unwrap();
            }
        }
        assert!(number < 4);
    }
    tills.join_all().await;
    follow(&shop).await;
    workers.stop().await;
    // 72 points each.
    assert_eq!(
        shop.count("tier_memberships AS m JOIN tiers AS t ON t.id = m.tier_id WHERE t.threshold = 65").await,
        10
    );
    assert_clean(&shop).await;
    shop.close().await;
}

//! Birthdays: told, corrected, kept once a year by the merchant's calendar.

use chrono::TimeDelta;
use perennial_domain::birthday::Birthday;
use perennial_domain::ids::{CustomerId, PolicyId};
use perennial_domain::policies::Template;
use perennial_engine::customers::CustomerPatch;
use perennial_engine::import::{Columns, ImportOptions, Kind, Scattered};
use perennial_engine::{Clock, Cx, Error};
use serde_json::{Value, json};

use crate::intake_support::{Hold, Shop, merchant, patiently};
use crate::policies::{assert_clean, became, input, policy, publish, settle, shop};
use crate::support::instant;

/// Moves the clock of everybody forward to an instant.
fn go(shop: &Shop, to: &str) {
    let clock = shop.engine.clock();
    let by: TimeDelta = instant(to) - clock.now();
    assert!(by >= TimeDelta::zero(), "time does not run backwards");
    clock.advance(by);
}

async fn enter(shop: &Shop, customer: Value) -> CustomerId {
    let input = serde_json::from_value(customer).unwrap();
    shop.engine.customer_create(&shop.cx, input).await.unwrap().customer.id
}

async fn born(shop: &Shop, name: &str, birthday: &str) -> CustomerId {
    enter(shop, json!({"email": format!("{name}@example.com"), "birthday": birthday})).await
}

async fn correct(shop: &Shop, customer: CustomerId, birthday: Value) {
    let patch: CustomerPatch = serde_json::from_value(json!({ "birthday": birthday })).unwrap();
    shop.engine.customer_update(&shop.cx, customer, patch).await.unwrap();
}

async fn birthday_of(shop: &Shop, customer: CustomerId) -> Option<String> {
    let known = shop.engine.customer_get(&shop.cx, customer).await.unwrap().birthday;
    known.map(|birthday| birthday.to_string())
}

/// Five points on the birthday.
async fn five(shop: &Shop, more: Value) -> PolicyId {
    policy(shop, json!({"on": "birthday"}), json!({"give": "points", "points": 5}), more).await
}

async fn points(shop: &Shop, customer: CustomerId) -> i64 {
    shop.engine.customer_get(&shop.cx, customer).await.unwrap().points
}

async fn keep(shop: &Shop) -> u64 {
    let told = shop.engine.birthdays_round().await.unwrap();
    settle(shop).await;
    told
}

fn day(text: &str) -> Birthday {
    text.parse().unwrap()
}

#[tokio::test]
async fn it_is_given_once_a_year_on_the_merchants_day() {
    let shop = shop().await;
    let maya = born(&shop, "maya", "11-22").await;
    let ben = born(&shop, "ben", "1990-11-22").await;
    let eve = born(&shop, "eve", "11-23").await;
    let dan = enter(&shop, json!({"email": "dan@example.com"})).await;
    let id = publish(&shop, Template::BirthdayPoints.draft(None)).await;
    // One second before midnight in New York.
    go(&shop, "2026-11-22T04:59:00Z");
    keep(&shop).await;
    assert_eq!(became(&shop, id).await, [""; 0]);
    go(&shop, "2026-11-22T05:00:00Z");
    assert_eq!(shop.engine.birthdays_round().await.unwrap(), 2);
    // Again, elsewhere, and all at once: nobody more is told of.
    let other = shop.another_engine().await;
    let rounds = futures::future::join_all([&shop.engine, &other, &shop.engine].map(|e| e.birthdays_round()));
    assert_eq!(rounds.await.into_iter().map(Result::unwrap).sum::<u64>(), 0);
    other.shutdown().await;
    settle(&shop).await;
    // A message that comes twice.
    for _ in 0..2 {
        sqlx::query("INSERT INTO queue (module, merchant_id, payload) VALUES ('policies', $1, $2)")
            .bind(shop.merchant.uuid())
            .bind(json!({"birthdays": [{"day": "2026-11-22", "customers": [maya, ben, eve, dan]}]}))
            .execute(&shop.db.pool)
            .await
            .unwrap();
    }
    settle(&shop).await;
    let mut given = became(&shop, id).await;
    given.sort_unstable();
    assert_eq!(
        given,
        ["paid 1", "paid 1", "paid 500", "paid 500"],
        "points and a letter for each of the two"
    );
    assert_eq!([points(&shop, maya).await, points(&shop, eve).await, points(&shop, dan).await], [500, 0, 0]);
    // A year later, and nothing in between but eve's.
    go(&shop, "2026-11-24T00:00:00Z");
    keep(&shop).await;
    assert_eq!(points(&shop, eve).await, 500);
    go(&shop, "2027-11-22T12:00:00Z");
    keep(&shop).await;
    assert_eq!([points(&shop, maya).await, points(&shop, ben).await], [1000, 1000]);
    assert_clean(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn a_customer_tells_it_once_and_the_shop_corrects_it() {
    let shop = shop().await;
    let maya = enter(&shop, json!({"email": "maya@example.com"})).await;
    let cx = shop.engine.customer_cx(shop.merchant, maya).await.unwrap();
    let tell = |birthday: &str| shop.engine.birthday_set(&cx, maya, day(birthday));
    assert!(matches!(tell("2027-01-01").await, Err(Error::Invalid(_))), "nobody is born tomorrow");
    assert_eq!(tell("1990-05-17").await.unwrap().birthday, Some(day("1990-05-17")));
    tell("1990-05-17").await.unwrap();
    let refused = tell("05-17").await;
    assert!(matches!(refused, Err(Error::Conflict { code: "birthday_fixed", .. })), "{refused:?}");
    correct(&shop, maya, json!("05-18")).await;
    assert_eq!(birthday_of(&shop, maya).await.as_deref(), Some("05-18"));
    correct(&shop, maya, Value::Null).await;
    assert_eq!(birthday_of(&shop, maya).await, None);
    tell("02-29").await.unwrap();
    // Somebody who is found is completed, and never changed.
    let found = enter(&shop, json!({"email": "maya@example.com", "birthday": "12-24"})).await;
    assert_eq!((found, birthday_of(&shop, maya).await.as_deref()), (maya, Some("02-29")));
    shop.close().await;
}

#[tokio::test]
async fn what_is_told_on_the_day_counts_and_what_is_told_later_does_not() {
    let shop = shop().await;
    let id = five(&shop, json!({})).await;
    go(&shop, "2026-11-22T12:00:00Z");
    keep(&shop).await;
    let today = enter(&shop, json!({"email": "today@example.com"})).await;
    let cx = shop.engine.customer_cx(shop.merchant, today).await.unwrap();
    shop.engine.birthday_set(&cx, today, day("11-22")).await.unwrap();
    let new = born(&shop, "new", "11-22").await;
    let late = born(&shop, "late", "11-21").await;
    settle(&shop).await;
    assert_eq!([points(&shop, today).await, points(&shop, new).await, points(&shop, late).await], [5, 5, 0]);
    // Nor where the round of that day has yet to come.
    sqlx::query("UPDATE birthday_rounds SET day = '2026-11-20'").execute(&shop.db.pool).await.unwrap();
    keep(&shop).await;
    assert_eq!(points(&shop, late).await, 0);
    // Moved about, it is not given again: neither in the same year, nor right after New Year.
    correct(&shop, today, json!("11-23")).await;
    correct(&shop, new, json!("01-02")).await;
    for to in ["2026-11-23T12:00:00Z", "2027-01-01T12:00:00Z", "2027-01-02T12:00:00Z"] {
        go(&shop, to);
        keep(&shop).await;
    }
    assert_eq!(became(&shop, id).await, ["paid 5", "paid 5"]);
    go(&shop, "2028-01-02T12:00:00Z");
    keep(&shop).await;
    assert_eq!(
        [points(&shop, today).await, points(&shop, new).await],
        [5, 10],
        "a year without a round has only its end"
    );
    assert_clean(&shop).await;
    shop.close().await;
}

/// Midnight comes, and with it the round of the day, while somebody's birthday waits to be written down.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_tells_it_at_midnight_is_not_passed_over() {
    let shop = shop().await;
    five(&shop, json!({})).await;
    keep(&shop).await;
    let maya = enter(&shop, json!({"email": "maya@example.com"})).await;
    settle(&shop).await;
    let cx = shop.engine.customer_cx(shop.merchant, maya).await.unwrap();
    go(&shop, "2026-11-22T04:59:59Z");
    let lock = "SELECT FROM customers WHERE merchant_id = $1 AND id = $2 FOR UPDATE";
    let hold = Hold::on(&shop, lock, maya.uuid()).await;
    let engine = shop.engine.clone();
    let telling = tokio::spawn(async move { patiently!(engine.birthday_set(&cx, maya, day("11-22"))) });
    hold.is_met().await;
    go(&shop, "2026-11-22T05:00:00Z");
    assert_eq!(shop.engine.birthdays_round().await.unwrap(), 0, "it is not written down yet");
    hold.let_go().await;
    telling.await.unwrap().unwrap();
    settle(&shop).await;
    assert_eq!(points(&shop, maya).await, 5);
    assert_clean(&shop).await;
    shop.close().await;
}

/// The clock of the server that told of the day is a little ahead of that of the server which hears of it.
#[tokio::test]
async fn what_is_told_before_the_day_has_begun_is_given_when_it_has() {
    let shop = shop().await;
    let id = five(&shop, json!({})).await;
    let maya = born(&shop, "maya", "11-22").await;
    settle(&shop).await;
    go(&shop, "2026-11-22T04:59:59Z");
    sqlx::query("INSERT INTO queue (module, merchant_id, payload) VALUES ('policies', $1, $2)")
        .bind(shop.merchant.uuid())
        .bind(json!({"birthdays": [{"day": "2026-11-22", "customers": [maya]}]}))
        .execute(&shop.db.pool)
        .await
        .unwrap();
    crate::tiers::settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["held 5"]);
    // Past midnight; the round tells of it once more.
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["paid 5"]);
    assert_eq!(points(&shop, maya).await, 5);
    assert_clean(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn an_outage_is_made_up_for_up_to_a_week() {
    let shop = shop().await;
    let id = five(&shop, json!({})).await;
    keep(&shop).await;
    let a = born(&shop, "a", "11-22").await;
    for (name, birthday) in [("b", "11-25"), ("c", "11-26"), ("d", "12-12"), ("e", "12-13")] {
        born(&shop, name, birthday).await;
    }
    go(&shop, "2026-11-25T23:00:00Z");
    // The day was known all the while.
    correct(&shop, a, json!("1990-11-22")).await;
    assert_eq!(keep(&shop).await, 2);
    assert_eq!(became(&shop, id).await.len(), 2);
    go(&shop, "2026-12-20T12:00:00Z");
    assert_eq!(keep(&shop).await, 1, "the day a week ago, and nothing before");
    assert_eq!(became(&shop, id).await.len(), 3);
    shop.close().await;
}

#[tokio::test]
async fn the_29th_of_february_is_kept_on_the_28th() {
    let shop = shop().await;
    let (leap, other) = (born(&shop, "leap", "2000-02-29").await, born(&shop, "other", "02-28").await);
    five(&shop, json!({})).await;
    let mut expected = [0, 0];
    for (to, gains) in [
        ("2027-02-28T12:00:00Z", [5, 5]),
        ("2027-03-01T12:00:00Z", [0, 0]),
        ("2028-02-28T12:00:00Z", [0, 5]),
        ("2028-02-29T12:00:00Z", [5, 0]),
        ("2029-02-28T12:00:00Z", [5, 5]),
    ] {
        go(&shop, to);
        keep(&shop).await;
        expected = [expected[0] + gains[0], expected[1] + gains[1]];
        assert_eq!([points(&shop, leap).await, points(&shop, other).await], expected, "{to}");
    }
    shop.close().await;
}

#[tokio::test]
async fn a_day_that_begins_while_a_policy_rests_brings_nothing() {
    let shop = shop().await;
    let id = five(&shop, json!({"hold_days": 3})).await;
    for (name, birthday) in [("a", "11-21"), ("b", "11-22"), ("c", "11-23")] {
        born(&shop, name, birthday).await;
    }
    // Told today, after the policy began to run.
    settle(&shop).await;
    assert_eq!(became(&shop, id).await, ["held 5"]);
    shop.engine.policy_pause(&shop.cx, id).await.unwrap();
    go(&shop, "2026-11-22T12:00:00Z");
    keep(&shop).await;
    shop.engine.policy_resume(&shop.cx, id).await.unwrap();
    go(&shop, "2026-11-23T12:00:00Z");
    keep(&shop).await;
    assert_eq!(became(&shop, id).await, ["held 5", "held 5"]);
    go(&shop, "2026-11-26T05:00:00Z");
    shop.engine.awards_settle_due().await.unwrap();
    assert_eq!(became(&shop, id).await, ["paid 5", "paid 5"], "three days after midnight");
    shop.close().await;
}

#[tokio::test]
async fn many_are_told_of_in_messages_of_a_hundred() {
    let shop = shop().await;
    five(&shop, json!({})).await;
    assert_eq!(shop.engine.birthdays_round().await.unwrap(), 0);
    sqlx::query(
        "INSERT INTO customers (merchant_id, id, created_at, birth_day, birthday_set_at)
         SELECT $1, gen_random_uuid(), $2, 1122, $2 FROM generate_series(1, 4100)",
    )
    .bind(shop.merchant.uuid())
    .bind(shop.engine.clock().now())
    .execute(&shop.db.pool)
    .await
    .unwrap();
    go(&shop, "2026-11-22T12:00:00Z");
    assert_eq!(shop.engine.birthdays_round().await.unwrap(), 4100);
    assert_eq!(shop.engine.birthdays_round().await.unwrap(), 0);
    assert_eq!(shop.count("queue WHERE payload ? 'birthdays'").await, 41);
    let told = "SELECT count(DISTINCT c.id) FROM queue AS q,
                jsonb_array_elements_text(q.payload #> '{birthdays,0,customers}') AS c (id)";
    let told: i64 = sqlx::query_scalar(told).fetch_one(&shop.db.pool).await.unwrap();
    assert_eq!(told, 4100);
    shop.engine.shutdown().await;
}

#[tokio::test]
async fn a_sandbox_has_its_birthdays_and_nobody_else_with_it() {
    let shop = shop().await;
    let neighbour = merchant(&shop.engine, "neighbour", "USD").await;
    shop.engine.sandbox_make(shop.merchant).await.unwrap();
    let next_door = Shop { db: shop.db, engine: shop.engine, merchant: neighbour, cx: Cx::system(neighbour) };
    let (theirs, _) = (born(&next_door, "maya", "12-24").await, five(&next_door, json!({})).await);
    let Shop { db, engine, .. } = next_door;
    let shop = Shop { db, engine, merchant: shop.merchant, cx: shop.cx };
    let (maya, _) = (born(&shop, "maya", "12-24").await, five(&shop, json!({})).await);
    shop.engine.jobs_run().await.unwrap();
    shop.engine.sandbox_set_clock(shop.merchant, instant("2026-12-24T09:00:00Z")).await.unwrap();
    for _ in 0..2 {
        shop.engine.jobs_run().await.unwrap();
        settle(&shop).await;
    }
    assert_eq!(points(&shop, maya).await, 5);
    let other = shop.engine.customer_get(&Cx::system(neighbour), theirs).await.unwrap();
    assert_eq!(other.points, 0);
    shop.close().await;
}

/// What a policy would have given, before it runs.
#[tokio::test]
async fn a_trial_counts_the_birthdays_of_the_last_days() {
    let shop = Shop::open_at(Clock::fixed(instant("2026-11-01T12:00:00Z"))).await;
    for (name, birthday) in [("a", "11-02"), ("b", "11-20"), ("c", "11-21"), ("d", "11-22"), ("e", "10-31")] {
        born(&shop, name, birthday).await;
    }
    go(&shop, "2026-11-21T12:00:00Z");
    born(&shop, "f", "11-05").await;
    let tried = Template::BirthdayPoints.draft(None);
    let trial = shop.engine.policy_try(&shop.cx, tried, 90).await.unwrap();
    assert_eq!((trial.looked_at, trial.times, trial.customers), (5, 5, 5), "all but tomorrow's");
    assert_eq!(trial.gives[0].amount, 2_500);
    let short = input(json!({"name": "x", "event": {"on": "birthday"},
        "effects": [{"give": "points", "points": 5}]}));
    assert_eq!(shop.engine.policy_try(&shop.cx, short, 5).await.unwrap().times, 2);
    assert_eq!(shop.count("policy_awards").await, 0);
    shop.close().await;
}

#[tokio::test]
async fn birthdays_come_with_an_import_and_are_corrected_by_the_next() {
    let shop = shop().await;
    let import = async |file: &str| {
        let (columns, leave_out) = (Columns::default(), Scattered::default());
        let options = ImportOptions { kind: Kind::Customers, columns, dry_run: false, leave_out };
        shop.engine.import(&shop.cx, file.as_bytes(), &options, |_| ()).await.unwrap()
    };
    let report =
        import("email,birthday\na@example.com,05-17\nb@example.com,1990-02-29\nc@example.com,2090-01-01\n")
            .await;
    assert_eq!((report.created, report.refused), (1, 2));
    let said: Vec<_> = report.errors.iter().map(|error| error.column.as_str()).collect();
    assert_eq!(said, ["birthday", "birthday"]);
    let a = enter(&shop, json!({"email": "a@example.com"})).await;
    assert_eq!(birthday_of(&shop, a).await.as_deref(), Some("05-17"));
    assert_eq!(import("email,birthday\na@example.com,1990-05-17\n").await.changed, 1);
    assert_eq!(import("email,birthday\na@example.com,1990-05-17\n").await.unchanged, 1);
    assert_eq!(import("email,name\na@example.com,Ada\n").await.changed, 1);
    assert_eq!(birthday_of(&shop, a).await.as_deref(), Some("1990-05-17"));
    shop.close().await;
}

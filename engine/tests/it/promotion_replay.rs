//! What a promotion would have given over what is stored: by hand, and against what it really gives.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures::StreamExt as _;
use perennial_domain::access::{Action, Scope};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, PromotionId};
use perennial_domain::replay::{LeftOutReason, Replay, Unclaimed};
use perennial_domain::returns::{CheckedReturn, ReturnInput};
use perennial_engine::promotions::{ReplayEvent, ReplaySpan, Tried};
use perennial_engine::purchase_record::PurchaseRecord;
use perennial_engine::{Clock, Cx, Engine, Error};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, basket, buy_all, merchant, purchase};
use crate::support::code;

const NOON: &str = "2026-05-20T12:00:00Z";

async fn open() -> Shop {
    let shop = Shop::open_at(Clock::fixed(at(NOON))).await;
    stock(&shop.engine, &shop.cx).await;
    shop.promote(json!({"name": "Base", "award_rate": "10"})).await;
    shop
}

/// Food: A and B; drinks: C.
async fn stock(engine: &Engine, cx: &Cx) {
    for (sku, category) in [("A", "food"), ("B", "food"), ("C", "drinks")] {
        let product = json!({"sku": sku, "name": sku, "category": category});
        engine.product_create(cx, serde_json::from_value(product).unwrap()).await.unwrap();
    }
}

async fn draft(engine: &Engine, cx: &Cx, terms: Value) -> PromotionId {
    engine.promotion_create(cx, serde_json::from_value(terms).unwrap()).await.unwrap().id
}

/// Replays the newest version over the last thirty days. What was bought at this very instant is a moment ago.
async fn replay(shop: &Shop, id: PromotionId) -> Replay {
    shop.engine.clock().advance(TimeDelta::seconds(1));
    replay_of(&shop.engine, &shop.cx, Tried::Version { id, version: None }).await.unwrap()
}

async fn replay_of(engine: &Engine, cx: &Cx, tried: Tried) -> Result<Replay, Error> {
    engine.promotion_replay(cx, tried, ReplaySpan::default()).await?.run(None, |_| {}).await
}

fn returning(input: Value) -> CheckedReturn {
    serde_json::from_value::<ReturnInput>(input).unwrap().check().unwrap()
}

fn claimant(customer: &str) -> CustomerRef {
    CustomerRef::ExternalId(customer.parse().unwrap())
}

/// Points by customer, as winners have them.
fn winners(replay: &Replay) -> Vec<(CustomerId, i64, u64)> {
    replay.winners.iter().map(|winner| (winner.customer_id, winner.points, winner.purchases)).collect()
}

/// How many rows each table has and which transaction wrote last: changed by whatever is written.
async fn written(shop: &Shop) -> BTreeMap<String, String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
    )
    .fetch_all(&shop.db.pool)
    .await
    .unwrap();
    let mut written = BTreeMap::new();
    for table in tables {
        let sql = format!("SELECT concat(count(*), '/', max(xmin::text::bigint)) FROM \"{table}\"");
        let mark = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&shop.db.pool).await.unwrap();
        written.insert(table, mark);
    }
    written
}

#[tokio::test]
async fn figures_that_were_worked_out_by_hand() {
    let shop = open().await;
    shop.set(json!({"point_value": {"points": 10, "amount": 1}})).await;
    let maya = shop
        .bought(basket(
            "1",
            json!([{"product": "A", "quantity": 2, "amount": 1000}, {"product": "C", "amount": 500}]),
        ))
        .await;
    shop.bought(basket("2", json!([{"product": "C", "amount": 2000}]))).await;
    let mut third = basket("3", json!([{"product": "B", "amount": 333}]));
    third["customer"] = json!({"external_id": "finn"});
    let finn = shop.bought(third).await;
    let fourth = shop.bought(basket("4", json!([{"product": "A", "amount": 1000}]))).await;
    let back = returning(json!({"return_id": "r", "amount": 300}));
    shop.engine.return_purchase(&shop.cx, fourth.id, &back, false).await.unwrap();
    let nobodys = |number: &str| {
        let mut purchase = basket(number, json!([{"product": "A", "amount": 1000}]));
        purchase.as_object_mut().unwrap().remove("customer");
        purchase
    };
    shop.bought(nobodys("5")).await;
    let held = shop.bought(nobodys("6")).await;
    let held = held.claim_code.clone().unwrap();
    shop.engine.claim(&shop.cx, &held, &claimant("finn")).await.unwrap();

    let terms = json!({"name": "Food", "award_rate": "5", "products": {"include": ["category:food"]},
        "max_points_per_customer": {"points": 80, "per": "day"}});
    let id = draft(&shop.engine, &shop.cx, terms).await;
    let before = written(&shop).await;
    let replay = replay(&shop, id).await;
    assert_eq!(written(&shop).await, before, "nothing was written");

    assert!(replay.complete && replay.left_out.is_empty());
    assert_eq!((replay.promotion_id, replay.version, replay.name.as_str()), (id, 1, "Food"));
    assert_eq!((replay.looked_at.purchases, replay.looked_at.customers), (5, 2));
    assert_eq!(replay.looked_at.amount, 1_500 + 2_000 + 333 + 700 + 1_000);
    assert_eq!(replay.looked_at.points, 150 + 200 + 33 + 70 + 100);
    assert_eq!((replay.matched, replay.customers), (4, 2));
    // Maya: 50 on A; then 30 of 50 fit the 80 of the day, and of 100 + 30 the return leaves floor(130 × 0.7) = 91, 21 of them
    // its own. Finn: 15 × 3.33 = 49.95 is 49, 16 of them its own; and 50 by the claim.
    assert_eq!(
        winners(&replay),
        [(maya.customer_id.unwrap(), 50 + 21, 2), (finn.customer_id.unwrap(), 16 + 50, 2),]
    );
    assert_eq!(
        (replay.gives, replay.points, replay.displaces, replay.gave, replay.change),
        (137, 137, 0, 0, 137)
    );
    assert_eq!((replay.cost, replay.share.unwrap().to_string().as_str()), (Some(13), "0.002349"));
    assert_eq!(replay.unclaimed, Unclaimed { purchases: 1, matched: 1, points: 50 });
    assert_eq!(replay.overlaps.len(), 1);
    assert_eq!((replay.overlaps[0].name.as_str(), replay.overlaps[0].purchases), ("Base", 4));
    assert_eq!(replay.days.len(), 31, "thirty days touch thirty-one dates");
    assert_eq!(replay.days.iter().map(|day| day.points).sum::<i64>(), 137);
    shop.close().await;
}

#[tokio::test]
async fn a_promotion_that_was_in_force_is_replaced_in_its_own_time() {
    let shop = open().await;
    let id = shop.promote(json!({"name": "Thirty", "flat_points": 30})).await;
    shop.bought(purchase("1", 1_000, json!({}))).await;
    shop.bought(purchase("2", 100, json!({}))).await;
    let terms =
        json!({"name": "Fifty", "flat_points": 50, "minimum_amount": 500, "starts_at": "2027-01-01T00:00"});
    shop.engine.promotion_edit(&shop.cx, id, serde_json::from_value(terms).unwrap()).await.unwrap();
    let newest = replay(&shop, id).await;
    assert_eq!((newest.version, newest.matched, newest.points), (2, 1, 50));
    assert_eq!((newest.gave, newest.change), (60, 50 - 60));
    let first = Tried::Version { id, version: Some(1) };
    let first = replay_of(&shop.engine, &shop.cx, first).await.unwrap();
    assert_eq!(
        (first.version, first.points, first.gave, first.change),
        (1, 60, 60, 0),
        "it gives what it gave"
    );
    let typed = json!({"name": "Typed", "flat_points": 7});
    let typed = Tried::Terms { id: Some(id), terms: serde_json::from_value(typed).unwrap() };
    let typed = replay_of(&shop.engine, &shop.cx, typed).await.unwrap();
    assert_eq!((typed.version, typed.points, typed.gave), (2, 14, 60));
    let unknown = Tried::Version { id, version: Some(3) };
    assert_eq!(code(replay_of(&shop.engine, &shop.cx, unknown).await), "/version unknown_version");
    shop.close().await;
}

#[tokio::test]
async fn hours_are_those_of_the_retailer_also_when_clocks_are_put_back() {
    let shop = Shop::open_at(Clock::fixed(at("2026-10-26T12:00:00Z"))).await;
    // Berlin puts 03:00 back to 02:00 at 01:00 UTC.
    for (number, occurred_at) in
        ["2026-10-24T23:59:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"]
            .into_iter()
            .enumerate()
    {
        let bought = json!({"retailer": "south", "occurred_at": occurred_at});
        shop.bought(purchase(format!("{number}"), 100, bought)).await;
    }
    let hours = json!({"name": "Night", "flat_points": 1, "hours": {"from": "02:00", "to": "03:00"}});
    let id = draft(&shop.engine, &shop.cx, hours).await;
    assert_eq!(replay(&shop, id).await.matched, 2);
    shop.close().await;
}

#[tokio::test]
async fn tiers_are_those_of_the_time_of_the_purchase() {
    let shop = open().await;
    shop.bought(purchase("1", 1_000, json!({}))).await;
    let silver = json!({"name": "Silver", "threshold": 1_000_000, "multiplier": "1.5"});
    let silver = serde_json::from_value(silver).unwrap();
    let silver = shop.engine.tier_create(&shop.cx, silver, false).await.unwrap().tier.unwrap().id;
    let maya = shop.bought(purchase("2", 1_000, json!({}))).await.customer_id.unwrap();
    shop.engine.customer_tier_promote(&shop.cx, maya, Default::default(), false).await.unwrap();
    shop.bought(purchase("3", 1_000, json!({}))).await;
    let id =
        draft(&shop.engine, &shop.cx, json!({"name": "For silver", "award_rate": "2", "tiers": [silver]}))
            .await;
    let replay = replay(&shop, id).await;
    assert_eq!((replay.matched, replay.points), (1, 30));
    shop.close().await;
}

#[tokio::test]
async fn a_budget_is_counted_by_the_hour_and_cuts_nothing() {
    let shop = open().await;
    for (number, occurred_at) in
        ["2026-05-19T10:20:00Z", "2026-05-17T10:00:00Z", "2026-05-18T10:00:00Z"].into_iter().enumerate()
    {
        let bought = json!({"occurred_at": occurred_at});
        shop.bought(purchase(format!("{number}"), 100, bought)).await;
    }
    for when_exhausted in ["stop", "partial"] {
        let budget = json!({"points": 250, "when_exhausted": when_exhausted});
        let terms = json!({"name": "Hundred", "flat_points": 100, "budget": budget});
        let id = draft(&shop.engine, &shop.cx, terms).await;
        let span =
            ReplaySpan { from: Some(at("2026-05-10T00:00:00Z")), to: Some(at("2026-05-20T00:00:00Z")) };
        let tried = Tried::Version { id, version: None };
        let replay = shop.engine.promotion_replay(&shop.cx, tried, span).await.unwrap();
        let replay = replay.run(None, |_| {}).await.unwrap();
        let budget = replay.budget.unwrap();
        assert_eq!((replay.gives, budget.needed, budget.points.get()), (300, 300, 250));
        assert_eq!(budget.ran_out_at, Some(at("2026-05-19T10:00:00Z")));
        // At 300 in ten days they last for eight days and a third, from now on.
        assert_eq!(budget.lasts_until, Some(at("2026-05-28T20:00:00Z")));
        assert!(budget.is_short);
        assert_eq!(replay.proposed_budget.unwrap().get(), 330);
    }
    shop.close().await;
}

/// What a promotion in force has given of its budget is no longer there; one that is enough has to hold it, too.
#[tokio::test]
async fn what_is_spent_of_a_budget_does_not_last() {
    let shop = open().await;
    let budget = json!({"points": 1_000, "when_exhausted": "stop"});
    let id = shop.promote(json!({"name": "Hundred", "flat_points": 100, "budget": budget})).await;
    for (number, retailer) in ["north", "north", "south"].into_iter().enumerate() {
        shop.bought(purchase(format!("{number}"), 100, json!({"retailer": retailer}))).await;
    }
    let replay = replay(&shop, id).await;
    let budget = replay.budget.unwrap();
    assert_eq!((replay.gives, budget.needed, budget.points.get()), (300, 300, 1_000));
    // Seven hundred are left: at three hundred in thirty days they last for seventy, from the second after noon on.
    let now = at("2026-05-20T12:00:01Z");
    assert_eq!(budget.lasts_until, Some(now + TimeDelta::days(70)));
    assert!(!budget.is_short);
    assert_eq!(replay.proposed_budget.unwrap().get(), 630);
    // Who learns of one retailer alone does not learn what others have taken: a hundred in thirty days, of a thousand.
    let south = shop.key(&[Scope::PromotionsRead, Scope::PurchasesRead], Some("south")).await;
    let south = replay_of(&shop.engine, &south, Tried::Version { id, version: None }).await.unwrap();
    assert_eq!(south.budget.unwrap().lasts_until, Some(now + TimeDelta::days(300)));
    shop.close().await;
}

/// A purchase that anybody might make within six days before noon.
fn drawn(random: &mut StdRng, number: usize) -> Value {
    let products = [Some("A"), Some("B"), Some("C"), None];
    let lines: Vec<Value> = (0..random.random_range(1..=3))
        .map(|_| {
            let product = products[random.random_range(0..4_usize)];
            let quantity = random.random_range(1..=3);
            json!({"product": product, "quantity": quantity, "amount": random.random_range(1..4_000)})
        })
        .map(|mut line| {
            if line["product"].is_null() {
                line.as_object_mut().unwrap().remove("product");
            }
            line
        })
        .collect();
    let occurred_at = at(NOON) - TimeDelta::minutes(random.random_range(1..6 * 24 * 60));
    let mut purchase = basket(format!("{number}"), Value::Array(lines));
    purchase["retailer"] = json!(["north", "south"][random.random_range(0..2_usize)]);
    purchase["occurred_at"] = json!(occurred_at);
    if number % 25 == 24 {
        purchase.as_object_mut().unwrap().remove("customer");
    } else {
        purchase["customer"] = json!({"external_id": format!("crm-{}", random.random_range(0..12))});
    }
    purchase
}

/// Posts all of them and claims those of nobody.
async fn post(engine: &Engine, cx: &Cx, purchases: &[Value]) -> Vec<Arc<PurchaseRecord>> {
    let mut records = Vec::new();
    for some in purchases.chunks(60) {
        let answers = buy_all(engine, cx, some.to_vec()).await;
        records.extend(answers.into_iter().map(|answer| answer.unwrap().record));
    }
    // Ids of one millisecond that different hands gave have no order.
    engine.clock().advance(TimeDelta::seconds(1));
    for (number, record) in records.iter().enumerate() {
        if let Some(code) = &record.claim_code {
            engine.claim(cx, code, &claimant(&format!("crm-{}", number % 12))).await.unwrap();
        }
    }
    records
}

/// Brings a part of every seventh purchase back.
async fn bring_back(engine: &Engine, cx: &Cx, records: &[Arc<PurchaseRecord>]) {
    for record in records.iter().step_by(7) {
        let part = json!({"return_id": "r", "amount": record.amount.get() / 3 + 1});
        engine.return_purchase(cx, record.id, &returning(part), false).await.unwrap();
    }
}

/// What each customer of a merchant has, by the external id.
async fn balances(shop: &Shop, cx: &Cx) -> BTreeMap<String, (CustomerId, i64)> {
    let rows: Vec<(String, uuid::Uuid, i64)> = sqlx::query_as(
        "SELECT i.value, b.customer_id, b.available FROM balances AS b
         JOIN customer_identities AS i USING (merchant_id, customer_id)
         WHERE i.merchant_id = $1 AND i.kind = 'external_id'",
    )
    .bind(cx.merchant().uuid())
    .fetch_all(&shop.db.pool)
    .await
    .unwrap();
    rows.into_iter().map(|(name, id, points)| (name, (CustomerId::from_uuid(id), points))).collect()
}

/// A few hundred purchases at a merchant who only thinks about a promotion, and the same at merchants who have published it:
/// the replay at the first says what the others have given more.
#[tokio::test]
async fn it_would_have_given_what_it_does_give() {
    const PROMOTIONS: [(&str, bool); 7] = [
        (
            r#"{"name": "Evenings", "award_rate": "3.5", "products": {"include": ["category:food"], "exclude": ["B"]},
             "weekdays": ["fri", "sat", "mon"], "hours": {"from": "16:00", "to": "23:30"}}"#,
            false,
        ),
        (
            r#"{"name": "A day", "award_rate": "7", "minimum_amount": 500, "max_points_per_purchase": 70,
             "max_points_per_customer": {"points": 90, "per": "day"}}"#,
            true,
        ),
        (
            r#"{"name": "A month", "flat_points": 10, "max_points_per_customer": {"points": 35, "per": "month"}}"#,
            true,
        ),
        (
            r#"{"name": "Best", "multiplier": "3", "stacking": {"group": "weekend", "mode": "best"},
             "products": {"include": ["category:drinks"]}}"#,
            false,
        ),
        (
            r#"{"name": "Alone", "award_rate": "12", "retailers": ["south"],
             "stacking": {"group": "default", "mode": "exclusive"}}"#,
            false,
        ),
        (r#"{"name": "First", "flat_points": 25, "first_purchase_only": true}"#, false),
        (r#"{"name": "Less", "multiplier": "0.5", "minimum_amount": 3000}"#, false),
    ];
    let mut random = StdRng::seed_from_u64(2_026);
    let purchases: Vec<Value> = (0..300).map(|number| drawn(&mut random, number)).collect();
    let shop = open().await;
    let engine = &shop.engine;
    let weekend = json!({"name": "Weekend", "multiplier": "2", "weekdays": ["sat", "sun"],
        "stacking": {"group": "weekend", "mode": "best"}});
    shop.promote(weekend.clone()).await;
    let records = post(engine, &shop.cx, &purchases).await;

    let mut replays = BTreeMap::new();
    for limited in [true, false] {
        if !limited {
            // What is given back of a limit counts from the return on; a replay does not know when that was.
            bring_back(engine, &shop.cx, &records).await;
        }
        for (terms, _) in PROMOTIONS.iter().filter(|(_, is_limited)| *is_limited == limited) {
            let id = draft(engine, &shop.cx, serde_json::from_str(terms).unwrap()).await;
            let before = (limited, balances(&shop, &shop.cx).await);
            replays.insert(*terms, (replay(&shop, id).await, before));
        }
    }
    for (number, (terms, _)) in PROMOTIONS.iter().enumerate() {
        let (replay, (limited, before)) = &replays[terms];
        let base = json!({"name": "Base", "award_rate": "10"});
        let published = [base, weekend.clone(), serde_json::from_str(terms).unwrap()];
        let other = another(engine, &format!("other-{number}"), json!({}), published).await;
        let records = post(engine, &other, &purchases).await;
        if !limited {
            bring_back(engine, &other, &records).await;
        }
        compare(replay, before, &balances(&shop, &other).await, terms);
        assert_eq!((replay.looked_at.purchases, replay.looked_at.customers), (300, 12), "{terms}");
        assert!(replay.matched > 0, "{terms} says nothing: {replay:?}");
    }
    shop.close().await;
}

/// The same where what rounding leaves is kept for the next purchase.
#[tokio::test]
async fn it_carries_over_as_the_till_does() {
    let mut random = StdRng::seed_from_u64(7);
    let purchases: Vec<Value> = (0..120).map(|number| drawn(&mut random, number)).collect();
    let terms = r#"{"name": "Odd", "award_rate": "0.37", "products": {"include": ["category:food"]}}"#;
    let shop = open().await;
    shop.set(json!({"carry_over": true})).await;
    post(&shop.engine, &shop.cx, &purchases).await;
    let id = draft(&shop.engine, &shop.cx, serde_json::from_str(terms).unwrap()).await;
    let (before, replay) = (balances(&shop, &shop.cx).await, replay(&shop, id).await);
    let published = [json!({"name": "Base", "award_rate": "10"}), serde_json::from_str(terms).unwrap()];
    let other = another(&shop.engine, "other", json!({"carry_over": true}), published).await;
    post(&shop.engine, &other, &purchases).await;
    compare(&replay, &before, &balances(&shop, &other).await, terms);
    assert!(replay.gives > 0);
    shop.close().await;
}

/// A merchant of the same goods, who has published these promotions.
async fn another(
    engine: &Engine,
    slug: &str,
    settings: Value,
    published: impl IntoIterator<Item = Value>,
) -> Cx {
    let other = Cx::system(merchant(engine, slug, "USD").await);
    engine.merchant_update(&other, serde_json::from_value(settings).unwrap()).await.unwrap();
    stock(engine, &other).await;
    for terms in published {
        let id = draft(engine, &other, terms).await;
        engine.promotion_publish(&other, id, None).await.unwrap();
    }
    other
}

/// The replay has said of everybody by how much more they have where the promotion was published.
fn compare(
    replay: &Replay,
    before: &BTreeMap<String, (CustomerId, i64)>,
    after: &BTreeMap<String, (CustomerId, i64)>,
    terms: &str,
) {
    let mut more = 0;
    for (name, (customer, points)) in before {
        let gained = after[name].1 - points;
        more += gained;
        let told = replay.winners.iter().find(|winner| winner.customer_id == *customer);
        assert_eq!(told.map_or(0, |winner| winner.points), gained.max(0), "{name} by {terms}");
    }
    assert_eq!((replay.points, replay.change, replay.gave), (more, more, 0), "{terms}");
}

/// Copies the only purchase so often, over three customers whom nobody knows otherwise; `with` changes columns.
async fn copy(shop: &Shop, times: i32, with: Value) {
    sqlx::query(
        "INSERT INTO purchases
         SELECT (jsonb_populate_record(p, jsonb_build_object(
             'id', left(p.id::text, 24) || lpad(to_hex(n), 12, '0'),
             'transaction_id', concat('copy-', n),
             'customer_id', concat('019a0000-0000-7000-8000-00000000000', n % 3)) || $2)).*
         FROM purchases AS p, generate_series(1, $1) AS n",
    )
    .bind(times)
    .bind(with)
    .execute(&shop.db.pool)
    .await
    .unwrap();
}

async fn one_point(shop: &Shop) -> Tried {
    let id = draft(&shop.engine, &shop.cx, json!({"name": "One", "flat_points": 1})).await;
    shop.engine.clock().advance(TimeDelta::seconds(1));
    Tried::Version { id, version: None }
}

#[tokio::test]
async fn what_is_in_memory_is_a_page() {
    let shop = open().await;
    shop.bought(purchase("1", 100, json!({}))).await;
    copy(&shop, 2_500, json!({})).await;
    let tried = one_point(&shop).await;
    let mut replay =
        shop.engine.promotion_replay(&shop.cx, tried.clone(), ReplaySpan::default()).await.unwrap();
    let mut met = Vec::new();
    while replay.step().await.unwrap() {
        met.push(replay.progress().looked_at);
    }
    assert_eq!(met, [1_000, 2_000, 2_501]);
    let replay = replay.finish();
    assert!(replay.complete);
    assert_eq!((replay.looked_at.purchases, replay.looked_at.customers, replay.gives), (2_501, 4, 2_501));
    let points: Vec<_> = replay.winners.iter().map(|winner| winner.points).collect();
    assert_eq!(points, [834, 833, 833, 1], "no customer is torn apart where a page ends");

    // Whoever has no time hears what was found by then, and that it is not all.
    let cut = shop.engine.promotion_replay(&shop.cx, tried, ReplaySpan::default()).await.unwrap();
    let cut = cut.run(Some(Duration::ZERO), |_| {}).await.unwrap();
    assert!(!cut.complete && cut.budget.is_none() && cut.proposed_budget.is_none());
    assert_eq!((cut.looked_at.purchases, cut.gives), (1_000, 1_000));
    shop.engine.shutdown().await;
}

#[tokio::test]
async fn a_page_of_long_receipts_has_fewer_of_them() {
    let shop = open().await;
    let lines: Vec<Value> =
        (0..2_000).map(|_| json!({"product": "A", "quantity": 1, "amount": 10})).collect();
    shop.bought(basket("1", Value::Array(lines))).await;
    copy(&shop, 40, json!({})).await;
    let tried = one_point(&shop).await;
    let mut replay = shop.engine.promotion_replay(&shop.cx, tried, ReplaySpan::default()).await.unwrap();
    assert!(replay.step().await.unwrap());
    let first = replay.progress().looked_at;
    assert!((1..41).contains(&first), "8 MiB hold {first} of 41 receipts of 2,000 lines");
    let replay = replay.run(None, |_| {}).await.unwrap();
    assert_eq!((replay.looked_at.purchases, replay.gives), (41, 41));
    shop.engine.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_evaluated_is_told() {
    let shop = open().await;
    shop.bought(purchase("1", 100, json!({}))).await;
    copy(&shop, 2, json!({"facts": {"shape": "of old"}})).await;
    let tried = one_point(&shop).await;
    let told = replay_of(&shop.engine, &shop.cx, tried.clone()).await.unwrap();
    let told: Vec<_> = told.left_out.iter().map(|left| (left.reason, left.purchases)).collect();
    assert_eq!(told, [(LeftOutReason::Unreadable, 2)]);
    shop.engine.shutdown().await;

    let shop = open().await;
    shop.bought(purchase("1", 100, json!({}))).await;
    copy(&shop, 3, json!({"rules_version": 999})).await;
    let tried = one_point(&shop).await;
    let replay = replay_of(&shop.engine, &shop.cx, tried).await.unwrap();
    let told: Vec<_> = replay.left_out.iter().map(|left| (left.reason, left.purchases)).collect();
    assert_eq!(told, [(LeftOutReason::RulesMissing, 3)]);
    assert_eq!((replay.looked_at.purchases, replay.looked_at.customers, replay.gives), (1, 1, 1));
    shop.engine.shutdown().await;
}

#[tokio::test]
async fn two_run_at_a_time_and_whoever_goes_away_ends_one() {
    let shop = open().await;
    shop.bought(purchase("1", 100, json!({}))).await;
    let tried = one_point(&shop).await;
    let begin = async || shop.engine.promotion_replay(&shop.cx, tried.clone(), ReplaySpan::default()).await;
    let mut first = Box::pin(begin().await.unwrap().events());
    assert!(
        matches!(first.next().await, Some(Ok(ReplayEvent::Progress(progress))) if progress.looked_at == 0)
    );
    let second = begin().await.unwrap();
    assert!(matches!(begin().await, Err(Error::Throttled { .. })));
    // Another merchant has places of its own.
    let other = Cx::system(merchant(&shop.engine, "other", "USD").await);
    let typed: Value = json!({"name": "Typed", "flat_points": 1});
    let typed = Tried::Terms { id: None, terms: serde_json::from_value(typed).unwrap() };
    assert_eq!(replay_of(&shop.engine, &other, typed).await.unwrap().looked_at.purchases, 0);

    drop(first);
    let mut events: Vec<_> = begin().await.unwrap().events().map(Result::unwrap).collect().await;
    let Some(ReplayEvent::Done(replay)) = events.pop() else { panic!("the last one is what came out") };
    assert!(replay.complete && replay.gives == 1);
    assert!(events.iter().all(|event| matches!(event, ReplayEvent::Progress(_))) && !events.is_empty());
    drop(second);
    shop.close().await;
}

#[tokio::test]
async fn a_key_sees_what_it_may() {
    let shop = open().await;
    shop.bought(purchase("1", 100, json!({}))).await;
    shop.bought(purchase("2", 100, json!({"retailer": "south"}))).await;
    let tried = one_point(&shop).await;
    let reads = [Scope::PromotionsRead, Scope::PurchasesRead];
    let south = shop.key(&reads, Some("south")).await;
    assert_eq!(replay_of(&shop.engine, &south, tried.clone()).await.unwrap().looked_at.purchases, 1);
    for scope in reads {
        let key = shop.key(&[scope], None).await;
        let refused = replay_of(&shop.engine, &key, tried.clone()).await;
        assert!(matches!(refused, Err(Error::Forbidden(Action::PromotionsReplay))), "{scope}: {refused:?}");
    }
    shop.close().await;
}

#[tokio::test]
async fn windows_that_make_no_sense_are_refused() {
    let shop = open().await;
    let tried = one_point(&shop).await;
    for (from, to, refused) in [
        (Some("2026-06-01T00:00:00Z"), None, "/from not_before_end"),
        (Some("2026-05-02T00:00:00Z"), Some("2026-05-01T00:00:00Z"), "/from not_before_end"),
        (Some("2025-04-01T00:00:00Z"), None, "/from too_long"),
    ] {
        let span = ReplaySpan { from: from.map(at), to: to.map(at) };
        assert_eq!(code(shop.engine.promotion_replay(&shop.cx, tried.clone(), span).await), refused);
    }
    shop.close().await;
}

/// Ids are given by the time of the world, purchases of a sandbox are made by its own.
#[tokio::test]
async fn a_sandbox_whose_clock_is_ahead_finds_its_purchases() {
    let shop = open().await;
    shop.engine.sandbox_make(shop.merchant).await.unwrap();
    shop.engine.sandbox_set_clock(shop.merchant, at("2026-08-20T12:00:00Z")).await.unwrap();
    shop.bought(purchase("1", 100, json!({}))).await;
    let tried = one_point(&shop).await;
    let replay = replay_of(&shop.engine, &shop.cx, tried).await.unwrap();
    assert_eq!((replay.looked_at.purchases, replay.gives), (1, 1));
    shop.close().await;
}

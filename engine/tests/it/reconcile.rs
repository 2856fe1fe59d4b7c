//! The proof that the books are right, and that it notices when they are not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::TimeDelta;
use perennial_domain::access::Scope;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::CustomerId;
use perennial_engine::Clock;
use perennial_engine::reconcile::{Check, Invariant, Reconciliation};
use perennial_engine::{Cx, Error};
use serde_json::json;
use tokio::task::JoinSet;

use crate::intake_support::{Shop, at, basket, buy, merchant, patiently, purchase};

/// A shop after a busy day: baskets and sums, replays and conflicts, customers who share a moment, claims, new rules.
async fn busy_shop() -> Shop {
    let shop = Shop::open().await;
    let product = json!({"sku": "ipa", "name": "IPA", "category": "beer"});
    shop.engine.product_create(&shop.cx, serde_json::from_value(product).unwrap()).await.unwrap();
    shop.promote(json!({"name": "Welcome", "flat_points": 50, "first_purchase_only": true})).await;
    let bonus = json!({"name": "Bonus", "flat_points": 2, "pending_days": 30, "budget": {"points": 150},
                       "max_points_per_customer": {"points": 15, "per": "ever"}});
    shop.promote(bonus).await;
    let mut tills = JoinSet::new();
    for till in 0..6 {
        let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
        tills.spawn(async move {
            for number in 0..20 {
                let id = format!("{till}-{number}");
                let customer = match number % 4 {
                    0 => json!(null),
                    _ => json!({"external_id": format!("crm-{}", number % 7)}),
                };
                let mut bought = if number % 2 == 0 {
                    basket(
                        &id,
                        json!([{"product": "ipa", "quantity": 2, "unit_price": 350 + till}, {"amount": 99}]),
                    )
                } else {
                    purchase(&id, 100 * till, json!({}))
                };
                bought["customer"] = customer;
                if bought["customer"].is_null() {
                    bought.as_object_mut().unwrap().remove("customer");
                }
                let record = buy(&engine, &cx, bought.clone()).await.unwrap().record;
                if number % 5 == 0 {
                    assert!(buy(&engine, &cx, bought.clone()).await.unwrap().replayed);
                    bought["occurred_at"] = json!("2026-01-01T00:00:00Z");
                    buy(&engine, &cx, bought).await.unwrap_err();
                }
                if let Some(code) = record.claim_code.clone().filter(|_| number % 8 == 0) {
                    let claimant = CustomerRef::ExternalId(format!("crm-{}", till % 7).parse().unwrap());
                    patiently!(engine.claim(&cx, &code, &claimant)).unwrap();
                }
            }
        });
        if till == 3 {
            shop.promote(
                json!({"name": "Beer", "multiplier": "2", "products": {"include": ["category:beer"]}}),
            )
            .await;
        }
    }
    tills.join_all().await;
    let (customer,): (uuid::Uuid,) =
        sqlx::query_as("SELECT customer_id FROM balances LIMIT 1").fetch_one(&shop.db.pool).await.unwrap();
    let sorry = serde_json::from_value(json!({"points": 7, "reason": "Spilt coffee"})).unwrap();
    shop.engine.adjustment_create(&shop.cx, CustomerId::from_uuid(customer), sorry).await.unwrap();
    shop
}

async fn reconcile(shop: &Shop) -> Reconciliation {
    shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap()
}

fn check(reconciliation: &Reconciliation, invariant: Invariant) -> &Check {
    reconciliation.checks.iter().find(|check| check.invariant == invariant).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_busy_day_adds_up() {
    let shop = busy_shop().await;
    let heard = AtomicU64::new(0);
    let reconciliation =
        shop.engine.reconcile(&shop.cx, |evaluated| heard.store(evaluated, Ordering::Relaxed)).await.unwrap();
    assert!(reconciliation.is_clean(), "{:#?}", reconciliation.checks);
    let (purchases, claims) = (120, shop.count("claims WHERE claimed_at IS NOT NULL").await);
    assert_eq!(claims, 18);
    assert_eq!(heard.load(Ordering::Relaxed), 120 + 18);
    assert_eq!(check(&reconciliation, Invariant::I4).checked, purchases);
    assert_eq!(check(&reconciliation, Invariant::I5).checked, purchases);
    assert_eq!(check(&reconciliation, Invariant::I11).checked, purchases + claims);
    assert_eq!(check(&reconciliation, Invariant::I2).checked, shop.count("balances").await);
    assert!(check(&reconciliation, Invariant::I1).checked > 60);

    // What it said can be read later, by those who may see settings.
    let stored = shop.engine.reconciliation(&shop.cx).await.unwrap();
    assert_eq!(stored, reconciliation.checks);
    let till = shop.key(&[Scope::PurchasesWrite], None).await;
    assert!(matches!(shop.engine.reconciliation(&till).await, Err(Error::Forbidden(_))));
    assert!(matches!(shop.engine.reconcile(&till, |_| {}).await, Err(Error::Forbidden(_))));
    let neighbour = Cx::system(merchant(&shop.engine, "neighbour", "USD").await);
    assert_eq!(shop.engine.reconciliation(&neighbour).await.unwrap(), []);
    shop.close().await;
}

/// It sees one moment: a run in the middle of the load is as clean as one after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_run_beside_full_load_is_clean() {
    let shop = Shop::open().await;
    let (mut tills, enough) = (JoinSet::new(), Arc::new(AtomicBool::new(false)));
    for till in 0..6 {
        let (engine, cx, enough) = (shop.engine.clone(), shop.cx.clone(), enough.clone());
        tills.spawn(async move {
            let mut number = 0_i64;
            while !enough.load(Ordering::Relaxed) {
                let with = json!({"customer": {"external_id": format!("crm-{}", number % 3)}});
                buy(&engine, &cx, purchase(format!("{till}-{number}"), 5, with)).await.unwrap();
                number += 1;
            }
            number
        });
    }
    // Until it has seen the load at five different moments.
    let mut seen = Vec::new();
    while seen.len() < 5 {
        let reconciliation = reconcile(&shop).await;
        assert!(reconciliation.is_clean(), "{:#?}", reconciliation.checks);
        seen.push(check(&reconciliation, Invariant::I4).checked);
        seen.dedup();
    }
    assert!(seen.is_sorted(), "{seen:?}");
    enough.store(true, Ordering::Relaxed);
    let bought: i64 = tills.join_all().await.into_iter().sum();
    let reconciliation = reconcile(&shop).await;
    assert!(reconciliation.is_clean(), "{:#?}", reconciliation.checks);
    assert_eq!(check(&reconciliation, Invariant::I4).checked, bought);
    shop.close().await;
}

/// A corruption: what is done, how it is undone, and what has to be found.
struct Corruption {
    name: &'static str,
    change: String,
    undo: String,
    /// The invariant, whose thing it is, and a part of what is said about it.
    findings: Vec<(Invariant, String, &'static str)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_corruption_is_found_and_named() {
    let shop = busy_shop().await;
    // No worker runs, and on a slow machine this takes longer than a message may wait.
    let later = "UPDATE outbox SET created_at = created_at + interval '1 day';
                 UPDATE queue SET enqueued_at = enqueued_at + interval '1 day'";
    sqlx::raw_sql(later).execute(&shop.db.pool).await.unwrap();
    let neighbour = Cx::system(merchant(&shop.engine, "neighbour", "USD").await);
    // Nobody can do this by an accident of SQL; a bug that goes round the triggers, or a hand on the disk, could.
    for table in ["entries", "purchases", "purchase_keys", "rule_sets", "adjustments"] {
        let off = format!("ALTER TABLE {table} DISABLE TRIGGER USER");
        sqlx::raw_sql(sqlx::AssertSqlSafe(off)).execute(&shop.db.pool).await.unwrap();
    }
    let one = async |sql: &'static str| -> (String, String) {
        sqlx::query_as(sql).fetch_one(&shop.db.pool).await.unwrap()
    };
    // A credited purchase of two lines and its customer; another one; an unclaimed and a claimed one.
    let (purchase, customer) = one(
        "SELECT id::text, customer_id::text FROM purchases
         WHERE status = 'credited' AND json_array_length(lines) = 2 AND (facts ->> 'first_purchase')::bool IS NOT TRUE LIMIT 1",
    )
    .await;
    let (unclaimed, code) = one(
        "SELECT p.id::text, code FROM claims JOIN purchases AS p ON p.id = purchase_id WHERE claimed_at IS NULL LIMIT 1",
    )
    .await;
    let (claim, claimed) = one(
        "SELECT id::text, purchase_id::text FROM claims WHERE claimed_at IS NOT NULL AND points > 0 LIMIT 1",
    )
    .await;
    let (adjustment, _) = one("SELECT id::text, '' FROM adjustments").await;
    let stray = "01900000-0000-7000-8000-000000000001";
    let on_purchase = format!("WHERE id = '{purchase}'");
    let on_customer = format!("WHERE customer_id = '{customer}'");
    let by_one = |table: &str, column: &str, condition: &str| {
        let set = |step: &str| format!("UPDATE {table} SET {column} = {column} {step} {condition}");
        (set("+ 1"), set("- 1"))
    };
    let (owner, customer) = (customer.clone(), format!("customer {customer}"));
    let purchase_named = format!("purchase {purchase}");
    let posting = format!("posting {purchase}");
    let corruption =
        |name, (change, undo): (String, String), findings| Corruption { name, change, undo, findings };
    let (bonus, lucky) =
        one("SELECT promotion_id::text, customer_id::text FROM promotion_uses WHERE used > 1 LIMIT 1").await;
    let (counted, _) = one("SELECT purchase_id::text, '' FROM promotion_bookings LIMIT 1").await;
    let (waits, waiter) =
        one("SELECT purchase_id::text, customer_id::text FROM pending_points WHERE waiting > 1 LIMIT 1")
            .await;
    use Invariant::{I1, I2, I3, I4, I5, I6, I8, I10, I11};
    let corruptions = [
        corruption(
            "an entry",
            by_one("entries", "amount", &format!("WHERE posting_id = '{purchase}' AND leg = 0")),
            vec![(I2, customer.clone(), "available -1"), (I4, posting.clone(), "earned")],
        ),
        corruption(
            "an entry of a posting that has two",
            by_one("entries", "amount", &format!("WHERE posting_id = '{adjustment}' AND customer_id IS NULL")),
            vec![(I1, format!("posting {adjustment}"), "sums to 1 points")],
        ),
        corruption(
            "a posting that is gone",
            (
                format!(
                    "CREATE TABLE kept AS SELECT * FROM entries WHERE posting_id = '{purchase}';
                     DELETE FROM entries WHERE posting_id = '{purchase}'"
                ),
                "INSERT INTO entries SELECT * FROM kept; DROP TABLE kept".to_owned(),
            ),
            vec![(I2, customer.clone(), "available"), (I4, posting.clone(), "posted none")],
        ),
        corruption(
            "a balance",
            by_one("balances", "available", &on_customer),
            vec![(I2, customer.clone(), "available 1"), (I3, customer.clone(), "available")],
        ),
        corruption(
            "what was ever earned",
            by_one("balances", "lifetime", &on_customer),
            vec![(I2, customer.clone(), "lifetime 1")],
        ),
        corruption(
            "how often somebody has bought",
            by_one("balances", "purchases", &on_customer),
            vec![(I2, customer.clone(), "bought: purchases 1, spent 0")],
        ),
        corruption(
            "for how much somebody has bought",
            by_one("balances", "spent", &on_customer),
            vec![(I2, customer.clone(), "bought: purchases 0, spent 1")],
        ),
        corruption(
            "an event counter",
            (
                format!("UPDATE balances SET sequence = sequence - 1 {on_customer}"),
                format!("UPDATE balances SET sequence = sequence + 1 {on_customer}"),
            ),
            vec![(I2, customer.clone(), "counter behind")],
        ),
        corruption(
            "what waits",
            {
                let set = |step: &str| {
                    format!("UPDATE balances SET pending = pending {step} WHERE customer_id = '{waiter}'")
                };
                (set("+ 1"), set("- 1"))
            },
            vec![(I2, format!("customer {waiter}"), "purchases: 1")],
        ),
        corruption(
            "what waits of a purchase",
            {
                let set = |step: &str| {
                    format!(
                        "UPDATE pending_points SET waiting = waiting {step} WHERE purchase_id = '{waits}'"
                    )
                };
                (set("- 1"), set("+ 1"))
            },
            vec![(I2, format!("customer {waiter}"), "purchases: 1")],
        ),
        corruption(
            "a maturity that never was",
            {
                let rows = "FROM kept_waiting AS k WHERE p.purchase_id = k.purchase_id AND p.matures_at = k.matures_at";
                (
                    format!(
                        "CREATE TABLE kept_waiting AS SELECT * FROM pending_points WHERE purchase_id = '{waits}';
                         UPDATE pending_points AS p SET waiting = 0, maturity_id = '{stray}' {rows}"
                    ),
                    format!(
                        "UPDATE pending_points AS p SET waiting = k.waiting, maturity_id = NULL {rows};
                         DROP TABLE kept_waiting"
                    ),
                )
            },
            vec![
                (I2, format!("customer {waiter}"), "purchases: "),
                (I8, format!("posting {stray}"), "were not posted"),
            ],
        ),
        corruption(
            "an adjustment",
            by_one("adjustments", "points", ""),
            vec![(I8, format!("posting {adjustment}"), "an adjustment of 8 points, posted are 7")],
        ),
        corruption(
            "a message that nobody fetches",
            (
                "INSERT INTO queue (module, id, merchant_id, payload, enqueued_at) OVERRIDING SYSTEM VALUE
                 SELECT 'stuck', 900, id, '{}', now() - interval '6 minutes' FROM merchants WHERE slug <> 'neighbour'"
                    .to_owned(),
                "DELETE FROM queue WHERE module = 'stuck'".to_owned(),
            ),
            vec![(I10, "message 900 of stuck".to_owned(), "waits since")],
        ),
        corruption(
            "a message that was given up",
            (
                "INSERT INTO dead_letters (merchant_id, module, id, payload, enqueued_at, died_at, attempts, error)
                 SELECT id, 'stuck', 7, '{}', now(), now(), 9, 'no' FROM merchants WHERE slug <> 'neighbour'"
                    .to_owned(),
                "DELETE FROM dead_letters".to_owned(),
            ),
            vec![(I10, "message 7 of stuck".to_owned(), "given up after attempts: 9, no")],
        ),
        corruption(
            "what a budget has given",
            by_one("promotion_budgets", "used", &format!("WHERE promotion_id = '{bonus}'")),
            vec![(I6, format!("promotion {bonus}"), "its budget")],
        ),
        corruption(
            "what a customer has had of a promotion",
            by_one("promotion_uses", "used", &format!("WHERE customer_id = '{lucky}'")),
            vec![(I6, format!("customer {lucky}"), "has had")],
        ),
        corruption(
            "what a purchase counts with",
            (
                format!(
                    "UPDATE promotion_bookings SET points = points + 1, returned = returned + 1 WHERE purchase_id = '{counted}'"
                ),
                format!(
                    "UPDATE promotion_bookings SET points = points - 1, returned = returned - 1 WHERE purchase_id = '{counted}'"
                ),
            ),
            vec![(I6, format!("purchase {counted}"), "counts with")],
        ),
        corruption(
            "a budget that was never so large",
            (
                format!(
                    "UPDATE promotion_versions SET terms = jsonb_set(terms, '{{budget,points}}', '1') WHERE promotion_id = '{bonus}'"
                ),
                format!(
                    "UPDATE promotion_versions SET terms = jsonb_set(terms, '{{budget,points}}', '150') WHERE promotion_id = '{bonus}'"
                ),
            ),
            vec![(I6, format!("promotion {bonus}"), "its budget of 1 points")],
        ),
        corruption(
            "a lot",
            (
                format!("INSERT INTO lots SELECT merchant_id, customer_id, '2027-01-31', 1 FROM balances {on_customer}"),
                "DELETE FROM lots WHERE expires_on = '2027-01-31' AND remaining = 1".to_owned(),
            ),
            vec![(I3, customer.clone(), "lots")],
        ),
        corruption(
            "what has no last day",
            by_one("balances", "undated", &on_customer),
            vec![(I3, customer.clone(), "lots")],
        ),
        corruption(
            "the points of a purchase",
            by_one("purchases", "points", &on_purchase),
            vec![
                (I4, posting.clone(), "earned"),
                (I5, purchase_named.clone(), "do not add up"),
                (I11, purchase_named.clone(), "evaluates to"),
            ],
        ),
        corruption(
            "a purchase that changed hands",
            (
                format!("UPDATE purchases SET customer_id = '{stray}' {on_purchase}"),
                format!("UPDATE purchases SET customer_id = '{owner}' {on_purchase}"),
            ),
            vec![
                (I2, customer.clone(), "bought: purchases 1,"),
                (I2, format!("customer {stray}"), "bought: purchases -1,"),
                (I4, posting.clone(), "another customer"),
            ],
        ),
        corruption(
            "points moved between lines",
            {
                let set = |one: &str, two: &str| {
                    format!(
                        "UPDATE purchases SET lines = jsonb_set(jsonb_set(lines::jsonb,
                             '{{0,points}}', to_jsonb((lines #>> '{{0,points}}')::int {one})),
                             '{{1,points}}', to_jsonb((lines #>> '{{1,points}}')::int {two})) {on_purchase}"
                    )
                };
                (set("+ 1", "- 1"), set("- 1", "+ 1"))
            },
            vec![(I11, purchase_named.clone(), "line 0")],
        ),
        corruption(
            "the facts",
            {
                let set = |first| {
                    format!(
                        "UPDATE purchases SET facts = jsonb_set(facts::jsonb, '{{first_purchase}}', '{first}') {on_purchase}"
                    )
                };
                (set(true), set(false))
            },
            vec![(I11, purchase_named.clone(), "evaluates to")],
        ),
        corruption(
            "facts that cannot be read",
            (
                format!("UPDATE purchases SET facts = jsonb_build_object('was', facts) {on_purchase}"),
                format!("UPDATE purchases SET facts = facts -> 'was' {on_purchase}"),
            ),
            vec![(I11, purchase_named.clone(), "facts")],
        ),
        corruption(
            "the rules",
            (
                format!("UPDATE purchases SET rules_version = rules_version + 900 {on_purchase}"),
                format!("UPDATE purchases SET rules_version = rules_version - 900 {on_purchase}"),
            ),
            vec![(I11, purchase_named.clone(), "is missing")],
        ),
        corruption(
            "a key that is gone",
            (
                format!("DELETE FROM purchase_keys WHERE purchase_id = '{purchase}'"),
                format!(
                    "INSERT INTO purchase_keys SELECT merchant_id, retailer_id, transaction_id, id FROM purchases {on_purchase}"
                ),
            ),
            vec![(I4, purchase_named.clone(), "without its key")],
        ),
        corruption(
            "a key of nothing",
            (
                format!(
                    "INSERT INTO purchase_keys SELECT merchant_id, retailer_id, 'never sold', '{stray}' FROM purchases {on_purchase}"
                ),
                "DELETE FROM purchase_keys WHERE transaction_id = 'never sold'".to_owned(),
            ),
            vec![(I4, format!("purchase {stray}"), "without its purchase")],
        ),
        corruption(
            "a second key",
            (
                format!(
                    "INSERT INTO purchase_keys SELECT merchant_id, retailer_id, 'sold twice', id FROM purchases {on_purchase}"
                ),
                "DELETE FROM purchase_keys WHERE transaction_id = 'sold twice'".to_owned(),
            ),
            vec![(I4, purchase_named.clone(), "another purchase")],
        ),
        corruption(
            "a code that leads nowhere",
            (
                format!("UPDATE claims SET code = 'gone' WHERE code = '{code}'"),
                format!("UPDATE claims SET code = '{code}' WHERE code = 'gone'"),
            ),
            vec![(I5, format!("purchase {unclaimed}"), "leads nowhere")],
        ),
        corruption(
            "the points of a claim",
            by_one("claims", "points", &format!("WHERE purchase_id = '{claimed}'")),
            vec![(I4, format!("posting {claim}"), "earned"), (I11, format!("claim {claim}"), "evaluates to")],
        ),
    ];
    for Corruption { name, change, undo, findings } in corruptions {
        sqlx::raw_sql(sqlx::AssertSqlSafe(change)).execute(&shop.db.pool).await.unwrap();
        let reconciliation = reconcile(&shop).await;
        assert!(!reconciliation.is_clean(), "{name} was not noticed");
        for check in &reconciliation.checks {
            let expected: Vec<_> = findings.iter().filter(|finding| finding.0 == check.invariant).collect();
            assert_eq!(check.violations as usize, expected.len(), "{name}: {check:#?}");
            for (_, subject, detail) in expected {
                let named =
                    check.findings.iter().any(|it| it.subject == *subject && it.detail.contains(detail));
                assert!(named, "{name}: {subject} … {detail} is not in {:#?}", check.findings);
            }
        }
        assert_eq!(shop.engine.reconciliation(&shop.cx).await.unwrap(), reconciliation.checks, "{name}");
        assert!(
            shop.engine.reconcile(&neighbour, |_| {}).await.unwrap().is_clean(),
            "{name} is not the neighbour's"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(undo)).execute(&shop.db.pool).await.unwrap();
    }
    let reconciliation = reconcile(&shop).await;
    assert!(reconciliation.is_clean(), "all was undone: {:#?}", reconciliation.checks);
    shop.close().await;
}

/// Between two full runs it is looked at what has happened since, and at nothing else; what is found stays in sight.
#[tokio::test]
async fn a_recent_run_looks_at_what_happened_since() {
    let clock = Clock::fixed(at("2026-06-01T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Ten a dollar", "award_rate": "10"})).await;
    let bought = async |id: &str, who: &str| {
        let with = json!({"customer": {"external_id": who}});
        shop.bought(purchase(id, 500, with)).await.customer_id.unwrap()
    };
    let recently = async || shop.engine.reconcile_recent(&shop.cx, |_| {}).await.unwrap();
    let ada = bought("1", "ada").await;
    bought("2", "ben").await;
    clock.advance(TimeDelta::hours(1));
    assert_eq!(recently().await.checks.len(), Invariant::ALL.len(), "the first run looks at everything");

    clock.advance(TimeDelta::hours(1));
    let ben = bought("3", "ben").await;
    let run = recently().await;
    assert!(run.is_clean(), "{run:#?}");
    for invariant in [Invariant::I1, Invariant::I2, Invariant::I4, Invariant::I5, Invariant::I11] {
        assert_eq!(check(&run, invariant).checked, 1, "{invariant:?}");
    }
    assert!(run.checks.iter().all(|check| check.invariant != Invariant::I8), "that takes everything");
    let standing = check(&run, Invariant::I10);
    assert_eq!(standing.since, None, "what looks at everything says so");

    let give = async |to: CustomerId, points: i64| {
        sqlx::query("UPDATE balances SET available = available + $2 WHERE customer_id = $1")
            .bind(to.uuid())
            .bind(points)
            .execute(&shop.db.pool)
            .await
            .unwrap();
    };
    give(ada, 1).await;
    assert!(recently().await.is_clean(), "nothing of hers has happened");
    clock.advance(TimeDelta::minutes(5));
    bought("4", "ben").await;
    give(ben, 1).await;
    assert_eq!(check(&recently().await, Invariant::I2).violations, 1);
    clock.advance(TimeDelta::hours(3));
    assert_eq!(
        check(&recently().await, Invariant::I2).violations,
        1,
        "it does not go out of sight by itself"
    );
    assert_eq!(check(&reconcile(&shop).await, Invariant::I2).violations, 2);

    give(ben, -1).await;
    assert!(recently().await.is_clean());
    clock.advance(TimeDelta::hours(3));
    assert_eq!(check(&recently().await, Invariant::I4).checked, 0);
    let stored = shop.engine.reconciliation_recent(&shop.cx).await.unwrap();
    assert_eq!(stored[0].since, Some(clock.now() - TimeDelta::hours(3) - TimeDelta::minutes(10)));
    give(ada, -1).await;
    shop.close().await;
}

/// Many violations are counted; the first of them are named.
#[tokio::test]
async fn a_report_is_bounded() {
    let shop = Shop::open().await;
    sqlx::query(
        "INSERT INTO balances (merchant_id, customer_id, available)
         SELECT $1, ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 1 FROM generate_series(1, 500) AS n",
    )
    .bind(shop.merchant.uuid())
    .execute(&shop.db.pool)
    .await
    .unwrap();
    let reconciliation = reconcile(&shop).await;
    let i2 = check(&reconciliation, Invariant::I2);
    assert_eq!((i2.checked, i2.violations, i2.findings.len()), (500, 500, 20));
    assert_eq!(i2.findings[0].subject, "customer 00000000-0000-7000-8000-000000000001");
}

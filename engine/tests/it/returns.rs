//! Returns: what was earned by what comes back is taken back, exactly once and never more.

use std::sync::Arc;

use chrono::TimeDelta;
use perennial_domain::access::Scope;
use perennial_domain::codes::{ClaimCode, TransactionId};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::PurchaseId;
use perennial_domain::returns::{CheckedReturn, ReturnInput};
use perennial_engine::adjustments::NewAdjustment;
use perennial_engine::reconcile::Invariant;
use perennial_engine::returns::{Arrived, Return, Returned};
use perennial_engine::{Clock, Cx, Engine, Error, PageRequest};
use sea_orm::TransactionTrait as _;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::intake_support::{Shop, at, basket, merchant, purchase};

fn returning(input: Value) -> CheckedReturn {
    serde_json::from_value::<ReturnInput>(input).unwrap().check().unwrap()
}

async fn give_back(shop: &Shop, purchase: PurchaseId, input: Value) -> Result<Returned, Error> {
    shop.engine.return_purchase(&shop.cx, purchase, &returning(input), false).await
}

async fn given_back(shop: &Shop, purchase: PurchaseId, input: Value) -> Return {
    let returned = give_back(shop, purchase, input).await.unwrap();
    assert!(!returned.replayed);
    returned.record
}

fn points(record: &Return) -> (i64, i64) {
    (record.points_reversed.get(), record.balance.unwrap().points)
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer.expect_err("was accepted") {
        Error::Conflict { code, .. } => code.to_owned(),
        Error::ReturnExceeds(errors) | Error::Invalid(errors) => errors
            .iter()
            .map(|error| format!("{} {}", error.pointer, error.code))
            .collect::<Vec<_>>()
            .join(", "),
        Error::NotFound(what) => format!("no {}", what.noun()),
        Error::Forbidden(action) => format!("forbidden {action:?}"),
        other => format!("{other:?}"),
    }
}

/// Every invariant holds, as an operator would ask.
async fn assert_reconciled(shop: &Shop) {
    let reconciled = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciled.is_clean(), "{:#?}", reconciled.checks);
}

/// The staff take points away, as a reward would.
async fn spend(shop: &Shop, customer: perennial_domain::ids::CustomerId, points: i64) {
    let input = NewAdjustment { points: -points, reason: "Spent".parse().unwrap(), expires_on: None };
    shop.engine.adjustment_create(&shop.cx, customer, input).await.unwrap();
}

/// G7: a return takes back what the rules of the purchase gave, whatever has been promised since.
#[tokio::test]
async fn g7_a_return_takes_back_what_the_old_version_gave() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    let base = shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let before = shop.bought(purchase("1", 1_000, json!({}))).await;
    clock.advance(TimeDelta::hours(1));
    let terms = serde_json::from_value(json!({"name": "Base", "award_rate": "300"})).unwrap();
    shop.engine.promotion_edit(&shop.cx, base, terms).await.unwrap();
    shop.engine.promotion_publish(&shop.cx, base, None).await.unwrap();
    let after = shop.bought(purchase("2", 1_000, json!({}))).await;
    assert_eq!((before.points_earned.get(), after.points_earned.get()), (1_000, 3_000));
    assert_eq!(points(&given_back(&shop, before.id, json!({"return_id": "r"})).await), (1_000, 3_000));
    assert_eq!(points(&given_back(&shop, after.id, json!({"return_id": "r"})).await), (3_000, 0));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// G9: one of three lines, then a cent, then the rest: together exactly what was earned, never more.
#[tokio::test]
async fn g9_a_line_then_a_cent_then_the_rest_take_back_exactly_what_was_earned() {
    let shop = Shop::open().await;
    shop.promote(json!({"name": "Visit", "flat_points": 7})).await;
    let bought = shop
        .bought(basket(
            "1",
            json!([{"quantity": 3, "unit_price": 333}, {"amount": 1}, {"quantity": 1, "unit_price": 500}]),
        ))
        .await;
    let earned = bought.points_earned.get();
    assert_eq!(earned, 999 + 1 + 500 + 7);
    let line =
        given_back(&shop, bought.id, json!({"return_id": "a", "lines": [{"line": 0, "quantity": 1}]})).await;
    assert_eq!((line.amount.get(), line.lines[0].points.get(), line.complete), (333, 333, false));
    let cent = given_back(&shop, bought.id, json!({"return_id": "b", "amount": 1})).await;
    assert_eq!(cent.amount.get(), 1);
    let rest = given_back(&shop, bought.id, json!({"return_id": "c"})).await;
    let all = [&line, &cent, &rest].map(|record| record.points_reversed.get());
    assert_eq!((all.iter().sum::<i64>(), rest.complete), (earned, true));
    assert_eq!(rest.balance.unwrap().points, 0);
    assert_eq!(refusal(give_back(&shop, bought.id, json!({"return_id": "d"})).await), " nothing_left");
    assert_eq!(shop.count("returns").await, 3);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// G10: points that were spent already, under each policy.
#[tokio::test]
async fn g10_spent_points_are_owed_or_absorbed_by_policy() {
    let shop = Shop::open().await;
    for (policy, debt, absorbed, balance, later) in [
        ("allow_negative", 700, 0, -700, 300),
        ("floor_zero", 0, 700, 0, 1_000),
        ("pending_until_return_window", 700, 0, -700, -700),
    ] {
        let days = i64::from(policy == "pending_until_return_window");
        let customer = json!({"customer": {"external_id": policy}});
        let bought = shop.bought(purchase(format!("{policy}-1"), 1_000, customer.clone())).await;
        spend(&shop, bought.customer_id.unwrap(), 700).await;
        shop.set(json!({"return_policy": policy, "pending_days": days})).await;
        let record = given_back(&shop, bought.id, json!({"return_id": "r"})).await;
        assert_eq!(
            (record.debt.get(), record.absorbed.get(), record.policy.as_str()),
            (debt, absorbed, policy)
        );
        assert_eq!(record.balance.unwrap().points, balance, "{policy}");
        // What is earned next repays first; what waits does not, until it can be spent.
        let next = shop.bought(purchase(format!("{policy}-2"), 1_000, customer)).await;
        assert_eq!(next.balance.unwrap().points, later, "{policy}");
    }
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Where nothing is left to take, the merchant bears all of it: the return is booked, and nobody's account moves.
#[tokio::test]
async fn a_return_of_points_that_are_all_gone_is_absorbed_whole() {
    let shop = Shop::open().await;
    shop.set(json!({"return_policy": "floor_zero"})).await;
    let bought = shop.bought(purchase("1", 1_000, json!({}))).await;
    spend(&shop, bought.customer_id.unwrap(), 1_000).await;
    let record = given_back(&shop, bought.id, json!({"return_id": "r"})).await;
    assert_eq!((record.absorbed.get(), record.debt.get(), points(&record)), (1_000, 0, (1_000, 0)));
    assert_eq!(shop.count("entries WHERE kind = 'return' AND account IN ('issued', 'absorbed')").await, 2);
    assert_eq!(shop.count("entries WHERE kind = 'return' AND customer_id IS NOT NULL").await, 0);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Points that wait are taken before any that can be spent, and then never mature.
/// A return takes the points of its own purchase before all others: were the oldest taken, buying and returning would give
/// those that are left a new life.
#[tokio::test]
async fn a_return_takes_from_the_lot_that_its_purchase_had_filled() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop.set(json!({"expiry": {"kind": "after_months", "months": 1}})).await;
    shop.bought(purchase("1", 100, json!({}))).await;
    clock.advance(TimeDelta::days(10));
    let later = shop.bought(purchase("2", 200, json!({}))).await;
    let record = given_back(&shop, later.id, json!({"return_id": "r", "amount": 150})).await;
    assert_eq!(points(&record), (150, 150));
    let lots = "SELECT expires_on::text, remaining FROM spendable WHERE remaining > 0 ORDER BY expires_on";
    let lots: Vec<(String, i64)> = sqlx::query_as(lots).fetch_all(&shop.db.pool).await.unwrap();
    assert_eq!(lots, [("2026-12-21".to_owned(), 100), ("2027-01-01".to_owned(), 50)]);
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn what_waits_is_cancelled_and_never_matures() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop.set(json!({"pending_days": 14, "return_policy": "pending_until_return_window"})).await;
    let bought = shop.bought(purchase("1", 1_000, json!({}))).await;
    let record = given_back(&shop, bought.id, json!({"return_id": "r", "amount": 400})).await;
    let balance = record.balance.unwrap();
    assert_eq!((record.pending_reversed.get(), record.debt.get()), (400, 0));
    assert_eq!((balance.points, balance.pending), (0, 600));
    clock.advance(TimeDelta::days(15));
    shop.engine.jobs_run().await.unwrap();
    assert_eq!(shop.points_of("maya@example.com").await, 600);
    assert_eq!(points(&given_back(&shop, bought.id, json!({"return_id": "s"})).await), (600, 0));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A return gives back to the customer's limit and the budget of each promotion what it takes.
#[tokio::test]
async fn limits_and_budgets_get_theirs_back() {
    let shop = Shop::open_at(Clock::system()).await;
    shop.promote(json!({
        "name": "Sixty", "award_rate": "100",
        "max_points_per_customer": {"points": 60, "per": "ever"},
        "budget": {"points": 100, "when_exhausted": "partial"},
    }))
    .await;
    let first = shop.bought(purchase("1", 60, json!({}))).await;
    assert_eq!(first.points_earned.get(), 60);
    assert_eq!(
        shop.bought(purchase("2", 60, json!({}))).await.points_earned.get(),
        0,
        "the limit is reached"
    );
    given_back(&shop, first.id, json!({"return_id": "r", "amount": 40})).await;
    assert_eq!(shop.bought(purchase("3", 60, json!({}))).await.points_earned.get(), 40);
    let other = json!({"customer": {"email": "ben@example.com"}});
    assert_eq!(
        shop.bought(purchase("4", 60, other)).await.points_earned.get(),
        40,
        "20 + 40 of 100 are given"
    );
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// The same return again is answered as it was; another one under its name is refused.
#[tokio::test]
async fn a_repeated_return_gets_its_first_answer() {
    let shop = Shop::open().await;
    let bought = shop.bought(purchase("1", 1_000, json!({}))).await;
    let first = given_back(&shop, bought.id, json!({"return_id": "r", "amount": 300})).await;
    shop.bought(purchase("2", 5_000, json!({}))).await;
    let again = give_back(&shop, bought.id, json!({"return_id": "r", "amount": 300})).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.record, first, "with the balance of then");
    let other = give_back(&shop, bought.id, json!({"return_id": "r", "amount": 301})).await;
    assert_eq!(refusal(other), "return_conflict");
    assert_eq!(shop.points_of("maya@example.com").await, 5_700);
    assert_eq!(
        shop.engine.return_list(&shop.cx, bought.id, &PageRequest::default()).await.unwrap().data,
        [first]
    );
    shop.close().await;
}

/// I7 under load: a hundred at once return a tenth each, and ten of them are enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_at_once_never_return_more_than_was_bought() {
    let shop = Shop::open().await;
    let bought = shop.bought(basket("1", json!([{"quantity": 10, "unit_price": 100}]))).await;
    let (engine, id) = (Arc::new(shop.another_engine().await), bought.id);
    let mut tills = JoinSet::new();
    for till in 0..100 {
        let (engine, cx) = (Arc::clone(&engine), shop.cx.clone());
        let input = json!({"return_id": format!("r{till}"), "lines": [{"line": 0, "quantity": 1}]});
        tills.spawn(async move { patiently(&engine, &cx, id, &returning(input)).await });
    }
    let answers = tills.join_all().await;
    let booked = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(booked, 10, "{answers:?}");
    for answer in answers.into_iter().filter(Result::is_err) {
        assert_eq!(refusal(answer), "/lines/0/quantity exceeds_quantity");
    }
    assert_eq!((shop.points_of("maya@example.com").await, shop.count("returns").await), (0, 10));
    assert_reconciled(&shop).await;
    engine.shutdown().await;
    shop.close().await;
}

/// Returns, and asks again while the server is busy, as a till does.
async fn patiently(
    engine: &Engine,
    cx: &Cx,
    id: PurchaseId,
    input: &CheckedReturn,
) -> Result<Returned, Error> {
    loop {
        match engine.return_purchase(cx, id, input, false).await {
            Err(Error::Busy { .. }) => tokio::task::yield_now().await,
            answer => return answer,
        }
    }
}

/// What is returned while nobody has claimed it reduces the claim, and what is returned afterwards is the rest.
#[tokio::test]
async fn a_claim_after_returns_gives_less() {
    let shop = Shop::open().await;
    let bought = shop.bought(purchase("1", 1_000, json!({"customer": null}))).await;
    let before = given_back(&shop, bought.id, json!({"return_id": "a", "amount": 300})).await;
    assert_eq!((before.points_reversed.get(), before.balance, before.customer_id), (0, None, None));
    let code: ClaimCode = bought.claim_code.clone().unwrap();
    let maya = CustomerRef::Email("maya@example.com".parse().unwrap());
    let claimed = shop.engine.claim(&shop.cx, &code, &maya).await.unwrap().claim;
    assert_eq!(claimed.balance.points, 700);
    assert_eq!(shop.points_of("maya@example.com").await, 700);
    let again = shop.engine.claim(&shop.cx, &code, &maya).await.unwrap();
    assert_eq!((again.replayed, again.claim.balance.points), (true, 700));
    assert_eq!(points(&given_back(&shop, bought.id, json!({"return_id": "b"})).await), (700, 0));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A dry run says what would come and leaves no trace.
#[tokio::test]
async fn a_dry_run_leaves_no_trace() {
    let shop = Shop::open().await;
    let bought = shop.bought(purchase("1", 1_000, json!({}))).await;
    let input = returning(json!({"return_id": "r", "amount": 250}));
    let shown = shop.engine.return_purchase(&shop.cx, bought.id, &input, true).await.unwrap().record;
    let balances = shown.balances().unwrap();
    assert_eq!((balances.before.points, balances.after.points), (1_000, 750));
    for table in ["returns", "return_states", "entries WHERE kind = 'return'"] {
        assert_eq!(shop.count(table).await, 0, "{table}");
    }
    assert_eq!(
        points(&given_back(&shop, bought.id, json!({"return_id": "r", "amount": 250})).await),
        (250, 750)
    );
    shop.close().await;
}

async fn by_transaction(shop: &Shop, transaction: &str, input: Value) -> Result<Arrived, Error> {
    let retailer = shop.engine.return_retailer(&shop.cx, Some("north")).await?;
    let txn = shop.engine.db().begin().await.unwrap();
    let id = TransactionId::new(transaction).unwrap();
    let arrived = shop.engine.return_transaction_in(&txn, &shop.cx, retailer, &id, &returning(input)).await?;
    txn.commit().await.unwrap();
    Ok(arrived)
}

/// A return before its purchase waits, is booked once when the purchase comes, and is forgotten after thirty days.
#[tokio::test]
async fn a_return_before_its_purchase_waits_for_it() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let early = json!({"return_id": "r", "amount": 400});
    let Arrived::Waiting(waiting) = by_transaction(&shop, "1", early.clone()).await.unwrap() else {
        panic!("there is no purchase")
    };
    assert_eq!(waiting.until, at("2026-12-21T10:00:00Z"));
    assert_eq!(by_transaction(&shop, "1", early.clone()).await.unwrap(), Arrived::Waiting(waiting));
    let other = by_transaction(&shop, "1", json!({"return_id": "r"})).await;
    assert_eq!(refusal(other), "return_conflict");
    by_transaction(&shop, "2", json!({"return_id": "r", "amount": 9_999})).await.unwrap();
    by_transaction(&shop, "3", early.clone()).await.unwrap();
    assert_eq!(shop.engine.returns_meet().await.unwrap(), 0);

    shop.bought(purchase("1", 1_000, json!({}))).await;
    shop.bought(purchase("2", 1_000, json!({}))).await;
    assert_eq!(shop.engine.returns_meet().await.unwrap(), 1);
    assert_eq!(shop.engine.returns_meet().await.unwrap(), 0);
    assert_eq!(shop.points_of("maya@example.com").await, 1_600);
    let Arrived::Booked(booked) = by_transaction(&shop, "1", early.clone()).await.unwrap() else {
        panic!("its purchase is there")
    };
    assert!(booked.replayed && booked.record.points_reversed.get() == 400);
    assert_eq!(shop.count("waiting_returns WHERE refusal IS NOT NULL").await, 1, "too much for its purchase");

    clock.advance(TimeDelta::days(30));
    shop.engine.returns_meet().await.unwrap();
    assert_eq!(shop.count("waiting_returns").await, 0);
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn who_may_return_what() {
    let shop = Shop::open().await;
    let bought = shop.bought(purchase("1", 1_000, json!({}))).await;
    let input = returning(json!({"return_id": "r"}));
    let other = Cx::system(merchant(&shop.engine, "other", "USD").await);
    let south = shop.key(&[Scope::PurchasesWrite], Some("south")).await;
    let reader = shop.key(&[Scope::PurchasesRead], None).await;
    let customer = shop.engine.customer_cx(shop.merchant, bought.customer_id.unwrap()).await.unwrap();
    for (cx, refused) in [
        (&other, "no purchase"),
        (&*south, "no purchase"),
        (&*reader, "forbidden ReturnsWrite"),
        (&customer, "no purchase"),
    ] {
        let answer = shop.engine.return_purchase(cx, bought.id, &input, false).await;
        assert_eq!(refusal(answer), refused);
    }
    let north = shop.key(&[Scope::PurchasesWrite], Some("north")).await;
    let record = shop.engine.return_purchase(&north, bought.id, &input, false).await.unwrap().record;
    assert_eq!((points(&record), record.by.as_str()), ((1_000, 0), "till"));
    // A scope of its own is enough.
    let next = shop.bought(purchase("2", 1_000, json!({}))).await;
    let desk = shop.key(&[Scope::ReturnsWrite], None).await;
    shop.engine.return_purchase(&desk, next.id, &input, true).await.unwrap();
    // Who may see the purchase may see what was returned of it.
    let south = shop.key(&[Scope::PurchasesRead], Some("south")).await;
    for (cx, refused) in [(&other, "no return"), (&*south, "no return"), (&*desk, "forbidden PurchasesRead")]
    {
        assert_eq!(refusal(shop.engine.return_get(cx, record.id).await), refused);
    }
    let nobodys = shop.engine.return_get(&shop.cx, uuid::Uuid::nil()).await;
    assert_eq!(refusal(nobodys), "no return");
    for cx in [&customer, &*reader] {
        assert_eq!(shop.engine.return_get(cx, record.id).await.unwrap(), record);
    }
    let stranger = json!({"customer": {"email": "ben@example.com"}});
    let stranger = shop.bought(purchase("3", 1, stranger)).await.customer_id.unwrap();
    let stranger = shop.engine.customer_cx(shop.merchant, stranger).await.unwrap();
    assert_eq!(refusal(shop.engine.return_get(&stranger, record.id).await), "no return");
    shop.close().await;
}

#[tokio::test]
async fn returns_are_listed_by_pages_oldest_first() {
    let shop = Shop::open().await;
    let bought = shop.bought(purchase("1", 1_000, json!({}))).await;
    for name in ["a", "b", "c"] {
        given_back(&shop, bought.id, json!({"return_id": name, "amount": 1})).await;
    }
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest::new(Some(2), after).unwrap();
        let page = shop.engine.return_list(&shop.cx, bought.id, &page).await.unwrap();
        names.extend(page.data.into_iter().map(|record| record.return_id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
    shop.close().await;
}

/// I7 finds a return that took back one point more than was posted, and a state that says one cent more.
#[tokio::test]
async fn reconciliation_names_the_purchase_whose_returns_do_not_add_up() {
    let shop = Shop::open().await;
    let bought = shop.bought(purchase("1", 1_000, json!({}))).await;
    let record = given_back(&shop, bought.id, json!({"return_id": "r", "amount": 400})).await;
    for (change, undo, subject) in [
        (
            "ALTER TABLE returns DISABLE TRIGGER USER; UPDATE returns SET points = points + 1, from_available = from_available + 1",
            "UPDATE returns SET points = points - 1, from_available = from_available - 1",
            format!("return {}", record.id),
        ),
        (
            "UPDATE return_states SET state = jsonb_set(state, '{lines,0,amount}', '401')",
            "UPDATE return_states SET state = jsonb_set(state, '{lines,0,amount}', '400')",
            format!("purchase {}", bought.id),
        ),
    ] {
        sqlx::raw_sql(change).execute(&shop.db.pool).await.unwrap();
        let found = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
        let check = found.checks.iter().find(|check| check.invariant == Invariant::I7).unwrap();
        assert_eq!(check.findings.iter().map(|finding| &finding.subject).collect::<Vec<_>>(), [&subject]);
        sqlx::raw_sql(undo).execute(&shop.db.pool).await.unwrap();
        assert_reconciled(&shop).await;
    }
    shop.close().await;
}

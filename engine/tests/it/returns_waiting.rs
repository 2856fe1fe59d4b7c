//! Returns that came before their purchase, as people see them.

use chrono::TimeDelta;
use perennial_domain::access::Scope;
use perennial_domain::codes::TransactionId;
use perennial_domain::returns::{CheckedReturn, ReturnInput};
use perennial_engine::{Clock, Cx, Error, PageRequest, What};
use sea_orm::TransactionTrait as _;
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, buy, merchant, purchase};

fn page(limit: u32, after: Option<String>) -> PageRequest {
    PageRequest::new(Some(limit), after).unwrap()
}

async fn early(shop: &Shop, transaction: &str, returned: Value) {
    early_at(shop, &shop.cx, transaction, returned).await;
}

async fn early_at(shop: &Shop, cx: &Cx, transaction: &str, returned: Value) {
    let input: ReturnInput = serde_json::from_value(returned).unwrap();
    let checked: CheckedReturn = input.check().unwrap();
    let retailer = shop.engine.return_retailer(cx, Some("north")).await.unwrap();
    let txn = shop.engine.db().begin().await.unwrap();
    let id = TransactionId::new(transaction).unwrap();
    shop.engine.return_transaction_in(&txn, cx, retailer, &id, &checked).await.unwrap();
    txn.commit().await.unwrap();
}

/// Who needs somebody comes first, then the newest; every row once, whatever the size of the page.
#[tokio::test]
async fn what_could_not_be_booked_is_named_and_can_be_discarded() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    for number in 1..=4 {
        early(&shop, &number.to_string(), json!({"return_id": "r", "amount": 9_999})).await;
        clock.advance(TimeDelta::minutes(1));
    }
    early(&shop, "4", json!({"return_id": "s", "amount": 1})).await;
    let bought = shop.bought(purchase("2", 1_000, json!({}))).await;
    assert_eq!(shop.engine.returns_meet().await.unwrap(), 0, "it is too much");

    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let rows = shop.engine.return_waiting_list(&shop.cx, &page(2, after)).await.unwrap();
        seen.extend(rows.data);
        after = rows.next;
        if after.is_none() {
            break;
        }
    }
    let order: Vec<_> = seen.iter().map(|row| format!("{} {}", row.transaction_id, row.return_id)).collect();
    assert_eq!(order, ["2 r", "4 s", "4 r", "3 r", "1 r"]);
    assert_eq!(seen[0].purchase_id, Some(bought.id.uuid()));
    assert!(seen[0].refusal.as_ref().is_some_and(|why| !why.is_empty()), "{:?}", seen[0]);
    assert_eq!((&*seen[1].retailer, &seen[1].refusal, seen[1].purchase_id), ("north", &None, None));
    assert_eq!(seen[4].until, at("2026-12-21T10:00:00Z"));

    let support = shop.key(&[Scope::PurchasesRead], None).await;
    let discard = |cx| shop.engine.return_waiting_discard(cx, seen[0].retailer_id, "2", "r");
    assert!(matches!(discard(&support).await, Err(Error::Forbidden(_))));
    discard(&shop.cx).await.unwrap();
    assert!(matches!(discard(&shop.cx).await, Err(Error::NotFound(What::Return))));
    let left = shop.engine.return_waiting_list(&support, &page(50, None)).await.unwrap();
    assert_eq!(left.data, seen[1..]);
    shop.close().await;
}

/// A sandbox forgets by its own time, and notes by it what could not be booked; nobody else is concerned.
#[tokio::test]
async fn the_clock_of_a_sandbox_decides_how_long_a_return_waits() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T10:00:00Z"))).await;
    shop.engine.sandbox_make(shop.merchant).await.unwrap();
    let neighbour = merchant(&shop.engine, "neighbour", "USD").await;
    early(&shop, "1", json!({"return_id": "r"})).await;
    let kept =
        "INSERT INTO waiting_returns SELECT (json_populate_record(w, json_build_object('merchant_id', $1))).*
                FROM waiting_returns AS w";
    sqlx::query(kept).bind(neighbour.uuid()).execute(&shop.db.pool).await.unwrap();

    let over = at("2026-12-21T10:00:00Z");
    shop.engine.sandbox_set_clock(shop.merchant, over - TimeDelta::microseconds(1)).await.unwrap();
    shop.engine.returns_meet().await.unwrap();
    assert_eq!(shop.count("waiting_returns").await, 2);
    shop.engine.sandbox_set_clock(shop.merchant, over).await.unwrap();
    shop.engine.returns_meet().await.unwrap();
    let left: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT merchant_id FROM waiting_returns").fetch_all(&shop.db.pool).await.unwrap();
    assert_eq!(left, [neighbour.uuid()]);

    early(&shop, "2", json!({"return_id": "r", "amount": 9_999})).await;
    shop.bought(purchase("2", 1_000, json!({}))).await;
    shop.engine.returns_meet().await.unwrap();
    let refused: Option<chrono::DateTime<chrono::Utc>> =
        sqlx::query_scalar("SELECT refused_at FROM waiting_returns WHERE merchant_id = $1")
            .bind(shop.merchant.uuid())
            .fetch_one(&shop.db.pool)
            .await
            .unwrap();
    assert_eq!(refused, Some(over));
    shop.close().await;
}

/// Two returns of one merchant that cannot be booked, and came first: that of another is booked all the same. They are tried
/// again later, not for ever, and wait with the reason then.
#[tokio::test]
async fn a_return_that_cannot_be_booked_stops_nobody() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    for transaction in ["broken", "unreadable"] {
        early(&shop, transaction, json!({"return_id": "r", "amount": 1})).await;
    }
    let spoil = "UPDATE waiting_returns SET content = '\"nothing\"' WHERE transaction_id = 'unreadable';
        CREATE FUNCTION break_returns() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.merchant_id = (SELECT id FROM merchants WHERE slug = 'corner')
                THEN RAISE EXCEPTION 'broken on purpose'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER broken BEFORE INSERT ON returns FOR EACH ROW EXECUTE FUNCTION break_returns();";
    sqlx::raw_sql(spoil).execute(&shop.db.pool).await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    let neighbour = Cx::system(merchant(&shop.engine, "neighbour", "USD").await);
    early_at(&shop, &neighbour, "1", json!({"return_id": "r"})).await;

    for transaction in ["broken", "unreadable"] {
        shop.bought(purchase(transaction, 1_000, json!({}))).await;
    }
    buy(&shop.engine, &neighbour, purchase("1", 1_000, json!({}))).await.unwrap();
    assert_eq!(shop.engine.returns_meet().await.unwrap(), 1, "the neighbour's");
    assert_eq!(shop.count("waiting_returns WHERE attempts = 1 AND refused_at IS NULL").await, 2);

    assert_eq!(shop.engine.returns_meet().await.unwrap(), 0);
    assert_eq!(shop.count("waiting_returns WHERE attempts = 1").await, 2, "it is too early");
    while shop.count("waiting_returns WHERE refused_at IS NULL").await > 0 {
        clock.advance(TimeDelta::minutes(2));
        assert_eq!(shop.engine.returns_meet().await.unwrap(), 0);
    }
    let told = shop.engine.return_waiting_list(&shop.cx, &page(50, None)).await.unwrap().data;
    let told: Vec<_> = told.iter().map(|row| row.refusal.as_deref().unwrap()).collect();
    assert_eq!(told.len(), 2);
    for why in ["the database failed", "stored data is inconsistent"] {
        assert!(told.contains(&why), "{told:?}");
    }
    shop.close().await;
}

/// A look goes through a part of what waits: those behind it are not forgotten.
#[tokio::test]
async fn more_returns_may_wait_than_one_look_goes_through() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T10:00:00Z"))).await;
    early(&shop, "z", json!({"return_id": "r"})).await;
    let many = "INSERT INTO waiting_returns
        SELECT (json_populate_record(w, json_build_object('transaction_id', 'n' || number))).*
        FROM waiting_returns AS w, generate_series(1, 6000) AS number";
    sqlx::raw_sql(many).execute(&shop.db.pool).await.unwrap();
    shop.bought(purchase("z", 1_000, json!({}))).await;
    assert_eq!(shop.engine.returns_meet().await.unwrap(), 1);
    assert_eq!(shop.count("waiting_returns").await, 6_000);
    shop.close().await;
}

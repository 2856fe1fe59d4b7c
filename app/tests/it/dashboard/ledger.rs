//! The books, checked on demand.

use crate::support::desk::{colleague, opened};
use http::StatusCode;
use perennial_domain::access::Role;

#[tokio::test(flavor = "multi_thread")]
async fn the_books_are_checked_on_demand_and_what_is_wrong_is_named() {
    let (house, cx, mut owner) = opened("sola").await;
    assert!(owner.get("/dashboard/ledger").await.text.contains("Not checked yet"));
    let asked = owner.post("/dashboard/ledger", "do=ask").await;
    assert_eq!(asked.location(), "/dashboard/ledger?done=check-asked", "{}", asked.text);
    assert!(owner.get("/dashboard/ledger").await.text.contains("A check is under way"));

    house.engine.reconcile(&cx, |_| {}).await.unwrap();
    let page = owner.get("/dashboard/ledger").await;
    assert!(page.text.contains("Every posting sums to zero") && page.text.contains("Holds"), "{}", page.text);
    assert!(!page.text.contains("1 wrong"));

    // One point that came from nowhere.
    sqlx::query("INSERT INTO balances (merchant_id, customer_id, available) VALUES ($1, $2, 1)")
        .bind(cx.merchant().uuid())
        .bind(uuid::Uuid::from_u128(7))
        .execute(house.engine.pool())
        .await
        .unwrap();
    house.engine.reconcile(&cx, |_| {}).await.unwrap();
    let page = owner.get("/dashboard/ledger").await;
    let customer = "/dashboard/customers/00000000-0000-0000-0000-000000000007";
    assert!(page.text.contains("1 wrong") && page.text.contains(customer), "{}", page.text);

    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    assert!(!analyst.get("/dashboard/ledger").await.text.contains("Check now"));
    assert_eq!(analyst.post("/dashboard/ledger", "do=ask").await.status, StatusCode::FORBIDDEN);
}

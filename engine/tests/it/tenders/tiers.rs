//! Tiers by what was spent: only what was paid leads to one.

use perennial_domain::ids::CustomerId;
use perennial_domain::tiers::TierInput;
use serde_json::json;

use super::vouchers::five_dollars;
use super::{assert_reconciled, given_back, settle};
use crate::intake_support::{Shop, purchase};

/// What counts for the customer, and whether it has led to a tier.
async fn spent(shop: &Shop, customer: CustomerId) -> (i64, bool) {
    settle(shop).await;
    let standing = shop.engine.customer_tier(&shop.cx, customer).await.unwrap();
    (standing.progress, standing.tier.is_some())
}

#[tokio::test]
async fn what_vouchers_and_points_pay_leads_to_no_tier_and_a_return_takes_back_what_it_pays_back() {
    // A first purchase of ten dollars, and a voucher of five.
    let (shop, customer, code) = five_dollars().await;
    shop.set(json!({"tiers": {"basis": "spend"}})).await;
    let vouched = shop.bought(purchase("1", 1_500, json!({"vouchers": [code]}))).await;
    assert_eq!(vouched.tenders.as_ref().unwrap().paid.get(), 1_000);

    // What was bought before there was a ladder counts like everything else.
    let silver = TierInput { name: "Silver".to_owned(), threshold: Some(2_901), ..TierInput::default() };
    shop.engine.tier_create(&shop.cx, silver, false).await.unwrap();
    assert_eq!(spent(&shop, customer).await, (2_000, false));
    let by_points = shop.bought(purchase("2", 1_500, json!({"pay_with_points": 600}))).await;
    assert_eq!(spent(&shop, customer).await, (2_900, false), "a cent is missing, whatever the points paid");
    assert_reconciled(&shop).await;

    let part = given_back(&shop, by_points.id, json!({"return_id": "a", "amount": 500})).await;
    assert_eq!((part.amount.get(), part.paid_back.get()), (500, 300));
    assert_eq!(spent(&shop, customer).await, (2_600, false));
    given_back(&shop, by_points.id, json!({"return_id": "b"})).await;
    assert_eq!(spent(&shop, customer).await, (2_000, false), "all that it paid is back, and no more");
    given_back(&shop, vouched.id, json!({"return_id": "a"})).await;
    assert_eq!(spent(&shop, customer).await, (1_000, false));

    shop.bought(purchase("3", 1_901, json!({}))).await;
    assert_eq!(spent(&shop, customer).await, (2_901, true));
    assert_reconciled(&shop).await;
    shop.close().await;
}

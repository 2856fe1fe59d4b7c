//! A purchase that was not paid in money alone, as the staff and the customer see it, and its return.

use crate::support::PATIENT;
use crate::support::desk::opened;
use crate::support::form::hidden;
use http::StatusCode;
use perennial_domain::customer::CustomerRef;
use perennial_domain::purchase::PurchaseInput;
use perennial_engine::rewards::NewRedemption;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_paid_is_on_the_page_and_comes_back_after_a_look() {
    let (house, shop, mut owner) = opened("sola").await;
    house.open_shop(&shop).await;
    let settings = serde_json::from_value(json!({"point_value": {"points": 1, "amount": 10}})).unwrap();
    house.engine.merchant_update(&shop, settings).await.unwrap();
    let customer = house.buy(&shop, "T-1", Some("maya@example.com")).await.customer_id.unwrap();
    let reward = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 50});
    let reward = house.engine.reward_create(&shop, serde_json::from_value(reward).unwrap()).await.unwrap();
    let new = NewRedemption { reward: reward.id, points: None, hold_seconds: None };
    let redeemed = house.engine.redeem(&shop, &CustomerRef::Id(customer), new).await.unwrap();
    let input: PurchaseInput = serde_json::from_value(json!({
        "transaction_id": "T-2", "retailer": "riverside", "currency": "USD", "amount": 2_000,
        "customer": {"email": "maya@example.com"}, "pay_with_points": 20,
        "vouchers": [redeemed.redemption.voucher.unwrap().code.unwrap()],
    }))
    .unwrap();
    let checked = vec![input.check(None).unwrap()];
    let bought = house.engine.purchases_submit(&shop, checked, PATIENT).await.remove(0);
    let bought = bought.unwrap().record.id;

    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let receipt = maya.get(&format!("/p/sola/activity/{bought}")).await;
    for told in ["Five off, $5.00", "20 for $2.00", "$13.00", "Why 52 points?"] {
        assert!(receipt.text.contains(told), "{told}: {}", receipt.text);
    }
    assert!(maya.get("/p/sola/activity").await.text.contains("Paid with points"));

    let purchase = format!("/dashboard/purchases/{bought}");
    let page = owner.get(&purchase).await;
    for told in ["Voucher “Five off”", "20 points", "$2.00", "Left to pay", "$13.00"] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    let path = format!("{purchase}/return");
    let look = owner.post(&path, "do=preview&once=look&everything=yes").await;
    for told in [
        "Pay back $13.00.",
        "20 points that had paid come back.",
        "The voucher “Five off” can be used again.",
    ] {
        assert!(look.text.contains(told), "{told}: {}", look.text);
    }
    let seen = hidden(&look, "looked_at").to_owned();
    let booked = owner.post(&path, &format!("do=return&once=look&everything=yes&looked_at={seen}")).await;
    assert_eq!(booked.status, StatusCode::SEE_OTHER);
    let page = owner.get(&purchase).await;
    assert!(page.text.contains("20 that had paid came back, voucher “Five off” came back"), "{}", page.text);
}

//! What people prepare, send and hand over.

use perennial_domain::rewards::RedemptionState;
use perennial_engine::PageRequest;
use perennial_engine::rewards::{RedemptionFilter, Stage};
use serde_json::json;

use super::{balance, close, left, now, redeem, refusal, reward, rich, shop};

#[tokio::test]
async fn a_parcel_goes_its_way() {
    let shop = shop().await;
    let maya = rich(&shop, "maya", 300).await;
    let mug = reward(&shop, json!({"kind": "external", "name": "Mug", "stock": 5})).await;
    let redeemed = redeem(&shop, maya, now(mug)).await.unwrap();
    assert!(redeemed.redemption.voucher.is_none());
    let id = redeemed.redemption.id;
    let to_do = RedemptionFilter { to_fulfil: true, ..RedemptionFilter::default() };
    let page = PageRequest::default();
    let list = || shop.engine.redemption_list(&shop.cx, &to_do, &page);
    assert_eq!(list().await.unwrap().data.len(), 1);
    shop.engine.redemption_advance(&shop.cx, id, Stage::Preparing).await.unwrap();
    let hers = shop.engine.customer_cx(shop.merchant, maya).await.unwrap();
    assert_eq!(refusal(shop.engine.redemption_cancel(&hers, id).await), "not_cancellable");
    shop.engine.redemption_advance(&shop.cx, id, Stage::Shipped).await.unwrap();
    let refused = shop.engine.redemption_advance(&shop.cx, id, Stage::Preparing).await;
    assert_eq!(refusal(refused), "wrong_state");
    assert_eq!(refusal(shop.engine.redemption_cancel(&shop.cx, id).await), "wrong_state", "it is on its way");
    let done = shop.engine.redemption_advance(&shop.cx, id, Stage::Fulfilled).await.unwrap();
    assert_eq!(shop.engine.redemption_advance(&shop.cx, id, Stage::Fulfilled).await.unwrap(), done);
    assert!(list().await.unwrap().data.is_empty());
    let states: Vec<_> = done.steps.iter().map(|step| step.state).collect();
    use RedemptionState::{Captured, Fulfilled, Preparing, Shipped};
    assert_eq!(states, [Captured, Preparing, Shipped, Fulfilled]);

    let id = redeem(&shop, maya, now(mug)).await.unwrap().redemption.id;
    shop.engine.redemption_advance(&shop.cx, id, Stage::Preparing).await.unwrap();
    shop.engine.redemption_cancel(&shop.cx, id).await.expect("the merchant may, until it is sent");
    assert_eq!((balance(&shop, maya).await, left(&shop, mug).await), ((200, 0), Some(4)));
    let five_off = reward(&shop, json!({})).await;
    let id = redeem(&shop, maya, now(five_off)).await.unwrap().redemption.id;
    let refused = shop.engine.redemption_advance(&shop.cx, id, Stage::Fulfilled).await;
    assert_eq!(refusal(refused), "not_by_people");
    close(shop).await;
}

//! What a customer has had: what can be used first, then what is over, a page at a time.

use perennial_domain::rewards::{RedemptionState, VoucherState};
use perennial_engine::customer_rewards::CustomerReward;
use perennial_engine::{Error, PageRequest};
use serde_json::json;

use super::{close, held, now, redeem, reward, rich, set, shop};

#[tokio::test]
async fn what_can_be_used_stands_first() {
    let shop = shop().await;
    let (maya, omar) = (rich(&shop, "maya", 1_000).await, rich(&shop, "omar", 1_000).await);
    let five_off = reward(&shop, json!({"valid_days": 30, "description": "Drinks."})).await;
    let short = reward(&shop, json!({"valid_days": 1})).await;
    let mug = reward(&shop, json!({"kind": "external"})).await;
    let mut ids = Vec::new();
    let all = [now(five_off), now(five_off), now(short), now(mug), held(five_off, 60), now(five_off)];
    for (second, what) in all.into_iter().enumerate() {
        set(&shop, &format!("2026-11-21T12:00:0{second}Z"));
        ids.push(redeem(&shop, maya, what).await.unwrap().redemption.id);
    }
    redeem(&shop, omar, now(five_off)).await.unwrap();
    // The second is used, the third over, the hold let go: by time alone, whether the job has come or not.
    let code = shop.engine.redemption_get(&shop.cx, ids[1]).await.unwrap().voucher.unwrap().code.unwrap();
    shop.engine.voucher_use(&shop.cx, &code.parse().unwrap()).await.unwrap();
    set(&shop, "2026-11-23T12:00:00Z");

    let mut found: Vec<CustomerReward> = Vec::new();
    let mut after = None;
    loop {
        let page = PageRequest::new(Some(1), after).unwrap();
        let read = shop.engine.customer_rewards(&shop.cx, maya, &page).await.unwrap();
        found.extend(read.data);
        after = read.next;
        if after.is_none() {
            break;
        }
    }
    let order: Vec<_> = found.iter().map(|had| (had.redemption_id.unwrap(), had.is_open)).collect();
    let expected = [(5, true), (3, true), (0, true), (4, false), (2, false), (1, false)];
    assert_eq!(order, expected.map(|(index, is_open)| (ids[index], is_open)));
    let states: Vec<_> = found.iter().map(|had| (had.redemption.unwrap(), had.voucher)).collect();
    assert_eq!(
        states,
        [
            (RedemptionState::Captured, Some(VoucherState::Issued)),
            (RedemptionState::Captured, None),
            (RedemptionState::Captured, Some(VoucherState::Issued)),
            (RedemptionState::Released, None),
            (RedemptionState::Captured, Some(VoucherState::Expired)),
            (RedemptionState::Fulfilled, Some(VoucherState::Used)),
        ]
    );
    let one = shop.engine.customer_reward(&shop.cx, maya, ids[0].uuid()).await.unwrap();
    assert_eq!(one, found[2]);
    assert_eq!((one.points, one.description.as_deref()), (Some(100), Some("Drinks.")));
    let foreign = shop.engine.customer_reward(&shop.cx, omar, ids[0].uuid()).await;
    assert!(matches!(foreign, Err(Error::NotFound(_))), "{foreign:?}");
    shop.engine.rewards_end_due().await.unwrap();
    // Of five_off one was let go and one used; nobody took anything else of these.
    let nobodys = reward(&shop, json!({})).await;
    let counts = shop.engine.reward_counts(&shop.cx, &[five_off, mug, nobodys]).await.unwrap();
    let counts: Vec<_> = [five_off, mug, nobodys]
        .map(|id| counts.get(&id).map(|counts| (counts.claimed, counts.redeemed)))
        .into();
    assert_eq!(counts, [Some((4, 1)), Some((1, 0)), None]);
    close(shop).await;
}

//! Tabs that were not paid in money alone.

use perennial_domain::{
    customer::CustomerRef, ids::PurchaseId, purchase::PurchaseInput, returns::ReturnInput,
};
use perennial_engine::{Cx, Engine, Error, rewards::NewRedemption};
use serde_json::{Value, json};

use super::hearth::external_id;
use super::rewards::{self, TAB};
use crate::cli::explained;

/// The regular who has a voucher to use on a tab.
const WITH_VOUCHER: usize = 8;
/// The regular who pays with points, and brings something back.
const WITH_POINTS: usize = 9;

/// The tabs, each unless it is there; nothing that a regular cannot pay by now.
pub(super) async fn pay(engine: &Engine, cx: &Cx) -> anyhow::Result<()> {
    if let Some(code) = voucher(engine, cx).await? {
        let tab = json!({
            "lines": [{"product": "draft-ipa", "quantity": 2, "unit_price": 900}, {"amount": 1_450}],
            "vouchers": [code],
        });
        bought(engine, cx, "tab-voucher", WITH_VOUCHER, tab).await?;
    }
    let tab = json!({
        "lines": [{"product": "draft-ipa", "quantity": 3, "unit_price": 900}, {"amount": 1_200}],
        "pay_with_points": 600,
    });
    if let Some(purchase) = bought(engine, cx, "tab-points", WITH_POINTS, tab).await? {
        let back = json!({"return_id": "tab-points-1", "lines": [{"line": 0, "quantity": 1}]});
        let back: ReturnInput = serde_json::from_value(back)?;
        let back = back.check().map_err(|errors| explained(Error::Invalid(errors)))?;
        match engine.return_purchase(cx, purchase, &back, false).await {
            // Somebody has returned it meanwhile.
            Ok(_) | Err(Error::ReturnExceeds(_)) => {}
            Err(error) => return Err(explained(error)),
        }
    }
    Ok(())
}

/// The voucher of the regular who uses one.
async fn voucher(engine: &Engine, cx: &Cx) -> anyhow::Result<Option<String>> {
    let customer = rewards::customer(engine, cx, WITH_VOUCHER).await?;
    let existing = rewards::existing(engine, cx).await?;
    let Some(reward) = existing.iter().find(|reward| reward.terms.name == TAB) else { return Ok(None) };
    let redemption = match rewards::had(engine, cx, customer, reward.id).await? {
        Some(redemption) => redemption,
        None => {
            let new = NewRedemption { reward: reward.id, points: None, hold_seconds: None };
            match engine.redeem(cx, &CustomerRef::Id(customer), new).await {
                Ok(redeemed) => redeemed.redemption,
                Err(Error::Conflict { .. }) => return Ok(None),
                Err(error) => return Err(explained(error)),
            }
        }
    };
    Ok(redemption.voucher.and_then(|voucher| voucher.code))
}

async fn bought(
    engine: &Engine,
    cx: &Cx,
    transaction: &str,
    regular: usize,
    tab: Value,
) -> anyhow::Result<Option<PurchaseId>> {
    let mut order = json!({
        "transaction_id": transaction, "retailer": "riverside", "currency": "USD",
        "customer": {"external_id": external_id(regular)},
    });
    if let (Some(order), Some(tab)) = (order.as_object_mut(), tab.as_object()) {
        order.extend(tab.clone());
    }
    let order: PurchaseInput = serde_json::from_value(order)?;
    let order = order.check(None).map_err(|errors| explained(Error::Invalid(errors)))?;
    let mut outcomes = engine.purchases_submit(cx, vec![order], super::UNHURRIED).await;
    match outcomes.pop() {
        Some(Ok(submitted)) => Ok(Some(submitted.record.id)),
        // Another tab of an earlier version of this program, or a regular who has spent the points elsewhere.
        Some(Err(Error::TransactionConflict(_) | Error::Invalid(_))) | None => Ok(None),
        Some(Err(error)) => Err(explained(error)),
    }
}

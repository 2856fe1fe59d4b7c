//! What is kept of the request that a till sent, written as a request.

use perennial_domain::customer::CustomerInput;
use perennial_domain::purchase::{LineInput, PurchaseInput};
use perennial_engine::purchase_record::LineRecord;
use perennial_engine::purchases::PurchaseView;

/// The request as it is kept: with the customer's id in place of what the till sent about them, and one sum as `amount`.
pub(super) fn request(view: &PurchaseView) -> PurchaseInput {
    let record = &view.record;
    let (amount, lines) = match record.lines.as_slice() {
        [line] if is_sum(line) => (Some(line.amount.get()), None),
        lines => (None, Some(lines.iter().map(sent_line).collect())),
    };
    let sent = record.tenders.as_ref().map(|tenders| tenders.sent()).unwrap_or_default();
    PurchaseInput {
        transaction_id: record.transaction_id.to_string(),
        retailer: Some(view.retailer.code.clone()),
        customer: record
            .customer_id
            .map(|id| CustomerInput { id: Some(id.to_string()), ..CustomerInput::default() }),
        lines,
        amount,
        currency: record.currency.to_string(),
        occurred_at: record.occurred_at_sent.then(|| record.occurred_at.fixed_offset()),
        vouchers: sent.vouchers.iter().map(ToString::to_string).collect(),
        pay_with_points: Some(sent.points.get()).filter(|points| *points != 0),
        pay_with_cashback: Some(sent.cashback.get()).filter(|cashback| *cashback != 0),
        referral_code: record.referral_code.as_ref().map(|code| code.as_str().to_owned()),
        // A digest of it serves the comparison; it is not kept with the purchase.
        payment_fingerprint: None,
    }
}

/// Whether it is what becomes of a purchase of which the till told nothing but the sum.
fn is_sum(line: &LineRecord) -> bool {
    line.product.is_none() && line.unit_price.is_none() && line.quantity == 1 && line.discount.is_zero()
}

fn sent_line(line: &LineRecord) -> LineInput {
    LineInput {
        product: line.product.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price.map(i64::from),
        amount: if line.unit_price.is_some() { None } else { Some(line.amount.get()) },
        discount: Some(line.discount.get()).filter(|discount| *discount != 0),
    }
}

/// As people read it.
pub(super) fn pretty(value: &impl serde::Serialize) -> String {
    // Everything here has string keys, the only thing that can go wrong.
    serde_json::to_string_pretty(value).unwrap_or_default()
}

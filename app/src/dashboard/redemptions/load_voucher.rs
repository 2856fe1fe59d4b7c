//! A voucher from the engine, in words.

use super::super::cashback::percents;
use super::super::session::{self, Staff};
use super::super::{clock, money};
use super::dto::VoucherDetail;
use super::load::{called, last_day};
use crate::error::PageError;
use perennial_domain::access::Action;
use perennial_domain::codes::VoucherCode;
use perennial_domain::money::Currency;
use perennial_domain::rewards::ValueInput;
use perennial_engine::Error;
use perennial_engine::rewards::Worth;

/// The voucher of a code; nothing for an empty one, and for one that no voucher has.
pub async fn find(code: &str) -> Result<Option<VoucherDetail>, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    cx.require(Action::RedemptionsWrite)?;
    let Ok(code) = VoucherCode::new(code) else { return Ok(None) };
    let voucher = match engine.voucher_get(&cx, &code).await {
        Err(Error::NotFound(_)) => return Ok(None),
        voucher => voucher?,
    };
    let settings = engine.merchant_settings(&cx).await?;
    let (zone, now) = (settings.time_zone.tz(), engine.now(cx.merchant()));
    let names = engine.customers_called(&cx, &[voucher.customer_id]).await?;
    Ok(Some(VoucherDetail {
        code: voucher.code,
        name: voucher.name,
        worth: worth(&voucher.worth, settings.currency),
        state: voucher.state.as_str().to_owned(),
        customer: called(&names, voucher.customer_id),
        redemption: voucher.redemption_id.map(|id| id.to_string()),
        issued: clock::moment(voucher.issued_at, zone, now),
        until: voucher.expires_at.map(|at| last_day(at, zone, now)),
        used: voucher.used_at.map(|at| clock::moment(at, zone, now)),
        purchase: voucher.purchase_id.map(|id| id.to_string()),
    }))
}

/// What a voucher takes off, in words.
pub fn worth(worth: &Worth, currency: Currency) -> String {
    match (worth.kind.as_str(), &worth.value) {
        (_, Some(ValueInput::Whole(amount))) => format!("{} off a purchase", money::show(*amount, currency)),
        ("percent", Some(ValueInput::Text(part))) => format!("{}% off a purchase", percents(part)),
        (_, Some(ValueInput::Text(sku))) => format!("One {sku} free"),
        (_, None) => "A code from a list of yours".to_owned(),
    }
}

//! Vouchers: what a customer has that takes something off.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use perennial_domain::rewards::ValueInput;
use perennial_engine::{quotes::QuoteVoucher, rewards};

use super::errors::word;

/// A voucher of a customer.
#[derive(SimpleObject)]
pub struct Voucher {
    /// The voucher.
    pub id: ID,
    /// Its code, as people are shown it.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// `money_off`, `percent`, `free_product`, or `voucher_pool` for a code that only the merchant knows the worth of.
    pub kind: String,
    /// What it takes off: minor units, a decimal, or a sku.
    pub value: Option<String>,
    /// `issued`, `reserved`, `used`, `cancelled`, `expired` or `reversed`.
    pub state: String,
    /// When it was given.
    pub issued_at: DateTime<Utc>,
    /// The first instant at which it cannot be used any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
}

impl From<rewards::Voucher> for Voucher {
    fn from(voucher: rewards::Voucher) -> Self {
        Self {
            id: voucher.id.to_string().into(),
            code: voucher.code,
            name: voucher.name,
            kind: voucher.worth.kind,
            value: voucher.worth.value.map(text),
            state: word(voucher.state),
            issued_at: voucher.issued_at,
            expires_at: voucher.expires_at,
            used_at: voucher.used_at,
        }
    }
}

/// A voucher that the customer could use for a basket.
#[derive(SimpleObject)]
pub struct UsableVoucher {
    /// Its code, as people are shown it.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// `money_off`, `percent`, `free_product`, or `voucher_pool` for a code that only the merchant knows the worth of.
    pub kind: String,
    /// What it takes off: minor units, a decimal, or a sku.
    pub value: Option<String>,
    /// The first instant at which it cannot be used any more.
    pub expires_at: Option<DateTime<Utc>>,
}

impl From<QuoteVoucher> for UsableVoucher {
    fn from(voucher: QuoteVoucher) -> Self {
        let QuoteVoucher { code, name, worth, expires_at } = voucher;
        Self { code, name, kind: worth.kind, value: worth.value.map(text), expires_at }
    }
}

fn text(value: ValueInput) -> String {
    match value {
        ValueInput::Whole(whole) => whole.to_string(),
        ValueInput::Text(text) => text,
    }
}

//! `order.placed.v1`: the order of a shop that knows nothing of Perennial.
//!
//! | there | here |
//! |---|---|
//! | `id` | `transaction_id` |
//! | `customerId` | the customer's external id |
//! | `merchantId` | must be the id or the slug of the merchant whose credential was used: it chooses no program |
//! | `retailerId` | `retailer`; else that of the key, else the only one that the merchant has |
//! | `productId` | the product of the one line |
//! | `amount` | what was paid, in major units: `19.99` is 1999 cents |
//! | `currency` | `currency`; else the merchant's |
//! | `time` of the envelope | `occurred_at` |

use chrono::{DateTime, FixedOffset};
use perennial_domain::customer::CustomerInput;
use perennial_domain::error::FieldError;
use perennial_domain::ids::RetailerId;
use perennial_domain::money::Currency;
use perennial_domain::purchase::{LineInput, PurchaseInput};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::snapshot::Snapshot;

/// An order as the shop tells it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Order {
    id: String,
    customer_id: String,
    merchant_id: String,
    product_id: Option<String>,
    /// Kept as it was written: a float would no longer be what was paid.
    amount: Box<RawValue>,
    currency: Option<String>,
    retailer_id: Option<String>,
}

impl Order {
    /// The same as the body of `POST /purchases`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with pointers into that body, for what cannot be said in it.
    pub(super) fn purchase(
        self,
        snapshot: &Snapshot,
        bound: Option<RetailerId>,
        time: Option<DateTime<FixedOffset>>,
    ) -> Result<PurchaseInput, Error> {
        let own = [snapshot.slug.as_str().to_owned(), snapshot.merchant_id.to_string()];
        if !own.contains(&self.merchant_id) {
            let detail = "Must be the id or the slug of the merchant of the credential";
            return Err(Error::field("/merchant_id", "another_merchant", detail));
        }
        let code = self.currency.unwrap_or_else(|| snapshot.settings.currency.code().to_owned());
        // An unknown one is named by the check of the purchase; its amount is read as the merchant's own then.
        let currency = code.parse::<Currency>().unwrap_or(snapshot.settings.currency);
        let amount = minor_units(self.amount.get(), currency)?;
        let retailer = match (self.retailer_id, bound) {
            (Some(named), _) => Some(named),
            (None, Some(_)) => None,
            (None, None) => Some(only_retailer(snapshot)?),
        };
        Ok(PurchaseInput {
            transaction_id: self.id,
            retailer,
            customer: Some(CustomerInput { external_id: Some(self.customer_id), ..CustomerInput::default() }),
            lines: Some(vec![LineInput {
                product: self.product_id,
                amount: Some(amount),
                ..LineInput::default()
            }]),
            currency: code,
            occurred_at: time,
            ..PurchaseInput::default()
        })
    }
}

/// A pointer into the body of `POST /purchases` as one into the event.
pub(super) fn pointer(pointer: &str) -> Option<&'static str> {
    Some(match pointer {
        "/transaction_id" => "/data/id",
        "/customer" | "/customer/external_id" => "/data/customerId",
        "/merchant_id" => "/data/merchantId",
        "/retailer" => "/data/retailerId",
        "/lines/0/product" => "/data/productId",
        "/lines/0/amount" | "/lines" => "/data/amount",
        "/currency" => "/data/currency",
        "/occurred_at" => "/time",
        _ => return None,
    })
}

/// Reads `19.99`, or the same in quotation marks, without a detour over a float.
fn minor_units(written: &str, currency: Currency) -> Result<i64, Error> {
    let number = written.trim().trim_matches('"');
    let exact = if number.contains(['e', 'E']) {
        Decimal::from_scientific(number).ok()
    } else {
        Decimal::from_str_exact(number).ok()
    };
    let scale = Decimal::from(10_u32.pow(currency.minor_digits()));
    let minor = exact.and_then(|major| major.checked_mul(scale));
    let minor = minor.filter(|minor| minor.is_integer() && !minor.is_sign_negative());
    minor.and_then(|minor| minor.to_i64()).ok_or_else(|| {
        let detail = format!("Must be an amount of {} such as {}", currency.code(), example(currency));
        Error::field("/lines/0/amount", "malformed", detail)
    })
}

fn example(currency: Currency) -> &'static str {
    match currency.minor_digits() {
        0 => "1999",
        2 => "19.99",
        _ => "19.999",
    }
}

/// The retailer that can only be meant.
fn only_retailer(snapshot: &Snapshot) -> Result<String, Error> {
    let mut open = snapshot.retailers.iter().filter(|retailer| !retailer.archived);
    match (open.next(), open.next()) {
        (Some(only), None) => Ok(only.id.to_string()),
        _ => {
            let detail = "Is required unless the key is bound to a retailer or the merchant has only one";
            Err(Error::Invalid(vec![FieldError::new("/retailer", "required", detail)]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_without_a_float() {
        let read = |written: &str, currency: &str| minor_units(written, currency.parse().unwrap()).ok();
        for (written, currency, minor) in [
            ("19.99", "USD", Some(1_999)),
            ("\"19.99\"", "USD", Some(1_999)),
            ("20", "USD", Some(2_000)),
            ("0.1", "USD", Some(10)),
            ("1.15e2", "USD", Some(11_500)),
            ("70000000000000.07", "USD", Some(7_000_000_000_000_007)),
            ("1999", "JPY", Some(1_999)),
            ("19.99", "JPY", None),
            ("19.999", "USD", None),
            ("-1", "USD", None),
            ("\"much\"", "USD", None),
            ("null", "USD", None),
        ] {
            assert_eq!(read(written, currency), minor, "{written} {currency}");
        }
    }
}

//! The checks of a purchase that need no state.

use std::ops::RangeInclusive;

use chrono::Datelike;

use super::{CheckedLine, CheckedPurchase, LineInput, PurchaseInput, Shape};
use crate::codes::{Country, PaymentFingerprint, SentReferralCode, TransactionId, capitalised, plain};
use crate::error::{Errors, FieldError, Problem};
use crate::money::{Amount, AmountOutOfRange, Currency, UnknownCurrency};
use crate::tender::{Tenders, TendersInput};

/// How many lines a purchase may have.
pub const MAX_LINES: usize = 10_000;

/// How many characters the text for a product may have: as many as a sku, or an id.
const MAX_PRODUCT_LENGTH: usize = 64;

/// The years in which a purchase can have happened: what every database and every JSON reader can tell.
const YEARS: RangeInclusive<i32> = 1970..=9999;

/// The largest quantity: the largest integer that every JSON reader reads exactly.
const MAX_QUANTITY: u64 = crate::money::MAX_SAFE_INTEGER as u64;

impl From<AmountOutOfRange> for Problem {
    fn from(error: AmountOutOfRange) -> Self {
        Self { code: "out_of_range".into(), detail: capitalised(&error.to_string()) }
    }
}

impl From<UnknownCurrency> for Problem {
    fn from(_: UnknownCurrency) -> Self {
        Self {
            code: "unknown_currency".into(),
            detail: "Must be a currency code of ISO 4217, such as USD".to_owned(),
        }
    }
}

impl PurchaseInput {
    /// Checks everything that needs no state, and reports everything that is wrong at once.
    ///
    /// `home` is the country of telephone numbers without one. Too many lines are reported alone, with the
    /// code `too_many_lines`, before anything else is looked at.
    pub fn check(self, home: Option<&Country>) -> Result<CheckedPurchase, Vec<FieldError>> {
        if self.lines.as_ref().is_some_and(|lines| lines.len() > MAX_LINES) {
            let detail = format!("Must have at most {MAX_LINES} lines");
            return Err(vec![FieldError::new("/lines", "too_many_lines", detail)]);
        }
        let mut errors = Errors::default();
        let transaction_id = errors.keep("/transaction_id", TransactionId::new(&self.transaction_id));
        let retailer = match self.retailer.as_deref().map(str::trim) {
            Some("") => {
                errors.push(FieldError::required("/retailer"));
                None
            }
            retailer => retailer.map(str::to_owned),
        };
        let customer = self.customer.as_ref().and_then(|customer| match customer.check("/customer", home) {
            Ok(customer) => Some(customer),
            Err(found) => {
                errors.extend(found);
                None
            }
        });
        let currency = match self.currency.as_str() {
            "" => {
                errors.push(FieldError::required("/currency"));
                None
            }
            code => errors.keep("/currency", code.parse::<Currency>()),
        };
        let (shape, lines) = match (self.lines, self.amount) {
            (Some(lines), None) => (Shape::Lines, check_lines(lines, &mut errors)),
            (None, Some(amount)) => {
                let amount = errors.keep("/amount", Amount::new(amount)).unwrap_or_default();
                (Shape::Amount, vec![CheckedLine::of_amount(amount)])
            }
            (None, None) => {
                errors.push(FieldError::new("/lines", "required", "Either lines or amount is required"));
                (Shape::Lines, Vec::new())
            }
            (Some(_), Some(_)) => {
                let detail = "Cannot be given together with lines, which have amounts of their own";
                errors.push(FieldError::new("/amount", "not_both", detail));
                (Shape::Lines, Vec::new())
            }
        };
        if self.occurred_at.is_some_and(|instant| !YEARS.contains(&instant.to_utc().year())) {
            let detail = format!("Must be between the years {} and {}", YEARS.start(), YEARS.end());
            errors.push(FieldError::new("/occurred_at", "out_of_range", detail));
        }
        // An empty field of a till is no code.
        let referral_code = self.referral_code.as_deref().filter(|text| !text.trim().is_empty());
        let referral_code =
            referral_code.and_then(|text| errors.keep("/referral_code", SentReferralCode::new(text)));
        let payment = self.payment_fingerprint.as_deref().filter(|text| !text.trim().is_empty());
        let payment_fingerprint =
            payment.and_then(|text| errors.keep("/payment_fingerprint", PaymentFingerprint::new(text)));
        let tenders = TendersInput {
            vouchers: &self.vouchers,
            pay_with_points: self.pay_with_points,
            pay_with_cashback: self.pay_with_cashback,
        };
        let tenders = tenders.check().unwrap_or_else(|found| {
            errors.extend(found);
            Tenders::default()
        });
        // Each line's gross amount is bounded; the bound of the sum is what keeps totals exact in JSON.
        let gross = Amount::checked_sum(lines.iter().map(|line| line.amount));
        let amount = Amount::checked_sum(lines.iter().map(|line| line.paid));
        if gross.is_none() || amount.is_none() {
            errors.push(FieldError::new("/lines", "overflow", "The sum of the lines is too large"));
        }
        let checked = transaction_id.zip(currency).zip(amount).map(|((transaction_id, currency), amount)| {
            let occurred_at = self.occurred_at;
            CheckedPurchase {
                transaction_id,
                retailer,
                customer,
                currency,
                lines,
                shape,
                amount,
                occurred_at,
                referral_code,
                payment_fingerprint,
                tenders,
            }
        });
        errors.finish(checked)
    }
}

impl CheckedLine {
    /// The one line of a purchase that was told as one amount.
    fn of_amount(amount: Amount) -> Self {
        Self { product: None, quantity: 1, unit_price: None, amount, discount: Amount::ZERO, paid: amount }
    }
}

fn check_lines(lines: Vec<LineInput>, errors: &mut Errors) -> Vec<CheckedLine> {
    if lines.is_empty() {
        errors.push(FieldError::new("/lines", "required", "At least one line is required"));
    }
    lines.into_iter().enumerate().filter_map(|(index, line)| check_line(index, line, errors)).collect()
}

fn check_line(index: usize, line: LineInput, errors: &mut Errors) -> Option<CheckedLine> {
    let at = |field: &str| format!("/lines/{index}/{field}");
    let product = line
        .product
        .and_then(|text| errors.keep(&at("product"), plain(&text, MAX_PRODUCT_LENGTH)).map(str::to_owned));
    if line.quantity > MAX_QUANTITY {
        errors.push(FieldError::new(
            at("quantity"),
            "out_of_range",
            format!("Must be at most {MAX_QUANTITY}"),
        ));
        return None;
    }
    let (unit_price, amount) = match (line.unit_price, line.amount) {
        (Some(price), None) => {
            let price = errors.keep(&at("unit_price"), Amount::new(price))?;
            let Some(amount) = price.checked_mul(line.quantity) else {
                errors.push(FieldError::new(
                    at("unit_price"),
                    "overflow",
                    "The quantity times the price is too large",
                ));
                return None;
            };
            (Some(price), amount)
        }
        (None, Some(amount)) => (None, errors.keep(&at("amount"), Amount::new(amount))?),
        (None, None) => {
            errors.push(FieldError::new(at("amount"), "required", "Either unit_price or amount is required"));
            return None;
        }
        (Some(_), Some(_)) => {
            errors.push(FieldError::new(
                at("amount"),
                "not_both",
                "Cannot be given together with unit_price",
            ));
            return None;
        }
    };
    let discount = errors.keep(&at("discount"), Amount::new(line.discount.unwrap_or(0)))?;
    let Some(paid) = amount.checked_sub(discount) else {
        let detail = "Must not be more than the amount of the line";
        errors.push(FieldError::new(at("discount"), "too_large", detail));
        return None;
    };
    Some(CheckedLine { product, quantity: line.quantity, unit_price, amount, discount, paid })
}

//! An offer in one plain sentence, for lists, the editor and explanations.

use chrono::{Days, NaiveDateTime, NaiveTime};

use super::OfferTerms;
use crate::fields::{percent, thing};
use crate::money::{Currency, format_amount};
use crate::promotion::{ProductMatcher, one_of};
use crate::written::{date, moment};

/// Says what an offer gives, for what and when: `5% cashback on category “wine”, at most $10.00 a purchase.`
#[must_use]
pub fn sentence(terms: &OfferTerms, currency: Currency) -> String {
    let what = match terms.products.as_slice() {
        [] => "everything".to_owned(),
        products => one_of(products.iter().map(thing), "or"),
    };
    let mut text = format!("{} cashback on {what}", percent(terms.percentage));
    let time = match (terms.starts_at, terms.expires_at) {
        (Some(start), Some(end)) => Some(format!("between {} and {}", moment(start), moment(end))),
        (Some(start), None) => Some(format!("starting {}", moment(start))),
        (None, Some(end)) => Some(format!("until {}", moment(end))),
        (None, None) => None,
    };
    let cap = |amount, per| format!("at most {} a {per}", format_amount(amount, currency));
    let pending = (terms.pending_days > 0).then(|| format!("to be spent after {}", days(terms.pending_days)));
    let clauses = [
        time,
        terms.cap_per_purchase.map(|amount| cap(amount, "purchase")),
        terms.cap_per_month.map(|amount| cap(amount, "month")),
        pending,
        terms.valid_days.map(|valid| format!("valid for {}", days(valid))),
    ];
    for clause in clauses.into_iter().flatten() {
        text.push_str(", ");
        text.push_str(&clause);
    }
    text.push('.');
    text
}

/// Says to a customer what an offer that runs gives: `5% of what you pay for “wine” comes back, at most $10.00 a purchase.`
#[must_use]
pub fn promise(terms: &OfferTerms, currency: Currency) -> String {
    let name = |matcher: &ProductMatcher| match matcher {
        ProductMatcher::Sku(sku) => format!("“{sku}”"),
        ProductMatcher::Category(category) => format!("“{category}”"),
        ProductMatcher::Tag(tag) => format!("“{tag}”"),
    };
    let what = match terms.products.as_slice() {
        [] => String::new(),
        products => format!(" for {}", one_of(products.iter().map(name), "or")),
    };
    let mut text = format!("{} of what you pay{what} comes back", percent(terms.percentage));
    let cap = |amount, per| format!("at most {} a {per}", format_amount(amount, currency));
    let clauses = [
        terms.cap_per_purchase.map(|amount| cap(amount, "purchase")),
        terms.cap_per_month.map(|amount| cap(amount, "month")),
        terms.expires_at.map(|end| format!("until {}", last_day(end))),
    ];
    for clause in clauses.into_iter().flatten() {
        text.push_str(", ");
        text.push_str(&clause);
    }
    text.push_str(&match (terms.pending_days, terms.valid_days) {
        (0, None) => ".".to_owned(),
        (0, Some(valid)) => format!(". You can spend it for {}.", days(valid)),
        (pending, None) => format!(". You can spend it after {}.", days(pending)),
        (pending, Some(valid)) => {
            format!(". You can spend it after {}, for {}.", days(pending), days(valid))
        }
    });
    text
}

/// The last day of a span: what is over at midnight is over with the day before.
fn last_day(end: NaiveDateTime) -> String {
    let before = end.date().checked_sub_days(Days::new(1)).filter(|_| end.time() == NaiveTime::MIN);
    date(before.unwrap_or_else(|| end.date()))
}

fn days(number: u16) -> String {
    match number {
        1 => "1 day".to_owned(),
        _ => format!("{number} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cashback::OfferInput;

    fn said(change: impl FnOnce(&mut OfferTerms)) -> String {
        let input: OfferInput =
            serde_json::from_value(serde_json::json!({"name": "Any", "percentage": "0.05"})).unwrap();
        let mut terms = input.check().unwrap();
        change(&mut terms);
        promise(&terms, "USD".parse().unwrap())
    }

    #[test]
    fn a_customer_is_told_what_comes_back_and_when() {
        assert_eq!(said(|_| ()), "5% of what you pay comes back.");
        let text = said(|terms| {
            terms.products = vec![ProductMatcher::Tag(crate::codes::Tag::new("red").unwrap())];
            terms.cap_per_purchase = Some(crate::money::Amount::new(1_000).unwrap());
            terms.expires_at = "2026-06-01T00:00:00".parse().ok();
            (terms.pending_days, terms.valid_days) = (14, Some(180));
        });
        assert_eq!(
            text,
            "5% of what you pay for “red” comes back, at most $10.00 a purchase, until May 31, 2026. You can spend it after \
             14 days, for 180 days."
        );
    }
}

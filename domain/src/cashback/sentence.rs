//! An offer in one plain sentence, for lists, the editor and explanations.

use super::OfferTerms;
use crate::fields::{percent, thing};
use crate::money::{Currency, format_amount};
use crate::promotion::{moment, one_of};

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

fn days(number: u16) -> String {
    match number {
        1 => "1 day".to_owned(),
        _ => format!("{number} days"),
    }
}

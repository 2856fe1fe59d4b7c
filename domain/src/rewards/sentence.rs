//! A reward in one plain sentence, for lists and the editor.

use super::{PointsCost, RewardKind, RewardTerms};
use crate::fields::percent;
use crate::money::{Currency, format_amount, group_digits};
use crate::written::moment;

/// Says what a reward gives, for how many points, to whom and when: `$5.00 off for 500 points, at most 1 each.`
///
/// Tiers are counted, not named: their names are known to those who hold the ladder.
#[must_use]
pub fn sentence(terms: &RewardTerms, currency: Currency) -> String {
    let gives = match &terms.kind {
        RewardKind::MoneyOff(amount) => format!("{} off", format_amount(*amount, currency)),
        RewardKind::Percent(part) => format!("{} off a purchase", percent(*part)),
        RewardKind::FreeProduct(sku) => format!("One {sku} free"),
        RewardKind::VoucherPool => "A voucher".to_owned(),
        RewardKind::External => "A reward".to_owned(),
    };
    let cost = match terms.cost {
        PointsCost::Fixed(points) => format!("for {}", points.counted()),
        PointsCost::Variable(cost) => {
            let least = format!("for each {}, from {}", cost.step().counted(), cost.min().grouped());
            cost.max().map_or_else(|| least.clone(), |max| format!("{least} to {}", max.grouped()))
        }
    };
    let limit = terms.limit_per_customer.map(|limit| format!("at most {} each", group_digits(limit.into())));
    let tiers = match terms.tiers.len() {
        0 => None,
        1 => Some("for one tier only".to_owned()),
        count => Some(format!("for {count} tiers only")),
    };
    let time = match (terms.valid_from, terms.valid_until) {
        (Some(from), Some(until)) => Some(format!("between {} and {}", moment(from), moment(until))),
        (Some(from), None) => Some(format!("starting {}", moment(from))),
        (None, Some(until)) => Some(format!("until {}", moment(until))),
        (None, None) => None,
    };
    let valid = terms.valid_days.map(|days| match days {
        1 => "to be used within 1 day".to_owned(),
        _ => format!("to be used within {} days", group_digits(days.into())),
    });
    let mut text = format!("{gives} {cost}");
    for clause in [limit, tiers, time, valid].into_iter().flatten() {
        text.push_str(", ");
        text.push_str(&clause);
    }
    text.push('.');
    text
}

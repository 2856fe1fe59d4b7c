//! What was returned of a purchase so far.

use serde::{Deserialize, Serialize};

use crate::money::Amount;
use crate::points::{Points, Remainder};

/// What was returned of a purchase so far, and what was taken back for it.
///
/// It is meant to be stored whole, one for each purchase that anything was returned of, and to be locked
/// while a return is planned. A purchase of which nothing was returned has the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnState {
    /// By line, in the order of the lines; lines beyond its end are untouched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineState>,
    /// What was taken back of each of the points that were given once, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flat: Vec<Points>,
    /// How many of the points that paid went back.
    #[serde(default, skip_serializing_if = "Points::is_zero")]
    pub tender_points: Points,
    /// How much of the cashback that paid went back.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub tender_cashback: Amount,
    /// How much was paid back in money, of a purchase that money alone had not paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_back: Option<Amount>,
}

/// What was returned of a line so far, and what was taken back for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineState {
    /// How much, at most the line's amount.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub amount: Amount,
    /// How many units, at most the line's quantity. What is returned by amount returns no units.
    #[serde(default, skip_serializing_if = "is_none")]
    pub quantity: u64,
    /// What was taken back of each of the line's points, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applied: Vec<Points>,
    /// What was taken off what each promotion carries over, in the order of the line's points; empty where nothing was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remainders: Vec<Remainder>,
}

impl ReturnState {
    /// How much was returned in all.
    #[must_use]
    pub fn amount(&self) -> Amount {
        // Parts of a purchase, whose sum is an amount.
        Amount::checked_sum(self.lines.iter().map(|line| line.amount)).unwrap_or(Amount::MAX)
    }

    /// How many points were taken back in all.
    #[must_use]
    pub fn points(&self) -> Points {
        let points = self.lines.iter().flat_map(|line| &line.applied).chain(&self.flat).copied();
        // Parts of what the purchase earned, which could be counted.
        Points::checked_sum(points).unwrap_or(Points::MAX)
    }

    /// What was returned of a line.
    #[must_use]
    pub fn line(&self, line: usize) -> LineState {
        self.lines.get(line).cloned().unwrap_or_default()
    }
}

const fn is_nothing(amount: &Amount) -> bool {
    amount.is_zero()
}

const fn is_none(quantity: &u64) -> bool {
    *quantity == 0
}

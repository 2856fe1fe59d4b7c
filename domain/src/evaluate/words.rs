//! What a line earns, in words.

use super::matching::{Candidate, Trial};
use super::settlement::Settlement;
use super::{Applied, CutReason, LineAward, LineCarried, LineFacts, LineMiss};
use crate::money::format_amount;
use crate::points::Rate;
use crate::promotion::Effect;

/// Everything that the words for a line are taken from.
pub(super) struct Words<'a> {
    pub(super) trial: &'a Trial<'a>,
    pub(super) survivors: &'a [Candidate<'a>],
    pub(super) settlement: &'a Settlement,
    pub(super) carried: &'a [LineCarried],
}

impl Words<'_> {
    /// `4 points per $1 on $18.00: 72; 2× points: 72 more`.
    pub(super) fn line(
        &self,
        line: &LineFacts,
        award: &LineAward,
        exact: &str,
        missed: &[LineMiss],
    ) -> String {
        if line.paid.is_zero() {
            return "Nothing was paid for it, so it earns nothing".to_owned();
        }
        let paid = format_amount(line.paid, self.trial.facts.currency);
        let mut parts: Vec<String> = award.applied.iter().map(|applied| self.part(applied, &paid)).collect();
        match (parts.as_slice(), missed) {
            ([], [only]) => return format!("{}: {}", only.name, only.text),
            ([], _) => return "No promotion covers it".to_owned(),
            _ => {}
        }
        // What is carried over is told with each promotion: nothing is lost by rounding.
        if exact.contains('.') && !self.trial.rules.carry_over {
            parts.push(format!("{exact} {}", self.trial.rules.rounding.text()));
        }
        parts.join("; ")
    }

    fn part(&self, applied: &Applied, paid: &str) -> String {
        let what = applied.effect.text(self.trial.facts.currency);
        let mut part = match applied.effect {
            Effect::AwardRate(_) => {
                format!("{what} on {paid}{}: {}", self.tier(), applied.points.grouped())
            }
            Effect::Multiplier(_) => format!("{what}: {} more", applied.points.grouped()),
            Effect::FlatPoints(_) => what,
        };
        if !applied.cut.is_zero() {
            part.push_str(&format!(" ({} less by {})", applied.cut.grouped(), self.culprit(applied)));
        }
        let own = self.carried.iter().find(|own| own.promotion_id == applied.promotion_id);
        if let Some(own) = own {
            part.push_str(&format!(" ({})", own.carried.text));
        }
        part
    }

    /// `, 1.5× for Gold`, when the customer's tier multiplies.
    fn tier(&self) -> String {
        match self.trial.facts.tier.as_deref().filter(|tier| tier.multiplier != Rate::ONE) {
            Some(tier) => format!(", {}× for {}", tier.multiplier, tier.name),
            None => String::new(),
        }
    }

    /// What took away a part of what a promotion gives.
    fn culprit(&self, applied: &Applied) -> &'static str {
        let place = self.survivors.iter().position(|survivor| survivor.promotion.id == applied.promotion_id);
        let mut cuts = place.into_iter().flat_map(|place| self.settlement.cuts(place));
        match (cuts.next(), cuts.next()) {
            (Some(CutReason::PurchaseCap { .. }), None) => "its cap",
            (Some(CutReason::CustomerLimit { .. }), None) => "its limit",
            (Some(CutReason::Budget { .. }), None) => "its budget",
            _ => "its limits",
        }
    }
}

//! Which promotions hold at an instant, for those who do not evaluate a purchase.

use chrono::{DateTime, Utc};

use super::CompiledRules;
use crate::calendar::{end_instant, start_instant};
use crate::codes::Zone;
use crate::ids::PromotionId;
use crate::promotion::PromotionTerms;

/// A promotion by its version in force.
#[derive(Debug, Clone, Copy)]
pub struct InForce<'a> {
    /// Which.
    pub promotion_id: PromotionId,
    /// What it says.
    pub terms: &'a PromotionTerms,
}

impl CompiledRules {
    /// The promotions that neither rest nor are ended at an instant, by their versions in force, the older one first.
    ///
    /// Whether the dates of their terms have come depends on where somebody buys: [`InForce::runs_in`].
    pub fn in_force(&self, instant: DateTime<Utc>) -> impl Iterator<Item = InForce<'_>> {
        self.promotions.iter().filter_map(move |promotion| {
            let is_ended = promotion.ended_at.is_some_and(|ended_at| ended_at <= instant);
            let rests = promotion.pauses.iter().any(|pause| pause.contains(instant));
            let version = promotion.version_at(instant).filter(|_| !is_ended && !rests)?;
            Some(InForce { promotion_id: promotion.id, terms: &version.terms })
        })
    }
}

impl InForce<'_> {
    /// Whether it has begun and is not over by the clocks of a zone.
    #[must_use]
    pub fn runs_in(&self, zone: Zone, instant: DateTime<Utc>) -> bool {
        let has_begun = self.terms.starts_at.is_none_or(|local| start_instant(local, zone) <= instant);
        let is_over = self.terms.ends_at.is_some_and(|local| end_instant(local, zone) <= instant);
        has_begun && !is_over
    }

    /// Whether every purchase of everybody earns by it, wherever and whenever.
    #[must_use]
    pub fn is_for_all(&self) -> bool {
        let terms = self.terms;
        let has_no_filter = terms.products.include.is_empty()
            && terms.retailers.is_empty()
            && terms.regions.is_empty()
            && terms.tiers.is_empty();
        let has_no_time = terms.ends_at.is_none() && terms.hours.is_none() && terms.weekdays.is_every_day();
        has_no_filter && has_no_time && !terms.first_purchase_only && terms.minimum_amount.is_none()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::promotion::{Pause, PromotionInput, PromotionRules, PromotionVersion, RuleSet};

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn version(number: u32, from: Option<i64>, input: PromotionInput) -> PromotionVersion {
        let input = PromotionInput { name: "Any".to_owned(), award_rate: Some("10".to_owned()), ..input };
        PromotionVersion { version: number, effective_from: from.map(at), terms: input.check().unwrap() }
    }

    fn rules(versions: Vec<PromotionVersion>, pauses: Vec<Pause>, ended: Option<i64>) -> CompiledRules {
        let promotion =
            PromotionRules { id: PromotionId::new(0, [1; 10]), versions, pauses, ended_at: ended.map(at) };
        CompiledRules::new(&RuleSet { promotions: vec![promotion], ..RuleSet::default() })
    }

    fn hold(rules: &CompiledRules, hour: i64) -> bool {
        rules.in_force(at(hour)).next().is_some()
    }

    #[test]
    fn what_rests_or_is_ended_is_not_in_force() {
        let pause = Pause { from: at(2), to: Some(at(4)) };
        let rules = rules(vec![version(1, Some(1), PromotionInput::default())], vec![pause], Some(6));
        assert_eq!([0, 1, 2, 4, 6].map(|hour| hold(&rules, hour)), [false, true, false, true, false]);
    }

    #[test]
    fn the_newest_version_speaks_and_its_dates_are_local() {
        let evening = PromotionInput {
            starts_at: Some("1970-01-01T05:00".to_owned()),
            ends_at: Some("1970-01-01T20:00".to_owned()),
            ..PromotionInput::default()
        };
        let rules = rules(
            vec![version(1, None, PromotionInput::default()), version(2, Some(3), evening)],
            vec![],
            None,
        );
        let runs = |hour, zone| rules.in_force(at(hour)).next().unwrap().runs_in(zone, at(hour));
        assert_eq!([0, 4, 5, 20].map(|hour| runs(hour, Zone::UTC)), [true, false, true, false]);
        assert!(runs(4, Zone::new("Europe/Berlin").unwrap()), "it is five there");
        assert_eq!([0, 5].map(|hour| rules.in_force(at(hour)).next().unwrap().is_for_all()), [true, false]);
    }
}

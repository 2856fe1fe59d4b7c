//! What another policy does to points that customers have already.

use chrono::NaiveDate;

use super::ExpiryPolicy;

/// A change of the policy, on a local day of the merchant.
///
/// A lot that has a day keeps it: most of a change is for points that are given from then on. Points without a day are
/// those that never expire, and those that inactivity expires; only a change to inactivity, or from it, moves these.
#[derive(Debug, Clone, Copy)]
pub struct PolicyChange<'a> {
    /// The policy as it is.
    pub before: &'a ExpiryPolicy,
    /// From this day on inactivity counts as it is, where it does.
    pub since: Option<NaiveDate>,
    /// The policy as it would be.
    pub after: &'a ExpiryPolicy,
    /// The day of the change, from which on inactivity would count.
    pub today: NaiveDate,
}

/// The last day on which points can be spent, before and after a change; `None` is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Until {
    /// As it is.
    pub before: Option<NaiveDate>,
    /// As it would be.
    pub after: Option<NaiveDate>,
}

/// What becomes of points by a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// They are gone sooner; also those that would never have been.
    Earlier,
    /// They last longer, or for ever.
    Later,
    /// They have the same day.
    Same,
}

impl PolicyChange<'_> {
    /// Whether points without a day of their own get one, lose it, or get another.
    #[must_use]
    pub const fn moves_existing(&self) -> bool {
        self.before.is_sliding() || self.after.is_sliding()
    }

    /// Until when a customer can spend points without a day of their own, who last earned or spent some on `active`.
    #[must_use]
    pub fn undated(&self, active: Option<NaiveDate>) -> Until {
        let sliding = |policy: &ExpiryPolicy, since: Option<NaiveDate>| {
            if policy.is_sliding() { active.max(since).and_then(|day| policy.expires_on(day)) } else { None }
        };
        Until { before: sliding(self.before, self.since), after: sliding(self.after, Some(self.today)) }
    }

    /// Until when points can be spent that are earned today.
    #[must_use]
    pub fn earned_today(&self) -> Until {
        Until { before: self.before.expires_on(self.today), after: self.after.expires_on(self.today) }
    }
}

impl Until {
    /// Whether that is sooner or later.
    #[must_use]
    pub fn shift(self) -> Shift {
        let last = |day: Option<NaiveDate>| day.unwrap_or(NaiveDate::MAX);
        match last(self.after).cmp(&last(self.before)) {
            std::cmp::Ordering::Less => Shift::Earlier,
            std::cmp::Ordering::Greater => Shift::Later,
            std::cmp::Ordering::Equal => Shift::Same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        Some(text.parse().unwrap())
    }

    fn change<'a>(before: &'a ExpiryPolicy, after: &'a ExpiryPolicy) -> PolicyChange<'a> {
        let since = before.is_sliding().then(|| "2026-01-15".parse().unwrap());
        PolicyChange { before, since, after, today: "2026-11-21".parse().unwrap() }
    }

    const AFTER: ExpiryPolicy = ExpiryPolicy::AfterMonths { months: 12, month_end: true };
    const IDLE: ExpiryPolicy = ExpiryPolicy::Inactivity { months: 6 };
    const SHORTER: ExpiryPolicy = ExpiryPolicy::Inactivity { months: 3 };

    #[test]
    fn a_change_between_policies_that_give_days_moves_nothing_that_is_there() {
        let change = change(&AFTER, &ExpiryPolicy::NEVER);
        assert!(!change.moves_existing());
        assert_eq!(change.undated(day("2026-03-01")), Until { before: None, after: None });
        assert_eq!(change.earned_today(), Until { before: day("2027-11-30"), after: None });
    }

    #[test]
    fn inactivity_counts_from_today_at_the_earliest() {
        let change = change(&ExpiryPolicy::NEVER, &IDLE);
        let until = change.undated(day("2020-03-01"));
        assert_eq!(
            (until, until.shift()),
            (Until { before: None, after: day("2027-05-21") }, Shift::Earlier)
        );
        assert_eq!(change.undated(None), until, "who never did anything is not worse off");
    }

    #[test]
    fn a_shorter_time_can_still_be_a_later_day() {
        let change = change(&IDLE, &SHORTER);
        // Idle since January: gone in July by the old policy, which has passed; the new one counts from today.
        assert_eq!(change.undated(day("2025-12-01")).before, day("2026-07-15"));
        assert_eq!(change.undated(day("2025-12-01")).shift(), Shift::Later);
        assert_eq!(change.undated(day("2026-11-20")).shift(), Shift::Earlier);
        assert_eq!(change.undated(day("2026-08-21")).shift(), Shift::Same);
    }

    #[test]
    fn who_gives_up_inactivity_gives_points_for_ever() {
        let until = change(&IDLE, &AFTER).undated(day("2026-08-01"));
        assert_eq!((until, until.shift()), (Until { before: day("2027-02-01"), after: None }, Shift::Later));
    }
}

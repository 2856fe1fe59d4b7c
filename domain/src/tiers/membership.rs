//! A customer's place on the ladder, and what becomes of it.

use std::cmp::Ordering;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Ladder, TierBasis, TierPolicy};
use crate::ids::TierId;
use crate::money::Currency;
use crate::written::date;

/// A customer's place on the ladder. All dates are local ones of the merchant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// The tier; none below the lowest.
    pub tier: Option<TierId>,
    /// The day on which the customer came to it.
    pub since: NaiveDate,
    /// The last day for which it is kept whatever happens; on the next one it is looked at again. None when nobody
    /// can fall from it, or when periods have no end.
    #[serde(default)]
    pub kept_until: Option<NaiveDate>,
    /// The last day on which nothing but staff or the end of the tier itself moves the customer.
    #[serde(default)]
    pub pinned_until: Option<NaiveDate>,
    /// Whether the customer is here because staff said so.
    #[serde(default)]
    pub manual: Option<ManualMove>,
}

/// How staff moved a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ManualMove {
    /// Up. The tier is kept to the end of the period, then looked at as any other.
    Promoted,
    /// Down. To the end of the period, the customer does not rise by what was enough before.
    Demoted,
}

impl ManualMove {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Promoted, Self::Demoted];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::Demoted => "demoted",
        }
    }
}

impl std::str::FromStr for ManualMove {
    type Err = super::UnknownTierWord;

    fn from_str(text: &str) -> Result<Self, super::UnknownTierWord> {
        let expected = "promoted, demoted";
        Self::ALL.into_iter().find(|moved| moved.as_str() == text).ok_or(super::UnknownTierWord { expected })
    }
}

/// What, besides the customer's own place and progress, decides about a tier.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The merchant's tiers.
    pub ladder: &'a Ladder,
    /// How they are reached and lost.
    pub policy: &'a TierPolicy,
    /// The day, as the merchant's calendar shows it.
    pub today: NaiveDate,
    /// The day on which the customer enrolled.
    pub enrolled_on: NaiveDate,
}

impl Situation<'_> {
    /// How long a tier is kept that is reached, or kept, on a date.
    pub(super) fn period_end(&self, date: NaiveDate) -> Option<NaiveDate> {
        self.policy.window.period_end(date, self.enrolled_on)
    }

    /// A place to which a customer comes today.
    pub(super) fn arriving(&self, tier: Option<TierId>) -> Membership {
        let membership = Membership {
            tier,
            since: self.today,
            kept_until: self.period_end(self.today),
            pinned_until: None,
            manual: None,
        };
        self.settled(membership)
    }

    /// A place to which a customer comes today from another one. Whom staff moved down stays marked as long as before.
    pub(super) fn leaving(&self, from: &Membership, tier: Option<TierId>) -> Membership {
        let arriving = self.arriving(tier);
        if from.is_held_down(self.today) {
            Membership { manual: from.manual, kept_until: from.kept_until, ..arriving }
        } else {
            arriving
        }
    }

    /// The same place with what time and an edited ladder or policy have made of its dates.
    pub(super) fn settled(&self, mut membership: Membership) -> Membership {
        membership.pinned_until = membership.pinned_until.filter(|until| *until >= self.today);
        // A customer whom staff moved down waits for the end of the period, also where nobody can fall further.
        let waits = membership.manual == Some(ManualMove::Demoted);
        membership.kept_until = match self.period_end(self.today) {
            Some(_) if self.ladder.is_bottom(membership.tier) && !waits => None,
            Some(end) => membership.kept_until.or(Some(end)),
            None => None,
        };
        membership
    }
}

impl Membership {
    /// The place of a customer with whom another one is merged: that of the one who stands higher, with its dates and its
    /// pin. Where both stand on the same tier, the one who came first came first, and what is kept longer is kept.
    #[must_use]
    pub fn merged(self, other: Self, ladder: &Ladder) -> Self {
        match ladder.rank(self.tier).cmp(&ladder.rank(other.tier)) {
            Ordering::Greater => self,
            Ordering::Less => other,
            Ordering::Equal => Self {
                since: self.since.min(other.since),
                kept_until: self.kept_until.max(other.kept_until),
                pinned_until: self.pinned_until.max(other.pinned_until),
                // Whom staff moved down in one account is not held down where the other one came to the tier by itself.
                manual: if self.manual == other.manual { self.manual } else { None },
                ..self
            },
        }
    }

    /// The place at which a customer begins who enrols today: the tier that everybody has, else none.
    #[must_use]
    pub fn begin(situation: &Situation<'_>) -> Self {
        situation.arriving(situation.ladder.base().map(|tier| tier.id))
    }

    /// Whether only staff move the customer today.
    #[must_use]
    pub fn is_pinned(&self, today: NaiveDate) -> bool {
        self.pinned_until.is_some_and(|until| today <= until)
    }

    /// Whether the customer was moved down by staff, and the period in which that holds is not over.
    pub(super) fn is_held_down(&self, today: NaiveDate) -> bool {
        self.manual == Some(ManualMove::Demoted) && self.kept_until.is_none_or(|until| today <= until)
    }
}

/// Where a customer goes. Customers are told of every one of these but `Stay`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// Nowhere.
    Stay,
    /// To a higher tier.
    Up {
        /// From which.
        from: Option<TierId>,
        /// To which.
        to: TierId,
    },
    /// To a lower tier, or to none.
    Down {
        /// From which.
        from: TierId,
        /// To which.
        to: Option<TierId>,
    },
}

impl Move {
    /// How a customer got from one tier to another, by their thresholds. Of no tier, and of one whose threshold nobody
    /// knows any more, every way leads up.
    fn between(from: Option<TierId>, to: Option<TierId>, threshold: impl Fn(TierId) -> Option<i64>) -> Self {
        match (from, to) {
            _ if from == to => Self::Stay,
            (from, Some(to)) if threshold(to) >= from.and_then(threshold) => Self::Up { from, to },
            (Some(from), to) => Self::Down { from, to },
            (None, _) => Self::Stay,
        }
    }
}

/// What was decided about a customer's tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assessment {
    /// Where the customer goes.
    pub moved: Move,
    /// Why.
    pub why: MoveReason,
    /// The place afterwards. Its dates may have changed also where the customer stays.
    pub after: Membership,
}

impl Assessment {
    pub(super) fn new(
        situation: &Situation<'_>,
        before: &Membership,
        after: Membership,
        why: MoveReason,
    ) -> Self {
        Self::edited(situation.ladder, situation, before, after, why)
    }

    /// The same where the ladder was edited, and the tier from which the customer comes may be gone.
    pub(super) fn edited(
        old: &Ladder,
        situation: &Situation<'_>,
        before: &Membership,
        after: Membership,
        why: MoveReason,
    ) -> Self {
        let threshold =
            |id| situation.ladder.get(id).or_else(|| old.get(id)).map(|tier| tier.terms.threshold);
        let after = situation.settled(after);
        Self { moved: Move::between(before.tier, after.tier, threshold), why, after }
    }
}

/// Why a customer stays or moves. Numbers are in what the merchant's tiers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case", deny_unknown_fields)]
pub enum MoveReason {
    /// The threshold of a higher tier was reached.
    Reached {
        /// The threshold.
        threshold: i64,
        /// The progress.
        progress: i64,
    },
    /// The period is over and the threshold of the tier was not reached in it, nor in the days of grace.
    Missed {
        /// The threshold.
        threshold: i64,
        /// The progress.
        progress: i64,
        /// The last day of the period.
        period_end: NaiveDate,
    },
    /// The period is over and the threshold of the tier was reached in it: the tier is kept for one more.
    Kept {
        /// The threshold.
        threshold: i64,
        /// The progress.
        progress: i64,
    },
    /// The period is over, and what is missing can still be made up for.
    InGrace {
        /// How much is missing.
        missing: i64,
        /// The last day for it.
        until: NaiveDate,
    },
    /// The customer is pinned.
    Pinned {
        /// The last day of that.
        until: NaiveDate,
    },
    /// Staff moved the customer down, and the period is not over.
    HeldDown {
        /// The last day of that; only staff end it when there is none.
        until: Option<NaiveDate>,
    },
    /// Nothing has happened that would move anybody.
    Unchanged {},
    /// Staff decided.
    Staff {},
    /// The threshold of a tier was changed.
    ThresholdChanged {
        /// The threshold now: of the tier that is reached by it, or that is lost.
        threshold: i64,
        /// The progress.
        progress: i64,
    },
    /// The tier was deleted.
    TierDeleted {},
    /// The customer was merged with another one, who stood on this tier.
    Merged {},
}

impl MoveReason {
    /// The stable word for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Reached { .. } => "reached",
            Self::Missed { .. } => "missed",
            Self::Kept { .. } => "kept",
            Self::InGrace { .. } => "in_grace",
            Self::Pinned { .. } => "pinned",
            Self::HeldDown { .. } => "held_down",
            Self::Unchanged {} => "unchanged",
            Self::Staff {} => "staff",
            Self::ThresholdChanged { .. } => "threshold_changed",
            Self::TierDeleted {} => "tier_deleted",
            Self::Merged {} => "merged",
        }
    }

    /// The same for people, one plain sentence without a full stop.
    #[must_use]
    pub fn text(&self, basis: TierBasis, currency: Currency) -> String {
        let counted = |number: i64| basis.counted(number, currency);
        match self {
            Self::Reached { threshold, progress } => {
                format!("{} of {} reached", counted(*progress), counted(*threshold))
            }
            Self::Missed { threshold, progress, period_end } => {
                format!(
                    "Only {} of {} in the period to {}",
                    counted(*progress),
                    counted(*threshold),
                    date(*period_end)
                )
            }
            Self::Kept { threshold, progress } => {
                format!("{} of {} reached, kept for one more period", counted(*progress), counted(*threshold))
            }
            Self::InGrace { missing, until } => {
                format!("{} missing, to be made up for until {}", counted(*missing), date(*until))
            }
            Self::Pinned { until } => format!("Pinned until {}", date(*until)),
            Self::HeldDown { until: Some(until) } => format!("Moved down by staff, until {}", date(*until)),
            Self::HeldDown { until: None } => "Moved down by staff".to_owned(),
            Self::Unchanged {} => "Nothing has changed".to_owned(),
            Self::Staff {} => "Decided by staff".to_owned(),
            Self::ThresholdChanged { threshold, progress } => {
                format!("The threshold is now {}, at {}", counted(*threshold), counted(*progress))
            }
            Self::TierDeleted {} => "The tier was deleted".to_owned(),
            Self::Merged {} => "Merged with a customer who stood there".to_owned(),
        }
    }
}

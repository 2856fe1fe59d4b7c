//! What staff do to a customer's tier.

use chrono::{Months, NaiveDate};

use super::membership::{Assessment, ManualMove, Membership, MoveReason, Situation};
use crate::ids::TierId;

/// The furthest that anybody can be pinned, in years. Whoever is to stay for longer is pinned again.
pub const MAX_PIN_YEARS: u16 = 100;

/// Why staff cannot do that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ManualMoveError {
    /// There is no higher tier.
    #[error("the customer is at the top already")]
    AtTheTop,
    /// There is nothing below.
    #[error("the customer is at the bottom already")]
    AtTheBottom,
    /// The customer would be pinned until a day that is over.
    #[error("the date is in the past")]
    PinInThePast,
    /// The customer would be pinned for longer than [`MAX_PIN_YEARS`].
    #[error("the date is more than {MAX_PIN_YEARS} years away")]
    PinTooFar,
}

impl ManualMoveError {
    /// The stable word for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AtTheTop => "at_top",
            Self::AtTheBottom => "at_bottom",
            Self::PinInThePast => "in_past",
            Self::PinTooFar => "out_of_range",
        }
    }
}

/// Moves a customer one tier up, kept to the end of the period, or of the one in which the pin ends.
pub fn promote(
    situation: &Situation<'_>,
    membership: &Membership,
    pinned_until: Option<NaiveDate>,
) -> Result<Assessment, ManualMoveError> {
    let tier = situation.ladder.above(membership.tier).ok_or(ManualMoveError::AtTheTop)?;
    place(situation, membership, Some(tier.id), ManualMove::Promoted, pinned_until)
}

/// Moves a customer one tier down, from the lowest tier to none unless everybody has that one. To the end of the
/// period, or of the one in which the pin ends, the customer does not rise again by what is reached already.
///
/// Where periods have no end, the customer stays down until staff move or pin it again.
pub fn demote(
    situation: &Situation<'_>,
    membership: &Membership,
    pinned_until: Option<NaiveDate>,
) -> Result<Assessment, ManualMoveError> {
    if situation.ladder.is_bottom(membership.tier) {
        return Err(ManualMoveError::AtTheBottom);
    }
    let to = situation.ladder.below(membership.tier).map(|tier| tier.id);
    place(situation, membership, to, ManualMove::Demoted, pinned_until)
}

/// Holds a customer where it is until a day, inclusive, and to the end of the period of that day; without a day, lets
/// it go again: then the tier is kept to the end of the running period, as one that was reached today.
pub fn pin(
    situation: &Situation<'_>,
    membership: &Membership,
    until: Option<NaiveDate>,
) -> Result<Assessment, ManualMoveError> {
    let until = checked(situation, until)?;
    let manual = membership.manual.filter(|_| until.is_some());
    let kept_until = situation.period_end(until.unwrap_or(situation.today));
    let after = Membership { pinned_until: until, kept_until, manual, ..*membership };
    Ok(Assessment::new(situation, membership, after, MoveReason::Staff {}))
}

fn place(
    situation: &Situation<'_>,
    membership: &Membership,
    tier: Option<TierId>,
    moved: ManualMove,
    pinned_until: Option<NaiveDate>,
) -> Result<Assessment, ManualMoveError> {
    let pinned_until = checked(situation, pinned_until)?;
    let after = Membership {
        tier,
        since: situation.today,
        kept_until: situation.period_end(pinned_until.unwrap_or(situation.today)),
        pinned_until,
        manual: Some(moved),
    };
    Ok(Assessment::new(situation, membership, after, MoveReason::Staff {}))
}

fn checked(
    situation: &Situation<'_>,
    until: Option<NaiveDate>,
) -> Result<Option<NaiveDate>, ManualMoveError> {
    let Some(day) = until else { return Ok(None) };
    if day < situation.today {
        return Err(ManualMoveError::PinInThePast);
    }
    // From a day within reach, the ends of periods and the day after them are days that can be stored, too.
    let furthest = situation.today.checked_add_months(Months::new(u32::from(MAX_PIN_YEARS) * 12));
    if furthest.is_some_and(|furthest| day > furthest) {
        return Err(ManualMoveError::PinTooFar);
    }
    Ok(until)
}

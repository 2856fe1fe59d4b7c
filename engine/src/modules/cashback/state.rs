//! Where an offer is in its life: never stored, always derived from what is.

use chrono::{DateTime, Utc};
use perennial_domain::calendar::{end_instant, start_instant};
use perennial_domain::cashback::OfferTerms;
use perennial_domain::codes::Zone;
use serde::{Deserialize, Serialize};

/// Where an offer is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Its time has not come.
    Scheduled,
    /// Purchases get cashback by it.
    Active,
    /// Switched off.
    Paused,
    /// Its time is over.
    Over,
    /// Out of sight. It still explains old purchases.
    Archived,
}

impl OfferState {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 5] = [Self::Scheduled, Self::Active, Self::Paused, Self::Over, Self::Archived];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Over => "over",
            Self::Archived => "archived",
        }
    }

    /// The state at an instant, in the merchant's zone. An offer that is switched off and over is over: switching it on
    /// would change nothing.
    pub(super) fn at(terms: &OfferTerms, is_archived: bool, now: DateTime<Utc>, zone: Zone) -> Self {
        let is_over = terms.expires_at.is_some_and(|local| end_instant(local, zone) <= now);
        let has_begun = terms.starts_at.is_none_or(|local| start_instant(local, zone) <= now);
        match (is_archived, is_over, terms.active, has_begun) {
            (true, ..) => Self::Archived,
            (false, true, ..) => Self::Over,
            (false, false, false, _) => Self::Paused,
            (false, false, true, false) => Self::Scheduled,
            (false, false, true, true) => Self::Active,
        }
    }
}

/// The text names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of scheduled, active, paused, over, archived")]
pub struct UnknownOfferState;

impl std::str::FromStr for OfferState {
    type Err = UnknownOfferState;

    fn from_str(text: &str) -> Result<Self, UnknownOfferState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownOfferState)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use perennial_domain::cashback::OfferInput;

    use super::*;

    fn offer(active: bool) -> OfferTerms {
        let input = OfferInput {
            name: "Happy hours".to_owned(),
            percentage: "0.1".to_owned(),
            active,
            starts_at: Some("1970-01-01T05:00:00".to_owned()),
            expires_at: Some("1970-01-01T20:00:00".to_owned()),
            ..OfferInput::default()
        };
        input.check().unwrap()
    }

    fn at(hour: i64, active: bool, zone: Zone) -> OfferState {
        OfferState::at(&offer(active), false, DateTime::UNIX_EPOCH + TimeDelta::hours(hour), zone)
    }

    #[test]
    fn a_state_follows_from_the_clock_of_the_merchant() {
        let utc = Zone::UTC;
        for (hour, state) in [
            (4, OfferState::Scheduled),
            (5, OfferState::Active),
            (19, OfferState::Active),
            (20, OfferState::Over),
        ] {
            assert_eq!(at(hour, true, utc), state, "at hour {hour}");
        }
        assert_eq!(at(4, false, utc), OfferState::Paused);
        assert_eq!(at(20, false, utc), OfferState::Over);
        let tokyo = Zone::new("Asia/Tokyo").unwrap();
        assert_eq!(at(-4, true, tokyo), OfferState::Active, "05:00 in Tokyo is 20:00 UTC");
        assert_eq!(at(-5, true, tokyo), OfferState::Scheduled);
        assert_eq!(OfferState::at(&offer(true), true, DateTime::UNIX_EPOCH, utc), OfferState::Archived);
    }
}

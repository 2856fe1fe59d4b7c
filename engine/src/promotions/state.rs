//! The state of a promotion: never stored, always derived from what is.

use chrono::{DateTime, Utc};
use perennial_domain::calendar::{end_instant, start_instant};
use perennial_domain::codes::Zone;
use perennial_domain::promotion::PromotionRules;
use serde::{Deserialize, Serialize};

/// Where a promotion is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PromotionState {
    /// Never published.
    Draft,
    /// Published; its time has not come.
    Scheduled,
    /// Purchases earn by it.
    Running,
    /// Published and resting.
    Paused,
    /// Ended by hand, or its time is over.
    Ended,
    /// Out of sight. It still explains old purchases.
    Archived,
}

impl PromotionState {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::Scheduled, Self::Running, Self::Paused, Self::Ended, Self::Archived];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Archived => "archived",
        }
    }
}

impl std::fmt::Display for PromotionState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of draft, scheduled, running, paused, ended, archived")]
pub struct UnknownState;

impl std::str::FromStr for PromotionState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownState)
    }
}

/// The state at an instant.
///
/// Begin and end of a promotion are local to each retailer; one word for all of them goes by the merchant's zone.
pub(super) fn state(
    rules: &PromotionRules,
    is_archived: bool,
    now: DateTime<Utc>,
    zone: Zone,
) -> PromotionState {
    if is_archived {
        return PromotionState::Archived;
    }
    if rules.ended_by(now) {
        return PromotionState::Ended;
    }
    if rules.versions.is_empty() {
        return PromotionState::Draft;
    }
    if rules.paused_at(now) {
        return PromotionState::Paused;
    }
    let Some(version) = rules.version_at(now) else { return PromotionState::Scheduled };
    let has_begun = version.terms.starts_at.is_none_or(|local| start_instant(local, zone) <= now);
    let is_over = version.terms.ends_at.is_some_and(|local| end_instant(local, zone) <= now);
    let another_comes = rules
        .versions
        .iter()
        .any(|later| later.version > version.version && later.effective_from.is_some_and(|from| from > now));
    match (has_begun, is_over) {
        (false, _) => PromotionState::Scheduled,
        (true, false) => PromotionState::Running,
        (true, true) if another_comes => PromotionState::Scheduled,
        (true, true) => PromotionState::Ended,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use perennial_domain::ids::PromotionId;
    use perennial_domain::promotion::{Pause, PromotionInput, PromotionVersion};

    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn version(number: u32, from: Option<i64>, starts: Option<&str>, ends: Option<&str>) -> PromotionVersion {
        let input = PromotionInput {
            name: "Ten a dollar".to_owned(),
            award_rate: Some("10".to_owned()),
            starts_at: starts.map(str::to_owned),
            ends_at: ends.map(str::to_owned),
            ..PromotionInput::default()
        };
        PromotionVersion { version: number, effective_from: from.map(at), terms: input.check().unwrap() }
    }

    fn check(rules: &PromotionRules, hour: i64, expected: PromotionState) {
        assert_eq!(state(rules, false, at(hour), Zone::UTC), expected, "at hour {hour}");
    }

    #[test]
    fn a_state_follows_from_versions_pauses_and_ends() {
        use PromotionState as S;
        let id = PromotionId::new(0, [0; 10]);
        let mut rules = PromotionRules { id, versions: Vec::new(), pauses: Vec::new(), ended_at: None };
        check(&rules, 1, S::Draft);
        rules.versions = vec![version(1, None, Some("1970-01-01T05:00:00"), Some("1970-01-01T20:00:00"))];
        check(&rules, 4, S::Scheduled);
        check(&rules, 5, S::Running);
        check(&rules, 19, S::Running);
        check(&rules, 20, S::Ended);
        rules.versions.push(version(2, Some(30), None, None));
        check(&rules, 25, S::Scheduled);
        check(&rules, 30, S::Running);
        rules.pauses.push(Pause { from: at(31), to: Some(at(33)) });
        check(&rules, 31, S::Paused);
        check(&rules, 33, S::Running);
        rules.ended_at = Some(at(40));
        check(&rules, 39, S::Running);
        check(&rules, 40, S::Ended);
        assert_eq!(state(&rules, true, at(0), Zone::UTC), S::Archived);
    }

    #[test]
    fn begin_and_end_are_local_to_the_zone() {
        let id = PromotionId::new(0, [0; 10]);
        let versions = vec![version(1, None, Some("1970-01-01T05:00:00"), None)];
        let rules = PromotionRules { id, versions, pauses: Vec::new(), ended_at: None };
        let tokyo = Zone::new("Asia/Tokyo").unwrap();
        assert_eq!(
            state(&rules, false, at(-4), tokyo),
            PromotionState::Running,
            "05:00 in Tokyo is 20:00 UTC"
        );
        assert_eq!(state(&rules, false, at(-5), tokyo), PromotionState::Scheduled);
    }
}

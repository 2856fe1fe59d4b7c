//! Which of a customer's movements are wanted: the sorts that people tell apart, and what the ledger calls them.

use serde::{Deserialize, Serialize};

/// Movements of points of one sort. What merges of accounts moved is of none, and neither is what has matured: it was earned before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Movements {
    /// What purchases, claims, policies, the staff and an opening balance gave, and what returns or the staff took of it.
    Earned,
    /// What was spent or held for a reward, or paid a part of a purchase, and what came back of that.
    Spent,
    /// What waits: of entries those on the account `pending`, in and out; of what happened the purchases that still wait.
    Pending,
    /// What nobody spent in time.
    Expired,
}

impl Movements {
    /// All of them, as people read them.
    pub const ALL: [Self; 4] = [Self::Earned, Self::Spent, Self::Pending, Self::Expired];

    /// The word for it in the API and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Earned => "earned",
            Self::Spent => "spent",
            Self::Pending => "pending",
            Self::Expired => "expired",
        }
    }

    /// The kinds of entries that belong to it; nothing where it goes by the account and not by the kind.
    const fn kinds(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Earned => Some(&["purchase", "claim", "opening", "return", "adjustment", "award"]),
            Self::Spent => Some(&["redemption", "release", "cancellation"]),
            Self::Pending => None,
            Self::Expired => Some(&["expiry"]),
        }
    }

    /// What a statement is given: the kinds, all of them when there are none, and whether only what waits is wanted.
    pub(super) fn narrowing(of: Option<Self>) -> (Option<Vec<&'static str>>, bool) {
        (of.and_then(Self::kinds).map(<[_]>::to_vec), of == Some(Self::Pending))
    }
}

/// The text names no sort of movements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of earned, spent, pending, expired")]
pub struct UnknownMovements;

impl std::str::FromStr for Movements {
    type Err = UnknownMovements;

    fn from_str(text: &str) -> Result<Self, UnknownMovements> {
        Self::ALL.into_iter().find(|of| of.as_str() == text).ok_or(UnknownMovements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_belongs_to_two_sorts() {
        let mut kinds: Vec<_> = Movements::ALL.into_iter().filter_map(Movements::kinds).flatten().collect();
        let all = kinds.len();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!((kinds.len(), all), (10, 10));
    }

    #[test]
    fn a_word_is_read_as_it_is_written() {
        for of in Movements::ALL {
            assert_eq!(of.as_str().parse(), Ok(of));
            assert_eq!(serde_json::to_value(of).unwrap(), of.as_str());
        }
        assert_eq!("purchase".parse::<Movements>(), Err(UnknownMovements));
    }
}

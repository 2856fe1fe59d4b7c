//! The tiers of a merchant, from the lowest to the highest.

use serde::{Deserialize, Serialize};

use super::TierTerms;
use crate::error::FieldError;
use crate::ids::TierId;

/// The most tiers that a merchant can have.
pub const MAX_TIERS: usize = 50;

/// A tier of a merchant. Everything refers to it by its id, so that a new name moves nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Which.
    pub id: TierId,
    /// What it asks for and brings.
    pub terms: TierTerms,
}

/// The tiers of a merchant: ordered by threshold, no two of them with the same threshold, name or id.
///
/// The lowest one may have the threshold 0, and then everybody has a tier; else customers begin without one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Tier>", into = "Vec<Tier>")]
pub struct Ladder(Vec<Tier>);

/// Why tiers do not make a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LadderError {
    /// Two of them have the same id.
    #[error("two tiers have the id {0}")]
    SameId(TierId),
    /// Another one has the threshold.
    #[error("another tier has the threshold of {0}")]
    SameThreshold(TierId),
    /// Another one has the name, if only in other letters.
    #[error("another tier has the name of {0}")]
    SameName(TierId),
    /// More than 50.
    #[error("must have at most {MAX_TIERS} tiers")]
    TooMany,
}

impl LadderError {
    /// The same as the error of a field of the tier that is being written.
    #[must_use]
    pub fn field(&self) -> FieldError {
        match self {
            Self::SameId(_) => FieldError::new("/id", "id_taken", "Another tier has this id"),
            Self::SameThreshold(_) => {
                FieldError::new("/threshold", "threshold_taken", "Another tier has this threshold")
            }
            Self::SameName(_) => FieldError::new("/name", "name_taken", "Another tier has this name"),
            Self::TooMany => {
                FieldError::new("", "too_many", format!("There can be at most {MAX_TIERS} tiers"))
            }
        }
    }
}

impl Ladder {
    /// Orders tiers.
    pub fn new(tiers: impl IntoIterator<Item = Tier>) -> Result<Self, LadderError> {
        let mut ladder = Self::default();
        for tier in tiers {
            ladder = ladder.with(tier)?;
        }
        Ok(ladder)
    }

    /// The ladder with one more tier. The error is about the tier.
    pub fn with(mut self, tier: Tier) -> Result<Self, LadderError> {
        let name = tier.terms.name.as_str().to_lowercase();
        for other in &self.0 {
            if other.id == tier.id {
                return Err(LadderError::SameId(tier.id));
            }
            if other.terms.threshold == tier.terms.threshold {
                return Err(LadderError::SameThreshold(tier.id));
            }
            if other.terms.name.as_str().to_lowercase() == name {
                return Err(LadderError::SameName(tier.id));
            }
        }
        if self.0.len() >= MAX_TIERS {
            return Err(LadderError::TooMany);
        }
        let place = self.0.partition_point(|other| other.terms.threshold < tier.terms.threshold);
        self.0.insert(place, tier);
        Ok(self)
    }

    /// The ladder without a tier; the same when it has no such tier.
    #[must_use]
    pub fn without(mut self, id: TierId) -> Self {
        self.0.retain(|tier| tier.id != id);
        self
    }

    /// The ladder with other terms for one of its tiers, or one more tier. The error is about the tier.
    pub fn replacing(self, tier: Tier) -> Result<Self, LadderError> {
        self.without(tier.id).with(tier)
    }

    /// The tiers, the lowest first.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        &self.0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A tier by its id.
    #[must_use]
    pub fn get(&self, id: TierId) -> Option<&Tier> {
        self.0.iter().find(|tier| tier.id == id)
    }

    /// The place of a tier: 0 for the lowest. `None`, which is less than any place, for no tier and for one that the
    /// ladder does not have.
    #[must_use]
    pub fn rank(&self, id: Option<TierId>) -> Option<usize> {
        let id = id?;
        self.0.iter().position(|tier| tier.id == id)
    }

    /// The tier that everybody has, when there is one.
    #[must_use]
    pub fn base(&self) -> Option<&Tier> {
        self.0.first().filter(|tier| tier.terms.threshold == 0)
    }

    /// The next higher tier; the lowest for those who have none. `None` at the top.
    #[must_use]
    pub fn above(&self, id: Option<TierId>) -> Option<&Tier> {
        self.0.get(self.rank(id).map_or(0, |rank| rank + 1))
    }

    /// The next lower tier. `None` for the lowest and for no tier.
    #[must_use]
    pub fn below(&self, id: Option<TierId>) -> Option<&Tier> {
        self.0.get(self.rank(id)?.checked_sub(1)?)
    }

    /// Whether nobody can fall from here: from no tier, and from the one that everybody has.
    #[must_use]
    pub fn is_bottom(&self, id: Option<TierId>) -> bool {
        self.rank(id).is_none() || self.base().map(|tier| tier.id) == id
    }

    /// The highest tier whose threshold the progress has reached. It is reached exactly at the threshold.
    #[must_use]
    pub fn standing(&self, progress: i64) -> Option<&Tier> {
        // Progress below zero cannot be, and if it were, would be none.
        let progress = progress.max(0);
        self.0.iter().rev().find(|tier| tier.terms.threshold <= progress)
    }
}

impl TryFrom<Vec<Tier>> for Ladder {
    type Error = LadderError;

    fn try_from(tiers: Vec<Tier>) -> Result<Self, LadderError> {
        Self::new(tiers)
    }
}

impl From<Ladder> for Vec<Tier> {
    fn from(ladder: Ladder) -> Self {
        ladder.0
    }
}

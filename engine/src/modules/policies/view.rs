//! Policies as everybody sees them.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use perennial_domain::ids::{MerchantId, PolicyId, RewardId, TierId};
use perennial_domain::policies::{PolicyInput, PolicyNames, PolicyTerms, sentence};
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::statement;
use crate::error::Error;
use crate::stored::stored;

/// A reward policy, as lists and pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyView {
    /// The policy.
    pub id: PolicyId,
    /// Where it is in its life.
    pub state: PolicyState,
    /// How often it was published; 0 for a draft.
    pub version: i32,
    /// Whether a change waits to be published. Then the terms here are those of the change.
    pub has_draft: bool,
    /// What it says.
    #[serde(flatten)]
    pub terms: PolicyInput,
    /// The same in a sentence.
    pub summary: String,
    /// What came of it.
    pub gave: PolicyGave,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
}

/// What came of a policy. Numbers above 10,000 are given as 10,001: more than that is not counted each time somebody looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyGave {
    /// Awards that were given.
    pub paid: i64,
    /// Awards that are held.
    pub held: i64,
    /// Awards that were taken back, or never given.
    pub undone: i64,
}

/// One published version of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyVersionView {
    /// Its number; a policy begins with 1.
    pub version: i32,
    /// What it says.
    #[serde(flatten)]
    pub terms: PolicyInput,
    /// The same in a sentence.
    pub summary: String,
    /// From when it is in force.
    pub effective_from: DateTime<Utc>,
}

/// Which policies are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyFilter {
    /// Part of the name.
    pub search: Option<String>,
    /// In this state; in all but `archived` when it is not given.
    pub state: Option<PolicyState>,
}

/// Where a policy is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PolicyState {
    /// Never published: nothing of it counts.
    Draft,
    /// What happens counts.
    Running,
    /// What happens meanwhile counts for nothing; what is held is given.
    Paused,
    /// It is over for good; what is held is given.
    Archived,
}

impl PolicyState {
    /// All of them, in the order in which a form offers them.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Running, Self::Paused, Self::Archived];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Archived => "archived",
        }
    }
}

/// The text names no state of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of draft, running, paused, archived")]
pub struct UnknownPolicyState;

impl FromStr for PolicyState {
    type Err = UnknownPolicyState;

    fn from_str(text: &str) -> Result<Self, UnknownPolicyState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownPolicyState)
    }
}

/// What the rewards and tiers of a merchant are called.
#[derive(Debug, Default)]
pub(super) struct Names {
    rewards: BTreeMap<RewardId, String>,
    tiers: BTreeMap<TierId, String>,
}

impl Names {
    pub async fn read(db: &impl ConnectionTrait, merchant: MerchantId) -> Result<Self, Error> {
        let sql = "SELECT 'reward' AS what, id, terms ->> 'name' AS name FROM rewards WHERE merchant_id = $1
                   UNION ALL
                   SELECT 'tier', id, terms ->> 'name' FROM tiers WHERE merchant_id = $1";
        let mut names = Self::default();
        for row in db.query_all_raw(statement(sql, [merchant.uuid().into()])).await? {
            let (what, id): (String, Uuid) = (row.try_get("", "what")?, row.try_get("", "id")?);
            let name: String = row.try_get("", "name")?;
            if what == "reward" {
                names.rewards.insert(RewardId::from_uuid(id), name);
            } else {
                names.tiers.insert(TierId::from_uuid(id), name);
            }
        }
        Ok(names)
    }
}

impl PolicyNames for Names {
    fn reward(&self, id: RewardId) -> Option<String> {
        self.rewards.get(&id).cloned()
    }

    fn tier(&self, id: TierId) -> Option<String> {
        self.tiers.get(&id).cloned()
    }
}

/// A policy from a row with its columns and what came of it.
pub(super) fn view(
    row: &QueryResult,
    settings: &MerchantSettings,
    names: &Names,
) -> Result<PolicyView, Error> {
    let state: String = row.try_get("", "state")?;
    let draft: Option<serde_json::Value> = row.try_get("", "draft")?;
    let has_draft = draft.is_some();
    let terms = match draft {
        Some(draft) => draft,
        None => row.try_get("", "terms")?,
    };
    let terms: PolicyTerms = stored(serde_json::from_value(terms), "reward_policies.terms")?;
    Ok(PolicyView {
        id: PolicyId::from_uuid(row.try_get("", "id")?),
        state: stored(state.parse(), "reward_policies.state")?,
        version: row.try_get("", "version")?,
        has_draft,
        summary: sentence(&terms, settings.currency, names),
        terms: terms.into(),
        gave: PolicyGave {
            paid: row.try_get("", "paid")?,
            held: row.try_get("", "held")?,
            undone: row.try_get("", "undone")?,
        },
        created_at: row.try_get("", "created_at")?,
        changed_at: row.try_get("", "changed_at")?,
    })
}

pub(super) fn version(
    row: &QueryResult,
    settings: &MerchantSettings,
    names: &Names,
) -> Result<PolicyVersionView, Error> {
    let terms: serde_json::Value = row.try_get("", "terms")?;
    let terms: PolicyTerms = stored(serde_json::from_value(terms), "reward_policy_versions.terms")?;
    Ok(PolicyVersionView {
        version: row.try_get("", "version")?,
        summary: sentence(&terms, settings.currency, names),
        terms: terms.into(),
        effective_from: row.try_get("", "effective_from")?,
    })
}

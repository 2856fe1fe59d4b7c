//! Which policies count for something that came in at an instant, and by which version.

use chrono::{DateTime, Utc};
use perennial_domain::ids::{MerchantId, PolicyId};
use perennial_domain::policies::PolicyTerms;
use sea_orm::ConnectionTrait;
use serde::Deserialize;

use super::statement;
use crate::error::Error;
use crate::stored::stored;

/// A policy that was published, with everything that decides what counts when.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub id: PolicyId,
    /// Oldest first; there is at least one.
    versions: Vec<Version>,
    runs: Vec<Run>,
}

/// What it said from an instant on.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Version {
    pub version: i32,
    pub terms: PolicyTerms,
    effective_from: DateTime<Utc>,
}

#[derive(Debug, Clone, Deserialize)]
struct Run {
    began_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl Policy {
    /// The version that counts for what came in then; none when the policy did not run.
    pub fn at(&self, instant: DateTime<Utc>) -> Option<&Version> {
        let runs = |run: &Run| run.began_at <= instant && run.ended_at.is_none_or(|ended| instant < ended);
        if !self.runs.iter().any(runs) {
            return None;
        }
        self.versions.iter().rfind(|version| version.effective_from <= instant)
    }

    /// The newest version: its event is that of all.
    pub fn newest(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// When it first ran.
    pub fn began_at(&self) -> Option<DateTime<Utc>> {
        self.runs.iter().map(|run| run.began_at).min()
    }
}

/// Every policy that was ever published: what was counted and given by one that is archived can still be returned.
pub(super) async fn policies(db: &impl ConnectionTrait, merchant: MerchantId) -> Result<Vec<Policy>, Error> {
    let rows = db.query_all_raw(statement(include_str!("sql/running.sql"), [merchant.uuid().into()])).await?;
    let policy = |row: &sea_orm::QueryResult| {
        let versions: serde_json::Value = row.try_get("", "versions")?;
        let runs: serde_json::Value = row.try_get("", "runs")?;
        Ok(Policy {
            id: PolicyId::from_uuid(row.try_get("", "id")?),
            versions: stored(serde_json::from_value(versions), "reward_policy_versions.terms")?,
            runs: stored(serde_json::from_value(runs), "reward_policy_runs")?,
        })
    };
    rows.iter().map(policy).collect()
}

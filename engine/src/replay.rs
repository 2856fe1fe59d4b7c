//! Evaluating again: a purchase from its stored facts, by the rule set that it names.

use std::{collections::HashMap, num::NonZeroUsize, sync::Arc};

use perennial_domain::{
    evaluate::{CompiledRules, Evaluation, Explanation, PurchaseFacts, evaluate, explain as explain_facts},
    ids::{ClaimId, MerchantId, PurchaseId},
    promotion::RuleSet,
};
use sqlx::{PgExecutor, PgPool, types::Json};
use uuid::Uuid;

use crate::{
    error::Error,
    purchase_record::{ClaimRecord, PurchaseRecord},
    purchases::PurchaseView,
};

/// Explains purchases, each as it was claimed if it was.
pub(crate) async fn explain_all(
    pool: &PgPool,
    merchant: MerchantId,
    views: Vec<PurchaseView>,
) -> Result<Vec<(PurchaseView, Explanation)>, Error> {
    let claims: Vec<ClaimId> = views.iter().filter_map(|view| Some(view.claim.as_ref()?.id)).collect();
    let mut claimed: HashMap<ClaimId, ClaimRecord> = if claims.is_empty() {
        HashMap::new()
    } else {
        let records = ClaimRecord::load_all(pool, merchant, &claims).await?;
        records.into_iter().map(|record| (record.id, record)).collect()
    };
    let mut decided = Vec::with_capacity(views.len());
    for view in views {
        let (facts, version) = match &view.claim {
            Some(claim) => {
                let claim = claimed
                    .remove(&claim.id)
                    .ok_or_else(|| Error::Inconsistent(format!("claim {} has gone", claim.id)))?;
                (claim.purchase_facts(), claim.rules_version)
            }
            None => (view.record.purchase_facts(), view.record.rules_version),
        };
        decided.push((view, facts, version));
    }
    let mut versions: Vec<i64> = decided.iter().map(|(.., version)| *version).collect();
    versions.sort_unstable();
    versions.dedup();
    let rules = load_rules(pool, merchant, &versions).await?;
    decided
        .into_iter()
        .map(|(view, facts, version)| {
            let explanation = explain_by(&rules, view.record.id, &facts, version)?;
            Ok((view, explanation))
        })
        .collect()
}

/// Explains a purchase as it was received.
pub(crate) async fn explain_record(pool: &PgPool, record: &PurchaseRecord) -> Result<Explanation, Error> {
    let version = record.rules_version;
    let rules = load_rules(pool, record.merchant_id, &[version]).await?;
    explain_by(&rules, record.id, &record.purchase_facts(), version)
}

fn explain_by(
    rules: &HashMap<i64, CompiledRules>,
    purchase: PurchaseId,
    facts: &PurchaseFacts,
    version: i64,
) -> Result<Explanation, Error> {
    let rules = rules.get(&version).ok_or_else(|| missing(version))?;
    explain_facts(facts, rules).map_err(|error| Error::Inconsistent(format!("purchase {purchase}: {error}")))
}

fn missing(version: i64) -> Error {
    Error::Inconsistent(format!("rule set {version} is missing"))
}

/// The rule sets with these versions, ready to evaluate.
async fn load_rules(
    conn: impl PgExecutor<'_>,
    merchant: MerchantId,
    versions: &[i64],
) -> Result<HashMap<i64, CompiledRules>, Error> {
    let rows: Vec<(i64, Json<RuleSet>)> =
        sqlx::query_as("SELECT version, rules FROM rule_sets WHERE merchant_id = $1 AND version = ANY ($2)")
            .bind::<Uuid>(merchant.uuid())
            .bind(versions)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().map(|(version, Json(rules))| (version, CompiledRules::new(&rules))).collect())
}

/// The rule sets of one merchant as a long re-evaluation meets them; keeps the latest few.
pub(crate) struct RuleShelf {
    merchant: MerchantId,
    room: NonZeroUsize,
    kept: Vec<(i64, Arc<CompiledRules>)>,
}

impl RuleShelf {
    /// Purchases come in order of arrival, so that neighbours share a version: a few are plenty.
    // A constant: that it is not zero is found out when this is compiled.
    const ROOM: NonZeroUsize = NonZeroUsize::new(16).unwrap();

    pub(crate) fn new(merchant: MerchantId) -> Self {
        Self { merchant, room: Self::ROOM, kept: Vec::new() }
    }

    /// Evaluates facts by the rule set with this version.
    pub(crate) async fn evaluate(
        &mut self,
        conn: impl PgExecutor<'_>,
        facts: &PurchaseFacts,
        version: i64,
    ) -> Result<Evaluation, Error> {
        let rules = match self.kept.iter().find(|(kept, _)| *kept == version) {
            Some((_, rules)) => rules.clone(),
            None => {
                let mut loaded = load_rules(conn, self.merchant, &[version]).await?;
                let rules = Arc::new(loaded.remove(&version).ok_or_else(|| missing(version))?);
                if self.kept.len() == self.room.get() {
                    self.kept.remove(0);
                }
                self.kept.push((version, rules.clone()));
                rules
            }
        };
        evaluate(facts, &rules).map_err(|error| Error::Inconsistent(error.to_string()))
    }
}

//! Evaluating again: a purchase from its stored facts, by the rule set that it names.

use std::{num::NonZeroUsize, sync::Arc};

use perennial_domain::{
    evaluate::{CompiledRules, Evaluation, Explanation, PurchaseFacts, evaluate, explain as explain_facts},
    ids::MerchantId,
    promotion::RuleSet,
};
use sqlx::{PgExecutor, PgPool, types::Json};
use uuid::Uuid;

use crate::{error::Error, purchase_record::ClaimRecord, purchases::PurchaseView};

/// Explains a purchase, as it was claimed if it was.
pub(crate) async fn explain(
    pool: &PgPool,
    merchant: MerchantId,
    view: &PurchaseView,
) -> Result<Explanation, Error> {
    let (facts, version) = match &view.claim {
        Some(claim) => {
            let claim = ClaimRecord::load(pool, merchant, claim.id)
                .await?
                .ok_or_else(|| Error::Inconsistent(format!("claim {} has gone", claim.id)))?;
            (claim.purchase_facts(), claim.rules_version)
        }
        None => (view.record.purchase_facts(), view.record.rules_version),
    };
    let rules = load_rules(pool, merchant, version).await?;
    explain_facts(&facts, &rules)
        .map_err(|error| Error::Inconsistent(format!("purchase {}: {error}", view.record.id)))
}

/// The rule set with a version, ready to evaluate.
async fn load_rules(
    conn: impl PgExecutor<'_>,
    merchant: MerchantId,
    version: i64,
) -> Result<CompiledRules, Error> {
    let rules: Option<Json<RuleSet>> =
        sqlx::query_scalar("SELECT rules FROM rule_sets WHERE merchant_id = $1 AND version = $2")
            .bind::<Uuid>(merchant.uuid())
            .bind(version)
            .fetch_optional(conn)
            .await?;
    rules
        .map(|Json(rules)| CompiledRules::new(&rules))
        .ok_or_else(|| Error::Inconsistent(format!("rule set {version} is missing")))
}

/// The rule sets of one merchant as a long re-evaluation meets them; keeps the latest few.
pub(crate) struct RuleShelf {
    merchant: MerchantId,
    room: NonZeroUsize,
    kept: Vec<(i64, Arc<CompiledRules>)>,
}

impl RuleShelf {
    /// Purchases come in order of arrival, so that neighbours share a version: a few are plenty.
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
                let rules = Arc::new(load_rules(conn, self.merchant, version).await?);
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

//! What one promotion changes about a purchase.

use super::matching::{Candidate, Trial};
use super::settlement::settle;
use super::stacking::stack;
use super::{CompiledRules, Evaluation, EvaluationError, PurchaseFacts};
use crate::ids::PromotionId;

/// What a purchase earns with a promotion beside what it earns without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// By all rules.
    pub with: Evaluation,
    /// By all of them but the one promotion.
    pub without: Evaluation,
}

/// What a purchase earns with a promotion and without it; `None` when the promotion does not match, so that
/// both are the same.
///
/// # Errors
///
/// When one of the two is an error of [`evaluate`](super::evaluate()).
pub fn compare(
    facts: &PurchaseFacts,
    rules: &CompiledRules,
    promotion: PromotionId,
) -> Result<Option<Comparison>, EvaluationError> {
    let trial = Trial::new(facts, rules);
    let all = trial.candidates();
    let others: Vec<_> =
        all.iter().copied().filter(|candidate| candidate.promotion.id != promotion).collect();
    if others.len() == all.len() {
        return Ok(None);
    }
    Ok(Some(Comparison { with: earned(&trial, all)?, without: earned(&trial, others)? }))
}

fn earned<'a>(trial: &Trial<'a>, candidates: Vec<Candidate<'a>>) -> Result<Evaluation, EvaluationError> {
    let stacked = stack(trial, candidates)?;
    let settlement = settle(trial, &stacked.survivors)?;
    settlement.evaluation(trial, &stacked.survivors)
}

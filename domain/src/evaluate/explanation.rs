//! Why a purchase earns what it earns: one structure for tills, merchants and customers.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::PurchaseFacts;
use super::compiled::{CompiledPromotion, CompiledRules};
use super::matching::{Candidate, Trial};
use super::settlement::{Settlement, settle};
use super::stacking::{Stacked, stack};
use super::weights::Weights;
use super::words::Words;
use super::{
    Applied, Carried, Cut, Evaluation, EvaluationError, KnownProduct, LineAward, LineFacts, LineMiss,
    LineMissReason, MissReason, PendingPoints, Remainders, TierFacts,
};
use crate::ids::PromotionId;
use crate::money::{Amount, Currency};
use crate::points::{Points, Remainder, Rounding};
use crate::promotion::{ProductFilter, PromotionTerms, sentence_naming};

/// Why a purchase earns what it earns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// All that it earns.
    pub points: Points,
    /// The currency of its amounts.
    pub currency: Currency,
    /// How the worth of each line became whole points.
    pub rounding: Rounding,
    /// Whether each promotion kept what rounding left, for the customer's next line or purchase.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub carry_over: bool,
    /// The customer's tier, which multiplied what the lines earn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<TierFacts>))]
    pub tier: Option<Arc<TierFacts>>,
    /// The business day that its weekday was taken from.
    pub business_date: NaiveDate,
    /// Its lines, in their order.
    pub lines: Vec<LineExplanation>,
    /// What is given once for the purchase.
    pub applied: Vec<Applied>,
    /// Which of `points` cannot be spent at once, by the number of days that they wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingPoints>,
    /// All promotions that were tried: those that applied, then the others, the nearest misses first.
    pub promotions: Vec<PromotionExplanation>,
}

/// Why a line earns what it earns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineExplanation {
    /// The product as the till sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// What was paid for it.
    pub paid: Amount,
    /// What it is exactly worth in points, as a decimal, before rounding and caps.
    pub exact: String,
    /// What it earns.
    pub points: Points,
    /// By which promotions; their points add up to the line's.
    pub applied: Vec<Applied>,
    /// What these had kept for the customer before the line, and what they keep after it; those are left out that keep
    /// nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<LineCarried>,
    /// Which promotions applied to the purchase, but not to this line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<LineMiss>,
    /// The whole of it in words.
    pub text: String,
}

/// What became of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PromotionExplanation {
    /// Which promotion.
    pub promotion_id: PromotionId,
    /// The version in force, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// What it is called.
    pub name: String,
    /// What it promises, in a sentence.
    pub summary: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Whether a promotion applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It did.
    Applied {
        /// What it gave in all.
        points: Points,
        /// What its cap, limit and budget took away.
        #[serde(default, skip_serializing_if = "Points::is_zero")]
        cut: Points,
        /// Which of them took how much.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cuts: Vec<Cut>,
        /// For how many days its points wait before they can be spent; at once when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pending_days: Option<u16>,
        /// What it had kept for the customer, and what it keeps; absent where it keeps nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carried: Option<CarriedOver>,
    },
    /// It did not.
    Missed {
        /// Everything that was missing.
        reasons: Vec<Miss>,
    },
}

/// What a promotion had kept for the customer of what rounding left, and what it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CarriedOver {
    /// What came from before, in points.
    pub before: Remainder,
    /// What is carried on, in points.
    pub after: Remainder,
    /// Both, for people.
    pub text: String,
}

impl CarriedOver {
    fn new(carried: &Carried) -> Option<Self> {
        Some(Self { before: carried.before, after: carried.after, text: carried.text()? })
    }
}

/// What a promotion that applied to a line had kept for the customer before it, and keeps after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineCarried {
    /// Which promotion.
    pub promotion_id: PromotionId,
    /// Before the line and after it.
    #[serde(flatten)]
    pub carried: CarriedOver,
}

/// One thing that was missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Miss {
    /// The thing, for programs.
    #[serde(flatten)]
    pub reason: MissReason,
    /// The thing, for people: a plain sentence without a full stop.
    pub text: String,
}

impl From<MissReason> for Miss {
    fn from(reason: MissReason) -> Self {
        Self { text: reason.text(), reason }
    }
}

/// Why a purchase earns what [`evaluate`](super::evaluate()) says it earns.
///
/// # Errors
///
/// Exactly when `evaluate` has one.
pub fn explain(facts: &PurchaseFacts, rules: &CompiledRules) -> Result<Explanation, EvaluationError> {
    let trial = Trial::new(facts, rules);
    let stacked = stack(&trial, trial.candidates())?;
    let settlement = settle(&trial, &stacked.survivors)?;
    let evaluation = settlement.evaluation(&trial, &stacked.survivors)?;
    let promotions = promotions(&trial, &stacked, &settlement, &evaluation);
    let Evaluation { points, lines: awards, applied, pending, .. } = evaluation;
    // What is carried from one line is there for the next.
    let mut remainders = facts.remainders.clone();
    let lines = awards
        .into_iter()
        .enumerate()
        .zip(&facts.lines)
        .map(|((index, award), line)| {
            let carried = carried(&mut remainders, &award.applied);
            explain_line(&trial, &stacked.survivors, &settlement, index, line, award, carried)
        })
        .collect();
    Ok(Explanation {
        points,
        currency: facts.currency,
        rounding: rules.rounding,
        carry_over: rules.carry_over,
        tier: facts.tier.clone(),
        business_date: trial.business_date,
        lines,
        applied,
        pending,
        promotions,
    })
}

/// What is carried before and after a line with these; goes on to what is carried after it.
fn carried(remainders: &mut Remainders, applied: &[Applied]) -> Vec<LineCarried> {
    let mut lines = Vec::new();
    for Applied { promotion_id, carried, .. } in applied {
        let (promotion_id, before) = (*promotion_id, remainders.of(*promotion_id));
        // It was found before that it can be added.
        let Some(after) = carried.and_then(|carried| before.checked_add(carried)) else { continue };
        remainders.set(promotion_id, after);
        let carried = CarriedOver::new(&Carried { promotion_id, before, after });
        lines.extend(carried.map(|carried| LineCarried { promotion_id, carried }));
    }
    lines
}

fn explain_line(
    trial: &Trial<'_>,
    survivors: &[Candidate<'_>],
    settlement: &Settlement,
    index: usize,
    line: &LineFacts,
    award: LineAward,
    carried: Vec<LineCarried>,
) -> LineExplanation {
    let class = trial.basket.lines.get(index).copied().flatten();
    let weights = class.and_then(|class| settlement.weights.get(class));
    let exact = weights.map_or_else(|| "0".to_owned(), |weights| exact_worth(weights, line.paid));
    let missed: Vec<_> =
        survivors.iter().filter_map(|candidate| line_miss(trial, candidate, class, line)).collect();
    let words = Words { trial, survivors, settlement, carried: &carried };
    let text = words.line(line, &award, &exact, &missed);
    LineExplanation {
        product: line
            .product_text
            .clone()
            .or_else(|| line.product.as_ref().map(|product| product.sku.as_str().to_owned())),
        paid: line.paid,
        exact,
        points: award.points,
        applied: award.applied,
        carried,
        missed,
        text,
    }
}

/// Why a promotion that counts for the purchase does not count for a line; `None` when it does.
fn line_miss(
    trial: &Trial<'_>,
    candidate: &Candidate<'_>,
    class: Option<usize>,
    line: &LineFacts,
) -> Option<LineMiss> {
    let terms = &candidate.version.terms;
    if !terms.effect.is_per_line() {
        return None;
    }
    let reason = match class.and_then(|class| trial.basket.classes.get(class)) {
        None => LineMissReason::NothingPaid,
        Some(class) if class.through.contains(candidate.version.filter) => return None,
        Some(_) if !included(&terms.products, line) && line.product.is_none() => {
            LineMissReason::UnknownProduct
        }
        Some(_) if !included(&terms.products, line) => LineMissReason::NotIncluded,
        Some(_) => LineMissReason::Excluded,
    };
    Some(LineMiss {
        promotion_id: candidate.promotion.id,
        name: candidate.version.name.to_string(),
        code: reason,
        text: reason.text().to_owned(),
    })
}

fn included(filter: &ProductFilter, line: &LineFacts) -> bool {
    let named = |product: &KnownProduct| filter.include.iter().any(|matcher| product.is(matcher));
    filter.include.is_empty() || line.product.as_deref().is_some_and(named)
}

/// The exact worth of an amount as a decimal. Rates and multipliers are decimals, so that it always ends.
fn exact_worth(weights: &Weights, paid: Amount) -> String {
    let Some(numerator) = weights.total.checked_mul(u128::from(paid.unsigned())) else {
        return String::new();
    };
    let mut text = (numerator / weights.denominator).to_string();
    let mut rest = numerator % weights.denominator;
    if rest > 0 {
        text.push('.');
    }
    while rest > 0 {
        let Some(shifted) = rest.checked_mul(10) else {
            // So many places that the next digit cannot be told; say that there are more.
            text.push('…');
            break;
        };
        text.push_str(&(shifted / weights.denominator).to_string());
        rest = shifted % weights.denominator;
    }
    text
}

fn promotions(
    trial: &Trial<'_>,
    stacked: &Stacked<'_>,
    settlement: &Settlement,
    evaluation: &Evaluation,
) -> Vec<PromotionExplanation> {
    let applied = |(index, survivor)| {
        let cuts = settlement.cuts(index).map(Cut::from).collect();
        applied_promotion(trial, survivor, cuts, evaluation)
    };
    let mut promotions: Vec<_> = stacked.survivors.iter().enumerate().map(applied).collect();
    let is_survivor = |promotion: &CompiledPromotion| {
        stacked.survivors.iter().any(|survivor| survivor.promotion.id == promotion.id)
    };
    let mut missed: Vec<_> = trial
        .rules
        .promotions
        .iter()
        .filter(|promotion| !is_survivor(promotion))
        .filter_map(|promotion| {
            let displaced = stacked.displaced.iter().find(|(loser, _)| loser.promotion.id == promotion.id);
            let reasons = match displaced {
                Some((_, reason)) => vec![reason.clone()],
                None => trial.misses(promotion),
            };
            missed_promotion(trial, promotion, reasons)
        })
        .collect();
    // Stable, so that equally near misses stay in the order of their ids.
    missed.sort_by_key(|(reasons, _)| *reasons);
    promotions.extend(missed.into_iter().map(|(_, promotion)| promotion));
    promotions
}

fn applied_promotion(
    trial: &Trial<'_>,
    survivor: &Candidate<'_>,
    cuts: Vec<Cut>,
    evaluation: &Evaluation,
) -> PromotionExplanation {
    let own = || {
        let applied = evaluation.lines.iter().flat_map(|line| &line.applied).chain(&evaluation.applied);
        applied.filter(|applied| applied.promotion_id == survivor.promotion.id)
    };
    // Parts of a total that was found not to overflow.
    let points = Points::checked_sum(own().map(|applied| applied.points)).unwrap_or(Points::MAX);
    let cut = Points::checked_sum(own().map(|applied| applied.cut)).unwrap_or(Points::MAX);
    let days = survivor.version.terms.pending_days.unwrap_or(trial.rules.pending_days);
    let pending_days = (days > 0).then_some(days);
    let carried = evaluation.carried.iter().find(|carried| carried.promotion_id == survivor.promotion.id);
    let carried = carried.and_then(CarriedOver::new);
    PromotionExplanation {
        promotion_id: survivor.promotion.id,
        version: Some(survivor.version.number),
        name: survivor.version.name.to_string(),
        summary: summary(trial, &survivor.version.terms),
        outcome: Outcome::Applied { points, cut, cuts, pending_days, carried },
    }
}

/// A promotion that does not count, with the number of reasons. `None` for one without any version.
fn missed_promotion(
    trial: &Trial<'_>,
    promotion: &CompiledPromotion,
    reasons: Vec<MissReason>,
) -> Option<(usize, PromotionExplanation)> {
    let in_force = promotion.version_at(trial.facts.occurred_at);
    let shown = in_force.or_else(|| promotion.versions.last())?;
    let explanation = PromotionExplanation {
        promotion_id: promotion.id,
        version: in_force.map(|version| version.number),
        name: shown.name.to_string(),
        summary: summary(trial, &shown.terms),
        outcome: Outcome::Missed { reasons: reasons.iter().cloned().map(Miss::from).collect() },
    };
    Some((reasons.len(), explanation))
}

/// The promise in a sentence. Of the tiers that it names, the customer's own is the one whose name is known.
fn summary(trial: &Trial<'_>, terms: &PromotionTerms) -> String {
    let own = trial.facts.tier.as_deref();
    sentence_naming(terms, trial.facts.currency, |tier| {
        own.filter(|own| own.id == tier).map(|own| own.name.to_string())
    })
}

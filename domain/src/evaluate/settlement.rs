//! What each promotion gives: the worth of the lines in whole points, then cut by the caps.

use std::collections::BTreeMap;

use super::carrying::Carried;
use super::lines::{MAX, Share, carry_over, share_out};
use super::matching::{Candidate, Trial};
use super::outcome::{Applied, Evaluation, EvaluationError, LineAward, PendingPoints};
use super::weights::Weights;
use super::{Consumed, CutReason};
use crate::points::Points;
use crate::promotion::{Budget, CustomerLimit, Effect, PromotionTerms};

/// What each of some candidates gives to each line and to the purchase.
#[derive(Debug, Default)]
pub(super) struct Settlement {
    /// The weights by which the lines of each class were settled.
    pub(super) weights: Vec<Weights>,
    /// Per line, in the order of lines: how many of the following shares are its own.
    lines: Vec<usize>,
    /// The shares of all lines, one line after the other.
    shares: Vec<Share>,
    /// What is given once.
    flat: Vec<Share>,
    /// What took something away, in the order in which it did.
    cuts: Vec<CandidateCut>,
    /// What each candidate carries over; empty where nobody does.
    carried: Vec<Carried>,
}

/// Something that a candidate would have given and did not.
#[derive(Debug)]
struct CandidateCut {
    /// The index of the candidate.
    candidate: usize,
    reason: CutReason,
}

/// Settles a purchase with exactly these candidates, who come in the order in which they go first.
pub(super) fn settle(trial: &Trial<'_>, candidates: &[Candidate<'_>]) -> Result<Settlement, EvaluationError> {
    let mut settlement = Settlement::default();
    settlement.weigh(trial, candidates)?;
    settlement.settle_lines(trial, candidates)?;
    for (index, candidate) in candidates.iter().enumerate() {
        if let Effect::FlatPoints(points) = candidate.version.terms.effect {
            settlement.flat.push(Share::new(index, points.get().unsigned_abs()));
        }
    }
    for (index, candidate) in candidates.iter().enumerate() {
        settlement.cut(trial, index, candidate);
    }
    if settlement.total() > MAX {
        return Err(EvaluationError::Overflow { line: None });
    }
    Ok(settlement)
}

impl Settlement {
    /// All points of the purchase.
    pub(super) fn total(&self) -> u128 {
        self.shares.iter().chain(&self.flat).map(|share| u128::from(share.points)).sum()
    }

    fn weigh(&mut self, trial: &Trial<'_>, candidates: &[Candidate<'_>]) -> Result<(), EvaluationError> {
        for (number, class) in trial.basket.classes.iter().enumerate() {
            let here: Vec<_> = candidates
                .iter()
                .copied()
                .enumerate()
                .filter(|(_, candidate)| class.through.contains(candidate.version.filter))
                .collect();
            let weights =
                Weights::new(&here, trial.facts.currency, trial.facts.tier.as_deref()).ok_or_else(|| {
                    EvaluationError::Overflow {
                        line: trial.basket.lines.iter().position(|line| *line == Some(number)),
                    }
                })?;
            self.weights.push(weights);
        }
        Ok(())
    }

    fn settle_lines(
        &mut self,
        trial: &Trial<'_>,
        candidates: &[Candidate<'_>],
    ) -> Result<(), EvaluationError> {
        let rounding = trial.rules.rounding;
        if trial.rules.carry_over {
            self.carried = candidates.iter().map(|candidate| carried_before(trial, candidate)).collect();
        }
        self.lines.reserve(trial.facts.lines.len());
        let mut remainders = Vec::new();
        for (number, (line, class)) in trial.facts.lines.iter().zip(&trial.basket.lines).enumerate() {
            let start = self.shares.len();
            if let Some(weights) = class.and_then(|class| self.weights.get(class)) {
                let paid = u128::from(line.paid.unsigned());
                let settled = if trial.rules.carry_over {
                    carry_over(weights, paid, rounding, &mut self.carried, &mut self.shares)
                } else {
                    share_out(weights, paid, rounding, &mut remainders, &mut self.shares)
                };
                settled.ok_or(EvaluationError::Overflow { line: Some(number) })?;
            }
            self.lines.push(self.shares.len() - start);
        }
        Ok(())
    }

    /// Cuts what a candidate gives: first by its cap per purchase, then by what is left for the customer, then
    /// by what is left for everybody.
    fn cut(&mut self, trial: &Trial<'_>, index: usize, candidate: &Candidate<'_>) {
        let terms = &candidate.version.terms;
        if let Some(cap) = terms.max_points_per_purchase {
            self.cut_to(index, |_| cap, |points| CutReason::PurchaseCap { cap, points });
        }
        if !terms.is_limited() {
            return;
        }
        let before = trial.facts.limits.of(candidate.promotion.id);
        if let Some(CustomerLimit { points: limit, per }) = terms.max_points_per_customer {
            let used = before.used;
            let left = CustomerLimit { points: limit, per }.left(used);
            let reason = |points| CutReason::CustomerLimit { limit, per, used, left, points };
            self.cut_to(index, |_| left, reason);
        }
        if let Some(budget) = terms.budget {
            let left = before.left_of(budget);
            let Budget { points: all, when_exhausted } = budget;
            let reason = |points| CutReason::Budget { budget: all, when_exhausted, left, points };
            self.cut_to(index, |given| budget.grants(given, left), reason);
        }
    }

    /// Cuts what a candidate gives down to what it may: every share by the same part, what that leaves over by
    /// largest remainder, so that a return of any line takes back its part.
    fn cut_to(
        &mut self,
        candidate: usize,
        allowed: impl FnOnce(Points) -> Points,
        reason: impl FnOnce(Points) -> CutReason,
    ) {
        let mut own: Vec<&mut Share> = self
            .shares
            .iter_mut()
            .chain(&mut self.flat)
            .filter(|share| share.candidate == candidate)
            .collect();
        let given: u128 = own.iter().map(|share| u128::from(share.points)).sum();
        // More than can be counted is found out later, unless this very cut brings it down.
        let counted = |points: u128| Points::new(i64::try_from(points).unwrap_or(i64::MAX));
        let allowed = u128::from(allowed(counted(given)).get().max(0).unsigned_abs());
        if given <= allowed {
            return;
        }
        let mut left = allowed;
        let mut remainders = Vec::with_capacity(own.len());
        for (position, share) in own.iter_mut().enumerate() {
            // Both factors are below 2^64.
            let scaled = u128::from(share.points) * allowed;
            // At most the share itself, as less is allowed than was given.
            let kept = u64::try_from(scaled / given).unwrap_or(share.points);
            left -= u128::from(kept).min(left);
            share.cut += share.points - kept;
            share.points = kept;
            remainders.push((scaled % given, position));
        }
        remainders.sort_unstable_by_key(|(remainder, position)| (std::cmp::Reverse(*remainder), *position));
        for (_, position) in remainders.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
            // Only shares with a remainder get one back, and those were cut by one at least.
            if let Some(share) = own.get_mut(position).filter(|share| share.cut > 0) {
                share.points += 1;
                share.cut -= 1;
            }
        }
        self.cuts.push(CandidateCut { candidate, reason: reason(counted(given - allowed)) });
    }

    /// What was taken from a candidate, in the order in which it was.
    pub(super) fn cuts(&self, candidate: usize) -> impl Iterator<Item = CutReason> {
        self.cuts.iter().filter(move |cut| cut.candidate == candidate).map(|cut| cut.reason)
    }

    /// What those who count for lines carry over, by promotion id.
    fn carried(&self, candidates: &[Candidate<'_>]) -> Vec<Carried> {
        let is_per_line = |candidate: &Candidate<'_>| candidate.version.terms.effect.is_per_line();
        let own = candidates.iter().zip(&self.carried).filter(|(candidate, _)| is_per_line(candidate));
        let mut carried: Vec<_> = own.map(|(_, carried)| *carried).collect();
        carried.sort_unstable_by_key(|carried| carried.promotion_id);
        carried
    }

    /// The numbers for those who asked.
    pub(super) fn evaluation(
        &self,
        trial: &Trial<'_>,
        candidates: &[Candidate<'_>],
    ) -> Result<Evaluation, EvaluationError> {
        let overflow = EvaluationError::Overflow { line: None };
        let applied = |share: &Share| {
            let Candidate { promotion, version } = candidates.get(share.candidate)?;
            Some(Applied {
                promotion_id: promotion.id,
                version: version.number,
                name: version.name.clone(),
                effect: version.terms.effect,
                points: Points::new(i64::try_from(share.points).ok()?),
                cut: Points::new(i64::try_from(share.cut).ok()?),
                carried: share.carried,
            })
        };
        let mut shares = self.shares.iter();
        let mut lines = Vec::with_capacity(self.lines.len());
        for count in &self.lines {
            let applied: Vec<_> =
                shares.by_ref().take(*count).map(applied).collect::<Option<_>>().ok_or(overflow)?;
            let points = Points::checked_sum(applied.iter().map(|applied| applied.points)).ok_or(overflow)?;
            lines.push(LineAward { points, applied });
        }
        let applied: Vec<_> = self.flat.iter().map(applied).collect::<Option<_>>().ok_or(overflow)?;
        let all = lines.iter().map(|line| line.points).chain(applied.iter().map(|applied| applied.points));
        let points = Points::checked_sum(all).ok_or(overflow)?;
        let (pending, consumed) = (Vec::new(), Vec::new());
        let carried = self.carried(candidates);
        let mut evaluation = Evaluation { points, lines, applied, pending, consumed, carried };
        self.follow_up(trial, candidates, &mut evaluation).ok_or(overflow)?;
        Ok(evaluation)
    }

    /// Adds what follows from the points: which of them wait, and what they count towards.
    fn follow_up(
        &self,
        trial: &Trial<'_>,
        candidates: &[Candidate<'_>],
        evaluation: &mut Evaluation,
    ) -> Option<()> {
        let days = |terms: &PromotionTerms| terms.pending_days.unwrap_or(trial.rules.pending_days);
        let concerned = |candidate: &Candidate<'_>| {
            let terms = &candidate.version.terms;
            days(terms) > 0 || terms.is_limited()
        };
        // Most merchants have neither, and do not pay for the sums.
        if !candidates.iter().any(concerned) {
            return Some(());
        }
        let mut given = vec![0_u64; candidates.len()];
        for share in self.shares.iter().chain(&self.flat) {
            // Parts of a total that was found not to overflow.
            *given.get_mut(share.candidate)? += share.points;
        }
        let mut waiting: BTreeMap<u16, u64> = BTreeMap::new();
        for (Candidate { promotion, version }, given) in candidates.iter().zip(given) {
            let terms = &version.terms;
            if given == 0 {
                continue;
            }
            if days(terms) > 0 {
                *waiting.entry(days(terms)).or_default() += given;
            }
            if terms.is_limited() {
                evaluation.consumed.push(Consumed {
                    promotion_id: promotion.id,
                    points: Points::new(i64::try_from(given).ok()?),
                    per: terms.max_points_per_customer.map(|limit| limit.per),
                    budget: terms.budget.is_some(),
                });
            }
        }
        evaluation.consumed.sort_unstable_by_key(|consumed| consumed.promotion_id);
        for (days, points) in waiting {
            let points = Points::new(i64::try_from(points).ok()?);
            evaluation.pending.push(PendingPoints { days, points });
        }
        Some(())
    }
}

/// What a candidate carries before anything is settled.
fn carried_before(trial: &Trial<'_>, candidate: &Candidate<'_>) -> Carried {
    let promotion_id = candidate.promotion.id;
    let before = trial.facts.remainders.of(promotion_id);
    Carried { promotion_id, before, after: before }
}

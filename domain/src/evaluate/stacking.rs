//! How matching promotions meet: who counts beside, instead of or after whom.

use std::collections::BTreeMap;

use super::matching::{Candidate, Trial};
use super::settlement::settle;
use super::{EvaluationError, MissReason};
use crate::promotion::{Effect, StackingMode};

/// Who is left, and who is not and why.
pub(super) struct Stacked<'a> {
    /// Those who count, in the order in which they go first.
    pub(super) survivors: Vec<Candidate<'a>>,
    /// Those who do not.
    pub(super) displaced: Vec<(Candidate<'a>, MissReason)>,
}

/// Lets the candidates, who come in the order in which they go first, meet in their groups.
///
/// Groups do not know of each other. An exclusive candidate leaves nobody else in its group. Of those that
/// want to be the best, the one stays with which the whole purchase is worth most, beside everything that
/// stays in any case. Groups of rates decide before groups of multipliers, which have nothing to multiply
/// until rates are chosen; groups of one kind decide in the order of their names.
pub(super) fn stack<'a>(
    trial: &Trial<'a>,
    candidates: Vec<Candidate<'a>>,
) -> Result<Stacked<'a>, EvaluationError> {
    let mut groups: BTreeMap<&str, Vec<Candidate<'a>>> = BTreeMap::new();
    for candidate in candidates {
        groups.entry(candidate.version.terms.stacking.group.as_str()).or_default().push(candidate);
    }
    let mut stacked = Stacked { survivors: Vec::new(), displaced: Vec::new() };
    let mut contests = Vec::new();
    for (group, members) in groups {
        if let Some(winner) = members.iter().copied().find(|member| member.mode() == StackingMode::Exclusive)
        {
            for loser in members.into_iter().filter(|member| !member.is(&winner)) {
                let reason = MissReason::Excluded {
                    promotion_id: winner.promotion.id,
                    name: winner.version.name.to_string(),
                    group: group.to_owned(),
                };
                stacked.displaced.push((loser, reason));
            }
            stacked.survivors.push(winner);
            continue;
        }
        let (rivals, others): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|member| member.mode() == StackingMode::Best);
        stacked.survivors.extend(others);
        match rivals.as_slice() {
            [] => {}
            [only] => stacked.survivors.push(*only),
            _ => contests.push((turn(&rivals), group, rivals)),
        }
    }
    contests.sort_by_key(|(turn, group, _)| (*turn, *group));
    for (_, group, rivals) in contests {
        decide(trial, group, rivals, &mut stacked)?;
    }
    stacked.survivors.sort_unstable_by_key(Candidate::rank);
    Ok(stacked)
}

/// When a group decides: without multipliers first, with nothing else last.
fn turn(rivals: &[Candidate<'_>]) -> u8 {
    let multipliers =
        rivals.iter().filter(|rival| matches!(rival.version.terms.effect, Effect::Multiplier(_))).count();
    match multipliers {
        0 => 0,
        count if count < rivals.len() => 1,
        _ => 2,
    }
}

/// Finds the rival with which the purchase is worth most; the first of those that are worth the same.
fn decide<'a>(
    trial: &Trial<'a>,
    group: &str,
    rivals: Vec<Candidate<'a>>,
    stacked: &mut Stacked<'a>,
) -> Result<(), EvaluationError> {
    let mut best: Option<(u128, Candidate<'a>)> = None;
    for rival in &rivals {
        let mut together = stacked.survivors.clone();
        together.push(*rival);
        together.sort_unstable_by_key(Candidate::rank);
        let worth = settle(trial, &together)?.total();
        if best.is_none_or(|(most, _)| worth > most) {
            best = Some((worth, *rival));
        }
    }
    let Some((_, winner)) = best else { return Ok(()) };
    for loser in rivals.into_iter().filter(|rival| !rival.is(&winner)) {
        let reason = MissReason::NotBest {
            promotion_id: winner.promotion.id,
            name: winner.version.name.to_string(),
            group: group.to_owned(),
        };
        stacked.displaced.push((loser, reason));
    }
    stacked.survivors.push(winner);
    Ok(())
}

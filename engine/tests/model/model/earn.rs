//! What a purchase earns, as plainly as it can be written.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::plain::{CATALOGUE, Effect, Line, Mode, RETAILERS, Rounding, Terms};

/// What is known of a purchase when it is evaluated.
pub struct Facts<'a> {
    pub lines: &'a [Line],
    pub retailer: usize,
    pub first_purchase: bool,
    pub tier: Option<usize>,
    pub tier_multiplier: Decimal,
    pub rounding: Rounding,
    /// What each promotion carries over for the customer, where the merchant carries over.
    pub carried: Option<BTreeMap<usize, i64>>,
}

/// One point, in the billionths in which it is carried over.
pub const POINT: i64 = 1_000_000_000;

/// A promotion in the version that counts, with what its limits leave.
#[derive(Clone)]
pub struct Rule<'a> {
    pub promotion: usize,
    pub terms: &'a Terms,
    pub left_for_customer: Option<i64>,
    pub left_of_budget: Option<i64>,
}

/// Points by promotion: of each line, and of the purchase as a whole.
#[derive(Debug, Clone, Default)]
pub struct Earned {
    pub lines: Vec<Vec<(usize, i64)>>,
    pub flat: Vec<(usize, i64)>,
    /// What each of the points of the lines left to carry over, in billionths; no lines where nothing is carried over.
    pub left: Vec<Vec<i64>>,
}

impl Earned {
    pub fn all(&self) -> impl Iterator<Item = &(usize, i64)> {
        self.lines.iter().flatten().chain(&self.flat)
    }

    pub fn total(&self) -> i64 {
        self.all().map(|(_, points)| points).sum()
    }

    /// Leaves a promotion so many points, shared by lines and the whole as it had them.
    fn cut(&mut self, promotion: usize, to: i64) {
        let all = self.lines.iter_mut().flatten().chain(&mut self.flat);
        let own: Vec<&mut i64> = all.filter(|(by, _)| *by == promotion).map(|(_, points)| points).collect();
        let weights: Vec<i64> = own.iter().map(|points| **points).collect();
        for (points, share) in own.into_iter().zip(split(to, &weights)) {
            *points = share;
        }
    }

    pub fn of(&self, promotion: usize) -> i64 {
        self.all().filter(|(by, _)| *by == promotion).map(|(_, points)| points).sum()
    }
}

/// Whether a product is meant by `SKU` or `category:x`. What is in nobody's catalogue is meant by no inclusion.
pub fn is_meant(by: &str, product: Option<&str>) -> bool {
    let known = CATALOGUE.iter().find(|(sku, _)| Some(*sku) == product);
    known.is_some_and(|(sku, category)| by == *sku || by.strip_prefix("category:") == Some(category))
}

impl Rule<'_> {
    fn is_about(&self, line: &Line) -> bool {
        let Terms { include, exclude, .. } = self.terms;
        line.due() > 0
            && (include.is_empty() || include.iter().any(|by| is_meant(by, line.product)))
            && !exclude.iter().any(|by| is_meant(by, line.product))
    }

    fn applies(&self, facts: &Facts<'_>) -> bool {
        let terms = self.terms;
        let sum: i64 = facts.lines.iter().filter(|line| self.is_about(line)).map(Line::due).sum();
        sum > 0
            && sum >= terms.minimum_amount.unwrap_or(0)
            && (terms.retailers.is_empty() || terms.retailers.contains(&RETAILERS[facts.retailer]))
            && (terms.tiers.is_empty() || facts.tier.is_some_and(|tier| terms.tiers.contains(&tier)))
            && (!terms.first_purchase_only || facts.first_purchase)
            && self.left_for_customer != Some(0)
            && self.left_of_budget != Some(0)
    }

    /// What its bounds leave of so many points, one after the other: per purchase, per customer, budget.
    fn bounds(&self) -> [Box<dyn Fn(i64) -> i64 + '_>; 3] {
        let most = |bound: Option<i64>| move |points: i64| points.min(bound.unwrap_or(points));
        let budget = |points| match (self.left_of_budget, self.terms.budget) {
            (Some(left), Some((_, partial))) if points > left => {
                if partial {
                    left
                } else {
                    0
                }
            }
            _ => points,
        };
        [Box::new(most(self.terms.per_purchase)), Box::new(most(self.left_for_customer)), Box::new(budget)]
    }
}

/// The points that these rules give.
pub fn evaluate(facts: &Facts<'_>, rules: &[Rule<'_>]) -> Earned {
    let mut matching: Vec<&Rule<'_>> = rules.iter().filter(|rule| rule.applies(facts)).collect();
    // Explicit priority first, then the older one.
    matching.sort_by_key(|rule| (-rule.terms.priority, rule.promotion));
    let mut groups: Vec<&str> = matching.iter().map(|rule| rule.terms.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let (mut chosen, mut contests) = (Vec::new(), Vec::new());
    for group in groups {
        let of =
            |mode| matching.iter().copied().filter(move |r| r.terms.group == group && r.terms.mode == mode);
        if let Some(only) = of(Mode::Exclusive).next() {
            chosen.push(only);
            continue;
        }
        chosen.extend(of(Mode::Add));
        let rivals: Vec<_> = of(Mode::Best).collect();
        if !rivals.is_empty() {
            contests.push(rivals);
        }
    }
    // Setups have one group of rivals, so that no contest depends on another.
    for rivals in contests {
        let mut best: Option<(i64, &Rule<'_>)> = None;
        for rival in rivals {
            let mut with = chosen.clone();
            with.push(rival);
            let worth = settle(facts, with).total();
            if best.is_none_or(|(most, _)| worth > most) {
                best = Some((worth, rival));
            }
        }
        chosen.extend(best.map(|(_, rule)| rule));
    }
    settle(facts, chosen)
}

fn settle(facts: &Facts<'_>, mut rules: Vec<&Rule<'_>>) -> Earned {
    rules.sort_by_key(|rule| (-rule.terms.priority, rule.promotion));
    let flat = rules.iter().filter_map(|rule| match rule.terms.effect {
        Effect::Flat(points) => Some((rule.promotion, points)),
        _ => None,
    });
    let mut earned = Earned { flat: flat.collect(), ..Earned::default() };
    let mut carried = facts.carried.clone();
    for line in facts.lines {
        let shares = line_shares(facts, &rules, line);
        match &mut carried {
            Some(carried) => {
                let (points, left) = carry_over(facts, shares, carried);
                earned.lines.push(points);
                earned.left.push(left);
            }
            None => earned.lines.push(share_out(facts, shares)),
        }
    }
    for rule in rules {
        for bound in rule.bounds() {
            let before = earned.of(rule.promotion);
            let after = bound(before);
            if after < before {
                earned.cut(rule.promotion, after);
            }
        }
    }
    earned
}

/// Rates add, and multipliers multiply: what each of them is exactly worth on a line.
fn line_shares(facts: &Facts<'_>, rules: &[&Rule<'_>], line: &Line) -> Vec<(usize, Decimal)> {
    let here: Vec<_> = rules.iter().filter(|rule| rule.is_about(line)).collect();
    let paid = Decimal::new(line.due(), 2);
    let mut shares: Vec<(usize, Decimal)> = Vec::new();
    for rule in &here {
        if let Effect::Rate(rate) = rule.terms.effect {
            shares.push((rule.promotion, rate * paid * facts.tier_multiplier));
        }
    }
    let multipliers = || {
        here.iter().filter_map(|rule| match rule.terms.effect {
            Effect::Multiplier(by) => Some((rule.promotion, by)),
            _ => None,
        })
    };
    for (promotion, by) in multipliers().filter(|(_, by)| *by < Decimal::ONE) {
        shares.iter_mut().for_each(|(_, share)| *share *= by);
        shares.push((promotion, Decimal::ZERO));
    }
    for (promotion, by) in multipliers().filter(|(_, by)| *by >= Decimal::ONE) {
        let before: Decimal = shares.iter().map(|(_, share)| *share).sum();
        shares.push((promotion, before * by - before));
    }
    shares
}

fn round(facts: &Facts<'_>, exact: Decimal) -> i64 {
    let rounding = match facts.rounding {
        Rounding::Floor => RoundingStrategy::ToZero,
        Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
        Rounding::Ceil => RoundingStrategy::AwayFromZero,
    };
    exact.round_dp_with_strategy(0, rounding).try_into().unwrap()
}

/// Each promotion rounds for itself, with what it has kept of before, and keeps what that leaves. Nothing is ever taken.
fn carry_over(
    facts: &Facts<'_>,
    shares: Vec<(usize, Decimal)>,
    carried: &mut BTreeMap<usize, i64>,
) -> (Vec<(usize, i64)>, Vec<i64>) {
    let mut give = |promotion: usize, share: Decimal| {
        if share.is_zero() {
            return (0, 0);
        }
        let kept = carried.entry(promotion).or_default();
        let worth = share.trunc_with_scale(9) + Decimal::new(*kept, 9);
        let points = if worth > Decimal::ZERO { round(facts, worth) } else { 0 };
        let before = *kept;
        *kept = ((worth - Decimal::from(points)) * Decimal::from(POINT)).try_into().unwrap();
        (points, *kept - before)
    };
    let given = shares.into_iter().map(|(promotion, share)| (promotion, give(promotion, share)));
    given.map(|(promotion, (points, left))| ((promotion, points), left)).unzip()
}

/// The line is rounded once; who gave which of the whole points goes by largest remainder.
fn share_out(facts: &Facts<'_>, shares: Vec<(usize, Decimal)>) -> Vec<(usize, i64)> {
    let exact: Decimal = shares.iter().map(|(_, share)| *share).sum();
    let total = round(facts, exact);
    let mut whole: Vec<i64> = shares.iter().map(|(_, share)| share.floor().try_into().unwrap()).collect();
    let rests: Vec<Decimal> = shares.iter().map(|(_, share)| share.fract()).collect();
    add_to_largest(&mut whole, total, |a, b| rests[b].cmp(&rests[a]));
    shares.into_iter().map(|(promotion, _)| promotion).zip(whole).collect()
}

/// Splits a sum by weights, by largest remainder; of equal ones the first.
pub fn split(sum: i64, weights: &[i64]) -> Vec<i64> {
    let all: i128 = weights.iter().copied().map(i128::from).sum();
    if all == 0 {
        return vec![0; weights.len()];
    }
    let product = |weight: i64| i128::from(weight) * i128::from(sum);
    let mut parts: Vec<i64> =
        weights.iter().map(|weight| i64::try_from(product(*weight) / all).unwrap()).collect();
    let rest = |at: usize| product(weights[at]) % all;
    add_to_largest(&mut parts, sum, |a, b| rest(b).cmp(&rest(a)));
    parts
}

fn add_to_largest(parts: &mut [i64], sum: i64, larger: impl Fn(usize, usize) -> std::cmp::Ordering) {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|a, b| larger(*a, *b));
    let missing = sum - parts.iter().sum::<i64>();
    for at in order.into_iter().take(usize::try_from(missing).unwrap()) {
        parts[at] += 1;
    }
}

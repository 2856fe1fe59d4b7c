//! The evaluation once more, as plainly as it can be written: no index, no classes of lines, no shared work.
//! Properties compare the real one with it. It knows everything but times, which have tables of their own.

use std::collections::{BTreeMap, BTreeSet};

use perennial_domain::evaluate::{LimitUse, LineFacts, PurchaseFacts};
use perennial_domain::points::Rounding;
use perennial_domain::promotion::{
    Effect, ProductMatcher, PromotionTerms, RuleSet, StackingMode, WhenExhausted,
};

/// An exact fraction; small enough for the numbers of the tests.
#[derive(Debug, Clone, Copy)]
struct Fraction(i128, i128);

impl Fraction {
    fn times(self, other: Self) -> Self {
        Self(self.0 * other.0, self.1 * other.1).reduced()
    }

    fn plus(self, other: Self) -> Self {
        Self(self.0 * other.1 + other.0 * self.1, self.1 * other.1).reduced()
    }

    fn minus(self, other: Self) -> Self {
        self.plus(Self(-other.0, other.1))
    }

    fn reduced(self) -> Self {
        let (mut a, mut b) = (self.0.abs(), self.1);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self(self.0 / a.max(1), self.1 / a.max(1))
    }

    fn floor(self) -> i128 {
        self.0.div_euclid(self.1)
    }

    fn round(self, rounding: Rounding) -> i128 {
        let floor = self.floor();
        let twice_rest = 2 * (self.0 - floor * self.1);
        let up = match rounding {
            Rounding::Floor => false,
            Rounding::HalfUp => twice_rest >= self.1,
            Rounding::HalfEven => twice_rest > self.1 || (twice_rest == self.1 && floor % 2 != 0),
            Rounding::Ceil => twice_rest > 0,
        };
        floor + i128::from(up)
    }
}

struct Rule<'a> {
    id: u128,
    terms: &'a PromotionTerms,
}

impl Rule<'_> {
    fn goes_first(&self) -> (i32, u128) {
        (-self.terms.priority, self.id)
    }

    fn is_about(&self, line: &LineFacts) -> bool {
        let matches = |matcher: &ProductMatcher| match (&line.product, matcher) {
            (Some(product), ProductMatcher::Sku(sku)) => product.sku == *sku,
            (Some(product), ProductMatcher::Category(category)) => {
                product.category.as_ref() == Some(category)
            }
            (Some(product), ProductMatcher::Tag(tag)) => product.tags.contains(tag),
            (None, _) => false,
        };
        let text_matches = |matcher: &ProductMatcher| match matcher {
            ProductMatcher::Sku(sku) => {
                line.product.is_none() && line.product_text.as_deref() == Some(sku.as_str())
            }
            _ => false,
        };
        let products = &self.terms.products;
        line.paid.get() > 0
            && (products.include.is_empty() || products.include.iter().any(matches))
            && !products.exclude.iter().any(|matcher| matches(matcher) || text_matches(matcher))
    }

    fn given(&self, facts: &PurchaseFacts) -> LimitUse {
        facts
            .limits
            .iter()
            .find(|(id, _)| id.uuid().as_u128() == self.id)
            .map_or_else(LimitUse::default, |it| it.1)
    }

    fn left_for_customer(&self, facts: &PurchaseFacts) -> Option<i64> {
        let limit = self.terms.max_points_per_customer?.points.get();
        Some((limit - self.given(facts).used.get()).max(0))
    }

    fn left_of_budget(&self, facts: &PurchaseFacts) -> Option<i64> {
        let budget = self.terms.budget?.points.get();
        Some(self.given(facts).budget_left.map_or(budget, |left| left.get().clamp(0, budget)))
    }

    /// What it may give of so many points, after each of its bounds in turn.
    fn bounds(&self, facts: &PurchaseFacts) -> Vec<Box<dyn Fn(i64) -> i64>> {
        let mut bounds: Vec<Box<dyn Fn(i64) -> i64>> = Vec::new();
        if let Some(cap) = self.terms.max_points_per_purchase {
            bounds.push(Box::new(move |given| given.min(cap.get())));
        }
        if let Some(left) = self.left_for_customer(facts) {
            bounds.push(Box::new(move |given| given.min(left)));
        }
        if let (Some(left), Some(budget)) = (self.left_of_budget(facts), self.terms.budget) {
            let stops = budget.when_exhausted == WhenExhausted::Stop;
            bounds.push(Box::new(move |given| if given > left && stops { 0 } else { given.min(left) }));
        }
        bounds
    }

    fn applies_to(&self, facts: &PurchaseFacts) -> bool {
        let terms = self.terms;
        let paid: i64 =
            facts.lines.iter().filter(|line| self.is_about(line)).map(|line| line.paid.get()).sum();
        (terms.retailers.is_empty() || terms.retailers.contains(&facts.retailer.code))
            && (!terms.first_purchase_only || facts.first_purchase)
            && (terms.tiers.is_empty()
                || facts.tier.as_ref().is_some_and(|tier| terms.tiers.contains(&tier.id)))
            && self.left_for_customer(facts) != Some(0)
            && self.left_of_budget(facts) != Some(0)
            && paid > 0
            && paid >= terms.minimum_amount.map_or(0, |minimum| minimum.get())
    }
}

/// The points of each line and the flat points, by promotion.
pub fn oracle(facts: &PurchaseFacts, rules: &RuleSet) -> (Vec<BTreeMap<u128, i64>>, BTreeMap<u128, i64>) {
    let mut matching: Vec<Rule<'_>> = rules
        .promotions
        .iter()
        .filter_map(|promotion| {
            let version = promotion.version_at(facts.occurred_at)?;
            Some(Rule { id: promotion.id.uuid().as_u128(), terms: &version.terms })
        })
        .filter(|rule| rule.applies_to(facts))
        .collect();
    matching.sort_by_key(Rule::goes_first);
    let survivors = stack(facts, rules.rounding, &matching);
    settle(facts, rules.rounding, &survivors)
}

fn stack<'a>(facts: &PurchaseFacts, rounding: Rounding, matching: &'a [Rule<'a>]) -> Vec<&'a Rule<'a>> {
    let groups: BTreeSet<&str> = matching.iter().map(|rule| rule.terms.stacking.group.as_str()).collect();
    let mut survivors: Vec<&Rule<'_>> = Vec::new();
    let mut contests: Vec<(usize, &str, Vec<&Rule<'_>>)> = Vec::new();
    for group in groups {
        let members = || matching.iter().filter(|rule| rule.terms.stacking.group.as_str() == group);
        let with = |mode| members().filter(move |rule| rule.terms.stacking.mode == mode);
        if let Some(winner) = with(StackingMode::Exclusive).next() {
            survivors.push(winner);
            continue;
        }
        survivors.extend(with(StackingMode::Add));
        let rivals: Vec<_> = with(StackingMode::Best).collect();
        let multipliers =
            rivals.iter().filter(|rival| matches!(rival.terms.effect, Effect::Multiplier(_))).count();
        match rivals.len() {
            0 => {}
            1 => survivors.push(rivals[0]),
            all if multipliers == all => contests.push((2, group, rivals)),
            _ => contests.push((usize::from(multipliers > 0), group, rivals)),
        }
    }
    contests.sort_by_key(|(turn, group, _)| (*turn, *group));
    for (_, _, rivals) in contests {
        let worth = |rival: &&Rule<'_>| {
            let mut together = survivors.clone();
            together.push(rival);
            let (lines, flat) = settle(facts, rounding, &together);
            lines.iter().flat_map(BTreeMap::values).chain(flat.values()).sum::<i64>()
        };
        // `max_by_key` takes the last of equals, and the first shall win.
        let winner = rivals.iter().copied().rev().max_by_key(worth).unwrap();
        survivors.push(winner);
    }
    survivors
}

fn settle(
    facts: &PurchaseFacts,
    rounding: Rounding,
    survivors: &[&Rule<'_>],
) -> (Vec<BTreeMap<u128, i64>>, BTreeMap<u128, i64>) {
    let mut survivors = survivors.to_vec();
    survivors.sort_by_key(|rule| rule.goes_first());
    let mut lines: Vec<BTreeMap<u128, i64>> =
        facts.lines.iter().map(|line| settle_line(facts, rounding, &survivors, line)).collect();
    let mut flat: BTreeMap<u128, i64> = survivors
        .iter()
        .filter_map(|rule| match rule.terms.effect {
            Effect::FlatPoints(points) => Some((rule.id, points.get())),
            _ => None,
        })
        .collect();
    for rule in survivors {
        for bound in rule.bounds(facts) {
            let mut own: Vec<&mut i64> =
                lines.iter_mut().chain([&mut flat]).filter_map(|awards| awards.get_mut(&rule.id)).collect();
            let given: i64 = own.iter().map(|points| **points).sum();
            let allowed = bound(given);
            if given > allowed {
                let shares: Vec<_> = own
                    .iter()
                    .map(|points| Fraction(i128::from(**points) * i128::from(allowed), given.into()))
                    .collect();
                for (points, share) in own.iter_mut().zip(apportion(allowed.into(), &shares)) {
                    **points = share;
                }
            }
        }
    }
    (lines, flat)
}

fn settle_line(
    facts: &PurchaseFacts,
    rounding: Rounding,
    survivors: &[&Rule<'_>],
    line: &LineFacts,
) -> BTreeMap<u128, i64> {
    let here: Vec<_> = survivors.iter().filter(|rule| rule.is_about(line)).collect();
    let paid = Fraction(line.paid.get().into(), 10_i128.pow(facts.currency.minor_digits()));
    let millionths =
        |rate: perennial_domain::points::Rate| Fraction(rate.millionths().into(), 1_000_000).reduced();
    let mut shares: Vec<(u128, Fraction)> = Vec::new();
    for rule in &here {
        if let Effect::AwardRate(rate) = rule.terms.effect {
            let tier = facts.tier.as_ref().map_or(Fraction(1, 1), |tier| millionths(tier.multiplier));
            shares.push((rule.id, millionths(rate).times(paid).times(tier)));
        }
    }
    let multipliers = || {
        here.iter().filter_map(|rule| match rule.terms.effect {
            Effect::Multiplier(factor) => Some((rule.id, millionths(factor))),
            _ => None,
        })
    };
    for (id, factor) in multipliers().filter(|(_, factor)| factor.0 < factor.1) {
        for (_, share) in &mut shares {
            *share = share.times(factor);
        }
        shares.push((id, Fraction(0, 1)));
    }
    for (id, factor) in multipliers().filter(|(_, factor)| factor.0 >= factor.1) {
        let before = shares.iter().fold(Fraction(0, 1), |sum, (_, share)| sum.plus(*share));
        shares.push((id, before.times(factor).minus(before)));
    }
    let exact = shares.iter().fold(Fraction(0, 1), |sum, (_, share)| sum.plus(*share));
    let parts: Vec<_> = shares.iter().map(|(_, share)| *share).collect();
    let points = apportion(exact.round(rounding), &parts);
    shares.iter().map(|(id, _)| *id).zip(points).collect()
}

/// Whole numbers that add up to `total`, each its share rounded down, and one more for the largest remainders.
fn apportion(total: i128, shares: &[Fraction]) -> Vec<i64> {
    let mut whole: Vec<i128> = shares.iter().map(|share| share.floor()).collect();
    let remainder = |index: usize| shares[index].minus(Fraction(shares[index].floor(), 1));
    let mut left = total - whole.iter().sum::<i128>();
    let mut given = BTreeSet::new();
    while left > 0 {
        let next = (0..shares.len())
            .filter(|index| !given.contains(index))
            .reduce(|best, index| {
                let (a, b) = (remainder(best), remainder(index));
                if b.0 * a.1 > a.0 * b.1 { index } else { best }
            })
            .unwrap();
        whole[next] += 1;
        given.insert(next);
        left -= 1;
    }
    whole.into_iter().map(|points| i64::try_from(points).unwrap()).collect()
}

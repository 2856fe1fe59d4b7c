//! What holds of what is carried over, for every sequence of purchases and returns.

use std::collections::BTreeMap;

use perennial_domain::evaluate::{CompiledRules, Evaluation, PurchaseFacts, Remainders, carrying};
use perennial_domain::points::{Points, Remainder};
use perennial_domain::promotion::RuleSet;
use perennial_domain::proportion::kept_exact;
use perennial_domain::returns::{
    GivenTenders, LinePaid, ReturnState, ReturnableLine, ReturnablePurchase, Returning, Share, plan,
};
use proptest::prelude::*;
use serde_json::json;

use super::properties::{facts, rounding, rule_set};
use super::support::*;

const POINT: i128 = 1_000_000_000;

/// Rates in thousandths and multipliers in tenths, all of them for every line.
fn promotions() -> impl Strategy<Value = (Vec<i128>, Vec<i128>)> {
    (proptest::collection::vec(1_i128..3_000, 1..3), proptest::collection::vec(11_i128..30, 0..3))
}

fn amounts() -> impl Strategy<Value = Vec<Vec<i64>>> {
    let paid = prop_oneof![1 => Just(0_i64), 6 => 1..500_i64, 1 => 1..100_000_i64];
    proptest::collection::vec(proptest::collection::vec(paid, 1..4), 1..12)
}

fn decimals(number: i128, places: usize) -> String {
    let scale = 10_i128.pow(u32::try_from(places).unwrap());
    format!("{}.{:0places$}", number / scale, number % scale)
}

fn rules_of(rates: &[i128], multipliers: &[i128]) -> RuleSet {
    let rates = rates.iter().map(|rate| json!({"award_rate": decimals(*rate, 3)}));
    let multipliers = multipliers.iter().map(|factor| json!({"multiplier": decimals(*factor, 1)}));
    RuleSet { carry_over: true, ..rules(rates.chain(multipliers)) }
}

/// What each promotion is exactly worth on so many cents, in billionths of a point.
fn worth(rates: &[i128], multipliers: &[i128], cents: i128) -> Vec<i128> {
    let mut worth: Vec<i128> = rates.iter().map(|rate| rate * cents * POINT / 100_000).collect();
    for factor in multipliers {
        let before: i128 = worth.iter().sum();
        worth.push(before * (factor - 10) / 10);
    }
    worth
}

fn basket(amounts: &[i64], remainders: &Remainders) -> PurchaseFacts {
    let facts = amounts.iter().fold(purchase(), |facts, paid| facts.line("A", *paid));
    PurchaseFacts { remainders: remainders.clone(), ..facts }
}

fn go_on(remainders: &mut Remainders, evaluation: &Evaluation) {
    for carried in &evaluation.carried {
        remainders.set(carried.promotion_id, carried.after);
    }
}

/// A purchase as a return sees it.
fn bought(facts: &PurchaseFacts, evaluation: &Evaluation) -> ReturnablePurchase {
    let lines = facts.lines.iter().zip(&evaluation.lines).map(|(line, award)| ReturnableLine {
        quantity: 1,
        amount: line.paid,
        paid: LinePaid { money: line.paid, ..LinePaid::default() },
        applied: award.applied.iter().map(Share::from).collect(),
    });
    ReturnablePurchase {
        currency: facts.currency,
        lines: lines.collect(),
        flat: evaluation.applied.iter().map(Share::from).collect(),
        tenders: GivenTenders::default(),
    }
}

/// Points and remainders that a customer has, in billionths, by promotion.
type Had = BTreeMap<u128, i128>;

fn number(promotion: perennial_domain::ids::PromotionId) -> u128 {
    promotion.uuid().as_u128()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn points_and_what_is_carried_are_the_exact_worth(
        ((rates, multipliers), purchases, rounding) in (promotions(), amounts(), rounding())
    ) {
        let rules = RuleSet { rounding, ..rules_of(&rates, &multipliers) };
        let mut remainders = Remainders::default();
        let mut points: BTreeMap<u128, i64> = BTreeMap::new();
        let mut exact = vec![0_i128; rates.len() + multipliers.len()];
        for amounts in &purchases {
            let evaluation = earn(&basket(amounts, &remainders), &rules);
            for (promotion, given) in by_promotion(&evaluation) {
                prop_assert!(given >= 0);
                *points.entry(promotion).or_default() += given;
            }
            go_on(&mut remainders, &evaluation);
            for cents in amounts {
                for (sum, part) in exact.iter_mut().zip(worth(&rates, &multipliers, (*cents).into())) {
                    *sum += part;
                }
            }
            for (promotion, exact) in (1_u128..).zip(&exact) {
                let left = i128::from(remainders.of(id(promotion)).billionths());
                let given = points.get(&promotion).copied().unwrap_or(0);
                prop_assert_eq!(i128::from(given) * POINT + left, *exact);
                prop_assert!(left.abs() < POINT);
            }
        }
    }

    #[test]
    fn what_is_told_adds_up((purchases, rules) in (proptest::collection::vec(facts(), 1..6), rule_set())) {
        let rules = RuleSet { carry_over: true, ..rules };
        let mut remainders = Remainders::default();
        for facts in purchases {
            let facts = PurchaseFacts { remainders: remainders.clone(), ..facts };
            let evaluation = earn(&facts, &rules);
            for carried in &evaluation.carried {
                prop_assert_eq!(carried.before, remainders.of(carried.promotion_id));
                let own = evaluation.lines.iter().flat_map(|line| &line.applied);
                let own = own.filter(|applied| applied.promotion_id == carried.promotion_id);
                let added: i64 = own.map(|applied| applied.carried.unwrap().billionths()).sum();
                prop_assert_eq!(carried.after.billionths() - carried.before.billionths(), added);
            }
            let lines = total(evaluation.lines.iter().map(|line| line.points));
            let flat = total(evaluation.applied.iter().map(|applied| applied.points));
            prop_assert_eq!(evaluation.points.get(), lines + flat);
            let mut told = evaluation.lines.iter().flat_map(|line| &line.applied).chain(&evaluation.applied);
            prop_assert!(told.all(|applied| applied.points >= Points::ZERO));
            // It is stored, evaluated again and explained as it was.
            let stored: PurchaseFacts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
            prop_assert_eq!(&earn(&stored, &rules), &evaluation);
            let explanation = why(&facts, &rules);
            prop_assert_eq!(explanation.points, evaluation.points);
            for (line, explained) in evaluation.lines.iter().zip(&explanation.lines) {
                prop_assert_eq!(&line.applied, &explained.applied);
            }
            // Nothing else has to be known than what is named.
            let named = carrying(&facts, &CompiledRules::new(&rules));
            let known = named.iter().map(|promotion| (*promotion, facts.remainders.of(*promotion))).collect();
            let known = PurchaseFacts { remainders: known, ..facts };
            prop_assert_eq!(&earn(&known, &rules), &evaluation);
            prop_assert!(evaluation.carried.iter().all(|carried| named.contains(&carried.promotion_id)));
            go_on(&mut remainders, &evaluation);
        }
    }

    #[test]
    fn without_it_nothing_changes((facts, rules, left) in (facts(), rule_set(), any::<[i64; 7]>())) {
        let remainders = (1_u128..).zip(left).map(|(number, left)| (id(number), Remainder::from_billionths(left)));
        let carrying = PurchaseFacts { remainders: remainders.collect(), ..facts.clone() };
        prop_assert_eq!(earn(&carrying, &rules), earn(&facts, &rules));
        prop_assert_eq!(why(&carrying, &rules), why(&facts, &rules));
    }

    #[test]
    fn returns_keep_the_part_that_is_not_returned(
        ((rates, multipliers), purchases, rounding) in (promotions(), amounts(), rounding()),
        returns in proptest::collection::vec((any::<prop::sample::Index>(), 1_i64..400), 0..20),
    ) {
        let rules = RuleSet { rounding, ..rules_of(&rates, &multipliers) };
        let mut remainders = Remainders::default();
        let mut kept: Vec<(ReturnablePurchase, ReturnState)> = Vec::new();
        let mut returns = returns.iter();
        for amounts in &purchases {
            let facts = basket(amounts, &remainders);
            let evaluation = earn(&facts, &rules);
            go_on(&mut remainders, &evaluation);
            kept.push((bought(&facts, &evaluation), ReturnState::default()));
            for (which, cents) in returns.by_ref().take(2) {
                let place = which.index(kept.len());
                let (purchase, state) = &mut kept[place];
                return_of(purchase, state, &Returning::Amount(amount(*cents)), &mut remainders)?;
            }
            prop_assert_eq!(had(&kept, &remainders), expected(&kept), "points and what is carried");
        }
        // Everything goes back: nothing is left, to the billionth.
        for (purchase, state) in &mut kept {
            return_of(purchase, state, &Returning::Everything, &mut remainders)?;
        }
        prop_assert!(remainders.is_empty(), "{remainders:?}");
        prop_assert!(had(&kept, &remainders).values().all(|left| *left == 0));
    }

    #[test]
    fn what_is_kept_exactly_lies_between_nothing_and_all(
        whole in any::<i64>(), amount in 1..u64::MAX, a in any::<u64>(), b in any::<u64>(),
    ) {
        let whole = i128::from(whole) * POINT;
        let (less, more) = (a.min(b).min(amount), a.max(b).min(amount));
        let (much, little) = (kept_exact(whole, amount, less), kept_exact(whole, amount, more));
        prop_assert!(little.abs() <= much.abs() && much.abs() <= whole.abs());
        prop_assert!(much * whole.signum() >= 0);
        prop_assert_eq!((kept_exact(whole, amount, 0), kept_exact(whole, amount, amount)), (whole, 0));
    }
}

/// Returns, where there is enough left to return.
fn return_of(
    purchase: &ReturnablePurchase,
    state: &mut ReturnState,
    returning: &Returning,
    remainders: &mut Remainders,
) -> Result<(), TestCaseError> {
    let Ok(plan) = plan(purchase, state, returning) else { return Ok(()) };
    for (promotion, taken) in plan.carried {
        prop_assert!(!taken.is_zero());
        remainders.set(promotion, remainders.of(promotion).checked_sub(taken).unwrap());
    }
    *state = serde_json::from_str(&serde_json::to_string(&plan.state).unwrap()).unwrap();
    Ok(())
}

/// What the customer has of each promotion: points that were not taken back, and what is carried.
fn had(kept: &[(ReturnablePurchase, ReturnState)], remainders: &Remainders) -> Had {
    let mut had: Had =
        remainders.iter().map(|(promotion, left)| (number(promotion), left.billionths().into())).collect();
    for (purchase, state) in kept {
        for (index, line) in purchase.lines.iter().enumerate() {
            let taken = state.line(index).applied;
            for (place, share) in line.applied.iter().enumerate() {
                let taken = taken.get(place).map_or(0, |points| points.get());
                *had.entry(number(share.promotion_id)).or_default() +=
                    i128::from(share.points.get() - taken) * POINT;
            }
        }
    }
    had.retain(|_, left| *left != 0);
    had
}

/// What the customer should have: of what each line was exactly worth the part that is not returned.
fn expected(kept: &[(ReturnablePurchase, ReturnState)]) -> Had {
    let mut expected = Had::new();
    for (purchase, state) in kept {
        for (index, line) in purchase.lines.iter().enumerate() {
            let (cost, returned) =
                (i128::from(line.amount.get()), i128::from(state.line(index).amount.get()));
            for share in line.applied.iter().filter(|_| cost > 0) {
                let carried = i128::from(share.carried.unwrap().billionths());
                let worth = i128::from(share.points.get()) * POINT + carried;
                *expected.entry(number(share.promotion_id)).or_default() += worth * (cost - returned) / cost;
            }
        }
    }
    expected.retain(|_, left| *left != 0);
    expected
}

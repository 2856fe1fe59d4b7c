//! What holds for every purchase and every sequence of returns.

use std::collections::BTreeMap;

use perennial_domain::points::Points;
use perennial_domain::returns::{
    GivenTenders, LinePaid, LinePart, ReturnPolicy, ReturnState, ReturnableLine, ReturnablePurchase,
    Returning, ReturningLine, Share, catch_up, plan,
};
use proptest::prelude::*;

use super::support::*;

fn shares() -> impl Strategy<Value = Vec<Share>> {
    proptest::collection::btree_map(1_u128..5, 0_i64..200, 0..4).prop_map(|shares| {
        let share =
            |(number, points)| Share { promotion_id: id(number), points: Points::new(points), carried: None };
        shares.into_iter().map(share).collect()
    })
}

/// What pays for a line: per cent that vouchers take off, then of the rest that points and cashback pay.
fn parts() -> impl Strategy<Value = [i64; 3]> {
    let part = || prop_oneof![3 => Just(0_i64), 3 => 1_i64..100, 1 => Just(100_i64)];
    [part(), part(), part()]
}

fn line_paid(cost: i64, [vouchers, points, cashback]: [i64; 3]) -> LinePaid {
    let left = cost - cost * vouchers / 100;
    let points = left * points / 100;
    let cashback = (left - points) * cashback / 100;
    LinePaid { money: amount(left - points - cashback), points: amount(points), cashback: amount(cashback) }
}

fn bought() -> impl Strategy<Value = ReturnablePurchase> {
    let line = (0_u64..6, prop_oneof![1 => Just(0_i64), 6 => 1..2_000_i64], shares(), parts()).prop_map(
        // Nothing is earned where nothing is paid.
        |(quantity, cost, applied, parts)| ReturnableLine {
            quantity,
            amount: amount(cost),
            paid: line_paid(cost, parts),
            applied: if cost > 0 { applied } else { Vec::new() },
        },
    );
    (proptest::collection::vec(line, 1..6), shares(), 1_i64..300).prop_map(|(lines, flat, points)| {
        let paid = lines.iter().any(|line| !line.amount.is_zero());
        let worth: i64 = lines.iter().map(|line| line.paid.points.get()).sum();
        let cashback = lines.iter().map(|line| line.paid.cashback.get()).sum();
        let points = Points::new(if worth > 0 { points } else { 0 });
        ReturnablePurchase {
            currency: "USD".parse().unwrap(),
            lines,
            flat: if paid { flat } else { Vec::new() },
            tenders: GivenTenders { points, cashback: amount(cashback) },
        }
    })
}

/// What of something that had paid for lines is back by now: each line for itself.
fn back_of(purchase: &ReturnablePurchase, state: &ReturnState, paid: fn(&LinePaid) -> i64) -> i64 {
    let line = |(index, line): (usize, &ReturnableLine)| {
        let (cost, returned) = (line.amount.get(), state.line(index).amount.get());
        let paid = paid(&line.paid);
        if cost > 0 { paid - paid * (cost - returned) / cost } else { 0 }
    };
    purchase.lines.iter().enumerate().map(line).sum()
}

fn returning() -> impl Strategy<Value = Returning> {
    let part = prop_oneof![
        1 => Just(LinePart::Everything),
        3 => (1_u64..4).prop_map(LinePart::Quantity),
        3 => (1_i64..800).prop_map(|minor_units| LinePart::Amount(amount(minor_units))),
    ];
    let line = (0_u64..6, part).prop_map(|(line, part)| ReturningLine { line, part });
    prop_oneof![
        4 => proptest::collection::vec(line, 1..3).prop_map(Returning::Lines),
        2 => (1_i64..1_500).prop_map(|minor_units| Returning::Amount(amount(minor_units))),
    ]
}

/// What is given in all, by promotion.
fn given(purchase: &ReturnablePurchase) -> BTreeMap<u128, i64> {
    let mut sums = BTreeMap::new();
    for share in purchase.lines.iter().flat_map(|line| &line.applied).chain(&purchase.flat) {
        *sums.entry(share.promotion_id.uuid().as_u128()).or_insert(0) += share.points.get();
    }
    sums.retain(|_, points| *points > 0);
    sums
}

/// What went back, as the plans told it.
#[derive(Debug, Default, PartialEq)]
struct Told {
    amount: i64,
    points: i64,
    promotions: BTreeMap<u128, i64>,
    tender_points: i64,
    tender_cashback: i64,
    paid_back: i64,
}

/// Does the returns that are not too much, and checks what each of them tells.
fn run(purchase: &ReturnablePurchase, returns: &[Returning]) -> Result<(ReturnState, Told), TestCaseError> {
    let (mut state, mut told) = (ReturnState::default(), Told::default());
    for returning in returns {
        let Ok(plan) = plan(purchase, &state, returning) else { continue };
        let lines = total(plan.lines.iter().map(|line| line.points));
        prop_assert_eq!(lines + plan.flat.get(), plan.points.get());
        prop_assert_eq!(total(plan.promotions.values().copied()), plan.points.get());
        prop_assert!(plan.promotions.values().all(|points| *points > Points::ZERO));
        prop_assert!(plan.lines.iter().all(|line| line.points >= Points::ZERO));
        prop_assert_eq!(plan.lines.iter().map(|line| line.amount.get()).sum::<i64>(), plan.amount.get());
        told.amount += plan.amount.get();
        told.points += plan.points.get();
        told.tender_points += plan.tenders.points.get();
        told.tender_cashback += plan.tenders.cashback.get();
        told.paid_back += plan.paid_back.get();
        prop_assert!(plan.paid_back <= plan.amount);
        let free = |line: &perennial_domain::returns::LineReturn| {
            purchase.lines[line.line].paid == LinePaid::default()
        };
        if plan.lines.iter().all(free) {
            let nothing = (amount(0), GivenTenders::default());
            prop_assert_eq!((plan.paid_back, plan.tenders), nothing, "what was free gives nothing back");
        }
        for (promotion, points) in plan.promotions {
            *told.promotions.entry(promotion.uuid().as_u128()).or_insert(0) += points.get();
        }
        state = serde_json::from_str(&serde_json::to_string(&plan.state).unwrap()).unwrap();
        prop_assert_eq!(state.amount().get(), told.amount);
        prop_assert_eq!(state.points().get(), told.points);
        prop_assert_eq!(told.paid_back, back_of(purchase, &state, |line| line.money.get()));
        prop_assert_eq!(told.tender_cashback, back_of(purchase, &state, |line| line.cashback.get()));
        prop_assert!(told.tender_points <= purchase.tenders.points.get());
        // Each line and the whole keep what the rule says, whatever steps led here.
        let (mut whole, mut back) = (0_i128, 0_i128);
        for (index, line) in purchase.lines.iter().enumerate() {
            let (cost, returned) =
                (i128::from(line.amount.get()), i128::from(state.line(index).amount.get()));
            let earned = i128::from(total(line.applied.iter().map(|share| share.points)));
            let taken = i128::from(total(state.line(index).applied));
            prop_assert!(returned <= cost && state.line(index).quantity <= line.quantity);
            if cost > 0 {
                prop_assert_eq!(earned - taken, earned * (cost - returned) / cost);
            }
            whole += cost;
            back += returned;
        }
        let flat = i128::from(total(purchase.flat.iter().map(|share| share.points)));
        let taken = i128::from(total(state.flat.iter().copied()));
        if whole > 0 {
            prop_assert_eq!(flat - taken, flat * (whole - back) / whole);
        }
    }
    Ok((state, told))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_024, ..ProptestConfig::default() })]

    #[test]
    fn returned_in_full_takes_back_exactly_everything(
        (purchase, mut returns) in (bought(), proptest::collection::vec(returning(), 0..12))
    ) {
        returns.push(Returning::Everything);
        let (state, told) = run(&purchase, &returns)?;
        prop_assert_eq!(told, Told {
            amount: purchase.lines.iter().map(|line| line.amount.get()).sum(),
            points: given(&purchase).values().sum(),
            promotions: given(&purchase),
            tender_points: purchase.tenders.points.get(),
            tender_cashback: purchase.tenders.cashback.get(),
            paid_back: purchase.lines.iter().map(|line| line.paid.money.get()).sum(),
        });
        for more in [Returning::Everything, Returning::Amount(amount(1))] {
            prop_assert!(plan(&purchase, &state, &more).is_err());
        }
        let line = Returning::Lines(vec![ReturningLine { line: 0, part: LinePart::Everything }]);
        prop_assert!(plan(&purchase, &state, &line).is_err());
    }

    #[test]
    fn never_more_than_the_purchase(
        (purchase, returns) in (bought(), proptest::collection::vec(returning(), 0..12))
    ) {
        let (_, told) = run(&purchase, &returns)?;
        let given = given(&purchase);
        prop_assert!(told.amount <= purchase.lines.iter().map(|line| line.amount.get()).sum());
        prop_assert!(told.points <= given.values().sum());
        for (promotion, points) in told.promotions {
            prop_assert!(points <= given[&promotion]);
        }
    }

    #[test]
    fn units_end_at_the_same_points_in_any_order(
        (purchase, order) in bought().prop_flat_map(|purchase| {
            let units: Vec<u64> = (0..)
                .zip(&purchase.lines)
                .flat_map(|(line, bought): (u64, &ReturnableLine)| vec![line; bought.quantity as usize])
                .collect();
            (Just(purchase), Just(units).prop_shuffle())
        }),
        stop in any::<prop::sample::Index>(),
    ) {
        let unit = |line: &u64| Returning::Lines(vec![ReturningLine { line: *line, part: LinePart::Quantity(1) }]);
        let order = &order[..stop.index(order.len() + 1)];
        let singly: Vec<_> = order.iter().map(unit).collect();
        let (state, told) = run(&purchase, &singly)?;
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        let mut at_once: BTreeMap<u64, u64> = BTreeMap::new();
        for line in &sorted {
            *at_once.entry(*line).or_default() += 1;
        }
        let parts = at_once.into_iter().map(|(line, units)| ReturningLine { line, part: LinePart::Quantity(units) });
        let (together, all) = run(&purchase, &[Returning::Lines(parts.collect())])?;
        let sums = |told: &Told| {
            let back = (told.tender_points, told.tender_cashback, told.paid_back);
            (told.amount, told.points, back)
        };
        prop_assert_eq!(sums(&told), sums(&all));
        for line in 0..purchase.lines.len() {
            prop_assert_eq!(state.line(line).amount, together.line(line).amount);
            prop_assert_eq!(total(state.line(line).applied), total(together.line(line).applied));
        }
    }

    #[test]
    fn a_refused_return_says_where(
        (purchase, returns) in (bought(), proptest::collection::vec(returning(), 1..12))
    ) {
        let mut state = ReturnState::default();
        for returning in &returns {
            match plan(&purchase, &state, returning) {
                Ok(plan) => state = plan.state,
                Err(error) => {
                    let errors = match error {
                        perennial_domain::returns::ReturnError::Invalid(errors) => errors,
                        perennial_domain::returns::ReturnError::Exceeds(exceeds) => exceeds.0,
                    };
                    prop_assert!(!errors.is_empty());
                    for error in errors {
                        let place = if matches!(returning, Returning::Amount(_)) { "/amount" } else { "/lines/" };
                        prop_assert!(error.pointer.starts_with(place), "{error}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_claim_after_returns_ends_where_returns_after_a_claim_do(
        (purchase, returns) in (bought(), proptest::collection::vec(returning(), 0..8))
    ) {
        let mut unclaimed = purchase.clone();
        unclaimed.flat.clear();
        unclaimed.lines.iter_mut().for_each(|line| line.applied.clear());
        let (before, nothing) = run(&unclaimed, &returns)?;
        prop_assert_eq!(nothing.points, 0);
        let (_, told) = run(&purchase, &returns)?;
        prop_assert_eq!(catch_up(&purchase, &before).points.get(), told.points);
    }

    #[test]
    fn a_split_adds_up_and_takes_what_is_there_first(
        reversed in 0_i64..500, pending in -50_i64..500, available in -500_i64..500,
        policy in proptest::sample::select(ReturnPolicy::ALL.to_vec()),
    ) {
        let split = policy.split(Points::new(reversed), Points::new(pending), Points::new(available));
        let parts = [split.pending, split.available, split.debt, split.absorbed];
        prop_assert!(parts.iter().all(|part| *part >= Points::ZERO));
        prop_assert_eq!(total(parts), reversed);
        prop_assert!(split.pending.get() <= pending.max(0) && split.available.get() <= available.max(0));
        if split.available > Points::ZERO {
            prop_assert_eq!(split.pending.get(), pending.max(0));
        }
        if split.debt > Points::ZERO || split.absorbed > Points::ZERO {
            prop_assert_eq!(split.available.get(), available.max(0));
        }
        prop_assert_eq!(split.absorbed.is_zero() || policy == ReturnPolicy::FloorZero, true);
        prop_assert_eq!(split.debt.is_zero() || policy != ReturnPolicy::FloorZero, true);
    }
}

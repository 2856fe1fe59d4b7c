//! What a return takes back.

use perennial_domain::points::Points;
use perennial_domain::returns::{
    GivenTenders, LinePaid, LinePart, ReturnError, ReturnPlan, ReturnPolicy, ReturnState, ReturnableLine,
    ReturnablePurchase, Returning, ReturningLine, ReversalSplit, Share, catch_up, plan,
};
use serde_json::json;

use super::support::*;

fn share(promotion: u128, points: i64) -> Share {
    Share { promotion_id: id(promotion), points: Points::new(points), carried: None }
}

fn line(quantity: u64, cost: i64, applied: &[(u128, i64)]) -> ReturnableLine {
    let applied = applied.iter().map(|(promotion, points)| share(*promotion, *points)).collect();
    let paid = LinePaid { money: amount(cost), ..LinePaid::default() };
    ReturnableLine { quantity, amount: amount(cost), paid, applied }
}

/// The same line with what paid for it in money, in points and in cashback; vouchers took off the rest.
fn paid(line: ReturnableLine, money: i64, points: i64, cashback: i64) -> ReturnableLine {
    let paid = LinePaid { money: amount(money), points: amount(points), cashback: amount(cashback) };
    ReturnableLine { paid, ..line }
}

/// G11: a pizza of $9.00 that a voucher made free, and something of $6.00 of which 200 points paid $2.00.
fn free_pizza() -> ReturnablePurchase {
    ReturnablePurchase {
        tenders: GivenTenders { points: Points::new(200), cashback: amount(0) },
        ..bought(vec![paid(line(1, 900, &[]), 0, 0, 0), paid(line(1, 600, &[(1, 400)]), 400, 200, 0)])
    }
}

fn bought(lines: Vec<ReturnableLine>) -> ReturnablePurchase {
    ReturnablePurchase {
        currency: "USD".parse().unwrap(),
        lines,
        flat: Vec::new(),
        tenders: GivenTenders::default(),
    }
}

fn units(line: u64, quantity: u64) -> Returning {
    Returning::Lines(vec![ReturningLine { line, part: LinePart::Quantity(quantity) }])
}

fn of_line(line: u64, minor_units: i64) -> Returning {
    Returning::Lines(vec![ReturningLine { line, part: LinePart::Amount(amount(minor_units)) }])
}

fn rest_of(line: u64) -> Returning {
    Returning::Lines(vec![ReturningLine { line, part: LinePart::Everything }])
}

fn of_all(minor_units: i64) -> Returning {
    Returning::Amount(amount(minor_units))
}

/// Does returns one after the other; each gives what it returned and took back.
fn returned(purchase: &ReturnablePurchase, returns: &[Returning]) -> (Vec<(i64, i64)>, ReturnState) {
    let mut state = ReturnState::default();
    let mut told = Vec::new();
    for returning in returns {
        let plan = plan(purchase, &state, returning).unwrap();
        told.push((plan.amount.get(), plan.points.get()));
        state = plan.state;
    }
    (told, state)
}

fn refused(purchase: &ReturnablePurchase, state: &ReturnState, returning: &Returning) -> Vec<String> {
    let errors = match plan(purchase, state, returning).unwrap_err() {
        ReturnError::Exceeds(exceeds) => exceeds.0,
        ReturnError::Invalid(errors) => errors,
    };
    errors.iter().map(|error| format!("{} {}: {}", error.pointer, error.code, error.detail)).collect()
}

#[test]
fn what_is_kept_is_rounded_down_of_all_that_was_returned() {
    // A line of $10.00 and 7 points: kept = floor(7 × (1000 − R) / 1000).
    let purchase = bought(vec![line(3, 1_000, &[(1, 7)])]);
    for (minor_units, taken) in
        [(1, 1), (142, 1), (143, 2), (285, 2), (286, 3), (857, 6), (858, 7), (1_000, 7)]
    {
        assert_eq!(
            returned(&purchase, &[of_line(0, minor_units)]).0,
            [(minor_units, taken)],
            "{minor_units}"
        );
    }
    // The second cent of a point that is gone takes nothing more.
    assert_eq!(returned(&purchase, &[of_line(0, 1), of_line(0, 1)]).0, [(1, 1), (1, 0)]);
}

#[test]
fn units_cost_their_part_and_the_last_one_the_rest() {
    // Three for $10.00: floor(1000 × k / 3) is 333, 666, 1000.
    let purchase = bought(vec![line(3, 1_000, &[(1, 10)])]);
    assert_eq!(
        returned(&purchase, &[units(0, 1), units(0, 1), units(0, 1)]).0,
        [(333, 4), (333, 3), (334, 3)]
    );
    assert_eq!(returned(&purchase, &[units(0, 2), units(0, 1)]).0, [(666, 7), (334, 3)]);
    assert_eq!(returned(&purchase, &[units(0, 3)]).0, [(1_000, 10)]);
}

#[test]
fn one_line_then_a_cent_then_the_rest() {
    // G9: three lines; one is returned, then $0.01, then what is left.
    let purchase = bought(vec![line(1, 500, &[(1, 50)]), line(2, 301, &[(1, 30)]), line(1, 199, &[(1, 19)])]);
    let (told, state) = returned(&purchase, &[units(1, 2), of_all(1), Returning::Everything]);
    assert_eq!(told, [(301, 30), (1, 1), (698, 68)]);
    assert_eq!((state.amount().get(), state.points().get()), (1_000, 99));
    assert_eq!(
        refused(&purchase, &state, &Returning::Everything),
        [" nothing_left: Nothing is left of the purchase to return"]
    );
}

#[test]
fn an_amount_is_spread_over_what_is_left_of_the_lines() {
    let purchase = bought(vec![line(1, 100, &[]), line(1, 200, &[]), line(1, 300, &[])]);
    let spread = |returns: &[Returning]| -> Vec<i64> {
        let (_, state) = returned(&purchase, returns);
        (0..3).map(|line| state.line(line).amount.get()).collect()
    };
    assert_eq!(spread(&[of_all(60)]), [10, 20, 30]);
    // 16.67, 33.33 and 50 of 100: the largest remainder gets the cent that is left over.
    assert_eq!(spread(&[of_all(100)]), [17, 33, 50]);
    // Nothing is left of the last line: 40 goes to the others alone.
    assert_eq!(spread(&[rest_of(2), of_all(30)]), [10, 20, 300]);
    assert_eq!(spread(&[of_all(60), of_all(540)]), [100, 200, 300]);
}

#[test]
fn units_and_amounts_of_a_line_add_up_to_no_more_than_the_line() {
    let purchase = bought(vec![line(4, 1_000, &[(1, 100)])]);
    // $1.00 off for a scratch, then all four come back: the dollar is not returned twice.
    assert_eq!(returned(&purchase, &[of_line(0, 100), units(0, 4)]).0, [(100, 10), (900, 90)]);
    assert_eq!(
        returned(&purchase, &[of_line(0, 100), units(0, 1), units(0, 3)]).0,
        [(100, 10), (250, 25), (650, 65)]
    );
    let (_, state) = returned(&purchase, &[units(0, 1), of_line(0, 750)]);
    assert_eq!(
        refused(&purchase, &state, &units(0, 1)),
        ["/lines/0/quantity exceeds_quantity: Only 0 units are left to return"],
        "nothing is left of the line, though three units were never named"
    );
}

#[test]
fn lines_without_units_return_whole_or_by_amount() {
    let purchase = bought(vec![line(0, 1_000, &[(1, 10)]), line(1, 500, &[(1, 5)])]);
    assert_eq!(returned(&purchase, &[rest_of(0)]).0, [(1_000, 10)]);
    assert_eq!(returned(&purchase, &[of_line(0, 100), rest_of(0)]).0, [(100, 1), (900, 9)]);
    assert_eq!(
        refused(&purchase, &ReturnState::default(), &units(0, 1)),
        ["/lines/0/quantity no_quantity: The line has no units; return the whole of it, or an amount"]
    );
}

#[test]
fn lines_that_cost_nothing_return_by_their_units() {
    let purchase = bought(vec![line(2, 0, &[]), line(1, 500, &[(1, 5)])]);
    let (told, state) = returned(&purchase, &[units(0, 1), units(0, 1), rest_of(1)]);
    assert_eq!(told, [(0, 0), (0, 0), (500, 5)]);
    assert_eq!(
        refused(&purchase, &state, &rest_of(0)),
        ["/lines/0 nothing_left: Nothing is left of this line to return"]
    );
    let plan = plan(&purchase, &ReturnState::default(), &Returning::Everything).unwrap();
    assert!(plan.complete);
    assert_eq!(plan.lines.iter().map(|line| line.quantity).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn too_much_is_refused_where_it_is_said() {
    let purchase = bought(vec![line(3, 1_000, &[(1, 10)]), line(2, 500, &[])]);
    let (_, state) = returned(&purchase, &[units(0, 2)]);
    let table = [
        (units(0, 2), vec!["/lines/0/quantity exceeds_quantity: Only 1 unit is left to return"]),
        (of_line(0, 335), vec!["/lines/0/amount exceeds_amount: Only $3.34 is left to return"]),
        (of_all(835), vec!["/amount exceeds_amount: Only $8.34 is left to return"]),
        (units(9, 1), vec!["/lines/0/line unknown_line: The purchase has no such line"]),
        (units(u64::MAX, 1), vec!["/lines/0/line unknown_line: The purchase has no such line"]),
        (units(1, u64::MAX), vec!["/lines/0/quantity exceeds_quantity: Only 2 units are left to return"]),
        (
            Returning::Lines(vec![
                ReturningLine { line: 1, part: LinePart::Quantity(1) },
                ReturningLine { line: 0, part: LinePart::Quantity(3) },
                ReturningLine { line: 1, part: LinePart::Amount(amount(251)) },
            ]),
            vec![
                "/lines/1/quantity exceeds_quantity: Only 1 unit is left to return",
                "/lines/2/amount exceeds_amount: Only $2.50 is left to return",
            ],
        ),
    ];
    for (returning, expected) in table {
        assert_eq!(refused(&purchase, &state, &returning), expected);
    }
    assert_eq!(
        returned(&purchase, &[units(0, 2), units(0, 1), of_all(500)]).0.len(),
        3,
        "exactly what is left is not"
    );
}

#[test]
fn flat_points_go_back_with_the_whole_and_tenders_with_their_lines() {
    let purchase = ReturnablePurchase {
        flat: vec![share(2, 50), share(3, 51)],
        tenders: GivenTenders { points: Points::new(200), cashback: amount(75) },
        ..bought(vec![
            paid(line(1, 750, &[(1, 75)]), 544, 150, 56),
            paid(line(1, 250, &[(1, 25)]), 181, 50, 19),
        ])
    };
    let first = plan(&purchase, &ReturnState::default(), &rest_of(1)).unwrap();
    // A quarter: 25 of the line; of 101 flat points 75 are kept.
    assert_eq!((first.points.get(), first.flat.get()), (51, 26));
    assert_eq!(first.tenders, GivenTenders { points: Points::new(50), cashback: amount(19) });
    assert_eq!(first.paid_back, amount(181));
    assert!(!first.complete);
    let second = plan(&purchase, &first.state, &rest_of(0)).unwrap();
    assert_eq!((second.points.get(), second.flat.get()), (150, 75));
    assert_eq!(second.tenders, GivenTenders { points: Points::new(150), cashback: amount(56) });
    assert_eq!(second.paid_back, amount(544));
    assert!(second.complete);
}

#[test]
fn a_line_that_was_free_pays_nothing_back() {
    let purchase = free_pizza();
    let told = |returns: &[Returning]| {
        let mut state = ReturnState::default();
        let mut told = Vec::new();
        for returning in returns {
            let plan = plan(&purchase, &state, returning).unwrap();
            told.push((plan.paid_back.get(), plan.tenders.points.get(), plan.points.get()));
            state = serde_json::from_value(serde_json::to_value(plan.state).unwrap()).unwrap();
        }
        told
    };
    assert_eq!(told(&[rest_of(0), rest_of(1)]), [(0, 0, 0), (400, 200, 400)]);
    assert_eq!(told(&[rest_of(1), rest_of(0)]), [(400, 200, 400), (0, 0, 0)]);
    assert_eq!(told(&[Returning::Everything]), [(400, 200, 400)]);
    // A half of the other one; then a dollar of the pizza, and what is left.
    let steps = [of_line(1, 300), of_line(0, 100), Returning::Everything];
    assert_eq!(told(&steps), [(200, 100, 200), (0, 0, 0), (200, 100, 200)]);
    // By amount, a cent of $15.00 is one of the pizza.
    assert_eq!(told(&[of_all(1), Returning::Everything]), [(0, 0, 0), (400, 200, 400)]);
}

#[test]
fn points_go_back_as_what_they_were_worth_does() {
    // Seven points were worth $1.00, two thirds of it on the first line.
    let purchase = ReturnablePurchase {
        tenders: GivenTenders { points: Points::new(7), cashback: amount(0) },
        ..bought(vec![paid(line(1, 200, &[]), 133, 67, 0), paid(line(1, 100, &[]), 67, 33, 0)])
    };
    let first = plan(&purchase, &ReturnState::default(), &rest_of(1)).unwrap();
    // Of seven, floor(7 × 67 / 100) are kept.
    assert_eq!((first.tenders.points.get(), first.paid_back.get()), (3, 67));
    let second = plan(&purchase, &first.state, &rest_of(0)).unwrap();
    assert_eq!((second.tenders.points.get(), second.paid_back.get()), (4, 133));
}

#[test]
fn what_was_paid_back_by_share_of_the_whole_is_not_paid_back_again() {
    let purchase = free_pizza();
    let returned_before = |lines: serde_json::Value| -> ReturnState {
        serde_json::from_value(json!({"lines": lines, "tender_points": 120})).unwrap()
    };
    // $2.40 and 120 points of the pizza, which was free.
    let state = returned_before(json!([{"amount": 900, "quantity": 1}]));
    let rest = plan(&purchase, &state, &Returning::Everything).unwrap();
    assert_eq!((rest.paid_back.get(), rest.tenders.points.get()), (160, 80));
    // $1.60 of what had cost $4.00: the rest comes with what is returned, never more than that.
    let state = returned_before(json!([{}, {"amount": 600, "quantity": 1}]));
    let cent = plan(&purchase, &state, &of_all(1)).unwrap();
    assert_eq!(cent.paid_back.get(), 1);
    let rest = plan(&purchase, &cent.state, &Returning::Everything).unwrap();
    assert_eq!(rest.paid_back.get(), 239);
}

#[test]
fn promotions_get_back_exactly_their_own() {
    let purchase = ReturnablePurchase {
        flat: vec![share(3, 10)],
        ..bought(vec![line(3, 900, &[(1, 6), (2, 6), (3, 2)])])
    };
    let mut state = ReturnState::default();
    let mut told = Vec::new();
    for _ in 0..3 {
        let plan = plan(&purchase, &state, &units(0, 1)).unwrap();
        let by_promotion: Vec<_> =
            plan.promotions.iter().map(|(id, points)| (id.uuid().as_u128(), points.get())).collect();
        assert_eq!(total(plan.promotions.values().copied()), plan.points.get());
        told.push(by_promotion);
        state = plan.state;
    }
    // 5 of 14 are 2.14, 2.14 and 0.71; what is left is shared by what each has left.
    assert_eq!(
        told,
        [vec![(1, 2), (2, 2), (3, 1 + 4)], vec![(1, 2), (2, 2), (3, 1 + 3)], vec![(1, 2), (2, 2), (3, 3)],]
    );
}

#[test]
fn a_claim_takes_back_what_was_returned_before_it() {
    let unclaimed = bought(vec![line(2, 1_000, &[]), line(1, 500, &[])]);
    let (told, state) = returned(&unclaimed, &[units(0, 1)]);
    assert_eq!(told, [(500, 0)]);
    let claimed = ReturnablePurchase {
        flat: vec![share(2, 30)],
        ..bought(vec![line(2, 1_000, &[(1, 101)]), line(1, 500, &[(1, 50)])])
    };
    let late = catch_up(&claimed, &state);
    assert_eq!((late.amount.get(), late.points.get(), late.flat.get()), (0, 61, 10));
    assert_eq!(catch_up(&claimed, &late.state).points, Points::ZERO, "once is enough");
    let rest = plan(&claimed, &late.state, &Returning::Everything).unwrap();
    assert_eq!(late.points.get() + rest.points.get(), 181);
}

#[test]
fn the_state_is_small_and_survives_json() {
    let purchase =
        bought(vec![line(1, 100, &[(1, 10)]), line(1, 200, &[(1, 20), (2, 3)]), line(1, 300, &[])]);
    let (_, state) = returned(&purchase, &[rest_of(1)]);
    let json = serde_json::to_value(&state).unwrap();
    assert_eq!(json, json!({"lines": [{}, {"amount": 200, "quantity": 1, "applied": [20, 3]}]}));
    assert_eq!(serde_json::from_value::<ReturnState>(json).unwrap(), state);
    assert_eq!(serde_json::to_value(ReturnState::default()).unwrap(), json!({}));
}

#[test]
fn a_state_that_cannot_be_true_takes_back_no_more_than_there_is() {
    let purchase = bought(vec![line(1, 100, &[(1, 10)])]);
    let state: ReturnState = serde_json::from_value(
        json!({"lines": [{"amount": 900, "quantity": 9, "applied": [90, 9]}, {"amount": 5}]}),
    )
    .unwrap();
    assert_eq!(catch_up(&purchase, &state).points, Points::ZERO);
    assert!(plan(&purchase, &state, &Returning::Everything).is_err());
}

#[test]
fn the_policy_decides_what_becomes_of_spent_points() {
    let split = |policy: ReturnPolicy, pending, available| {
        let ReversalSplit { pending, available, debt, absorbed } =
            policy.split(Points::new(100), Points::new(pending), Points::new(available));
        (pending.get(), available.get(), debt.get(), absorbed.get())
    };
    let table = [
        // Enough of everything: what waits goes first.
        (300, 300, (100, 0, 0, 0), (100, 0, 0, 0)),
        (100, 0, (100, 0, 0, 0), (100, 0, 0, 0)),
        (40, 60, (40, 60, 0, 0), (40, 60, 0, 0)),
        (0, 100, (0, 100, 0, 0), (0, 100, 0, 0)),
        // Spent already.
        (40, 59, (40, 59, 1, 0), (40, 59, 0, 1)),
        (0, 0, (0, 0, 100, 0), (0, 0, 0, 100)),
        // Something is owed from before.
        (0, -20, (0, 0, 100, 0), (0, 0, 0, 100)),
        (30, -20, (30, 0, 70, 0), (30, 0, 0, 70)),
    ];
    for (pending, available, owed, absorbed) in table {
        for policy in [ReturnPolicy::AllowNegative, ReturnPolicy::PendingUntilReturnWindow] {
            assert_eq!(split(policy, pending, available), owed, "{policy:?} {pending} {available}");
        }
        assert_eq!(split(ReturnPolicy::FloorZero, pending, available), absorbed, "{pending} {available}");
    }
    let nothing = ReturnPolicy::AllowNegative.split(Points::ZERO, Points::new(5), Points::new(5));
    assert_eq!(nothing, ReversalSplit::default());
}

#[test]
fn policies_have_words() {
    for policy in ReturnPolicy::ALL {
        assert_eq!(policy.as_str().parse(), Ok(policy));
        assert_eq!(serde_json::to_value(policy).unwrap(), policy.as_str());
    }
    assert!("never".parse::<ReturnPolicy>().is_err());
}

#[test]
fn the_largest_purchase_can_be_returned() {
    let most = 9_007_199_254_740_991;
    let purchase = bought(vec![line(u64::MAX, most, &[(1, most)])]);
    let half = plan(&purchase, &ReturnState::default(), &units(0, u64::MAX / 2)).unwrap();
    assert_eq!(half.points.get(), most / 2);
    let ReturnPlan { points, complete, .. } = plan(&purchase, &half.state, &Returning::Everything).unwrap();
    assert_eq!((points.get(), complete), (most / 2 + 1, true));
}

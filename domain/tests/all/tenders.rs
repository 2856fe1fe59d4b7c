//! Vouchers, points and cashback within a purchase.

use perennial_domain::codes::VoucherCode;
use perennial_domain::ids::RetailerId;
use perennial_domain::money::Amount;
use perennial_domain::points::Points;
use perennial_domain::purchase::{CustomerComparison, PurchaseInput, differences};
use perennial_domain::rewards::RewardKind;
use perennial_domain::settings::PointValue;
use perennial_domain::tender::{
    MAX_VOUCHERS, PointsTender, PointsTenderError, SettleError, Settlement, UnsettledLine, settle,
};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::support::*;

fn voucher(number: u8, kind: RewardKind) -> (VoucherCode, RewardKind) {
    (VoucherCode::from_random([number; 10]), kind)
}

fn off(minor_units: i64) -> RewardKind {
    RewardKind::MoneyOff(amount(minor_units))
}

fn part(part: &str) -> RewardKind {
    RewardKind::Percent(part.parse().unwrap())
}

fn free(sku: &str) -> RewardKind {
    RewardKind::FreeProduct(sku.parse().unwrap())
}

fn line(product: &str, quantity: u64, due: i64) -> UnsettledLine<'_> {
    UnsettledLine { product: Some(product), quantity, due: amount(due) }
}

fn settled(
    lines: &[UnsettledLine<'_>],
    kinds: Vec<RewardKind>,
    points: i64,
    cashback: i64,
) -> Result<Settlement, SettleError> {
    let vouchers: Vec<_> = (1..).zip(kinds).map(|(number, kind)| voucher(number, kind)).collect();
    settle(lines, &vouchers, amount(points), amount(cashback))
}

fn paid(settlement: &Settlement) -> Vec<i64> {
    settlement.lines.iter().map(|line| line.paid.get()).collect()
}

fn taken(settlement: &Settlement) -> Vec<i64> {
    settlement.vouchers.iter().map(|voucher| voucher.amount.get()).collect()
}

#[test]
fn shared_parts_are_split_by_largest_remainder() {
    let lines = [line("A", 1, 100), line("B", 1, 100), line("C", 1, 100)];
    let money = settled(&lines, vec![off(100)], 0, 0).unwrap();
    assert_eq!((paid(&money), money.paid.get()), (vec![66, 67, 67], 200));
    let tenders = settled(&lines, vec![], 100, 50).unwrap();
    let parts: Vec<_> =
        tenders.lines.iter().map(|line| (line.points.get(), line.cashback.get(), line.paid.get())).collect();
    assert_eq!(parts, [(34, 16, 50), (33, 17, 50), (33, 17, 50)]);
    let percent = settled(&[line("A", 1, 333), line("B", 1, 0)], vec![part("0.1")], 0, 0).unwrap();
    assert_eq!((paid(&percent), taken(&percent)), (vec![300, 0], vec![33]));
}

#[test]
fn free_products_go_first_and_money_off_last() {
    let lines = [line("PINT", 2, 1_000), line("TOAST", 1, 1_000)];
    let all = settled(&lines, vec![off(100), part("0.5"), free("PINT")], 0, 0).unwrap();
    assert_eq!(taken(&all), [100, 750, 500], "in the order in which they were sent");
    assert_eq!(all.paid.get(), 650);
    let more = settled(&lines, vec![off(5_000)], 0, 0).unwrap();
    assert_eq!((taken(&more), more.paid.get()), (vec![2_000], 0));
}

#[test]
fn a_free_product_is_one_unit_of_the_dearest_line() {
    let lines = [line("PINT", 3, 1_000), line("PINT", 1, 400), line("TOAST", 1, 900)];
    let one = settled(&lines, vec![free("PINT")], 0, 0).unwrap();
    assert_eq!(paid(&one), [1_000, 0, 900]);
    // Units of one line add up to the line, whatever their rounding: 333, 333, 334.
    let four = settled(&lines, vec![free("PINT"), free("PINT"), free("PINT"), free("PINT")], 0, 0).unwrap();
    assert_eq!((taken(&four), paid(&four)), (vec![400, 333, 333, 334], vec![0, 0, 900]));
    // By weight, there is no unit but the whole.
    let weighed = settled(&[line("HAM", 0, 777)], vec![free("HAM")], 0, 0).unwrap();
    assert_eq!(weighed.paid, Amount::ZERO);
}

#[test]
fn nothing_is_used_up_for_nothing() {
    let lines = [line("A", 1, 100)];
    let refused = |kinds, points, cashback| match settled(&lines, kinds, points, cashback).unwrap_err() {
        SettleError::UselessVoucher { index, reason } => (Some(index), reason.to_owned()),
        error => (None, error.to_string()),
    };
    let left = "Nothing is left to pay that it could take off";
    assert_eq!(
        refused(vec![off(60), free("B")], 0, 0),
        (Some(1), "Its product is not in this purchase".to_owned())
    );
    assert_eq!(refused(vec![off(60), off(60), off(1)], 0, 0), (Some(2), left.to_owned()));
    assert_eq!(refused(vec![free("A"), free("A")], 0, 0), (Some(1), left.to_owned()));
    assert_eq!(refused(vec![part("0.001")], 0, 0), (Some(0), left.to_owned()));
    assert_eq!(
        refused(vec![RewardKind::VoucherPool], 0, 0),
        (Some(0), "Is not good for money; use it on its own".to_owned())
    );
    assert_eq!(
        refused(vec![off(60)], 30, 11),
        (None, "the tenders come to 41, and only 40 is left to pay".to_owned())
    );
    assert_eq!(settled(&lines, vec![off(60)], 30, 10).unwrap().paid, Amount::ZERO);
    let largest = line("A", 1, Amount::MAX.get());
    assert_eq!(settled(&[largest, largest], vec![], 0, 0), Err(SettleError::Overflow));
}

#[test]
fn points_pay_what_they_are_worth_and_never_for_nothing() {
    let value =
        |points, minor_units| Some(PointValue { points: Points::new(points), amount: amount(minor_units) });
    let tender = |points, value| {
        PointsTender::new(Points::new(points), value).map(|tender| (tender.points.get(), tender.amount.get()))
    };
    assert_eq!(tender(500, value(100, 100)), Ok((500, 500)));
    assert_eq!(tender(10, value(3, 1)), Ok((9, 3)));
    assert_eq!(tender(7, value(2, 3)), Ok((7, 10)));
    assert_eq!(tender(1, value(1, 25)), Ok((1, 25)));
    assert_eq!(tender(2, value(3, 1)), Err(PointsTenderError::TooFew { least: Points::new(3) }));
    assert_eq!(tender(0, None), Ok((0, 0)));
    assert_eq!(tender(1, None), Err(PointsTenderError::NoPointValue));
    assert_eq!(tender(2, value(1, Amount::MAX.get())), Err(PointsTenderError::TooMany));
}

fn tendered(vouchers: &[&str], points: Option<i64>, cashback: Option<i64>) -> PurchaseInput {
    let mut input: PurchaseInput =
        serde_json::from_value(json!({"transaction_id": "1", "currency": "USD", "amount": 100})).unwrap();
    input.vouchers = vouchers.iter().map(|&code| code.to_owned()).collect();
    input.pay_with_points = points;
    input.pay_with_cashback = cashback;
    input
}

#[test]
fn what_a_till_says_is_checked() {
    let tenders =
        tendered(&["summer-26", "7f3a-9c02-xk41-p0qz"], Some(5), Some(0)).check(None).unwrap().tenders;
    let codes: Vec<_> = tenders.vouchers.iter().map(VoucherCode::as_str).collect();
    assert_eq!(codes, ["SUMMER-26", "7F3A9C02XK41P0QZ"]);
    assert_eq!((tenders.points, tenders.cashback), (Points::new(5), Amount::ZERO));
    assert!(tendered(&[], Some(0), None).check(None).unwrap().tenders.is_empty());
    let wrong = |input: PurchaseInput| -> Vec<(String, String)> {
        let errors = input.check(None).unwrap_err();
        errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect()
    };
    let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    assert_eq!(wrong(tendered(&["A", ""], None, None)), one("/vouchers/1", "required"));
    assert_eq!(wrong(tendered(&["a", " A"], None, None)), one("/vouchers/1", "duplicate"));
    assert_eq!(wrong(tendered(&["A"; MAX_VOUCHERS + 1], None, None)), one("/vouchers", "too_many"));
    assert_eq!(wrong(tendered(&[], Some(-1), None)), one("/pay_with_points", "out_of_range"));
    assert_eq!(wrong(tendered(&[], None, Some(-1))), one("/pay_with_cashback", "out_of_range"));
}

#[test]
fn tenders_are_part_of_what_a_purchase_says() {
    let content =
        |input: PurchaseInput| input.check(None).unwrap().content(RetailerId::from_uuid(Uuid::from_u128(7)));
    let between = |stored, received| {
        let found = differences(&content(stored), &content(received), CustomerComparison::Same);
        found.iter().map(|difference| serde_json::to_value(difference).unwrap()).collect::<Vec<_>>()
    };
    let plain = || tendered(&[], None, None);
    assert!(between(plain(), tendered(&[], Some(0), Some(0))).is_empty());
    assert!(between(tendered(&["abc"], Some(5), None), tendered(&["ABC"], Some(5), None)).is_empty());
    assert_eq!(
        between(plain(), tendered(&["abc"], Some(5), Some(7))),
        [
            json!({"pointer": "/vouchers/0", "received": "ABC"}),
            json!({"pointer": "/pay_with_points", "stored": 0, "received": 5}),
            json!({"pointer": "/pay_with_cashback", "stored": 0, "received": 7}),
        ]
    );
    assert_eq!(
        between(tendered(&["a", "b"], None, None), tendered(&["b"], None, None)),
        [
            json!({"pointer": "/vouchers/0", "stored": "A", "received": "B"}),
            json!({"pointer": "/vouchers/1", "stored": "B"}),
        ]
    );
}

#[test]
fn tenders_are_fields_of_a_purchase() {
    let mut body = json!({"transaction_id": "1", "currency": "USD", "amount": 100});
    let plain: PurchaseInput = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(serde_json::to_value(&plain).unwrap(), body, "what is not there is not written");
    body["vouchers"] = json!(["A"]);
    body["pay_with_points"] = json!(5);
    body["pay_with_cashback"] = json!(7);
    let paid: PurchaseInput = serde_json::from_value(body.clone()).unwrap();
    assert_eq!((paid.pay_with_points, paid.pay_with_cashback), (Some(5), Some(7)));
    assert_eq!(serde_json::to_value(&paid).unwrap(), body);
}

fn kind() -> impl Strategy<Value = RewardKind> {
    prop_oneof![
        (1_i64..400).prop_map(off),
        (1_u32..=100).prop_map(|percent| part(&format!("{}.{:02}", percent / 100, percent % 100))),
        proptest::sample::select(vec!["A", "B"]).prop_map(free),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_minor_unit_is_somewhere(
        lines in proptest::collection::vec((0_usize..3, 0_u64..4, 0_i64..2_000), 0..6),
        kinds in proptest::collection::vec(kind(), 0..4),
        points in 0_i64..600,
        cashback in 0_i64..600,
    ) {
        let lines: Vec<_> = lines.into_iter().map(|(name, quantity, due)| {
            line(["A", "B", "C"][name], quantity, due)
        }).collect();
        let Ok(settlement) = settled(&lines, kinds, points, cashback) else { return Ok(()) };
        let sum = |part: fn(&perennial_domain::tender::SettledLine) -> Amount| -> i64 {
            settlement.lines.iter().map(|line| part(line).get()).sum()
        };
        for (before, after) in lines.iter().zip(&settlement.lines) {
            prop_assert_eq!(before.due, after.due);
            let parts = [after.vouchers, after.points, after.cashback, after.paid];
            prop_assert_eq!(Amount::checked_sum(parts), Some(after.due));
        }
        prop_assert_eq!(settlement.lines.len(), lines.len());
        prop_assert_eq!(sum(|line| line.points), points);
        prop_assert_eq!(sum(|line| line.cashback), cashback);
        prop_assert_eq!(sum(|line| line.paid), settlement.paid.get());
        prop_assert_eq!(sum(|line| line.vouchers), taken(&settlement).iter().sum::<i64>());
        prop_assert!(taken(&settlement).iter().all(|amount| *amount > 0));
    }

    #[test]
    fn points_are_worth_what_they_pay(points in 1_i64..100_000, unit in 1_i64..1_000, worth in 1_i64..1_000) {
        let value = PointValue { points: Points::new(unit), amount: amount(worth) };
        match PointsTender::new(Points::new(points), Some(value)) {
            Ok(tender) => {
                let spent = tender.points.get();
                prop_assert_eq!(tender.amount.get(), points * worth / unit);
                prop_assert_eq!(spent * worth / unit, tender.amount.get());
                prop_assert!(spent <= points && (spent - 1) * worth / unit < tender.amount.get());
            }
            Err(error) => {
                prop_assert_eq!(points * worth / unit, 0);
                let least = PointsTenderError::TooFew { least: Points::new((unit + worth - 1) / worth) };
                prop_assert_eq!(error, least);
            }
        }
    }
}

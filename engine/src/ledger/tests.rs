use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const CUSTOMER: Uuid = Uuid::from_u128(7);

fn day(number: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(2027, 1, number)
}

fn ledger() -> Ledger {
    Ledger {
        merchant: MerchantId::from_uuid(Uuid::from_u128(1)),
        now: DateTime::UNIX_EPOCH,
        holders: [(CustomerId::from_uuid(CUSTOMER), Holder::default())].into(),
        entries: Vec::new(),
    }
}

fn post(
    ledger: &mut Ledger,
    kind: PostingKind,
    movements: impl FnOnce(&mut Posting<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let id = Uuid::from_u128(ledger.entries.len() as u128 + 100);
    let mut posting = ledger.posting(kind, id, CustomerId::from_uuid(CUSTOMER), None)?;
    movements(&mut posting)?;
    posting.done();
    Ok(())
}

fn holder(ledger: &Ledger) -> &Holder {
    ledger.balance(CustomerId::from_uuid(CUSTOMER)).unwrap()
}

#[test]
fn what_goes_first_is_spent_first_and_comes_back_to_where_it_was() {
    let mut ledger = ledger();
    post(&mut ledger, PostingKind::Adjustment, |posting| {
        posting.give_back(Side::Adjusted, &[(None, 50), (day(20), 30), (day(10), 20)])
    })
    .unwrap();
    let mut taken = Lots::new();
    post(&mut ledger, PostingKind::Redemption, |posting| {
        taken = posting.debit(Side::Reserved, 60, Shortfall::Refuse)?;
        Ok(())
    })
    .unwrap();
    assert_eq!(taken, [(day(10), 20), (day(20), 30), (None, 10)]);
    assert_eq!((holder(&ledger).available, holder(&ledger).reserved), (40, 60));
    assert_eq!(holder(&ledger).lots(), [(None, 40)]);
    post(&mut ledger, PostingKind::Release, |posting| posting.give_back(Side::Reserved, &taken)).unwrap();
    assert_eq!(holder(&ledger).lots(), [(day(10), 20), (day(20), 30), (None, 50)]);
    assert_eq!((holder(&ledger).reserved, holder(&ledger).sequence), (0, 3));
}

#[test]
fn a_return_takes_from_the_lot_of_its_purchase_before_all_others() {
    let mut ledger = ledger();
    post(&mut ledger, PostingKind::Adjustment, |posting| {
        posting.give_back(Side::Adjusted, &[(day(10), 20), (day(20), 30), (None, 50)])
    })
    .unwrap();
    let mut taken = Lots::new();
    post(&mut ledger, PostingKind::Return, |posting| {
        // A lot that was never there, the one of the purchase, and the same once more.
        let own = [day(15), day(20), day(20)];
        taken = posting.debit_preferring(Side::Issued, 45, &own, Shortfall::Debt)?;
        Ok(())
    })
    .unwrap();
    assert_eq!(taken, [(day(20), 30), (day(10), 15)]);
    assert_eq!(holder(&ledger).lots(), [(day(10), 5), (None, 50)]);
    post(&mut ledger, PostingKind::Return, |posting| {
        taken = posting.debit_preferring(Side::Issued, 60, &[None], Shortfall::Debt)?;
        Ok(())
    })
    .unwrap();
    assert_eq!(taken, [(None, 50), (day(10), 5)]);
    assert_eq!((holder(&ledger).available, holder(&ledger).debt), (-5, 5));
}

#[test]
fn who_has_too_little_is_refused_or_owes_and_repays_first() {
    let mut ledger = ledger();
    post(&mut ledger, PostingKind::Adjustment, |posting| posting.credit(Side::Adjusted, 30, day(3))).unwrap();
    let refused = post(&mut ledger, PostingKind::Redemption, |posting| {
        posting.debit(Side::Redeemed, 31, Shortfall::Refuse).map(drop)
    });
    assert!(matches!(refused, Err(Error::Conflict { code: "insufficient_points", .. })), "{refused:?}");
    post(&mut ledger, PostingKind::Return, |posting| {
        posting.debit(Side::Issued, 100, Shortfall::Debt).map(drop)
    })
    .unwrap();
    assert_eq!((holder(&ledger).available, holder(&ledger).debt, holder(&ledger).lifetime), (-70, 70, -100));
    assert!(holder(&ledger).lots().is_empty());
    post(&mut ledger, PostingKind::Adjustment, |posting| posting.credit(Side::Adjusted, 90, None)).unwrap();
    assert_eq!((holder(&ledger).available, holder(&ledger).debt), (20, 0));
    assert_eq!(holder(&ledger).lots(), [(None, 20)]);
}

#[test]
fn nothing_less_than_nothing_and_more_than_there_is_are_defects() {
    type Movement = fn(&mut Posting<'_>) -> Result<(), Error>;
    let wrong: [Movement; 5] = [
        |posting| posting.credit(Side::Issued, 0, None),
        |posting| posting.credit(Side::Issued, -1, None),
        |posting| posting.shift(Side::Pending, Side::Issued, 1),
        |posting| posting.shift(Side::Reserved, Side::Redeemed, 1),
        |posting| posting.debit_lots(Side::Expired, &[(day(1), 1)]),
    ];
    for movement in wrong {
        let refused = post(&mut ledger(), PostingKind::Adjustment, movement);
        assert!(matches!(refused, Err(Error::Inconsistent(_))), "{refused:?}");
    }
    let too_much = post(&mut ledger(), PostingKind::Adjustment, |posting| {
        posting.credit(Side::Adjusted, i64::MAX, None)
    });
    assert!(matches!(too_much, Err(Error::Conflict { code: "overflow", .. })), "{too_much:?}");
}

#[test]
fn a_merge_moves_everything_and_what_one_owes_the_other_repays() {
    let other = CustomerId::from_uuid(Uuid::from_u128(8));
    let own = CustomerId::from_uuid(CUSTOMER);
    let (out, back) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut ledger = ledger();
    post(&mut ledger, PostingKind::Adjustment, |posting| {
        posting.give_back(Side::Adjusted, &[(day(10), 20), (day(20), 30), (None, 50)])?;
        posting.shift(Side::Adjusted, Side::Pending, 7)?;
        posting.debit(Side::Reserved, 5, Shortfall::Refuse).map(drop)
    })
    .unwrap();
    ledger.holders.insert(other, Holder::default());
    let mut before = ledger.posting(PostingKind::Return, Uuid::from_u128(3), other, None).unwrap();
    before.debit(Side::Issued, 40, Shortfall::Debt).unwrap();
    before.done();

    let had = ledger.merge(own, other, out, back).unwrap();
    assert_eq!((had.available, had.pending, had.reserved, had.debt), (95, 7, 5, 0));
    let gone = ledger.balance(own).unwrap();
    assert_eq!((gone.available, gone.pending, gone.reserved, gone.debt), (0, 0, 0, 0));
    assert!(gone.lots().is_empty());
    // 15 of the first and 25 of the next have repaid the debt.
    let stays = ledger.balance(other).unwrap();
    assert_eq!((stays.available, stays.pending, stays.reserved, stays.debt), (55, 7, 5, 0));
    assert_eq!(stays.lots(), [(day(20), 5), (None, 50)]);
    assert_eq!(stays.lifetime, -40);
    for posting in [out, back] {
        let entries = ledger.entries.iter().filter(|entry| entry.posting == posting);
        assert_eq!(entries.map(|entry| entry.amount).sum::<i64>(), 0);
    }
    let merchant: i64 = ledger
        .entries
        .iter()
        .filter(|entry| entry.kind == PostingKind::Merge && entry.customer.is_none())
        .map(|entry| entry.amount)
        .sum();
    assert_eq!(merchant, 0);
}

#[test]
fn a_merge_of_who_owes_takes_what_goes_first_and_owes_the_rest() {
    let other = CustomerId::from_uuid(Uuid::from_u128(8));
    let own = CustomerId::from_uuid(CUSTOMER);
    for (has, available, debt, lots) in [(30, -10, 10, vec![]), (70, 30, 0, vec![(None, 30)])] {
        let mut ledger = ledger();
        post(&mut ledger, PostingKind::Return, |posting| {
            posting.debit(Side::Issued, 40, Shortfall::Debt).map(drop)
        })
        .unwrap();
        ledger.holders.insert(other, Holder::default());
        let mut before = ledger.posting(PostingKind::Adjustment, Uuid::from_u128(3), other, None).unwrap();
        before.credit(Side::Adjusted, has, None).unwrap();
        before.done();
        ledger.merge(own, other, Uuid::from_u128(1), Uuid::from_u128(2)).unwrap();
        let (gone, stays) = (ledger.balance(own).unwrap(), ledger.balance(other).unwrap());
        assert_eq!((gone.available, gone.debt), (0, 0));
        assert_eq!((stays.available, stays.debt, stays.lots()), (available, debt, lots), "had {has}");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Credit(i64, u32),
    Spend(i64),
    Owe(i64),
    Hold(i64),
    Release,
    Wait(i64),
    Mature,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..500_i64, 1..28_u32).prop_map(|(points, day)| Step::Credit(points, day)),
        (1..500_i64).prop_map(Step::Spend),
        (1..500_i64).prop_map(Step::Owe),
        (1..300_i64).prop_map(Step::Hold),
        Just(Step::Release),
        (1..300_i64).prop_map(Step::Wait),
        Just(Step::Mature),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    /// Whatever happens: a posting sums to zero, a balance is the sum of its entries, lots less debt are what is
    /// available, and nobody both owes and owns.
    #[test]
    fn the_books_balance_after_every_step(steps in steps()) {
        let mut ledger = ledger();
        let mut held: Vec<Lots> = Vec::new();
        for step in steps {
            let before = ledger.entries.len();
            let outcome = match step {
                Step::Credit(points, number) => post(&mut ledger, PostingKind::Adjustment, |posting| {
                    posting.credit(Side::Adjusted, points, day(number))
                }),
                Step::Spend(points) => post(&mut ledger, PostingKind::Redemption, |posting| {
                    posting.debit(Side::Redeemed, points, Shortfall::Refuse).map(drop)
                }),
                Step::Owe(points) => post(&mut ledger, PostingKind::Return, |posting| {
                    posting.debit(Side::Issued, points, Shortfall::Debt).map(drop)
                }),
                Step::Hold(points) => post(&mut ledger, PostingKind::Redemption, |posting| {
                    held.push(posting.debit(Side::Reserved, points, Shortfall::Refuse)?);
                    Ok(())
                }),
                Step::Release => match held.pop() {
                    Some(lots) => post(&mut ledger, PostingKind::Release, |posting| {
                        posting.give_back(Side::Reserved, &lots)
                    }),
                    None => Ok(()),
                },
                Step::Wait(points) => post(&mut ledger, PostingKind::Adjustment, |posting| {
                    posting.shift(Side::Adjusted, Side::Pending, points)
                }),
                Step::Mature => match holder(&ledger).pending {
                    0 => Ok(()),
                    waiting => post(&mut ledger, PostingKind::Maturity, |posting| {
                        posting.credit(Side::Pending, waiting, None)
                    }),
                },
            };
            if outcome.is_err() {
                // A refusal comes before the first entry, so that giving the transaction up loses nothing else.
                prop_assert_eq!(ledger.entries.len(), before);
            }
            let holder = holder(&ledger);
            let sum = |account: &str| -> i64 {
                ledger.entries.iter().filter(|entry| entry.account == account).map(|entry| entry.amount).sum()
            };
            prop_assert_eq!(ledger.entries.iter().map(|entry| entry.amount).sum::<i64>(), 0);
            prop_assert_eq!(sum("available"), holder.available);
            prop_assert_eq!(sum("pending"), holder.pending);
            prop_assert_eq!(sum("reserved"), holder.reserved);
            let in_lots: i64 = holder.lots().iter().map(|(_, left)| left).sum();
            prop_assert_eq!(in_lots - holder.debt, holder.available);
            prop_assert!(holder.debt == 0 || in_lots == 0);
            let lifetime: i64 = ledger.entries.iter()
                .filter(|entry| entry.customer.is_some() && entry.kind == PostingKind::Return)
                .map(|entry| entry.amount).sum();
            prop_assert_eq!(lifetime, holder.lifetime);
        }
    }
}

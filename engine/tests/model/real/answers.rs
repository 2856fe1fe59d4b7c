//! The engine's answers in the plain words of the model.

use perennial_domain::ids::TierId;
use perennial_engine::Error;
use perennial_engine::purchase_record::PurchaseRecord;
use perennial_engine::returns::Return;
use perennial_engine::rewards::Redeemed;
use perennial_engine::tiers::{TierMovement, TierName};

use crate::plain::*;

pub fn bought(replayed: bool, record: &PurchaseRecord) -> Bought {
    Bought {
        replayed,
        credited: record.customer_id.is_some(),
        earned: record.points_earned.get(),
        pending: record.points_pending.get(),
        claimable: record.points_claimable.map(|points| points.get()),
        balance: record.balance.map(|balance| (balance.points, balance.pending)),
        lines: record.lines.iter().map(|line| line.points.get()).collect(),
        paid: record.lines.iter().map(|line| line.paid().get()).sum(),
        warning: record.warnings.first().map(|warning| match warning.code.as_str() {
            "unknown_referral_code" => "unknown_referral_code",
            "referral_not_applicable" => "referral_not_applicable",
            other => panic!("a warning of another kind: {other}"),
        }),
    }
}

pub fn returned(replayed: bool, record: &Return) -> Returned {
    let tenders = &record.tenders;
    let mut vouchers: Vec<(bool, i64)> =
        record.rewards_returned.iter().map(|reward| (reward.usable, reward.points)).collect();
    vouchers.sort_by_key(|(usable, _)| !usable);
    Returned {
        replayed,
        amount: record.amount.get(),
        paid_back: record.paid_back.get(),
        points: record.points_reversed.get(),
        pending: record.pending_reversed.get(),
        debt: record.debt.get(),
        absorbed: record.absorbed.get(),
        cashback: (
            record.cashback_reversed.get(),
            record.cashback_debt.get(),
            record.cashback_absorbed.get(),
        ),
        tender: (tenders.points.get(), tenders.points_expired.get(), tenders.cashback.get()),
        vouchers,
        balance: record.balance.map(|balance| (balance.points, balance.pending)),
        complete: record.complete,
    }
}

pub fn redeemed(answer: Result<Redeemed, Error>) -> Answer {
    match answer {
        Ok(Redeemed { redemption, balance }) => Answer::Redeemed {
            state: redemption.state.as_str(),
            balance: (balance.points, balance.pending, balance.reserved),
        },
        Err(error) => refused(&error),
    }
}

pub fn moved(moves: &[TierMovement], number: impl Fn(TierId) -> usize) -> Answer {
    let tier = |name: &Option<TierName>| name.as_ref().map(|name| number(name.id));
    let mut moves: Vec<_> =
        moves.iter().map(|moved| (tier(&moved.from), tier(&moved.to), moved.customers)).collect();
    moves.sort_unstable();
    Answer::Moved(moves)
}

pub fn done<T>(result: Result<T, Error>) -> Answer {
    match result {
        Ok(_) => Answer::Done,
        Err(error) => refused(&error),
    }
}

/// The stable words of a refusal.
pub fn refused(error: &Error) -> Answer {
    let words = match error {
        Error::Conflict { code, .. } => (*code).to_owned(),
        Error::Invalid(errors) | Error::ReturnExceeds(errors) => {
            let words: Vec<_> =
                errors.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect();
            words.join(", ")
        }
        Error::TransactionConflict(differences) => {
            let pointers: Vec<_> = differences.iter().map(|difference| difference.pointer.as_str()).collect();
            format!("conflict {}", pointers.join(" "))
        }
        other => format!("{other:?}"),
    };
    Answer::Refused(words)
}

//! The return mutation, through the same door as `POST /api/v1/returns`.

use async_graphql::{ID, SimpleObject, Union};
use chrono::{DateTime, Utc};
use perennial_domain::{access::Action, returns::TransactionReturnInput};
use perennial_engine::{
    Error,
    returns::{self, Arrived},
};
use serde::{Deserialize, Serialize};

use super::{
    caller::Caller,
    errors::{self, Rejected},
    input::ReturnInput,
    purchase::Balance,
    scalars::{Amount, Count, Points},
};
use crate::api::problem::Problem;

/// What became of a return. The `returnId` is its key: the same return again gives the first answer again.
#[derive(Union)]
pub enum ReturnResult {
    /// Booked, now or before.
    Returned(Box<Returned>),
    /// Its purchase has not come yet.
    ReturnWaiting(ReturnWaiting),
    /// Refused. Nothing has changed.
    Rejected(Rejected),
}

/// The return was booked: what the returned part had earned was taken back.
#[derive(SimpleObject)]
pub struct Returned {
    /// The return.
    pub id: ID,
    /// The till's name for it.
    pub return_id: String,
    /// What was returned of.
    pub purchase_id: ID,
    /// Whose points were taken back; nothing while nobody had claimed the purchase.
    pub customer_id: Option<ID>,
    /// Whether it was booked before; this is its first answer then.
    pub replayed: bool,
    /// Whether nothing was booked, because only the outcome was asked for.
    pub dry_run: bool,
    /// How much was returned.
    pub amount: Amount,
    /// The part of it that money had paid for: what is to be paid back.
    pub paid_back: Amount,
    /// ISO 4217.
    pub currency: String,
    /// What was returned of each line.
    pub lines: Vec<ReturnedLine>,
    /// Points that were taken back, however they were.
    pub points_reversed: Points,
    /// Points of these that still waited: they never become spendable.
    pub pending_reversed: Points,
    /// Points of these that had been spent and are owed: what is earned next repays them.
    pub debt: Points,
    /// Points of these that had been spent and that the merchant bears.
    pub absorbed: Points,
    /// Cashback that was taken back, however it was.
    pub cashback_reversed: Amount,
    /// Cashback of this that had been spent and is owed: what comes into the wallet next repays it.
    pub cashback_debt: Amount,
    /// Cashback of this that had been spent and that the merchant bears.
    pub cashback_absorbed: Amount,
    /// What had paid for the purchase besides money and came back.
    pub tenders: ReturnedTenders,
    /// Vouchers of the purchase that were given back.
    pub rewards_returned: Vec<ReturnedVoucher>,
    /// The customer's balance after it; nothing while nobody had claimed the purchase.
    pub balance: Option<Balance>,
    /// What the merchant's policy was for points and cashback that were spent already.
    pub policy: String,
    /// Whether nothing is left of the purchase.
    pub complete: bool,
    /// Who returned it: the name of a member of the staff or of an API key, or `system`.
    pub by: String,
    /// When it was booked.
    pub created_at: DateTime<Utc>,
}

/// What a return gave back of what had paid besides money.
#[derive(SimpleObject)]
pub struct ReturnedTenders {
    /// Points that had paid and came back.
    pub points: Points,
    /// Points that came back, those of vouchers included, whose day was over: they expired at once.
    pub points_expired: Points,
    /// Cashback that had paid and came back into the wallet.
    pub cashback: Amount,
}

/// A voucher that a return gave back.
#[derive(SimpleObject)]
pub struct ReturnedVoucher {
    /// The voucher.
    pub voucher_id: ID,
    /// What it is called.
    pub name: String,
    /// Whether it can be used once more.
    pub usable: bool,
    /// Points that came back instead.
    pub points: Points,
}

/// What was returned of a line, and what that took back.
#[derive(SimpleObject)]
pub struct ReturnedLine {
    /// The place of the line in the purchase; the first is 0.
    pub line: Count,
    /// How many units. None where the line is returned by amount.
    pub quantity: Count,
    /// How much.
    pub amount: Amount,
    /// How many points were taken back.
    pub points: Points,
}

/// The return came before its purchase: it is booked as soon as that is there.
#[derive(SimpleObject)]
pub struct ReturnWaiting {
    /// The till's name for the return.
    pub return_id: String,
    /// The till's name for the purchase that it waits for.
    pub transaction_id: String,
    /// How long it waits.
    pub until: DateTime<Utc>,
}

/// What comes out of the transaction, which hands over JSON.
#[derive(Serialize, Deserialize)]
enum Outcome {
    Booked { replayed: bool, record: Box<returns::Return> },
    Waiting(returns::Waiting),
}

/// Books a return.
///
/// # Errors
/// What no till has to expect: a missing right, a server that is busy.
pub async fn book(caller: &Caller, input: ReturnInput) -> async_graphql::Result<ReturnResult> {
    let dry_run = input.dry_run;
    let reference = input.transaction_id.clone();
    let answered = outcome(caller, input).await.map_err(Problem::from);
    if let Err(problem) = &answered {
        caller.trace.refused(None, Some(reference), problem);
    }
    match answered {
        Ok(Outcome::Booked { replayed, record }) => {
            Ok(ReturnResult::Returned(Box::new(returned(*record, replayed, dry_run))))
        }
        Ok(Outcome::Waiting(waiting)) => Ok(ReturnResult::ReturnWaiting(ReturnWaiting {
            return_id: waiting.return_id,
            transaction_id: waiting.transaction_id,
            until: waiting.until,
        })),
        Err(problem) if errors::is_expected(&problem) => Ok(ReturnResult::Rejected((&problem).into())),
        Err(problem) => Err(errors::error(&problem)),
    }
}

async fn outcome(caller: &Caller, input: ReturnInput) -> Result<Outcome, Error> {
    let engine = caller.engine()?;
    caller.cx.require(Action::ReturnsWrite)?;
    let dry_run = input.dry_run;
    let (retailer, transaction, checked) =
        TransactionReturnInput::from(input).check().map_err(Error::Invalid)?;
    let retailer = engine.return_retailer(&caller.cx, retailer.as_deref()).await?;
    let (within, by) = (engine.clone(), caller.cx.clone());
    let answer = engine
        .write(&caller.cx, None, dry_run, move |txn| {
            Box::pin(async move {
                let arrived =
                    within.return_transaction_in(txn, &by, retailer, &transaction, &checked).await?;
                let outcome = match arrived {
                    Arrived::Booked(returned) => {
                        Outcome::Booked { replayed: returned.replayed, record: Box::new(returned.record) }
                    }
                    Arrived::Waiting(waiting) => Outcome::Waiting(waiting),
                };
                Ok((200, serde_json::to_value(outcome).map_err(unreadable)?))
            })
        })
        .await?;
    serde_json::from_value(answer.body).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::Inconsistent(format!("the answer of a return: {error}"))
}

fn returned(record: returns::Return, replayed: bool, dry_run: bool) -> Returned {
    let line = |line: perennial_domain::returns::LineReturn| ReturnedLine {
        line: Count::from(u64::try_from(line.line).unwrap_or(u64::MAX)),
        quantity: line.quantity.into(),
        amount: line.amount.into(),
        points: line.points.into(),
    };
    let tenders = ReturnedTenders {
        points: record.tenders.points.into(),
        points_expired: record.tenders.points_expired.into(),
        cashback: record.tenders.cashback.into(),
    };
    let vouchers = record.rewards_returned.into_iter().map(|voucher| ReturnedVoucher {
        voucher_id: voucher.voucher_id.to_string().into(),
        name: voucher.name,
        usable: voucher.usable,
        points: Points(voucher.points),
    });
    Returned {
        id: record.id.to_string().into(),
        return_id: record.return_id,
        purchase_id: record.purchase_id.to_string().into(),
        customer_id: record.customer_id.map(|customer| customer.to_string().into()),
        replayed,
        dry_run,
        amount: record.amount.into(),
        paid_back: record.paid_back.into(),
        currency: record.currency,
        lines: record.lines.into_iter().map(line).collect(),
        points_reversed: record.points_reversed.into(),
        pending_reversed: record.pending_reversed.into(),
        debt: record.debt.into(),
        absorbed: record.absorbed.into(),
        cashback_reversed: record.cashback_reversed.into(),
        cashback_debt: record.cashback_debt.into(),
        cashback_absorbed: record.cashback_absorbed.into(),
        tenders,
        rewards_returned: vouchers.collect(),
        balance: record.balance.map(Into::into),
        policy: record.policy,
        complete: record.complete,
        by: record.by,
        created_at: record.created_at,
    }
}

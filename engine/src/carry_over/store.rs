//! The statements, for everybody but the intake, whose lanes have connections of their own.

use std::collections::BTreeMap;

use perennial_domain::ids::{CustomerId, MerchantId, PromotionId};
use perennial_domain::points::Remainder;
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use super::{Asked, Kept, Questions};
use crate::error::Error;
use crate::statement::statement;

pub(crate) const READ: &str = include_str!("read.sql");
pub(crate) const WRITE: &str = include_str!("write.sql");

/// Reads what is carried. The balances of the customers are locked already.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn read(txn: &impl ConnectionTrait, asked: Asked) -> Result<Kept, Error> {
    if asked.is_empty() {
        return Ok(Kept::default());
    }
    let Questions { merchant, customer, promotion } = asked.questions();
    let values: [Value; 3] = [merchant.into(), customer.into(), promotion.into()];
    let rows = txn.query_all_raw(statement(READ, values)).await?;
    let answers = rows
        .iter()
        .map(|row| Ok((row.try_get("", "place")?, row.try_get("", "remainder")?)))
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(asked.answered(answers))
}

/// Writes what was booked.
///
/// # Errors
/// Only when the database fails; then the transaction has to be given up.
pub(crate) async fn write(txn: &impl ConnectionTrait, kept: &Kept) -> Result<(), Error> {
    if kept.is_unchanged() {
        return Ok(());
    }
    let (Questions { merchant, customer, promotion }, remainders) = kept.columns();
    let values: [Value; 4] = [merchant.into(), customer.into(), promotion.into(), remainders.into()];
    txn.execute_raw(statement(WRITE, values)).await?;
    Ok(())
}

/// Takes off what a return takes off what promotions carry; what is below zero is added. The customer's balance is locked
/// already.
///
/// # Errors
/// Only when the database fails; then the transaction has to be given up.
pub(crate) async fn take_off(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    customer: CustomerId,
    taken: &BTreeMap<PromotionId, Remainder>,
) -> Result<(), Error> {
    if taken.is_empty() {
        return Ok(());
    }
    let (promotions, taken): (Vec<Uuid>, Vec<i64>) =
        taken.iter().map(|(promotion, taken)| (promotion.uuid(), taken.billionths())).unzip();
    let values: [Value; 4] =
        [merchant.uuid().into(), customer.uuid().into(), promotions.into(), taken.into()];
    txn.execute_raw(statement(include_str!("take_off.sql"), values)).await?;
    Ok(())
}

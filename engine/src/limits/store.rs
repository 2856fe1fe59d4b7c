//! The statements, for everybody but the intake, whose lanes have connections of their own.

use std::collections::BTreeMap;

use perennial_domain::ids::{MerchantId, PromotionId, PurchaseId};
use perennial_domain::points::Points;
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use super::{Asked, Bookings, Given, Questions};
use crate::error::Error;
use crate::statement::statement;

pub(crate) const LOCK: &str = include_str!("lock.sql");
pub(crate) const WRITE: &str = include_str!("write.sql");

/// Reads what was given so far and locks the budgets. The balances of the customers are locked already; nothing may be
/// locked after this.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn lock(txn: &impl ConnectionTrait, asked: Asked) -> Result<Given, Error> {
    if asked.is_empty() {
        return Ok(Given::default());
    }
    let Questions {
        use_merchant,
        use_customer,
        use_promotion,
        use_period,
        use_begins_on,
        budget_merchant,
        budget_promotion,
    } = asked.questions();
    let values: [Value; 7] = [
        use_merchant.into(),
        use_customer.into(),
        use_promotion.into(),
        use_period.into(),
        use_begins_on.into(),
        budget_merchant.into(),
        budget_promotion.into(),
    ];
    let rows = txn.query_all_raw(statement(LOCK, values)).await?;
    let answers = rows
        .iter()
        .map(|row| Ok((row.try_get("", "is_budget")?, row.try_get("", "place")?, row.try_get("", "used")?)))
        .collect::<Result<Vec<_>, Error>>()?;
    Ok(asked.answered(answers))
}

/// Writes what was booked.
///
/// # Errors
/// Only when the database fails; then the transaction has to be given up.
pub(crate) async fn write(txn: &impl ConnectionTrait, given: &Given) -> Result<(), Error> {
    if given.is_unchanged() {
        return Ok(());
    }
    let Bookings {
        merchant,
        purchase,
        promotion,
        customer,
        period,
        begins_on,
        budget,
        points,
        uses,
        used,
        budget_used,
    } = given.columns();
    let values: [Value; 17] = [
        merchant.into(),
        purchase.into(),
        promotion.into(),
        customer.into(),
        period.into(),
        begins_on.into(),
        budget.into(),
        points.into(),
        uses.use_merchant.into(),
        uses.use_customer.into(),
        uses.use_promotion.into(),
        uses.use_period.into(),
        uses.use_begins_on.into(),
        used.into(),
        uses.budget_merchant.into(),
        uses.budget_promotion.into(),
        budget_used.into(),
    ];
    txn.execute_raw(statement(WRITE, values)).await?;
    Ok(())
}

/// What a promotion has given of its budget so far, in all its versions; nothing where it never had one. It is only looked at,
/// so that nothing is locked.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn given_of_budget(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    promotion: PromotionId,
) -> Result<Points, Error> {
    let sql = "SELECT used FROM promotion_budgets WHERE merchant_id = $1 AND promotion_id = $2";
    let row = db.query_one_raw(statement(sql, [merchant.uuid().into(), promotion.uuid().into()])).await?;
    let used: Option<i64> = row.map(|row| row.try_get("", "used")).transpose()?;
    Ok(Points::new(used.unwrap_or(0)))
}

/// Gives back to limits and budgets what a return takes from each promotion. The customer's balance is locked already;
/// nothing may be locked after this. A promotion that the purchase did not count towards is passed over.
///
/// # Errors
/// When the database fails, also because more is given back than was counted; the transaction has to be given up.
pub(crate) async fn give_back(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    purchase: PurchaseId,
    returned: &BTreeMap<PromotionId, Points>,
) -> Result<(), Error> {
    let (promotions, points): (Vec<Uuid>, Vec<i64>) = returned
        .iter()
        .filter(|(_, points)| points.get() > 0)
        .map(|(promotion, points)| (promotion.uuid(), points.get()))
        .unzip();
    if promotions.is_empty() {
        return Ok(());
    }
    let values = [merchant.uuid().into(), purchase.uuid().into(), promotions.into(), points.into()];
    txn.execute_raw(statement(include_str!("give_back.sql"), values)).await?;
    Ok(())
}

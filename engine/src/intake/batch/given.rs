//! Steps 8 and 10: limits and budgets of promotions. See [`crate::limits`], where everything is but the driver.

use sqlx::{PgConnection, Row as _};

use super::Failure;
use crate::limits::{Asked, Bookings, Given, LOCK, Questions, WRITE};

/// Reads what was given so far and locks the budgets. Most batches meet neither, and ask nothing.
pub(super) async fn lock(conn: &mut PgConnection, asked: Asked) -> Result<Given, Failure> {
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
    let rows = sqlx::query(LOCK)
        .bind(use_merchant)
        .bind(use_customer)
        .bind(use_promotion)
        .bind(use_period)
        .bind(use_begins_on)
        .bind(budget_merchant)
        .bind(budget_promotion)
        .fetch_all(conn)
        .await?;
    let answers = rows
        .iter()
        .map(|row| Ok((row.try_get("is_budget")?, row.try_get("place")?, row.try_get("used")?)))
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(asked.answered(answers))
}

/// Writes what these purchases count towards.
pub(super) async fn write(conn: &mut PgConnection, given: &Given) -> Result<(), Failure> {
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
    sqlx::query(WRITE)
        .bind(merchant)
        .bind(purchase)
        .bind(promotion)
        .bind(customer)
        .bind(period)
        .bind(begins_on)
        .bind(budget)
        .bind(points)
        .bind(uses.use_merchant)
        .bind(uses.use_customer)
        .bind(uses.use_promotion)
        .bind(uses.use_period)
        .bind(uses.use_begins_on)
        .bind(used)
        .bind(uses.budget_merchant)
        .bind(uses.budget_promotion)
        .bind(budget_used)
        .execute(conn)
        .await?;
    Ok(())
}

//! Steps 8 and 10: what promotions carry over. See [`crate::carry_over`], where everything is but the driver.

use sqlx::PgConnection;

use super::Failure;
use crate::carry_over::{Asked, Kept, Questions, READ, WRITE};

/// Reads what is carried. Most batches meet nothing that is, and ask nothing.
pub(super) async fn read(conn: &mut PgConnection, asked: Asked) -> Result<Kept, Failure> {
    if asked.is_empty() {
        return Ok(Kept::default());
    }
    let Questions { merchant, customer, promotion } = asked.questions();
    let answers: Vec<(i64, i64)> =
        sqlx::query_as(READ).bind(merchant).bind(customer).bind(promotion).fetch_all(conn).await?;
    Ok(asked.answered(answers))
}

/// Writes what these purchases leave.
pub(super) async fn write(conn: &mut PgConnection, kept: &Kept) -> Result<(), Failure> {
    if kept.is_unchanged() {
        return Ok(());
    }
    let (Questions { merchant, customer, promotion }, remainders) = kept.columns();
    sqlx::query(WRITE).bind(merchant).bind(customer).bind(promotion).bind(remainders).execute(conn).await?;
    Ok(())
}

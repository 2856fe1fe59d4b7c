//! Step 10: points that wait. See [`crate::pending`], where everything is but the driver.

use sqlx::PgConnection;

use super::Failure;
use super::credit::Credit;
use crate::pending::{Columns, WRITE};

/// Writes which points wait, and until when. Most batches have none.
pub(super) async fn write(conn: &mut PgConnection, credits: &[Credit]) -> Result<(), Failure> {
    let mut columns = Columns::default();
    for Credit { record, waiting, .. } in credits {
        if let Some(customer) = record.customer_id {
            columns.add(record.merchant_id, record.id, customer, waiting);
        }
    }
    let Columns { merchant, purchase, customer, matures_at, points } = columns;
    if points.is_empty() {
        return Ok(());
    }
    sqlx::query(WRITE)
        .bind(merchant)
        .bind(purchase)
        .bind(customer)
        .bind(matures_at)
        .bind(points)
        .execute(conn)
        .await?;
    Ok(())
}

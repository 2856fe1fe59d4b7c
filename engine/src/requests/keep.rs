//! How much of the log is kept: thirty days, and of no merchant more than its share.

use sqlx::PgPool;
use uuid::Uuid;

use crate::error::Error;

/// Rows of a merchant that are kept at most: the newest.
pub(crate) const ROWS_OF_A_MERCHANT: i64 = 200_000;
/// Rows deleted by one statement.
const BATCH: i64 = 5_000;

/// Deletes the oldest rows of merchants that have more than so many.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn trim(pool: &PgPool, most: i64) -> Result<(), Error> {
    let ends: Vec<(Uuid, Uuid)> =
        sqlx::query_as(include_str!("too_many.sql")).bind(most).fetch_all(pool).await?;
    for (merchant, end) in ends {
        loop {
            let deleted = sqlx::query(include_str!("trim.sql"))
                .bind(merchant)
                .bind(end)
                .bind(BATCH)
                .execute(pool)
                .await?
                .rows_affected();
            if deleted < BATCH.unsigned_abs() {
                break;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use perennial_testkit::TestDb;

    use super::*;

    #[tokio::test]
    async fn of_each_merchant_the_newest_rows_are_kept() {
        let db = TestDb::new().await;
        for (merchant, rows) in [(1_u128, 30), (2, 5), (3, 11)] {
            let fill = "INSERT INTO request_log (merchant_id, id, api_key_id, ended_at, duration_us, method, route, status, request_id)
                SELECT $1, lpad(number::text, 32, '0')::uuid, gen_random_uuid(), now(), 0, '', '', 200, ''
                FROM generate_series(1, $2) AS number";
            sqlx::query(fill).bind(Uuid::from_u128(merchant)).bind(rows).execute(&db.pool).await.unwrap();
        }
        trim(&db.pool, 10).await.unwrap();
        let left: Vec<(Uuid, i64, String)> = sqlx::query_as(
            "SELECT merchant_id, count(*), min(id::text) FROM request_log GROUP BY merchant_id ORDER BY merchant_id",
        )
        .fetch_all(&db.pool)
        .await
        .unwrap();
        let left: Vec<_> =
            left.iter().map(|(_, rows, first)| (*rows, first.trim_start_matches(['0', '-']))).collect();
        assert_eq!(left, [(10, "21"), (5, "1"), (10, "2")]);
    }
}

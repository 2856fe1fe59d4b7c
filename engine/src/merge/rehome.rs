//! What belongs to the account itself and goes with it: who the customer is, what was bought, and what waits.

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use crate::error::Error;
use crate::statement::statement;

/// How many rows of what have come to the customer who goes on.
pub(super) struct Rehomed {
    /// What the customer is found by.
    pub identities: i64,
    /// Purchases and claims.
    pub purchases: i64,
}

/// More of them: with the merchant ($1), the account that ends ($2) and the one that goes on ($3). The rows of both customers and
/// their balances are locked, and the one is marked as merged. Each finds its rows by an index.
const FOLLOW: &[&str] = &[
    "UPDATE adjustments SET customer_id = $3 WHERE merchant_id = $1 AND customer_id = $2",
    "UPDATE mail SET customer_id = $3 WHERE merchant_id = $1 AND customer_id = $2",
    "UPDATE request_log SET customer_id = $3 WHERE merchant_id = $1 AND customer_id = $2",
    include_str!("sql/warnings.sql"),
];

/// Locks the claims of the account that ends, which come before everything of its customer: whoever returns a purchase that was
/// claimed holds one of them and waits for the balance.
pub(super) async fn lock_claims(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    from: CustomerId,
) -> Result<(), Error> {
    let sql =
        "SELECT FROM claims WHERE merchant_id = $1 AND customer_id = $2 ORDER BY code FOR NO KEY UPDATE";
    txn.query_all_raw(statement(sql, [merchant.uuid().into(), from.uuid().into()])).await?;
    Ok(())
}

/// Locks what both customers are found by, in the order of their keys.
pub(super) async fn lock_identities(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    both: [CustomerId; 2],
) -> Result<(), Error> {
    let sql = "SELECT FROM customer_identities WHERE merchant_id = $1 AND customer_id = ANY ($2)
               ORDER BY kind, value FOR UPDATE";
    txn.query_all_raw(statement(sql, [merchant.uuid().into(), ids(both)])).await?;
    Ok(())
}

/// Locks the rows of both customers against everybody: whoever writes to one of them has done so, or waits.
pub(super) async fn lock_customers(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    both: [CustomerId; 2],
) -> Result<(), Error> {
    let sql = "SELECT FROM customers WHERE merchant_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE";
    txn.query_all_raw(statement(sql, [merchant.uuid().into(), ids(both)])).await?;
    Ok(())
}

/// Marks `from` as merged, gives `into` the name and the birthday that were missing, and moves everything else.
pub(super) async fn rehome(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    from: CustomerId,
    into: CustomerId,
    now: DateTime<Utc>,
) -> Result<Rehomed, Error> {
    let key = || -> [Value; 3] { [merchant.uuid().into(), from.uuid().into(), into.uuid().into()] };
    let [merchant, of, to] = key();
    txn.execute_raw(statement(include_str!("sql/people.sql"), [merchant, of, to, now.into()])).await?;
    let identities = moved(txn, include_str!("sql/identities.sql"), key()).await?;
    let bought = txn.query_one_raw(statement(include_str!("sql/bought.sql"), key())).await?;
    let purchases = bought.map(|row| row.try_get("", "purchases")).transpose()?.unwrap_or(0);
    for sql in FOLLOW {
        moved(txn, sql, key()).await?;
    }
    Ok(Rehomed { identities, purchases })
}

/// Runs one of the statements and tells how many rows it has changed.
async fn moved(txn: &DatabaseTransaction, sql: &'static str, key: [Value; 3]) -> Result<i64, Error> {
    let rows = txn.execute_raw(statement(sql, key)).await?.rows_affected();
    Ok(i64::try_from(rows).unwrap_or(i64::MAX))
}

/// Adds what was counted of `from`, whose points have been posted, to `into`, and closes the one balance.
pub(super) async fn close(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    from: CustomerId,
    into: CustomerId,
) -> Result<(), Error> {
    let values = [merchant.uuid().into(), from.uuid().into(), into.uuid().into()];
    txn.execute_raw(statement(include_str!("sql/close.sql"), values)).await?;
    Ok(())
}

fn ids(both: [CustomerId; 2]) -> Value {
    both.iter().map(|customer| customer.uuid()).collect::<Vec<_>>().into()
}

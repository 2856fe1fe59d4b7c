//! Wallets of two customers of whom one goes on.
//!
//! - **Moved**: lots with their days, what each purchase gave, and by postings what was in the wallet less what was owed, a
//!   currency at a time. A return of a purchase of before finds its lots where they are now.
//! - **Added up**: what months count, so that the caps of offers are those of one customer.
//! - **Repaid**: what one of the two owed, from what the other one had, in the order in which it would be spent.
//! - **Let go**: the wallet of the account that ends, which holds nothing.

use perennial_domain::money::Currency;
use sea_orm::ConnectionTrait as _;

use super::statement;
use crate::error::Error;
use crate::ledger::{Direction, Ledger, PostingKind, Side};
use crate::modules::merge::Merging;
use crate::privacy::Money;
use crate::stored::stored;

/// Moves the wallets. The postings are in the ledger, which the caller writes.
pub(crate) async fn merge(merging: &Merging<'_>, ledger: &mut Ledger) -> Result<Vec<Money>, Error> {
    let Merging { engine, txn, from, into, .. } = *merging;
    let sql = "SELECT currency, amount - owed AS amount FROM cashback_wallets
               WHERE merchant_id = $1 AND customer_id = $2 AND amount <> owed
               ORDER BY currency";
    let [merchant, ended, _] = merging.key();
    let mut moved = Vec::new();
    for row in txn.query_all_raw(statement(sql, [merchant, ended])).await? {
        let (code, amount): (String, i64) = (row.try_get("", "currency")?, row.try_get("", "amount")?);
        let currency: Currency = stored(code.parse(), "cashback_wallets.currency")?;
        // What was owed goes the other way.
        let (leaves, comes) =
            if amount > 0 { (Direction::Out, Direction::In) } else { (Direction::In, Direction::Out) };
        for (customer, direction) in [(from, leaves), (into, comes)] {
            let id = engine.new_cashback_posting();
            let mut posting = ledger.posting(PostingKind::Merge, id, customer, None)?;
            posting.wallet(Side::Adjusted, direction, amount.abs(), currency)?;
            posting.done();
        }
        moved.push(Money { amount, currency: code });
    }
    merging.run(include_str!("merge.sql")).await?;
    repay(merging).await?;
    Ok(moved)
}

/// Has what is there repay what is owed: while something is owed, a wallet is empty.
async fn repay(merging: &Merging<'_>) -> Result<(), Error> {
    let sql = "SELECT currency, owed FROM cashback_wallets
               WHERE merchant_id = $1 AND customer_id = $2 AND owed > 0 AND amount > 0
               ORDER BY currency";
    let key = || {
        let [merchant, _, into] = merging.key();
        [merchant, into]
    };
    for row in merging.txn.query_all_raw(statement(sql, key())).await? {
        let (currency, owed): (String, i64) = (row.try_get("", "currency")?, row.try_get("", "owed")?);
        let [merchant, into] = key();
        let values = [merchant, into, currency.clone().into(), owed.into(), merging.now.into()];
        let covered = merging.txn.query_one_raw(statement(include_str!("cover.sql"), values)).await?;
        let repaid: i64 = covered.map(|row| row.try_get("", "taken")).transpose()?.unwrap_or(0);
        let sql = "UPDATE cashback_wallets SET owed = owed - $4
                   WHERE merchant_id = $1 AND customer_id = $2 AND currency = $3";
        let [merchant, into] = key();
        let values = [merchant, into, currency.into(), repaid.into()];
        merging.txn.execute_raw(statement(sql, values)).await?;
    }
    Ok(())
}

//! What was told to two customers of whom one goes on.
//!
//! The counter of the customer who goes on goes on, and the list shows what that customer was told. What the account that
//! ends was told stays under its id, where its numbers are: they are the ones that webhooks have sent, in whose order
//! receivers work, and would say something else among the numbers of another customer. It is gone with all events after 30
//! days; what it was about, purchases and postings, is where the customer's is. What is about to be told of a purchase when
//! the merge comes is told to the customer who goes on, with the next number. How far the list was read is let go.

use sea_orm::ConnectionTrait as _;

use crate::error::Error;
use crate::modules::merge::Merging;
use crate::statement::statement;

/// Lets go how far the list of the account that ends was read.
pub(crate) async fn merge(merging: &Merging<'_>) -> Result<(), Error> {
    let sql = "DELETE FROM notification_reads WHERE merchant_id = $1 AND customer_id = $2";
    let [merchant, from, _] = merging.key();
    merging.txn.execute_raw(statement(sql, [merchant, from])).await?;
    Ok(())
}

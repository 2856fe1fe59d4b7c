//! The row that counts how often identities of a merchant have changed hands or were taken away.

use perennial_domain::ids::MerchantId;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::error::Error;
use crate::statement::statement;

/// Locks the row before everything else, for whoever changes or deletes identities: the database raises the count then, when
/// the identities and more are locked. They come one after the other, and after whoever publishes rules or sells for the first
/// time, so that nobody who has the row shared wants it alone.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn lock_revision(txn: &DatabaseTransaction, merchant: MerchantId) -> Result<(), Error> {
    let sql = "SELECT FROM merchant_revisions WHERE merchant_id = $1 FOR NO KEY UPDATE";
    txn.query_one_raw(statement(sql, [merchant.uuid().into()])).await?;
    Ok(())
}

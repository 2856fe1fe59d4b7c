//! Redemptions and vouchers of two customers of whom one goes on.
//!
//! - **Moved**: all of them, in whatever state. What is held is captured, and what was taken is given back, with the
//!   customer who goes on; a voucher keeps its code.
//! - **Added up**: how often a reward was taken, which decides whether it can be taken once more. Both may have taken one
//!   that each may have once: that was right, so a redemption remembers under which id it was taken.

use sea_orm::ConnectionTrait as _;

use crate::error::Error;
use crate::modules::merge::Merging;
use crate::statement::statement;

/// What came to the customer who goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RewardsMerged {
    pub redemptions: i64,
    /// Those that can be used.
    pub vouchers: i64,
}

/// Locks the vouchers and the redemptions of both, in the order in which everybody does. What comes to be before the
/// balances are locked, nobody can be at.
pub(crate) async fn hold(merging: &Merging<'_>) -> Result<(), Error> {
    merging
        .rows(
            "SELECT FROM vouchers WHERE merchant_id = $1 AND customer_id IN ($2, $3)
             ORDER BY code FOR NO KEY UPDATE",
        )
        .await?;
    merging
        .rows(
            "SELECT FROM redemptions WHERE merchant_id = $1 AND customer_id IN ($2, $3)
             ORDER BY id FOR NO KEY UPDATE",
        )
        .await?;
    Ok(())
}

/// Moves them. The balances are locked.
pub(crate) async fn merge(merging: &Merging<'_>) -> Result<RewardsMerged, Error> {
    let moved = statement(include_str!("sql/merge.sql"), merging.key());
    let Some(row) = merging.txn.query_one_raw(moved).await? else { return Ok(RewardsMerged::default()) };
    Ok(RewardsMerged { redemptions: row.try_get("", "redemptions")?, vouchers: row.try_get("", "vouchers")? })
}

//! Places of two customers on the leaderboard, of whom one goes on.
//!
//! - **Added up**: the scores of every period, and by which purchase. The tree of each period loses the places of both and
//!   gains the one of the sum, in the same transaction: ranks are exact all the time.
//! - **Kept**: not being seen, of either. Who wanted it in one account would be shown by the merge otherwise.
//! - **Let go**: the row of the account that ends.

use super::count::{climb, hold as hold_board};
use crate::error::Error;
use crate::modules::merge::Merging;

/// Locks the merchant's row before everything else, as whoever hides a customer does. Where there is none, nobody opens a
/// leaderboard meanwhile, which would count purchases for the account that ends: the merchant's revision is locked.
pub(crate) async fn hold(merging: &Merging<'_>) -> Result<(), Error> {
    hold_board(merging.txn, merging.merchant).await.map(drop)
}

/// Adds up the scores. The merchant's row is locked.
pub(crate) async fn merge(merging: &Merging<'_>) -> Result<(), Error> {
    let moved = merging.rows(include_str!("merge.sql")).await?;
    climb(merging.txn, merging.merchant, &moved).await
}

//! Which letters two customers want, of whom one goes on.
//!
//! An unsubscribe of either holds: whoever did not want a letter in one account does not get it because there were two.
//! Letters that were written go where they were addressed to.

use crate::error::Error;
use crate::modules::merge::Merging;

/// Keeps what either does not want.
pub(crate) async fn merge(merging: &Merging<'_>) -> Result<(), Error> {
    merging.run(include_str!("sql/merge.sql")).await
}

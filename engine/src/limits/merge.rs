//! What two customers have had of promotions, of whom one goes on.
//!
//! **Added up**: what each had in a day, in a month or ever, and by which purchase, so that a return gives back to the
//! customer who goes on; and what both carry over of a promotion, fractions of a point. Together they may have had more than
//! one customer could: then there is nothing left, and what was given stays given. Budgets are of all customers and stay as
//! they are.

use crate::error::Error;
use crate::modules::merge::Merging;

/// Adds it up. The balances are locked.
pub(crate) async fn merge(merging: &Merging<'_>) -> Result<(), Error> {
    merging.run(include_str!("merge.sql")).await
}

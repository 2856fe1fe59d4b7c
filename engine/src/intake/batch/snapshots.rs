//! Step 2: rules that are not older than what was published before the batch began.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::ids::MerchantId;
use sqlx::PgConnection;

use super::Failure;
use crate::error::{Error, What};
use crate::intake::Shared;
use crate::intake::item::Item;
use crate::snapshot::{Revisions, Snapshot};

/// How far the clocks of two servers may differ.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// The snapshots of the merchants in a batch, or why there is none.
pub(super) struct Snapshots(HashMap<MerchantId, Result<Arc<Snapshot>, Error>>);

impl Snapshots {
    /// The snapshots, which are at least as new as these revisions, and the instant of receipt for the whole batch,
    /// all of which is at the same time: see `Settler::settle`.
    pub async fn load(
        conn: &mut PgConnection,
        shared: &Shared,
        items: &[Item],
        revisions: Vec<(MerchantId, Revisions, Option<DateTime<Utc>>)>,
        now: DateTime<Utc>,
    ) -> Result<(Self, DateTime<Utc>), Failure> {
        let mut snapshots: HashMap<_, _> =
            items.iter().map(|item| (item.merchant(), Err(Error::NotFound(What::Merchant)))).collect();
        let mut received_at = now;
        for (merchant, revisions, published_at) in revisions {
            received_at = not_before(received_at, now, published_at);
            let snapshot = match shared.snapshots.at_least(merchant, revisions, conn).await {
                // What is wrong with one merchant concerns nobody else in the batch.
                Err(error @ (Error::NotFound(_) | Error::Inconsistent(_))) => Err(error),
                loaded => Ok(loaded?),
            };
            snapshots.insert(merchant, snapshot);
        }
        Ok((Self(snapshots), received_at))
    }

    pub fn of(&self, merchant: MerchantId) -> Result<&Arc<Snapshot>, Error> {
        match self.0.get(&merchant) {
            Some(Ok(snapshot)) => Ok(snapshot),
            Some(Err(error)) => Err(error.clone()),
            None => Err(Error::NotFound(What::Merchant)),
        }
    }
}

/// A version counts from the instant at which it was published, by the clock of the server that did it. Where the clock
/// of this server is behind, a purchase that came after the publication must not seem to have come before it.
fn not_before(
    received_at: DateTime<Utc>,
    now: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
) -> DateTime<Utc> {
    // A clock that is further ahead than this is wrong, and followed by nobody.
    published_at
        .filter(|published_at| *published_at <= now + SKEW)
        .map_or(received_at, |it| it.max(received_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_clock_follows_a_publication_and_not_a_wrong_one() {
        let now = DateTime::UNIX_EPOCH;
        let seconds = |seconds| now + TimeDelta::seconds(seconds);
        assert_eq!(not_before(now, now, None), now);
        assert_eq!(not_before(now, now, Some(seconds(-5))), now);
        assert_eq!(not_before(now, now, Some(seconds(2))), seconds(2));
        assert_eq!(not_before(seconds(3), now, Some(seconds(2))), seconds(3));
        assert_eq!(not_before(now, now, Some(seconds(7_200))), now);
    }
}

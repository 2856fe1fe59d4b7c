//! What was being written when a module began: those transactions could not know that they had to tell it.
//!
//! A module that counts everything when it begins has a row for each merchant with the instants `opened_at`, `seen_at` and
//! `swept_at`. Its job looks whether a transaction of ours is still under way that began before the row was seen. When there
//! is none any more, the purchases that were written meanwhile are counted once more, which changes nothing of those that
//! were counted before.

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::ids::MerchantId;
use sea_orm::ConnectionTrait;
use uuid::{Builder, Uuid};

use crate::engine::Engine;
use crate::error::Error;
use crate::statement::statement;

/// How long before a module began a transaction can have begun that did not know of it yet.
const OLDEST: TimeDelta = TimeDelta::minutes(10);

/// The statements about the row with which a module began; each takes the merchant.
pub(super) struct Opening {
    /// Notes that the row was seen.
    pub see: &'static str,
    /// Finds a transaction of ours that began before that.
    pub under_way: &'static str,
    /// Notes that what these have written was counted.
    pub sweep: &'static str,
}

/// The [`Opening`] of a table.
macro_rules! opening {
    ($table:literal) => {
        $crate::modules::sweep::Opening {
            see: concat!(
                "UPDATE ",
                $table,
                " SET seen_at = clock_timestamp() WHERE merchant_id = $1 AND seen_at IS NULL"
            ),
            under_way: concat!(
                "SELECT s.pid FROM ",
                $table,
                " AS l
                 JOIN pg_stat_activity AS s ON s.xact_start <= l.seen_at
                 WHERE l.merchant_id = $1
                   AND s.datname = current_database()
                   AND s.application_name LIKE 'perennial%'
                   AND s.pid <> pg_backend_pid()
                 LIMIT 1"
            ),
            sweep: concat!("UPDATE ", $table, " SET swept_at = clock_timestamp() WHERE merchant_id = $1"),
        }
    };
}
pub(super) use opening;

impl Engine {
    /// The purchases that were made, claimed or returned around the time when a module began; nothing while a transaction is
    /// under way that may write another.
    pub(super) async fn written_meanwhile(
        &self,
        opening: &Opening,
        merchant: MerchantId,
        opened_at: DateTime<Utc>,
    ) -> Result<Option<Vec<Uuid>>, Error> {
        let key = || [merchant.uuid().into()];
        self.db().execute_raw(statement(opening.see, key())).await?;
        if self.db().query_one_raw(statement(opening.under_way, key())).await?.is_some() {
            return Ok(None);
        }
        let oldest = u64::try_from((opened_at - OLDEST).timestamp_millis()).unwrap_or(0);
        let oldest = Builder::from_unix_timestamp_millis(oldest, &[0; 10]).into_uuid();
        let values = [merchant.uuid().into(), oldest.into()];
        let rows = self.db().query_all_raw(statement(include_str!("written.sql"), values)).await?;
        rows.iter().map(|row| Ok(row.try_get("", "purchase_id")?)).collect::<Result<_, Error>>().map(Some)
    }

    /// They are counted: nobody looks for them again.
    pub(super) async fn swept(&self, opening: &Opening, merchant: MerchantId) -> Result<(), Error> {
        self.db().execute_raw(statement(opening.sweep, [merchant.uuid().into()])).await?;
        Ok(())
    }
}

//! Sandboxes: merchants to try things out with, whose clock can be set ahead.
//!
//! The night in which points expire is months away; in a sandbox it is one command away. The clock only goes forward,
//! like any other: what has been written stays in order. A merchant who sells cannot become one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::ids::MerchantId;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::clock::{Ahead, Clock};
use crate::engine::Engine;
use crate::error::{Error, What};

/// How soon a server follows a clock that was set elsewhere.
const FOLLOW: Duration = Duration::from_secs(1);
/// How far a clock can be set ahead: far enough for everything that expires, near enough for every calendar.
const MOST: TimeDelta = TimeDelta::days(100 * 365);

impl Engine {
    /// Makes a merchant a sandbox, for ever.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `has_purchases` when the merchant has sold something and is none yet.
    pub async fn sandbox_make(&self, merchant: MerchantId) -> Result<(), Error> {
        let found: Option<(bool, bool)> = sqlx::query_as(
            "SELECT EXISTS (SELECT FROM sandboxes WHERE merchant_id = m.id),
                    EXISTS (SELECT FROM purchases WHERE merchant_id = m.id)
             FROM merchants AS m WHERE m.id = $1",
        )
        .bind(merchant.uuid())
        .fetch_optional(self.pool())
        .await?;
        match found.ok_or(Error::NotFound(What::Merchant))? {
            (true, _) => return Ok(()),
            (false, true) => {
                return Err(Error::conflict(
                    "has_purchases",
                    "A merchant who has sold something cannot become a sandbox",
                ));
            }
            (false, false) => {}
        }
        sqlx::query("INSERT INTO sandboxes (merchant_id) VALUES ($1) ON CONFLICT (merchant_id) DO NOTHING")
            .bind(merchant.uuid())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// Sets the clock of a sandbox ahead, to `to`, and tells what it says then. Other servers follow within a second or
    /// two. What falls due by that is for [`jobs_run`](Self::jobs_run) and the workers.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// [`Error::Conflict`] `not_a_sandbox`; [`Error::Invalid`] at `/to` when that is past already or too far away.
    pub async fn sandbox_set_clock(
        &self,
        merchant: MerchantId,
        to: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Error> {
        let ahead = to - self.clock().now();
        if ahead > MOST {
            return Err(Error::field("/to", "out_of_range", "Is more than a hundred years away"));
        }
        // A hundred years are within range.
        let micros = ahead.num_microseconds().unwrap_or(i64::MAX);
        let set: Option<bool> = sqlx::query_scalar(
            "WITH moved AS (
                 UPDATE sandboxes SET ahead_micros = $2 WHERE merchant_id = $1 AND ahead_micros <= $2 RETURNING 1
             )
             SELECT EXISTS (SELECT FROM moved) FROM sandboxes WHERE merchant_id = $1",
        )
        .bind(merchant.uuid())
        .bind(micros)
        .fetch_optional(self.pool())
        .await?;
        match set {
            None => Err(Error::conflict("not_a_sandbox", "Only the clock of a sandbox can be set")),
            Some(false) => {
                let now = self.now(merchant).format("%Y-%m-%dT%H:%M:%SZ");
                Err(Error::field(
                    "/to",
                    "in_past",
                    format!("The clock stands at {now} and only goes forward"),
                ))
            }
            Some(true) => {
                self.clock().set_ahead(ahead_of_all(self.pool()).await?);
                Ok(self.now(merchant))
            }
        }
    }
}

/// By how much the clocks of sandboxes are ahead; those that are not are left out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn ahead_of_all(pool: &PgPool) -> Result<Ahead, Error> {
    let rows: Vec<(Uuid, i64)> =
        sqlx::query_as("SELECT merchant_id, ahead_micros FROM sandboxes WHERE ahead_micros > 0")
            .fetch_all(pool)
            .await?;
    let ahead = |(merchant, micros)| (MerchantId::from_uuid(merchant), TimeDelta::microseconds(micros));
    Ok(rows.into_iter().map(ahead).collect())
}

/// Keeps a clock up to date with what is set elsewhere, until `stop`.
pub(crate) async fn follow(pool: PgPool, clock: Clock, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(FOLLOW) => {}
        }
        match ahead_of_all(&pool).await {
            Ok(ahead) => clock.set_ahead(ahead),
            Err(error) => tracing::debug!(%error, "the clocks of sandboxes could not be read; trying again"),
        }
    }
}

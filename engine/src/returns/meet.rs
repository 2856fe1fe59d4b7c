//! Returns that waited and have met their purchase.
//!
//! They are gone through in the order of their key, so many in one look, so that what a look costs does not grow with what
//! waits. One that cannot be booked stops no other: it is tried again less and less often, and then kept with the reason.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::codes::ReturnKey;
use perennial_domain::ids::{MerchantId, PurchaseId};
use perennial_domain::returns::CheckedReturn;
use sea_orm::{ConnectionTrait as _, QueryResult};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::store::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::queue;
use crate::stored::stored;

/// How often it is looked which have met their purchase.
const EVERY: Duration = Duration::from_secs(1);
/// Returns that one look goes through. While no more wait, each is booked a second after its purchase at most.
const LOOK: i64 = 5_000;
/// Returns that one look books.
const BATCH: i64 = 100;

/// What identifies a return that waits, and its place among the others.
#[derive(Debug, Clone, Default)]
struct Key {
    merchant: Uuid,
    retailer: Uuid,
    transaction: String,
    return_id: String,
}

/// A return that has met its purchase.
struct Met {
    key: Key,
    purchase: PurchaseId,
    by: String,
    content: serde_json::Value,
    received_at: DateTime<Utc>,
    /// How often it could not be booked.
    attempts: i32,
}

/// What came of a look.
struct Look {
    booked: u64,
    /// Where the next one goes on; nothing when all have been looked at.
    next: Option<Key>,
    /// Whether more have met their purchase than one look books.
    more: bool,
}

impl Engine {
    /// Books the returns whose purchases have come, and forgets those whose time is over; the workers call it all the
    /// while. Tells how many were booked. Running it again, or elsewhere at the same time, changes nothing more.
    ///
    /// # Errors
    /// When the database fails, or is busy.
    pub async fn returns_meet(&self) -> Result<u64, Error> {
        self.forget_waiting().await?;
        let (mut booked, mut next) = (0, Some(Key::default()));
        while let Some(behind) = next {
            let look = self.meet_behind(&behind).await?;
            booked += look.booked;
            next = look.next;
        }
        Ok(booked)
    }

    /// Books what a look behind this place finds.
    async fn meet_behind(&self, behind: &Key) -> Result<Look, Error> {
        let [merchant, retailer, transaction, return_id] = behind.values();
        let now = self.clock().now();
        let values = [merchant, retailer, transaction, return_id, now.into(), LOOK.into(), BATCH.into()];
        let rows = self.db().query_all_raw(statement(include_str!("met.sql"), values)).await?;
        let looked: i64 = rows.first().map(|row| row.try_get("", "looked")).transpose()?.unwrap_or(0);
        let more = rows.len() as i64 >= BATCH;
        let last = rows.last().filter(|_| more || looked >= LOOK);
        let next = last.map(Key::from_row).transpose()?;
        let mut met =
            rows.iter().filter_map(|row| Met::from_row(row).transpose()).collect::<Result<Vec<_>, _>>()?;
        // Of several of one purchase the first is booked first.
        met.sort_by_key(|met| met.received_at);
        let mut booked = 0;
        for met in &met {
            match self.meet(met).await {
                Ok(here) => booked += u64::from(here),
                Err(error) => self.not_met(met, error).await?,
            }
        }
        if booked > 0 {
            self.outbox_wake().wake();
        }
        Ok(Look { booked, next, more })
    }

    /// Books one, if nobody else has.
    async fn meet(&self, met: &Met) -> Result<bool, Error> {
        let checked = met.checked()?;
        let txn = self.begin().await?;
        let take = "DELETE FROM waiting_returns
            WHERE merchant_id = $1 AND retailer_id = $2 AND transaction_id = $3 AND return_id = $4 AND refused_at IS NULL";
        let taken = txn.execute_raw(statement(take, met.key.values())).await?.rows_affected();
        if taken == 0 {
            return Ok(false);
        }
        let cx = Cx::system(met.merchant());
        self.book_return(&txn, &cx, met.purchase, &checked, &met.by).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// One could not be booked: whether it is tried again. While the database is busy nobody else is tried, either; the one
    /// that met that steps back, so that the others come first then.
    async fn not_met(&self, met: &Met, error: Error) -> Result<(), Error> {
        match error {
            Error::Busy { .. } => {
                self.put_off_waiting(met, met.attempts).await?;
                Err(error)
            }
            Error::Invalid(_) | Error::NotFound(_) | Error::Conflict { .. } | Error::ReturnExceeds(_) => {
                self.refuse(met, &error).await
            }
            _ if met.attempts + 1 >= queue::ATTEMPTS => self.refuse(met, &error).await,
            _ => {
                metrics::counter!("returns_waiting_errors_total").increment(1);
                tracing::warn!(merchant = %met.merchant(), purchase = %met.purchase, ?error, "a return that waited could not be booked");
                self.put_off_waiting(met, met.attempts + 1).await
            }
        }
    }

    /// Lets one that was tried so often wait before it is tried again, as long as a message does.
    async fn put_off_waiting(&self, met: &Met, attempts: i32) -> Result<(), Error> {
        let pause = TimeDelta::from_std(queue::pause(attempts)).unwrap_or(TimeDelta::minutes(2));
        let put_off = "UPDATE waiting_returns SET attempts = $5, due_at = $6
            WHERE merchant_id = $1 AND retailer_id = $2 AND transaction_id = $3 AND return_id = $4";
        let [merchant, retailer, transaction, return_id] = met.key.values();
        let due_at = self.clock().now() + pause;
        let values = [merchant, retailer, transaction, return_id, attempts.into(), due_at.into()];
        self.db().execute_raw(statement(put_off, values)).await?;
        Ok(())
    }

    /// Forgets what has waited too long: by the time of the world, and for a sandbox by its own.
    async fn forget_waiting(&self) -> Result<(), Error> {
        let all = "DELETE FROM waiting_returns WHERE expires_at <= $1";
        self.db().execute_raw(statement(all, [self.clock().now().into()])).await?;
        let of_one = "DELETE FROM waiting_returns WHERE merchant_id = $1 AND expires_at <= $2";
        for merchant in self.clock().ahead() {
            let now = self.now(merchant);
            self.db().execute_raw(statement(of_one, [merchant.uuid().into(), now.into()])).await?;
        }
        Ok(())
    }

    /// Notes why one cannot be booked. It is not tried again; the till that sends it again hears why.
    async fn refuse(&self, met: &Met, error: &Error) -> Result<(), Error> {
        let now = self.now(met.merchant());
        tracing::warn!(merchant = %met.merchant(), purchase = %met.purchase, ?error, "a return that waited was refused");
        metrics::counter!("returns_refused_total").increment(1);
        let note = "UPDATE waiting_returns SET refused_at = $5, refusal = $6
            WHERE merchant_id = $1 AND retailer_id = $2 AND transaction_id = $3 AND return_id = $4";
        let [merchant, retailer, transaction, return_id] = met.key.values();
        let values = [merchant, retailer, transaction, return_id, now.into(), error.to_string().into()];
        self.db().execute_raw(statement(note, values)).await?;
        Ok(())
    }
}

impl Key {
    fn from_row(row: &QueryResult) -> Result<Self, Error> {
        Ok(Self {
            merchant: row.try_get("", "merchant_id")?,
            retailer: row.try_get("", "retailer_id")?,
            transaction: row.try_get("", "transaction_id")?,
            return_id: row.try_get("", "return_id")?,
        })
    }

    fn values(&self) -> [sea_orm::Value; 4] {
        let (transaction, return_id) = (self.transaction.clone(), self.return_id.clone());
        [self.merchant.into(), self.retailer.into(), transaction.into(), return_id.into()]
    }
}

impl Met {
    /// Nothing when the purchase has not come.
    fn from_row(row: &QueryResult) -> Result<Option<Self>, Error> {
        let Some(purchase) = row.try_get::<Option<Uuid>>("", "purchase_id")? else { return Ok(None) };
        Ok(Some(Self {
            key: Key::from_row(row)?,
            purchase: PurchaseId::from_uuid(purchase),
            by: row.try_get("", "actor_name")?,
            content: row.try_get("", "content")?,
            received_at: row.try_get("", "received_at")?,
            attempts: row.try_get("", "attempts")?,
        }))
    }

    fn merchant(&self) -> MerchantId {
        MerchantId::from_uuid(self.key.merchant)
    }

    /// What it says. Read here and not with the row: one that cannot be read is only itself wrong.
    fn checked(&self) -> Result<CheckedReturn, Error> {
        let returning = serde_json::from_value(self.content.clone());
        Ok(CheckedReturn {
            return_id: stored(ReturnKey::new(&self.key.return_id), "waiting_returns.return_id")?,
            returning: stored(returning, "waiting_returns.content")?,
        })
    }
}

/// Books what has met its purchase until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    let mut behind = Key::default();
    while !stop.is_cancelled() {
        let look = async {
            engine.forget_waiting().await?;
            engine.meet_behind(&behind).await
        }
        .await;
        match look {
            Ok(look) => {
                behind = look.next.unwrap_or_default();
                if look.more {
                    continue;
                }
            }
            Err(error) => {
                metrics::counter!("returns_waiting_errors_total").increment(1);
                tracing::warn!(%error, "returns that wait could not be booked; trying again");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

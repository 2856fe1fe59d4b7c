//! What came of an attempt: the log, when it is tried again, and how the endpoint is.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};
use uuid::Uuid;

use super::deliver::Answer;
use super::endpoints::WhyDisabled;
use super::lane::{Due, LEASE, Lane};
use super::{ANSWER_KEPT, OUTAGE, letter, schedule, statement};
use crate::engine::Engine;
use crate::error::Error;
use crate::rules::publish_rules;

/// An error text is cut after so many bytes.
const ERROR_KEPT: usize = 300;
/// An endpoint that is well has its last success noted so often: its lanes do not wait for each other to write it.
const SUCCESS_NOTED: TimeDelta = TimeDelta::seconds(1);

/// How the endpoint was.
#[derive(FromQueryResult)]
struct Health {
    url: String,
    failures: i32,
    failing_since: Option<DateTime<Utc>>,
    disabled_at: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    last_success_at: Option<DateTime<Utc>>,
}

impl Health {
    /// Whether another success says nothing that is not known.
    fn is_known_to_be_well(&self, now: DateTime<Utc>) -> bool {
        self.failures == 0
            && self.paused_until.is_none()
            && self.last_success_at.is_some_and(|last| now - last < SUCCESS_NOTED)
    }
}

/// How the delivery was.
#[derive(FromQueryResult)]
struct Known {
    id: Uuid,
    customer_id: Option<Uuid>,
    attempts: i32,
    tries: i32,
    again: bool,
    started_at: DateTime<Utc>,
}

/// What becomes of the delivery.
enum Next {
    Delivered,
    /// It keeps its place in the order, and is what asks whether the endpoint is back.
    InOrder,
    /// It goes by itself then.
    Again(DateTime<Utc>),
    GivenUp,
}

impl Lane {
    /// Notes an attempt in one transaction; false, and nothing noted, when the lane is no longer ours.
    pub(super) async fn record(&self, engine: &Engine, due: &Due, answer: &Answer) -> Result<bool, Error> {
        let txn = engine.begin().await?;
        if !self.keep(&txn).await? {
            txn.rollback().await?;
            return Ok(false);
        }
        // Under the lane, the endpoint, then its deliveries: everybody takes them in this order.
        let mut health = self.health(&txn, include_str!("sql/health.sql")).await?;
        let now = engine.clock().now();
        let says_nothing =
            answer.is_success() && health.as_ref().is_some_and(|it| it.is_known_to_be_well(now));
        if !says_nothing {
            health = self.health(&txn, include_str!("sql/health_locked.sql")).await?;
        }
        // Under the lock that all lanes take: what failed after the endpoint went away is not from before.
        let now = engine.clock().now();
        let known = self.known(&txn, due.id).await?;
        let (Some(health), Some(known)) = (health, known) else {
            txn.rollback().await?;
            return Ok(false);
        };
        self.log(&txn, &known, now, answer).await?;
        let why = if answer.is_success() {
            self.settle(&txn, due.id, &Next::Delivered, false, now).await?;
            if !says_nothing {
                self.succeeded(&txn, now).await?;
            }
            None
        } else {
            self.failed(&txn, engine, &health, &known, now, answer).await?
        };
        let switched_off = why.is_some() && health.disabled_at.is_none();
        if let Some(why) = why.filter(|_| switched_off) {
            letter::switched_off(&txn, engine, self.merchant, &health.url, why).await?;
        }
        txn.commit().await?;
        if switched_off {
            metrics::counter!("webhook_endpoints_disabled_total").increment(1);
            engine.inner.mail_wake.notify_one();
            self.tell_servers(engine, now).await?;
        }
        Ok(true)
    }

    /// The endpoint, as `select` reads it.
    async fn health(&self, txn: &DatabaseTransaction, select: &'static str) -> Result<Option<Health>, Error> {
        let key = [self.merchant.uuid().into(), self.endpoint.into()];
        Ok(Health::find_by_statement(statement(select, key)).one(txn).await?)
    }

    /// Keeps the lease for another attempt; false when it is not ours.
    async fn keep(&self, txn: &DatabaseTransaction) -> Result<bool, Error> {
        let values = [
            self.merchant.uuid().into(),
            self.endpoint.into(),
            self.again.into(),
            self.shard.into(),
            self.fence.into(),
            LEASE.as_secs_f64().into(),
        ];
        let update = "UPDATE webhook_lanes SET leased_until = clock_timestamp() + make_interval(secs => $6)
            WHERE merchant_id = $1 AND endpoint_id = $2 AND again = $3 AND shard = $4 AND fence = $5";
        Ok(txn.execute_raw(statement(update, values)).await?.rows_affected() == 1)
    }

    async fn known(&self, txn: &DatabaseTransaction, delivery: Uuid) -> Result<Option<Known>, Error> {
        let select = "SELECT id, customer_id, attempts, tries, again, started_at FROM webhook_deliveries
            WHERE merchant_id = $1 AND id = $2 FOR NO KEY UPDATE";
        let values = [self.merchant.uuid().into(), delivery.into()];
        Ok(Known::find_by_statement(statement(select, values)).one(txn).await?)
    }

    async fn log(
        &self,
        txn: &DatabaseTransaction,
        known: &Known,
        now: DateTime<Utc>,
        answer: &Answer,
    ) -> Result<(), Error> {
        let says_nothing = answer.body.is_empty() || self.is_about_somebody_erased(txn, known).await?;
        let said = if says_nothing { "" } else { &answer.body };
        let values = [
            self.merchant.uuid().into(),
            known.id.into(),
            known.attempts.saturating_add(1).into(),
            now.into(),
            i32::try_from(answer.duration.as_millis()).unwrap_or(i32::MAX).into(),
            answer.status.map(i32::from).into(),
            answer.error.as_deref().map(|error| cut(error, ERROR_KEPT)).into(),
            cut(said, ANSWER_KEPT).into(),
        ];
        let insert = "INSERT INTO webhook_attempts
            (merchant_id, delivery_id, number, attempted_at, duration_ms, status, error, answer)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        txn.execute_raw(statement(insert, values)).await?;
        Ok(())
    }

    /// Whether the customer was erased, however recently: what a receiver says then may be what nobody is to keep. Whoever erases
    /// the customer waits for us, or we for them.
    async fn is_about_somebody_erased(
        &self,
        txn: &DatabaseTransaction,
        known: &Known,
    ) -> Result<bool, Error> {
        let Some(customer) = known.customer_id else { return Ok(false) };
        let select = "SELECT erased_at IS NOT NULL AS is_erased FROM customers
            WHERE merchant_id = $1
              AND id = coalesce((SELECT merged_into FROM customers WHERE merchant_id = $1 AND id = $2), $2)
            FOR KEY SHARE";
        let key = [self.merchant.uuid().into(), customer.into()];
        let row = txn.query_one_raw(statement(select, key)).await?;
        Ok(row.map(|row| row.try_get("", "is_erased")).transpose()?.unwrap_or(false))
    }

    /// The endpoint is well, whatever was before; what it missed while it was away follows in order.
    async fn succeeded(&self, txn: &DatabaseTransaction, now: DateTime<Utc>) -> Result<(), Error> {
        let values = [self.merchant.uuid().into(), self.endpoint.into(), now.into()];
        let update = "UPDATE webhook_endpoints
            SET failures = 0, failing_since = NULL, paused_until = NULL, last_success_at = $3
            WHERE merchant_id = $1 AND id = $2";
        txn.execute_raw(statement(update, values)).await?;
        Ok(())
    }

    /// Notes a failure, and tells why the endpoint is to be switched off, when it is.
    async fn failed(
        &self,
        txn: &DatabaseTransaction,
        engine: &Engine,
        health: &Health,
        known: &Known,
        now: DateTime<Utc>,
        answer: &Answer,
    ) -> Result<Option<WhyDisabled>, Error> {
        let (_, [jitter, other, ..]) = engine.id_parts();
        let was_away = health.failures >= OUTAGE;
        let failures = health.failures.saturating_add(1);
        let since = health.failing_since.unwrap_or(now);
        let wish = answer.retry_after.and_then(|wish| TimeDelta::from_std(wish).ok());
        let wish = wish.map(|wish| wish.min(schedule::RETRY_AFTER_MAX));
        // One that only answers when it is there again must not use up the tries of what asks.
        let next = if answer.is_gone() {
            Next::GivenUp
        } else if was_away && !known.again {
            if now - known.started_at >= schedule::PATIENCE { Next::GivenUp } else { Next::InOrder }
        } else {
            match schedule::pause(known.tries.saturating_add(1), jitter) {
                Some(pause) => Next::Again(now + wish.map_or(pause, |wish| wish.max(pause))),
                None => Next::GivenUp,
            }
        };
        self.settle(txn, known.id, &next, !was_away, now).await?;
        if failures >= OUTAGE && !was_away {
            self.back_into_order(txn, since).await?;
        }
        let why = match (answer.is_gone(), now - since >= schedule::SWITCH_OFF) {
            (true, _) => Some(WhyDisabled::Gone),
            (false, true) => Some(WhyDisabled::Failing),
            (false, false) => None,
        };
        let paused_until = schedule::away(failures, now - since, other).max(wish).map(|pause| now + pause);
        let values = [
            self.merchant.uuid().into(),
            self.endpoint.into(),
            failures.into(),
            since.into(),
            paused_until.into(),
            why.map(|_| now).into(),
            why.map(WhyDisabled::as_str).into(),
        ];
        let update = "UPDATE webhook_endpoints
            SET failures = $3, failing_since = $4, paused_until = $5,
                disabled_at = coalesce(disabled_at, $6), disabled_why = coalesce(disabled_why, $7)
            WHERE merchant_id = $1 AND id = $2";
        txn.execute_raw(statement(update, values)).await?;
        Ok(why)
    }

    async fn settle(
        &self,
        txn: &DatabaseTransaction,
        id: Uuid,
        next: &Next,
        counts: bool,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let (state, again, due_at) = match next {
            Next::Delivered => ("delivered", self.again, now),
            Next::InOrder => ("waiting", false, now),
            Next::Again(due_at) => ("waiting", true, *due_at),
            Next::GivenUp => ("failed", self.again, now),
        };
        let values = [
            self.merchant.uuid().into(),
            id.into(),
            state.into(),
            again.into(),
            due_at.into(),
            i32::from(counts).into(),
            now.into(),
        ];
        let update = "UPDATE webhook_deliveries
            SET state = $3, again = $4, due_at = $5, attempts = attempts + 1, tries = tries + $6, last_attempt_at = $7
            WHERE merchant_id = $1 AND id = $2";
        txn.execute_raw(statement(update, values)).await?;
        Ok(())
    }

    /// The endpoint seems to be away: what failed since it went away was not refused, and keeps its place.
    async fn back_into_order(&self, txn: &DatabaseTransaction, since: DateTime<Utc>) -> Result<(), Error> {
        let values = [self.merchant.uuid().into(), self.endpoint.into(), since.into()];
        let update = "UPDATE webhook_deliveries SET again = false
            WHERE merchant_id = $1 AND endpoint_id = $2 AND state = 'waiting' AND again AND last_attempt_at >= $3";
        txn.execute_raw(statement(update, values)).await?;
        Ok(())
    }

    /// An endpoint less may be the last that listened: purchases need not be told any more.
    async fn tell_servers(&self, engine: &Engine, now: DateTime<Utc>) -> Result<(), Error> {
        let txn = engine.begin().await?;
        publish_rules(&txn, self.merchant, now).await?;
        txn.commit().await?;
        Ok(())
    }
}

/// The beginning of a text, without the one letter that Postgres does not store.
fn cut(text: &str, bytes: usize) -> String {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_letters_and_can_be_stored() {
        assert_eq!(cut("äöü", 3), "ä");
        assert_eq!(cut("a\0b", 10), "a\u{fffd}b");
        assert_eq!(cut("", 0), "");
    }
}

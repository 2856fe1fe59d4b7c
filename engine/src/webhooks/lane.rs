//! One lane of an endpoint, while its lease is ours.

use std::time::{Duration, Instant};

use perennial_domain::ids::MerchantId;
use sea_orm::{ConnectionTrait as _, FromQueryResult, QueryResult};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;

use super::deliver::{Deliver, Post};
use super::secret::WebhookSecret;
use super::{OUTAGE, statement};
use crate::engine::Engine;
use crate::error::Error;
use crate::spans;

/// How long a lane is ours after each attempt: longer than a request may take, and the time until another server takes
/// over what a crash has left.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// A lane is given back after so long, so that one that never ends does not keep others waiting.
const TURN: Duration = Duration::from_secs(5);
/// Customers among whom an attempt rotates while the endpoint is away, so that one delivery that always fails is not the
/// only one that asks whether it is back.
const ROTATION: i64 = 100;

/// A lane that was taken.
pub(super) struct Lane {
    pub(super) merchant: MerchantId,
    pub(super) endpoint: Uuid,
    /// Whether this is the lane of what was tried before, rather than the one that goes in order.
    pub(super) again: bool,
    /// Which part of the customers.
    pub(super) shard: i32,
    pub(super) fence: i64,
}

/// The endpoint as it is now.
#[derive(FromQueryResult)]
struct Target {
    url: String,
    failures: i32,
    secrets: Vec<Vec<u8>>,
}

/// A delivery to make an attempt of.
#[derive(FromQueryResult)]
pub(super) struct Due {
    pub(super) id: Uuid,
    pub(super) event_id: Uuid,
    body: String,
}

impl Lane {
    pub(super) fn of(row: &QueryResult) -> Result<Self, Error> {
        Ok(Self {
            merchant: MerchantId::from_uuid(row.try_get("", "merchant_id")?),
            endpoint: row.try_get("", "endpoint_id")?,
            again: row.try_get("", "again")?,
            shard: row.try_get("", "shard")?,
            fence: row.try_get("", "fence")?,
        })
    }

    /// Sends what is due, one after the other, and gives the lane back; tells how many requests were made.
    ///
    /// # Errors
    /// When the database fails. What was sent and not noted will be sent again.
    pub(super) async fn work(
        self,
        engine: &Engine,
        client: &dyn Deliver,
        stop: &CancellationToken,
    ) -> Result<usize, Error> {
        let begun = Instant::now();
        let mut made = 0;
        while !stop.is_cancelled() && begun.elapsed() < TURN {
            let Some((post, due)) = self.next(engine).await? else { break };
            let span = spans::webhook(self.merchant.uuid(), self.endpoint, due.event_id);
            let answer = client.deliver(&post).instrument(span.clone()).await;
            span.record("http.response.status_code", answer.status);
            if !answer.is_success() {
                span.record("otel.status_code", "ERROR");
            }
            drop(span);
            made += 1;
            let result = if answer.is_success() { "delivered" } else { "failed" };
            metrics::counter!("webhook_attempts_total", "result" => result).increment(1);
            metrics::histogram!("webhook_attempt_seconds").record(answer.duration.as_secs_f64());
            if !self.record(engine, &due, &answer).await? {
                // Another server has the lane, or the endpoint is gone: there is nothing to give back.
                metrics::counter!("webhook_leases_lost_total").increment(1);
                return Ok(made);
            }
        }
        self.give_back(engine).await?;
        Ok(made)
    }

    /// The request to make now. `None` when there is none, or when it must wait.
    async fn next(&self, engine: &Engine) -> Result<Option<(Post, Due)>, Error> {
        let now = engine.clock().now();
        let key = || [self.merchant.uuid().into(), self.endpoint.into()];
        let values = key().into_iter().chain([now.into()]);
        let target = Target::find_by_statement(statement(include_str!("sql/target.sql"), values));
        let Some(target) = target.one(engine.db()).await? else { return Ok(None) };
        let is_away = target.failures >= OUTAGE;
        let select = match (self.again, is_away) {
            (true, true) => return Ok(None),
            (true, false) => {
                let values = key().into_iter().chain([now.into(), self.shard.into()]);
                statement(include_str!("sql/next_again.sql"), values)
            }
            (false, is_away) => {
                let front = if is_away { ROTATION } else { 1 };
                let values = key().into_iter().chain([front.into(), self.shard.into()]);
                statement(include_str!("sql/next_in_order.sql"), values)
            }
        };
        let Some(due) = Due::find_by_statement(select).one(engine.db()).await? else { return Ok(None) };
        if is_away {
            let values = key().into_iter().chain([now.into(), (now + LEASE).into()]);
            let claim = engine.db().execute_raw(statement(include_str!("sql/probe.sql"), values)).await?;
            if claim.rows_affected() == 0 {
                return Ok(None);
            }
        }
        let (id, timestamp) = (due.event_id.to_string(), now.timestamp());
        let signatures: Vec<String> = target
            .secrets
            .into_iter()
            .map(|secret| WebhookSecret::from_bytes(secret).sign(&id, timestamp, &due.body))
            .collect();
        let post =
            Post { url: target.url, id, timestamp, signature: signatures.join(" "), body: due.body.clone() };
        Ok(Some((post, due)))
    }

    /// Lets others have the lane.
    async fn give_back(&self, engine: &Engine) -> Result<(), Error> {
        let values = [
            self.merchant.uuid().into(),
            self.endpoint.into(),
            self.again.into(),
            self.shard.into(),
            self.fence.into(),
        ];
        let update = "UPDATE webhook_lanes SET leased_until = clock_timestamp()
            WHERE merchant_id = $1 AND endpoint_id = $2 AND again = $3 AND shard = $4 AND fence = $5";
        engine.db().execute_raw(statement(update, values)).await?;
        Ok(())
    }
}

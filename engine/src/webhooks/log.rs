//! The log of deliveries: looking at it, sending again, and sending a test.

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::{CustomerId, WebhookDeliveryId, WebhookId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::{Builder, Uuid};

use super::endpoints::find;
use super::{TEST_KIND, statement};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};

/// Deliveries that one call sends again at most.
pub const RESENT_MAX: i64 = 1_000;

/// What has become of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is to be sent, for the first time or again.
    Waiting,
    /// The endpoint has it.
    Delivered,
    /// It was given up; it can be sent again by hand.
    Failed,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Failed];

    /// The word in JSON, in addresses and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = UnknownDeliveryState;

    fn from_str(text: &str) -> Result<Self, UnknownDeliveryState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownDeliveryState)
    }
}

/// The text names no state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be waiting, delivered or failed")]
pub struct UnknownDeliveryState;

/// What a list of deliveries is narrowed to; every condition that is given has to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// What has become of them.
    pub state: Option<DeliveryState>,
    /// What happened, exactly: `points.credited`.
    pub kind: Option<String>,
}

/// What was sent again of what had been given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Resent {
    /// How many deliveries wait to be sent again.
    pub resent: u64,
    /// Whether there may be more: doing it again takes the next of them.
    pub more: bool,
}

/// An event for an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// The delivery.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub id: WebhookDeliveryId,
    /// The endpoint.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub webhook_id: WebhookId,
    /// The event; `webhook-id` of every attempt.
    pub event_id: Uuid,
    /// What happened, for example `points.credited`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whom it concerns.
    pub customer_id: Option<CustomerId>,
    /// The customer's event counter.
    pub sequence: Option<i64>,
    /// What has become of it.
    pub state: DeliveryState,
    /// Attempts that were made.
    pub attempts: i32,
    /// HTTP status of the last attempt, when there was an answer.
    pub status: Option<i32>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When the last attempt was made.
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// When the next one is made; nothing for one that goes in order, as soon as it can.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// Counted from 1.
    pub number: i32,
    /// When it was made.
    pub attempted_at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    pub duration_ms: i32,
    /// HTTP status, when there was an answer.
    pub status: Option<i32>,
    /// Why there was none.
    pub error: Option<String>,
    /// The first kilobyte of the answer.
    pub answer: String,
}

/// A delivery with what was sent and every attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoggedDelivery {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// What is sent, to the letter: JSON.
    pub body: String,
    /// The attempts, newest first; the last hundred of them.
    pub log: Vec<Attempt>,
}

impl Engine {
    /// Deliveries to an endpoint in the last thirty days that pass the filter, newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such an endpoint; [`Error::Invalid`] when the page cannot be read.
    pub async fn webhook_delivery_list(
        &self,
        cx: &Cx,
        id: WebhookId,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, Error> {
        cx.require(Action::WebhooksRead)?;
        find(self.db(), cx.merchant(), id, self.clock().now()).await?;
        let after = page.after::<Uuid>()?;
        let states = filter.state.map_or(DeliveryState::ALL.to_vec(), |state| vec![state]);
        let states: Vec<String> = states.into_iter().map(|state| state.as_str().to_owned()).collect();
        let values = [
            cx.merchant().uuid().into(),
            id.uuid().into(),
            after.into(),
            page.probe().into(),
            states.into(),
            filter.kind.clone().into(),
        ];
        let rows = Row::find_by_statement(statement(include_str!("sql/deliveries.sql"), values));
        let rows = rows.all(self.db()).await?;
        let deliveries = rows.into_iter().map(Row::delivery).collect::<Result<Vec<_>, _>>()?;
        Ok(page.page(deliveries, |delivery| delivery.id.uuid()))
    }

    /// One delivery with its attempts.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn webhook_delivery_get(
        &self,
        cx: &Cx,
        id: WebhookDeliveryId,
    ) -> Result<LoggedDelivery, Error> {
        cx.require(Action::WebhooksRead)?;
        let key = || [cx.merchant().uuid().into(), id.uuid().into()];
        let row = Row::find_by_statement(statement(include_str!("sql/delivery.sql"), key()));
        let mut row = row.one(self.db()).await?.ok_or(Error::NotFound(What::WebhookDelivery))?;
        let body = row.body.take().unwrap_or_default();
        let select = "SELECT number, attempted_at, duration_ms, status, error, answer FROM webhook_attempts
            WHERE merchant_id = $1 AND delivery_id = $2 ORDER BY number DESC LIMIT 100";
        let attempts = AttemptRow::find_by_statement(statement(select, key())).all(self.db()).await?;
        let log = attempts.into_iter().map(AttemptRow::attempt).collect();
        Ok(LoggedDelivery { delivery: row.delivery()?, body, log })
    }

    /// Sends a delivery again, whatever has become of it, as soon as its endpoint takes one; with the same
    /// `webhook-id`. Its row of retries begins anew.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `webhook_disabled`.
    pub async fn webhook_resend(&self, cx: &Cx, id: WebhookDeliveryId) -> Result<Delivery, Error> {
        let txn = self.begin().await?;
        let delivery = self.webhook_resend_in(&txn, cx, id).await?;
        txn.commit().await?;
        Ok(delivery)
    }

    /// [`webhook_resend`](Self::webhook_resend) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn webhook_resend_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: WebhookDeliveryId,
    ) -> Result<Delivery, Error> {
        cx.require(Action::WebhooksWrite)?;
        let key = || [cx.merchant().uuid().into(), id.uuid().into()];
        let select = "SELECT endpoint_id FROM webhook_deliveries WHERE merchant_id = $1 AND id = $2";
        let row = txn.query_one_raw(statement(select, key())).await?;
        let endpoint: Uuid = row.ok_or(Error::NotFound(What::WebhookDelivery))?.try_get("", "endpoint_id")?;
        let in_order = self.webhook_open(txn, cx, WebhookId::from_uuid(endpoint)).await?;
        let now = self.clock().now();
        let update = "UPDATE webhook_deliveries
            SET state = 'waiting', again = $3, due_at = $4, started_at = $4, tries = 0
            WHERE merchant_id = $1 AND id = $2";
        let values = key().into_iter().chain([(!in_order).into(), now.into()]);
        txn.execute_raw(statement(update, values)).await?;
        let row = Row::find_by_statement(statement(include_str!("sql/delivery.sql"), key())).one(txn).await?;
        row.ok_or(Error::NotFound(What::WebhookDelivery))?.delivery()
    }

    /// Sends what an endpoint was not able to take, and was given up, once more: every delivery of this kind, or of all; at
    /// most [`RESENT_MAX`] of them at a time, the oldest first. Their rows of retries begin anew.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `webhook_disabled`.
    pub async fn webhook_resend_failed(
        &self,
        cx: &Cx,
        id: WebhookId,
        kind: Option<String>,
    ) -> Result<Resent, Error> {
        let txn = self.begin().await?;
        let resent = self.webhook_resend_failed_in(&txn, cx, id, kind).await?;
        txn.commit().await?;
        Ok(resent)
    }

    /// [`webhook_resend_failed`](Self::webhook_resend_failed) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn webhook_resend_failed_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: WebhookId,
        kind: Option<String>,
    ) -> Result<Resent, Error> {
        cx.require(Action::WebhooksWrite)?;
        let in_order = self.webhook_open(txn, cx, id).await?;
        let values = [
            cx.merchant().uuid().into(),
            id.uuid().into(),
            kind.into(),
            RESENT_MAX.into(),
            (!in_order).into(),
            self.clock().now().into(),
        ];
        let update = statement(include_str!("sql/resend_failed.sql"), values);
        let resent = txn.execute_raw(update).await?.rows_affected();
        Ok(Resent { resent, more: resent >= RESENT_MAX.unsigned_abs() })
    }

    /// Sends a test event to an endpoint.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `webhook_disabled`.
    pub async fn webhook_test(&self, cx: &Cx, id: WebhookId) -> Result<Delivery, Error> {
        let txn = self.begin().await?;
        let delivery = self.webhook_test_in(&txn, cx, id).await?;
        txn.commit().await?;
        Ok(delivery)
    }

    /// [`webhook_test`](Self::webhook_test) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn webhook_test_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: WebhookId,
    ) -> Result<Delivery, Error> {
        cx.require(Action::WebhooksWrite)?;
        let in_order = self.webhook_open(txn, cx, id).await?;
        let now = self.clock().now();
        let (millis, random) = self.id_parts();
        let delivery = WebhookDeliveryId::new(millis, random);
        let event = Builder::from_unix_timestamp_millis(millis, &self.id_parts().1).into_uuid();
        let body = json!({
            "type": TEST_KIND,
            "timestamp": now.to_rfc3339_opts(SecondsFormat::Micros, true),
            "data": { "webhook_id": id },
        });
        let values = [
            cx.merchant().uuid().into(),
            id.uuid().into(),
            event.into(),
            delivery.uuid().into(),
            TEST_KIND.into(),
            body.to_string().into(),
            now.into(),
            (!in_order).into(),
        ];
        let insert = "INSERT INTO webhook_deliveries
            (merchant_id, endpoint_id, event_id, id, kind, body, created_at, due_at, started_at, again)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7, $8)";
        txn.execute_raw(statement(insert, values)).await?;
        let key = [cx.merchant().uuid().into(), delivery.uuid().into()];
        let row = Row::find_by_statement(statement(include_str!("sql/delivery.sql"), key)).one(txn).await?;
        row.ok_or(Error::NotFound(What::WebhookDelivery))?.delivery()
    }

    /// Locks an endpoint that somebody wants something sent to by hand, and ends its pause: a person has looked. Tells
    /// whether it seems to be away, so that only what goes in order is tried.
    async fn webhook_open(&self, txn: &DatabaseTransaction, cx: &Cx, id: WebhookId) -> Result<bool, Error> {
        let update = "UPDATE webhook_endpoints SET paused_until = NULL WHERE merchant_id = $1 AND id = $2
            RETURNING disabled_at IS NULL AS is_enabled, failures";
        let key = [cx.merchant().uuid().into(), id.uuid().into()];
        let row = txn.query_one_raw(statement(update, key)).await?.ok_or(Error::NotFound(What::Webhook))?;
        if !row.try_get::<bool>("", "is_enabled")? {
            let detail = "The endpoint is switched off: switch it on first";
            return Err(Error::conflict("webhook_disabled", detail));
        }
        Ok(row.try_get::<i32>("", "failures")? >= super::OUTAGE)
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    endpoint_id: Uuid,
    event_id: Uuid,
    kind: String,
    customer_id: Option<Uuid>,
    sequence: Option<i64>,
    state: String,
    again: bool,
    due_at: DateTime<Utc>,
    attempts: i32,
    status: Option<i32>,
    created_at: DateTime<Utc>,
    last_attempt_at: Option<DateTime<Utc>>,
    body: Option<String>,
}

impl Row {
    fn delivery(self) -> Result<Delivery, Error> {
        let state: DeliveryState = self
            .state
            .parse()
            .map_err(|_| Error::Inconsistent(format!("webhook_deliveries.state: {}", self.state)))?;
        let goes_by_itself = state == DeliveryState::Waiting && self.again;
        Ok(Delivery {
            id: WebhookDeliveryId::from_uuid(self.id),
            webhook_id: WebhookId::from_uuid(self.endpoint_id),
            event_id: self.event_id,
            kind: self.kind,
            customer_id: self.customer_id.map(CustomerId::from_uuid),
            sequence: self.sequence,
            state,
            attempts: self.attempts,
            status: self.status,
            created_at: self.created_at,
            last_attempt_at: self.last_attempt_at,
            next_attempt_at: goes_by_itself.then_some(self.due_at),
        })
    }
}

#[derive(FromQueryResult)]
struct AttemptRow {
    number: i32,
    attempted_at: DateTime<Utc>,
    duration_ms: i32,
    status: Option<i32>,
    error: Option<String>,
    answer: String,
}

impl AttemptRow {
    fn attempt(self) -> Attempt {
        let Self { number, attempted_at, duration_ms, status, error, answer } = self;
        Attempt { number, attempted_at, duration_ms, status, error, answer }
    }
}

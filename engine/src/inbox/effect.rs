//! Each event at its door.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, Utc};
use perennial_domain::cloud_events::EventType;
use perennial_domain::purchase::PurchaseInput;
use perennial_domain::returns::TransactionReturnInput;
use serde::de::DeserializeOwned;

use super::refusal::busy;
use super::{Outcome, order_placed};
use crate::customers::NewCustomer;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::intake::{SubmitOptions, Submitted};
use crate::json::{self, JsonError};
use crate::returns::Arrived;

/// How long a purchase may wait for its lane. Nobody stands at a till; less than the lease of its message.
const PATIENCE: Duration = Duration::from_secs(3);

/// An event that is to have its effect.
pub(super) struct Task {
    pub kind: EventType,
    /// When the source says that it happened.
    pub time: Option<DateTime<FixedOffset>>,
    /// From when its age counts.
    pub received_at: DateTime<Utc>,
    /// In whose name.
    pub cx: Cx,
    /// One JSON object.
    pub data: String,
}

impl Task {
    /// Has the effect, which happens once however often this is called.
    ///
    /// # Errors
    /// What the door refuses with.
    pub(super) async fn apply(&self, engine: &Engine) -> Result<Outcome, Error> {
        match self.kind {
            EventType::OrderCompleted => self.purchase(engine, self.read()?).await,
            EventType::OrderPlaced => {
                let order: order_placed::Order = self.read()?;
                let snapshot = engine.snapshot(&self.cx).await?;
                let purchase = order.purchase(&snapshot, self.cx.retailer(), self.time)?;
                self.purchase(engine, purchase).await
            }
            EventType::OrderReturned => self.take_back(engine, self.read()?).await,
            EventType::CustomerRegistered => self.register(engine, self.read()?).await,
        }
    }

    /// A pointer into the body of the direct call as one into the event.
    pub(super) fn pointer(&self, pointer: String) -> String {
        let adapted = match self.kind {
            EventType::OrderPlaced => order_placed::pointer(&pointer),
            EventType::OrderCompleted | EventType::OrderReturned | EventType::CustomerRegistered => None,
        };
        adapted.map_or_else(|| format!("/data{pointer}"), str::to_owned)
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        json::parse_object(self.data.as_bytes()).map_err(|error| match error {
            JsonError::Field(error) => Error::Invalid(vec![error]),
            // It was JSON when it was written down.
            JsonError::Malformed(detail) => Error::Inconsistent(format!("inbox.data: {detail}")),
        })
    }

    async fn purchase(&self, engine: &Engine, input: PurchaseInput) -> Result<Outcome, Error> {
        let mut checks = engine.purchase_checks(&self.cx);
        let (checked, sent) = checks.check(input).await?;
        let options = SubmitOptions {
            deadline: Some(PATIENCE),
            accepted_at: Some(self.received_at),
            ..SubmitOptions::default()
        };
        let answer = engine.purchases_submit(&self.cx, vec![checked], options).await.pop();
        let answer = answer.unwrap_or(Err(busy()));
        let Submitted { replayed, record } = checks.as_it_was(&sent, answer, options).await?;
        Ok(Outcome {
            purchase_id: Some(record.id),
            customer_id: record.customer_id,
            replayed,
            ..Outcome::default()
        })
    }

    async fn take_back(&self, engine: &Engine, input: TransactionReturnInput) -> Result<Outcome, Error> {
        let (retailer, transaction, checked) = input.check().map_err(Error::Invalid)?;
        let retailer = engine.return_retailer(&self.cx, retailer.as_deref()).await?;
        let txn = engine.begin().await?;
        let arrived = engine.return_transaction_in(&txn, &self.cx, retailer, &transaction, &checked).await?;
        txn.commit().await?;
        engine.outbox_wake().wake();
        Ok(match arrived {
            Arrived::Booked(returned) => Outcome {
                purchase_id: Some(returned.record.purchase_id),
                return_id: Some(returned.record.id),
                replayed: returned.replayed,
                ..Outcome::default()
            },
            Arrived::Waiting(waiting) => Outcome { waiting_until: Some(waiting.until), ..Outcome::default() },
        })
    }

    async fn register(&self, engine: &Engine, input: NewCustomer) -> Result<Outcome, Error> {
        let created = engine.customer_create(&self.cx, input).await?;
        engine.outbox_wake().wake();
        Ok(Outcome {
            customer_id: Some(created.customer.id),
            replayed: !created.is_new,
            ..Outcome::default()
        })
    }
}

//! What somebody does about an event that was refused.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::read::event_in;
use super::{Event, EventState, MODULE};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::statement::statement;

impl Engine {
    /// Tries a refused event again, as if it had just come; what it is late by still counts from when it came.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `event_not_refused` in every other state, `event_unreadable` when its
    /// envelope was refused, so that there is nothing to try.
    pub async fn event_retry(&self, cx: &Cx, source: &str, id: &str) -> Result<Event, Error> {
        let txn = self.begin().await?;
        let event = self.event_retry_in(&txn, cx, source, id).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(event)
    }

    /// [`event_retry`](Self::event_retry) within a transaction of the caller, who wakes the workers when it has committed.
    ///
    /// # Errors
    /// The same.
    pub async fn event_retry_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        source: &str,
        id: &str,
    ) -> Result<Event, Error> {
        cx.require(Action::EventsWrite)?;
        settle(txn, cx, self.now(cx.merchant()), include_str!("retry.sql"), source, id).await
    }

    /// Throws a refused event away: what it should have caused will not happen, and its data are forgotten.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `event_not_refused` in every other state.
    pub async fn event_discard(&self, cx: &Cx, source: &str, id: &str) -> Result<Event, Error> {
        let txn = self.begin().await?;
        let event = self.event_discard_in(&txn, cx, source, id).await?;
        txn.commit().await?;
        Ok(event)
    }

    /// [`event_discard`](Self::event_discard) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn event_discard_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        source: &str,
        id: &str,
    ) -> Result<Event, Error> {
        cx.require(Action::EventsWrite)?;
        settle(txn, cx, self.now(cx.merchant()), include_str!("discard.sql"), source, id).await
    }
}

/// Runs a statement that changes a refused event and takes its dead letter away, and tells why when it did not.
async fn settle(
    txn: &DatabaseTransaction,
    cx: &Cx,
    now: DateTime<Utc>,
    sql: &'static str,
    source: &str,
    id: &str,
) -> Result<Event, Error> {
    let values = [cx.merchant().uuid().into(), source.into(), id.into(), now.into(), MODULE.into()];
    let settled = txn.query_one_raw(statement(sql, values)).await?;
    let event = event_in(txn, cx, source, id).await?;
    if settled.is_some() {
        return Ok(event);
    }
    Err(match event.state {
        EventState::Refused => {
            Error::conflict("event_unreadable", "This event could not be read; there is nothing to try again")
        }
        EventState::Received | EventState::Done | EventState::Discarded => {
            Error::conflict("event_not_refused", "Only an event that was refused waits for somebody")
        }
    })
}

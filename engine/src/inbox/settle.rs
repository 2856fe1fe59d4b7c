//! What somebody does about an event that was refused.

use perennial_domain::access::Action;
use uuid::Uuid;

use super::{Event, EventState, MODULE};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

impl Engine {
    /// Tries a refused event again, as if it had just come; what it is late by still counts from when it came.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `event_not_refused` in every other state, `event_unreadable` when its
    /// envelope was refused, so that there is nothing to try.
    pub async fn event_retry(&self, cx: &Cx, source: &str, id: &str) -> Result<Event, Error> {
        cx.require(Action::EventsWrite)?;
        self.settle(cx, include_str!("retry.sql"), source, id).await?;
        self.outbox_wake().wake();
        self.event_get(cx, source, id).await
    }

    /// Throws a refused event away: what it should have caused will not happen, and its data are forgotten.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `event_not_refused` in every other state.
    pub async fn event_discard(&self, cx: &Cx, source: &str, id: &str) -> Result<Event, Error> {
        cx.require(Action::EventsWrite)?;
        self.settle(cx, include_str!("discard.sql"), source, id).await?;
        self.event_get(cx, source, id).await
    }

    /// Runs a statement that changes a refused event and takes its dead letter away, and tells why when it did not.
    async fn settle(&self, cx: &Cx, sql: &'static str, source: &str, id: &str) -> Result<(), Error> {
        let settled: Option<Uuid> = sqlx::query_scalar(sql)
            .bind(cx.merchant().uuid())
            .bind(source)
            .bind(id)
            .bind(self.now(cx.merchant()))
            .bind(MODULE)
            .fetch_optional(self.pool())
            .await?;
        if settled.is_some() {
            return Ok(());
        }
        Err(match self.event_get(cx, source, id).await?.state {
            EventState::Refused => Error::conflict(
                "event_unreadable",
                "This event could not be read; there is nothing to try again",
            ),
            EventState::Received | EventState::Done | EventState::Discarded => {
                Error::conflict("event_not_refused", "Only an event that was refused waits for somebody")
            }
        })
    }
}

//! Looking at events.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Event, EventState, Outcome};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest, searchable};
use crate::statement::statement;
use crate::stored::stored;

/// What a list of events is narrowed to; every condition that is given has to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// What has become of them.
    pub state: Option<EventState>,
    /// What they are about, exactly.
    pub kind: Option<String>,
    /// Who told them, exactly.
    pub source: Option<String>,
    /// The name that their source gave them, exactly.
    pub id: Option<String>,
}

impl Engine {
    /// An event by its source and id.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that was received more than thirty days ago.
    pub async fn event_get(&self, cx: &Cx, source: &str, id: &str) -> Result<Event, Error> {
        cx.require(Action::EventsRead)?;
        let row: Option<EventRow> = sqlx::query_as(include_str!("get.sql"))
            .bind(cx.merchant().uuid())
            .bind(source)
            .bind(id)
            .fetch_optional(self.pool())
            .await?;
        row.ok_or(Error::NotFound(What::Event))?.event()
    }

    /// An event by its place in the list, with more of its data than the list has: the first 65,536 letters.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that was received more than thirty days ago.
    pub async fn event_by_key(&self, cx: &Cx, key: Uuid) -> Result<Event, Error> {
        cx.require(Action::EventsRead)?;
        let row: Option<EventRow> = sqlx::query_as(include_str!("get_by_key.sql"))
            .bind(cx.merchant().uuid())
            .bind(key)
            .fetch_optional(self.pool())
            .await?;
        row.ok_or(Error::NotFound(What::Event))?.event()
    }

    /// Events that were received in the last thirty days, newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn event_list(
        &self,
        cx: &Cx,
        filter: &EventFilter,
        page: &PageRequest,
    ) -> Result<Page<Event>, Error> {
        cx.require(Action::EventsRead)?;
        // Not kept as a prepared statement: what is looked for decides by which index.
        let rows: Vec<EventRow> = sqlx::query_as(include_str!("list.sql"))
            .persistent(false)
            .bind(cx.merchant().uuid())
            .bind(filter.state.map(EventState::as_str))
            .bind(filter.kind.as_deref().map(searchable))
            .bind(filter.source.as_deref().map(searchable))
            .bind(filter.id.as_deref().map(searchable))
            .bind(page.after::<Uuid>()?)
            .bind(page.probe())
            .fetch_all(self.pool())
            .await?;
        let events = rows.into_iter().map(EventRow::event).collect::<Result<Vec<_>, _>>()?;
        Ok(page.page(events, |event| event.key))
    }
}

/// An event by its source and id, within a transaction of the caller.
pub(super) async fn event_in(
    txn: &DatabaseTransaction,
    cx: &Cx,
    source: &str,
    id: &str,
) -> Result<Event, Error> {
    cx.require(Action::EventsRead)?;
    let values = [cx.merchant().uuid().into(), source.into(), id.into()];
    let row = txn.query_one_raw(statement(include_str!("get.sql"), values)).await?;
    EventRow::of(&row.ok_or(Error::NotFound(What::Event))?)?.event()
}

/// A row of the table as the statements of this folder read it.
#[derive(FromRow)]
pub(super) struct EventRow {
    pub(super) key: Uuid,
    source: String,
    id: String,
    r#type: String,
    occurred_at: Option<DateTime<Utc>>,
    received_at: DateTime<Utc>,
    state: String,
    changed_at: DateTime<Utc>,
    outcome: Option<Json<Outcome>>,
    problem: Option<String>,
    excerpt: Option<String>,
}

impl EventRow {
    fn of(row: &QueryResult) -> Result<Self, Error> {
        let outcome: Option<Value> = row.try_get("", "outcome")?;
        let outcome = outcome.map(serde_json::from_value::<Outcome>).transpose();
        Ok(Self {
            key: row.try_get("", "key")?,
            source: row.try_get("", "source")?,
            id: row.try_get("", "id")?,
            r#type: row.try_get("", "type")?,
            occurred_at: row.try_get("", "occurred_at")?,
            received_at: row.try_get("", "received_at")?,
            state: row.try_get("", "state")?,
            changed_at: row.try_get("", "changed_at")?,
            outcome: stored(outcome, "inbox.outcome")?.map(Json),
            problem: row.try_get("", "problem")?,
            excerpt: row.try_get("", "excerpt")?,
        })
    }

    pub(super) fn event(self) -> Result<Event, Error> {
        let problem = self.problem.map(|problem| serde_json::from_str(&problem)).transpose();
        Ok(Event {
            key: self.key,
            source: self.source,
            id: self.id,
            kind: self.r#type,
            time: self.occurred_at,
            received_at: self.received_at,
            state: stored(self.state.parse(), "inbox.state")?,
            changed_at: self.changed_at,
            outcome: self.outcome.map(|Json(outcome)| outcome),
            problem: stored(problem, "inbox.problem")?,
            excerpt: self.excerpt,
        })
    }
}

//! What a customer is told: the list, and how far it has been read.

use chrono::{DateTime, Utc};
use perennial_domain::events::EventKind;
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::told::{Told, told};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::page::{Page, PageRequest};
use crate::statement::statement;
use crate::stored::stored;

/// Unread notifications are counted up to here: nobody reads more than "99+".
pub const UNREAD_MAX: i64 = 100;

/// Something that a customer is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notification {
    /// The event.
    pub id: Uuid,
    /// The customer's event counter; what is above the newest that was read is unread.
    pub sequence: i64,
    /// What happened, as the catalogue of events calls it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "tier.changed"))]
    pub kind: EventKind,
    /// The same for people: one short sentence without a full stop.
    pub text: String,
    /// The page of the portal that shows more, below the merchant's address: `tiers`; empty for the first page.
    pub page: String,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
    /// Whether the customer has not read the list since.
    pub unread: bool,
}

impl Engine {
    /// What the acting customer was told in the last 30 days, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless a customer acts; [`Error::Invalid`] for a page that cannot be read.
    pub async fn notification_list(&self, cx: &Cx, page: &PageRequest) -> Result<Page<Notification>, Error> {
        let customer = cx.require_customer()?;
        let (sequence, id): (i64, Uuid) = page.after()?.unwrap_or((i64::MAX, Uuid::max()));
        let values = [
            cx.merchant().uuid().into(),
            customer.uuid().into(),
            told_kinds().into(),
            sequence.into(),
            id.into(),
            page.probe().into(),
        ];
        let rows = self.db().query_all_raw(statement(include_str!("list.sql"), values)).await?;
        let settings = self.merchant_settings_in(self.db(), cx.merchant()).await?;
        let read =
            |row: &QueryResult| notification(row, settings.name.as_str(), settings.points_name.as_str());
        let rows = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(page.page(rows, |row| (row.sequence, row.id)))
    }

    /// How many notifications the acting customer has not read, counted up to [`UNREAD_MAX`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless a customer acts.
    pub async fn notifications_unread(&self, cx: &Cx) -> Result<i64, Error> {
        let customer = cx.require_customer()?;
        let values = [cx.merchant().uuid().into(), customer.uuid().into(), told_kinds().into()];
        let row = self.db().query_one_raw(statement(include_str!("unread.sql"), values)).await?;
        Ok(row.map(|row| row.try_get("", "unread")).transpose()?.unwrap_or(0))
    }

    /// The acting customer has read the list up to this counter. Going back is not possible; a number above what has
    /// happened counts as everything so far.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless a customer acts.
    pub async fn notifications_read(&self, cx: &Cx, up_to: i64) -> Result<(), Error> {
        let customer = cx.require_customer()?;
        let now = self.clock().now();
        let values = [cx.merchant().uuid().into(), customer.uuid().into(), up_to.into(), now.into()];
        self.db().execute_raw(statement(include_str!("read.sql"), values)).await?;
        Ok(())
    }
}

/// The words of the kinds that are told.
pub(crate) fn told_kinds() -> Vec<String> {
    EventKind::all_told().map(|kind| kind.as_str().to_owned()).collect()
}

/// The words of the kinds that an open page says.
pub(crate) fn shown_kinds() -> Vec<String> {
    EventKind::all_shown().map(|kind| kind.as_str().to_owned()).collect()
}

fn notification(row: &QueryResult, program: &str, points_name: &str) -> Result<Notification, Error> {
    let kind: String = row.try_get("", "kind")?;
    let kind: EventKind = stored(kind.parse(), "events.kind")?;
    let data: serde_json::Value = row.try_get("", "data")?;
    let Told { title, page } = told(kind, &data, program, points_name)
        .ok_or_else(|| Error::Inconsistent(format!("events of kind {kind} are not told")))?;
    Ok(Notification {
        id: row.try_get("", "id")?,
        sequence: row.try_get("", "sequence")?,
        kind,
        text: title,
        page: page.to_owned(),
        happened_at: row.try_get("", "happened_at")?,
        unread: row.try_get("", "unread")?,
    })
}

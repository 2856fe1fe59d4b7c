//! Looking at the request log.

use std::time::Duration;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::{ApiKeyId, CustomerId, PurchaseId};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use super::{EndedRequest, LoggedRequest, RequestBy, RequestsOf};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest, searchable};
use crate::stored::stored;

/// How requests ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RequestClass {
    /// They were answered; of a batch, items may have been refused.
    #[serde(rename = "answered")]
    Answered,
    /// They, or an item of theirs, were refused.
    #[serde(rename = "refused")]
    Refused,
    /// They were refused for what they asked.
    #[serde(rename = "4xx")]
    ByUs,
    /// They were refused because we could not.
    #[serde(rename = "5xx")]
    Failed,
}

impl RequestClass {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Answered, Self::Refused, Self::ByUs, Self::Failed];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::ByUs => "4xx",
            Self::Failed => "5xx",
        }
    }

    /// The statuses that belong to it, the last one included.
    const fn statuses(self) -> (i32, i32) {
        match self {
            Self::Answered => (100, 399),
            Self::Refused => (400, 599),
            Self::ByUs => (400, 499),
            Self::Failed => (500, 599),
        }
    }
}

impl std::str::FromStr for RequestClass {
    type Err = UnknownClass;

    fn from_str(text: &str) -> Result<Self, UnknownClass> {
        Self::ALL.into_iter().find(|class| class.as_str() == text).ok_or(UnknownClass)
    }
}

/// The text names no class of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be answered, refused, 4xx or 5xx")]
pub struct UnknownClass;

/// What a list of requests is narrowed to; every condition that is given has to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestFilter {
    /// The request id, the idempotency key, the caller's own name for what it sent, or the id of the purchase or of the
    /// customer whose app it was: exactly.
    pub search: Option<String>,
    /// How they ended.
    pub class: Option<RequestClass>,
    /// Who asked.
    pub of: Option<RequestsOf>,
    /// The pattern of the address, exactly.
    pub route: Option<String>,
}

/// How many requests of a key there were, or of all apps.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RequestTotals {
    /// Whose.
    #[sqlx(rename = "key", try_from = "Uuid")]
    pub of: RequestsOf,
    /// What the merchant calls the key; empty for apps.
    pub key_name: String,
    /// How its secret begins; empty for apps.
    pub key_prefix: String,
    /// Requests that wrote something.
    pub answered: i64,
    /// Requests that were refused.
    pub refused: i64,
    /// All of them together, in microseconds.
    pub duration_us: i64,
    /// The slowest, in microseconds.
    pub slowest_us: i32,
}

impl Engine {
    /// Requests of the last thirty days that wrote something or were refused, newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn request_list(
        &self,
        cx: &Cx,
        filter: &RequestFilter,
        page: &PageRequest,
    ) -> Result<Page<LoggedRequest>, Error> {
        cx.require(Action::RequestsRead)?;
        let (from, to): (Option<i32>, Option<i32>) = filter.class.map(RequestClass::statuses).unzip();
        // What is no id is the id of no purchase and of nobody.
        let named = filter.search.as_ref().map(|search| search.parse::<Uuid>().unwrap_or_default());
        // Not kept as a prepared statement: what is looked for decides by which index.
        let rows: Vec<RequestRow> = sqlx::query_as(include_str!("list.sql"))
            .persistent(false)
            .bind(cx.merchant().uuid())
            .bind(from)
            .bind(to)
            .bind(filter.of.map(RequestsOf::uuid))
            .bind(filter.route.as_deref().map(searchable))
            .bind(filter.search.as_deref().map(searchable))
            .bind(named)
            .bind(page.after::<Uuid>()?)
            .bind(page.probe())
            .fetch_all(self.pool())
            .await?;
        let requests = rows.into_iter().map(RequestRow::request).collect::<Result<Vec<_>, _>>()?;
        Ok(page.page(requests, |request| request.id))
    }

    /// One request of the log.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that is no longer kept.
    pub async fn request_get(&self, cx: &Cx, id: Uuid) -> Result<LoggedRequest, Error> {
        cx.require(Action::RequestsRead)?;
        let row: Option<RequestRow> = sqlx::query_as(include_str!("get.sql"))
            .bind(cx.merchant().uuid())
            .bind(id)
            .fetch_optional(self.pool())
            .await?;
        row.ok_or(Error::NotFound(What::Request))?.request()
    }

    /// How many requests each key, and all apps together, have made in the last `hours` and in this one: those that are
    /// written down one by one and all others, most refusals first. Counts are up to ten seconds behind.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn request_totals(&self, cx: &Cx, hours: u16) -> Result<Vec<RequestTotals>, Error> {
        cx.require(Action::RequestsRead)?;
        let totals = sqlx::query_as(include_str!("totals.sql"))
            .bind(cx.merchant().uuid())
            .bind(hours_ago(self.clock().now(), hours))
            .fetch_all(self.pool())
            .await?;
        Ok(totals)
    }

    /// The routes that keys and apps have asked in the last `hours` and in this one, in order of name.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn request_routes(&self, cx: &Cx, hours: u16) -> Result<Vec<String>, Error> {
        cx.require(Action::RequestsRead)?;
        let routes = sqlx::query_scalar(include_str!("routes.sql"))
            .bind(cx.merchant().uuid())
            .bind(hours_ago(self.clock().now(), hours))
            .fetch_all(self.pool())
            .await?;
        Ok(routes)
    }
}

/// The beginning of the hour that was so many hours ago.
fn hours_ago(now: DateTime<Utc>, hours: u16) -> DateTime<Utc> {
    let since = now - TimeDelta::hours(hours.into());
    since.duration_trunc(TimeDelta::hours(1)).unwrap_or(since)
}

/// A row as the statements of this folder read it.
#[derive(FromRow)]
struct RequestRow {
    id: Uuid,
    api_key_id: Option<Uuid>,
    customer_id: Option<Uuid>,
    key_name: String,
    key_prefix: String,
    ended_at: DateTime<Utc>,
    duration_us: i32,
    method: String,
    route: String,
    status: i32,
    request_id: String,
    item: Option<i32>,
    idempotency_key: Option<String>,
    reference: Option<String>,
    purchase_id: Option<Uuid>,
    problem: Option<String>,
}

impl RequestRow {
    fn request(self) -> Result<LoggedRequest, Error> {
        let problem = self.problem.map(|problem| serde_json::from_str(&problem)).transpose();
        let by = match (self.api_key_id, self.customer_id) {
            (Some(id), _) => {
                RequestBy::Key { id: ApiKeyId::from_uuid(id), name: self.key_name, prefix: self.key_prefix }
            }
            (None, Some(id)) => RequestBy::App { customer: CustomerId::from_uuid(id) },
            (None, None) => return Err(Error::Inconsistent(format!("nobody has asked {}", self.id))),
        };
        Ok(LoggedRequest {
            id: self.id,
            by,
            ended_at: self.ended_at,
            request: EndedRequest {
                method: self.method,
                route: self.route,
                status: stored(u16::try_from(self.status), "request_log.status")?,
                took: Duration::from_micros(self.duration_us.unsigned_abs().into()),
                request_id: self.request_id,
                item: self.item.map(i32::unsigned_abs),
                idempotency_key: self.idempotency_key,
                reference: self.reference,
                purchase: self.purchase_id.map(PurchaseId::from_uuid),
                problem: stored(problem, "request_log.problem")?,
            },
        })
    }
}

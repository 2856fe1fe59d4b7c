//! The endpoints of a merchant: entered, read, changed, deleted; and their secrets.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{MerchantId, WebhookId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::secret::{SECRET_OVERLAP, WebhookSecret};
use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest, like_escaped};
use crate::rules::publish_rules;
use crate::stored::stored;

/// Endpoints that a merchant may have.
const ENDPOINTS_MAX: i64 = 50;
/// Letters of an address.
const URL_MAX: usize = 2_000;

/// How an endpoint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// Its last attempt succeeded, or there was none.
    Active,
    /// Its last attempt failed.
    Failing,
    /// Nothing is sent to it.
    Disabled,
}

impl WebhookState {
    /// All of them, in the order in which a list offers them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Failing, Self::Disabled];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Failing => "failing",
            Self::Disabled => "disabled",
        }
    }
}

/// The text names no state of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of active, failing, disabled")]
pub struct UnknownWebhookState;

impl std::str::FromStr for WebhookState {
    type Err = UnknownWebhookState;

    fn from_str(text: &str) -> Result<Self, UnknownWebhookState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownWebhookState)
    }
}

/// Why nothing is sent to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhyDisabled {
    /// Somebody has switched it off.
    Merchant,
    /// It answered 410 Gone.
    Gone,
    /// It has failed for five days.
    Failing,
}

impl WhyDisabled {
    /// The word in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// An endpoint, as lists and pages show it; without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// The endpoint.
    #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
    pub id: WebhookId,
    /// Where events are sent.
    pub url: String,
    /// The kinds that it hears; empty: every kind, those of later versions too.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub events: Vec<EventKind>,
    /// How it is.
    pub state: WebhookState,
    /// Why nothing is sent to it.
    pub disabled_why: Option<WhyDisabled>,
    /// Since when.
    pub disabled_at: Option<DateTime<Utc>>,
    /// The first failure since the last success.
    pub failing_since: Option<DateTime<Utc>>,
    /// While it seems to be away, nothing is sent before this instant.
    pub paused_until: Option<DateTime<Utc>>,
    /// When it last answered with a success.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Deliveries that it has not got yet; counted up to 1,000.
    pub waiting: i64,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
    /// Until when a secret that was replaced signs along.
    pub old_secret_until: Option<DateTime<Utc>>,
}

/// Which endpoints are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookFilter {
    /// Part of the address.
    pub search: Option<String>,
    /// In this state.
    pub state: Option<WebhookState>,
}

/// An endpoint to enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where events are sent: an https address on the public internet.
    pub url: String,
    /// The kinds that it hears; every kind when none is given.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub events: Vec<EventKind>,
}

/// What is to be another one; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// Where events are sent.
    #[serde(default)]
    pub url: Option<String>,
    /// The kinds that it hears; an empty list: every kind.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<String>>))]
    pub events: Option<Vec<EventKind>>,
    /// False switches it off, true on again: what waits for it is sent then, events of the meantime are not.
    #[serde(default)]
    pub enabled: Option<bool>,
}

impl Engine {
    /// Enters an endpoint. It hears what happens from now on. The secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/url`; [`Error::Conflict`] `too_many_webhooks`.
    pub async fn webhook_create(
        &self,
        cx: &Cx,
        input: NewWebhook,
    ) -> Result<(Webhook, WebhookSecret), Error> {
        let txn = self.begin().await?;
        let created = self.webhook_create_in(&txn, cx, input).await?;
        txn.commit().await?;
        Ok(created)
    }

    /// [`webhook_create`](Self::webhook_create) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn webhook_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        input: NewWebhook,
    ) -> Result<(Webhook, WebhookSecret), Error> {
        cx.require(Action::WebhooksWrite)?;
        let url = self.checked_url(&input.url)?;
        let (merchant, now) = (cx.merchant(), self.clock().now());
        // The revision first, as every publisher does it: two who enter the last endpoint queue up here.
        publish_rules(txn, merchant, now).await?;
        let count = txn
            .query_one_raw(statement(
                "SELECT count(*) AS count FROM webhook_endpoints WHERE merchant_id = $1",
                [merchant.uuid().into()],
            ))
            .await?
            .map_or(Ok(0), |row| row.try_get::<i64>("", "count"))?;
        if count >= ENDPOINTS_MAX {
            let detail = format!("A merchant can have {ENDPOINTS_MAX} endpoints");
            return Err(Error::conflict("too_many_webhooks", detail));
        }
        let (millis, random) = self.id_parts();
        let id = WebhookId::new(millis, random);
        let secret = WebhookSecret::generate();
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            url.into(),
            words(input.events).into(),
            now.into(),
            secret.bytes().to_vec().into(),
        ];
        txn.execute_raw(statement(include_str!("sql/create.sql"), values)).await?;
        Ok((find(txn, merchant, id, now).await?, secret))
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn webhook_get(&self, cx: &Cx, id: WebhookId) -> Result<Webhook, Error> {
        cx.require(Action::WebhooksRead)?;
        find(self.db(), cx.merchant(), id, self.clock().now()).await
    }

    /// Endpoints, newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn webhook_list(
        &self,
        cx: &Cx,
        filter: &WebhookFilter,
        page: &PageRequest,
    ) -> Result<Page<Webhook>, Error> {
        cx.require(Action::WebhooksRead)?;
        let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let wanted = Wanted {
            id: None,
            after: page.after::<WebhookId>()?.map(WebhookId::uuid),
            search: search.map(|search| format!("%{}%", like_escaped(search))),
            state: filter.state,
        };
        let rows = read(self.db(), cx.merchant(), wanted, page.probe(), self.clock().now()).await?;
        Ok(page.page(rows, |webhook| webhook.id))
    }

    /// Changes an endpoint.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] at `/url`.
    pub async fn webhook_update(
        &self,
        cx: &Cx,
        id: WebhookId,
        change: WebhookChange,
    ) -> Result<Webhook, Error> {
        let txn = self.begin().await?;
        let webhook = self.webhook_update_in(&txn, cx, id, change).await?;
        txn.commit().await?;
        Ok(webhook)
    }

    /// [`webhook_update`](Self::webhook_update) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn webhook_update_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: WebhookId,
        change: WebhookChange,
    ) -> Result<Webhook, Error> {
        cx.require(Action::WebhooksWrite)?;
        let url = change.url.as_deref().map(|url| self.checked_url(url)).transpose()?;
        let (merchant, now) = (cx.merchant(), self.clock().now());
        publish_rules(txn, merchant, now).await?;
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            url.into(),
            change.events.map(words).into(),
            change.enabled.into(),
            now.into(),
        ];
        let changed = txn.execute_raw(statement(include_str!("sql/update.sql"), values)).await?;
        if changed.rows_affected() == 0 {
            return Err(Error::NotFound(What::Webhook));
        }
        find(txn, merchant, id, now).await
    }

    /// Deletes an endpoint, and tells what it was. What waits for it is not sent.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn webhook_delete(&self, cx: &Cx, id: WebhookId) -> Result<Webhook, Error> {
        cx.require(Action::WebhooksWrite)?;
        let (merchant, now) = (cx.merchant(), self.clock().now());
        let txn = self.begin().await?;
        publish_rules(&txn, merchant, now).await?;
        let webhook = find(&txn, merchant, id, now).await?;
        let key = || [merchant.uuid().into(), id.uuid().into()];
        // The lanes first: whoever is about to note an attempt finds that they are gone. Its deliveries end with their
        // thirty days.
        for delete in [
            "DELETE FROM webhook_lanes WHERE merchant_id = $1 AND endpoint_id = $2",
            "DELETE FROM webhook_secrets WHERE merchant_id = $1 AND endpoint_id = $2",
        ] {
            txn.execute_raw(statement(delete, key())).await?;
        }
        let delete = "DELETE FROM webhook_endpoints WHERE merchant_id = $1 AND id = $2";
        if txn.execute_raw(statement(delete, key())).await?.rows_affected() == 0 {
            return Err(Error::NotFound(What::Webhook));
        }
        txn.commit().await?;
        Ok(webhook)
    }

    /// Gives an endpoint a new secret. The one before signs along for [`SECRET_OVERLAP`]. The secret is in the answer
    /// and nowhere else.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn webhook_rotate(&self, cx: &Cx, id: WebhookId) -> Result<(Webhook, WebhookSecret), Error> {
        let txn = self.begin().await?;
        let rotated = self.webhook_rotate_in(&txn, cx, id).await?;
        txn.commit().await?;
        Ok(rotated)
    }

    /// [`webhook_rotate`](Self::webhook_rotate) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn webhook_rotate_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: WebhookId,
    ) -> Result<(Webhook, WebhookSecret), Error> {
        cx.require(Action::WebhooksWrite)?;
        let (merchant, now) = (cx.merchant(), self.clock().now());
        let lock = "SELECT FROM webhook_endpoints WHERE merchant_id = $1 AND id = $2 FOR NO KEY UPDATE";
        let key = [merchant.uuid().into(), id.uuid().into()];
        txn.query_one_raw(statement(lock, key)).await?.ok_or(Error::NotFound(What::Webhook))?;
        let secret = WebhookSecret::generate();
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            secret.bytes().to_vec().into(),
            now.into(),
            (now + SECRET_OVERLAP).into(),
        ];
        txn.execute_raw(statement(include_str!("sql/rotate.sql"), values)).await?;
        Ok((find(txn, merchant, id, now).await?, secret))
    }

    /// An address that can be sent to, as far as that can be said now; every attempt looks again.
    fn checked_url(&self, url: &str) -> Result<String, Error> {
        let url = url.trim();
        if url.is_empty() {
            return Err(Error::field("/url", "required", "An endpoint needs an address"));
        }
        if url.chars().count() > URL_MAX {
            let detail = format!("An address has at most {URL_MAX} letters");
            return Err(Error::field("/url", "too_long", detail));
        }
        let has_scheme = url.starts_with("https://") || url.starts_with("http://");
        if !has_scheme || url.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
            return Err(Error::field("/url", "invalid", "An address begins with https:// and has no spaces"));
        }
        if let Some(client) = &self.config().webhooks {
            client.check(url).map_err(|refusal| Error::field("/url", "not_allowed", refusal.to_string()))?;
        }
        Ok(url.to_owned())
    }
}

fn words(mut kinds: Vec<EventKind>) -> Vec<String> {
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().map(|kind| kind.as_str().to_owned()).collect()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    url: String,
    kinds: Vec<String>,
    created_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
    disabled_why: Option<String>,
    failing_since: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    last_success_at: Option<DateTime<Utc>>,
    waiting: i64,
    old_secret_until: Option<DateTime<Utc>>,
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    id: WebhookId,
    now: DateTime<Utc>,
) -> Result<Webhook, Error> {
    let wanted = Wanted { id: Some(id.uuid()), ..Wanted::default() };
    read(db, merchant, wanted, 1, now).await?.pop().ok_or(Error::NotFound(What::Webhook))
}

/// Which endpoints are read.
#[derive(Default)]
struct Wanted {
    id: Option<Uuid>,
    after: Option<Uuid>,
    /// A pattern of the address.
    search: Option<String>,
    state: Option<WebhookState>,
}

async fn read(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    wanted: Wanted,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Webhook>, Error> {
    let Wanted { id, after, search, state } = wanted;
    let values = [
        merchant.uuid().into(),
        id.into(),
        after.into(),
        limit.into(),
        now.into(),
        search.into(),
        state.map(WebhookState::as_str).into(),
    ];
    let rows = Row::find_by_statement(statement(include_str!("sql/list.sql"), values)).all(db).await?;
    rows.into_iter().map(|row| row.webhook(now)).collect()
}

impl Row {
    fn webhook(self, now: DateTime<Utc>) -> Result<Webhook, Error> {
        let state = match (self.disabled_at, self.failing_since) {
            (Some(_), _) => WebhookState::Disabled,
            (None, Some(_)) => WebhookState::Failing,
            (None, None) => WebhookState::Active,
        };
        let disabled_why = match self.disabled_why.as_deref() {
            None => None,
            Some("merchant") => Some(WhyDisabled::Merchant),
            Some("gone") => Some(WhyDisabled::Gone),
            Some("failing") => Some(WhyDisabled::Failing),
            Some(other) => {
                return Err(Error::Inconsistent(format!("webhook_endpoints.disabled_why: {other}")));
            }
        };
        let kinds = self.kinds.iter().map(|kind| kind.parse()).collect();
        Ok(Webhook {
            id: WebhookId::from_uuid(self.id),
            url: self.url,
            events: stored(kinds, "webhook_endpoints.kinds")?,
            state,
            disabled_why,
            disabled_at: self.disabled_at,
            failing_since: self.failing_since,
            paused_until: self.paused_until.filter(|until| *until > now),
            last_success_at: self.last_success_at,
            waiting: self.waiting,
            created_at: self.created_at,
            old_secret_until: self.old_secret_until,
        })
    }
}

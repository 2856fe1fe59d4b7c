//! Webhooks from the engine, in words.

use super::super::clock;
use super::super::csv::{Cell, Csv};
use super::super::format::plural;
use super::super::list::Listed;
use super::super::load::{StateSearch, chosen, searched};
use super::super::page::capitalised;
use super::super::session::{self, Staff};
use super::dto::{
    AttemptRow, DeliveryPageData, DeliveryRow, EndpointPageData, EndpointRow, Group, Health, WebhooksData,
};
use crate::error::PageError;
use crate::ui::grouped;
use axum::extract::Query;
use axum::response::Response;
use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::events::EventKind;
use perennial_engine::PageRequest;
use perennial_engine::webhooks::{
    Attempt, Delivery, DeliveryFilter, DeliveryState, Webhook, WebhookFilter, WebhookState, WhyDisabled,
};
use uuid::Uuid;

/// Deliveries on a page of the log.
const LOG: u32 = 25;
/// What waits for an endpoint is counted up to here.
const MANY: i64 = 1_000;

fn filter(q: &str, state: &str) -> Result<WebhookFilter, PageError> {
    Ok(WebhookFilter { search: searched(q), state: chosen(state, "state")? })
}

/// A page of the endpoints.
pub async fn list(q: &str, state: &str, after: String) -> Result<WebhooksData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let page = PageRequest::new(None, Some(after))?;
    let webhooks = engine.webhook_list(&cx, &filter(q, state)?, &page).await?;
    let now = engine.clock().now();
    Ok(WebhooksData {
        list: Listed::of(webhooks, |webhook| row(&webhook, now), cx.may(Action::WebhooksWrite)),
        groups: groups(),
        once: Uuid::now_v7().to_string(),
    })
}

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<StateSearch>) -> Result<Response, PageError> {
    let file = Csv {
        name: "webhooks",
        columns: &["id", "url", "state", "hears", "last_success_at", "waiting", "created_at"],
    };
    file.of(
        staff,
        filter(&query.q, &query.state)?,
        |staff, filter, page| Box::pin(staff.engine.webhook_list(&staff.cx, filter, page)),
        cells,
    )
    .await
}

fn cells(webhook: Webhook) -> Vec<Cell> {
    let hears: Vec<&str> = webhook.events.iter().map(|kind| kind.as_str()).collect();
    vec![
        webhook.id.to_string().into(),
        webhook.url.into(),
        webhook.state.as_str().into(),
        hears.join(" ").into(),
        webhook.last_success_at.map(|at| at.to_rfc3339()).into(),
        webhook.waiting.into(),
        webhook.created_at.to_rfc3339().into(),
    ]
}

/// One endpoint and a page of its log, as far as it has this state and is about this kind of event.
pub async fn endpoint(
    id: &str,
    state: &str,
    kind: &str,
    after: String,
) -> Result<EndpointPageData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    let webhook = engine.webhook_get(&cx, id).await?;
    let page = PageRequest::new(Some(LOG), Some(after))?;
    let filter = DeliveryFilter { state: chosen(state, "state")?, kind: searched(kind) };
    let log = engine.webhook_delivery_list(&cx, id, &filter, &page).await?;
    let now = engine.clock().now();
    let zone = engine.merchant_settings(&cx).await?.time_zone.tz();
    Ok(EndpointPageData {
        row: row(&webhook, now),
        kinds: webhook.events.iter().map(ToString::to_string).collect(),
        groups: groups(),
        is_on: webhook.state != WebhookState::Disabled,
        trouble: trouble(&webhook, now),
        old_secret_until: webhook.old_secret_until.map(|until| clock::moment(until, zone, now)),
        created: clock::day(webhook.created_at, zone, now),
        deliveries: log.data.iter().map(|one| delivery_row(one, now)).collect(),
        next: log.next,
        may_edit: cx.may(Action::WebhooksWrite),
        once: Uuid::now_v7().to_string(),
    })
}

/// One delivery.
pub async fn delivery(id: &str) -> Result<DeliveryPageData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    let logged = engine.webhook_delivery_get(&cx, id).await?;
    let webhook = engine.webhook_get(&cx, logged.delivery.webhook_id).await?;
    let now = engine.clock().now();
    let pretty = serde_json::from_str::<serde_json::Value>(&logged.body)
        .and_then(|body| serde_json::to_string_pretty(&body))
        .unwrap_or(logged.body);
    Ok(DeliveryPageData {
        row: delivery_row(&logged.delivery, now),
        endpoint: webhook.id.to_string(),
        url: webhook.url,
        event: logged.delivery.event_id.to_string(),
        body: pretty,
        log: logged.log.into_iter().map(|one| attempt(one, now)).collect(),
        may_resend: cx.may(Action::WebhooksWrite) && webhook.state != WebhookState::Disabled,
        once: Uuid::now_v7().to_string(),
    })
}

/// Every kind of event by the thing that it is about, as the catalogue has them.
fn groups() -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for kind in EventKind::ALL {
        let thing = kind.as_str().split('.').next().unwrap_or_default();
        let name = capitalised(thing);
        let entry = (kind.as_str().to_owned(), kind.entry().when.to_owned());
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.kinds.push(entry),
            None => groups.push(Group { name, kinds: vec![entry] }),
        }
    }
    groups
}

fn row(webhook: &Webhook, now: DateTime<Utc>) -> EndpointRow {
    let (health, state) = match (webhook.state, webhook.disabled_why) {
        (WebhookState::Active, _) => (Health::Well, "Active"),
        (WebhookState::Failing, _) => (Health::Failing, "Failing"),
        (WebhookState::Disabled, Some(WhyDisabled::Gone)) => (Health::Failed, "Gone"),
        (WebhookState::Disabled, Some(WhyDisabled::Failing)) => (Health::Failed, "Given up"),
        (WebhookState::Disabled, _) => (Health::Off, "Switched off"),
    };
    let hears = match webhook.events.as_slice() {
        [] => "Every event".to_owned(),
        [only] => only.to_string(),
        several => plural(i64::try_from(several.len()).unwrap_or(i64::MAX), "kind", "kinds"),
    };
    let waiting = if webhook.waiting >= MANY {
        format!("{} or more", grouped(MANY))
    } else {
        webhook.waiting.to_string()
    };
    EndpointRow {
        id: webhook.id.to_string(),
        url: webhook.url.clone(),
        hears,
        health,
        state: state.to_owned(),
        last_success: webhook.last_success_at.map(|at| clock::ago(now, at)),
        waiting,
    }
}

/// What is wrong with an endpoint, and what happens next.
fn trouble(webhook: &Webhook, now: DateTime<Utc>) -> Option<String> {
    match (webhook.state, webhook.disabled_why) {
        (WebhookState::Active, _) => None,
        (WebhookState::Failing, _) => {
            let since = webhook.failing_since.map(|since| clock::ago(now, since)).unwrap_or_default();
            let rest = if webhook.paused_until.is_some() {
                "It seems to be away: we ask now and then, and send what it missed, in order, when it is back."
            } else {
                "What failed is tried again by itself."
            };
            Some(format!("Its last attempt failed; the first that did was {since}. {rest}"))
        }
        (_, Some(WhyDisabled::Gone)) => {
            Some("It answered 410 Gone, so we switched it off. Nothing is sent to it.".to_owned())
        }
        (_, Some(WhyDisabled::Failing)) => {
            Some("It failed for five days, so we switched it off. Nothing is sent to it.".to_owned())
        }
        _ => Some(
            "It is switched off. Nothing is sent to it, and what happens meanwhile is not kept for it."
                .to_owned(),
        ),
    }
}

fn delivery_row(delivery: &Delivery, now: DateTime<Utc>) -> DeliveryRow {
    let (health, state) = match (delivery.state, delivery.attempts) {
        (DeliveryState::Delivered, _) => (Health::Well, "Delivered"),
        (DeliveryState::Failed, _) => (Health::Failed, "Given up"),
        (DeliveryState::Waiting, 0) => (Health::Waiting, "Waiting"),
        (DeliveryState::Waiting, _) => (Health::Failing, "Trying again"),
    };
    let status = match (delivery.status, delivery.attempts) {
        (Some(status), _) => status.to_string(),
        (None, 0) => String::new(),
        (None, _) => "No answer".to_owned(),
    };
    DeliveryRow {
        id: delivery.id.to_string(),
        kind: delivery.kind.clone(),
        health,
        state: state.to_owned(),
        customer: delivery
            .customer_id
            .zip(delivery.sequence)
            .map(|(id, sequence)| (id.to_string(), sequence)),
        attempts: plural(delivery.attempts.into(), "attempt", "attempts"),
        status,
        created: clock::ago(now, delivery.created_at),
        next: delivery.next_attempt_at.filter(|next| *next > now).map(|next| within(next, now)),
    }
}

/// `in 5 min`, `in 3 h`.
fn within(next: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (next - now).num_minutes();
    match minutes {
        0 => "in a moment".to_owned(),
        1..=119 => format!("in {minutes} min"),
        _ => format!("in {} h", minutes / 60),
    }
}

fn attempt(attempt: Attempt, now: DateTime<Utc>) -> AttemptRow {
    let is_success =
        attempt.error.is_none() && attempt.status.is_some_and(|status| (200..300).contains(&status));
    let status = match (attempt.status, attempt.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => capitalised(&error),
        (None, None) => "No answer".to_owned(),
    };
    AttemptRow {
        number: attempt.number,
        at: clock::ago(now, attempt.attempted_at),
        took: format!("{} ms", attempt.duration_ms),
        status,
        is_success,
        answer: attempt.answer,
    }
}

//! Entering, changing, testing endpoints, and sending again.

use super::super::posted::{Posted, one, same_name};
use super::super::slot::Slot;
use super::PATH;
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{WebhookDeliveryId, WebhookId};
use perennial_engine::webhooks::{NewWebhook, WebhookChange, WebhookSecret};

/// What is said when a form that shows a secret is sent a second time.
const SENT_BEFORE: &str = "This form was sent before. The secret was shown then; if nobody copied it, make a new one on the page of the endpoint.";

/// The form of a new endpoint.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::WebhooksWrite).await?;
    let input = NewWebhook { url: posted.text("url").to_owned(), events: kinds(&posted) };
    let slot = Slot::default();
    let filled = slot.share();
    let made = posted.engine().make(&posted.cx, posted.once("webhook"), move |engine, txn, cx| {
        Box::pin(async move {
            let (webhook, secret) = engine.webhook_create_in(txn, cx, input).await?;
            filled.fill(secret);
            Ok(webhook.id)
        })
    });
    match made.await {
        Ok(_) => Ok(show(posted, slot).await),
        Err(error) => Ok(posted.refuse(error, same_name).await),
    }
}

/// The forms of one endpoint.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::WebhooksWrite).await?;
    let Ok(id) = id.parse::<WebhookId>() else { return Err(posted.missing()) };
    let here = format!("{PATH}/{id}");
    let enabled = |enabled| WebhookChange { enabled: Some(enabled), ..WebhookChange::default() };
    Ok(match posted.text("do") {
        "save" => {
            let change = WebhookChange {
                url: Some(posted.text("url").to_owned()),
                events: Some(kinds(&posted)),
                enabled: None,
            };
            let outcome = posted.engine().webhook_update(&posted.cx, id, change).await;
            posted.finish(outcome, &here, "webhook-saved").await
        }
        "off" => {
            let outcome = posted.engine().webhook_update(&posted.cx, id, enabled(false)).await;
            posted.finish(outcome, &here, "webhook-off").await
        }
        "on" => {
            let outcome = posted.engine().webhook_update(&posted.cx, id, enabled(true)).await;
            posted.finish(outcome, &here, "webhook-on").await
        }
        "delete" => {
            let outcome = posted.engine().webhook_delete(&posted.cx, id).await;
            posted.finish(outcome, PATH, "webhook-deleted").await
        }
        "test" => {
            let once = posted.once("webhook-test");
            let made = posted.engine().make(&posted.cx, once, move |engine, txn, cx| {
                Box::pin(async move { Ok(engine.webhook_test_in(txn, cx, id).await?.id) })
            });
            let outcome = made.await;
            posted.finish(outcome, &here, "webhook-tested").await
        }
        "resend-failed" => {
            let kind = Some(posted.text("type").to_owned()).filter(|kind| !kind.is_empty());
            let once = posted.once("webhook-resend-failed");
            let made = posted.engine().make(&posted.cx, once, move |engine, txn, cx| {
                Box::pin(async move { Ok(engine.webhook_resend_failed_in(txn, cx, id, kind).await?.more) })
            });
            let outcome = made.await;
            posted.finish(outcome, &here, "webhook-resent-failed").await
        }
        "rotate" => rotate(posted, id).await,
        _ => posted.missing(),
    })
}

/// Sends a delivery again.
pub async fn resend(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::WebhooksWrite).await?;
    let Ok(id) = id.parse::<WebhookDeliveryId>() else { return Err(posted.missing()) };
    let made = posted.engine().make(&posted.cx, posted.once("webhook-resend"), move |engine, txn, cx| {
        Box::pin(async move { Ok(engine.webhook_resend_in(txn, cx, id).await?.id) })
    });
    let outcome = made.await;
    Ok(posted.finish(outcome, &format!("{PATH}/deliveries/{id}"), "webhook-resent").await)
}

async fn rotate(posted: Posted, id: WebhookId) -> Response {
    let slot = Slot::default();
    let filled = slot.share();
    let made = posted.engine().make(&posted.cx, posted.once("webhook-rotate"), move |engine, txn, cx| {
        Box::pin(async move {
            let (webhook, secret) = engine.webhook_rotate_in(txn, cx, id).await?;
            filled.fill(secret);
            Ok(webhook.id)
        })
    });
    match made.await {
        Ok(_) => show(posted, slot).await,
        Err(error) => posted.refuse(error, same_name).await,
    }
}

/// The kinds that are ticked; none: every kind.
fn kinds(posted: &Posted) -> Vec<EventKind> {
    let ticked = |kind: &&EventKind| !posted.text(&format!("kind.{kind}")).is_empty();
    EventKind::ALL.iter().filter(ticked).copied().collect()
}

/// The page with the secret, in the answer to the form and nowhere else.
async fn show(posted: Posted, slot: Slot<WebhookSecret>) -> Response {
    match slot.take() {
        Some(secret) => posted.show(FormState::sent([("fresh.secret", secret.expose())])).await,
        None => posted.again(one("", SENT_BEFORE)).await,
    }
}

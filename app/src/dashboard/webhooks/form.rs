//! Entering, changing, testing endpoints, and sending again.

use super::super::posted::{Posted, one, same_name};
use super::PATH;
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{WebhookDeliveryId, WebhookId};
use perennial_engine::webhooks::{NewWebhook, WebhookChange, WebhookSecret};
use std::sync::{Arc, Mutex, PoisonError};

/// What is said when a form that shows a secret is sent a second time.
const SENT_BEFORE: &str = "This form was sent before. The secret was shown then; if nobody copied it, make a new one on the page of the endpoint.";

/// The form of a new endpoint.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::WebhooksWrite).await?;
    let input = NewWebhook { url: posted.text("url").to_owned(), events: kinds(&posted) };
    let (engine, cx) = (posted.engine().clone(), posted.cx.clone());
    let slot = Slot::default();
    let filled = slot.clone();
    let outcome = posted
        .engine()
        .write(&posted.cx, posted.once("webhook"), false, move |txn| {
            Box::pin(async move {
                let (webhook, secret) = engine.webhook_create_in(txn, &cx, input).await?;
                filled.fill(secret);
                Ok((201, serde_json::json!({ "id": webhook.id })))
            })
        })
        .await;
    match outcome {
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
            let (engine, cx) = (posted.engine().clone(), posted.cx.clone());
            let outcome = posted
                .engine()
                .write(&posted.cx, posted.once("webhook-test"), false, move |txn| {
                    Box::pin(async move {
                        let delivery = engine.webhook_test_in(txn, &cx, id).await?;
                        Ok((201, serde_json::json!({ "id": delivery.id })))
                    })
                })
                .await;
            posted.finish(outcome, &here, "webhook-tested").await
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
    let (engine, cx) = (posted.engine().clone(), posted.cx.clone());
    let outcome = posted
        .engine()
        .write(&posted.cx, posted.once("webhook-resend"), false, move |txn| {
            Box::pin(async move {
                let delivery = engine.webhook_resend_in(txn, &cx, id).await?;
                Ok((200, serde_json::json!({ "id": delivery.id })))
            })
        })
        .await;
    Ok(posted.finish(outcome, &format!("{PATH}/deliveries/{id}"), "webhook-resent").await)
}

async fn rotate(posted: Posted, id: WebhookId) -> Response {
    let (engine, cx) = (posted.engine().clone(), posted.cx.clone());
    let slot = Slot::default();
    let filled = slot.clone();
    let outcome = posted
        .engine()
        .write(&posted.cx, posted.once("webhook-rotate"), false, move |txn| {
            Box::pin(async move {
                let (webhook, secret) = engine.webhook_rotate_in(txn, &cx, id).await?;
                filled.fill(secret);
                Ok((200, serde_json::json!({ "id": webhook.id })))
            })
        })
        .await;
    match outcome {
        Ok(_) => show(posted, slot).await,
        Err(error) => posted.refuse(error, same_name).await,
    }
}

/// The kinds that are ticked; none: every kind.
fn kinds(posted: &Posted) -> Vec<EventKind> {
    let ticked = |kind: &&EventKind| !posted.text(&format!("kind.{kind}")).is_empty();
    EventKind::ALL.iter().filter(ticked).copied().collect()
}

/// A secret on its way past the answer that is remembered, which is a row in the database.
#[derive(Clone, Default)]
struct Slot(Arc<Mutex<Option<WebhookSecret>>>);

impl Slot {
    fn fill(&self, secret: WebhookSecret) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret);
    }

    fn take(&self) -> Option<WebhookSecret> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The page with the secret, in the answer to the form and nowhere else.
async fn show(posted: Posted, slot: Slot) -> Response {
    match slot.take() {
        Some(secret) => posted.show(FormState::sent([("fresh.secret", secret.expose())])).await,
        None => posted.again(one("", SENT_BEFORE)).await,
    }
}

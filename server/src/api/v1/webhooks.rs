//! `/webhooks`: where events are sent, and what became of each.

use http::StatusCode;
use perennial_domain::{
    access::Action,
    ids::{WebhookDeliveryId, WebhookId},
};
use perennial_engine::webhooks::{
    Delivery, DeliveryFilter, DeliveryState, LoggedDelivery, NewWebhook, Resent, Webhook, WebhookChange,
    WebhookFilter, WebhookSecret,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::{Bare, Once},
    call::{Answer, Call, found},
    json::{Json, answer},
    params::{Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(rotate))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(delivery))
        .routes(routes!(resend))
        .routes(routes!(resend_failed))
}

/// An endpoint, with the secret that is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedWebhook)]
struct Created<'w> {
    #[serde(flatten)]
    webhook: &'w Webhook,
    /// What its requests are signed with: `whsec_…`. It cannot be shown again.
    secret: String,
}

/// List webhook endpoints
///
/// Newest first.
#[utoipa::path(
    get, path = "/webhooks", operation_id = "list_webhooks", tag = "Webhooks", params(Paging),
    responses((status = 200, description = "A page of endpoints.", body = ListOf<Webhook>)),
)]
async fn list(call: Call, Params(page): Params<Paging>) -> Answer {
    found(call.engine().webhook_list(&call.cx, &WebhookFilter::default(), &page.request()?).await)
}

/// Create a webhook endpoint
///
/// Events of the kinds that it hears are sent to it from now on, signed as
/// [Standard Webhooks](https://www.standardwebhooks.com) says. The secret is in this answer and nowhere else: an answer
/// that is repeated for the sake of an `Idempotency-Key` comes without it.
#[utoipa::path(
    post, path = "/webhooks", operation_id = "create_webhook", tag = "Webhooks", request_body = NewWebhook,
    responses(
        (status = 201, description = "The new endpoint and its secret.", body = Created),
        (status = 409, description = "The merchant has as many as there may be (`too_many_webhooks`)."),
    ),
)]
async fn create(call: Call, once: Once, input: Json<NewWebhook>) -> Answer {
    // The secret takes a way of its own, past the answer that is remembered: that is a row in the database.
    let (give, mut made) = tokio::sync::oneshot::channel();
    let Json { value, bytes } = input;
    let response = call
        .create(once.with(Action::WebhooksWrite, &bytes), move |engine, txn, cx| {
            Box::pin(async move {
                let (webhook, secret) = engine.webhook_create_in(txn, cx, value).await?;
                // Whoever waits for it is the caller of this very function.
                let _ = give.send((webhook.clone(), secret));
                Ok(webhook)
            })
        })
        .await?;
    Ok(made.try_recv().map_or(response, |made| with_secret(StatusCode::CREATED, &made)))
}

fn with_secret(status: StatusCode, (webhook, secret): &(Webhook, WebhookSecret)) -> axum::response::Response {
    answer(status, &Created { webhook, secret: secret.expose() })
}

/// Read a webhook endpoint
#[utoipa::path(
    get, path = "/webhooks/{id}", operation_id = "read_webhook", tag = "Webhooks",
    params(("id" = Uuid, Path, description = "Id of the endpoint.")),
    responses((status = 200, description = "The endpoint, without its secret.", body = Webhook)),
)]
async fn read(call: Call, Id(id): Id<WebhookId>) -> Answer {
    found(call.engine().webhook_get(&call.cx, id).await)
}

/// Change a webhook endpoint
///
/// What is not given stays. One that is switched on again gets what waits for it; not what happened meanwhile.
#[utoipa::path(
    patch, path = "/webhooks/{id}", operation_id = "change_webhook", tag = "Webhooks", request_body = WebhookChange,
    params(("id" = Uuid, Path, description = "Id of the endpoint.")),
    responses((status = 200, description = "The endpoint as it is now.", body = Webhook)),
)]
async fn update(call: Call, Id(id): Id<WebhookId>, input: Json<WebhookChange>) -> Answer {
    call.change(None, move |engine, txn, cx| Box::pin(engine.webhook_update_in(txn, cx, id, input.value)))
        .await
}

/// Delete a webhook endpoint
///
/// What waits for it is not sent.
#[utoipa::path(
    delete, path = "/webhooks/{id}", operation_id = "delete_webhook", tag = "Webhooks",
    params(("id" = Uuid, Path, description = "Id of the endpoint.")),
    responses((status = 200, description = "It is gone: the endpoint as it was.", body = Webhook)),
)]
async fn delete(call: Call, Id(id): Id<WebhookId>) -> Answer {
    let engine = call.engine();
    engine
        .webhook_delete(&call.cx, id)
        .await
        .map(|webhook| answer(StatusCode::OK, &webhook))
        .map_err(Into::into)
}

/// Rotate the secret of a webhook endpoint
///
/// Requests are signed with the new secret and, for 24 hours, with the one before. The secret is in this answer and
/// nowhere else.
#[utoipa::path(
    post, path = "/webhooks/{id}/rotate", operation_id = "rotate_webhook", tag = "Webhooks",
    params(("id" = Uuid, Path, description = "Id of the endpoint.")),
    responses((status = 200, description = "The endpoint and its new secret.", body = Created)),
)]
async fn rotate(call: Call, Id(id): Id<WebhookId>, bare: Bare) -> Answer {
    let (give, mut made) = tokio::sync::oneshot::channel();
    let response = call
        .change(bare.with(Action::WebhooksWrite), move |engine, txn, cx| {
            Box::pin(async move {
                let (webhook, secret) = engine.webhook_rotate_in(txn, cx, id).await?;
                let _ = give.send((webhook.clone(), secret));
                Ok(webhook)
            })
        })
        .await?;
    Ok(made.try_recv().map_or(response, |made| with_secret(StatusCode::OK, &made)))
}

/// Send a test event
///
/// An event of type `endpoint.test`, signed like all others. What becomes of it is in the log.
#[utoipa::path(
    post, path = "/webhooks/{id}/test", operation_id = "test_webhook", tag = "Webhooks",
    params(("id" = Uuid, Path, description = "Id of the endpoint.")),
    responses(
        (status = 201, description = "The delivery, which waits to be sent.", body = Delivery),
        (status = 409, description = "The endpoint is switched off (`webhook_disabled`)."),
    ),
)]
async fn test(call: Call, Id(id): Id<WebhookId>, bare: Bare) -> Answer {
    call.create(bare.with(Action::WebhooksWrite), move |engine, txn, cx| {
        Box::pin(engine.webhook_test_in(txn, cx, id))
    })
    .await
}

/// What a list of deliveries is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeliveryParams {
    /// Only deliveries of this state.
    state: Option<DeliveryState>,
    /// Only events of this type: `points.credited`.
    r#type: Option<String>,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List deliveries to a webhook endpoint
///
/// Those of the last thirty days, newest first.
#[utoipa::path(
    get, path = "/webhooks/{id}/deliveries", operation_id = "list_webhook_deliveries", tag = "Webhooks",
    params(("id" = Uuid, Path, description = "Id of the endpoint."), DeliveryParams),
    responses((status = 200, description = "A page of deliveries.", body = ListOf<Delivery>)),
)]
async fn deliveries(call: Call, Id(id): Id<WebhookId>, Params(params): Params<DeliveryParams>) -> Answer {
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    let filter = DeliveryFilter { state: params.state, kind: params.r#type };
    found(call.engine().webhook_delivery_list(&call.cx, id, &filter, &page).await)
}

/// Read a delivery
///
/// With what is sent and every attempt: when, how long, and the first kilobyte of the answer.
#[utoipa::path(
    get, path = "/webhooks/deliveries/{id}", operation_id = "read_webhook_delivery", tag = "Webhooks",
    params(("id" = Uuid, Path, description = "Id of the delivery.")),
    responses((status = 200, description = "The delivery with its attempts.", body = LoggedDelivery)),
)]
async fn delivery(call: Call, Id(id): Id<WebhookDeliveryId>) -> Answer {
    found(call.engine().webhook_delivery_get(&call.cx, id).await)
}

/// Send a delivery again
///
/// Whatever has become of it, with the same `webhook-id`. Its row of retries begins anew.
#[utoipa::path(
    post, path = "/webhooks/deliveries/{id}/resend", operation_id = "resend_webhook_delivery", tag = "Webhooks",
    params(("id" = Uuid, Path, description = "Id of the delivery.")),
    responses(
        (status = 200, description = "The delivery, which waits to be sent.", body = Delivery),
        (status = 409, description = "The endpoint is switched off (`webhook_disabled`)."),
    ),
)]
async fn resend(call: Call, Id(id): Id<WebhookDeliveryId>, bare: Bare) -> Answer {
    call.change(bare.with(Action::WebhooksWrite), move |engine, txn, cx| {
        Box::pin(engine.webhook_resend_in(txn, cx, id))
    })
    .await
}

/// Which of the deliveries that were given up are sent again.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResendParams {
    /// Only events of this type: `points.credited`.
    r#type: Option<String>,
}

/// Send again what was given up
///
/// Every delivery to the endpoint that has `failed`, of one type or of all, the oldest first; a thousand at a time. While the
/// answer says that there is more, call it again.
#[utoipa::path(
    post, path = "/webhooks/{id}/resend", operation_id = "resend_failed_webhook_deliveries", tag = "Webhooks",
    params(("id" = Uuid, Path, description = "Id of the endpoint."), ResendParams),
    responses(
        (status = 200, description = "How many wait to be sent again.", body = Resent),
        (status = 409, description = "The endpoint is switched off (`webhook_disabled`)."),
    ),
)]
async fn resend_failed(
    call: Call,
    Id(id): Id<WebhookId>,
    Params(ResendParams { r#type: kind }): Params<ResendParams>,
    bare: Bare,
) -> Answer {
    call.change(bare.with(Action::WebhooksWrite), move |engine, txn, cx| {
        Box::pin(engine.webhook_resend_failed_in(txn, cx, id, kind))
    })
    .await
}

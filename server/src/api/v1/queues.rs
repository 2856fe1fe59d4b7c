//! `/queues` and `/dead-letters`: how the modules keep up, and what they gave up.

use http::StatusCode;
use perennial_domain::access::Action;
use perennial_engine::queue::{DeadLetter, DeadLettersRetried, QueueState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Bare,
    call::{Answer, Call, found},
    json::answer,
    params::{Paging, Params, Segments},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(dead_letters))
        .routes(routes!(retry))
        .routes(routes!(retry_all))
        .routes(routes!(discard))
}

/// Every module.
#[derive(Debug, Serialize, ToSchema)]
struct Queues {
    /// One row for each module, in order of name.
    data: Vec<QueueState>,
}

/// Read how the modules keep up
///
/// A module follows what happens to purchases and points, each at its own pace. What fails is tried again with growing
/// pauses, and at last waits for a person as a dead letter.
#[utoipa::path(
    get, path = "/queues", operation_id = "list_queues", tag = "Queues",
    responses((status = 200, description = "The queues of the merchant.", body = Queues)),
)]
async fn list(call: Call) -> Answer {
    let data = call.engine().queue_list(&call.cx).await?;
    Ok(answer(StatusCode::OK, &Queues { data }))
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LetterParams {
    /// Only those of this module.
    module: Option<String>,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List dead letters
///
/// Newest first.
#[utoipa::path(
    get, path = "/dead-letters", operation_id = "list_dead_letters", tag = "Queues", params(LetterParams),
    responses((status = 200, description = "A page of dead letters.", body = ListOf<DeadLetter>)),
)]
async fn dead_letters(call: Call, Params(params): Params<LetterParams>) -> Answer {
    let LetterParams { module, limit, after } = params;
    let page = Paging { limit, after }.request()?;
    found(call.engine().dead_letter_list(&call.cx, module.as_deref(), &page).await)
}

/// What became of a dead letter.
#[derive(Debug, Serialize, ToSchema)]
struct Settled {
    /// The module.
    module: String,
    /// The dead letter.
    id: i64,
    /// `retried` or `discarded`.
    outcome: &'static str,
}

/// Try a dead letter again
///
/// It goes back into its queue as if it were new.
#[utoipa::path(
    post, path = "/dead-letters/{module}/{id}/retry", operation_id = "retry_dead_letter", tag = "Queues",
    params(("module" = String, Path, description = "The module."), ("id" = i64, Path, description = "The dead letter.")),
    responses((status = 200, description = "It waits in its queue.", body = Settled)),
)]
async fn retry(call: Call, Segments((module, id)): Segments<(String, i64)>, bare: Bare) -> Answer {
    call.change(bare.with(Action::SettingsWrite), move |engine, txn, cx| {
        Box::pin(async move {
            engine.dead_letter_retry_in(txn, cx, &module, id).await?;
            Ok(Settled { module, id, outcome: "retried" })
        })
    })
    .await
}

/// Try all dead letters of a module again
///
/// They go back into its queue as if they were new, the oldest first, at most 1,000 in one call: `remaining` says how many
/// are left for the next one.
#[utoipa::path(
    post, path = "/dead-letters/{module}/retry", operation_id = "retry_dead_letters", tag = "Queues",
    params(("module" = String, Path, description = "The module.")),
    responses((status = 200, description = "How many wait in the queue again.", body = DeadLettersRetried)),
)]
async fn retry_all(call: Call, Segments(module): Segments<String>, bare: Bare) -> Answer {
    call.change(bare.with(Action::SettingsWrite), move |engine, txn, cx| {
        Box::pin(async move { engine.dead_letters_retry_in(txn, cx, &module).await })
    })
    .await
}

/// Throw a dead letter away
///
/// What it should have caused will not happen.
#[utoipa::path(
    post, path = "/dead-letters/{module}/{id}/discard", operation_id = "discard_dead_letter", tag = "Queues",
    params(("module" = String, Path, description = "The module."), ("id" = i64, Path, description = "The dead letter.")),
    responses((status = 200, description = "It is gone.", body = Settled)),
)]
async fn discard(call: Call, Segments((module, id)): Segments<(String, i64)>, bare: Bare) -> Answer {
    call.change(bare.with(Action::SettingsWrite), move |engine, txn, cx| {
        Box::pin(async move {
            engine.dead_letter_discard_in(txn, cx, &module, id).await?;
            Ok(Settled { module, id, outcome: "discarded" })
        })
    })
    .await
}

//! What is kept about the customer, and the end of it: a telephone's own shop wants both within the app.

use perennial_engine::privacy::{EraseInput, EraseReason, Erasure};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::super::privacy::document;
use crate::api::{
    ApiState,
    auth::{Me, Once},
    call::{Answer, Mode},
    json::OptionalJson,
    params::{DryRun, Nothing, Params},
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(erase))
}

/// Export everything about me
///
/// The document that `/customers/{customer}/export` gives to the merchant, written while it is read.
#[utoipa::path(
    get, path = "/me/export", operation_id = "export_me", tag = "Client apps",
    responses((status = 200, body = serde_json::Value, description = "The document, to be saved as a file.")),
)]
async fn export(me: Me) -> Answer {
    document(&me.call, me.id).await
}

/// Erase me
///
/// Deletes everything personal and closes the account, for good; all tokens end with it. What could still have been spent is
/// lost: ask with `dry_run` first, and show it.
#[utoipa::path(
    post, path = "/me/erase", operation_id = "erase_me", tag = "Client apps", params(DryRun),
    responses((status = 200, description = "What was removed, what stays and what is lost.", body = Erasure)),
)]
async fn erase(
    me: Me,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    nothing: OptionalJson<Nothing>,
) -> Answer {
    let mode = Mode { remember: once.with(&nothing.bytes), dry_run };
    let (id, input) = (me.id, EraseInput { reason: EraseReason::Left });
    me.call.change(mode, move |engine, txn, cx| Box::pin(engine.customer_erase_in(txn, cx, id, input))).await
}

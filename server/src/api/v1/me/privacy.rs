//! What is kept about the customer, and the end of it: a telephone's own shop wants both within the app.

use axum::Extension;
use chrono::{DateTime, Utc};
use http::StatusCode;
use perennial_engine::privacy::{EraseInput, EraseReason, Erasure};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::super::privacy::document;
use crate::api::{
    ApiState,
    auth::{Caller, Me},
    call::{Answer, Mode},
    json::{OptionalJson, answer},
    params::{DryRun, Nothing, Params},
    problem::{Code, FieldProblem, Problem},
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(export)).routes(routes!(send_code)).routes(routes!(erase))
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

/// A code is on its way to the customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyErasureCode)]
struct CodeAnswer {
    /// The first instant at which the code does not work any more.
    expires_at: DateTime<Utc>,
}

/// Send me the code that confirms erasing
///
/// Six digits to the customer's e-mail, good for ten minutes, five attempts and one use, and only with the token of this
/// request. Too many for one e-mail are throttled.
#[utoipa::path(
    post, path = "/me/erase/codes", operation_id = "send_my_erasure_code", tag = "Client apps",
    responses(
        (status = 202, description = "The code is on its way.", body = CodeAnswer),
        (status = 409, description = "There is no e-mail that a code could be sent to (`email_required`): only the merchant can erase this customer."),
    ),
)]
async fn send_code(me: Me, caller: Option<Extension<Caller>>, _: OptionalJson<Nothing>) -> Answer {
    let expires_at = me.engine().customer_confirmation_send(&me.holder, address(caller)).await?;
    Ok(answer(StatusCode::ACCEPTED, &CodeAnswer { expires_at }))
}

/// What confirms it.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = MyErasure)]
struct Confirmation {
    /// The code that came by e-mail; a space in the middle does not matter. A dry run needs none, and uses none up.
    code: Option<String>,
}

/// Erase me
///
/// Deletes everything personal and closes the account, for good; all tokens end with it, so that sending it again answers 401.
/// A token may be a month old and cannot do this alone: `POST /me/erase/codes` sends a fresh code, which goes into `code`.
/// What could still have been spent is lost: ask with `dry_run` first, and show it.
#[utoipa::path(
    post, path = "/me/erase", operation_id = "erase_me", tag = "Client apps", params(DryRun), request_body = Confirmation,
    responses(
        (status = 200, description = "What was removed, what stays and what is lost.", body = Erasure),
        (status = 422, description = "No code was sent along (`code_required`), or it is wrong, over, used, tried too often, or was asked for with another token: `code_invalid` at `/code`."),
    ),
)]
async fn erase(
    me: Me,
    Params(DryRun { dry_run }): Params<DryRun>,
    caller: Option<Extension<Caller>>,
    input: OptionalJson<Confirmation>,
) -> Answer {
    if !dry_run {
        let code = input.value.code.ok_or_else(code_required)?;
        me.engine().customer_confirm(&me.holder, &code, address(caller)).await?;
    }
    // Nothing to remember: whoever sends it again has no token any more.
    let mode = Mode { remember: None, dry_run };
    let (id, input) = (me.id, EraseInput { reason: EraseReason::Left });
    me.call.change(mode, move |engine, txn, cx| Box::pin(engine.customer_erase_in(txn, cx, id, input))).await
}

fn code_required() -> Problem {
    let detail = "A fresh code is needed. POST /api/v1/me/erase/codes sends one to the customer's e-mail; send it here as `code`.";
    Problem::new(Code::Invalid).code("code_required").detail(detail).errors([FieldProblem::new(
        "/code",
        "code_required",
        detail,
    )])
}

fn address(caller: Option<Extension<Caller>>) -> Option<std::net::IpAddr> {
    caller.map(|Extension(Caller(address))| address)
}

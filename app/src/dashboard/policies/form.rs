//! Drafting, changing, publishing, pausing, resuming, archiving a policy.

use super::super::posted::Posted;
use super::LIST;
use super::fields;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::ids::PolicyId;
use perennial_domain::policies::PolicyInput;
use perennial_engine::Error;

/// Drafts one, once, however often the form is sent.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::PromotionsWrite).await?;
    let input = match read(&posted).await {
        Ok(input) => input,
        Err(refusal) => return Ok(refuse(posted, refusal).await),
    };
    let (engine, cx) = (posted.engine().clone(), posted.cx.clone());
    let outcome = posted
        .engine()
        .write(&posted.cx, posted.once("reward-policy"), false, move |txn| {
            Box::pin(async move {
                let policy = engine.policy_create_in(txn, &cx, input).await?;
                Ok((200, serde_json::json!({ "id": policy.id })))
            })
        })
        .await;
    Ok(finish(posted, outcome, LIST.path, "draft-saved").await)
}

/// Changes one, or takes a step of its life.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::PromotionsWrite).await?;
    let Ok(id) = id.parse::<PolicyId>() else { return Err(posted.missing()) };
    let here = LIST.row(&id.to_string());
    let (engine, cx) = (posted.engine().clone(), posted.cx.clone());
    let (outcome, word) = match posted.text("do") {
        "publish" => (engine.policy_publish(&cx, id).await, "published"),
        "pause" => (engine.policy_pause(&cx, id).await, "policy-paused"),
        "resume" => (engine.policy_resume(&cx, id).await, "resumed"),
        "archive" => (engine.policy_archive(&cx, id).await, "archived"),
        _ => {
            let input = match read(&posted).await {
                Ok(input) => input,
                Err(refusal) => return Ok(refuse(posted, refusal).await),
            };
            (engine.policy_update(&cx, id, input).await, "draft-saved")
        }
    };
    Ok(finish(posted, outcome, &here, word).await)
}

/// Why a form could not be read.
enum Refusal {
    /// By field.
    Fields(fields::Problems),
    /// The engine could not be asked.
    Engine(Error),
}

async fn read(posted: &Posted) -> Result<PolicyInput, Refusal> {
    let settings = posted.engine().merchant_settings(&posted.cx).await.map_err(Refusal::Engine)?;
    let terms = fields::terms(&posted.values, settings.currency).map_err(Refusal::Fields)?;
    Ok(terms.into())
}

async fn refuse(posted: Posted, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Fields(problems) => posted.again(problems).await,
        Refusal::Engine(error) => finish::<()>(posted, Err(error), LIST.path, "draft-saved").await,
    }
}

/// Like [`Posted::finish`], for fields with other names than the engine's.
async fn finish<T>(posted: Posted, outcome: Result<T, Error>, path: &str, word: &'static str) -> Response {
    match outcome {
        Ok(_) => posted.finish(Ok(()), path, word).await,
        Err(error) => {
            let values = posted.values.clone();
            posted.refuse(error, move |error: &FieldError| fields::field_of(error, &values)).await
        }
    }
}

//! Adding, changing, archiving a reward.

use super::super::posted::Posted;
use super::LIST;
use super::fields::{self, Problems};
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::ids::RewardId;
use perennial_domain::rewards::RewardInput;
use perennial_engine::Error;
use std::collections::BTreeMap;

/// Adds one, once, however often the form is sent. A pool goes on to its codes: without them nobody can have it.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::RewardsWrite).await?;
    let input = match read(&posted).await {
        Ok(input) => input,
        Err(refusal) => return Ok(refuse(posted, refusal).await),
    };
    let is_pool = input.kind == "voucher_pool";
    let (engine, cx) = (posted.engine().clone(), posted.cx.clone());
    let outcome = posted
        .engine()
        .write(&posted.cx, posted.once("reward"), false, move |txn| {
            Box::pin(async move {
                let reward = engine.reward_create_in(txn, &cx, input).await?;
                Ok((201, serde_json::json!({ "id": reward.id })))
            })
        })
        .await;
    let path = match &outcome {
        Ok(answer) if is_pool => {
            let id = answer.body.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
            format!("{}/codes", LIST.row(id))
        }
        _ => LIST.path.to_owned(),
    };
    Ok(finish(posted, outcome, &path, "reward-added").await)
}

/// Changes one, or archives it.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::RewardsWrite).await?;
    let Ok(id) = id.parse::<RewardId>() else { return Err(posted.missing()) };
    let here = LIST.row(&id.to_string());
    if posted.text("do") == "archive" {
        let outcome = posted.engine().reward_archive(&posted.cx, id).await;
        return Ok(finish(posted, outcome, &here, "archived").await);
    }
    let input = match read(&posted).await {
        Ok(input) => input,
        Err(refusal) => return Ok(refuse(posted, refusal).await),
    };
    // What was left when the form was shown: the engine changes the stock by the difference.
    let seen = posted.text("seen_left").parse().ok();
    let outcome = posted.engine().reward_update(&posted.cx, id, input, seen).await;
    Ok(finish(posted, outcome, &here, "reward-saved").await)
}

/// Why a form could not be read.
enum Refusal {
    /// By field.
    Fields(Problems),
    /// The engine could not be asked.
    Engine(Error),
}

async fn read(posted: &Posted) -> Result<RewardInput, Refusal> {
    let settings = posted.engine().merchant_settings(&posted.cx).await.map_err(Refusal::Engine)?;
    let terms = fields::terms(&posted.values, settings.currency).map_err(Refusal::Fields)?;
    Ok(terms.into())
}

async fn refuse(posted: Posted, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Fields(problems) => posted.again(problems).await,
        Refusal::Engine(error) => finish::<()>(posted, Err(error), LIST.path, "reward-saved").await,
    }
}

/// Like [`Posted::finish`], for fields with other names than the engine's.
async fn finish<T>(posted: Posted, outcome: Result<T, Error>, path: &str, word: &'static str) -> Response {
    match outcome {
        Ok(_) => posted.finish(Ok(()), path, word).await,
        Err(error) => {
            let values: BTreeMap<String, String> = posted.values.clone();
            posted.refuse(error, move |error: &FieldError| fields::field_of(error, &values)).await
        }
    }
}

//! Drafting, changing, publishing, pausing, resuming, archiving a policy.

use super::super::posted::{Posted, Refusal};
use super::LIST;
use super::fields;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::ids::PolicyId;
use perennial_domain::policies::PolicyInput;
use perennial_engine::policies::PolicyView;

/// Drafts one, once, however often the form is sent.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::PromotionsWrite).await?;
    let outcome = draft(&posted).await;
    Ok(posted.finish_by(outcome, LIST.path, "draft-saved", fields::field_of).await)
}

async fn draft(posted: &Posted) -> Result<PolicyId, Refusal> {
    let input = read(posted).await?;
    let made = posted.engine().make(&posted.cx, posted.once("reward-policy"), move |engine, txn, cx| {
        Box::pin(async move { Ok(engine.policy_create_in(txn, cx, input).await?.id) })
    });
    Ok(made.await?)
}

/// Changes one, or takes a step of its life.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::PromotionsWrite).await?;
    let Ok(id) = id.parse::<PolicyId>() else { return Err(posted.missing()) };
    let word = match posted.text("do") {
        "publish" => "published",
        "pause" => "policy-paused",
        "resume" => "resumed",
        "archive" => "archived",
        _ => "draft-saved",
    };
    let outcome = step(&posted, id).await;
    Ok(posted.finish_by(outcome, &LIST.row(&id.to_string()), word, fields::field_of).await)
}

async fn step(posted: &Posted, id: PolicyId) -> Result<PolicyView, Refusal> {
    let (engine, cx) = (posted.engine(), &posted.cx);
    Ok(match posted.text("do") {
        "publish" => engine.policy_publish(cx, id).await?,
        "pause" => engine.policy_pause(cx, id).await?,
        "resume" => engine.policy_resume(cx, id).await?,
        "archive" => engine.policy_archive(cx, id).await?,
        _ => engine.policy_update(cx, id, posted.edit(read(posted).await?)).await?,
    })
}

async fn read(posted: &Posted) -> Result<PolicyInput, Refusal> {
    let settings = posted.engine().merchant_settings(&posted.cx).await?;
    Ok(fields::terms(&posted.values, settings.currency)?.into())
}

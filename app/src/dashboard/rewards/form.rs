//! Adding, changing, archiving a reward.

use super::super::posted::{Posted, Refusal};
use super::LIST;
use super::fields;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::ids::RewardId;
use perennial_domain::rewards::RewardInput;

/// Adds one, once, however often the form is sent. A pool goes on to its codes: without them nobody can have it.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::RewardsWrite).await?;
    let outcome = add(&posted).await;
    let path = match &outcome {
        Ok(id) if posted.text("kind") == "voucher_pool" => format!("{}/codes", LIST.row(&id.to_string())),
        _ => LIST.path.to_owned(),
    };
    Ok(posted.finish_by(outcome, &path, "reward-added", fields::field_of).await)
}

async fn add(posted: &Posted) -> Result<RewardId, Refusal> {
    let input = read(posted).await?;
    let made = posted.engine().make(&posted.cx, posted.once("reward"), move |engine, txn, cx| {
        Box::pin(async move { Ok(engine.reward_create_in(txn, cx, input).await?.id) })
    });
    Ok(made.await?)
}

/// Changes one, or archives it.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::RewardsWrite).await?;
    let Ok(id) = id.parse::<RewardId>() else { return Err(posted.missing()) };
    let word = if posted.text("do") == "archive" { "archived" } else { "reward-saved" };
    let outcome = step(&posted, id).await;
    Ok(posted.finish_by(outcome, &LIST.row(&id.to_string()), word, fields::field_of).await)
}

async fn step(posted: &Posted, id: RewardId) -> Result<(), Refusal> {
    let (engine, cx) = (posted.engine(), &posted.cx);
    if posted.text("do") == "archive" {
        engine.reward_archive(cx, id).await?;
        return Ok(());
    }
    // What was left when the form was shown: the engine changes the stock by the difference.
    let seen = posted.text("seen_left").parse().ok();
    engine.reward_update(cx, id, posted.edit(read(posted).await?), seen).await?;
    Ok(())
}

async fn read(posted: &Posted) -> Result<RewardInput, Refusal> {
    let settings = posted.engine().merchant_settings(&posted.cx).await?;
    Ok(fields::terms(&posted.values, settings.currency)?.into())
}

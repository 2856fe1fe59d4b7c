//! Adding, changing, pausing, archiving an offer.

use super::super::posted::{Posted, Refusal};
use super::LIST;
use super::fields;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::cashback::OfferInput;
use perennial_domain::ids::OfferId;
use perennial_engine::Edit;
use serde_json::json;

/// Adds one, once, however often the form is sent.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::PromotionsWrite).await?;
    let outcome = add(&posted).await;
    Ok(posted.finish_by(outcome, LIST.path, "offer-added", fields::field_of).await)
}

async fn add(posted: &Posted) -> Result<OfferId, Refusal> {
    let input = read(posted).await?;
    let made = posted.engine().make(&posted.cx, posted.once("cashback-offer"), move |engine, txn, cx| {
        Box::pin(async move { Ok(engine.cashback_offer_create_in(txn, cx, input).await?.id) })
    });
    Ok(made.await?)
}

/// Changes one, switches it off or on, or archives it.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::PromotionsWrite).await?;
    let Ok(id) = id.parse::<OfferId>() else { return Err(posted.missing()) };
    let word = match posted.text("do") {
        "archive" => "archived",
        "pause" => "offer-paused",
        "resume" => "resumed",
        _ => "offer-saved",
    };
    let outcome = step(&posted, id).await;
    Ok(posted.finish_by(outcome, &LIST.row(&id.to_string()), word, fields::field_of).await)
}

async fn step(posted: &Posted, id: OfferId) -> Result<(), Refusal> {
    let (engine, cx) = (posted.engine(), &posted.cx);
    let edit = match posted.text("do") {
        "archive" => {
            engine.cashback_offer_archive(cx, id).await?;
            return Ok(());
        }
        // Everything else of the offer stays.
        verb @ ("pause" | "resume") => Edit::field("active", json!(verb == "resume")),
        _ => posted.edit(read(posted).await?),
    };
    engine.cashback_offer_update(cx, id, edit).await?;
    Ok(())
}

async fn read(posted: &Posted) -> Result<OfferInput, Refusal> {
    let settings = posted.engine().merchant_settings(&posted.cx).await?;
    Ok(fields::terms(&posted.values, settings.currency)?.into())
}

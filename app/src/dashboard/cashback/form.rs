//! Adding, changing, pausing, archiving an offer.

use super::super::posted::Posted;
use super::LIST;
use super::fields;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::cashback::OfferInput;
use perennial_domain::error::FieldError;
use perennial_domain::ids::OfferId;
use perennial_engine::Error;

/// Adds one, once, however often the form is sent.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::PromotionsWrite).await?;
    let input = match read(&posted).await {
        Ok(input) => input,
        Err(refusal) => return Ok(refuse(posted, refusal).await),
    };
    let (engine, cx) = (posted.engine().clone(), posted.cx.clone());
    let outcome = posted
        .engine()
        .write(&posted.cx, posted.once("cashback-offer"), false, move |txn| {
            Box::pin(async move {
                let offer = engine.cashback_offer_create_in(txn, &cx, input).await?;
                Ok((200, serde_json::json!({ "id": offer.id })))
            })
        })
        .await;
    Ok(finish(posted, outcome, LIST.path, "offer-added").await)
}

/// Changes one, switches it off or on, or archives it.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::PromotionsWrite).await?;
    let Ok(id) = id.parse::<OfferId>() else { return Err(posted.missing()) };
    let here = LIST.row(&id.to_string());
    match posted.text("do") {
        "archive" => {
            let outcome = posted.engine().cashback_offer_archive(&posted.cx, id).await;
            Ok(finish(posted, outcome, &here, "archived").await)
        }
        verb @ ("pause" | "resume") => {
            let (active, word) = if verb == "pause" { (false, "offer-paused") } else { (true, "resumed") };
            let outcome = switch(&posted, id, active).await;
            Ok(finish(posted, outcome, &here, word).await)
        }
        _ => {
            let input = match read(&posted).await {
                Ok(input) => input,
                Err(refusal) => return Ok(refuse(posted, refusal).await),
            };
            let outcome = posted.engine().cashback_offer_update(&posted.cx, id, input).await;
            Ok(finish(posted, outcome, &here, "offer-saved").await)
        }
    }
}

/// Switches an offer off or on; everything else of it stays.
async fn switch(posted: &Posted, id: OfferId, active: bool) -> Result<(), Error> {
    let offer = posted.engine().cashback_offer_get(&posted.cx, id).await?;
    let input = OfferInput { active, ..offer.terms };
    posted.engine().cashback_offer_update(&posted.cx, id, input).await.map(|_| ())
}

/// Why a form could not be read.
enum Refusal {
    /// By field.
    Fields(fields::Problems),
    /// The engine could not be asked.
    Engine(Error),
}

async fn read(posted: &Posted) -> Result<OfferInput, Refusal> {
    let settings = posted.engine().merchant_settings(&posted.cx).await.map_err(Refusal::Engine)?;
    let terms = fields::terms(&posted.values, settings.currency).map_err(Refusal::Fields)?;
    Ok(terms.into())
}

async fn refuse(posted: Posted, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Fields(problems) => posted.again(problems).await,
        Refusal::Engine(error) => finish::<()>(posted, Err(error), LIST.path, "offer-saved").await,
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

//! Forgetting a return that waits.

use super::super::posted::{Posted, one};
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_engine::Error;

/// The one button of a row.
pub async fn discard(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::SettingsWrite).await?;
    let Ok(retailer) = posted.text("retailer").parse() else { return Err(posted.missing()) };
    let (transaction, name) = (posted.text("transaction"), posted.text("return"));
    let outcome = posted.engine().return_waiting_discard(&posted.cx, retailer, transaction, name).await;
    Ok(match outcome {
        Err(Error::NotFound(_)) => posted.again(one("", "It has been booked or discarded meanwhile.")).await,
        outcome => posted.finish(outcome, super::LIST.path, "return-discarded").await,
    })
}

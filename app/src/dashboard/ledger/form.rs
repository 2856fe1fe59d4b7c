//! Asking for a check.

use super::super::posted::Posted;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::Response;
use perennial_domain::access::Action;

/// The one button of the page.
pub async fn ask(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::SettingsWrite).await?;
    let outcome = posted.engine().reconciliation_request(&posted.cx).await;
    Ok(posted.finish(outcome, super::PATH, "check-asked").await)
}

//! Opening and closing the leaderboard.

use super::super::posted::Posted;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::Response;
use perennial_domain::access::Action;

/// The two buttons.
pub async fn switch(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::SettingsWrite).await?;
    let (enabled, word) = match posted.text("do") {
        "open" => (true, "leaderboard-opened"),
        "close" => (false, "leaderboard-closed"),
        _ => return Err(posted.missing()),
    };
    let outcome = posted.engine().leaderboard_set(&posted.cx, enabled).await;
    Ok(posted.finish(outcome, super::PATH, word).await)
}

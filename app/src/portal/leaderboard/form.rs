//! The form that takes somebody off the leaderboard, or puts them back.

use crate::form::FormState;
use crate::portal::posted::Posted;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Sent {
    /// Others are not to see the customer.
    hidden: bool,
}

/// `POST /p/{slug}/leaderboard`. Sending it again changes nothing.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let (posted, sent) = Posted::read::<Sent>(state, request).await?;
    let Some(Sent { hidden }) = sent else { return Ok(posted.to("leaderboard")) };
    match posted.state.engine.leaderboard_hide(&posted.cx, posted.customer, hidden).await {
        Ok(()) => Ok(posted.to("leaderboard")),
        Err(error) => {
            tracing::error!(?error, "a customer was not taken off the leaderboard");
            let form = FormState::default().refuse("", "This did not work just now. Please try again.");
            Ok(posted.again(form).await)
        }
    }
}

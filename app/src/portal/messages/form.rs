//! The form with the customer's choice.

use crate::form::FormState;
use crate::portal::posted::Posted;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::Response;
use perennial_domain::messages::MessageKind;
use perennial_engine::messages::{MessagePreference, MessagePreferencesChange};

/// `POST /p/{slug}/messages`: what is ticked is wanted, all else is not. Sending it again changes nothing.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let (posted, ticked) = Posted::read::<Vec<(String, String)>>(state, request).await?;
    let Some(ticked) = ticked else { return Ok(posted.to("messages")) };
    let is_ticked = |kind: MessageKind| ticked.iter().any(|(name, _)| name == kind.as_str());
    let preferences =
        MessageKind::optional().map(|kind| MessagePreference { kind, email: is_ticked(kind) }).collect();
    let change = MessagePreferencesChange { preferences };
    match posted.state.engine.message_preferences_change(&posted.cx, posted.customer, change).await {
        Ok(_) => Ok(posted.to("messages?done=saved")),
        Err(error) => {
            tracing::error!(?error, "the choice of a customer was not saved");
            let form = FormState::default().refuse("", "This did not work just now. Please try again.");
            Ok(posted.again(form).await)
        }
    }
}

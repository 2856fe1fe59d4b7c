//! The form with the customer's choice.

use crate::form::FormState;
use crate::portal::merchant::PortalMerchant;
use crate::session::SignedIn;
use crate::shell::{App, render_form};
use crate::state::AppState;
use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{Method, StatusCode};
use perennial_domain::messages::MessageKind;
use perennial_engine::messages::{MessagePreference, MessagePreferencesChange};

/// `POST /p/{slug}/messages`: what is ticked is wanted, all else is not. Sending it again changes nothing.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let (Some(SignedIn { cx, .. }), Some(merchant)) =
        (parts.extensions.get().cloned(), parts.extensions.get::<PortalMerchant>().cloned())
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let whole = Request::from_parts(parts.clone(), body);
    let Ok(Form(ticked)) = Form::<Vec<(String, String)>>::from_request(whole, &state).await else {
        return Redirect::to(&merchant.path("messages")).into_response();
    };
    let Some(customer) = cx.customer() else { return StatusCode::NOT_FOUND.into_response() };
    let is_ticked = |kind: MessageKind| ticked.iter().any(|(name, _)| name == kind.as_str());
    let preferences =
        MessageKind::optional().map(|kind| MessagePreference { kind, email: is_ticked(kind) }).collect();
    let change = MessagePreferencesChange { preferences };
    match state.engine.message_preferences_change(&cx, customer, change).await {
        Ok(_) => Redirect::to(&merchant.path("messages?done=saved")).into_response(),
        Err(error) => {
            tracing::error!(?error, "the choice of a customer was not saved");
            // The page is rendered as if it had been asked for.
            parts.method = Method::GET;
            let form = FormState::default().refuse("", "This did not work just now. Please try again.");
            render_form(&state, App::Portal, parts, form).await
        }
    }
}

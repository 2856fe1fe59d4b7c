//! The form that takes somebody off the leaderboard, or puts them back.

use crate::form::FormState;
use crate::portal::merchant::PortalMerchant;
use crate::session::SignedIn;
use crate::shell::{App, render_form};
use crate::state::AppState;
use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{Method, StatusCode};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Sent {
    /// Others are not to see the customer.
    hidden: bool,
}

/// `POST /p/{slug}/leaderboard`. Sending it again changes nothing.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let (Some(SignedIn { cx, .. }), Some(merchant)) =
        (parts.extensions.get().cloned(), parts.extensions.get::<PortalMerchant>().cloned())
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let whole = Request::from_parts(parts.clone(), body);
    let Ok(Form(sent)) = Form::<Sent>::from_request(whole, &state).await else {
        return Redirect::to(&merchant.path("leaderboard")).into_response();
    };
    let Some(customer) = cx.customer() else { return StatusCode::NOT_FOUND.into_response() };
    match state.engine.leaderboard_hide(&cx, customer, sent.hidden).await {
        Ok(()) => Redirect::to(&merchant.path("leaderboard")).into_response(),
        Err(error) => {
            tracing::error!(?error, "a customer was not taken off the leaderboard");
            // The page is rendered as if it had been asked for.
            parts.method = Method::GET;
            let form = FormState::default().refuse("", "This did not work just now. Please try again.");
            render_form(&state, App::Portal, parts, form).await
        }
    }
}

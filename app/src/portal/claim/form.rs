//! The claim form, received.

use crate::form::FormState;
use crate::portal::merchant::PortalMerchant;
use crate::session::SignedIn;
use crate::shell::{App, render_form};
use crate::state::AppState;
use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use perennial_domain::codes::ClaimCode;
use perennial_domain::customer::CustomerRef;
use perennial_engine::Error;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
struct Sent {
    #[serde(default)]
    code: String,
}

/// `POST /p/{slug}/claim`.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (Some(SignedIn { cx, .. }), Some(merchant)) =
        (parts.extensions.get().cloned(), parts.extensions.get::<PortalMerchant>().cloned())
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let whole = Request::from_parts(parts.clone(), body);
    let Form(sent) = Form::<Sent>::from_request(whole, &state).await.unwrap_or_default();
    let form = FormState::sent([("code", sent.code.clone())]);
    let code = match ClaimCode::new(&sent.code) {
        Ok(code) => code,
        Err(_) => {
            let form =
                form.refuse("code", "A code has 16 letters and digits. Please compare it with the receipt.");
            return render_form(&state, App::Portal, parts, form).await;
        }
    };
    let Some(customer) = cx.customer() else { return StatusCode::NOT_FOUND.into_response() };
    if !state.claims.allows(customer) {
        let form = form.refuse("", "Too many tries in a row. Please wait a few minutes, then try again.");
        return render_form(&state, App::Portal, parts, form).await;
    }
    match state.engine.claim(&cx, &code, &CustomerRef::Id(customer)).await {
        Ok(claimed) => {
            let page = merchant.path(&format!("activity/{}?done=claimed", claimed.purchase.id));
            Redirect::to(&page).into_response()
        }
        Err(error) => {
            let (name, text) = refusal(&error);
            render_form(&state, App::Portal, parts, form.refuse(name, text)).await
        }
    }
}

/// Which field a refusal belongs to, and what to tell the customer.
fn refusal(error: &Error) -> (&'static str, String) {
    match error {
        Error::NotFound(_) => {
            ("code", "There is no receipt with this code. Please compare it with the receipt.".to_owned())
        }
        Error::Conflict { detail, .. } => ("code", format!("{detail}.")),
        error => {
            tracing::error!(?error, "a claim failed");
            ("", "The points could not be claimed just now. Nothing is lost; please try again.".to_owned())
        }
    }
}

//! The form with which a customer leaves, received: first it sends a code, then it takes the code and erases.

use crate::form::FormState;
use crate::portal::gate::Owner;
use crate::portal::merchant::PortalMerchant;
use crate::session::{SignedIn, client_address};
use crate::shell::{App, render_form};
use crate::state::AppState;
use axum::Form;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::request::Parts;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_engine::privacy::{EraseInput, EraseReason};
use perennial_engine::{Cx, Error};
use serde::Deserialize;

/// What the forms of the page send; which one it was shows in what is there.
#[derive(Debug, Default, Deserialize)]
struct Sent {
    code: Option<String>,
}

const SENT_OFTEN: &str = "We have sent several codes already. Please wait a few minutes, then ask again.";
const TRIED_OFTEN: &str = "Too many tries in a row. Please wait a minute, then ask for a new code.";
const NO_CODE: &str =
    "This code is not right, or no longer valid. Check the latest mail, or ask for a new code.";
const INTERRUPTED: &str = "This did not work just now. Nothing was deleted; please try again in a moment.";

/// Somebody who is about to leave, in one browser.
struct Leaver<'a> {
    state: &'a AppState,
    parts: &'a Parts,
    cx: Cx,
    owner: MerchantId,
    customer: CustomerId,
    email: String,
    /// What the code is bound to: the session in which it was asked for.
    secret: [u8; 32],
}

/// `POST /p/{slug}/leave`.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (Some(SignedIn { cx, .. }), Some(merchant), Some(Owner(owner))) = (
        parts.extensions.get().cloned(),
        parts.extensions.get::<PortalMerchant>().cloned(),
        parts.extensions.get().copied(),
    ) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let whole = Request::from_parts(parts.clone(), body);
    let Form(sent) = Form::<Sent>::from_request(whole, &state).await.unwrap_or_default();
    let Some(customer) = cx.customer() else { return StatusCode::NOT_FOUND.into_response() };
    let secret = state.sessions.secret(&merchant.slug, &parts.headers);
    let email = state.engine.customer_get(&cx, customer).await.ok().and_then(|customer| customer.email);
    let (Some(secret), Some(email)) = (secret, email) else {
        return Redirect::to(&merchant.path("leave")).into_response();
    };
    let leaver = Leaver { state: &state, parts: &parts, cx, owner, customer, email, secret };
    let answer = match &sent.code {
        None => leaver.send_code().await.map(|()| merchant.path("leave?sent=yes")),
        // Whoever was signed in is told on the first page that the account is closed.
        Some(code) => leaver.leave(code).await.map(|()| merchant.path("")),
    };
    match answer {
        Ok(next) => Redirect::to(&next).into_response(),
        Err((field, text)) => {
            let form = match &sent.code {
                Some(code) => FormState::sent([("code", code.clone())]),
                None => FormState::default(),
            };
            render_form(&state, App::Portal, parts, form.refuse(field, text)).await
        }
    }
}

impl Leaver<'_> {
    async fn send_code(&self) -> Result<(), (&'static str, &'static str)> {
        let from = client_address(self.parts);
        let sent = self.state.engine.login_code_request(self.owner, &self.email, &self.secret, from).await;
        sent.map_err(|error| match error {
            Error::Throttled { .. } => ("", SENT_OFTEN),
            error => interrupted(&error),
        })
    }

    /// Proves once more who it is, then erases.
    async fn leave(&self, code: &str) -> Result<(), (&'static str, &'static str)> {
        let (engine, from) = (&self.state.engine, client_address(self.parts));
        let code: String = code.chars().filter(char::is_ascii_digit).collect();
        let verified = engine.login_code_verify(self.owner, &self.email, &code, &self.secret, from).await;
        let proven = verified.map_err(|error| match error {
            Error::Throttled { .. } => ("", TRIED_OFTEN),
            Error::Invalid(_) | Error::Unauthenticated => ("code", NO_CODE),
            error => interrupted(&error),
        })?;
        if proven != self.customer {
            return Err(("code", NO_CODE));
        }
        let input = EraseInput { reason: EraseReason::Left };
        engine.customer_erase(&self.cx, self.customer, input).await.map_err(|error| interrupted(&error))?;
        Ok(())
    }
}

fn interrupted(error: &Error) -> (&'static str, &'static str) {
    tracing::error!(?error, "a customer could not leave");
    ("", INTERRUPTED)
}

//! The form with which a customer leaves, received: first it sends a code, then it takes the code and erases.

use crate::form::FormState;
use crate::portal::gate::Owner;
use crate::portal::posted::{Posted, missing};
use crate::session::client_address;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::Response;
use perennial_domain::ids::MerchantId;
use perennial_engine::Error;
use perennial_engine::privacy::{EraseInput, EraseReason};
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
    posted: &'a Posted,
    owner: MerchantId,
    email: String,
    /// What the code is bound to: the session in which it was asked for.
    secret: [u8; 32],
}

/// `POST /p/{slug}/leave`.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let (posted, sent) = Posted::read::<Sent>(state, request).await?;
    let Sent { code } = sent.unwrap_or_default();
    let Some(Owner(owner)) = posted.parts.extensions.get::<Owner>().copied() else { return Err(missing()) };
    let secret = posted.state.sessions.secret(&posted.merchant.slug, &posted.parts.headers);
    let customer = posted.state.engine.customer_get(&posted.cx, posted.customer).await;
    let (Some(secret), Some(email)) = (secret, customer.ok().and_then(|customer| customer.email)) else {
        return Ok(posted.to("leave"));
    };
    let leaver = Leaver { posted: &posted, owner, email, secret };
    let answer = match &code {
        None => leaver.send_code().await.map(|()| "leave?sent=yes"),
        // Whoever was signed in is told on the first page that the account is closed.
        Some(code) => leaver.leave(code).await.map(|()| ""),
    };
    match answer {
        Ok(next) => Ok(posted.to(next)),
        Err((field, text)) => {
            let form = FormState::sent(code.map(|code| ("code", code)));
            Ok(posted.again(form.refuse(field, text)).await)
        }
    }
}

impl Leaver<'_> {
    async fn send_code(&self) -> Result<(), (&'static str, &'static str)> {
        let (engine, from) = (&self.posted.state.engine, client_address(&self.posted.parts));
        let sent = engine.login_code_request(self.owner, &self.email, &self.secret, from).await;
        sent.map_err(|error| match error {
            Error::Throttled { .. } => ("", SENT_OFTEN),
            error => interrupted(&error),
        })
    }

    /// Proves once more who it is, then erases.
    async fn leave(&self, code: &str) -> Result<(), (&'static str, &'static str)> {
        let (engine, from) = (&self.posted.state.engine, client_address(&self.posted.parts));
        let code: String = code.chars().filter(char::is_ascii_digit).collect();
        let verified = engine.login_code_verify(self.owner, &self.email, &code, &self.secret, from).await;
        let proven = verified.map_err(|error| match error {
            Error::Throttled { .. } => ("", TRIED_OFTEN),
            Error::Invalid(_) | Error::Unauthenticated => ("code", NO_CODE),
            error => interrupted(&error),
        })?;
        if proven != self.posted.customer {
            return Err(("code", NO_CODE));
        }
        let input = EraseInput { reason: EraseReason::Left };
        let erased = engine.customer_erase(&self.posted.cx, proven, input).await;
        erased.map_err(|error| interrupted(&error))?;
        Ok(())
    }
}

fn interrupted(error: &Error) -> (&'static str, &'static str) {
    tracing::error!(?error, "a customer could not leave");
    ("", INTERRUPTED)
}

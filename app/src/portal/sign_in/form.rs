//! The sign-in forms, received.
//!
//! The answers never tell whether an address is known: an unknown one enrols when its code comes back.

use crate::address::{after_sign_in, sign_in};
use crate::error::PageError;
use crate::form::FormState;
use crate::portal::gate::Owner;
use crate::portal::join::{brought_by, code_in, code_of};
use crate::portal::merchant::PortalMerchant;
use crate::session::{Area, PortalSession, client_address};
use crate::shell::{App, render_form};
use crate::state::AppState;
use axum::Form;
use axum::extract::{Extension, FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use perennial_domain::codes::{Email, ReferralCode};
use perennial_domain::ids::MerchantId;
use perennial_engine::Error;
use perennial_engine::referrals::BroughtBy;
use serde::Deserialize;
use std::net::IpAddr;

/// What the forms of the page send; which one it was shows in what is there.
#[derive(Debug, Default, Deserialize)]
struct Sent {
    email: Option<String>,
    friend: Option<String>,
    code: Option<String>,
    change: Option<String>,
}

/// Why a form came back.
struct Refusal {
    field: &'static str,
    text: &'static str,
}

const SENT_OFTEN: Refusal = Refusal {
    field: "",
    text: "We have sent several codes already. Please wait a few minutes, then ask again.",
};
const TRIED_OFTEN: Refusal =
    Refusal { field: "", text: "Too many tries in a row. Please wait a minute, then ask for a new code." };
const NO_ADDRESS: Refusal =
    Refusal { field: "email", text: "This does not look like an e-mail address. Please check it." };
const NO_CODE: Refusal = Refusal {
    field: "code",
    text: "This code is not right, or no longer valid. Check the latest mail, or ask for a new code.",
};
const NO_FRIEND: Refusal = Refusal {
    field: "friend",
    text: "Nobody has this code. Please compare it with what your friend has sent, or leave it empty.",
};
const ASKED_OFTEN: Refusal =
    Refusal { field: "friend", text: "Too many codes in a row. Please wait a minute, or leave it empty." };
const INTERRUPTED: Refusal =
    Refusal { field: "", text: "This did not work just now. Please try again in a moment." };

/// `POST /p/{slug}/sign-in`.
pub(crate) async fn submit(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (Some(Owner(owner)), Some(merchant)) =
        (parts.extensions.get().copied(), parts.extensions.get::<PortalMerchant>().cloned())
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let whole = Request::from_parts(parts.clone(), body);
    let Form(sent) = Form::<Sent>::from_request(whole, &state).await.unwrap_or_default();
    let door = Door { state: &state, parts: &parts, owner, merchant: &merchant };
    let (email, friend) = (sent.email.clone().unwrap_or_default(), sent.friend.clone().unwrap_or_default());
    let answer = match sent {
        Sent { change: Some(_), .. } => door.change().await,
        Sent { code: Some(code), .. } => door.verify(&code).await,
        _ => door.send_code(&email, &friend).await,
    };
    match answer {
        Ok(response) => response,
        Err(Refusal { field, text }) => {
            let form = FormState::sent([("email", email), ("friend", friend)]).refuse(field, text);
            render_form(&state, App::Portal, parts, form).await
        }
    }
}

/// `POST /p/{slug}/sign-out`.
pub(crate) async fn sign_out(
    State(state): State<AppState>,
    Extension(merchant): Extension<PortalMerchant>,
    headers: HeaderMap,
) -> Response {
    match state.sessions.end(&Area::Portal(merchant.slug.clone()), &headers).await {
        Ok(cookie) => ([(SET_COOKIE, cookie)], Redirect::to(&merchant.path("sign-in"))).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The door of one portal, for one request.
struct Door<'a> {
    state: &'a AppState,
    parts: &'a Parts,
    owner: MerchantId,
    merchant: &'a PortalMerchant,
}

impl Door<'_> {
    async fn send_code(&self, email: &str, friend: &str) -> Result<Response, Refusal> {
        let email = Email::new(email).map_err(|_| NO_ADDRESS)?;
        let friend = self.friend(friend).await?;
        // A fresh secret each time: an older code stops working in this browser when a new one is asked for.
        let secret: [u8; 32] = rand::random();
        self.state
            .engine
            .login_code_request(self.owner, email.as_str(), &secret, self.from())
            .await
            .map_err(|error| match error {
                Error::Throttled { .. } => SENT_OFTEN,
                Error::Invalid(_) => NO_ADDRESS,
                error => interrupted(&error),
            })?;
        let session = PortalSession::CodeSent { email: email.as_str().to_owned(), secret };
        self.remember(&session, &self.again(friend)).await
    }

    /// The code of a friend that was typed, if it is one; that in the address where none was.
    async fn friend(&self, typed: &str) -> Result<Option<ReferralCode>, Refusal> {
        if typed.trim().is_empty() || !self.merchant.has_referrals {
            return Ok(code_in(self.parts.uri.query()));
        }
        let code = ReferralCode::new(typed).map_err(|_| NO_FRIEND)?;
        if self.brought_by().await?.is_some_and(|known| *code_of(&known) == code) {
            // It stood there before anybody typed: nobody is held up by a link that brings nobody any more.
            return Ok(Some(code));
        }
        let works = self.state.engine.referral_code_works(self.owner, &code, self.from()).await;
        match works.map_err(|error| match error {
            Error::Throttled { .. } => ASKED_OFTEN,
            error => interrupted(&error),
        })? {
            true => Ok(Some(code)),
            false => Err(NO_FRIEND),
        }
    }

    async fn verify(&self, code: &str) -> Result<Response, Refusal> {
        let session = self.state.sessions.portal(&self.merchant.slug, &self.parts.headers).await;
        let Some(PortalSession::CodeSent { email, secret }) = session.map_err(|_| INTERRUPTED)? else {
            return Err(NO_CODE);
        };
        let code: String = code.chars().filter(char::is_ascii_digit).collect();
        let brought_by = self.brought_by().await?;
        let verified = self
            .state
            .engine
            .login_code_verify_by(self.owner, &email, &code, &secret, self.from(), brought_by.as_ref())
            .await;
        let customer = verified.map_err(|error| match error {
            Error::Throttled { .. } => TRIED_OFTEN,
            Error::Invalid(_) | Error::Unauthenticated => NO_CODE,
            error => interrupted(&error),
        })?;
        let next = after_sign_in(&self.merchant.path(""), &self.parts.uri);
        self.remember(&PortalSession::Customer { merchant: self.owner, customer }, &next).await
    }

    /// Who has brought this browser.
    async fn brought_by(&self) -> Result<Option<BroughtBy>, Refusal> {
        let engine = &self.state.engine;
        let policy = engine.referral_policy(self.owner).await.map_err(|error| interrupted(&error))?;
        let (slug, query) = (&self.merchant.slug, self.parts.uri.query());
        let (headers, secure) = (&self.parts.headers, self.state.config.secure_cookies);
        Ok(brought_by(headers, slug, secure, query, &policy, engine.now(self.owner)))
    }

    fn from(&self) -> Option<IpAddr> {
        client_address(self.parts)
    }

    async fn change(&self) -> Result<Response, Refusal> {
        let area = Area::Portal(self.merchant.slug.clone());
        let cookie = self.state.sessions.end(&area, &self.parts.headers).await.map_err(|_| INTERRUPTED)?;
        Ok(([(SET_COOKIE, cookie)], Redirect::to(&self.again(code_in(self.parts.uri.query()))))
            .into_response())
    }

    /// The sign-in once more, with where to go behind it and whose friend it is.
    fn again(&self, friend: Option<ReferralCode>) -> String {
        let home = self.merchant.path("");
        let again = sign_in(&home, Some(&after_sign_in(&home, &self.parts.uri)));
        match friend {
            Some(code) => format!("{again}{}ref={code}", if again.contains('?') { '&' } else { '?' }),
            None => again,
        }
    }

    async fn remember(&self, session: &PortalSession, to: &str) -> Result<Response, Refusal> {
        let started =
            self.state.sessions.start_portal(&self.merchant.slug, &self.parts.headers, session).await;
        let cookie = started.map_err(|_: PageError| INTERRUPTED)?;
        Ok(([(SET_COOKIE, cookie)], Redirect::to(to)).into_response())
    }
}

fn interrupted(error: &Error) -> Refusal {
    tracing::error!(?error, "a sign-in failed");
    INTERRUPTED
}

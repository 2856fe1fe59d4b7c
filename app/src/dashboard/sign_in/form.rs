//! The forms of signing in and out.

use super::super::posted::{fields, one};
use super::super::{entrance, join};
use crate::address::address;
use crate::error::PageError;
use crate::form::FormState;
use crate::session::{Area, StaffSession, client_address};
use crate::shell::{App, render_form};
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use perennial_domain::ids::MerchantId;
use perennial_engine::Actor;
use std::collections::BTreeMap;

/// Checks e-mail and password and begins a session.
pub async fn sign_in(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let values = match fields(Request::from_parts(parts.clone(), body)).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    match begin(&state, &parts, &values).await {
        Ok(answer) => answer,
        Err(error) => {
            let text = match error {
                // One sentence for both: whether somebody is known is nobody's business.
                PageError::SignedOut | PageError::NotFound | PageError::Forbidden => {
                    "E-mail or password is wrong. Check both and try again.".to_owned()
                }
                error => error.to_string(),
            };
            again(&state, parts, values, &text).await
        }
    }
}

async fn begin(
    state: &AppState,
    parts: &Parts,
    values: &BTreeMap<String, String>,
) -> Result<Response, PageError> {
    let field = |name: &str| values.get(name).map_or("", String::as_str);
    let from = client_address(parts);
    let staff = state.engine.staff_sign_in(field("email"), field("password"), from).await?;
    let (merchant, to) = match staff.memberships.as_slice() {
        [] => {
            // Somebody may have lost the one role while the invitation to another was on its way.
            let invited = entrance::wanted(&parts.uri).filter(|page| join::is_page(page));
            (None, invited.ok_or_else(belongs_nowhere)?)
        }
        [only] => (Some(only.merchant_id), entrance::after(&parts.uri, only.role)),
        _ => {
            let next = entrance::wanted(&parts.uri).unwrap_or_default();
            (None, address("/dashboard/sign-in/merchant", &[("next", &next)], None))
        }
    };
    let cookie =
        state.sessions.start_staff(&parts.headers, &StaffSession { staff: staff.id, merchant }).await?;
    if let Some(merchant) = merchant {
        state.engine.staff_entered(staff.id, merchant).await;
    }
    Ok(to_with_cookie(&to, cookie))
}

fn belongs_nowhere() -> PageError {
    PageError::Invalid("You belong to no merchant any more. An owner can add you again.".to_owned())
}

/// Changes the merchant of a session.
pub async fn choose(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let values = match fields(Request::from_parts(parts.clone(), body)).await {
        Ok(values) => values,
        Err(answer) => return answer,
    };
    match switch(&state, &parts, values.get("merchant").map_or("", String::as_str)).await {
        Ok(answer) => answer,
        Err(PageError::SignedOut) => Redirect::to("/dashboard/sign-in").into_response(),
        Err(error) => again(&state, parts, values, &error.to_string()).await,
    }
}

async fn switch(state: &AppState, parts: &Parts, merchant: &str) -> Result<Response, PageError> {
    let StaffSession { staff, .. } =
        state.sessions.staff(&parts.headers).await?.ok_or(PageError::SignedOut)?;
    let merchant: MerchantId = merchant.parse().map_err(|_| PageError::NotFound)?;
    // Only who is a member may enter; the membership is checked again at every request.
    let cx = state.engine.staff_cx(staff, merchant).await.map_err(|error| match PageError::from(error) {
        // The person is signed in; it is the merchant that is not theirs.
        PageError::SignedOut => PageError::NotFound,
        error => error,
    })?;
    let Actor::Staff { role, .. } = cx.actor() else { return Err(PageError::NotFound) };
    let cookie =
        state.sessions.start_staff(&parts.headers, &StaffSession { staff, merchant: Some(merchant) }).await?;
    state.engine.staff_entered(staff, merchant).await;
    Ok(to_with_cookie(&entrance::after(&parts.uri, *role), cookie))
}

/// Ends the session.
pub async fn sign_out(State(state): State<AppState>, headers: HeaderMap) -> Response {
    match state.sessions.end(&Area::Staff, &headers).await {
        Ok(cookie) => to_with_cookie("/dashboard/sign-in", cookie),
        Err(error) => error.into_response(),
    }
}

async fn again(state: &AppState, parts: Parts, mut values: BTreeMap<String, String>, text: &str) -> Response {
    values.remove("password");
    render_form(state, App::Dashboard, parts, FormState { values, errors: one("", text) }).await
}

fn to_with_cookie(path: &str, cookie: HeaderValue) -> Response {
    let mut answer = Redirect::to(path).into_response();
    answer.headers_mut().append(SET_COOKIE, cookie);
    answer
}

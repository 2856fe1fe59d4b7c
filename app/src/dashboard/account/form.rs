//! Changing one's own password.

use super::super::flash::done;
use super::super::password;
use super::super::posted::{Posted, same_name};
use super::PATH;
use crate::session::StaffSession;
use crate::state::AppState;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::header::SET_COOKIE;
use perennial_engine::Actor;
use std::collections::BTreeMap;

/// Changes the password. All sessions of the person end; this browser gets a new one.
pub async fn change(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let headers = request.headers().clone();
    let mut posted = Posted::read(state, request).await?;
    let Actor::Staff { id, .. } = posted.cx.actor() else { return Err(posted.missing()) };
    let staff = *id;
    // As it was typed, spaces included; what is shown again has none of it.
    let mut sent = std::mem::take(&mut posted.values);
    let current = sent.remove("current").unwrap_or_default();
    let password = match password::chosen(&mut sent) {
        Ok(password) => password,
        Err(problems) => return Ok(posted.again(problems).await),
    };
    if let Err(error) = posted.engine().staff_password_change(staff, current, password).await {
        return Ok(posted.refuse_with(error, BTreeMap::new(), same_name).await);
    }
    let session = StaffSession { staff, merchant: Some(posted.cx.merchant()) };
    let Ok(cookie) = posted.state().sessions.start_staff(&headers, &session).await else {
        // The password is the new one all the same.
        return Ok(Redirect::to("/dashboard/sign-in").into_response());
    };
    let mut answer = done(PATH, "password-changed").into_response();
    answer.headers_mut().append(SET_COOKIE, cookie);
    Ok(answer)
}

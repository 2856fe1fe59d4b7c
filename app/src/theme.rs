//! The form behind the theme switch, for browsers without scripts.

use crate::address::is_local;
use crate::state::AppState;
use crate::ui::{Theme, theme_cookie};
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderValue;
use http::header::SET_COOKIE;
use serde::Deserialize;
use tower_sessions::cookie::time::Duration;
use tower_sessions::cookie::{Cookie, SameSite};

/// What the switch sends.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    theme: String,
    #[serde(default, rename = "return")]
    back: String,
}

/// Remembers the choice for a year and goes back to where the switch was used.
pub(crate) async fn choose(State(state): State<AppState>, Form(choice): Form<Choice>) -> Response {
    let secure = state.config.secure_cookies;
    let cookie = Cookie::build((theme_cookie(secure), Theme::parse(&choice.theme).as_str()))
        .path("/")
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(Duration::days(365))
        .build();
    // Nobody is sent elsewhere by a link that looks like ours.
    let back = if is_local(&choice.back) { &choice.back } else { "/" };
    let mut response = Redirect::to(back).into_response();
    if let Ok(cookie) = HeaderValue::try_from(cookie.to_string()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

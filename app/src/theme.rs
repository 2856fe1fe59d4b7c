//! The form behind the theme switch, for browsers without scripts.

use crate::state::AppState;
use crate::ui::{THEME_COOKIE, Theme};
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
    let cookie = Cookie::build((THEME_COOKIE, Theme::parse(&choice.theme).as_str()))
        .path("/")
        .same_site(SameSite::Lax)
        .secure(state.config.secure_cookies)
        .max_age(Duration::days(365))
        .build();
    let mut response = Redirect::to(local_path(&choice.back)).into_response();
    if let Ok(cookie) = HeaderValue::try_from(cookie.to_string()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// An address within this site, or the front page: nobody is sent elsewhere by a link that looks like ours.
pub(crate) fn local_path(path: &str) -> &str {
    let local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic());
    if local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn never_leads_to_another_site() {
        assert_eq!(local_path("/p/sola/activity?after=x"), "/p/sola/activity?after=x");
        for path in ["", "https://evil.test", "//evil.test", "/\\evil.test", "/\t/evil.test", "evil", "/a b"]
        {
            assert_eq!(local_path(path), "/", "{path:?}");
        }
    }
}

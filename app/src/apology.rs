//! What somebody sees instead of a page that was refused or went wrong.

use crate::security;
use crate::shell::plain;
use crate::state::AppState;
use crate::ui::{LinkButton, Rings};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, COOKIE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use leptos::prelude::*;

/// Who asked, as far as it decides what an apology looks like: kept while the request is on its way.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// A person looks at the answer, not a script of a page or a program.
    looks: bool,
    cookies: Option<HeaderValue>,
}

impl Visitor {
    /// Whoever sent a request with these headers.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let accepts = headers.get(ACCEPT).and_then(|accepts| accepts.to_str().ok());
        Self {
            looks: accepts.is_some_and(|accepts| accepts.contains("text/html")),
            cookies: headers.get(COOKIE).cloned(),
        }
    }
}

/// The answer in the place of a page: a small page for whoever looks, a line for a program. With the number of seconds after
/// which it is worth to try again, where that is known.
#[must_use]
pub fn apology(
    state: &AppState,
    visitor: &Visitor,
    status: StatusCode,
    retry_after: Option<u64>,
) -> Response {
    let (title, text) = words(status, retry_after);
    let mut response = if visitor.looks {
        let headers: HeaderMap =
            visitor.cookies.clone().map(|cookies| (COOKIE, cookies)).into_iter().collect();
        plain(state, &headers, status, title, || {
            view! {
                <main class="plain">
                    <div class="empty">
                        <Rings/>
                        <h1>{title}</h1>
                        <p>{text}</p>
                        <LinkButton href="">"Load again"</LinkButton>
                    </div>
                </main>
            }
        })
    } else {
        (status, format!("{text}\n")).into_response()
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    security::complete(&mut response);
    response
}

/// Title and text.
fn words(status: StatusCode, retry_after: Option<u64>) -> (&'static str, String) {
    let when = match retry_after {
        None => "in a minute".to_owned(),
        Some(1) => "in a second".to_owned(),
        Some(seconds) => format!("in {seconds} seconds"),
    };
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            ("One moment", format!("That was a little too often. Please try again {when}."))
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            ("One moment", format!("This did not load just now. Please try again {when}."))
        }
        _ => (
            "Something went wrong",
            "This page could not be shown. That is our fault, and it is noted. Please load it again."
                .to_owned(),
        ),
    }
}

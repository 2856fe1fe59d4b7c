//! In front of every portal address: which merchant it is, and whether somebody is signed in.

use super::join;
use super::merchant::PortalMerchant;
use super::sign_in::SignInStep;
use crate::address::{after_sign_in, sign_in};
use crate::error::PageError;
use crate::files::not_found;
use crate::session::{PortalSession, SignedIn};
use crate::shell::plain;
use crate::state::AppState;
use crate::ui::{Button, LinkButton, Rings};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, StatusCode};
use leptos::prelude::*;
use perennial_domain::ids::MerchantId;
use perennial_domain::referrals::ReferralPolicy;

/// The merchant of the address, for handlers; put into the request by [`gate`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner(pub(crate) MerchantId);

/// Addresses that nobody has to be signed in for.
const OPEN: [&str; 3] = ["sign-in", "sign-out", "icon.svg"];

/// Finds the merchant, else answers that there is nothing; finds the customer, else leads to the sign-in.
pub(crate) async fn gate(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let (slug, tail) = split(request.uri().path());
    let (slug, tail) = (slug.to_owned(), tail.to_owned());
    let program = match state.engine.program(&slug).await.map_err(PageError::from) {
        Ok(program) => program,
        Err(PageError::NotFound | PageError::Invalid(_)) => return not_found(&state, request.headers()),
        Err(_) => return interrupted(&state, request.headers()),
    };
    let (owner, settings) = (program.merchant_id, &program.settings);
    let merchant = PortalMerchant::of(&slug, settings);
    if !OPEN.contains(&tail.as_str()) {
        match state.customer_cx(owner, &slug, request.headers()).await {
            Ok(cx) => {
                request.extensions_mut().insert(SignedIn { cx, slug: slug.clone() });
            }
            Err(PageError::SignedOut) if request.method() == Method::GET && tail == "events" => {
                // Ends the stream for good: the browser does not ask again after a 204.
                return StatusCode::NO_CONTENT.into_response();
            }
            Err(PageError::SignedOut) if state.is_erased(owner, &slug, request.headers()).await => {
                return gone(&state, request.headers(), &merchant);
            }
            Err(PageError::SignedOut) => {
                let asked = request.uri().path_and_query().map(http::uri::PathAndQuery::as_str);
                return Redirect::to(&sign_in(&merchant.path(""), asked)).into_response();
            }
            Err(_) => return interrupted(&state, request.headers()),
        }
    }
    if tail == "sign-in" {
        match state.sessions.portal(&slug, request.headers()).await {
            Ok(Some(PortalSession::Customer { merchant: home, .. }))
                if home == owner && request.method() == Method::GET =>
            {
                return Redirect::to(&after_sign_in(&merchant.path(""), request.uri())).into_response();
            }
            Ok(session) => {
                let email = match session {
                    Some(PortalSession::CodeSent { email, .. }) => Some(email),
                    _ => None,
                };
                let secure = state.config.secure_cookies;
                let friend = friend(&request, &slug, secure, &settings.referrals, state.engine.now(owner));
                let mailbox = state.config.dev_mailbox;
                request.extensions_mut().insert(SignInStep { email, mailbox, friend });
            }
            Err(_) => return interrupted(&state, request.headers()),
        }
    }
    request.extensions_mut().insert(Owner(owner));
    request.extensions_mut().insert(merchant);
    next.run(request).await
}

/// The code of the friend who has brought this browser, where friends count.
fn friend(
    request: &Request,
    slug: &str,
    secure: bool,
    policy: &ReferralPolicy,
    now: DateTime<Utc>,
) -> Option<String> {
    if !policy.enabled {
        return None;
    }
    let brought_by = join::brought_by(request.headers(), slug, secure, request.uri().query(), policy, now)?;
    Some(join::code_of(&brought_by).to_string())
}

/// The address of a page below its portal.
pub(super) fn tail(path: &str) -> &str {
    split(path).1
}

/// Slug and rest of `/p/{slug}/{rest}`.
fn split(path: &str) -> (&str, &str) {
    let path = path.strip_prefix("/p/").unwrap_or_default();
    let (slug, tail) = path.split_once('/').unwrap_or((path, ""));
    (slug, tail.trim_end_matches('/'))
}

/// For whoever was signed in when the account was closed: a session says nothing but which one that was.
fn gone(state: &AppState, headers: &HeaderMap, merchant: &PortalMerchant) -> Response {
    let (name, sign_out) = (merchant.name.clone(), merchant.path("sign-out"));
    plain(state, headers, StatusCode::GONE, "Account closed", move || {
        view! {
            <main class="plain">
                <div class="empty">
                    <Rings/>
                    <h1>"Your account is closed"</h1>
                    <p>
                        {format!("{name} has deleted everything that identified you. Nothing more is earned or sent to you. \
                                  If you come back one day, you start anew.")}
                    </p>
                    <form method="post" action=sign_out>
                        <Button>"Go to the sign-in"</Button>
                    </form>
                </div>
            </main>
        }
    })
}

fn interrupted(state: &AppState, headers: &HeaderMap) -> Response {
    let mut response = plain(state, headers, StatusCode::SERVICE_UNAVAILABLE, "Interrupted", || {
        view! {
            <main class="plain">
                <div class="empty">
                    <Rings/>
                    <h1>"One moment"</h1>
                    <p>"We cannot reach your points right now. Nothing is lost; please load the page again in a minute."</p>
                    <LinkButton href="">"Load again"</LinkButton>
                </div>
            </main>
        }
    });
    response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("5"));
    response
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn splits_portal_addresses() {
        assert_eq!(split("/p/sola"), ("sola", ""));
        assert_eq!(split("/p/sola/"), ("sola", ""));
        assert_eq!(split("/p/sola/activity/7"), ("sola", "activity/7"));
        assert_eq!(split("/elsewhere"), ("", ""));
    }
}

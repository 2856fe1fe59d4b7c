//! The way in by a friend's link: `/r/{code}` remembers whose link it was and leads to the program, or to what the friend
//! wanted to show.

use crate::address::address;
use crate::files::not_found;
use crate::session::{client_address, cookie_named};
use crate::state::AppState;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use http::header::{RETRY_AFTER, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use perennial_domain::codes::ReferralCode;
use perennial_domain::referrals::{ReferralPolicy, Target, Touch, attribute, leads_to};
use perennial_engine::Error;
use perennial_engine::referrals::{BroughtBy, ReferralVisit};
use serde::Deserialize;
use tower_sessions::cookie::time::Duration;
use tower_sessions::cookie::{Cookie, SameSite};

/// What stands in the address of a link.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// Where the link leads; the join page of the program unless it says so.
    #[serde(default)]
    to: Option<String>,
}

/// `GET /r/{code}?to=…`: followed by somebody who has never been here.
pub(crate) async fn follow(
    State(state): State<AppState>,
    Path(code): Path<String>,
    Query(Asked { to }): Query<Asked>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let Ok(code) = ReferralCode::new(&code) else { return not_found(&state, &parts.headers) };
    match state.engine.referral_visit(&code, client_address(&parts)).await {
        Ok(visit) => lead(&state, &parts.headers, &code, to.as_deref(), &visit),
        Err(Error::NotFound(_)) => not_found(&state, &parts.headers),
        Err(Error::Throttled { .. }) => {
            let text = "That was a little too often. Please try again in a minute.\n";
            (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "60")], text).into_response()
        }
        Err(error) => {
            tracing::error!(?error, "a link of a friend could not be followed");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// The answer: where it leads, and the cookie that says who brought this browser.
fn lead(
    state: &AppState,
    headers: &HeaderMap,
    code: &ReferralCode,
    to: Option<&str>,
    visit: &ReferralVisit,
) -> Response {
    let (slug, now) = (visit.slug.as_str(), state.engine.now(visit.merchant));
    let (policy, secure) = (&visit.settings.referrals, state.config.secure_cookies);
    let new = Touch { code: code.clone(), at: now };
    let touch = attribute(policy, remembered(headers, slug, secure), new, now);
    let cookie = Cookie::build((name(slug, secure), touch.to_text()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(Duration::days(policy.attribution_days.into()))
        .build();
    let target = to.and_then(|to| Target::new(to).ok());
    let leads = match target.filter(|target| visit.settings.links_may_lead_to(target)) {
        Some(target) => leads_to(&target, code),
        None => address(&format!("/p/{slug}/sign-in"), &[("ref", code.as_str())], None),
    };
    let mut response = Redirect::to(&leads).into_response();
    if let Ok(cookie) = HeaderValue::try_from(cookie.to_string()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Who brought this browser to the portal, whose cookies are `secure` or not: a link that it has followed, or the code in
/// the address, which somebody may have typed. Where there are both and they are not the same, the first or the last
/// counts, as the merchant has set.
pub(super) fn brought_by(
    headers: &HeaderMap,
    slug: &str,
    secure: bool,
    query: Option<&str>,
    policy: &ReferralPolicy,
    now: DateTime<Utc>,
) -> Option<BroughtBy> {
    let followed = remembered(headers, slug, secure);
    let Some(code) = code_in(query) else { return followed.map(BroughtBy::Link) };
    // A link has its code in the address that it leads to.
    let followed = match followed {
        Some(same) if same.code == code => return Some(BroughtBy::Link(same)),
        other => other,
    };
    let touch = attribute(policy, followed, Touch { code: code.clone(), at: now }, now);
    Some(if touch.code == code { BroughtBy::Code(code) } else { BroughtBy::Link(touch) })
}

/// The code that a friend is found by.
pub(super) const fn code_of(brought_by: &BroughtBy) -> &ReferralCode {
    match brought_by {
        BroughtBy::Link(touch) => &touch.code,
        BroughtBy::Code(code) => code,
    }
}

/// The code in the query of an address.
pub(super) fn code_in(query: Option<&str>) -> Option<ReferralCode> {
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(name, _)| *name == "ref").find_map(|(_, code)| ReferralCode::new(code).ok())
}

fn remembered(headers: &HeaderMap, slug: &str, secure: bool) -> Option<Touch> {
    cookie_named(headers, &name(slug, secure)).and_then(|touch| Touch::from_text(&touch))
}

/// Each program remembers its own friends. Where cookies are secure, no other host of the same domain can say whose friend
/// somebody is.
fn name(slug: &str, secure: bool) -> String {
    let prefix = if secure { "__Host-" } else { "" };
    format!("{prefix}perennial-friend-{slug}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::COOKIE;
    use perennial_domain::referrals::TouchModel;

    #[test]
    fn a_code_is_found_in_an_address() {
        let code = code_in(Some("next=%2Fp%2Fsola&ref=K7QF2-M9XTB")).unwrap();
        assert_eq!(code.as_str(), "K7QF2M9XTB");
        assert!(code_in(Some("ref=nonsense!")).is_none() && code_in(None).is_none());
    }

    #[test]
    fn of_a_link_and_a_code_the_one_counts_that_the_merchant_has_set() {
        let now: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        let cookie = format!("perennial-friend-sola=K7QF2M9XTB.{}", now.timestamp() - 3600);
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(&cookie).unwrap());
        let by = |touch, query: Option<&str>, now| {
            let policy = ReferralPolicy { touch, ..ReferralPolicy::default() };
            let brought_by = brought_by(&headers, "sola", false, query, &policy, now)?;
            Some((matches!(brought_by, BroughtBy::Link(_)), code_of(&brought_by).to_string()))
        };
        let (link, code) = ((true, "K7QF2M9XTB".to_owned()), (false, "AAAAAAAAAA".to_owned()));
        let typed = Some("ref=AAAAAAAAAA");
        assert_eq!(by(TouchModel::First, typed, now), Some(link.clone()));
        assert_eq!(by(TouchModel::Last, typed, now), Some(code.clone()));
        for touch in [TouchModel::First, TouchModel::Last] {
            assert_eq!(by(touch, None, now), Some(link.clone()));
            assert_eq!(by(touch, Some("ref=K7QF2-M9XTB"), now), Some(link.clone()), "the link's own code");
        }
        // A link that counts no more keeps nobody from typing a code.
        let later = now + chrono::TimeDelta::days(1_000);
        assert_eq!(by(TouchModel::First, typed, later), Some(code));
        let policy = ReferralPolicy::default();
        assert!(brought_by(&headers, "hops", false, None, &policy, now).is_none());
        assert!(
            brought_by(&headers, "sola", true, None, &policy, now).is_none(),
            "another host may have set it"
        );
    }
}

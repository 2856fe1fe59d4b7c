//! Addresses of this site: building them, and telling those that lead nowhere else.
//!
//! Whoever opens a page without being signed in is sent to the sign-in with `?next=` and comes back afterwards.
//! Such an address came from outside: [`below`] decides whether it is followed.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// An address with those of `fields` that are not empty; `after` goes last.
#[must_use]
pub fn address(path: &str, fields: &[(&str, &str)], after: Option<&str>) -> String {
    let mut out = path.to_owned();
    let pairs = fields.iter().copied().chain(after.map(|after| ("after", after)));
    for (index, (name, value)) in pairs.filter(|(_, value)| !value.is_empty()).enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        encode(&mut out, value);
    }
    out
}

/// Percent-encoding of a query value: everything but letters, digits and `-._~`.
fn encode(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// Whether an address stays within this site, however a browser reads it: it begins with one slash, and has neither
/// a backslash, which browsers take for a slash, nor a tab or line break, which they drop.
#[must_use]
pub fn is_local(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && !address.contains('\\')
        && address.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `next`, when it is a page of the area that begins at `home`, such as `/dashboard`, and not its front page or its
/// sign-in, which need no `next`.
#[must_use]
pub fn below<'n>(home: &str, next: &'n str) -> Option<&'n str> {
    let rest = next.strip_prefix(home)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let tail = path.strip_prefix('/').or_else(|| path.is_empty().then_some(""))?;
    // Dots are folded by browsers, encoded ones too: what seems to be below could be above.
    let folds =
        tail.split('/').any(|part| part.starts_with('.') || part.to_ascii_lowercase().starts_with("%2e"));
    let needs_none = (tail.is_empty() && query.is_empty()) || tail.starts_with("sign-");
    (is_local(next) && !folds && !needs_none).then_some(next)
}

/// The address of the sign-in that comes back to `next`, as far as it is [`below`] `home`.
#[must_use]
pub fn sign_in(home: &str, next: Option<&str>) -> String {
    let next = next.and_then(|next| below(home, next)).unwrap_or_default();
    address(&format!("{home}/sign-in"), &[("next", next)], None)
}

/// The sign-in that comes back to the page that is open, where a page finds that the session has ended.
pub fn use_sign_in(home: &str) -> String {
    sign_in(home, Some(&use_here()))
}

/// Around the routes of an application: works out where the page is, before parts of it are drawn side by side.
///
/// What a memo holds is taken out while it is worked out (`reactive_graph` 0.2): on the server, where parts that wait for data
/// are drawn by other threads, one of two that ask a new one at the same moment finds nothing there and panics, and the page is
/// never finished. One that was asked before stays as it is to the end of the request. The location is what all parts share;
/// memos of the query and of the path belong to their page, which asks them first where it begins to load.
#[component(transparent)]
pub fn Settled<Inner>(
    /// The routes.
    children: TypedChildren<Inner>,
) -> impl IntoView
where
    Inner: IntoView,
{
    drop(use_here());
    children.into_inner()()
}

/// The address of the page that is open.
pub fn use_here() -> String {
    let here = use_location();
    let (path, query) = (here.pathname.get_untracked(), here.search.get_untracked());
    address_of(&path, &query)
}

fn address_of(path: &str, query: &str) -> String {
    let query = query.trim_start_matches('?');
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

#[cfg(feature = "ssr")]
pub use server::{after_sign_in, asked, next_in};

#[cfg(feature = "ssr")]
mod server {
    use super::below;
    use axum::extract::Query;
    use http::Uri;
    use http::header::REFERER;
    use http::request::Parts;
    use serde::Deserialize;

    #[derive(Debug, Default, Deserialize)]
    struct Asked {
        #[serde(default)]
        next: String,
    }

    /// Where a request to the sign-in wants to go afterwards; the front page of the area unless it may.
    pub fn after_sign_in(home: &str, uri: &Uri) -> String {
        below(home, &next_in(uri)).unwrap_or(home).to_owned()
    }

    /// Where a request to the sign-in asks to go afterwards, as it came from outside.
    pub fn next_in(uri: &Uri) -> String {
        let Query(Asked { next }) = Query::try_from_uri(uri).unwrap_or_default();
        next
    }

    /// What a request without a session asked for: its own address, or the page whose script sent it.
    pub fn asked(parts: &Parts) -> Option<&str> {
        if !parts.uri.path().starts_with("/rpc/") {
            return parts.uri.path_and_query().map(http::uri::PathAndQuery::as_str);
        }
        let page = parts.headers.get(REFERER)?.to_str().ok()?;
        let (_, page) = page.split_once("://")?;
        page.find('/').and_then(|path| page.get(path..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_only_what_was_chosen_and_encodes_it() {
        let fields = [("q", "a&b=c é"), ("status", ""), ("from", "2026-05-01")];
        assert_eq!(address("/x", &fields, None), "/x?q=a%26b%3Dc%20%C3%A9&from=2026-05-01");
        assert_eq!(address("/x", &fields[1..2], Some("k")), "/x?after=k");
        assert_eq!(address("/x", &[], None), "/x");
    }

    #[test]
    fn never_leads_to_another_site() {
        assert!(is_local("/p/sola/activity?after=x"));
        for elsewhere in
            ["", "https://evil.test", "//evil.test", "/\\evil.test", "/\t/evil.test", "evil", "/a b"]
        {
            assert!(!is_local(elsewhere), "{elsewhere:?}");
            assert_eq!(below("/p/sola", elsewhere), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn next_is_a_page_of_its_own_area() {
        for page in
            ["/dashboard/customers", "/dashboard/customers?q=a%20b", "/dashboard?days=7", "/dashboard/a.csv"]
        {
            assert_eq!(below("/dashboard", page), Some(page));
        }
        for other in [
            "/dashboard",
            "/dashboard/",
            "/dashboard/sign-in",
            "/dashboard/sign-in/merchant?next=x",
            "/dashboardx/customers",
            "/p/sola/card",
            "/dashboard.evil.test/",
            "/dashboard/../..//evil.test",
            "/dashboard/%2e%2E//evil.test",
            "/dashboard/x\\..\\evil",
            "/dashboard\r\nlocation:x",
            "/%2Fevil.test",
            "%2F%2Fevil.test",
        ] {
            assert_eq!(below("/dashboard", other), None, "{other:?}");
        }
        assert_eq!(
            sign_in("/p/sola", Some("/p/sola/activity?after=x")),
            "/p/sola/sign-in?next=%2Fp%2Fsola%2Factivity%3Fafter%3Dx"
        );
        assert_eq!(sign_in("/p/sola", Some("//evil.test")), "/p/sola/sign-in");
    }
}

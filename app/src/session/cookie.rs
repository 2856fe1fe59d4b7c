//! The cookies of sessions: one for staff, one for each merchant's portal; and reading any cookie.

use super::Area;
use crate::error::PageError;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use tower_sessions::cookie::time::Duration;
use tower_sessions::cookie::{Cookie, SameSite};

/// Reads and writes cookies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookies {
    /// `Secure` and `__Host-`, which also pins the cookie to this host and path.
    pub(super) secure: bool,
}

impl Cookies {
    fn name(self, area: &Area) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        match area {
            Area::Staff => format!("{prefix}perennial-staff"),
            Area::Portal(slug) => format!("{prefix}perennial-portal-{slug}"),
        }
    }

    /// The value that the browser sent.
    pub(super) fn get(self, area: &Area, headers: &HeaderMap) -> Option<String> {
        cookie_named(headers, &self.name(area))
    }

    /// `Set-Cookie` for a new value.
    pub(super) fn set(self, area: &Area, value: &str, lifetime: Duration) -> Result<HeaderValue, PageError> {
        header(self.cookie(area, value).max_age(lifetime).build())
    }

    /// `Set-Cookie` that takes the cookie away.
    pub(super) fn removal(self, area: &Area) -> Result<HeaderValue, PageError> {
        header(self.cookie(area, "").max_age(Duration::ZERO).build())
    }

    fn cookie(self, area: &Area, value: &str) -> tower_sessions::cookie::CookieBuilder<'static> {
        Cookie::build((self.name(area), value.to_owned()))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
    }
}

/// The value of the cookie of this name, as the browser sent it.
pub(crate) fn cookie_named(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

fn header(cookie: Cookie<'_>) -> Result<HeaderValue, PageError> {
    HeaderValue::try_from(cookie.to_string()).map_err(|_| PageError::Unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secure_cookies_are_pinned_to_the_host() {
        let set = Cookies { secure: true }.set(&Area::Staff, "abc", Duration::hours(12)).unwrap();
        let set = set.to_str().unwrap();
        assert!(set.starts_with("__Host-perennial-staff=abc;"), "{set}");
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=43200"] {
            assert!(set.contains(part), "{set}");
        }
        assert!(!set.contains("Domain"), "{set}");
    }

    #[test]
    fn each_portal_has_its_own_cookie() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("perennial-portal-sola=one; perennial-staff=two"));
        headers.append(COOKIE, HeaderValue::from_static("perennial-portal-hops=three"));
        let cookies = Cookies { secure: false };
        assert_eq!(cookies.get(&Area::Portal("sola".into()), &headers).as_deref(), Some("one"));
        assert_eq!(cookies.get(&Area::Portal("hops".into()), &headers).as_deref(), Some("three"));
        assert_eq!(cookies.get(&Area::Staff, &headers).as_deref(), Some("two"));
        assert_eq!(cookies.get(&Area::Portal("other".into()), &headers), None);
        assert_eq!(Cookies { secure: true }.get(&Area::Staff, &headers), None);
    }
}

//! The door of the till: who stands there, and in which store.
//!
//! A till is a device: it remembers its store in a cookie of its own, which says nothing but which one. What may be done
//! there is decided by the session, and the store is one of the merchant's or none.

use super::dto::{SaleAsked, SaleData};
use super::{STORE, TILL};
use crate::dashboard::posted::Posted;
use crate::dashboard::session::{self, Staff};
use crate::error::PageError;
use crate::form::FormState;
use crate::session::cookie_named;
use crate::state::AppState;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use leptos::prelude::use_context;
use perennial_domain::access::Action;
use perennial_domain::codes::TillNumber;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, PurchaseId, RetailerId};
use perennial_engine::customers::Customer;
use perennial_engine::purchase_record::PurchaseRecord;
use perennial_engine::purchases::PurchaseFilter;
use perennial_engine::snapshot::{RetailerEntry, Snapshot};
use perennial_engine::{Cx, Engine, PageRequest};
use std::sync::Arc;
use tower_sessions::cookie::time::Duration;
use tower_sessions::cookie::{Cookie, SameSite};

/// The cookies with the id of the store: that of a site with https, which no other host of the domain can set, and that of one
/// without.
const STORE_COOKIES: [&str; 2] = ["__Host-perennial-till", "perennial-till"];

/// Somebody at the till of a store.
#[derive(Clone)]
pub struct Till {
    /// Who, at this till.
    pub cx: Cx,
    /// The loyalty engine.
    pub engine: Engine,
    /// The merchant's program.
    pub snapshot: Arc<Snapshot>,
    /// The store.
    pub store: Arc<RetailerEntry>,
}

impl Till {
    /// The till where somebody of the staff stands; nothing before its store is chosen. A merchant's only store is chosen.
    ///
    /// # Errors
    /// [`PageError::Forbidden`] for whoever may not stand at a till.
    pub async fn open(cx: &Cx, engine: &Engine, headers: &HeaderMap) -> Result<Option<Self>, PageError> {
        cx.require(Action::TillPage)?;
        let snapshot = engine.snapshot(cx).await?;
        let store = {
            let mut open = snapshot.retailers.iter().filter(|retailer| !retailer.archived);
            let only = match (open.next(), open.next()) {
                (Some(only), None) => Some(only),
                _ => None,
            };
            let remembered = remembered(headers).and_then(|id| snapshot.retailers.by_id(id));
            remembered.filter(|retailer| !retailer.archived).or(only).cloned()
        };
        let Some(store) = store else { return Ok(None) };
        let cx = cx.at_till(Some(store.id))?;
        Ok(Some(Self { cx, engine: engine.clone(), snapshot, store }))
    }

    /// The sale at this till that has this number.
    pub async fn sold(&self, number: &TillNumber) -> Result<Option<PurchaseRecord>, PageError> {
        let filter = PurchaseFilter { number: Some(number.as_str().to_owned()), ..PurchaseFilter::default() };
        let found = self.engine.purchase_list(&self.cx, &filter, &PageRequest::new(Some(1), None)?).await?;
        let Some(id) = found.data.first().map(|purchase| PurchaseId::from_uuid(purchase.id)) else {
            return Ok(None);
        };
        Ok(Some(self.engine.purchase_get(&self.cx, id).await?.record))
    }

    /// A customer of the merchant by the id in a form or an address; nothing where it is none.
    pub async fn customer(&self, id: &str) -> Result<Option<Customer>, PageError> {
        let Ok(id) = id.parse::<CustomerId>() else { return Ok(None) };
        let found = self.engine.customer_find(&self.cx, &CustomerRef::Id(id)).await?;
        Ok(found.filter(|customer| customer.erased_at.is_none()))
    }
}

/// The till that a server function is called for. Whoever has not chosen its store is sent to do so, and nothing is there.
///
/// # Errors
/// [`PageError::Forbidden`], [`PageError::SignedOut`].
pub async fn till() -> Result<Option<Till>, PageError> {
    let Staff { cx, engine } = session::anybody().await?;
    let parts: Parts = use_context().ok_or(PageError::Unavailable)?;
    let till = Till::open(&cx, &engine, &parts.headers).await?;
    if till.is_none() {
        session::send_to(STORE);
    }
    Ok(till)
}

/// Sends the page on to the address that has the id of who was found. By what somebody was looked for stays in no history of a
/// device that many use. A form that was refused stays where it is.
pub fn forget_who(asked: &SaleAsked, data: &SaleData) {
    let is_form = use_context::<FormState>().is_some_and(|form| !form.values.is_empty());
    if let Some(member) = data.member.as_ref().filter(|_| !is_form && !asked.who.is_empty()) {
        session::send_to(&SaleAsked::address(&asked.amount, &member.id));
    }
}

/// Reads a form of the till. Its context becomes that of the till.
///
/// # Errors
/// The answer to give instead.
pub async fn posted(state: AppState, request: Request) -> Result<(Posted, Till), Response> {
    let mut posted = Posted::allowed(state, request, Action::TillPage).await?;
    let opened = Till::open(&posted.cx, posted.engine(), posted.headers()).await;
    match opened {
        Ok(Some(till)) => {
            posted.cx = till.cx.clone();
            Ok((posted, till))
        }
        Ok(None) => Err(Redirect::to(STORE).into_response()),
        Err(error) => Err(error.into_response()),
    }
}

/// Chooses the store of this device, and goes to its till.
pub fn choose(state: &AppState, store: RetailerId) -> Response {
    let [with_https, without] = STORE_COOKIES;
    let name = if state.config.secure_cookies { with_https } else { without };
    let cookie = Cookie::build((name, store.to_string()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.config.secure_cookies)
        .max_age(Duration::days(365))
        .build();
    let mut answer = Redirect::to(TILL).into_response();
    if let Ok(cookie) = HeaderValue::try_from(cookie.to_string()) {
        answer.headers_mut().append(http::header::SET_COOKIE, cookie);
    }
    answer
}

/// The store of this device, if it has one. Nobody has checked whose it is.
fn remembered(headers: &HeaderMap) -> Option<RetailerId> {
    STORE_COOKIES.iter().find_map(|name| cookie_named(headers, name))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_host_of_the_domain_does_not_say_which_store_it_is() {
        let [own, planted] = [1, 2].map(|id| RetailerId::new(id, [1; 10]));
        let cookies = format!("perennial-till={planted}; __Host-perennial-till={own}");
        let mut headers = HeaderMap::new();
        headers.insert(http::header::COOKIE, HeaderValue::try_from(cookies).expect("a header"));
        assert_eq!(remembered(&headers), Some(own));
    }
}

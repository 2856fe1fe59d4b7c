//! Who is signed in: staff in the dashboard, customers in each merchant's portal, apart from each other.

mod cookie;
mod store;

pub(crate) use cookie::cookie_named;

use crate::error::PageError;
use crate::state::AppState;
use axum::extract::ConnectInfo;
use cookie::Cookies;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use leptos::prelude::use_context;
use perennial_domain::ids::{CustomerId, MerchantId, StaffId};
use perennial_engine::sessions::SessionHash;
use perennial_engine::{Cx, Engine};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use store::Store;
use tower_sessions::cookie::time::{Duration, OffsetDateTime};
use tower_sessions::{Expiry, Session, session};

/// Which of the browser's sessions is meant; each has a cookie of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Area {
    /// The dashboard.
    Staff,
    /// The portal of the merchant with this slug.
    Portal(String),
}

impl Area {
    fn lifetime(&self) -> Duration {
        match self {
            Self::Staff => Duration::hours(12),
            Self::Portal(_) => Duration::days(30),
        }
    }
}

/// A member of staff is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffSession {
    /// Who.
    pub staff: StaffId,
    /// For which merchant; nothing until one of several is chosen.
    pub merchant: Option<MerchantId>,
}

/// A customer is signed in, or about to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PortalSession {
    /// A code was sent to this address; it works only in this browser.
    CodeSent {
        /// The address as it was typed, for the next page.
        email: String,
        /// What binds the code to this browser.
        secret: [u8; 32],
    },
    /// Signed in.
    Customer {
        /// The merchant; a session of another merchant under the same slug is worth nothing.
        merchant: MerchantId,
        /// Who.
        customer: CustomerId,
    },
}

/// Sessions of browsers, kept in the database under the hash of their cookie.
#[derive(Clone, Debug)]
pub struct Sessions {
    store: Arc<Store>,
    cookies: Cookies,
}

/// The one entry of a session.
const KEY: &str = "who";

/// How long a code that was sent is waited for.
const CODE_WAIT: Duration = Duration::minutes(15);

impl Sessions {
    /// Sessions in this engine's database; `secure` cookies exactly when the pages are reached by https.
    pub fn new(engine: Engine, secure: bool) -> Self {
        Self { store: Arc::new(Store::new(engine)), cookies: Cookies { secure } }
    }

    /// Who is signed in to the dashboard, if anybody.
    pub async fn staff(&self, headers: &HeaderMap) -> Result<Option<StaffSession>, PageError> {
        self.read(&Area::Staff, headers).await
    }

    /// Who is signed in to the portal of a merchant, or waits for a code.
    pub async fn portal(&self, slug: &str, headers: &HeaderMap) -> Result<Option<PortalSession>, PageError> {
        self.read(&Area::Portal(slug.to_owned()), headers).await
    }

    /// Signs staff in, or changes the merchant. The answer's `Set-Cookie`; the session before it is gone.
    pub async fn start_staff(
        &self,
        headers: &HeaderMap,
        who: &StaffSession,
    ) -> Result<HeaderValue, PageError> {
        self.start(&Area::Staff, headers, who, Area::Staff.lifetime()).await
    }

    /// Signs a customer in, or notes that a code was sent. The answer's `Set-Cookie`; the session before it is
    /// gone, so that nobody can plant a session id in a browser and use it after the sign-in.
    pub async fn start_portal(
        &self,
        slug: &str,
        headers: &HeaderMap,
        who: &PortalSession,
    ) -> Result<HeaderValue, PageError> {
        let area = Area::Portal(slug.to_owned());
        let lifetime = match who {
            PortalSession::CodeSent { .. } => CODE_WAIT,
            PortalSession::Customer { .. } => area.lifetime(),
        };
        self.start(&area, headers, who, lifetime).await
    }

    /// Signs out. The answer's `Set-Cookie`.
    pub async fn end(&self, area: &Area, headers: &HeaderMap) -> Result<HeaderValue, PageError> {
        if let Some(session) = self.session(area, headers) {
            session.flush().await.map_err(unavailable)?;
        }
        self.cookies.removal(area)
    }

    /// Something that only this browser has while it is signed in to this portal: what a code may be bound to.
    pub(crate) fn secret(&self, slug: &str, headers: &HeaderMap) -> Option<[u8; 32]> {
        let cookie = self.cookies.get(&Area::Portal(slug.to_owned()), headers)?;
        Some(Sha256::digest(format!("code {cookie}")).into())
    }

    /// What the database knows this browser's session at a portal by.
    pub(crate) fn portal_hash(&self, slug: &str, headers: &HeaderMap) -> Option<SessionHash> {
        let id: session::Id = self.cookies.get(&Area::Portal(slug.to_owned()), headers)?.parse().ok()?;
        Some(store::hash(&id))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        area: &Area,
        headers: &HeaderMap,
    ) -> Result<Option<T>, PageError> {
        match self.session(area, headers) {
            Some(session) => session.get(KEY).await.map_err(unavailable),
            None => Ok(None),
        }
    }

    async fn start<T: Serialize + Sync>(
        &self,
        area: &Area,
        headers: &HeaderMap,
        who: &T,
        lifetime: Duration,
    ) -> Result<HeaderValue, PageError> {
        if let Some(before) = self.session(area, headers) {
            before.flush().await.map_err(unavailable)?;
        }
        let expiry = Expiry::AtDateTime(OffsetDateTime::now_utc() + lifetime);
        let session = Session::new(None, self.store.clone(), Some(expiry));
        session.insert(KEY, who).await.map_err(unavailable)?;
        session.save().await.map_err(unavailable)?;
        let id = session.id().ok_or(PageError::Unavailable)?;
        self.cookies.set(area, &id.to_string(), lifetime)
    }

    fn session(&self, area: &Area, headers: &HeaderMap) -> Option<Session> {
        let id: session::Id = self.cookies.get(area, headers)?.parse().ok()?;
        Some(Session::new(Some(id), self.store.clone(), None))
    }
}

fn unavailable(error: session::Error) -> PageError {
    tracing::error!(%error, "a session could not be read or written");
    PageError::Unavailable
}

impl AppState {
    /// The context of the member of staff who sent this request.
    ///
    /// The membership is checked at every request: taking it away works at once.
    pub async fn staff_cx(&self, headers: &HeaderMap) -> Result<Cx, PageError> {
        let session = self.sessions.staff(headers).await?.ok_or(PageError::SignedOut)?;
        let merchant = session.merchant.ok_or(PageError::SignedOut)?;
        self.engine.staff_cx(session.staff, merchant).await.map_err(signed_out_unless_down)
    }

    /// Whether this browser was signed in to an account of the merchant that was closed since.
    pub(crate) async fn is_erased(&self, owner: MerchantId, slug: &str, headers: &HeaderMap) -> bool {
        match self.sessions.portal(slug, headers).await {
            Ok(Some(PortalSession::Customer { merchant, customer })) if merchant == owner => {
                self.engine.customer_is_erased(merchant, customer).await.unwrap_or(false)
            }
            _ => false,
        }
    }

    /// The context of the customer who sent this request to the portal of the merchant `owner`, known as `slug`.
    pub async fn customer_cx(
        &self,
        owner: MerchantId,
        slug: &str,
        headers: &HeaderMap,
    ) -> Result<Cx, PageError> {
        match self.sessions.portal(slug, headers).await? {
            Some(PortalSession::Customer { merchant, customer }) if merchant == owner => {
                self.engine.customer_cx(merchant, customer).await.map_err(signed_out_unless_down)
            }
            _ => Err(PageError::SignedOut),
        }
    }
}

/// Somebody who is gone or shut out is signed out; only an interruption is told as one.
fn signed_out_unless_down(error: perennial_engine::Error) -> PageError {
    match PageError::from(error) {
        error @ (PageError::Busy | PageError::Unavailable) => error,
        _ => PageError::SignedOut,
    }
}

/// The state of the application, inside a server function or while a page is rendered.
pub fn app_state() -> Result<AppState, PageError> {
    use_context().ok_or(PageError::Unavailable)
}

/// The context of the member of staff who called this server function: its first line.
pub async fn staff() -> Result<Cx, PageError> {
    let (state, parts) = caller()?;
    state.staff_cx(&parts.headers).await
}

/// The context of the customer who called this server function: its first line.
///
/// While a page is rendered, the gate in front of it has found the customer already.
pub async fn portal_customer(slug: &str) -> Result<Cx, PageError> {
    let (state, parts) = caller()?;
    if let Some(SignedIn { cx, slug: at }) = parts.extensions.get()
        && at == slug
    {
        return Ok(cx.clone());
    }
    let owner = state.engine.program(slug).await?.merchant_id;
    state.customer_cx(owner, slug, &parts.headers).await
}

/// The customer whom the gate in front of a portal has found; an extension of the request.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    /// The customer's context.
    pub(crate) cx: Cx,
    /// The portal.
    pub(crate) slug: String,
}

/// Where a request came from, for the throttles; unknown when the server does not tell.
pub fn client_address(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

fn caller() -> Result<(AppState, Parts), PageError> {
    let parts: Parts = use_context().ok_or(PageError::Unavailable)?;
    Ok((app_state()?, parts))
}

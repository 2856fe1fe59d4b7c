//! Who is signed in, for the frame; and the door that every server function of the dashboard goes through.

use crate::error::PageError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The person and the merchant, as the frame shows them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Me {
    /// The name of the person.
    pub name: String,
    /// `owner`, `manager`, …
    pub role_name: String,
    /// The name of the merchant.
    pub merchant: String,
    /// Its name in addresses.
    pub slug: String,
    /// Its colour.
    pub brand: Option<String>,
    /// Whether the person works for other merchants, too.
    pub several: bool,
    /// Whether the person may stand at the till.
    pub till: bool,
    /// Whether there is nothing else for the person to do here.
    pub only_till: bool,
    /// The last check of the ledger.
    pub ledger: Option<LedgerCheck>,
}

/// What the last reconciliation found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LedgerCheck {
    /// When, in words.
    pub checked: String,
    /// How many invariants did not hold.
    pub violations: i64,
}

/// The person who calls, and what the frame needs.
#[server(prefix = "/rpc/dashboard", endpoint = "me")]
pub async fn read_me() -> Result<Me, PageError> {
    server::me().await
}

#[cfg(feature = "ssr")]
pub use server::{Staff, anybody, send_to, send_to_sign_in, staff};

#[cfg(feature = "ssr")]
mod server {
    use super::{LedgerCheck, Me};
    use crate::address::asked;
    use crate::dashboard::clock;
    use crate::dashboard::entrance::sign_in;
    use crate::error::PageError;
    use crate::session::app_state;
    use crate::state::AppState;
    use axum::extract::FromRequestParts;
    use http::StatusCode;
    use http::request::Parts;
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use perennial_domain::access::{Action, Role};
    use perennial_engine::reconcile::Check;
    use perennial_engine::{Actor, Cx, Engine};

    /// A member of staff who asks, and the engine to ask.
    #[derive(Clone)]
    pub struct Staff {
        /// Who, and for which merchant.
        pub cx: Cx,
        /// The loyalty engine.
        pub engine: Engine,
    }

    /// The member of staff who called a server function of the dashboard; sends whoever is not signed in to the sign-in
    /// page. A cashier has nothing to do here.
    ///
    /// # Errors
    /// [`PageError::SignedOut`] and [`PageError::Forbidden`], besides interruptions.
    pub async fn staff() -> Result<Staff, PageError> {
        let staff = anybody().await?;
        if matches!(staff.cx.actor(), Actor::Staff { role: Role::Cashier, .. }) {
            return Err(PageError::Forbidden);
        }
        Ok(staff)
    }

    /// The same for what everybody may see who is signed in: who they are, their own account, the till.
    ///
    /// # Errors
    /// [`PageError::SignedOut`], besides interruptions.
    pub async fn anybody() -> Result<Staff, PageError> {
        let cx = crate::session::staff().await;
        if matches!(cx, Err(PageError::SignedOut)) {
            send_to_sign_in();
        }
        Ok(Staff { cx: cx?, engine: app_state()?.engine })
    }

    /// The member of staff who asked for what is no page, such as a download.
    impl FromRequestParts<AppState> for Staff {
        type Rejection = PageError;

        async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
            Ok(Self { cx: state.staff_cx(&parts.headers).await?, engine: state.engine.clone() })
        }
    }

    /// A redirect for a page, and the word that tells a waking browser to go there for a server function. The
    /// sign-in comes back to the page.
    pub fn send_to_sign_in() {
        let parts = use_context::<Parts>();
        send_to(&sign_in(parts.as_ref().and_then(asked)));
    }

    /// A redirect for a page, and the word that tells a waking browser to go there for a server function.
    pub fn send_to(path: &str) {
        leptos_axum::redirect(path);
        let is_page = use_context::<Parts>().is_some_and(|parts| !parts.uri.path().starts_with("/rpc/"));
        if let (true, Some(response)) = (is_page, use_context::<ResponseOptions>()) {
            // `redirect` leaves the status to those who ask for HTML by name.
            response.set_status(StatusCode::SEE_OTHER);
        }
    }

    pub(super) async fn me() -> Result<Me, PageError> {
        let Staff { cx, engine } = anybody().await?;
        let Actor::Staff { id, name, role } = cx.actor().clone() else { return Err(PageError::SignedOut) };
        let snapshot = engine.snapshot(&cx).await?;
        let login = engine.staff_login(id).await?;
        let ledger = if cx.may(Action::SettingsRead) {
            let checks = engine.reconciliation(&cx).await?;
            let recent = engine.reconciliation_recent(&cx).await?;
            let now = engine.clock().now();
            // As old as its oldest part.
            let violations = |checks: &[Check]| -> i64 { checks.iter().map(|check| check.violations).sum() };
            checks.iter().map(|check| check.checked_at).min().map(|at| LedgerCheck {
                checked: clock::ago(now, at),
                violations: violations(&checks).max(violations(&recent)),
            })
        } else {
            None
        };
        Ok(Me {
            name,
            role_name: role.to_string(),
            merchant: snapshot.settings.name.to_string(),
            slug: snapshot.slug.to_string(),
            brand: snapshot.settings.brand_color.as_ref().map(ToString::to_string),
            several: login.memberships.len() > 1,
            till: cx.may(Action::TillPage),
            only_till: role == Role::Cashier,
            ledger,
        })
    }
}

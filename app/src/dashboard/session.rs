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
pub use server::{send_to_sign_in, staff};

#[cfg(feature = "ssr")]
mod server {
    use super::{LedgerCheck, Me};
    use crate::dashboard::clock;
    use crate::error::PageError;
    use crate::session::app_state;
    use http::StatusCode;
    use http::request::Parts;
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use perennial_domain::access::Action;
    use perennial_engine::{Actor, Cx};

    /// The context of the member of staff who called; sends whoever is not signed in to the sign-in page.
    ///
    /// # Errors
    /// [`PageError::SignedOut`], besides interruptions.
    pub async fn staff() -> Result<Cx, PageError> {
        let cx = crate::session::staff().await;
        if matches!(cx, Err(PageError::SignedOut)) {
            send_to_sign_in();
        }
        cx
    }

    /// A redirect for a page, and the word that tells a waking browser to go there for a server function.
    pub fn send_to_sign_in() {
        leptos_axum::redirect("/dashboard/sign-in");
        let is_page = use_context::<Parts>().is_some_and(|parts| !parts.uri.path().starts_with("/rpc/"));
        if let (true, Some(response)) = (is_page, use_context::<ResponseOptions>()) {
            // `redirect` leaves the status to those who ask for HTML by name.
            response.set_status(StatusCode::SEE_OTHER);
        }
    }

    pub(super) async fn me() -> Result<Me, PageError> {
        let cx = staff().await?;
        let Actor::Staff { id, name, role } = cx.actor().clone() else { return Err(PageError::SignedOut) };
        let engine = app_state()?.engine;
        let snapshot = engine.snapshot(&cx).await?;
        let login = engine.staff_login(id).await?;
        let ledger = if cx.may(Action::SettingsRead) {
            let checks = engine.reconciliation(&cx).await?;
            let now = engine.clock().now();
            // As old as its oldest part.
            checks.iter().map(|check| check.checked_at).min().map(|at| LedgerCheck {
                checked: clock::ago(now, at),
                violations: checks.iter().map(|check| check.violations).sum(),
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
            ledger,
        })
    }
}

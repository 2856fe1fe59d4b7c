//! The merchants that somebody works for.

use crate::error::PageError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A merchant to work for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerchantChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The role there.
    pub role: String,
}

/// The merchants of the person who is signed in, also before one is chosen.
#[server(prefix = "/rpc/dashboard", endpoint = "merchant-choices")]
pub async fn list_merchants() -> Result<Vec<MerchantChoice>, PageError> {
    let parts: http::request::Parts = use_context().ok_or(PageError::Unavailable)?;
    let state = crate::session::app_state()?;
    let Some(session) = state.sessions.staff(&parts.headers).await? else {
        crate::dashboard::session::send_to_sign_in();
        return Err(PageError::SignedOut);
    };
    let login = state.engine.staff_login(session.staff).await?;
    Ok(login
        .memberships
        .into_iter()
        .map(|membership| MerchantChoice {
            id: membership.merchant_id.to_string(),
            name: membership.name,
            role: membership.role.to_string(),
        })
        .collect())
}

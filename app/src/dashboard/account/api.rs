//! The server function of the page of one's own account.

use crate::error::PageError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Who is signed in, in more words than the frame has room for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountData {
    /// The name.
    pub name: String,
    /// The e-mail to sign in with.
    pub email: String,
    /// Merchants and the role at each.
    pub roles: Vec<(String, String)>,
}

/// The account of the person who calls.
#[server(prefix = "/rpc/dashboard", endpoint = "account")]
pub async fn read_account() -> Result<AccountData, PageError> {
    use crate::dashboard::session::{self, Staff};
    let Staff { cx, engine } = session::anybody().await?;
    let perennial_engine::Actor::Staff { id, .. } = cx.actor() else { return Err(PageError::SignedOut) };
    let login = engine.staff_login(*id).await?;
    let roles =
        login.memberships.into_iter().map(|membership| (membership.name, membership.role.to_string()));
    Ok(AccountData { name: login.name, email: login.email, roles: roles.collect() })
}

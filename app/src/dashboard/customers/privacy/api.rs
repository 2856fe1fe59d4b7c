//! The server function of the privacy page.

use super::dto::CustomerPrivacy;
use crate::error::PageError;
use leptos::prelude::*;

/// What can be exported and erased of a customer, or what was.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-privacy")]
pub async fn read_customer_privacy(id: String) -> Result<CustomerPrivacy, PageError> {
    super::load::read(&id).await
}

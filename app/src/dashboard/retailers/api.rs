//! The server functions of the retailer pages.

use super::dto::{RetailerForm, RetailerList};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the list.
#[server(prefix = "/rpc/dashboard", endpoint = "retailer-list")]
pub async fn list_retailers(
    #[server(default)] q: String,
    #[server(default)] after: String,
) -> Result<RetailerList, PageError> {
    super::load::list(&q, after).await
}

/// The form of a new retailer.
#[server(prefix = "/rpc/dashboard", endpoint = "retailer-new")]
pub async fn blank_retailer() -> Result<RetailerForm, PageError> {
    super::load::form(None).await
}

/// The form of a retailer.
#[server(prefix = "/rpc/dashboard", endpoint = "retailer")]
pub async fn read_retailer(id: String) -> Result<RetailerForm, PageError> {
    super::load::form(Some(&id)).await
}

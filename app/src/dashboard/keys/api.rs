//! The server function of the page of API keys.

use super::dto::KeyPage;
use crate::error::PageError;
use leptos::prelude::*;

/// The keys, and what a new one may be.
#[server(prefix = "/rpc/dashboard", endpoint = "keys")]
pub async fn read_keys() -> Result<KeyPage, PageError> {
    super::load::page().await
}

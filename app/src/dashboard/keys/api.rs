//! The server function of the page of API keys.

use super::dto::KeyPage;
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the keys, and what a new one may be.
#[server(prefix = "/rpc/dashboard", endpoint = "keys")]
pub async fn read_keys(
    #[server(default)] q: String,
    #[server(default)] state: String,
    #[server(default)] after: String,
) -> Result<KeyPage, PageError> {
    super::load::page(&q, &state, after).await
}

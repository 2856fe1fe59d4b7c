//! The server function of the search.

use super::dto::Found;
use crate::error::PageError;
use leptos::prelude::*;

/// What a text finds; nothing for an empty one. An id, a receipt number or a code that stands for one thing leads there.
#[server(prefix = "/rpc/dashboard", endpoint = "search")]
pub async fn search_everything(#[server(default)] q: String) -> Result<Found, PageError> {
    super::load::find(&q).await
}

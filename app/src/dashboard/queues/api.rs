//! The server function of the page of the queues.

use super::dto::QueuesData;
use crate::error::PageError;
use leptos::prelude::*;

/// The modules, and a page of what was given up.
#[server(prefix = "/rpc/dashboard", endpoint = "queues")]
pub async fn read_queues(#[server(default)] after: String) -> Result<QueuesData, PageError> {
    super::load::page(after).await
}

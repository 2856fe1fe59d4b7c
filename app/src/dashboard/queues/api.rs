//! The server function of the page of the queues.

use super::dto::QueuesData;
use crate::error::PageError;
use leptos::prelude::*;

/// The modules, and a page of what was given up, by one of them or by all.
#[server(prefix = "/rpc/dashboard", endpoint = "queues")]
pub async fn read_queues(
    #[server(default)] module: String,
    #[server(default)] after: String,
) -> Result<QueuesData, PageError> {
    super::load::page(&module, after).await
}

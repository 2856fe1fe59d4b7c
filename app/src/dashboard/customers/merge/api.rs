//! The server function of the page that merges.

use super::dto::MergeData;
use crate::error::PageError;
use leptos::prelude::*;

/// Who could be merged, or what merging with the one who was chosen does.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-merge")]
pub async fn read_merge(
    id: String,
    #[server(default)] q: String,
    #[server(default)] with: String,
    #[server(default)] keep: String,
    #[server(default)] after: String,
) -> Result<MergeData, PageError> {
    super::load::read(&id, &q, &with, &keep, after).await
}

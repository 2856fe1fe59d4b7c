//! The server function of the page of the returns that wait.

use super::super::list::Listed;
use super::dto::WaitingRow;
use crate::error::PageError;
use leptos::prelude::*;

/// A page of them.
#[server(prefix = "/rpc/dashboard", endpoint = "returns")]
pub async fn read_waiting(#[server(default)] after: String) -> Result<Listed<WaitingRow>, PageError> {
    super::load::page(after).await
}

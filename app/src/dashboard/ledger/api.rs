//! The server function of the page of the ledger check.

use super::dto::LedgerPage;
use crate::error::PageError;
use leptos::prelude::*;

/// The last result of each invariant.
#[server(prefix = "/rpc/dashboard", endpoint = "ledger")]
pub async fn read_ledger() -> Result<LedgerPage, PageError> {
    super::load::page().await
}

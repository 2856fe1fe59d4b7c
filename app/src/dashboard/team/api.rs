//! The server function of the page of the team.

use super::dto::TeamData;
use crate::error::PageError;
use leptos::prelude::*;

/// The people of the merchant.
#[server(prefix = "/rpc/dashboard", endpoint = "team")]
pub async fn read_team() -> Result<TeamData, PageError> {
    super::load::page().await
}

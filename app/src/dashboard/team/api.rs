//! The server function of the page of the team.

use super::dto::TeamData;
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the people of the merchant.
#[server(prefix = "/rpc/dashboard", endpoint = "team")]
pub async fn read_team(
    #[server(default)] q: String,
    #[server(default)] role: String,
    #[server(default)] after: String,
) -> Result<TeamData, PageError> {
    super::load::page(&q, &role, after).await
}

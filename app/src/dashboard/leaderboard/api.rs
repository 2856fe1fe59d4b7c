//! The server function of the page of the leaderboard.

use super::dto::LeaderboardData;
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the list, of the running week unless another period is asked for.
#[server(prefix = "/rpc/dashboard", endpoint = "leaderboard")]
pub async fn read_leaderboard(
    #[server(default)] period: String,
    #[server(default)] after: String,
) -> Result<LeaderboardData, PageError> {
    super::load::page(&period, after).await
}

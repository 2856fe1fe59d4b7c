//! The server functions of the reward pages.

use super::dto::{CodesPage, RewardForm, RewardList};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the list.
#[server(prefix = "/rpc/dashboard", endpoint = "reward-list")]
pub async fn list_rewards(
    #[server(default)] q: String,
    #[server(default)] kind: String,
    #[server(default)] state: String,
    #[server(default)] after: String,
) -> Result<RewardList, PageError> {
    super::load::list(q, kind, &state, after).await
}

/// The form of a new reward of a kind; without one, what there is to choose from.
#[server(prefix = "/rpc/dashboard", endpoint = "reward-new")]
pub async fn blank_reward(#[server(default)] kind: String) -> Result<RewardForm, PageError> {
    super::load::blank(&kind).await
}

/// The form of a reward.
#[server(prefix = "/rpc/dashboard", endpoint = "reward")]
pub async fn read_reward(id: String) -> Result<RewardForm, PageError> {
    super::load::form(&id).await
}

/// The codes of a pool.
#[server(prefix = "/rpc/dashboard", endpoint = "reward-codes")]
pub async fn read_codes(id: String) -> Result<CodesPage, PageError> {
    super::load::codes(&id).await
}

//! The server functions of a customer's rewards.

use super::dto::{CustomerRewards, Offers};
use crate::error::PageError;
use leptos::prelude::*;

/// What a customer had for points.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-rewards")]
pub async fn list_customer_rewards(
    id: String,
    #[server(default)] after: String,
) -> Result<CustomerRewards, PageError> {
    super::load::had(&id, after).await
}

/// What a customer can have; with a reward, the form that redeems it.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-offers")]
pub async fn list_offers(
    id: String,
    #[server(default)] reward: String,
    #[server(default)] after: String,
) -> Result<Offers, PageError> {
    super::load::offers(&id, &reward, after).await
}

//! The server functions of the pages of the tiers.

use super::dto::{CustomerTierPage, LadderPage, TierForm};
use crate::error::PageError;
use leptos::prelude::*;

/// The ladder.
#[server(prefix = "/rpc/dashboard", endpoint = "tiers")]
pub async fn read_ladder() -> Result<LadderPage, PageError> {
    super::load::ladder().await
}

/// The form of a new tier.
#[server(prefix = "/rpc/dashboard", endpoint = "tier-new")]
pub async fn blank_tier() -> Result<TierForm, PageError> {
    super::load::form(None).await
}

/// The form of a tier.
#[server(prefix = "/rpc/dashboard", endpoint = "tier")]
pub async fn read_tier(id: String) -> Result<TierForm, PageError> {
    super::load::form(Some(&id)).await
}

/// The tier of a customer, with a page of its history.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-tier")]
pub async fn read_customer_tier(
    id: String,
    #[server(default)] after: String,
) -> Result<CustomerTierPage, PageError> {
    super::customer_load::page(&id, after).await
}

//! The server function of the page of referrals.

use super::dto::{CustomerFriends, ReferralsData};
use crate::error::PageError;
use leptos::prelude::*;

/// The funnel, a page of what somebody has to decide about, and one of the referrals in a state.
#[server(prefix = "/rpc/dashboard", endpoint = "referrals")]
pub async fn read_referrals(
    #[server(default)] state: String,
    #[server(default)] queue: String,
    #[server(default)] after: String,
) -> Result<ReferralsData, PageError> {
    super::load::page(&state, queue, after).await
}

/// By whom a customer came, and a page of the friends.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-friends")]
pub async fn list_customer_friends(
    id: String,
    #[server(default)] after: String,
) -> Result<CustomerFriends, PageError> {
    super::load::of_customer(&id, after).await
}

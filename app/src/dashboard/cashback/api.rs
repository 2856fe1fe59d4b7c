//! The server functions of the cashback pages.

use super::dto::{OfferForm, OfferList};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the list.
#[server(prefix = "/rpc/dashboard", endpoint = "cashback-list")]
pub async fn list_offers(
    #[server(default)] q: String,
    #[server(default)] state: String,
    #[server(default)] after: String,
) -> Result<OfferList, PageError> {
    super::load::list(&q, &state, after).await
}

/// The form of a new offer.
#[server(prefix = "/rpc/dashboard", endpoint = "cashback-new")]
pub async fn blank_offer() -> Result<OfferForm, PageError> {
    super::load::form(None).await
}

/// The form of an offer.
#[server(prefix = "/rpc/dashboard", endpoint = "cashback-offer")]
pub async fn read_offer(id: String) -> Result<OfferForm, PageError> {
    super::load::form(Some(&id)).await
}

//! The server functions of the pages of webhooks.

use super::dto::{DeliveryPageData, EndpointPageData, WebhooksData};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the endpoints, and what a new one may hear.
#[server(prefix = "/rpc/dashboard", endpoint = "webhooks")]
pub async fn read_webhooks(
    #[server(default)] q: String,
    #[server(default)] state: String,
    #[server(default)] after: String,
) -> Result<WebhooksData, PageError> {
    super::load::list(&q, &state, after).await
}

/// One endpoint and a page of what was sent to it.
#[server(prefix = "/rpc/dashboard", endpoint = "webhook")]
pub async fn read_webhook(
    id: String,
    #[server(default)] after: String,
) -> Result<EndpointPageData, PageError> {
    super::load::endpoint(&id, after).await
}

/// One delivery with its attempts.
#[server(prefix = "/rpc/dashboard", endpoint = "webhook-delivery")]
pub async fn read_delivery(id: String) -> Result<DeliveryPageData, PageError> {
    super::load::delivery(&id).await
}

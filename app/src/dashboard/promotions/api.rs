//! The server functions of the promotion pages.

use super::dto::{EditorData, ProductFacts, PromotionList};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the list.
#[server(prefix = "/rpc/dashboard", endpoint = "promotion-list")]
pub async fn list_promotions(
    #[server(default)] q: String,
    #[server(default)] state: String,
    #[server(default)] after: String,
) -> Result<PromotionList, PageError> {
    super::load::list(&q, &state, &after).await
}

/// The editor of a new promotion.
#[server(prefix = "/rpc/dashboard", endpoint = "promotion-new")]
pub async fn blank_promotion() -> Result<EditorData, PageError> {
    super::load::blank().await
}

/// The editor of a promotion, with its versions.
#[server(prefix = "/rpc/dashboard", endpoint = "promotion-edit")]
pub async fn edit_promotion(id: String) -> Result<EditorData, PageError> {
    super::load::edit(&id).await
}

/// What “Try it” must know about a product; `None` when there is no such SKU.
#[server(prefix = "/rpc/dashboard", endpoint = "product-facts")]
pub async fn find_product(sku: String) -> Result<Option<ProductFacts>, PageError> {
    super::load::product(&sku).await
}

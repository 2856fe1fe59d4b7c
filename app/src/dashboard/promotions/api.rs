//! The server functions of the promotion pages.

use super::dto::{EditorData, ProductFacts, PromotionList};
use crate::error::PageError;
use leptos::prelude::*;
use leptos::server_fn::codec::{StreamingText, TextStream};

/// A page of the list.
#[server(prefix = "/rpc/dashboard", endpoint = "promotion-list")]
pub async fn list_promotions(
    #[server(default)] q: String,
    #[server(default)] state: String,
    #[server(default)] after: String,
) -> Result<PromotionList, PageError> {
    super::load::list(&q, &state, &after).await
}

/// The editor of a new promotion, which begins as the one with the id `like` if that is given.
#[server(prefix = "/rpc/dashboard", endpoint = "promotion-new")]
pub async fn blank_promotion(#[server(default)] like: String) -> Result<EditorData, PageError> {
    super::load::blank(&like).await
}

/// The editor of a promotion, with its versions, and with a replay when one is asked for over so many days.
#[server(prefix = "/rpc/dashboard", endpoint = "promotion-edit")]
pub async fn edit_promotion(id: String, #[server(default)] replay: String) -> Result<EditorData, PageError> {
    super::load::edit(&id, &replay).await
}

/// What a promotion would have given in the last days: lines of JSON, each a piece of news. `typed` has the fields of the
/// editor as JSON; without them what is saved is replayed.
#[server(prefix = "/rpc/dashboard", endpoint = "promotion-replay", output = StreamingText)]
pub async fn replay_promotion(
    #[server(default)] id: String,
    days: u16,
    #[server(default)] typed: String,
) -> Result<TextStream<PageError>, PageError> {
    super::replaying::stream(&id, days, &typed).await
}

/// What “Try it” must know about a product; `None` when there is no such SKU.
#[server(prefix = "/rpc/dashboard", endpoint = "product-facts")]
pub async fn find_product(sku: String) -> Result<Option<ProductFacts>, PageError> {
    super::load::product(&sku).await
}

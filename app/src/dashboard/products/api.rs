//! The server functions of the product pages.

use super::dto::{ProductForm, ProductList};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the list.
#[server(prefix = "/rpc/dashboard", endpoint = "product-list")]
pub async fn list_products(
    #[server(default)] q: String,
    #[server(default)] after: String,
) -> Result<ProductList, PageError> {
    super::load::list(&q, after).await
}

/// The form of a new product.
#[server(prefix = "/rpc/dashboard", endpoint = "product-new")]
pub async fn blank_product() -> Result<ProductForm, PageError> {
    super::load::form(None).await
}

/// The form of a product.
#[server(prefix = "/rpc/dashboard", endpoint = "product")]
pub async fn read_product(id: String) -> Result<ProductForm, PageError> {
    super::load::form(Some(&id)).await
}

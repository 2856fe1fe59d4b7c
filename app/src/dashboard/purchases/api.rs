//! The server functions of the purchase pages.

use super::dto::{PurchaseDetail, PurchaseList, PurchaseQuery, ReturnForm};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the list.
#[server(prefix = "/rpc/dashboard", endpoint = "purchase-list")]
pub async fn list_purchases(#[server(default)] query: PurchaseQuery) -> Result<PurchaseList, PageError> {
    super::load::list(query).await
}

/// One purchase with its receipt.
#[server(prefix = "/rpc/dashboard", endpoint = "purchase")]
pub async fn read_purchase(id: String) -> Result<PurchaseDetail, PageError> {
    super::load::find(&id).await
}

/// The form that returns a purchase, with what is left of it.
#[server(prefix = "/rpc/dashboard", endpoint = "purchase-return")]
pub async fn read_return(id: String) -> Result<ReturnForm, PageError> {
    super::returning_load::form(&id).await
}

//! The server functions of the till. Without a store there is nothing: whoever asks is sent to choose one.

use super::dto::{Bar, ReceiptData, RefundData, SaleAsked, SaleData, ShiftData, Stores};
use crate::dashboard::purchases::dto::ReturnForm;
use crate::error::PageError;
use leptos::prelude::*;

/// The bar.
#[server(prefix = "/rpc/dashboard", endpoint = "till-bar")]
pub async fn read_bar() -> Result<Bar, PageError> {
    super::load::bar().await
}

/// Stores to choose from.
#[server(prefix = "/rpc/dashboard", endpoint = "till-stores")]
pub async fn list_stores(
    #[server(default)] q: String,
    #[server(default)] after: String,
) -> Result<Stores, PageError> {
    super::load::stores(&q, after).await
}

/// A sale, worked out.
#[server(prefix = "/rpc/dashboard", endpoint = "till-sale")]
pub async fn read_sale(#[server(default)] asked: SaleAsked) -> Result<Option<SaleData>, PageError> {
    match super::door::till().await? {
        Some(till) => {
            let data = super::reckon::reckon(&till, &asked).await?.0;
            super::door::forget_who(&asked, &data);
            Ok(Some(data))
        }
        None => Ok(None),
    }
}

/// Whether somebody can join here: whether there is a store.
#[server(prefix = "/rpc/dashboard", endpoint = "till-join")]
pub async fn read_join() -> Result<bool, PageError> {
    Ok(super::door::till().await?.is_some())
}

/// A sale that is done.
#[server(prefix = "/rpc/dashboard", endpoint = "till-receipt")]
pub async fn read_receipt(id: String) -> Result<Option<ReceiptData>, PageError> {
    super::load::receipt(&id).await
}

/// Purchases of the store by the beginning of their number.
#[server(prefix = "/rpc/dashboard", endpoint = "till-refund")]
pub async fn find_purchases(#[server(default)] number: String) -> Result<Option<RefundData>, PageError> {
    super::load::found(&number).await
}

/// The form that returns a purchase of the store.
#[server(prefix = "/rpc/dashboard", endpoint = "till-return")]
pub async fn read_return(id: String) -> Result<Option<ReturnForm>, PageError> {
    super::load::returning(&id).await
}

/// What the store has sold today.
#[server(prefix = "/rpc/dashboard", endpoint = "till-shift")]
pub async fn read_shift(#[server(default)] after: String) -> Result<Option<ShiftData>, PageError> {
    super::load::shift(after).await
}

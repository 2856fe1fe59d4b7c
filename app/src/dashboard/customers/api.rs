//! The server functions of the customer pages.

use super::dto::{
    AdjustForm, CustomerDetail, CustomerEntries, CustomerForm, CustomerList, CustomerLots, CustomerPurchases,
    CustomerTimeline,
};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of the list.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-list")]
pub async fn list_customers(
    #[server(default)] q: String,
    #[server(default)] state: String,
    #[server(default)] after: String,
) -> Result<CustomerList, PageError> {
    super::load::list(&q, &state, after).await
}

/// One customer.
#[server(prefix = "/rpc/dashboard", endpoint = "customer")]
pub async fn read_customer(id: String) -> Result<CustomerDetail, PageError> {
    super::load::find(&id).await
}

/// What happened to a customer's points.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-timeline")]
pub async fn list_customer_timeline(
    id: String,
    #[server(default)] after: String,
) -> Result<CustomerTimeline, PageError> {
    super::load::timeline(&id, after).await
}

/// The movements on a customer's accounts, all of them or those of one sort.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-entries")]
pub async fn list_customer_entries(
    id: String,
    #[server(default)] show: String,
    #[server(default)] after: String,
) -> Result<CustomerEntries, PageError> {
    super::load::entries(&id, &show, after).await
}

/// A customer's purchases.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-purchases")]
pub async fn list_customer_purchases(
    id: String,
    #[server(default)] after: String,
) -> Result<CustomerPurchases, PageError> {
    super::load::purchases(&id, after).await
}

/// What a customer's points consist of, and what was adjusted.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-lots")]
pub async fn list_customer_lots(
    id: String,
    #[server(default)] after: String,
) -> Result<CustomerLots, PageError> {
    super::load_lots::lots(&id, after).await
}

/// The form of who a customer is.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-form")]
pub async fn read_customer_form(id: String) -> Result<CustomerForm, PageError> {
    super::load::form(&id).await
}

/// The form that adjusts a customer's points.
#[server(prefix = "/rpc/dashboard", endpoint = "customer-adjust")]
pub async fn read_adjust(id: String) -> Result<AdjustForm, PageError> {
    super::load_lots::adjust(&id).await
}

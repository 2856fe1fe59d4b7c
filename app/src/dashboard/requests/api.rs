//! The server functions of the pages of the request log.

use super::dto::{RequestDetail, RequestsData};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of requests.
#[server(prefix = "/rpc/dashboard", endpoint = "requests")]
pub async fn list_requests(
    #[server(default)] q: String,
    #[server(default)] status: String,
    #[server(default)] key: String,
    #[server(default)] route: String,
    #[server(default)] after: String,
) -> Result<RequestsData, PageError> {
    super::load::list(&q, &status, &key, &route, after).await
}

/// One request.
#[server(prefix = "/rpc/dashboard", endpoint = "request")]
pub async fn read_request(id: String) -> Result<RequestDetail, PageError> {
    super::load::find(&id).await
}

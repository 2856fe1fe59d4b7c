//! Shapes that several answers share, for the description of the API.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListOf<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Goes into `after` to get the page behind this one; absent or null on the last page.
    pub next: Option<String>,
}

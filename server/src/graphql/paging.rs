//! Lists as connections, by the same pages and the same `after` as the REST API.

use async_graphql::{
    OutputType,
    connection::{Connection, Edge},
};
use perennial_engine::{Error, Page, PageRequest, cursor};
use serde::Serialize;

use super::errors::failed;

/// The page that `first` and `after` ask for.
///
/// # Errors
/// When `first` is not between 1 and 200.
pub fn request(first: Option<i32>, after: Option<String>) -> async_graphql::Result<PageRequest> {
    let limit = first.map(|first| u32::try_from(first).unwrap_or(0));
    PageRequest::new(limit, after).map_err(|error| match error {
        Error::Invalid(mut wrong) => {
            for field in &mut wrong {
                field.pointer = "/first".to_owned();
            }
            failed(Error::Invalid(wrong))
        }
        other => failed(other),
    })
}

/// A page of rows as a connection; `key` is what the list goes on behind, and `node` what a row is in the graph.
pub fn connection<R, K: Serialize, N: OutputType>(
    page: Page<R>,
    had_before: bool,
    key: impl Fn(&R) -> K,
    node: impl Fn(R) -> N,
) -> Connection<String, N> {
    let mut connection = Connection::new(had_before, page.next.is_some());
    connection.edges.extend(page.data.into_iter().map(|row| {
        let place = cursor(&key(&row)).unwrap_or_default();
        Edge::new(place, node(row))
    }));
    connection
}

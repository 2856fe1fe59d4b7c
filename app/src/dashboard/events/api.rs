//! The server functions of the pages of events from elsewhere.

use super::dto::{EventDetail, EventsData};
use crate::error::PageError;
use leptos::prelude::*;

/// A page of events.
#[server(prefix = "/rpc/dashboard", endpoint = "events")]
pub async fn list_events(
    #[server(default)] q: String,
    #[server(default)] state: String,
    #[server(default)] kind: String,
    #[server(default)] source: String,
    #[server(default)] after: String,
) -> Result<EventsData, PageError> {
    super::load::list(&q, &state, &kind, &source, after).await
}

/// One event.
#[server(prefix = "/rpc/dashboard", endpoint = "event")]
pub async fn read_event(key: String) -> Result<EventDetail, PageError> {
    super::load::find(&key).await
}

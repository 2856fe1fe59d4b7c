//! The server functions of the pages of messages.

use super::dto::{MessageForm, MessagesData};
use crate::error::PageError;
use leptos::prelude::*;

/// All kinds of messages.
#[server(prefix = "/rpc/dashboard", endpoint = "messages")]
pub async fn read_messages() -> Result<MessagesData, PageError> {
    super::load::list().await
}

/// What one of them says.
#[server(prefix = "/rpc/dashboard", endpoint = "message")]
pub async fn read_message(kind: String) -> Result<MessageForm, PageError> {
    super::load::form(&kind).await
}

//! What the member card shows.

use crate::error::PageError;
use crate::ui::QrView;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The member card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardView {
    /// The customer's name, if known.
    pub name: Option<String>,
    /// The address that signed in.
    pub email: Option<String>,
    /// The code for the till: the card number, else the id.
    pub code: QrView,
}

/// The card of the customer who is signed in.
#[server(prefix = "/rpc/portal", endpoint = "card", output = crate::rpc::TextJson)]
pub async fn card(slug: String) -> Result<CardView, PageError> {
    use super::code::qr;
    use crate::session::{app_state, portal_customer};

    let cx = portal_customer(&slug).await?;
    let engine = app_state()?.engine;
    let customer = engine.customer_get(&cx, cx.require_customer()?).await?;
    let text = customer.card.clone().unwrap_or_else(|| customer.id.to_string());
    Ok(CardView { name: customer.name, email: customer.email, code: qr(&text)? })
}

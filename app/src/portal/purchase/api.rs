//! What the page of a purchase shows.

use crate::error::PageError;
use crate::ui::ReceiptView;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A purchase and why it earned what it earned, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedView {
    /// Where it was.
    pub title: String,
    /// When, the number on the receipt, the sum.
    pub facts: Vec<(String, String)>,
    /// The explanation.
    pub receipt: ReceiptView,
    /// “228 points”.
    pub total: String,
    /// Why it gave what it gave in cashback; nothing where the merchant had no offer, and for the moment before it is known.
    pub cashback: Option<ReceiptView>,
}

/// The explanation of one of the customer's purchases.
#[server(prefix = "/rpc/portal", endpoint = "purchase", output = crate::rpc::TextJson)]
pub async fn explained(slug: String, purchase: String) -> Result<ExplainedView, PageError> {
    use crate::portal::words;
    use crate::session::{app_state, portal_customer};

    let cx = portal_customer(&slug).await?;
    let engine = app_state()?.engine;
    let id = purchase.parse().map_err(|_| PageError::NotFound)?;
    let program = engine.snapshot(&cx).await?;
    let (view, explanation) = engine.purchase_explanation(&cx, id).await?;
    let cashback = engine.purchase_cashback(&cx, id).await?.map(|given| {
        let names = words::names(&view, &program);
        crate::cashback::receipt(&given, &names, false)
    });
    let cashback = cashback.filter(|receipt| !receipt.lines.is_empty());
    Ok(ExplainedView { cashback, ..words::explained(&view, &explanation, &program) })
}

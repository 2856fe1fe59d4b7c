//! A receipt that says why: what was bought, the arithmetic, what nearly matched, a ruled total.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The whole receipt, already in words: the server writes them, every reader sees the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptView {
    /// “Why 228 points?”; empty where a heading asks it.
    pub question: String,
    /// Lines, promotions of the whole purchase, and what did not apply.
    pub lines: Vec<ReceiptLine>,
    /// Name of the total: “Earned”.
    pub total_label: String,
    /// “228 points”.
    pub total: String,
}

/// One row of a receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// A product or a promotion.
    pub what: String,
    /// The amount paid, the points, or “not this time”.
    pub figure: String,
    /// The arithmetic or the reason, a sentence each.
    pub why: Vec<String>,
    /// It earned nothing.
    pub miss: bool,
}

/// Draws a receipt.
#[component]
pub fn Receipt(
    /// What it says.
    receipt: ReceiptView,
) -> impl IntoView {
    let lines = receipt
        .lines
        .into_iter()
        .map(|line| {
            let why = line
                .why
                .into_iter()
                .map(|why| view! { <div class="explain__why">{why}</div> })
                .collect_view();
            view! {
                <li class=line.miss.then_some("is-miss")>
                    <div class="explain__line">
                        <span>{line.what}</span>
                        <span class="lead"></span>
                        <b>{line.figure}</b>
                    </div>
                    {why}
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="receipt explain">
            {(!receipt.question.is_empty()).then(|| view! { <h2 class="explain__question">{receipt.question}</h2> })}
            <ul>{lines}</ul>
            <div class="explain__total"><span>{receipt.total_label}</span><span>{receipt.total}</span></div>
        </div>
    }
}

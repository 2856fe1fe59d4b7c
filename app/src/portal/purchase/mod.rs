//! One purchase, explained like a receipt.

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::PageTitle;
use super::words;
use crate::error::PageError;
use crate::ui::{Banner, BannerTone, Icon, KeyValue, Receipt, ReceiptView, icon};
use leptos::prelude::*;

/// A purchase and why it earned what it earned, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExplainedView {
    /// Where it was.
    pub(super) title: String,
    /// When, the number on the receipt, the sum.
    pub(super) facts: Vec<(String, String)>,
    /// The explanation.
    pub(super) receipt: ReceiptView,
    /// “228 points”.
    pub(super) total: String,
    /// Why it gave what it gave in cashback; nothing where the merchant had no offer, and for the moment before it is known.
    pub(super) cashback: Option<ReceiptView>,
}

/// `activity/:purchase`: one of the customer's purchases.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let id = ask.name("purchase")?;
    let engine = ask.engine();
    let program = engine.snapshot(&ask.cx).await?;
    let (view, explanation) = engine.purchase_explanation(&ask.cx, id).await?;
    // It is known a moment after the purchase itself.
    let cashback = engine.purchase_cashback(&ask.cx, id).await?.map(|given| {
        let names = words::names(&view, &program);
        crate::cashback::receipt(&given, &names, false)
    });
    let cashback = cashback.filter(|receipt| !receipt.lines.is_empty());
    let purchase = ExplainedView { cashback, ..words::explained(&view, &explanation, &program) };
    let claimed = ask.query("done") == Some("claimed");
    let title = purchase.title.clone();
    Ok(Sheet::new(title, view! { <Explained purchase=purchase claimed=claimed/> }))
}

#[component]
fn Explained(purchase: ExplainedView, claimed: bool) -> impl IntoView {
    let merchant = use_merchant();
    let ExplainedView { title, facts, receipt, total, cashback } = purchase;
    let done = claimed.then(|| {
        view! { <Banner tone=BannerTone::Leaf title=format!("{total} are yours.")>"Here is where they come from."</Banner> }
    });
    view! {
        <PageTitle title=title/>
        <div class="portal__body portal__body--list">
            {done}
            <KeyValue pairs=facts/>
            <Receipt receipt=receipt/>
            {cashback.map(|cashback| view! { <Receipt receipt=cashback/> })}
            <a class="back" href=merchant.path("activity")><Icon glyph=icon::LEFT/>"All activity"</a>
        </div>
    }
}

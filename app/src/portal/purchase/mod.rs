//! One purchase, explained like a receipt.

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::PageTitle;
use super::words;
use crate::error::PageError;
use crate::format::{long_date, zone};
use crate::returned::{Reader, ReturnedPurchase};
use crate::ui::{Banner, BannerTone, KeyValue, Receipt, ReceiptView};
use leptos::prelude::*;
use perennial_domain::returns::ReturnState;
use perennial_engine::PageRequest;
use perennial_engine::purchases::PurchaseView;

/// Returns that the page explains one by one; the sums above them count all.
const RETURNS_SHOWN: u32 = 50;

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
    /// What was returned of it and what that took back; nothing where nothing was.
    pub(super) returned: Option<ReturnedView>,
}

/// What was returned of a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReturnedView {
    /// “Everything was returned.”
    title: &'static str,
    /// “$9.00 of $18.00”.
    part: String,
    /// A receipt for each return, the oldest first.
    receipts: Vec<ReceiptView>,
    /// There are more returns than these.
    more: bool,
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
    let mut purchase = ExplainedView { cashback, ..words::explained(&view, &explanation, &program) };
    let state = engine.return_state(&ask.cx, id).await?;
    if state != ReturnState::default() {
        let names = words::names(&view, &program);
        let returned = ReturnedPurchase {
            record: &view.record,
            names: &names,
            unit: program.settings.points_name.as_str(),
            reader: Reader::Customer,
        };
        take_back(&ask, &mut purchase, &view, &returned, &state, explanation.points.get()).await?;
    }
    let claimed = ask.query("done") == Some("claimed");
    let title = purchase.title.clone();
    Ok(Sheet::new(title, view! { <Explained purchase=purchase claimed=claimed/> }))
}

/// Adds what was returned to what was earned.
async fn take_back(
    ask: &Ask,
    purchase: &mut ExplainedView,
    view: &PurchaseView,
    returned: &ReturnedPurchase<'_>,
    state: &ReturnState,
    earned: i64,
) -> Result<(), PageError> {
    let page = PageRequest::new(Some(RETURNS_SHOWN), None)?;
    let page = ask.engine().return_list(&ask.cx, view.record.id, &page).await?;
    let zone = zone(&view.retailer.time_zone);
    let part = returned.part(state).unwrap_or_default();
    purchase.facts.push(("Returned".to_owned(), part.clone()));
    if let Some(line) = returned.taken_back(state, earned, &page.data, page.next.is_none()) {
        purchase.receipt.lines.push(line);
        "Left of it".clone_into(&mut purchase.receipt.total_label);
        purchase.receipt.total = returned.points(earned.saturating_sub(state.points().get()));
        purchase.total = purchase.receipt.total.clone();
    }
    let receipts = page.data.iter().map(|one| {
        let question = format!("Returned {}", long_date(one.created_at, zone));
        returned.receipt(one, question)
    });
    let title = if view.returned.is_some_and(|returned| returned.complete) {
        "Everything was returned."
    } else {
        "A part was returned."
    };
    purchase.returned =
        Some(ReturnedView { title, part, receipts: receipts.collect(), more: page.next.is_some() });
    Ok(())
}

#[component]
fn Explained(purchase: ExplainedView, claimed: bool) -> impl IntoView {
    let merchant = use_merchant();
    let ExplainedView { title, facts, receipt, total, cashback, returned } = purchase;
    let done = claimed.then(|| {
        view! { <Banner tone=BannerTone::Leaf title=format!("{total} are yours.")>"Here is where they come from."</Banner> }
    });
    view! {
        <PageTitle title=title back=(merchant.path("activity"), "All activity")/>
        <div class="portal__body portal__body--list">
            {done}
            {returned.as_ref().map(|returned| {
                let text = format!("{}: what it had earned was taken back.", returned.part);
                view! { <Banner title=returned.title>{text}</Banner> }
            })}
            <KeyValue pairs=facts/>
            <Receipt receipt=receipt/>
            {cashback.map(|cashback| view! { <Receipt receipt=cashback/> })}
            {returned.map(returns)}
        </div>
    }
}

/// A receipt for each return.
fn returns(returned: ReturnedView) -> impl IntoView {
    let ReturnedView { receipts, more, .. } = returned;
    view! {
        <section class="stack" style="--gap:var(--s-4)" aria-labelledby="returns">
            <h2 id="returns" class="day">{if receipts.len() == 1 { "The return" } else { "Returns" }}</h2>
            {receipts.into_iter().map(|receipt| view! { <Receipt receipt=receipt/> }).collect_view()}
            {more.then(|| view! { <p class="muted">"There were more returns. The sums above count all of them."</p> })}
        </section>
    }
}

//! One purchase, explained like a receipt.

pub(super) mod api;

use super::live::Live;
use super::merchant::use_merchant;
use super::parts::{PageTitle, Refused, Waiting};
use crate::ui::{Banner, BannerTone, Icon, KeyValue, Receipt, icon};
use api::{ExplainedView, explained};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The page of a purchase.
#[component]
pub(super) fn Purchase() -> impl IntoView {
    let slug = use_merchant().slug;
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("purchase").unwrap_or_default()));
    let query = use_query_map();
    let claimed = Memo::new(move |_| query.with(|query| query.get("done").as_deref() == Some("claimed")));
    // Its cashback is known a moment after the purchase itself.
    let purchase =
        Resource::new(move || (id.get(), Live::changes()), move |(id, _)| explained(slug.clone(), id));
    view! {
        <Transition fallback=Waiting>
            {move || {
                let claimed = claimed.get();
                Suspend::new(async move {
                    match purchase.await {
                        Ok(purchase) => view! { <Explained purchase=purchase claimed=claimed/> }.into_any(),
                        Err(error) => view! { <Refused error=error/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
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

//! One purchase: its receipt, the till's request as it is kept and what it got back.

use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::super::parts::Crumbs;
use super::super::receipt::ReceiptTree;
use super::api::read_purchase;
use super::dto::PurchaseDetail;
use crate::ui::{CodeBlock, LinkButton, Receipt, ReceiptView, grouped};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page of one purchase.
#[component]
pub fn PurchasePage() -> impl IntoView {
    let id = param("id");
    let purchase = Resource::new(move || id.get(), read_purchase);
    view! {
        <FlashBanner />
        {loaded(purchase, page)}
    }
}

fn page(purchase: PurchaseDetail) -> impl IntoView {
    let title = format!("Purchase {}", purchase.transaction_id);
    let retailer_name = purchase.retailer.1.clone();
    let who = match purchase.customer.clone() {
        Some((id, name)) => view! {
            ", by "
            <a href=format!("/dashboard/customers/{id}")>{name}</a>
        }
        .into_any(),
        None => ", nobody has claimed it yet".into_any(),
    };
    let earned = if purchase.unclaimed { purchase.claimable.unwrap_or(0) } else { purchase.points };
    let heading = format!("Why {} {}", grouped(earned), purchase.points_name);
    let total = if purchase.unclaimed { "Waits to be claimed" } else { "Credited" };
    let back = purchase.may_return.then(|| format!("{}/return", super::LIST.row(&purchase.id)));
    let returns = super::returning::returns(purchase.returns.clone(), &purchase.points_name);
    view! {
        <Title text=title.clone() />
        <div class="page__head">
            <div>
                <Crumbs href="/dashboard/purchases" up="Purchases" here=purchase.transaction_id.clone() />
                <h1 class="row" style="--gap:var(--s-3)">
                    {title}
                    {super::status(purchase.unclaimed, purchase.returned)}
                </h1>
                <p class="small">
                    {format!("{} at {retailer_name}. {}", purchase.amount, purchase.when)} {who}
                </p>
            </div>
            {back.map(|href| view! { <div class="page__actions"><LinkButton href=href>"Return"</LinkButton></div> })}
        </div>
        <div class="cols" style="--main:1.45fr;--aside:1fr">
            <div class="stack" style="--gap:var(--s-5)">
            <section class="card" aria-labelledby="why">
                <div class="card__head">
                    <h2 id="why">{heading}</h2>
                    <span class="small muted">{format!("Rules version {}", purchase.rules_version)}</span>
                </div>
                <div class="card__body">
                    <ReceiptTree receipt=purchase.receipt.clone() total=total points_name=purchase.points_name.clone() linked=true />
                </div>
            </section>
            {purchase.cashback.clone().map(cashback)}
            </div>
            <div class="stack" style="--gap:var(--s-5)">{facts(&purchase)} {claim(&purchase)} {returns} {exchange(&purchase)}</div>
        </div>
    }
}

/// What it gave in cashback.
fn cashback(receipt: ReceiptView) -> impl IntoView {
    let ReceiptView { question, lines, total_label, total } = receipt;
    let heading = question.trim_end_matches('?').to_owned();
    let receipt = ReceiptView { question: String::new(), lines, total_label, total };
    view! {
        <section class="card" aria-labelledby="cashback">
            <div class="card__head">
                <h2 id="cashback">{heading}</h2>
            </div>
            <div class="card__body">
                <Receipt receipt=receipt />
            </div>
        </section>
    }
}

fn facts(purchase: &PurchaseDetail) -> impl IntoView + use<> {
    let (retailer_code, retailer_name) = purchase.retailer.clone();
    let balance = purchase.balance.map(|points| {
        view! {
            <dt>"Balance after it"</dt>
            <dd>{format!("{} {}", grouped(points), purchase.points_name)}</dd>
        }
    });
    let claimed = purchase.claimed.clone().map(|when| {
        view! {
            <dt>"Claimed"</dt>
            <dd>{when}</dd>
        }
    });
    view! {
        <section class="card" aria-labelledby="facts">
            <div class="card__head">
                <h2 id="facts">"Facts"</h2>
            </div>
            <div class="card__body">
                <dl class="kv kv--start">
                    <dt>"Transaction"</dt>
                    <dd class="mono">{purchase.transaction_id.clone()}</dd>
                    <dt>"Retailer"</dt>
                    <dd>{retailer_name} " " <span class="mono muted">{retailer_code}</span></dd>
                    <dt>"Received"</dt>
                    <dd>{purchase.received.clone()}</dd>
                    <dt>"Business date"</dt>
                    <dd>{purchase.business_date.clone()}</dd>
                    <dt>"Came by"</dt>
                    <dd>{purchase.source.clone()}</dd>
                    {balance}
                    {claimed}
                    <dt>"Id"</dt>
                    <dd class="mono breaks">{purchase.id.clone()}</dd>
                </dl>
            </div>
        </section>
    }
}

fn claim(purchase: &PurchaseDetail) -> Option<impl IntoView + use<>> {
    purchase.claim_code.clone().map(|code| {
        view! {
            <section class="card card--attn" aria-labelledby="claim">
                <div class="card__head">
                    <h2 id="claim">"Claim code"</h2>
                </div>
                <div class="card__body stack" style="--gap:var(--s-2)">
                    <CodeBlock text=code copy_label="Copy the claim code" />
                    <p class="small muted">"Whoever enters it in the portal first gets the points. Give it only to the customer who made this purchase."</p>
                </div>
            </section>
        }
    })
}

fn exchange(purchase: &PurchaseDetail) -> impl IntoView + use<> {
    let block = |title: &'static str, json: String| {
        view! {
            <details>
                <summary class="small strong disclosure">{title}</summary>
                <CodeBlock text=json copy_label="Copy the JSON" />
            </details>
        }
    };
    view! {
        <section class="card" aria-labelledby="exchange">
            <div class="card__head">
                <h2 id="exchange">"Request"</h2>
            </div>
            <div class="card__body stack" style="--gap:var(--s-3)">
                <p class="small muted">"Rebuilt from what is stored: the customer’s id replaces what the till sent about them."</p>
                {block("The request as it is kept", purchase.request.clone())}
                {block("What the till got back, and gets again for the same transaction", purchase.answer.clone())}
            </div>
        </section>
    }
}

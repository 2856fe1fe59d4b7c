//! A voucher by its code: whose it is, what it takes off, and the button that uses it.

use super::super::flash::FlashBanner;
use super::super::page::{loaded, query_param};
use super::super::parts::{Crumbs, Refusal};
use super::api::read_voucher;
use super::dto::VoucherDetail;
use super::{LIST, VOUCHER, find_voucher, words};
use crate::form::use_form;
use crate::ui::{Button, ButtonVariant, Empty};
use leptos::prelude::*;
use leptos_meta::Title;

/// The search, and below it the voucher that was found.
#[component]
pub fn VoucherPage() -> impl IntoView {
    // A refused form comes back without the code in its address.
    let sent = use_form().value("code").map(str::to_owned);
    let asked = query_param("code");
    let code = Memo::new(move |_| {
        Some(asked.get()).filter(|code| !code.is_empty()).or_else(|| sent.clone()).unwrap_or_default()
    });
    let data = Resource::new(move || code.get(), read_voucher);
    view! {
        <Title text="Voucher" />
        <FlashBanner />
        <div class="page__head">
            <div>
                <Crumbs href=LIST.path up=LIST.title here="Voucher" />
                <h1>"Voucher"</h1>
                <p>"For a till that cannot check vouchers: type the code the customer shows."</p>
            </div>
        </div>
        <Refusal title="Not used." />
        {loaded(data, move |found| page(found, &code.get_untracked()))}
    }
}

fn page(found: Option<VoucherDetail>, code: &str) -> impl IntoView + use<> {
    let nothing = (found.is_none() && !code.is_empty()).then(|| {
        view! {
            <h2 class="visually-hidden">"Nothing found"</h2>
            <Empty
                title="No voucher has this code"
                text="Look at it once more: 0 and O, 1 and I are taken for each other, dashes and spaces do not matter. It may also be of another merchant."
            />
        }
    });
    view! {
        <section class="card card--flush" aria-label="Find a voucher">
            {find_voucher(code, code.is_empty())} {nothing}
        </section>
        {found.map(detail)}
    }
}

fn detail(voucher: VoucherDetail) -> impl IntoView {
    let (customer, called) = voucher.customer;
    let can_be_used = voucher.state == "issued";
    let line = |label: &'static str, value: Option<String>| {
        value.map(|value| {
            view! {
                <dt>{label}</dt>
                <dd>{value}</dd>
            }
        })
    };
    let link = |label: &'static str, href: Option<String>, words: &'static str| {
        href.map(|href| {
            view! {
                <dt>{label}</dt>
                <dd><a href=href>{words}</a></dd>
            }
        })
    };
    let purchase = voucher.purchase.map(|id| format!("/dashboard/purchases/{id}"));
    let redemption = voucher.redemption.map(|id| LIST.row(&id));
    let act = can_be_used.then(|| {
        view! {
            <form class="card__foot" method="post" action=VOUCHER>
                <input type="hidden" name="code" value=voucher.code.clone() />
                <Button variant=ButtonVariant::Primary>"Use it now"</Button>
                <span class="small muted">"Once. Take the amount off at the till yourself."</span>
            </form>
        }
    });
    view! {
        <section class="card" aria-labelledby="voucher">
            <div class="card__body stack">
                <div class="row" style="--gap:var(--s-3)">
                    <h2 id="voucher" class="display">{voucher.name}</h2>
                    {words::voucher_badge(&voucher.state)}
                </div>
                <p>{voucher.worth}</p>
                <dl class="kv kv--start">
                    <dt>"Code"</dt>
                    <dd class="mono breaks">{voucher.code}</dd>
                    <dt>"Customer"</dt>
                    <dd class="breaks"><a href=format!("/dashboard/customers/{customer}?tab=rewards")>{called}</a></dd>
                    {line("Given", Some(voucher.issued))}
                    {line("Can be used until", voucher.until.or_else(|| can_be_used.then(|| "for ever".to_owned())))}
                    {line("Used", voucher.used)} {link("Purchase", purchase, "The purchase that it was used in")}
                    {link("Redemption", redemption, "What was paid for it")}
                </dl>
            </div>
            {act}
        </section>
    }
}

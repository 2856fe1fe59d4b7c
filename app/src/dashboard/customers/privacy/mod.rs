//! What a merchant owes to one customer: everything on request, and to be forgotten.

pub mod api;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;

use super::super::flash::FlashBanner;
use super::super::page::{loaded, param};
use super::super::parts::{Crumbs, Refusal};
use super::LIST;
use crate::form::use_form;
use crate::ui::{
    Banner, BannerTone, Button, ButtonVariant, Empty, KeyValue, LinkButton, Select, SelectOption, TextField,
    grouped,
};
use api::read_customer_privacy;
use dto::{Amounts, CustomerPrivacy, Erased};
use leptos::prelude::*;
use leptos_meta::Title;

/// What has to be typed before somebody is erased.
pub(super) const WORD: &str = "erase";

/// The page: the file to take along, what erasing would do, and the form that does it. Needs no script.
#[component]
pub fn PrivacyPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_customer_privacy);
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

fn page(data: CustomerPrivacy) -> impl IntoView {
    let CustomerPrivacy { id, name, may_export, erased, preview, may_erase } = data;
    let customer = LIST.row(&id);
    let export = format!("{customer}/export.json");
    view! {
        <Title text=format!("Privacy of {name}") />
        <div class="page__head">
            <div>
                <Crumbs href=LIST.path up=LIST.title of=(customer.clone(), name.clone()) here="Privacy" />
                <h1>"Privacy"</h1>
                <p>
                    {format!("What the program knows of {name}: export it, or erase it.")}
                </p>
            </div>
        </div>
        <div class="stack">
            <section class="card" aria-labelledby="export">
                <div class="card__head"><h2 id="export">"Export"</h2></div>
                <div class="card__body">
                    <p class="muted">
                        "One JSON file: who the customer is, purchases with returns, every point and why, rewards and vouchers, friends as "
                        "the customer may know them, and the e-mails of the last 30 days."
                    </p>
                </div>
                <div class="card__foot">
                    {if may_export {
                        view! { <a class="btn" href=export rel="external" download="">"Download everything"</a> }.into_any()
                    } else {
                        view! { <p class="small muted">"Your role does not include this."</p> }.into_any()
                    }}
                </div>
            </section>
            {match (erased, preview) {
                (Some(erased), _) => record(erased).into_any(),
                (None, Some(preview)) => erase(&customer, preview).into_any(),
                (None, None) => refused(may_erase).into_any(),
            }}
        </div>
    }
}

/// Who may not erase is told who may.
fn refused(may_erase: bool) -> impl IntoView {
    let text = if may_erase {
        "What it would do could not be found out. Please load the page again."
    } else {
        "An owner or manager of the program can do it."
    };
    view! {
        <section class="card">
            <Empty title="Erase this customer" text=text />
        </section>
    }
}

/// What it would do, and the form.
fn erase(customer: &str, preview: Amounts) -> impl IntoView + use<> {
    let action = format!("{customer}/privacy");
    let reasons = SelectOption::all(&[
        ("requested", "The customer has asked for it"),
        ("inactive", "Nobody has heard of the customer for long"),
        ("duplicate", "It is a second account of the same person"),
        ("other", "Another reason"),
    ]);
    view! {
        <form class="card" method="post" action=action aria-labelledby="erase">
            <Refusal title="Nothing was erased." />
            <div class="card__head"><h2 id="erase">"Erase"</h2></div>
            <div class="card__body stack">
                <p class="muted">
                    "Everything personal is deleted for good, in every table, and the account is closed. Entries, lots and balances stay in the "
                    "books under the customer's id, which leads to nobody. Earlier purchases can still be returned. This cannot be undone."
                </p>
                {amounts(preview)}
                <div class="fields">
                    <Select name="reason" label="Reason" options=reasons />
                    <TextField
                        name="confirm"
                        label=format!("Type {WORD} to confirm")
                        help="So that nobody is erased by accident."
                        maxlength=20
                        required=true
                    />
                </div>
            </div>
            <div class="card__foot">
                <Button variant=ButtonVariant::DangerFill>"Erase this customer"</Button>
                <LinkButton href=customer.to_owned() variant=ButtonVariant::Quiet>"Cancel"</LinkButton>
            </div>
        </form>
    }
}

/// What was done, by whom and why.
fn record(erased: Erased) -> impl IntoView {
    let Erased { when, by, reason, amounts: done } = erased;
    let facts = vec![("Why".to_owned(), reason), ("By".to_owned(), by)];
    view! {
        <section class="card" aria-labelledby="erased">
            <div class="card__head"><h2 id="erased">{format!("Erased on {when}")}</h2></div>
            <div class="card__body stack">
                <Banner tone=BannerTone::Info title="Nothing personal is left.">
                    "Whoever comes with the same address is a new customer."
                </Banner>
                <KeyValue pairs=facts />
                {amounts(done)}
            </div>
        </section>
    }
}

/// What goes, what stays and what is lost, side by side.
fn amounts(amounts: Amounts) -> impl IntoView + use<> {
    let Amounts { removed, kept, lost } = amounts;
    let column = |title: &'static str, rows: Vec<(String, String)>, nothing: &'static str| {
        let body = if rows.is_empty() {
            view! { <p class="muted">{nothing}</p> }.into_any()
        } else {
            view! { <KeyValue pairs=rows /> }.into_any()
        };
        view! { <section class="stack stack--tight"><h3>{title}</h3>{body}</section> }
    };
    let counted = |rows: Vec<(String, i64)>| {
        rows.into_iter().map(|(what, count)| (what, grouped(count))).collect::<Vec<_>>()
    };
    view! {
        <div class="thirds">
            {column("Deleted", counted(removed), "Nothing personal is stored.")}
            {column("Stays in the books", counted(kept), "Nothing has happened yet.")}
            {column("The customer loses", lost, "There is nothing to lose.")}
        </div>
    }
}

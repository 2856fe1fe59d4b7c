//! A sale: the amount and who buys on one side, what it comes to on the other. One form, which asks with GET and sells
//! with POST.

use super::api::read_sale;
use super::dto::{SaleAsked, SaleData};
use super::frame::no_store;
use super::keypad::Keypad;
use super::offer_list::sheet;
use super::{CONFIRM, JOIN, SALE, SOLD_BEFORE, TILL, UNSURE};
use crate::address::address;
use crate::dashboard::fields::Values;
use crate::dashboard::flash::FlashBanner;
use crate::dashboard::page::loaded;
use crate::dashboard::parts::Refusal;
use crate::form::use_form;
use crate::ui::icon::{self, Icon};
use crate::ui::{Button, TextField};
use leptos::html::Form;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use perennial_domain::codes::TillNumber;

/// The page.
#[component]
pub fn SalePage() -> impl IntoView {
    let sent = use_form().values;
    let query = use_query_map();
    // Only where it may have been sold, or nobody knows: then it stays the same sale.
    let kept = if sent.is_empty() {
        query.with_untracked(|map| map.get(SALE))
    } else {
        sent.get(CONFIRM).and_then(|value| value.split(' ').next()).map(str::to_owned)
    };
    let kept = kept.and_then(|number| TillNumber::new(&number).ok()).map(|number| number.to_string());
    let refused = match sent.get(UNSURE).map(String::as_str) {
        Some(SOLD_BEFORE) => "Sold before.",
        Some(_) => "Perhaps sold, perhaps not.",
        None => "Not sold.",
    };
    let asked = Memo::new(move |_| {
        if sent.is_empty() {
            let values = query.with(|map| {
                map.latest_values()
                    .map(|(name, value)| (name.clone().into_owned(), value.to_owned()))
                    .collect::<Values>()
            });
            SaleAsked::of(&values)
        } else {
            SaleAsked::of(&sent)
        }
    });
    let data = Resource::new(move || asked.get(), read_sale);
    view! {
        <FlashBanner />
        <Title text="Till" />
        <h1 class="visually-hidden">"Sale"</h1>
        <Refusal title=refused />
        {loaded(data, move |data| match data {
            Some(data) => {
                let transaction = kept.clone().unwrap_or_else(|| data.transaction.clone());
                form(asked.get_untracked(), SaleData { transaction, ..data }).into_any()
            }
            None => no_store().into_any(),
        })}
    }
}

fn form(asked: SaleAsked, data: SaleData) -> impl IntoView {
    let amount = RwSignal::new(asked.amount.clone());
    let digits = data.digits;
    let who = data.unknown.clone();
    let live = RwSignal::new(data);
    let node = NodeRef::<Form>::new();
    let ask = Callback::new(move |()| ask_again(node, live));
    let problem = move || live.with(|data| data.problems.get("amount").cloned());
    let described = move || problem().map(|_| "amount-note");
    let join = move || address(JOIN, &[("amount", &amount.get())], None);
    view! {
        <form class="tillpage__main" method="get" action=TILL node_ref=node on:input=move |_| ask.run(())>
            <section class="stack" style="--gap:var(--s-3)" aria-label="Amount">
                <div class="amount">
                    <label class="muted" for="amount">"To pay"</label>
                    <input
                        class="amount__field display"
                        id="amount"
                        name="amount"
                        inputmode="decimal"
                        autocomplete="off"
                        maxlength="20"
                        value=asked.amount
                        prop:value=move || amount.get()
                        on:input=move |event| amount.set(event_target_value(&event))
                        aria-invalid=move || problem().map(|_| "true")
                        aria-describedby=described
                    />
                </div>
                {move || {
                    problem()
                        .map(|text| {
                            view! {
                                <p class="field__error" id="amount-note">
                                    <Icon glyph=icon::WARNING />
                                    <span>{text}</span>
                                </p>
                            }
                        })
                }}
                <Keypad amount=amount digits=digits pressed=ask />
                <TextField
                    name="who"
                    label="Member"
                    help="Scan the card, or type its number, a phone number, an e-mail address or an id."
                    value=who.unwrap_or_default()
                    maxlength=254
                />
                <Button icon=icon::SEARCH block=true>"Look up"</Button>
                <a class="btn btn--block" href=join rel="external">
                    <Icon glyph=icon::USERPLUS />
                    "Not a member? Join with a phone number"
                </a>
            </section>
            {move || sheet(live.get(), amount.get_untracked())}
        </form>
    }
}

/// Works the sale out anew a moment after the last change. Who is looked for is only looked for when it was typed to its
/// end: by the button.
#[cfg(feature = "hydrate")]
fn ask_again(node: NodeRef<Form>, live: RwSignal<SaleData>) {
    browser::later(move || {
        let Some(values) = node.get_untracked().and_then(|form| crate::dashboard::typed::values(&form))
        else {
            return;
        };
        let asked = SaleAsked { who: String::new(), ..SaleAsked::of(&values) };
        browser::work_out(asked, live);
    });
}

#[cfg(not(feature = "hydrate"))]
fn ask_again(_node: NodeRef<Form>, _live: RwSignal<SaleData>) {}

#[cfg(feature = "hydrate")]
mod browser {
    use super::super::api::read_sale;
    use super::super::dto::{SaleAsked, SaleData};
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use std::cell::Cell;
    use std::time::Duration;

    thread_local! {
        /// Changes so far: only the last of several in a row is asked about, and only its answer is shown.
        static CHANGES: Cell<u64> = const { Cell::new(0) };
    }

    const PAUSE: Duration = Duration::from_millis(250);

    pub fn later(work: impl FnOnce() + 'static) {
        let change = CHANGES.with(|changes| {
            changes.set(changes.get() + 1);
            changes.get()
        });
        set_timeout(
            move || {
                if CHANGES.with(Cell::get) == change {
                    work();
                }
            },
            PAUSE,
        );
    }

    pub fn work_out(asked: SaleAsked, live: RwSignal<SaleData>) {
        let change = CHANGES.with(Cell::get);
        spawn_local(async move {
            // Where it cannot be asked, what stands there stays, and the server compares when it is sold.
            if let Ok(Some(data)) = read_sale(asked).await
                && CHANGES.with(Cell::get) == change
            {
                // It stays the sale that it was, in the store that the page names.
                let _ = live.try_update(|shown| {
                    let transaction = std::mem::take(&mut shown.transaction);
                    let store = std::mem::take(&mut shown.store);
                    *shown = SaleData { transaction, store, ..data };
                });
            }
        });
    }
}

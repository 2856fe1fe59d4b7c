//! The form of a reward: a new one, whose kind is chosen first, or one to change or archive.

use super::super::edit::{EditPage, Ending, Step};
use super::super::flash::FlashBanner;
use super::super::format::plural;
use super::super::page::{loaded, param, query_param};
use super::super::typed::follow;
use super::LIST;
use super::api::{blank_reward, read_reward};
use super::dto::{Known, RewardForm, State};
use super::inputs::form_fields;
use super::kind::{KINDS, Kind, kind};
use super::preview::Preview;
use crate::address::address;
use crate::form::{FormState, use_form};
use crate::ui::icon::{self, Icon};
use crate::ui::{KeyValue, LinkButton, grouped};
use leptos::prelude::*;

/// A new reward: first its kind, then the fields of that kind.
#[component]
pub fn RewardNewPage() -> impl IntoView {
    // A refused form comes back without the kind in its address.
    let sent = use_form().value("kind").map(str::to_owned);
    let asked = query_param("kind");
    let key = move || {
        Some(asked.get()).filter(|kind| !kind.is_empty()).or_else(|| sent.clone()).unwrap_or_default()
    };
    let data = Resource::new(key, blank_reward);
    loaded(data, |data| match kind(&data.kind) {
        Some(kind) => page(data, kind).into_any(),
        None => choice().into_any(),
    })
}

/// One reward.
#[component]
pub fn RewardEditPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_reward);
    view! {
        <FlashBanner />
        {loaded(data, |data| kind(&data.kind).map(|kind| page(data, kind)))}
    }
}

/// What a new reward may be.
fn choice() -> impl IntoView {
    let kinds = KINDS
        .into_iter()
        .map(|kind| {
            let href = address(&LIST.new_row(), &[("kind", kind.word)], None);
            view! {
                <li>
                    <a class="listrow" href=href>
                        <span class="listrow__icon"><Icon glyph=kind.glyph /></span>
                        <span>
                            <b>{kind.label}</b>
                            <small>{kind.about}</small>
                        </span>
                        <Icon glyph=icon::RIGHT />
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <EditPage list=LIST name=None badge=None>
            <section class="card" aria-labelledby="kinds">
                <div class="card__head"><h2 id="kinds">"What does it give?"</h2></div>
                <ul class="card__choices">{kinds}</ul>
            </section>
        </EditPage>
    }
}

fn page(data: RewardForm, kind: Kind) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    // A refused form comes back as it was sent; the small form of archiving sends no name.
    let mut values = if form.value("name").is_some() { form.values } else { data.values.clone() };
    values.insert("kind".to_owned(), kind.word.to_owned());
    let typed = RwSignal::new(values.clone());
    let name = data.known.as_ref().map(|known| known.name.clone());
    let badge = data.known.as_ref().map(|known| super::status(known.state).into_any());
    let beside = data.known.clone().map(|known| beside(known, kind, data.may_edit));
    let currency = data.currency;
    view! {
        <EditPage list=LIST name=name badge=badge>
            <div on:input=follow(typed)>{form_fields(data, kind, values)}</div>
            <div class="stack" style="--gap:var(--s-5)">
                <Preview typed=typed currency=currency />
                {beside}
            </div>
        </EditPage>
    }
}

/// What else there is to know and to do about a reward that is there.
fn beside(known: Known, kind: Kind, may_edit: bool) -> impl IntoView {
    let action = LIST.row(&known.id);
    let redemptions = address(super::super::redemptions::LIST.path, &[("reward", &known.id)], None);
    let codes = (kind.word == "voucher_pool").then(|| {
        let left = plural(known.left.unwrap_or(0), "code is left", "codes are left");
        view! {
            <section class="card" aria-labelledby="codes">
                <div class="card__head"><h2 id="codes">"Codes"</h2></div>
                <div class="card__body stack">
                    <p>{format!("{left}.")}</p>
                    <div>
                        <LinkButton href=format!("{action}/codes")>
                            {if may_edit { "See and add codes" } else { "See the codes" }}
                        </LinkButton>
                    </div>
                </div>
            </section>
        }
    });
    let archive = Step {
        title: "Archive",
        text: "It leaves the catalogue for good. What was redeemed stays valid.",
        button: "Archive reward",
    };
    let archive = may_edit.then(|| view! { <Ending action=action archive=archive /> });
    let note = match known.state {
        State::Archived => Some("It was archived; what it says cannot be changed any more."),
        State::SoldOut => Some("None are left, so nobody can get it."),
        _ => None,
    };
    let mut counts = vec![
        ("Claimed".to_owned(), grouped(known.claimed)),
        ("Redeemed".to_owned(), grouped(known.redeemed)),
    ];
    counts.extend(known.left.map(|left| ("Left".to_owned(), grouped(left))));
    view! {
        <section class="card" aria-labelledby="use">
            <div class="card__head"><h2 id="use">"Use"</h2></div>
            <div class="card__body stack">
                <KeyValue pairs=counts />
                <p class="small muted">
                    "Claimed: taken and kept by customers. Redeemed: used or handed over."
                </p>
                <p class="small"><a href=redemptions>"Redemptions of it"</a></p>
            </div>
        </section>
        {codes}
        {archive}
        <div class="stack" style="--gap:var(--s-2)">
            {note.map(|note| view! { <p class="small muted">{note}</p> })}
            <p class="small muted">{known.version}" Whoever has redeemed it keeps what it said then."</p>
        </div>
    }
}

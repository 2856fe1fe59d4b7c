//! Two accounts of one person: the other one is searched for, what merging does is shown, and then it is asked once more.

pub mod api;
pub mod dto;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod load;

use super::super::list::{Asked, Order, asked, pages};
use super::super::page::{loaded, param};
use super::super::parts::{Crumbs, Refusal};
use super::LIST;
use super::dto::CustomerRow;
use crate::address::address;
use crate::form::use_form;
use crate::ui::icon::{self, Icon};
use crate::ui::{
    Banner, BannerTone, Button, ButtonVariant, Column, Empty, KeyValue, LinkButton, Table, TextField, grouped,
};
use api::read_merge;
use dto::{Chosen, MergeData, Outcome, Side};
use leptos::prelude::*;
use leptos_meta::Title;

/// What has to be typed before two accounts become one.
const WORD: &str = "merge";
/// The word in the address for: the other account goes on.
const OTHER: &str = "other";

/// The page. Needs no script.
#[component]
pub fn MergePage() -> impl IntoView {
    // A refused form comes back without the choice in its address. Whoever chooses anew loads the page anew, without it.
    let sent = use_form();
    let sent = [sent.value("with").map(str::to_owned), sent.value("keep").map(str::to_owned)];
    let (id, asked) = (param("id"), asked(&["q", "with", "keep"]));
    let key = move || {
        let asked = asked.get();
        let chosen = |name: &str, sent: &Option<String>| match asked.get(name) {
            "" => sent.clone().unwrap_or_default(),
            word => word.to_owned(),
        };
        let [with, keep] = &sent;
        (id.get(), asked.q(), chosen("with", with), chosen("keep", keep), asked.after)
    };
    let data = Resource::new(key, |(id, q, with, keep, after)| read_merge(id, q, with, keep, after));
    loaded(data, move |data| page(data, &asked.get_untracked()))
}

fn page(data: MergeData, asked: &Asked) -> impl IntoView + use<> {
    let customer = LIST.row(&data.id);
    let before = before(&data, asked);
    let body = match data.chosen.clone() {
        _ if !data.may_merge => refused().into_any(),
        Some(chosen) => confirm(chosen, &data).into_any(),
        None => search(&data).into_any(),
    };
    let name = data.name;
    view! {
        <Title text=format!("Merge {name}") />
        <div class="page__head">
            <div>
                <Crumbs href=LIST.path up=LIST.title of=(customer, name) here="Merge" />
                <h1>"Merge"</h1>
                <p>"Two accounts of one person become one, with everything both have."</p>
            </div>
        </div>
        <div class="stack">{body} {before}</div>
    }
}

fn refused() -> impl IntoView {
    view! {
        <section class="card">
            <Empty title="Merge with another account" text="An owner or manager of the program can do it, unless the customer was erased." />
        </section>
    }
}

/// The search for the other account, and who was found.
fn search(data: &MergeData) -> impl IntoView + use<> {
    let here = format!("{}/merge", LIST.row(&data.id));
    let q = data.q.clone();
    let results = match (q.is_empty(), data.found.is_empty()) {
        (true, _) => None,
        (false, true) => Some(
            view! { <Empty title="Nobody else matches" text="Try a whole e-mail address, phone or card number, or the id." /> }
                .into_any(),
        ),
        (false, false) => Some(found(data, &here).into_any()),
    };
    view! {
        <section class="card card--flush" aria-label="The other account">
            <form class="filterbar" method="get" action=here.clone() role="search" aria-label="The other account">
                <label class="input-group input-group--search">
                    <Icon glyph=icon::SEARCH />
                    <span class="visually-hidden">"Name, e-mail, phone, card, external id or id of the other account"</span>
                    <input
                        class="input"
                        type="search"
                        name="q"
                        value=q
                        placeholder="Name, e-mail, phone, card or id"
                        autocomplete="off"
                        maxlength=200
                        required=true
                    />
                </label>
                <button class="btn" type="submit">"Find account"</button>
            </form>
            <h2 class="visually-hidden">"Who was found"</h2>
            {results}
        </section>
    }
}

fn found(data: &MergeData, here: &str) -> impl IntoView + use<> {
    let columns = vec![
        Column::text("Customer"),
        Column::number("Balance"),
        Column::number("Purchases"),
        Column::text("Joined"),
        Column::text("Choose"),
    ];
    let choose = |row: CustomerRow| {
        let href = address(here, &[("with", &row.id)], None);
        view! {
            <tr role="row">
                <td role="cell">
                    <a href=LIST.row(&row.id)>{row.name.clone()}</a>
                    <small>{row.detail}</small>
                </td>
                <td role="cell" class="n" data-th="Balance"><span>{grouped(row.points)}</span></td>
                <td role="cell" class="n" data-th="Purchases"><span>{grouped(row.purchases)}</span></td>
                <td role="cell" data-th="Joined"><span>{row.joined}</span></td>
                <td role="cell" data-th="Choose">
                    <a class="btn btn--sm" href=href>
                        "Choose"
                        <span class="visually-hidden">{format!(" {}", row.name)}</span>
                    </a>
                </td>
            </tr>
        }
    };
    let rows = data.found.iter().cloned().map(choose).collect_view();
    let more = data.more.then(|| {
        view! { <p class="card__body small muted">"There are more. Search for a whole address or number."</p> }
    });
    view! {
        <Table caption="Accounts that were found" columns=columns>{rows}</Table>
        {more}
    }
}

/// Both accounts, what merging them does, and the form that does it.
fn confirm(chosen: Chosen, data: &MergeData) -> impl IntoView + use<> {
    let here = format!("{}/merge", LIST.row(&data.id));
    let form = here.clone();
    let Chosen { id, keeps_other, stays, ends, outcome } = chosen;
    let (keep, turned) = if keeps_other { (OTHER, "") } else { ("", OTHER) };
    let turn = address(&here, &[("with", &id), ("keep", turned)], None);
    let turn_to = format!("Keep {} instead", ends.name);
    let button = format!("Merge into {}", stays.name);
    let (does, foot) = match outcome {
        Err(why) => (
            view! { <Banner tone=BannerTone::Danger title="These cannot be merged.">{why}</Banner> }
                .into_any(),
            None,
        ),
        Ok(outcome) => (
            consequences(outcome).into_any(),
            Some(view! { <Button variant=ButtonVariant::DangerFill>{button}</Button> }),
        ),
    };
    let fields = foot.is_some().then(|| {
        view! {
            <TextField
                name="note"
                label="Why"
                help="For colleagues who ask later; optional. Customers do not see it."
                maxlength=500
            />
            <TextField
                name="confirm"
                label=format!("Type {WORD} to confirm")
                help="So that nobody is merged by accident."
                maxlength=20
                required=true
            />
        }
    });
    view! {
        <form class="card merging" method="post" action=form aria-labelledby="merging">
            <Refusal title="Nothing was merged." />
            <div class="card__body stack">
                <h2 id="merging">"Two accounts, one customer"</h2>
                <p class="muted">
                    "Everything that the second account has comes to the first, and its id, addresses and cards lead there. What was posted "
                    "before stays in the books as it is. This cannot be undone."
                </p>
                <input type="hidden" name="with" value=id />
                <input type="hidden" name="keep" value=keep />
                <div class="cols cols--even">{side("Goes on", stays)} {side("Ends", ends)}</div>
                <p>
                    <LinkButton href=turn external=true>{turn_to}</LinkButton>
                </p>
                {does} {fields}
            </div>
            <div class="card__foot">
                {foot}
                <LinkButton href=here variant=ButtonVariant::Quiet external=true>"Choose another account"</LinkButton>
            </div>
        </form>
    }
}

fn side(what: &'static str, side: Side) -> impl IntoView {
    view! {
        <section class="stack stack--tight">
            <h3>{format!("{what}: {}", side.name)}</h3>
            <KeyValue pairs=side.facts />
        </section>
    }
}

fn consequences(outcome: Outcome) -> impl IntoView {
    let Outcome { moved, after } = outcome;
    let comes = if moved.is_empty() {
        view! { <p class="muted">"Nothing but its id."</p> }.into_any()
    } else {
        view! { <KeyValue pairs=moved /> }.into_any()
    };
    view! {
        <div class="cols cols--even">
            <section class="stack stack--tight">
                <h3>"What comes along"</h3>
                {comes}
            </section>
            <section class="stack stack--tight">
                <h3>"What the customer has afterwards"</h3>
                <KeyValue pairs=after />
            </section>
        </div>
    }
}

/// What was merged into the customer before; nothing of most.
fn before(data: &MergeData, asked: &Asked) -> impl IntoView + use<> {
    let here = format!("{}/merge", LIST.row(&data.id));
    let merges = data.merges.clone();
    let nouns = ("account", "accounts");
    let turn = pages(&here, asked, data.next.as_deref(), Order::NewestFirst, merges.len(), nouns);
    let columns = vec![
        Column::text("Account"),
        Column::text("Merged"),
        Column::text("By"),
        Column::number(super::capitalised(&data.points_name)),
        Column::number("Purchases"),
    ];
    (!merges.is_empty()).then(|| {
        let rows = merges
            .into_iter()
            .map(|row| {
                view! {
                    <tr role="row">
                        <td role="cell" class="mono breaks">{row.id} <small>{row.note}</small></td>
                        <td role="cell" data-th="Merged"><span>{row.when}</span></td>
                        <td role="cell" data-th="By"><span>{row.by}</span></td>
                        <td role="cell" class="n" data-th="Points"><span>{grouped(row.points)}</span></td>
                        <td role="cell" class="n" data-th="Purchases"><span>{grouped(row.purchases)}</span></td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <section class="card card--flush" aria-label="Merged before">
                <Table caption="Accounts that were merged into this one" columns=columns>{rows}</Table>
                {turn}
            </section>
        }
    })
}

//! The tier of one customer: where it stands, how it came to be, and moving it by hand.

use super::super::flash::FlashBanner;
use super::super::list::{Asked, Order, asked, pages};
use super::super::page::{loaded, param};
use super::super::parts::{Crumbs, Problem};
use super::api::read_customer_tier;
use super::dto::{CustomerTierPage as Data, MoveLine};
use crate::form::use_form;
use crate::ui::icon::{self, Icon};
use crate::ui::{Button, ButtonVariant, Column, Empty, KeyValue, Medal, MedalSize, Table, TextField};
use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn CustomerTierPage() -> impl IntoView {
    let _form = use_form();
    let (id, asked) = (param("id"), asked(&[]));
    let data =
        Resource::new(move || (id.get(), asked.get().after), |(id, after)| read_customer_tier(id, after));
    view! {
        <FlashBanner />
        {loaded(data, move |data| page(data, &asked.get_untracked()))}
    }
}

fn page(data: Data, asked: &Asked) -> impl IntoView + use<> {
    let title = format!("Tier of {}", data.name);
    let customer = format!("/dashboard/customers/{}", data.id);
    let body = if data.has_tiers {
        let here = format!("{customer}/tier");
        let assign = data.may_assign.then(|| assign(&here, data.pinned));
        let history = history(data.moves, data.next, &here, asked);
        view! {
            <div class="cols" style="--main:1fr;--aside:1fr">
                {standing(data.tier, data.rank, data.facts, data.progress)} {assign}
            </div>
            {history}
        }
        .into_any()
    } else {
        view! {
            <section class="card">
                <h2 class="visually-hidden">"Tier"</h2>
                <Empty title="No tiers yet" text="Customers get a tier as soon as there is a ladder." />
            </section>
        }
        .into_any()
    };
    view! {
        <Title text=title.clone() />
        <div class="page__head">
            <div>
                <Crumbs href="/dashboard/customers" up="Customers" of=(customer, data.name) here="Tier" />
                <h1>{title}</h1>
            </div>
        </div>
        {body}
    }
}

fn standing(
    tier: String,
    rank: Option<crate::ui::Rank>,
    facts: Vec<(String, String)>,
    progress: Option<u8>,
) -> impl IntoView {
    let class = rank.map_or("tiercard tiercard--none", |rank| match rank.metal() {
        "is-bronze" => "tiercard is-bronze",
        "is-silver" => "tiercard is-silver",
        "is-gold" => "tiercard is-gold",
        _ => "tiercard is-platinum",
    });
    let medal = rank.map(|rank| view! { <Medal rank=rank size=MedalSize::Large /> });
    let bar = progress.map(|percent| {
        view! {
            <div
                class="bar bar--lg"
                role="progressbar"
                aria-label="The way to the next tier"
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=percent.to_string()
            >
                <i style=format!("--v:{percent}%")></i>
            </div>
        }
    });
    view! {
        <section class="card" aria-label="Where the customer stands">
            <div class="card__body stack">
                <div class=class>
                    {medal}
                    <h2>{tier}</h2>
                    {bar}
                </div>
                <KeyValue pairs=facts />
            </div>
        </section>
    }
}

fn assign(here: &str, pinned: bool) -> impl IntoView + use<> {
    let unpin = pinned.then(|| view! { <Button name="do" value="unpin">"Let go"</Button> });
    view! {
        <section class="card" aria-labelledby="assign">
            <div class="card__head"><h2 id="assign">"By hand"</h2></div>
            <form method="post" action=here.to_owned()>
                <Problem />
                <div class="card__body stack">
                    <TextField
                        name="until"
                        label="Pinned until"
                        help="Until the end of this day only staff move the customer. Without a day, a step holds to the end of the period."
                        kind="date"
                    />
                </div>
                <div class="card__foot">
                    <Button name="do" value="promote">"Promote"</Button>
                    <Button name="do" value="demote">"Demote"</Button>
                    <Button name="do" value="pin" variant=ButtonVariant::Quiet>"Pin"</Button>
                    {unpin}
                </div>
            </form>
        </section>
    }
}

fn history(moves: Vec<MoveLine>, next: Option<String>, here: &str, asked: &Asked) -> impl IntoView + use<> {
    let body = if moves.is_empty() {
        view! { <Empty title="No moves yet" text="Every change of the tier is kept here, with its reason." /> }
            .into_any()
    } else {
        let columns = ["Move", "When", "Why", "By"].map(Column::text).to_vec();
        let nouns = ("move", "moves");
        let turn = pages(here, asked, next.as_deref(), Order::NewestFirst, moves.len(), nouns);
        view! {
            <Table caption="Moves, newest first" columns=columns>{moves.into_iter().map(line).collect_view()}</Table>
            {turn}
        }
        .into_any()
    };
    view! {
        <section class="card card--flush" aria-labelledby="history">
            <div class="card__head"><h2 id="history">"History"</h2></div>
            {body}
        </section>
    }
}

fn line(line: MoveLine) -> impl IntoView {
    let none = || "No tier".to_owned();
    let (glyph, word) = if line.up { (icon::ARROWUP, "Up: ") } else { (icon::ARROWDOWN, "Down: ") };
    view! {
        <tr role="row">
            <td role="cell">
                <span class="shift">
                    <Icon glyph=glyph />
                    <span class="visually-hidden">{word}</span>
                    <s>{line.from.unwrap_or_else(none)}</s>
                    <Icon glyph=icon::ARROW />
                    <b>{line.to.unwrap_or_else(none)}</b>
                </span>
            </td>
            <td role="cell" data-th="When"><span>{line.when}</span></td>
            <td role="cell" data-th="Why"><span>{line.why}</span></td>
            <td role="cell" data-th="By"><span>{line.by.unwrap_or_else(|| "The program".to_owned())}</span></td>
        </tr>
    }
}

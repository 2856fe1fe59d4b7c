//! Rewards: what customers can have for points, and the codes of those that come from a list.

pub mod api;
mod codes;
#[cfg(feature = "ssr")]
pub mod codes_form;
pub mod dto;
mod edit;
mod fields;
#[cfg(feature = "ssr")]
pub mod form;
mod inputs;
pub(super) mod kind;
#[cfg(feature = "ssr")]
pub mod load;
mod preview;

pub use codes::CodesPage;
pub use edit::{RewardEditPage, RewardNewPage};

use super::flash::FlashBanner;
use super::list::{Asked, List, ListCard, Order, asked, choice};
use super::page::{dash, loaded};
use super::parts::PageHead;
use crate::ui::icon::{self, Icon};
use crate::ui::{Badge, Column, Dot, LinkButton, Table, Tone, grouped};
use api::list_rewards;
use dto::{RewardList, RewardRow, State};
use leptos::prelude::*;

pub(super) const LIST: List = List {
    path: "/dashboard/rewards",
    title: "Rewards",
    about: "What customers get for their points. Whoever redeemed one keeps what it said then.",
    nouns: ("reward", "rewards"),
    search: "Name",
    order: Order::NewestFirst,
    no_match: ("Nothing matches", "No reward fits the search, the kind and the state."),
    nothing: (
        "No rewards yet",
        "Begin with three: one that a new customer reaches soon, one in the middle, and one to look forward to.",
    ),
    has_csv: true,
};

/// The list with search, kinds, states and its CSV.
#[component]
pub fn RewardsPage() -> impl IntoView {
    let asked = asked(&["q", "kind", "state"]);
    let list = Resource::new(
        move || asked.get(),
        |asked| {
            list_rewards(asked.q(), asked.get("kind").to_owned(), asked.get("state").to_owned(), asked.after)
        },
    );
    view! {
        <FlashBanner />
        {loaded(list, move |list| page(list, asked.get_untracked()))}
    }
}

fn page(list: RewardList, asked: Asked) -> impl IntoView {
    let choices = choices(&asked).into_any();
    let first_step = list.may_edit.then(|| (LIST.new_row(), "Make the first reward"));
    let add = list.may_edit.then(|| {
        view! {
            <a class="btn btn--primary" href=LIST.new_row()>
                <Icon glyph=icon::PLUS />
                "New reward"
            </a>
        }
    });
    let columns = vec![
        Column::text("Reward"),
        Column::text("Kind"),
        Column::text("Status"),
        Column::number("Points"),
        Column::number("Left"),
        Column::number("Claimed"),
        Column::number("Redeemed"),
    ];
    view! {
        <PageHead title=LIST.title about=LIST.about>
            <LinkButton href=super::redemptions::LIST.path>"Redemptions"</LinkButton>
            {add}
        </PageHead>
        <ListCard
            list=LIST
            asked=asked
            count=list.rows.len()
            next=list.next
            choices=choices
            first_step=first_step
        >
            <Table caption=LIST.title columns=columns>{list.rows.into_iter().map(row).collect_view()}</Table>
        </ListCard>
    }
}

fn choices(asked: &Asked) -> impl IntoView + use<> {
    let kinds = kind::KINDS.into_iter().map(|kind| (kind.word, kind.label));
    let states = [("archived", "Archived")];
    view! {
        {choice("kind", "Kind", "Every kind", kinds, asked.get("kind"))}
        {choice("state", "State", "In the catalogue", states, asked.get("state"))}
    }
}

fn row(reward: RewardRow) -> impl IntoView {
    let left = reward.left.map_or_else(|| "Any number".to_owned(), grouped);
    view! {
        <tr role="row">
            <td role="cell">
                <a href=LIST.row(&reward.id)>{reward.name}</a>
                <small>{reward.summary}</small>
            </td>
            <td role="cell" data-th="Kind"><span>{kind::label(&reward.kind)}</span></td>
            <td role="cell" data-th="Status">{status(reward.state)}</td>
            <td role="cell" class="n" data-th="Points"><span>{dash(reward.cost)}</span></td>
            <td role="cell" class="n" data-th="Left"><span>{left}</span></td>
            <td role="cell" class="n" data-th="Claimed"><span>{grouped(reward.claimed)}</span></td>
            <td role="cell" class="n" data-th="Redeemed"><span>{grouped(reward.redeemed)}</span></td>
        </tr>
    }
}

/// The state as a pill: shape, word and colour.
fn status(state: State) -> impl IntoView {
    let (tone, dot, word) = match state {
        State::Scheduled => (Tone::Sky, Dot::Ring, "Scheduled"),
        State::Active => (Tone::Leaf, Dot::Full, "Active"),
        State::SoldOut => (Tone::Petal, Dot::Pause, "None left"),
        State::Over => (Tone::Plain, Dot::Square, "Over"),
        State::Archived => (Tone::Plain, Dot::Square, "Archived"),
    };
    view! { <Badge tone=tone dot=dot>{word}</Badge> }
}

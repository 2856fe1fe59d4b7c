//! Tiers: the ladder with who stands where, how customers move on it, and its steps.

pub mod api;
mod customer;
#[cfg(feature = "ssr")]
pub mod customer_form;
#[cfg(feature = "ssr")]
mod customer_load;
pub mod dto;
mod edit;
#[cfg(feature = "ssr")]
pub mod form;
mod impact;
#[cfg(feature = "ssr")]
pub mod load;
#[cfg(feature = "ssr")]
mod look;
mod policy;
#[cfg(feature = "ssr")]
pub mod policy_form;

pub use customer::CustomerTierPage;
#[cfg(feature = "ssr")]
pub(super) use customer_load::glance;
pub use edit::{TierEditPage, TierNewPage};

use super::flash::FlashBanner;
use super::format::plural;
use super::list::{List, Order};
use super::page::loaded;
use super::parts::PageHead;
use crate::form::{FormState, use_form};
use crate::ui::icon::{self, Icon};
use crate::ui::{Empty, LinkButton, Medal, grouped};
use api::read_ladder;
use dto::{LadderPage as Data, TierRow};
use impact::Impact;
use leptos::prelude::*;

const LIST: List = List {
    path: "/dashboard/tiers",
    title: "Tiers",
    about: "",
    nouns: ("tier", "tiers"),
    search: "",
    order: Order::Unsaid,
    no_match: ("", ""),
    nothing: (
        "No tiers yet",
        "A ladder gives your best customers more: more points, a discount, or something only they get. What they have bought before counts at once.",
    ),
    has_csv: false,
};

/// The fields of a form that tell who would move, by what, whether that is an estimate, and what else is to be known.
const PREVIEW: &str = "preview.moves";
const PREVIEW_OF: &str = "preview.of";
const PREVIEW_SAMPLED: &str = "preview.sampled";
const NOTE: &str = "preview.note";

/// The ladder.
#[component]
pub fn TiersPage() -> impl IntoView {
    let _form = use_form();
    let data = Resource::new(|| (), |()| read_ladder());
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

fn page(data: Data) -> impl IntoView {
    let Data { tiers, below, about, policy, may_edit } = data;
    let about = if tiers.is_empty() { String::new() } else { about };
    let impact = Impact::of(&use_context::<FormState>().unwrap_or_default());
    let add = may_edit.then(|| {
        view! {
            <a class="btn" href=LIST.new_row()>
                <Icon glyph=icon::PLUS />
                "New tier"
            </a>
        }
    });
    view! {
        <PageHead title=LIST.title about=about>{add}</PageHead>
        {ladder(tiers, below, may_edit)}
        {policy::card(policy, impact, may_edit)}
    }
}

fn ladder(tiers: Vec<TierRow>, below: i64, may_edit: bool) -> impl IntoView {
    if tiers.is_empty() {
        let (title, text) = LIST.nothing;
        let begin =
            may_edit.then(|| view! { <LinkButton href=LIST.new_row()>"Make the first tier"</LinkButton> });
        return view! {
            <section class="card">
                <h2 class="visually-hidden">"Ladder"</h2>
                <Empty title=title text=text>{begin}</Empty>
            </section>
        }
        .into_any();
    }
    // Wide enough to be read, whatever their number: what does not fit goes to the next line.
    let columns = tiers.len().min(5);
    let has_moved = tiers.iter().any(|tier| tier.fell > 0 || !tier.rose.is_empty());
    let mut notes = vec![if has_moved {
        "The arrows count the moves of the last thirty days.".to_owned()
    } else {
        "Nobody moved in the last thirty days.".to_owned()
    }];
    if below > 0 {
        let customers = plural(below, "customer has", "customers have");
        notes.push(format!("{customers} not reached the lowest tier."));
    }
    let steps = tiers.into_iter().map(|tier| step(tier, has_moved)).collect_view();
    view! {
        <section class="card" aria-label="Ladder">
            <div class="card__body stack">
                <ol class="ladder" style=format!("--n:{columns}")>{steps}</ol>
                <p class="small muted">{notes.join(" ")}</p>
            </div>
        </section>
    }
    .into_any()
}

/// Who left a step in the last thirty days, as arrows.
fn moves(rose: Vec<(String, i64)>, fell: i64) -> impl IntoView {
    let up = rose
        .into_iter()
        .map(|(name, number)| {
            view! {
                <span class="up">
                    <Icon glyph=icon::ARROWUP />
                    {format!("{} to {name}", grouped(number))}
                </span>
            }
        })
        .collect_view();
    let down = if fell > 0 {
        view! {
            <span>
                <Icon glyph=icon::ARROWDOWN />
                {format!("{} fell", grouped(fell))}
            </span>
        }
        .into_any()
    } else {
        view! { <span class="muted">"Nobody fell"</span> }.into_any()
    };
    view! { <div class="ladder__moves">{up} {down}</div> }
}

/// A step, with who left it where anybody left any.
fn step(tier: TierRow, has_moved: bool) -> impl IntoView {
    let height = 118 + 34 * u32::from(tier.rank.place.min(4));
    let share = tier.share.map(|share| format!(", {share}")).unwrap_or_default();
    let customers = if tier.customers == 1 { " customer" } else { " customers" };
    let brings =
        (!tier.brings.is_empty()).then(|| view! { <span class="small">{tier.brings.join(", ")}</span> });
    view! {
        <li class=tier.rank.metal()>
            {has_moved.then(|| moves(tier.rose, tier.fell))}
            <div class="ladder__step" style=format!("--h:{height}px")>
                <a class="tier" href=LIST.row(&tier.id)>
                    <Medal rank=tier.rank />
                    {tier.name}
                </a>
                <span class="ladder__n">{grouped(tier.customers)}<small>{customers}</small></span>
                <span class="small muted">{format!("{}{share}", tier.from)}</span>
                {brings}
            </div>
        </li>
    }
}

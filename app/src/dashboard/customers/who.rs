//! Who a customer is, beside what they have: the tier, and what they are found by.

use super::dto::{CustomerDetail, TierGlance};
use crate::ui::{Avatar, Medal, Rank};
use leptos::prelude::*;

/// The card.
pub fn card(customer: &CustomerDetail) -> impl IntoView + use<> {
    let CustomerDetail { id, name, joined, identities, tier, .. } = customer.clone();
    let since = format!("Joined {joined}");
    // Without a tier, how long they have been there stands beside the name.
    let joined = tier.is_some().then(|| {
        view! {
            <dt>"Joined"</dt>
            <dd>{joined}</dd>
        }
    });
    let metal = tier.as_ref().and_then(|tier| tier.rank).map_or("", Rank::metal);
    let way = tier.as_ref().and_then(|tier| tier.way.clone()).map(way);
    let beside = match tier {
        Some(tier) => standing(tier, format!("{}/tier", super::LIST.row(&id))).into_any(),
        None => view! { <p class="small muted">{since}</p> }.into_any(),
    };
    let identities = identities
        .into_iter()
        .map(|(kind, value)| {
            view! {
                <dt>{kind}</dt>
                <dd>{value}</dd>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-label="Who this is">
            <div class="card__body stack who">
                <div class=format!("row nowrap-row {metal}")>
                    <Avatar name=name />
                    {beside}
                </div>
                {way}
            </div>
            <dl class="card__body ruled kv kv--stack">
                {identities}
                {joined}
                <dt>"Id"</dt>
                <dd class="mono">{id}</dd>
            </dl>
        </section>
    }
}

/// The tier, and until when it is theirs.
fn standing(tier: TierGlance, href: String) -> impl IntoView {
    view! {
        <div>
            <a class="tier who__tier" href=href>
                {tier.rank.map(|rank| view! { <Medal rank=rank /> })}
                {tier.name}
            </a>
            {tier.kept.map(|kept| view! { <p class="small muted">{kept}</p> })}
        </div>
    }
}

/// How far it is to what comes next, or to keeping what there is.
fn way((percent, words): (u8, String)) -> impl IntoView {
    view! {
        <div>
            <div
                class="bar"
                role="progressbar"
                aria-label=words.clone()
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=percent.to_string()
            >
                <i style=format!("--v:{percent}%")></i>
            </div>
            <p class="small muted who__way">{words}</p>
        </div>
    }
}

//! How many customers have which tier.

use super::super::format::plural;
use super::api::{TierShare, TierShares};
use crate::ui::{Medal, MedalSize, grouped};
use leptos::prelude::*;

/// The card, a bar for each tier.
pub fn shares(of: TierShares) -> impl IntoView {
    let TierShares { rows, below } = of;
    let below = (below > 0).then(|| {
        let customers = plural(below, "customer has", "customers have");
        view! { <p class="small muted">{format!("{customers} no tier yet.")}</p> }
    });
    view! {
        <section class="card" aria-labelledby="shares">
            <div class="card__head">
                <h2 id="shares">"Customers by tier"</h2>
                <a class="small" href="/dashboard/tiers">"Tiers"</a>
            </div>
            <div class="card__body stack">
                <ul class="hbars">{rows.into_iter().map(share).collect_view()}</ul>
                {below}
            </div>
        </section>
    }
}

fn share(row: TierShare) -> impl IntoView {
    view! {
        <li class=row.rank.metal()>
            <span class="tier">
                <Medal rank=row.rank size=MedalSize::Small />
                {row.name}
            </span>
            <span class="num">{grouped(row.customers)}</span>
            <span class="hbar"><i style=format!("--v:{}%", row.percent)></i></span>
        </li>
    }
}

//! What somebody should look at; nothing while there is nothing.

use super::super::customers::OWING_LIST;
use super::super::format::plural;
use super::api::Home;
use crate::ui::grouped;
use leptos::prelude::*;

/// The card, a row for each thing with the way to it.
pub fn attention(home: &Home) -> Option<impl IntoView + use<>> {
    let (customers, points) = home.owing?;
    let unit = &home.points_name;
    let title = format!("{} {unit}", plural(customers, "customer owes", "customers owe"));
    let text = format!(
        "{} {unit} that were spent before a return took them. What they earn next settles it.",
        grouped(points)
    );
    Some(view! {
        <section class="card" aria-labelledby="attention">
            <div class="card__head">
                <h2 id="attention">"Needs attention"</h2>
            </div>
            <ul class="card__rows" style="margin-block-start:var(--s-2)">
                <li class="split">
                    <div class="grow">
                        <b>{title}</b>
                        <p class="small muted">{text}</p>
                    </div>
                    <a class="btn btn--sm" href=OWING_LIST>"Look"</a>
                </li>
            </ul>
        </section>
    })
}

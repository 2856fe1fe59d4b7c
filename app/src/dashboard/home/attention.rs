//! What somebody should look at; nothing while there is nothing.

use super::api::Attention;
use crate::ui::grouped;
use leptos::prelude::*;

/// The card, a row for each thing with the way to it.
pub fn attention(list: Vec<Attention>) -> Option<impl IntoView> {
    let count = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let rows = list
        .into_iter()
        .map(|Attention { title, text, href, verb }| {
            let label = format!("{verb}: {title}");
            view! {
                <li class="split">
                    <div class="grow">
                        <b>{title}</b>
                        <p class="small muted">{text}</p>
                    </div>
                    <a class="btn btn--sm" href=href aria-label=label>{verb}</a>
                </li>
            }
        })
        .collect_view();
    (count > 0).then(|| {
        view! {
            <section class="card" aria-labelledby="attention">
                <div class="card__head">
                    <h2 id="attention">"Needs attention"</h2>
                    <span class="count">{grouped(count)}</span>
                </div>
                <ul class="card__rows card__rows--below">{rows}</ul>
            </section>
        }
    })
}

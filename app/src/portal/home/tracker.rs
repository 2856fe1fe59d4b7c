//! The way to the next reward: what was reached, what comes next, and what lies behind it, on one line.

use super::api::{StepView, TrackerView};
use crate::portal::merchant::use_merchant;
use crate::ui::{Icon, icon};
use leptos::prelude::*;

/// The tracker, a card.
#[component]
pub(super) fn Tracker(
    /// What it shows.
    tracker: TrackerView,
) -> impl IntoView {
    let rewards = use_merchant().path("rewards");
    let TrackerView { title, detail, steps } = tracker;
    let steps = steps
        .into_iter()
        .map(|StepView { cost, name, is_reached, is_next, part }| {
            let class = match (is_reached, is_next) {
                (true, _) => "is-reached",
                (_, true) => "is-next",
                _ => "",
            };
            let fill = is_next.then(|| format!("--fill:{part}%"));
            view! { <li class=class style=fill><i></i><span><b>{cost}</b>{name}</span></li> }
        })
        .collect_view();
    view! {
        <section class="card lift" aria-labelledby="next">
            <div class="card__body stack">
                <a class="next" href=rewards>
                    <span><h2 id="next">{title}</h2>{detail.map(|detail| view! { <span class="muted">{detail}</span> })}</span>
                    <Icon glyph=icon::RIGHT/>
                </a>
                <ol class="tracker" aria-label="Rewards on your way">{steps}</ol>
            </div>
        </section>
    }
}

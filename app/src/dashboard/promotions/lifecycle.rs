//! Copying a promotion, discarding a draft, pausing, resuming, ending and putting away. Each step is a form of its own; what cannot be
//! undone asks inside a disclosure, which needs no script.

use super::dto::{Known, State};
use crate::address::address;
use leptos::prelude::*;

/// The actions that the state allows.
#[component]
pub fn Lifecycle(
    /// The promotion.
    known: Known,
) -> impl IntoView {
    let action = super::LIST.row(&known.id);
    let step = |verb: &'static str, button: &'static str, text: &'static str, danger: bool| {
        let action = action.clone();
        let class = if danger { "btn btn--sm btn--danger" } else { "btn btn--sm" };
        view! {
            <details class="menu">
                <summary class=class>{button}</summary>
                <form class="menu__list menu__panel" method="post" action=action>
                    <p class="small">{text}</p>
                    <button class=danger.then_some("is-danger") type="submit" name="do" value=verb>{format!("{button} now")}</button>
                </form>
            </details>
        }
    };
    let is_open = known.state != State::Archived;
    let discard = (is_open && known.draft.is_some() && known.published.is_some()).then(|| {
        step(
            "discard",
            "Discard draft",
            "What the draft says is gone. What was published stays as it is.",
            true,
        )
    });
    let pause = matches!(known.state, State::Running | State::Scheduled).then(|| {
        step("pause", "Pause", "Purchases made from now on earn nothing from it until you resume it.", false)
    });
    let resume = (known.state == State::Paused).then(|| {
        step(
            "resume",
            "Resume",
            "Purchases made from now on earn from it again. Those made meanwhile do not.",
            false,
        )
    });
    let end = matches!(known.state, State::Running | State::Scheduled | State::Paused).then(|| {
        step("end", "End", "Purchases made from now on earn nothing from it. Points that were earned stay. This cannot be undone.", true)
    });
    let archive = matches!(known.state, State::Ended | State::Draft).then(|| {
        step(
            "archive",
            "Archive",
            "It leaves the list and can be found under Archived. It keeps explaining old purchases.",
            true,
        )
    });
    let copy = address(&super::LIST.new_row(), &[("like", known.id.as_str())], None);
    view! {
        <div class="page__actions">
            <a class="btn btn--sm" href=copy>"Duplicate"</a>
            {discard} {pause} {resume} {end} {archive}
        </div>
    }
}

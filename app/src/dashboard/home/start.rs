//! The first steps of a new program. Each is done when it is done, not when somebody ticked it.

use super::api::Start;
use crate::ui::icon;
use leptos::prelude::*;

struct Step {
    done: bool,
    title: String,
    text: String,
    href: &'static str,
    verb: &'static str,
    /// Whether this person may do it.
    may: bool,
}

/// The checklist, until the first purchase was credited and everything before it is there.
#[component]
pub fn FirstSteps(
    /// What is done.
    steps: Start,
) -> impl IntoView {
    let list = [
        Step {
            done: steps.retailers > 0,
            title: "Add a retailer".to_owned(),
            text: match steps.retailers {
                0 => "A purchase names the store it was made at. Its zone decides weekdays and hours."
                    .to_owned(),
                count => super::super::format::plural(count, "retailer", "retailers") + " in the program.",
            },
            href: "/dashboard/retailers/new",
            verb: "Add a retailer",
            may: steps.may_edit,
        },
        Step {
            done: steps.published > 0,
            title: "Say what a purchase earns".to_owned(),
            text: match steps.published {
                0 => "One promotion for everything is a good beginning: so many points per unit of money."
                    .to_owned(),
                count => super::super::format::plural(count, "promotion", "promotions") + " published.",
            },
            href: "/dashboard/promotions/new",
            verb: "Write the first promotion",
            may: steps.may_edit,
        },
        Step {
            done: steps.has_purchases,
            title: "Connect a till".to_owned(),
            text: if steps.has_purchases {
                "Purchases arrive.".to_owned()
            } else {
                "Create an API key, then send a test purchase with one click or with the command beside it."
                    .to_owned()
            },
            href: "/dashboard/keys",
            verb: "Create an API key",
            may: steps.may_make_keys,
        },
        Step {
            done: steps.customers > 0,
            title: "Meet your first customer".to_owned(),
            text: match steps.customers {
                0 => format!("Customers join at {} or with their first purchase.", steps.portal),
                count => super::super::format::plural(count, "customer", "customers") + " in the program.",
            },
            href: "/dashboard/customers",
            verb: "See customers",
            may: true,
        },
    ];
    let done = list.iter().filter(|step| step.done).count();
    let current = list.iter().position(|step| !step.done);
    let progress = format!("{done} of {} done", list.len());
    let rows =
        list.into_iter().enumerate().map(|(index, step)| row(step, Some(index) == current)).collect_view();
    view! {
        <section class="card" aria-labelledby="start">
            <div class="card__head">
                <h2 id="start">"First steps"</h2>
                <span class="small muted">{progress}</span>
            </div>
            <div class="card__body">
                <ol class="steps">{rows}</ol>
            </div>
        </section>
    }
}

fn row(step: Step, current: bool) -> impl IntoView {
    let class = match (step.done, current) {
        (true, _) => "is-done",
        (false, true) => "is-current",
        (false, false) => "",
    };
    let link = (!step.done && step.may).then(|| {
        let class = if current { "btn btn--primary btn--sm" } else { "btn btn--sm" };
        view! { <a class=class href=step.href>{step.verb}</a> }
    });
    view! {
        <li class=class aria-current=current.then_some("step")>
            {step.done.then(|| view! { <svg class="i tick" viewBox="0 0 24 24" aria-hidden="true" inner_html=icon::CHECK.0></svg> })}
            <div class="split split--top">
                <div>
                    <b>{step.title}</b>
                    {step.done.then(|| view! { <span class="visually-hidden">" (done)"</span> })}
                    <p class="small muted">{step.text}</p>
                </div>
                {link}
            </div>
        </li>
    }
}

//! The form of a policy: a new one, or one to change and to lead through its life.

use super::super::edit::{EditPage, Ending, Step, Switch};
use super::super::flash::FlashBanner;
use super::super::list::{Asked, asked};
use super::super::page::{loaded, param, query_param};
use super::super::typed::follow;
use super::LIST;
use super::api::{blank_policy, read_policy};
use super::awards::{Of, awards};
use super::dto::{Known, PolicyForm, State, TrialWords};
use super::inputs::form_fields;
use super::preview::{Names, Preview};
use crate::address::address;
use crate::form::{FormState, use_form};
use crate::ui::{Button, ButtonVariant, LinkButton};
use leptos::prelude::*;

/// A new policy.
#[component]
pub fn PolicyNewPage() -> impl IntoView {
    let _form = use_form();
    let template = query_param("template");
    let data = Resource::new(move || template.get(), blank_policy);
    loaded(data, |data| page(data, Asked::default()))
}

/// One policy.
#[component]
pub fn PolicyEditPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let asked = asked(&["try"]);
    let data = Resource::new(
        move || (id.get(), asked.get()),
        |(id, asked)| read_policy(id, asked.get("try").to_owned(), asked.after),
    );
    view! {
        <FlashBanner />
        {loaded(data, move |data| page(data, asked.get_untracked()))}
    }
}

fn page(mut data: PolicyForm, asked: Asked) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    let tried = TrialWords::of(&form);
    // A refused form comes back as it was sent, and so does one that was tried; the small forms send no name.
    let values = if form.value("name").is_some() { form.values } else { data.values.clone() };
    let typed = RwSignal::new(values.clone());
    let names = Names { rewards: data.rewards.clone(), tiers: data.tiers.clone() };
    let currency = data.currency;
    let list = data.known.as_mut().and_then(|known| {
        let gave = known.awards.take()?;
        Some(awards(gave, Of::Policy, &LIST.row(&known.id), &asked))
    });
    let name = data.known.as_ref().map(|known| known.name.clone());
    let badge = data.known.as_ref().map(|known| super::status(known.state).into_any());
    let saved = data.known.as_mut().and_then(|known| known.trial.take());
    let trial = trial(tried.or(saved), data.known.as_ref().filter(|_| !data.may_edit));
    let aside = data.known.clone().map(|known| aside(known, data.may_edit));
    view! {
        <EditPage list=LIST name=name badge=badge>
            <div class="folds" on:input=follow(typed)>{form_fields(data, values)}</div>
            <div class="stack" style="--gap:var(--s-5)">
                <Preview typed=typed currency=currency names=names />
                {trial}
                {aside}
            </div>
        </EditPage>
        {list}
    }
}

/// Publishing, pausing and archiving.
fn aside(known: Known, may_edit: bool) -> impl IntoView {
    let action = LIST.row(&known.id);
    let publish = (may_edit && known.has_draft).then(|| {
        view! {
            <section class="card" aria-labelledby="publish">
                <div class="card__head"><h2 id="publish">"Publish"</h2></div>
                <form class="card__body stack" method="post" action=action.clone()>
                    <p>{known.summary.clone()}</p>
                    <p class="small muted">"What happens from then on counts. Save what you have typed first."</p>
                    <div>
                        <Button variant=ButtonVariant::Primary name="do" value="publish">"Publish policy"</Button>
                    </div>
                </form>
            </section>
        }
    });
    let steps = may_edit.then(|| steps(known.state, action));
    view! {
        {publish}
        {steps}
        <p class="small muted">{known.version}</p>
    }
}

/// What it would have given. Whoever may change it tries what is typed, with a button of the form; others only what is saved.
fn trial(trial: Option<TrialWords>, saved: Option<&Known>) -> impl IntoView + use<> {
    let link = saved.map(|known| {
        let href = address(&LIST.row(&known.id), &[("try", "90")], None);
        view! { <div><LinkButton href=href>"Try over the last 90 days"</LinkButton></div> }
    });
    let found = trial.map(|TrialWords { text, note }| {
        view! {
            <p role="status">{text}</p>
            <p class="small muted">{note}</p>
        }
    });
    view! {
        <section class="card" aria-labelledby="trial">
            <div class="card__head"><h2 id="trial">"Try it"</h2></div>
            <div class="card__body stack">
                <p class="small muted">"Counts what is stored, as if this had run. Nothing is saved."</p>
                {found}
                {link}
            </div>
        </section>
    }
}

const PAUSE: Switch = Switch {
    verb: "pause",
    text: "Until you resume it, nothing counts. What is held is still given.",
    button: "Pause policy",
};

const RESUME: Switch = Switch {
    verb: "resume",
    text: "What happens from now on counts again; what happened meanwhile does not.",
    button: "Resume policy",
};

/// Switching it off or on, and archiving it.
fn steps(state: State, action: String) -> impl IntoView {
    let (title, switch) = match state {
        State::Running => ("Pause or archive", Some(PAUSE)),
        State::Paused => ("Resume or archive", Some(RESUME)),
        State::Draft | State::Archived => ("Archive", None),
    };
    let archive = Step {
        title,
        text: "An archived policy is over for good. What is held is still given, and returns still take back.",
        button: "Archive policy",
    };
    view! { <Ending action=action switch=switch archive=archive /> }
}

//! The editor: a promotion as one sentence whose words are form controls, and beside it what it would do.
//!
//! The form works as it is: saving posts it, “Try it” posts it too and shows the page again with the answer.
//! In the browser the same form is read at every change and the preview follows.

mod aside;
mod basket;
mod live;
mod replay;
mod sentence;
mod slots;

use super::super::edit::Seen;
use super::super::flash::FlashBanner;
use super::super::page::{loaded, param, query_param};
use super::super::parts::{Crumbs, Problem};
use super::api::{blank_promotion, edit_promotion};
use super::dto::{EditorData, Known, ProductFacts, State};
use super::fields::{Problems, Values};
use super::found::Stage;
use super::lifecycle::Lifecycle;
use super::versions::Versions;
use crate::form::{FormState, use_form};
use crate::ui::icon;
use crate::ui::{Badge, Button, ButtonVariant, Dot, TextField, Tone};
use leptos::prelude::*;
use leptos_meta::Title;
use perennial_domain::promotion::PromotionTerms;
use std::sync::Arc;

/// A new promotion. It begins as another one if that is part of the address: `?like=…`.
#[component]
pub fn NewPromotionPage() -> impl IntoView {
    let _form = use_form();
    let like = query_param("like");
    let data = Resource::new(move || like.get(), blank_promotion);
    loaded(data, page)
}

/// One promotion: its newest version in the editor, all of them below.
#[component]
pub fn PromotionPage() -> impl IntoView {
    let _form = use_form();
    let (id, replay) = (param("id"), query_param("replay"));
    let data = Resource::new(move || (id.get(), replay.get()), |(id, replay)| edit_promotion(id, replay));
    view! {
        <FlashBanner />
        {loaded(data, page)}
    }
}

/// What the parts of the editor share.
#[derive(Clone)]
struct Editor {
    /// The fields as they are now; follows the form in the browser.
    values: RwSignal<Values>,
    /// Products that were looked up.
    known: RwSignal<Vec<ProductFacts>>,
    /// What the preview computes with.
    data: Arc<EditorData>,
    /// The number that is being written.
    version: u32,
    /// What the server refused, if it did: from then on the words say what is wrong.
    refused: Arc<Problems>,
    /// What is wrong now, by field.
    problems: Memo<Problems>,
    /// Where the replay stands.
    replay: RwSignal<Stage>,
    /// What is replayed, where that was begun in the browser.
    tried: RwSignal<Option<PromotionTerms>>,
    /// Which replay is listened to: the newest.
    #[cfg(feature = "hydrate")]
    turn: RwSignal<u32>,
}

impl Editor {
    fn new(data: EditorData) -> Self {
        let form = use_context::<FormState>().unwrap_or_default();
        let mut start = if form.values.is_empty() { data.values.clone() } else { form.values };
        let replay = Stage::taken(&mut start).unwrap_or_else(|| data.replay.clone());
        let values = RwSignal::new(start);
        let version = data.known.as_ref().map_or(1, Known::next_version);
        let currency = data.context.currency;
        let problems = Memo::new(move |_| {
            values.with(|values| super::fields::terms(values, currency)).err().unwrap_or_default()
        });
        let known = RwSignal::new(Vec::new());
        Self {
            values,
            known,
            version,
            refused: Arc::new(form.errors),
            problems,
            replay: RwSignal::new(replay),
            tried: RwSignal::new(None),
            #[cfg(feature = "hydrate")]
            turn: RwSignal::new(0),
            data: Arc::new(data),
        }
    }

    /// A field as it stood when the page was made.
    fn initial(&self, name: &str) -> String {
        self.values.with_untracked(|values| values.get(name).cloned().unwrap_or_default())
    }

    /// What is wrong with a field: told once the form was refused, gone as soon as it is right.
    fn problem(&self, name: &'static str) -> impl Fn() -> Option<String> + Clone + Send + Sync + use<> {
        let (refused, problems) = (Arc::clone(&self.refused), self.problems);
        let told = refused.get(name).cloned();
        move || {
            if refused.is_empty() {
                return None;
            }
            problems
                .with(|problems| problems.get(name).cloned())
                .or_else(|| told.clone().filter(|_| name == "effective_from"))
        }
    }
}

fn page(data: EditorData) -> impl IntoView {
    let editor = Editor::new(data);
    let known = editor.data.known.clone();
    let archived = known.as_ref().is_some_and(|known| known.state == State::Archived);
    let may_edit = editor.data.may_edit && !archived;
    let action = known.as_ref().map_or_else(|| super::LIST.new_row(), |known| super::LIST.row(&known.id));
    let once = editor.data.once.clone();
    let seen = known.as_ref().map(|known| view! { <Seen here=action.clone() seen=known.seen.clone() /> });
    let versions = known
        .clone()
        .filter(|known| !known.versions.is_empty())
        .map(|known| view! { <Versions known=known /> });
    let follow = live::follow(&editor);
    view! {
        {head(known.as_ref(), editor.version, may_edit, editor.data.may_edit)}
        <form method="post" action=action class="stack editor" style="--gap:var(--s-5)" on:input=follow.clone() on:change=follow node_ref=live::form_ref(&editor)>
            <Problem />
            {seen}
            <input type="hidden" name="once" value=once />
            <div class="cols" style="--main:1.62fr;--aside:1fr">
                <fieldset class="bare stack" style="--gap:var(--s-5)" disabled=!may_edit>
                    <section class="card">
                        <div class="card__body">
                            <TextField
                                name="name"
                                label="Name"
                                help="Customers see it on their receipts."
                                value=editor.initial("name")
                                maxlength=200
                            />
                        </div>
                    </section>
                    <sentence::Sentence editor=editor.clone() />
                    {may_edit.then(|| view! { <Takeover editor=editor.clone() /> })}
                </fieldset>
                <aside::Aside editor=editor.clone() />
            </div>
            {may_edit.then(|| actions(editor.version))}
        </form>
        {versions}
    }
}

fn head(known: Option<&Known>, version: u32, may_edit: bool, may_copy: bool) -> impl IntoView + use<> {
    let Some(known) = known.cloned() else {
        return view! {
            <Title text="New promotion" />
            <div class="page__head">
                <div>
                    <Crumbs href="/dashboard/promotions" up="Promotions" here="New" />
                    <h1>"New promotion"</h1>
                </div>
            </div>
        }
        .into_any();
    };
    let published = known.published.map(|number| {
        let (tone, dot) = match known.state {
            State::Running => (Tone::Leaf, Dot::Full),
            State::Scheduled => (Tone::Sky, Dot::Ring),
            State::Paused => (Tone::Petal, Dot::Pause),
            State::Draft | State::Ended | State::Archived => (Tone::Plain, Dot::Square),
        };
        let label = format!("Version {number} {}", known.state.label().to_lowercase());
        view! { <Badge tone=tone dot=dot>{label}</Badge> }
    });
    let draft = known.draft.map(|number| {
        let label = format!("Version {number} draft");
        view! { <Badge tone=Tone::Plain dot=Dot::Half>{label}</Badge> }
    });
    let here = if may_edit { format!("Version {version}") } else { known.name.clone() };
    view! {
        <Title text=known.name.clone() />
        <div class="page__head">
            <div>
                <Crumbs href="/dashboard/promotions" up="Promotions" here=here />
                <h1>{known.name.clone()}</h1>
                <p class="row small" style="--gap:.6rem">
                    {published} {draft}
                    <span>
                        {format!("Changed by {}. ", known.changed)}
                        <a href="#versions" rel="external">"What changed"</a>
                    </span>
                </p>
            </div>
            {may_copy.then(|| view! { <Lifecycle known=known /> })}
        </div>
    }
    .into_any()
}

/// When the version takes over.
#[component]
fn Takeover(editor: Editor) -> impl IntoView {
    let version = editor.version;
    let (title, help) = if version == 1 {
        (
            "When it begins to count".to_owned(),
            "Empty: for every purchase within its dates, also those that tills post late.".to_owned(),
        )
    } else {
        (
            format!("When version {version} takes over"),
            format!(
                "Empty: at once. Purchases made before keep version {}, also when they arrive later.",
                version - 1
            ),
        )
    };
    let label = format!("Effective from ({})", editor.data.context.time_zone);
    view! {
        <section class="card" aria-labelledby="takeover">
            <div class="card__head"><h2 id="takeover">{title}</h2></div>
            <div class="card__body">
                <TextField name="effective_from" label=label help=help value=editor.initial("effective_from") kind="datetime-local" />
            </div>
        </section>
    }
}

fn actions(version: u32) -> impl IntoView {
    view! {
        <div class="actionbar">
            <span class="small muted grow">"A draft changes nothing until it is published."</span>
            <Button variant=ButtonVariant::Quiet icon=icon::SAVE name="do" value="save">"Save draft"</Button>
            <Button variant=ButtonVariant::Primary name="do" value="publish">{format!("Publish version {version}")}</Button>
        </div>
    }
}

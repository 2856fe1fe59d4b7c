//! The replay: what the sentence would have given for purchases that were made.
//!
//! Its button belongs to the form, so that it works without scripts, too: then the page comes back with what was found
//! in a few seconds. In the browser it listens, shows how far it is, and runs to the end.

use super::super::fields;
use super::super::found::{CHOICES, DAYS, Figure, Found, Stage, Winner};
use super::Editor;
use crate::address::address;
use crate::dashboard::chart::{LineChart, Point};
use crate::dashboard::page::capitalised;
use crate::ui::grouped;
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// Winners that are in sight; the others are folded.
const IN_SIGHT: usize = 3;

/// The card in the aside.
#[component]
pub fn Replay(editor: Editor) -> impl IntoView {
    let stage = editor.replay;
    let purchases = move || {
        stage.with(|stage| match stage {
            Stage::Found(found) => format!("{} purchases", grouped(found.purchases)),
            _ => String::new(),
        })
    };
    let points_name = editor.data.context.points_name.clone();
    let answer = {
        let editor = editor.clone();
        move || match stage.get() {
            Stage::Idle | Stage::Running { .. } => ().into_any(),
            Stage::Failed(why) => view! { <p class="small">{why}</p> }.into_any(),
            Stage::Found(found) => result(&editor, *found, &points_name).into_any(),
        }
    };
    view! {
        <section class="card" id="replay" aria-labelledby="replay-head">
            <div class="card__head">
                <h2 id="replay-head">"Replay"</h2>
                <span class="small muted">{purchases}</span>
            </div>
            <div class="card__body stack" style="--gap:var(--s-3);padding-block-start:var(--s-3)">
                <p class="small muted">
                    "What this would have given for past purchases. Nothing is saved."
                </p>
                <Ask editor=editor />
                {move || progress(&stage.get())}
                <div class="stack" style="--gap:var(--s-3)" role="status">{answer}</div>
            </div>
        </section>
    }
}

/// Over which time, and the button.
#[component]
fn Ask(editor: Editor) -> impl IntoView {
    let known = editor.data.known.as_ref();
    let action =
        known.map_or_else(|| super::super::LIST.new_row(), |known| super::super::LIST.row(&known.id));
    let may_edit = editor.data.may_edit;
    let chosen = asked_days(&editor);
    let options = CHOICES
        .into_iter()
        .map(|days| view! { <option value=days.to_string() selected=days == chosen>{format!("{days} days")}</option> })
        .collect_view();
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let stage = editor.replay;
    let label =
        move || if stage.with(|stage| matches!(stage, Stage::Running { .. })) { "Stop" } else { "Replay" };
    let begin = begin(&editor);
    let button = if may_edit {
        // Not a button that sends the form where scripts run: what is typed into a field is not replayed by Enter.
        let kind = move || if alive.get() { "button" } else { "submit" };
        view! {
            <button class="btn" type=kind name="do" value="replay" formaction=format!("{action}#replay") on:click=begin>
                {label}
            </button>
        }
        .into_any()
    } else {
        let href = format!("{}#replay", address(&action, &[("replay", "30")], None));
        view! { <a class="btn" href=href on:click=begin>{label}</a> }.into_any()
    };
    view! {
        <div class="row" style="--gap:var(--s-3);align-items:flex-end">
            {may_edit
                .then(|| {
                    view! {
                        <label class="basket__cell">
                            <span class="field__label">"Purchases of the last"</span>
                            <select class="select" name=DAYS>{options}</select>
                        </label>
                    }
                })}
            {button}
        </div>
    }
}

fn asked_days(editor: &Editor) -> u16 {
    super::super::found::days(&editor.initial(DAYS))
}

/// Begins a replay in the browser, or ends the one that runs; without scripts the form is sent.
fn begin(editor: &Editor) -> impl Fn(MouseEvent) + Clone + 'static + use<> {
    let editor = editor.clone();
    move |event: MouseEvent| {
        #[cfg(feature = "hydrate")]
        browser::begin(&editor, &event);
        #[cfg(not(feature = "hydrate"))]
        let _ = (&editor, event);
    }
}

/// Puts the budget that would be enough into its field.
pub fn raise(editor: &Editor, enough: i64) -> impl Fn(MouseEvent) + Clone + 'static + use<> {
    let values = editor.values;
    move |event: MouseEvent| {
        #[cfg(feature = "hydrate")]
        browser::raise(values, enough, &event);
        #[cfg(not(feature = "hydrate"))]
        let _ = (values, enough, event);
    }
}

fn progress(stage: &Stage) -> impl IntoView + use<> {
    let Stage::Running { looked_at, expected } = *stage else { return ().into_any() };
    let percent = looked_at.saturating_mul(100).checked_div(expected).unwrap_or(0).clamp(0, 100);
    let told = if expected == 0 {
        "Beginning".to_owned()
    } else {
        format!("{} of about {}", grouped(looked_at), grouped(expected))
    };
    view! {
        <div class="meter">
            <span>
                <span>"Looking at purchases"</span>
                <span>{told}</span>
            </span>
            <span
                class="bar bar--lg"
                role="progressbar"
                aria-label="Replay"
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=percent.to_string()
            >
                <i style=format!("--v:{percent}%")></i>
            </span>
        </div>
    }
    .into_any()
}

fn result(editor: &Editor, found: Found, points_name: &str) -> impl IntoView + use<> {
    let Found { period, cut, figures, days, winners, notes, .. } = found;
    let (values, tried, currency) = (editor.values, editor.tried, editor.data.context.currency);
    // Without scripts nothing can have been typed since.
    let is_stale = move || {
        tried.with(|tried| {
            let now = values.with(|values| fields::terms(values, currency).ok());
            tried.as_ref().is_some_and(|tried| now.as_ref() != Some(tried))
        })
    };
    let stale =
        move || is_stale().then(|| view! { <p class="small muted">"The sentence has changed since."</p> });
    let figures = figures.into_iter().map(figure).collect_view();
    let now: Vec<Point> = days.into_iter().map(|(date, value)| Point { date, value: value.max(0) }).collect();
    let has_days = now.iter().any(|point| point.value > 0);
    let what = format!("{} more", capitalised(points_name));
    let chart = has_days.then(|| view! { <LineChart now=now before=Vec::new() what=what /> });
    let has_winners = !winners.is_empty();
    let mut winners = winners.into_iter();
    let first = winners.by_ref().take(IN_SIGHT).map(winner).collect_view();
    let others: Vec<Winner> = winners.collect();
    let more = (!others.is_empty()).then(|| {
        view! {
            <details>
                <summary class="small">{format!("{} more winners", others.len())}</summary>
                <ul class="hbars" style="--gap:8px;margin-block-start:var(--s-2)">
                    {others.into_iter().map(winner).collect_view()}
                </ul>
            </details>
        }
    });
    let notes = notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view();
    let cut = (!cut.is_empty()).then(|| view! { <p class="small"><b>{cut}</b></p> });
    view! {
        {stale}
        {cut}
        <p class="small muted">{period}</p>
        <div class="row" style="--gap:var(--s-5);align-items:flex-start">{figures}</div>
        {chart}
        {has_winners.then(|| view! { <ul class="hbars" style="--gap:8px" aria-label="Who would have gained most">{first}</ul> })}
        {more}
        <ul class="small muted stack" style="--gap:var(--s-1)">{notes}</ul>
        <p class="small muted">"Everybody bought what they bought: whom it would have brought, nobody knows."</p>
    }
}

fn figure(figure: Figure) -> impl IntoView {
    view! {
        <div>
            <div class="display" style="font-size:var(--t-28)">{figure.number}</div>
            <div class="small muted">{figure.what}</div>
        </div>
    }
}

fn winner(winner: Winner) -> impl IntoView {
    view! {
        <li>
            <a href=format!("/dashboard/customers/{}", winner.id)>{winner.name}</a>
            <span class="num">{grouped(winner.points)}</span>
            <span class="hbar" style="block-size:6px"><i style=format!("--v:{}%", winner.percent)></i></span>
        </li>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::super::super::api::replay_promotion;
    use super::super::super::fields::{self, Values};
    use super::super::super::found::{DAYS, News, Stage, days};
    use super::Editor;
    use crate::error::PageError;
    use futures::StreamExt as _;
    use leptos::ev::MouseEvent;
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use wasm_bindgen::JsCast as _;
    use web_sys::{Element, HtmlInputElement};

    pub fn begin(editor: &Editor, event: &MouseEvent) {
        event.prevent_default();
        let (stage, turn) = (editor.replay, editor.turn);
        let mine = turn.get_untracked().wrapping_add(1);
        // Whoever listens in an older turn stops, which ends that replay on the server, too.
        turn.set(mine);
        if stage.with_untracked(|stage| matches!(stage, Stage::Running { .. })) {
            stage.set(Stage::Idle);
            return;
        }
        let values = editor.values.get_untracked();
        let chosen = days(values.get(DAYS).map_or("", String::as_str));
        let typed = if editor.data.may_edit {
            match fields::terms(&values, editor.data.context.currency) {
                Ok(terms) => editor.tried.set(Some(terms)),
                Err(_) => {
                    stage.set(Stage::Failed(
                        "Finish the sentence first. The checks say what is missing.".to_owned(),
                    ));
                    return;
                }
            }
            serde_json::to_string(&values).unwrap_or_default()
        } else {
            String::new()
        };
        let id = editor.data.known.as_ref().map_or_else(String::new, |known| known.id.clone());
        stage.set(Stage::Running { looked_at: 0, expected: 0 });
        spawn_local(async move {
            // The page may be left, or a newer turn begun, while this waits.
            let tell = |news: Stage| {
                let is_mine = turn.try_get_untracked() == Some(mine);
                is_mine && stage.try_set(news).is_none()
            };
            if let Err(error) = listen(id, chosen, typed, &tell).await {
                tell(Stage::Failed(error.to_string()));
            }
        });
    }

    /// Reads news until there are no more, or nobody wants to hear them.
    async fn listen(
        id: String,
        days: u16,
        typed: String,
        tell: &impl Fn(Stage) -> bool,
    ) -> Result<(), PageError> {
        let mut parts = Box::pin(replay_promotion(id, days, typed).await?.into_inner());
        let mut rest = String::new();
        while let Some(part) = parts.next().await {
            rest.push_str(&part?);
            while let Some(end) = rest.find('\n') {
                let line: String = rest.drain(..=end).collect();
                let goes_on = match serde_json::from_str(&line).map_err(|_| PageError::Unavailable)? {
                    News::Progress { looked_at, expected } => tell(Stage::Running { looked_at, expected }),
                    News::Found(found) => {
                        tell(Stage::Found(found));
                        false
                    }
                    News::Failed(error) => return Err(error),
                };
                if !goes_on {
                    return Ok(());
                }
            }
        }
        Err(PageError::Unavailable)
    }

    pub fn raise(values: RwSignal<Values>, enough: i64, event: &MouseEvent) {
        let form = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|button| button.closest("form").ok().flatten());
        let field = form.and_then(|form| form.query_selector("[name='budget']").ok().flatten());
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
            field.set_value(&enough.to_string());
            values.update(|values| {
                values.insert("budget".to_owned(), enough.to_string());
            });
        }
    }
}

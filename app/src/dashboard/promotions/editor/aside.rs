//! Beside the sentence: the whole of it, the checks, and a basket to try.

use super::super::checks::{Finding, Level, checks, with_budget};
use super::super::fields;
use super::super::preview::{Preview, preview};
use super::Editor;
use super::basket::Basket;
use super::replay::{Replay, raise};
use crate::dashboard::receipt::ReceiptTree;
use crate::ui::icon::{self, Icon};
use crate::ui::{Card, CardTone, grouped};
use leptos::prelude::*;

/// Follows the form in the browser; without scripts it shows what was saved or last sent.
#[component]
pub fn Aside(editor: Editor) -> impl IntoView {
    let shown = {
        let editor = editor.clone();
        Memo::new(move |_| {
            editor.known.with(|known| {
                editor.values.with(|values| preview(values, &editor.data.context, editor.version, known))
            })
        })
    };
    let findings = {
        let editor = editor.clone();
        Memo::new(move |_| {
            editor.known.with(|known| {
                editor.values.with(|values| {
                    let terms = fields::terms(values, editor.data.context.currency);
                    let findings = checks(values, terms.as_ref(), &editor.data.context, known);
                    editor.replay.with(|replay| with_budget(findings, terms.as_ref().ok(), replay))
                })
            })
        })
    };
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let lints = {
        let editor = editor.clone();
        move || {
            let alive = alive.get();
            findings
                .with(|findings| findings.iter().map(|finding| lint(&editor, finding, alive)).collect_view())
        }
    };
    view! {
        <aside class="stack" style="--gap:var(--s-4)" aria-label="Before you publish">
            <Card tone=CardTone::Accent>
                <div class="card__body">
                    <p class="summary" aria-live="polite">{move || shown.with(summary)}</p>
                </div>
            </Card>
            <section class="card" aria-labelledby="checks">
                <div class="card__head">
                    <h2 id="checks">"Checks"</h2>
                    <span class="small muted">{move || findings.with(|findings| count(findings))}</span>
                </div>
                <div class="card__body stack" style="--gap:var(--s-3);padding-block-start:var(--s-3)">
                    {lints}
                </div>
            </section>
            <Try editor=editor.clone() shown=shown />
            <Replay editor=editor />
        </aside>
    }
}

fn summary(preview: &Preview) -> String {
    match &preview.summary {
        Ok(sentence) => sentence.clone(),
        Err(problems) if problems.contains_key("effect_value") => {
            "Say how much it gives, and the whole sentence appears here.".to_owned()
        }
        Err(_) => "The sentence is not complete. The checks say why.".to_owned(),
    }
}

fn count(findings: &[Finding]) -> String {
    let open = findings.iter().filter(|finding| finding.level != Level::Fine).count();
    if open == 0 { "Nothing to look at".to_owned() } else { format!("{open} to look at") }
}

fn lint(editor: &Editor, finding: &Finding, alive: bool) -> impl IntoView + use<> {
    let (class, glyph, word) = match finding.level {
        Level::Stop => ("lint lint--stop", icon::BAN, "Must be put right: "),
        Level::Look => ("lint", icon::WARNING, "Look: "),
        Level::Fine => ("lint lint--ok", icon::CHECK, "Fine: "),
    };
    // Where no scripts run, the number is in the text and typed by hand.
    let may_raise = editor.data.may_edit && alive;
    let raise = finding.enough.filter(|_| may_raise).map(|enough| {
        let raise = raise(editor, enough);
        let label = format!("Raise to {}", grouped(enough));
        view! { " " <button class="btn btn--sm" type="button" on:click=raise>{label}</button> }
    });
    let title = (!finding.title.is_empty()).then(|| view! { <b>{finding.title.clone()}</b> " " });
    view! {
        <div class=class>
            <Icon glyph=glyph />
            <p><span class="visually-hidden">{word}</span> {title} {finding.text.clone()} {raise}</p>
        </div>
    }
}

/// A basket, and what it earns.
#[component]
fn Try(editor: Editor, shown: Memo<Preview>) -> impl IntoView {
    let points_name = editor.data.context.points_name.clone();
    let result = {
        let points_name = points_name.clone();
        move || {
            let basket = shown.with(|preview| preview.basket.clone());
            match basket {
                Ok(tried) => {
                    let own = match tried.own {
                        Some(points) => format!("{} of them by this promotion.", grouped(points)),
                        None => "This promotion did not apply.".to_owned(),
                    };
                    view! {
                        <ReceiptTree receipt=tried.receipt total="Earns" points_name=points_name.clone() />
                        <p class="small muted">{own}</p>
                    }
                    .into_any()
                }
                Err(why) => view! { <p class="small muted">{why}</p> }.into_any(),
            }
        }
    };
    view! {
        <section class="card" id="try" aria-labelledby="try-head">
            <div class="card__head">
                <h2 id="try-head">"Try it"</h2>
                <span class="small muted">"With everything that is published"</span>
            </div>
            <div class="card__body stack" style="--gap:var(--s-3);padding-block-start:var(--s-3)">
                <Basket editor=editor />
                <div role="status">{result}</div>
            </div>
        </section>
    }
}

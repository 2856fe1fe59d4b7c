//! The form of a tier: a new one, or one to change or delete, always after a look at who would move.

use super::super::edit::{EditPage, Seen};
use super::super::page::{loaded, param};
use super::super::parts::Problem;
use super::LIST;
use super::api::{blank_tier, read_tier};
use super::dto::{TierFields, TierForm};
use super::impact::{Impact, Of};
use crate::form::{FormState, use_form};
use crate::ui::{Button, ButtonVariant, LinkButton, Medal, TextArea, TextField};
use leptos::prelude::*;

/// A new tier.
#[component]
pub fn TierNewPage() -> impl IntoView {
    let _form = use_form();
    let data = Resource::new(|| (), |()| blank_tier());
    loaded(data, page)
}

/// One tier.
#[component]
pub fn TierEditPage() -> impl IntoView {
    let _form = use_form();
    let id = param("id");
    let data = Resource::new(move || id.get(), read_tier);
    loaded(data, page)
}

fn page(data: TierForm) -> impl IntoView {
    let name = data.tier.as_ref().map(|tier| tier.name.clone());
    let badge = data.rank.map(|rank| view! { <Medal rank=rank /> }.into_any());
    let impact = Impact::of(&use_context::<FormState>().unwrap_or_default());
    let end = data.tier.as_ref().filter(|_| data.may_edit).map(|tier| end(&tier.id));
    view! { <EditPage list=LIST name=name badge=badge>{fields(data, impact)} {end}</EditPage> }
}

/// One form for the fields and what was found out by them, so that what is saved is what was looked at.
fn fields(data: TierForm, impact: Option<Impact>) -> impl IntoView {
    let TierForm { tier, unit, may_edit, .. } = data;
    let action = tier.as_ref().map_or_else(|| LIST.new_row(), |tier| LIST.row(&tier.id));
    let seen = tier.as_ref().map(|tier| view! { <Seen here=action.clone() seen=tier.seen.clone() /> });
    let known = tier.unwrap_or_else(|| TierFields { threshold: String::new(), ..TierFields::default() });
    let (look, again) = match &impact {
        Some(impact) if impact.of == Of::Saving => (ButtonVariant::Default, "Look again"),
        _ => (ButtonVariant::Primary, "See who would move"),
    };
    let impact = impact.map(Impact::card);
    view! {
        <form class="stack" style="--gap:var(--s-5)" method="post" action=action>
            {impact}
            <div class="card">
                <Problem />
                <fieldset class="card__body stack bare" disabled=!may_edit>
                    {seen}
                    <TextField name="name" label="Name" value=known.name maxlength=120 required=true />
                    <TextField
                        name="threshold"
                        label=format!("Begins at, in {unit}")
                        help="Reached at exactly this number. 0 for a tier that everybody has."
                        value=known.threshold
                        inputmode="decimal"
                        maxlength=20
                        required=true
                    />
                    <TextField
                        name="multiplier"
                        label="Points multiplier"
                        help="Such as 1.5. Empty: 1."
                        value=known.multiplier
                        inputmode="decimal"
                        maxlength=10
                    />
                    <TextField
                        name="discount"
                        label="Discount in percent"
                        help="Taken off by a till that asks for a quote. Empty: none."
                        value=known.discount
                        inputmode="decimal"
                        maxlength=10
                    />
                    <TextArea
                        name="benefits"
                        label="Other benefits"
                        help="One per line, in your customers’ words: Birthday pint, Early booking."
                        value=known.benefits
                    />
                </fieldset>
                {may_edit
                    .then(|| {
                        view! {
                            <div class="card__foot">
                                <Button variant=look name="do" value="preview">{again}</Button>
                                <LinkButton href=LIST.path variant=ButtonVariant::Quiet>"Cancel"</LinkButton>
                            </div>
                        }
                    })}
            </div>
        </form>
    }
}

/// Deleting, after a look at who would fall.
fn end(id: &str) -> impl IntoView + use<> {
    view! {
        <section class="card" aria-labelledby="end">
            <div class="card__head"><h2 id="end">"Delete"</h2></div>
            <form class="card__body stack" method="post" action=LIST.row(id)>
                <p class="small muted">
                    "Its customers move to the next lower tier and are told. What they earned stays. A tier named by a promotion, a reward or a reward policy cannot be deleted."
                </p>
                <div>
                    <Button variant=ButtonVariant::Danger name="do" value="preview-delete">"See who would fall"</Button>
                </div>
            </form>
        </section>
    }
}

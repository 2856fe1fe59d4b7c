//! Making a key, and the only time that its secret is shown.

use super::dto::{KeyPage, ScopeChoice};
use crate::form::FormState;
use crate::ui::icon::{self, Icon};
use crate::ui::{Button, ButtonVariant, CodeBlock, Select, SelectOption, TextField};
use leptos::prelude::*;

/// A key that was made with this answer.
#[derive(Debug, Clone)]
pub struct Fresh {
    name: String,
    secret: String,
    curl: String,
}

/// The key that this answer brings, if it brings one. It is nowhere else: not in the address, not in a list.
pub fn fresh() -> Option<Fresh> {
    let form = use_context::<FormState>()?;
    let field = |name: &str| form.value(name).map(str::to_owned);
    Some(Fresh { name: field("fresh.name")?, secret: field("fresh.secret")?, curl: field("fresh.curl")? })
}

/// The secret, once, and the command that uses it.
#[component]
pub fn FreshKey(
    /// The key.
    fresh: Fresh,
) -> impl IntoView {
    view! {
        <section class="banner banner--petal" role="status" aria-label="The new key">
            <Icon glyph=icon::KEY />
            <div class="grow stack" style="--gap:var(--s-3)">
                <p>
                    <b>{format!("Copy the key “{}” now.", fresh.name)}</b>
                    " It is shown this once; we keep only a fingerprint of it."
                </p>
                <CodeBlock text=fresh.secret copy_label="Copy the key" />
                <p>"The same in a command that posts a purchase:"</p>
                <CodeBlock text=fresh.curl copy_label="Copy the command" />
            </div>
        </section>
    }
}

/// Name, scopes and, for the key of one store, the retailer.
#[component]
pub fn NewKeyForm(
    /// What there is to choose from.
    data: KeyPage,
) -> impl IntoView {
    let form = use_context::<FormState>().unwrap_or_default();
    // After a key was made, the form is for the next one.
    let sent = form.is_refused("create");
    let scope_error = form.error("scopes").map(str::to_owned);
    let scopes = data
        .scopes
        .into_iter()
        .map(|scope| {
            let name = format!("scope.{}", scope.name);
            let checked = if sent { form.value(&name).is_some() } else { scope.usual };
            scope_row(scope, name, checked)
        })
        .collect_view();
    let mut retailers = vec![SelectOption::new("", "Every retailer")];
    retailers.extend(SelectOption::all(&data.retailers));
    view! {
        <section class="card" aria-labelledby="new-key">
            <div class="card__head"><h2 id="new-key">"New key"</h2></div>
            <form class="card__body stack" method="post" action=super::PATH>
                <input type="hidden" name="once" value=data.once />
                <div class="fields">
                    <TextField name="name" label="Name" help="Where it will be used, such as Riverside tills." maxlength=200 required=true />
                    <Select name="retailer" label="Posts purchases for" options=retailers />
                </div>
                <fieldset class="bare stack" style="--gap:var(--s-2)">
                    <legend class="field__label">"May"</legend>
                    {scope_error
                        .map(|error| {
                            view! {
                                <p class="field__error">
                                    <Icon glyph=icon::WARNING />
                                    <span>{error}</span>
                                </p>
                            }
                        })}
                    <div class="ticks">{scopes}</div>
                </fieldset>
                <div>
                    <Button variant=ButtonVariant::Primary icon=icon::KEY name="do" value="create">"Create key"</Button>
                </div>
            </form>
        </section>
    }
}

fn scope_row(scope: ScopeChoice, name: String, checked: bool) -> impl IntoView {
    view! {
        <label class="check">
            <input type="checkbox" name=name value="on" checked=checked />
            <span>
                {scope.about} " "
                <code>{scope.name}</code>
            </span>
        </label>
    }
}

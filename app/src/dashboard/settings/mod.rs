//! The merchant's settings.

pub mod api;
#[cfg(feature = "ssr")]
mod expiry;
mod expiry_change;
#[cfg(feature = "ssr")]
mod expiry_words;
mod fields;
#[cfg(feature = "ssr")]
pub mod form;
mod later;

use super::flash::FlashBanner;
use super::page::loaded;
use super::parts::{PageHead, Problem};
use crate::form::{FormState, use_form};
use crate::ui::{Button, ButtonVariant};
use api::{SettingsPageData, read_settings};
use expiry_change::{ChangeWords, SEEN};
use leptos::prelude::*;

/// One form for everything.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let _form = use_form();
    let data = Resource::new(|| (), |()| read_settings());
    view! {
        <FlashBanner />
        <PageHead title="Settings" about="For the whole program. A change applies to every purchase that arrives after it." />
        {loaded(data, page)}
    }
}

fn page(data: SettingsPageData) -> impl IntoView {
    let may_edit = data.may_edit;
    let form = use_context::<FormState>().unwrap_or_default();
    let seen = form.value(SEEN).unwrap_or_default().to_owned();
    let change = ChangeWords::of(&form).map(|change| expiry_change::card(change, seen, &data.points_name));
    let deed = if change.is_some() { "Save settings and expiry" } else { "Save settings" };
    view! {
        <form class="stack" style="--gap:var(--s-5)" method="post" action="/dashboard/settings">
            <Problem />
            <fieldset class="bare stack" style="--gap:var(--s-5)" disabled=!may_edit>
                {change}
                {fields::identity(&data)} {fields::money(&data)} {fields::purchases(&data)}
                {later::expiry(&data)} {later::returns(&data)} {later::cashback(&data)} {fields::apps(&data)}
            </fieldset>
            {may_edit
                .then(|| {
                    view! {
                        <div class="actionbar">
                            <span class="small muted grow">"Saved settings apply at once, on every server."</span>
                            <Button variant=ButtonVariant::Primary name="do" value="save">{deed}</Button>
                        </div>
                    }
                })}
        </form>
    }
}

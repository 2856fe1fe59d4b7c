//! Claim a receipt: a purchase that nobody's name was on.

#[cfg(feature = "ssr")]
pub(super) mod form;
#[cfg(feature = "ssr")]
pub mod throttle;

use super::merchant::use_merchant;
use super::parts::PageTitle;
use crate::form::use_form;
use crate::ui::{Banner, BannerTone, Button, ButtonSize, ButtonVariant, TextField};
use leptos::prelude::*;

/// The form.
#[component]
pub(super) fn Claim() -> impl IntoView {
    let merchant = use_merchant();
    let form = use_form();
    let problem = form.problem().map(|problem| {
        view! { <Banner tone=BannerTone::Danger title=problem.to_owned()/> }
    });
    view! {
        <PageTitle title="Claim a receipt"/>
        <div class="portal__body">
            {problem}
            <p class="muted">
                "Bought something without showing your card? The code on the receipt brings you the points, once."
            </p>
            <form method="post" action=merchant.path("claim") class="stack">
                <TextField
                    name="code"
                    label="Code on the receipt"
                    help="16 letters and digits. Capitals, spaces and hyphens do not matter."
                    maxlength=40
                    required=true
                />
                <Button variant=ButtonVariant::Primary size=ButtonSize::Large block=true>"Claim the points"</Button>
            </form>
        </div>
    }
}

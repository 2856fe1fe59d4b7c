//! Claim a receipt: a purchase that nobody's name was on.

pub(super) mod form;
pub mod throttle;

use super::drawn::{Ask, Sheet};
use super::parts::PageTitle;
use crate::error::PageError;
use crate::ui::{Banner, BannerTone, Button, ButtonSize, ButtonVariant, TextField};
use leptos::prelude::*;

/// `claim`: the form.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let action = ask.merchant.path("claim");
    let problem = ask.form.problem().map(|problem| {
        view! { <Banner tone=BannerTone::Danger title=problem.to_owned()/> }
    });
    let body = view! {
        <PageTitle title="Claim a receipt"/>
        <div class="portal__body">
            {problem}
            <p class="muted">
                "Bought something without showing your card? The code on the receipt brings you the points, once."
            </p>
            <form method="post" action=action class="stack">
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
    };
    Ok(Sheet::new("Claim a receipt", body).still())
}

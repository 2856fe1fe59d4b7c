//! Claim a receipt: a purchase that nobody's name was on.

pub(super) mod form;
pub mod throttle;

use super::drawn::{Ask, Sheet};
use super::parts::PageTitle;
use crate::error::PageError;
use crate::ui::{Banner, BannerTone, Button, ButtonSize, ButtonVariant, TextField};
use leptos::prelude::*;

/// Characters that the field takes.
const LONGEST: u32 = 40;

/// `claim`: the form. The address may bring the code, as the link on a receipt does; the customer still presses the button.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let code: String = ask.query("code").unwrap_or_default().chars().take(LONGEST as usize).collect();
    let action = ask.merchant.path("claim");
    let problem = ask.form.problem().map(|problem| {
        view! { <Banner tone=BannerTone::Danger title=problem.to_owned()/> }
    });
    // Where it is no tab of its own, it belongs to the activity.
    let title = if ask.merchant.has_referrals {
        let activity = ask.merchant.path("activity");
        view! { <PageTitle title="Claim a receipt" back=(activity, "All activity")/> }.into_any()
    } else {
        view! { <PageTitle title="Claim a receipt"/> }.into_any()
    };
    let body = view! {
        {title}
        <div class="portal__body">
            {problem}
            <p class="muted">
                "Bought something without showing your card? The code on the receipt gives you its points, once."
            </p>
            <form method="post" action=action class="stack">
                <TextField
                    name="code"
                    label="Code on the receipt"
                    help="16 letters and digits. Capitals, spaces and hyphens make no difference."
                    value=code
                    maxlength=LONGEST
                    required=true
                />
                <Button variant=ButtonVariant::Primary size=ButtonSize::Large block=true>"Claim the points"</Button>
            </form>
        </div>
    };
    Ok(Sheet::new("Claim a receipt", body).still())
}

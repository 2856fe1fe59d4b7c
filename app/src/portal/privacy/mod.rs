//! What a customer may do about the own data: take them along, or have them deleted and leave.

pub(super) mod download;
pub(super) mod form;
pub(super) mod leave;

use super::drawn::{Ask, Sheet};
use super::parts::PageTitle;
use crate::error::PageError;
use leptos::prelude::*;

/// `your-data`: what there is to know, and the two ways.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let merchant = ask.merchant.clone();
    let (download, leave, card) =
        (merchant.path("your-data/download"), merchant.path("leave"), merchant.path("card"));
    let body = view! {
        <PageTitle title="Your data" back=(card, "Your card")/>
        <div class="portal__body">
            <section class="card">
                <div class="card__body stack">
                    <h2>"Take it with you"</h2>
                    <p class="muted">
                        {format!("One file with everything that {} knows about you: who you are, what you bought and returned, \
                                  every point and why, your rewards and vouchers, and what was written to you in the last 30 days.",
                            merchant.name)}
                    </p>
                    <a class="btn btn--primary btn--block" href=download download="" rel="external">"Download your data"</a>
                    <p class="small muted">"A JSON file, which other programs can read."</p>
                </div>
            </section>
            <section class="card">
                <div class="card__body stack">
                    <h2>"Leave the program"</h2>
                    <p class="muted">
                        "Everything that identifies you is deleted for good. First you see what you would lose; then you confirm \
                         with a code we send you."
                    </p>
                    <a class="btn btn--block" href=leave>"See what leaving means"</a>
                </div>
            </section>
        </div>
    };
    Ok(Sheet::new("Your data", body))
}

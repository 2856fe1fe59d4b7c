//! Which e-mails the customer wants.

pub(super) mod form;

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::PageTitle;
use crate::error::PageError;
use crate::ui::{Banner, BannerTone, Button, ButtonVariant};
use leptos::prelude::*;
use perennial_engine::messages::MessagePreference;

/// `messages`: a box for every kind of letter that may be chosen.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let customer = ask.customer()?;
    let chosen = ask.engine().message_preferences(&ask.cx, customer).await?.preferences;
    let address = ask.engine().customer_get(&ask.cx, customer).await?.email;
    let problem = ask.form.problem().map(str::to_owned);
    let is_saved = ask.query("done") == Some("saved");
    let body = view! {
        <PageTitle title="Your e-mails" back=(ask.merchant.path("card"), "Your card")/>
        <div class="portal__body portal__body--list">
            {problem.map(|problem| view! { <Banner tone=BannerTone::Danger title=problem/> })}
            {is_saved.then(|| view! { <Banner tone=BannerTone::Leaf title="Saved. It counts from now on."/> })}
            <Choices chosen=chosen address=address/>
        </div>
    };
    // What is being ticked stays as it is.
    Ok(Sheet::new("Your e-mails", body).still())
}

#[component]
fn Choices(chosen: Vec<MessagePreference>, address: Option<String>) -> impl IntoView {
    let merchant = use_merchant();
    let to = match address {
        Some(address) => format!("They go to {address}."),
        None => "We have no e-mail address of yours, so nothing is sent for now.".to_owned(),
    };
    let boxes = chosen
        .into_iter()
        .map(|MessagePreference { kind, email }| {
            view! {
                <label class="check">
                    <input type="checkbox" name=kind.as_str() value="on" checked=email/>
                    <span>{kind.occasion()}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <form method="post" action=merchant.path("messages") class="card">
            <fieldset class="card__body stack stack--tight choices">
                <legend class="field__label">{format!("{} may write to you when", merchant.name)}</legend>
                {boxes}
                <p class="small muted">
                    {to}
                    " Sign-in codes are always sent. Everything also appears under Notifications."
                </p>
                <div><Button variant=ButtonVariant::Primary block=true>"Save"</Button></div>
            </fieldset>
        </form>
    }
}

//! The member card: a code to show at the till, who is signed in, how the portal looks, and the way to one's data.

pub(super) mod code;

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::PageTitle;
use crate::error::PageError;
use crate::ui::{Avatar, Button, Icon, Qr, QrView, ThemeForm, icon};
use leptos::prelude::*;

/// `card`: the card of the customer. Its code is the card number, else the id.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let customer = ask.engine().customer_get(&ask.cx, ask.customer()?).await?;
    let text = customer.card.clone().unwrap_or_else(|| customer.id.to_string());
    let code = code::qr(&text)?;
    let (here, sign_out) = (ask.here(), ask.merchant.path("sign-out"));
    let messages = ask.merchant.path("messages");
    let data = ask.merchant.path("your-data");
    let body = view! {
        <PageTitle title="Your card"/>
        <div class="portal__body">
            <Card name=customer.name email=customer.email code=code/>
            <section class="card card--flush" aria-label="You">
                <a class="listrow" href=ask.merchant.path("you")>
                    <span class="listrow__icon"><Icon glyph=icon::SETTINGS/></span>
                    <span><b>"About you"</b><small>"How we know you, and your birthday"</small></span>
                    <Icon glyph=icon::RIGHT/>
                </a>
                <a class="listrow" href=messages>
                    <span class="listrow__icon"><Icon glyph=icon::MAIL/></span>
                    <span><b>"E-mails"</b><small>"Choose which of them you get"</small></span>
                    <Icon glyph=icon::RIGHT/>
                </a>
                <a class="listrow" href=data>
                    <span class="listrow__icon"><Icon glyph=icon::DOWNLOAD/></span>
                    <span><b>"Your data"</b><small>"Take it with you, or leave the program"</small></span>
                    <Icon glyph=icon::RIGHT/>
                </a>
            </section>
            <section class="portal__section" aria-labelledby="look">
                <h2 id="look">"Appearance"</h2>
                <ThemeForm current=RwSignal::new(ask.theme) back=here/>
            </section>
            <form method="post" action=sign_out><Button block=true>"Sign out"</Button></form>
        </div>
    };
    Ok(Sheet::new("Your card", body))
}

#[component]
fn Card(name: Option<String>, email: Option<String>, code: QrView) -> impl IntoView {
    let merchant = use_merchant();
    let title = name.clone().or_else(|| email.clone()).unwrap_or_else(|| "Your card".to_owned());
    let how = match &email {
        Some(_) => "Show it before you pay. The till reads the code, or finds you by your e-mail address.",
        None => "Show it before you pay. The till reads the code, or somebody types what is below it.",
    };
    let detail = name.is_some().then_some(email).flatten();
    view! {
        <section class="card membercard" aria-label="Member card">
            <p class="membercard__merchant display">{merchant.name}</p>
            <Qr code=code label="QR code of your card"/>
            <div class="membercard__who">
                <Avatar name=title.clone()/>
                <span><b>{title}</b>{detail.map(|detail| view! { <small>{detail}</small> })}</span>
            </div>
        </section>
        <p class="muted">{how}</p>
    }
}

//! Leaving: what is lost, and the code that confirms it.

use crate::error::PageError;
use crate::format::money;
use crate::portal::drawn::{Ask, Sheet};
use crate::portal::merchant::PortalMerchant;
use crate::portal::parts::PageTitle;
use crate::ui::{
    Banner, BannerTone, Button, ButtonSize, ButtonVariant, Icon, LinkButton, TextField, grouped, icon,
};
use leptos::prelude::*;
use perennial_engine::privacy::Lost;

/// `leave`: first what it means, then the code.
pub(in crate::portal) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let customer = ask.customer()?;
    let lost = ask.engine().customer_lost(&ask.cx, customer).await?;
    let email = ask.engine().customer_get(&ask.cx, customer).await?.email;
    let problem = ask.form.problem().map(str::to_owned);
    let is_sent = ask.query("sent").is_some() || ask.form.value("code").is_some();
    let merchant = ask.merchant.clone();
    let (back, action) = (merchant.path("your-data"), merchant.path("leave"));
    let next = match email {
        None => view! {
            <p>{format!("We have no e-mail address of yours to send a code to. Please ask {} to delete your data.", merchant.name)}</p>
        }
        .into_any(),
        Some(email) if is_sent => view! { <Confirm action=action email=email/> }.into_any(),
        Some(email) => view! {
            <form method="post" action=action class="stack">
                <input type="hidden" name="send" value="code"/>
                <p class="muted">{format!("To be sure that it is you, we send a code to {email}.")}</p>
                <Button size=ButtonSize::Large block=true>"Send me a code"</Button>
            </form>
        }
        .into_any(),
    };
    let body = view! {
        <PageTitle title="Leave the program"/>
        <div class="portal__body">
            {problem.map(|problem| view! { <Banner tone=BannerTone::Danger title=problem/> })}
            <Losses lost=lost merchant=merchant/>
            {next}
            <a class="back" href=back><Icon glyph=icon::LEFT/>"Stay, and go back"</a>
        </div>
    };
    Ok(Sheet::new("Leave the program", body).still())
}

/// What leaving means.
#[component]
fn Losses(lost: Lost, merchant: PortalMerchant) -> impl IntoView {
    let lines = losses(&lost, &merchant.points_name);
    let lines = lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
    view! {
        <section class="card" aria-labelledby="lose">
            <div class="card__body stack">
                <h2 id="lose">"What you lose"</h2>
                <ul class="stack stack--tight">{lines}</ul>
                <p class="muted">
                    {format!("{} deletes your name, your addresses, your card and everything that was written to you. Your purchases \
                              stay in the books, without anything that leads to you. ", merchant.name)}
                    <b class="ink">"This cannot be undone."</b>
                </p>
            </div>
        </section>
    }
}

/// The losses in words; something of everything that there is.
fn losses(lost: &Lost, unit: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut some = |number: i64, text: String| {
        if number > 0 {
            lines.push(text);
        }
    };
    some(lost.points, format!("{} {unit} that you can spend", grouped(lost.points)));
    some(lost.pending, format!("{} {unit} that are still waiting", grouped(lost.pending)));
    some(lost.reserved, format!("{} {unit} that are held for a reward", grouped(lost.reserved)));
    for wallet in &lost.cashback {
        some(wallet.amount, format!("{} of cashback", money(wallet.amount, &wallet.currency)));
    }
    let vouchers = if lost.vouchers == 1 { "voucher" } else { "vouchers" };
    some(lost.vouchers, format!("{} {vouchers} that you have not used", grouped(lost.vouchers)));
    let awards = if lost.awards == 1 { "reward that was" } else { "rewards that were" };
    some(lost.awards, format!("{} {awards} on the way to you", grouped(lost.awards)));
    if let Some(tier) = &lost.tier {
        lines.push(format!("Your tier, {tier}"));
    }
    if lines.is_empty() {
        lines.push(format!("No {unit}: you have none at the moment"));
    }
    lines
}

/// The last step.
#[component]
fn Confirm(action: String, email: String) -> impl IntoView {
    let again = format!("{action}?again");
    view! {
        <form method="post" action=action class="stack">
            <TextField
                name="code"
                label="Code from the e-mail"
                help=format!("Six digits, sent to {email}. It works for ten minutes.")
                inputmode="numeric"
                autocomplete="one-time-code"
                maxlength=12
                required=true
            />
            <Button variant=ButtonVariant::DangerFill size=ButtonSize::Large block=true>
                "Delete my data and leave"
            </Button>
        </form>
        <LinkButton href=again>"No code came"</LinkButton>
    }
}

#[cfg(test)]
mod tests {
    use perennial_engine::privacy::Money;

    use super::*;

    #[test]
    fn everything_that_is_lost_is_named_and_nothing_else() {
        let lost = Lost {
            points: 1_200,
            pending: 0,
            reserved: 10,
            cashback: vec![Money { amount: 410, currency: "USD".to_owned() }],
            vouchers: 1,
            awards: 0,
            tier: Some("Silver".to_owned()),
        };
        let lines = losses(&lost, "leaves");
        assert_eq!(
            lines,
            [
                "1,200 leaves that you can spend",
                "10 leaves that are held for a reward",
                "$4.10 of cashback",
                "1 voucher that you have not used",
                "Your tier, Silver",
            ]
        );
        assert_eq!(losses(&Lost::default(), "leaves"), ["No leaves: you have none at the moment"]);
    }
}

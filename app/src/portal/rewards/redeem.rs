//! The last look before points are taken, and the form that takes them.

use super::dto::RedeemView;
use super::{confirm, words};
use crate::error::PageError;
use crate::portal::drawn::{Ask, Sheet};
use crate::portal::merchant::use_merchant;
use crate::portal::parts::PageTitle;
use crate::ui::{Banner, BannerTone, Button, ButtonSize, ButtonVariant, LinkButton, grouped};
use leptos::prelude::*;
use uuid::Uuid;

/// `rewards/:reward/redeem`: what redeeming would do, for as many points as were chosen.
pub(in crate::portal) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (engine, cx, id) = (ask.engine(), &ask.cx, ask.customer()?);
    let (shelf, offers) = words::offers(engine, cx, id).await?;
    let offer = confirm::find(&offers, ask.name("reward")?).ok_or(PageError::NotFound)?;
    let before = engine.customer_points(cx, &id.into()).await?.points;
    let view = confirm::look(&shelf, offer, ask.query("points"), before, engine.now(cx.merchant()))?;
    // Makes this form redeem once, however often it is sent. While it is under way, the page stays what it is.
    let mark = Uuid::now_v7().to_string();
    let problem = ask.form.problem().map(str::to_owned);
    Ok(Sheet::new("Redeem it?", view! { <Look view=view mark=mark problem=problem/> }).showing(before))
}

#[component]
fn Look(view: RedeemView, mark: String, problem: Option<String>) -> impl IntoView {
    let merchant = use_merchant();
    let RedeemView { href, action, name, worth, cost, before, after, notes, refused } = view;
    let problem = problem.map(|problem| view! { <Banner tone=BannerTone::Danger title=problem/> });
    let body = match refused {
        Some(refused) => view! {
            {problem}
            <Banner tone=BannerTone::Petal title="It cannot be redeemed just now.">{refused}</Banner>
            <LinkButton href=href block=true>"Back to the reward"</LinkButton>
        }
        .into_any(),
        None => view! {
            {problem}
            <section class="card deal" aria-label="What happens">
                <div class="card__body stack">
                    <div>
                        <h2>{name}</h2>
                        <p class="muted">{worth}</p>
                    </div>
                    <dl class="deal__sum">
                        <div><dt>"You have"</dt><dd>{grouped(before)}</dd></div>
                        <div><dt>"It costs"</dt><dd>{format!("−{cost}")}</dd></div>
                        <div class="is-total"><dt>"You keep"</dt><dd>{format!("{} {}", grouped(after), merchant.points_name)}</dd></div>
                    </dl>
                </div>
                <ul class="deal__notes">
                    {notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}
                </ul>
            </section>
            <form method="post" action=action class="stack">
                <input type="hidden" name="once" value=mark/>
                <Button variant=ButtonVariant::Primary size=ButtonSize::Large block=true>
                    {format!("Redeem for {cost}")}
                </Button>
                <LinkButton href=href variant=ButtonVariant::Quiet block=true>"Not now"</LinkButton>
            </form>
        }
        .into_any(),
    };
    view! {
        <PageTitle title="Redeem it?"/>
        <div class="portal__body portal__body--list">{body}</div>
    }
}

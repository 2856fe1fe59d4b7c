//! One voucher with its code, or one thing that people prepare, with how far it is.

use super::dto::{StageView, VoucherView};
use super::words;
use crate::error::PageError;
use crate::portal::card::code::qr;
use crate::portal::drawn::{Ask, Sheet};
use crate::portal::merchant::use_merchant;
use crate::portal::parts::PageTitle;
use crate::portal::rewards::words::shelf;
use crate::ui::{Badge, Banner, BannerTone, Button, Dot, Icon, KeyValue, Qr, Tone, icon};
use leptos::prelude::*;

/// What has just been done here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Redeemed,
    Returned,
}

/// `vouchers/:voucher`: one thing that the customer has had, by its redemption or, when it was given, its voucher.
pub(in crate::portal) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (engine, customer, id) = (ask.engine(), ask.customer()?, ask.name("voucher")?);
    let had = engine.customer_reward(&ask.cx, customer, id).await?;
    let steps = match had.redemption_id {
        Some(id) => engine.redemption_get(&ask.cx, id).await?.steps,
        None => Vec::new(),
    };
    let shelf = shelf(engine, &ask.cx).await?;
    let points = engine.customer_points(&ask.cx, &customer.into()).await?.points;
    let now = engine.now(ask.cx.merchant());
    let code = had.code.as_deref().filter(|_| had.is_open).map(qr).transpose()?;
    let view = VoucherView {
        href: shelf.path(&format!("vouchers/{}", had.id)),
        worth: words::worth(&shelf, &had),
        state: words::state(&shelf, &had, now),
        is_open: had.is_open,
        code,
        how: words::how(&had, shelf.settings().name.as_str()),
        stages: words::stages(&shelf, &had, &steps, now),
        facts: words::facts(&shelf, &had, now),
        purchase: had
            .purchase_id
            .filter(|_| had.used_at.is_some())
            .map(|id| shelf.path(&format!("activity/{id}"))),
        give_back: had.points.filter(|_| words::can_give_back(&had)).map(|points| shelf.points(points)),
        points: shelf.points(points),
        name: had.name,
        description: had.description,
    };
    let done = match ask.query("done") {
        Some("redeemed") => Some(Done::Redeemed),
        Some("returned") => Some(Done::Returned),
        _ => None,
    };
    let problem = ask.form.problem().map(str::to_owned);
    let title = view.name.clone();
    Ok(Sheet::new(title, view! { <Loaded view=view done=done problem=problem/> }))
}

#[component]
fn Loaded(view: VoucherView, done: Option<Done>, problem: Option<String>) -> impl IntoView {
    let merchant = use_merchant();
    let VoucherView {
        href,
        name,
        worth,
        description,
        state,
        is_open,
        code,
        how,
        stages,
        facts,
        purchase,
        give_back,
        points,
    } = view;
    let problem = problem.map(|problem| view! { <Banner tone=BannerTone::Danger title=problem/> });
    // The address remembers what was done; what has happened since counts more.
    let news = match done {
        Some(Done::Redeemed) if is_open => Some(("It is yours.", format!("You have {points} left."))),
        Some(Done::Returned) if !is_open => Some(("It is given back.", format!("You have {points} now."))),
        _ => None,
    };
    let news = news.map(|(title, text)| view! { <Banner tone=BannerTone::Leaf title=title>{text}</Banner> });
    let (tone, dot) = if is_open { (Tone::Leaf, Dot::Full) } else { (Tone::Plain, Dot::Ring) };
    let label = format!("QR code of {name}");
    let give_back = give_back.map(|points| view! { <GiveBack href=href points=points/> });
    view! {
        <PageTitle title=name back=(merchant.path("vouchers"), "All your vouchers")/>
        <div class="portal__body portal__body--list">
            {problem}
            {news}
            <section class="card membercard vouchercard" aria-label="Voucher">
                <p class="membercard__merchant display">{worth}</p>
                {code.map(|code| view! { <Qr code=code label=label/> })}
                {(!stages.is_empty()).then(|| view! { <Stages stages=stages/> })}
                <Badge tone=tone dot=dot>{state}</Badge>
                {how.map(|how| view! { <p class="muted vouchercard__how">{how}</p> })}
            </section>
            {description.map(|text| view! { <p class="muted">{text}</p> })}
            <KeyValue pairs=facts/>
            {purchase.map(|href| view! {
                <a class="back" href=href>"The purchase that it was used in"<Icon glyph=icon::RIGHT/></a>
            })}
            {give_back}
        </div>
    }
}

/// How far people have come with it.
#[component]
fn Stages(stages: Vec<StageView>) -> impl IntoView {
    let stages = stages
        .into_iter()
        .map(|StageView { label, at, is_reached, is_next }| {
            let class = match (is_reached, is_next) {
                (true, _) => "is-reached",
                (_, true) => "is-next",
                _ => "",
            };
            view! { <li class=class><i></i><span><b>{label}</b>{at}</span></li> }
        })
        .collect_view();
    view! { <ol class="tracker" aria-label="How far it is">{stages}</ol> }
}

/// Giving back is one more tap away than showing the code.
#[component]
fn GiveBack(href: String, points: String) -> impl IntoView {
    view! {
        <details class="undo">
            <summary><Icon glyph=icon::UNDO/>"Give it back"</summary>
            <form method="post" action=href class="stack">
                <p class="muted">{format!("It is over then, and {points} are yours again. They keep the day on which they expire.")}</p>
                <Button block=true>{format!("Give it back for {points}")}</Button>
            </form>
        </details>
    }
}

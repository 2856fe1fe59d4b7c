//! The leaderboard: who has earned most this week, this month or ever, and where the customer stands.

pub(super) mod form;

use super::drawn::{Ask, Sheet};
use super::merchant::use_merchant;
use super::parts::PageTitle;
use crate::error::PageError;
use crate::format::date;
use crate::ui::{Banner, BannerTone, Button, Empty, LinkButton, grouped};
use leptos::prelude::*;
use perennial_domain::leaderboard::LeaderboardPeriod;
use perennial_engine::leaderboard::{Leaderboard, LeaderboardRow, LeaderboardStanding};

/// Customers on a page.
const PAGE: u32 = 25;

/// `leaderboard`: a page of it, for the period that the address asks for.
pub(super) async fn draw(ask: Ask) -> Result<Sheet, PageError> {
    let (engine, cx, customer) = (ask.engine(), &ask.cx, ask.customer()?);
    let period =
        ask.query("period").and_then(|period| period.parse().ok()).unwrap_or(LeaderboardPeriod::Month);
    let (list, later) = ask.list(PAGE)?;
    let board = engine.leaderboard(cx, period, &list).await?;
    let standing = engine.leaderboard_standing(cx, period, customer).await?;
    let problem = ask.form.problem().map(str::to_owned);
    let counting = board.counting.then(|| {
        view! {
            <Banner title="Still counting.">
                "What was bought before is being counted: places may change until that is done."
            </Banner>
        }
    });
    let body = view! {
        <PageTitle title="Leaderboard" back=(ask.merchant.path(""), "Home")/>
        <div class="portal__body portal__body--list">
            {problem.map(|problem| view! { <Banner tone=BannerTone::Danger title=problem/> })}
            <Periods chosen=period/>
            {counting}
            <Standing standing=standing.clone()/>
            <Board board=board later=later/>
            <Seen hidden=standing.hidden/>
        </div>
    };
    Ok(Sheet::new("Leaderboard", body))
}

/// What the period is called.
const fn label(period: LeaderboardPeriod) -> &'static str {
    match period {
        LeaderboardPeriod::Week => "This week",
        LeaderboardPeriod::Month => "This month",
        LeaderboardPeriod::Ever => "Ever",
    }
}

/// Which of the periods.
#[component]
fn Periods(chosen: LeaderboardPeriod) -> impl IntoView {
    let here = use_merchant().path("leaderboard");
    let periods = LeaderboardPeriod::ALL.map(|period| {
        let href = format!("{here}?period={}", period.as_str());
        let current = (period == chosen).then_some("true");
        view! { <a class="chip" href=href aria-current=current>{label(period)}</a> }
    });
    view! { <nav class="row" aria-label="Period">{periods.collect_view()}</nav> }
}

/// Where the customer stands.
#[component]
fn Standing(standing: LeaderboardStanding) -> impl IntoView {
    let unit = use_merchant().points_name;
    let LeaderboardStanding { hidden, rank, points, behind, customers, ends_on, .. } = standing;
    let place = match (hidden, rank) {
        (true, _) => "You are not on it".to_owned(),
        (false, Some(rank)) => format!("You are number {} of {}", grouped(rank), grouped(customers)),
        (false, None) => format!("No {unit} in this period yet"),
    };
    let behind = behind.map(|behind| format!("{} {unit} to the next place. ", grouped(behind.max(0) + 1)));
    let until = ends_on.map(|day| format!("It ends on {}.", date(day)));
    view! {
        <section class="card" aria-label="Where you stand">
            <div class="card__body stack stack--tight">
                <h2>{place}</h2>
                <p class="muted">{format!("You have earned {} {unit} in it. ", grouped(points))}{behind}{until}</p>
            </div>
        </section>
    }
}

/// Those who have most.
#[component]
fn Board(board: Leaderboard, later: bool) -> impl IntoView {
    let merchant = use_merchant();
    let Leaderboard { period, data, next, .. } = board;
    if data.is_empty() {
        let text = format!("Whoever earns {} in this period appears here.", merchant.points_name);
        return view! { <Empty title="Nobody yet" text=text/> }.into_any();
    }
    let here = format!("{}?period={}", merchant.path("leaderboard"), period.as_str());
    let newest = later.then(|| view! { <LinkButton href=here.clone()>"To the top"</LinkButton> });
    let more = next
        .map(|next| view! { <LinkButton href=format!("{here}&after={next}")>"Further down"</LinkButton> });
    let pages = (newest.is_some() || more.is_some())
        .then(|| view! { <nav class="row" aria-label="Pages">{newest}{more}</nav> });
    let unit = merchant.points_name;
    let rows = data.into_iter().map(|one| row(one, &unit)).collect_view();
    view! { <ol class="card card--flush board">{rows}</ol>{pages} }.into_any()
}

fn row(row: LeaderboardRow, unit: &str) -> impl IntoView + use<> {
    let LeaderboardRow { rank, points, name, is_you, .. } = row;
    let name = if is_you { "You".to_owned() } else { name.unwrap_or_else(|| "Somebody".to_owned()) };
    let class = if is_you { "listrow is-you" } else { "listrow" };
    view! {
        <li class=class aria-current=is_you.then_some("true")>
            <span class="board__rank num">{grouped(rank)}</span>
            <b>{name}</b>
            <span><b class="num">{grouped(points)}</b><small>{unit.to_owned()}</small></span>
        </li>
    }
}

/// Whether others see the customer here.
#[component]
fn Seen(hidden: bool) -> impl IntoView {
    let merchant = use_merchant();
    let (text, value, action) = if hidden {
        (
            "Others do not see you here, and you have no place. Your points stay the same.",
            "false",
            "Show me here",
        )
    } else {
        ("Others see your first name and one letter of your last.", "true", "Do not show me here")
    };
    view! {
        <form method="post" action=merchant.path("leaderboard") class="stack stack--tight">
            <p class="small muted">{text}</p>
            <input type="hidden" name="hidden" value=value/>
            <Button block=true>{action}</Button>
        </form>
    }
}

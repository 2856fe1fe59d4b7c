//! Home: how the program does, and for a new one the way to its first purchase.

pub mod api;
mod attention;
#[cfg(feature = "ssr")]
mod load;
mod shares;
mod start;
mod tiles;
#[cfg(feature = "ssr")]
mod waiting;

use super::chart::{Line, LineChart, Point};
use super::page::{capitalised, loaded, query_param};
use super::purchases;
use crate::ui::{LinkButton, grouped};
use api::{Home, read_home};
use leptos::prelude::*;
use leptos_meta::Title;

/// The first page of the dashboard. The period is part of the address: `?days=7`.
#[component]
pub fn HomePage() -> impl IntoView {
    let days = query_param("days");
    let data = Resource::new(move || days.get(), |days| read_home(days.parse().unwrap_or(30)));
    view! {
        <Title text="Home" />
        {loaded(data, page)}
    }
}

fn page(home: Home) -> impl IntoView {
    let periods = [7_u16, 30, 90]
        .into_iter()
        .map(|days| {
            let current = (days == home.days).then_some("true");
            view! { <a class="chip" href=format!("/dashboard?days={days}") aria-current=current>{format!("{days} days")}</a> }
        })
        .collect_view();
    let start = (!home.start.is_done()).then(|| view! { <start::FirstSteps steps=home.start.clone() /> });
    let figures = home.start.has_purchases.then(|| figures(&home));
    let greeting =
        if home.start.has_purchases { "Home".to_owned() } else { format!("Welcome, {}", home.first_name) };
    let about = if home.start.has_purchases {
        home.period.clone()
    } else {
        "A few steps to the first points. Everything can be changed later.".to_owned()
    };
    view! {
        <div class="page__head">
            <div>
                <h1>{greeting}</h1>
                <p>{about}</p>
            </div>
            {home
                .start
                .has_purchases
                .then(|| {
                    view! {
                        <nav class="page__actions" aria-label="Period">
                            {periods}
                        </nav>
                    }
                })}
        </div>
        {start}
        {figures}
    }
}

fn figures(home: &Home) -> impl IntoView + use<> {
    let now: Vec<Point> = home.series.iter().map(|day| Point { date: day.date, value: day.points }).collect();
    let before: Vec<i64> = home.series.iter().map(|day| day.points_before).collect();
    let word = capitalised(&home.points_name);
    let what = format!("{word} issued");
    let redeemed = Line {
        what: format!("{word} redeemed"),
        values: home.series.iter().map(|day| day.redeemed).collect(),
    };
    let counted = counted(&redeemed, home.given_back);
    let previous = format!("Issued, the {} days before", home.days);
    let latest = home.latest.clone();
    let points_name = home.points_name.clone();
    let (beside, rest) = match home.tiers.clone() {
        Some(tiers) => (shares::shares(tiers).into_any(), Some(running(home).into_any())),
        None => (running(home).into_any(), None),
    };
    let below = match (attention::attention(home.attention.clone()), rest) {
        (Some(waiting), Some(rest)) => {
            view! { <div class="cols cols--even" style="--main:1fr;--aside:1fr">{waiting} {rest}</div> }
                .into_any()
        }
        (waiting, rest) => view! { {waiting} {rest} }.into_any(),
    };
    view! {
        {tiles::tiles(home)}
        <div class="cols cols--even">
            <section class="card" aria-labelledby="chart">
                <div class="card__head">
                    <h2 id="chart">{format!("{what} and redeemed, per day")}</h2>
                    <div class="legend">
                        <span>
                            <i style="--_c:var(--viz-earn)"></i>
                            "Issued"
                        </span>
                        <span>
                            <i style="--_c:var(--viz-burn)"></i>
                            "Redeemed"
                        </span>
                        <span>
                            <i class="is-dashed"></i>
                            {previous}
                        </span>
                    </div>
                </div>
                <div class="card__body stack">
                    <LineChart now=now before=before what=what burn=redeemed />
                    <p class="small muted">{counted}</p>
                </div>
            </section>
            {beside}
        </div>
        {below}
        <section class="card card--flush" aria-labelledby="latest">
            <div class="card__head">
                <h2 id="latest">"Latest purchases"</h2>
                <a class="small" href="/dashboard/purchases">"All purchases"</a>
            </div>
            {if latest.is_empty() {
                view! {
                    <div class="empty">
                        <p>"None that you may see."</p>
                        <LinkButton href="/dashboard/purchases">"All purchases"</LinkButton>
                    </div>
                }
                    .into_any()
            } else {
                purchases::rows(latest, &points_name, true).into_any()
            }}
        </section>
    }
}

/// What the line of what was redeemed counts, in words.
fn counted(redeemed: &Line, given_back: i64) -> String {
    let mut words = if redeemed.values.iter().any(|points| *points > 0) {
        "Redeemed is what customers spent on rewards and as a part of purchases, on the day it was taken."
            .to_owned()
    } else {
        "Nothing was redeemed in this period.".to_owned()
    };
    if given_back > 0 {
        words.push_str(&format!(
            " Cancellations and returns gave back {} in this period, which is not taken off.",
            grouped(given_back)
        ));
    }
    words
}

/// What customers earn by at this moment.
fn running(home: &Home) -> impl IntoView + use<> {
    let more = home.more_running;
    let body = if home.running.is_empty() {
        view! {
            <div class="card__body">
                <p class="small muted">"No promotion is running, so purchases earn nothing now."</p>
            </div>
        }
        .into_any()
    } else {
        let rows = home
            .running
            .clone()
            .into_iter()
            .map(|promotion| {
                view! {
                    <li>
                        <a class="strong" href=format!("/dashboard/promotions/{}", promotion.id)>{promotion.name}</a>
                        <p class="small muted clamped">{promotion.summary}</p>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="card__rows card__rows--below">{rows}</ul> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="running">
            <div class="card__head">
                <h2 id="running">"Running now"</h2>
                <a class="small" href="/dashboard/promotions?state=running">{if more { "All running" } else { "Promotions" }}</a>
            </div>
            {body}
        </section>
    }
}

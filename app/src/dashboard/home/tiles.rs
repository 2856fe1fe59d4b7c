//! The figures of the period, each beside the one of the period before.

use super::super::chart::Spark;
use super::super::format;
use super::super::page::capitalised;
use super::api::{Compared, Home};
use crate::ui::icon::{self, Icon};
use crate::ui::{Delta, DeltaView, grouped};
use leptos::prelude::*;

/// The sheet of tiles.
pub fn tiles(home: &Home) -> impl IntoView + use<> {
    let series = |of: fn(&super::api::DayRow) -> (i64, i64)| -> (Vec<i64>, Vec<i64>) {
        home.series.iter().map(of).unzip()
    };
    let word = capitalised(&home.points_name);
    let label = format!("Key figures of the last {} days, beside the {} days before", home.days, home.days);
    let outstanding = match &home.outstanding_worth {
        Some(worth) => format!("worth {worth}"),
        None => "held by customers now".to_owned(),
    };
    let members = format!("of {} in the program", grouped(home.customers));
    view! {
        <section class="tiles" style="--tile:20rem" aria-label=label>
            {compared("Purchases", &home.purchases, grouped, series(|day| (day.purchases, day.purchases_before)))}
            {money("Sales in the program", &home.amount, series(|day| (day.amount, day.amount_before)))}
            {compared(&format!("{word} issued"), &home.points, format::short, series(|day| (day.points, day.points_before)))}
            {compared("New customers", &home.new_customers, grouped, (Vec::new(), Vec::new()))}
            {plain("Active customers", "Their latest purchase lies in this period.", grouped(home.active_customers), members)}
            {plain(&format!("{word} outstanding"), "All that customers could spend now.", format::short(home.outstanding), outstanding)}
        </section>
    }
}

fn delta(now: i64, before: i64) -> Option<DeltaView> {
    let change = format::change_permille(now, before)?;
    (change != 0).then(|| DeltaView { text: format::percent(change), up: change > 0, good: Some(change > 0) })
}

fn compared(
    label: &str,
    figure: &Compared,
    show: fn(i64) -> String,
    course: (Vec<i64>, Vec<i64>),
) -> impl IntoView + use<> {
    cell(
        label,
        show(figure.now),
        delta(figure.now, figure.before),
        from(figure.before, show(figure.before)),
        course,
    )
}

fn money(
    label: &str,
    figure: &super::api::ComparedMoney,
    course: (Vec<i64>, Vec<i64>),
) -> impl IntoView + use<> {
    let change = delta(figure.figure.now, figure.figure.before);
    cell(label, figure.now.clone(), change, from(figure.figure.before, figure.before.clone()), course)
}

fn from(before: i64, text: String) -> String {
    if before == 0 { "none in the period before".to_owned() } else { format!("from {text}") }
}

fn cell(
    label: &str,
    value: String,
    change: Option<DeltaView>,
    note: String,
    course: (Vec<i64>, Vec<i64>),
) -> impl IntoView + use<> {
    let label = label.to_owned();
    let (now, before) = course;
    view! {
        <div class="tile">
            <div class="tile__label">{label}</div>
            <div class="tile__value">{value}</div>
            <Spark now=now before=before />
            <div class="tile__note">{change.map(|change| view! { <Delta change=change /> })} {note}</div>
        </div>
    }
}

fn plain(label: &str, tip: &'static str, value: String, note: String) -> impl IntoView + use<> {
    let label = label.to_owned();
    view! {
        <div class="tile">
            <div class="tile__label">
                {label}
                <span class="tip" tabindex="0" role="note" aria-label=tip>
                    <Icon glyph=icon::INFO />
                    <span role="tooltip">{tip}</span>
                </span>
            </div>
            <div class="tile__value">{value}</div>
            <div class="tile__note">{note}</div>
        </div>
    }
}

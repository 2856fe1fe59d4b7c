//! The figures of the first page, from the engine.

use super::super::session::{self, Staff};
use super::super::{customers, format, money, purchases};
use super::api::{Compared, ComparedMoney, DayRow, Home, Running, Start};
use super::waiting;
use crate::error::PageError;
use crate::session::app_state;
use perennial_domain::access::Action;
use perennial_domain::promotion::sentence;
use perennial_engine::promotions::{PromotionFilter, PromotionState};
use perennial_engine::purchases::PurchaseFilter;
use perennial_engine::statistics::{Figure, Overview};
use perennial_engine::{Actor, Cx, Engine, PageRequest};

/// Running promotions that are named.
const RUNNING: u32 = 3;
/// Rows of the latest purchases.
const LATEST: u32 = 6;

/// Everything on the first page, for 7, 30 or 90 days.
pub async fn home(days: u16) -> Result<Home, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let config = app_state()?.config;
    let days = if [7, 30, 90].contains(&days) { days } else { 30 };
    let snapshot = engine.snapshot(&cx).await?;
    let settings = &snapshot.settings;
    let overview = engine.overview(&cx, days, None).await?;
    let now = engine.now(cx.merchant());
    let latest =
        engine.purchase_list(&cx, &PurchaseFilter::default(), &PageRequest::new(Some(LATEST), None)?).await?;
    let running = engine
        .promotion_list(
            &cx,
            &PromotionFilter { state: Some(PromotionState::Running), ..PromotionFilter::default() },
            &PageRequest::new(Some(RUNNING), None)?,
        )
        .await?;
    let start = start(
        &engine,
        &cx,
        &overview,
        !latest.data.is_empty(),
        format!("{}/p/{}", config.base_url, snapshot.slug),
    )
    .await?;
    let show = |amount: i64| money::show(amount, settings.currency);
    Ok(Home {
        days,
        period: format!(
            "{} – {}, compared with the {days} days before.",
            format::day(overview.period.0),
            format::day(overview.period.1)
        ),
        first_name: first_name(&cx),
        purchases: compared(overview.purchases),
        amount: ComparedMoney {
            figure: compared(overview.amount),
            now: show(overview.amount.now),
            before: show(overview.amount.before),
        },
        points: compared(overview.points),
        new_customers: compared(overview.new_customers),
        active_customers: overview.active_customers,
        customers: overview.customers,
        outstanding: overview.outstanding,
        outstanding_worth: customers::load::worth(settings, overview.outstanding),
        attention: waiting::attention(&engine, &cx, &overview, settings.points_name.as_ref()).await?,
        tiers: waiting::tiers(&engine, &cx).await?,
        series: overview
            .days
            .iter()
            .map(|day| DayRow {
                date: day.date,
                purchases: day.now.purchases,
                purchases_before: day.before.purchases,
                amount: day.now.amount,
                amount_before: day.before.amount,
                points: day.now.points,
                points_before: day.before.points,
                redeemed: day.redeemed,
            })
            .collect(),
        given_back: overview.given_back,
        latest: latest.data.into_iter().map(|purchase| purchases::load::row(purchase, now)).collect(),
        more_running: running.next.is_some(),
        running: running
            .data
            .into_iter()
            .map(|promotion| Running {
                id: promotion.id.to_string(),
                name: promotion.terms.name.to_string(),
                summary: sentence(&promotion.terms, settings.currency),
            })
            .collect(),
        points_name: settings.points_name.to_string(),
        start,
    })
}

fn compared(figure: Figure) -> Compared {
    Compared { now: figure.now, before: figure.before }
}

fn first_name(cx: &Cx) -> String {
    match cx.actor() {
        Actor::Staff { name, .. } => name.split_whitespace().next().unwrap_or(name).to_owned(),
        _ => String::new(),
    }
}

async fn start(
    engine: &Engine,
    cx: &Cx,
    overview: &Overview,
    has_purchases: bool,
    portal: String,
) -> Result<Start, PageError> {
    let published = engine.rule_set(cx).await?.promotions.len();
    Ok(Start {
        retailers: i64::try_from(engine.retailer_count(cx).await?).unwrap_or(i64::MAX),
        published: i64::try_from(published).unwrap_or(i64::MAX),
        customers: overview.customers,
        has_purchases,
        portal,
        may_edit: cx.may(Action::PromotionsWrite) && cx.may(Action::CatalogueWrite),
        may_make_keys: cx.may(Action::KeysWrite),
    })
}

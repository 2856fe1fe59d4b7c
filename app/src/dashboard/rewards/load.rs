//! Rewards from the engine, in words.

use super::super::clock;
use super::super::csv::{Cell, Csv};
use super::super::load::searched;
use super::super::session::{self, Staff};
use super::dto::{CodesPage, Known, RewardForm, RewardList, RewardRow, State};
use super::fields::{self, Values};
use crate::error::PageError;
use crate::ui::grouped;
use axum::extract::Query;
use axum::response::Response;
use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::calendar::{end_instant, start_instant};
use perennial_domain::codes::Zone;
use perennial_domain::ids::RewardId;
use perennial_domain::promotion::parse_local;
use perennial_domain::rewards::{CostInput, ValueInput};
use perennial_engine::products::ProductFilter;
use perennial_engine::reward_search::RewardFilter;
use perennial_engine::rewards::{Reward, RewardCounts};
use perennial_engine::{Cx, Engine, LIMIT_MAX, PageRequest, fingerprint};
use serde::Deserialize;

fn filter(q: &str, kind: String, state: &str) -> RewardFilter {
    RewardFilter {
        search: searched(q),
        kind: Some(kind).filter(|kind| !kind.is_empty()),
        archived: state == "archived",
    }
}

/// A page of the list.
pub async fn list(q: String, kind: String, state: &str, after: String) -> Result<RewardList, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let zone = engine.merchant_settings(&cx).await?.time_zone;
    let now = engine.now(cx.merchant());
    let page = PageRequest::new(None, Some(after))?;
    let page = engine.reward_search(&cx, &filter(&q, kind, state), &page).await?;
    let ids: Vec<RewardId> = page.data.iter().map(|reward| reward.id).collect();
    let counts = engine.reward_counts(&cx, &ids).await?;
    let count = |id: RewardId| counts.get(&id).copied().unwrap_or_default();
    let row = |reward: Reward| row(count(reward.id), reward, zone, now);
    Ok(RewardList::of(page, row, cx.may(Action::RewardsWrite)))
}

fn row(counts: RewardCounts, reward: Reward, zone: Zone, now: DateTime<Utc>) -> RewardRow {
    let cost = match &reward.terms.points_cost {
        Some(CostInput::Fixed(points)) => grouped(*points),
        Some(CostInput::Variable(cost)) => format!("from {}", grouped(cost.min.unwrap_or(cost.step))),
        None => String::new(),
    };
    RewardRow {
        id: reward.id.to_string(),
        state: state(&reward, zone, now),
        left: reward.left,
        claimed: counts.claimed,
        redeemed: counts.redeemed,
        cost,
        summary: reward.summary,
        kind: reward.terms.kind,
        name: reward.terms.name,
    }
}

/// Where a reward is in its life, asked by the clocks of the merchant.
pub fn state(reward: &Reward, zone: Zone, now: DateTime<Utc>) -> State {
    let local = |text: &Option<String>| text.as_deref().and_then(parse_local);
    if reward.archived_at.is_some() {
        State::Archived
    } else if local(&reward.terms.valid_until).is_some_and(|until| now >= end_instant(until, zone)) {
        State::Over
    } else if local(&reward.terms.valid_from).is_some_and(|from| now < start_instant(from, zone)) {
        State::Scheduled
    } else if reward.left == Some(0) {
        State::SoldOut
    } else {
        State::Active
    }
}

/// The form of a new reward.
pub async fn blank(kind: &str) -> Result<RewardForm, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    cx.require(Action::RewardsWrite)?;
    let mut values = Values::new();
    values.insert("cost".to_owned(), "fixed".to_owned());
    fill(&engine, &cx, None, kind.to_owned(), values).await
}

/// The form of a reward.
pub async fn form(id: &str) -> Result<RewardForm, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let reward = engine.reward_get(&cx, id.parse().map_err(|_| PageError::NotFound)?).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let now = engine.now(cx.merchant());
    let since = clock::moment(reward.changed_at, settings.time_zone.tz(), now);
    let counts = engine.reward_counts(&cx, &[reward.id]).await?.remove(&reward.id).unwrap_or_default();
    let known = Known {
        id: reward.id.to_string(),
        name: reward.terms.name.clone(),
        seen: fingerprint(&reward.terms)?,
        state: state(&reward, settings.time_zone, now),
        version: format!("Version {}, since {since}.", reward.version),
        left: reward.left,
        claimed: counts.claimed,
        redeemed: counts.redeemed,
    };
    let kind = reward.terms.kind.clone();
    let values = fields::values(reward.terms, settings.currency);
    fill(&engine, &cx, Some(known), kind, values).await
}

async fn fill(
    engine: &Engine,
    cx: &Cx,
    known: Option<Known>,
    kind: String,
    values: Values,
) -> Result<RewardForm, PageError> {
    let settings = engine.merchant_settings(cx).await?;
    let is_open = known.as_ref().is_none_or(|known| known.state != State::Archived);
    let tiers = engine.tier_list(cx).await?;
    Ok(RewardForm {
        products: if kind == "free_product" { products(engine, cx).await? } else { Vec::new() },
        tiers: tiers.into_iter().map(|tier| (tier.id.to_string(), tier.terms.name)).collect(),
        known,
        kind,
        values,
        currency: settings.currency,
        points_name: settings.points_name.to_string(),
        time_zone: settings.time_zone.as_str().to_owned(),
        may_edit: is_open && cx.may(Action::RewardsWrite),
        once: uuid::Uuid::now_v7().to_string(),
    })
}

/// The first products, to be offered while somebody types. Others can be typed.
async fn products(engine: &Engine, cx: &Cx) -> Result<Vec<(String, String)>, PageError> {
    let page = PageRequest::new(Some(LIMIT_MAX.into()), None)?;
    let products = engine.product_list(cx, &ProductFilter::default(), &page).await?.data;
    Ok(products.into_iter().map(|product| (product.sku, product.name)).collect())
}

/// The codes of a pool; of no other reward.
pub async fn codes(id: &str) -> Result<CodesPage, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id: RewardId = id.parse().map_err(|_| PageError::NotFound)?;
    let reward = engine.reward_get(&cx, id).await?;
    if reward.terms.kind != "voucher_pool" {
        return Err(PageError::NotFound);
    }
    let counts = engine.reward_code_counts(&cx, id).await?;
    Ok(CodesPage {
        id: id.to_string(),
        name: reward.terms.name,
        free: counts.free,
        taken: counts.taken,
        withdrawn: counts.withdrawn,
        may_edit: reward.archived_at.is_none() && cx.may(Action::RewardsWrite),
    })
}

/// What the list is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    q: String,
    kind: String,
    state: String,
}

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<ListQuery>) -> Result<Response, PageError> {
    let file = Csv {
        name: "rewards",
        columns: &[
            "id",
            "name",
            "kind",
            "value",
            "points_cost",
            "left",
            "limit_per_customer",
            "valid_from",
            "valid_until",
            "valid_days",
            "version",
            "archived_at",
            "summary",
        ],
    };
    file.of(
        staff,
        filter(&query.q, query.kind, &query.state),
        |staff, filter, page| Box::pin(staff.engine.reward_search(&staff.cx, filter, page)),
        cells,
    )
    .await
}

fn cells(reward: Reward) -> Vec<Cell> {
    let number = |number: Option<i64>| number.map_or_else(|| Cell::from(""), Cell::from);
    let Reward { id, version, terms, left, summary, archived_at, .. } = reward;
    let value = match terms.value {
        None => Cell::from(""),
        Some(ValueInput::Whole(amount)) => amount.into(),
        Some(ValueInput::Text(text)) => text.into(),
    };
    let cost = match terms.points_cost {
        None => Cell::from(""),
        Some(CostInput::Fixed(points)) => points.into(),
        // The least; the rest is in the summary.
        Some(CostInput::Variable(cost)) => cost.min.unwrap_or(cost.step).into(),
    };
    vec![
        id.to_string().into(),
        terms.name.into(),
        terms.kind.into(),
        value,
        cost,
        number(left),
        number(terms.limit_per_customer),
        terms.valid_from.into(),
        terms.valid_until.into(),
        number(terms.valid_days),
        i64::from(version).into(),
        archived_at.map(|at| at.to_rfc3339()).into(),
        summary.into(),
    ]
}

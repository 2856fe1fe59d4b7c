//! Redemptions from the engine, in words.

use super::super::clock;
use super::super::csv::{Cell, Csv};
use super::super::load::chosen;
use super::super::rewards::kind;
use super::super::session::{self, Staff};
use super::dto::{Act, RedemptionDetail, RedemptionList, RedemptionRow, StepRow, VoucherLine};
use super::{ALL, words};
use crate::error::PageError;
use axum::extract::Query;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use perennial_domain::access::Action;
use perennial_domain::ids::{CustomerId, RewardId};
use perennial_domain::rewards::{RedemptionEvent, RedemptionState, VoucherEvent};
use perennial_engine::reward_search::RewardFilter;
use perennial_engine::rewards::{Redemption, RedemptionFilter};
use perennial_engine::{Cx, Engine, LIMIT_MAX, PageRequest};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the list is narrowed to: a state, [`ALL`] of them, or nothing for what is to be done.
fn filter(state: &str, reward: &str) -> Result<RedemptionFilter, PageError> {
    let reward = chosen(reward, "reward")?;
    let (state, to_fulfil) = match state {
        // Of one reward everything is shown: it may be one about which there is nothing to do.
        "" => (None, reward.is_none()),
        ALL => (None, false),
        "todo" => (None, true),
        word => (chosen(word, "state")?, false),
    };
    Ok(RedemptionFilter { reward, state, to_fulfil, customer: None })
}

/// A page of the list.
pub async fn list(state: &str, reward: &str, after: String) -> Result<RedemptionList, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let settings = engine.merchant_settings(&cx).await?;
    let filter = filter(state, reward)?;
    let page = engine.redemption_list(&cx, &filter, &PageRequest::new(None, Some(after))?).await?;
    let names = names(&engine, &cx, &page.data).await?;
    let (zone, now) = (settings.time_zone.tz(), engine.now(cx.merchant()));
    Ok(RedemptionList {
        rows: page.data.iter().map(|of| row(of, &names, &cx, zone, now)).collect(),
        next: page.next,
        rewards: rewards(&engine, &cx, filter.reward).await?,
        points_name: settings.points_name.to_string(),
        may_redeem: cx.may(Action::RedemptionsWrite),
    })
}

/// The newest rewards of the catalogue, to narrow by, and the one that was chosen, even if it is archived.
async fn rewards(
    engine: &Engine,
    cx: &Cx,
    chosen: Option<RewardId>,
) -> Result<Vec<(String, String)>, PageError> {
    let page = PageRequest::new(Some(LIMIT_MAX.into()), None)?;
    let mut rewards = engine.reward_search(cx, &RewardFilter::default(), &page).await?.data;
    if let Some(chosen) = chosen
        && !rewards.iter().any(|reward| reward.id == chosen)
    {
        rewards.push(engine.reward_get(cx, chosen).await?);
    }
    Ok(rewards.into_iter().map(|reward| (reward.id.to_string(), reward.terms.name)).collect())
}

/// What the customers of some redemptions are called.
pub async fn names(
    engine: &Engine,
    cx: &Cx,
    redemptions: &[Redemption],
) -> Result<BTreeMap<CustomerId, String>, PageError> {
    let customers: Vec<CustomerId> = redemptions.iter().map(|of| of.customer_id).collect();
    Ok(engine.customers_called(cx, &customers).await?)
}

/// What a customer is called who may have neither a name nor an identity.
pub fn called(names: &BTreeMap<CustomerId, String>, customer: CustomerId) -> (String, String) {
    let name = names.get(&customer).cloned().unwrap_or_else(|| format!("Customer {customer}"));
    (customer.to_string(), name)
}

/// A redemption in words.
pub fn row(
    redemption: &Redemption,
    names: &BTreeMap<CustomerId, String>,
    cx: &Cx,
    zone: Tz,
    now: DateTime<Utc>,
) -> RedemptionRow {
    RedemptionRow {
        id: redemption.id.to_string(),
        reward: redemption.reward.name.clone(),
        kind: kind::label(&redemption.reward.kind),
        customer: called(names, redemption.customer_id),
        state: redemption.state.as_str().to_owned(),
        points: redemption.points,
        when: clock::moment(redemption.created_at, zone, now),
        next: acts(redemption, cx).into_iter().find(|act| !act.gives_back()),
    }
}

/// What can be done about a redemption by who looks, what comes next first. The domain decides; here it is only asked.
pub fn acts(redemption: &Redemption, cx: &Cx) -> Vec<Act> {
    if !cx.may(Action::RedemptionsWrite) {
        return Vec::new();
    }
    let can = |event| redemption.state.after(event).is_ok_and(|step| step.moved().is_some());
    let by_people = redemption.reward.kind == "external";
    let voucher_allows =
        redemption.voucher.as_ref().is_none_or(|voucher| voucher.state.after(VoucherEvent::Cancel).is_ok());
    let is_held = redemption.state == RedemptionState::Reserved;
    let all = [
        (Act::Capture, can(RedemptionEvent::Capture)),
        (Act::Prepare, by_people && can(RedemptionEvent::Prepare)),
        (Act::Ship, by_people && can(RedemptionEvent::Ship)),
        (Act::Fulfil, by_people && can(RedemptionEvent::Fulfil)),
        (Act::Release, is_held),
        (Act::Cancel, !is_held && voucher_allows && can(RedemptionEvent::Cancel)),
    ];
    all.into_iter().filter(|(_, can)| *can).map(|(act, _)| act).collect()
}

/// One redemption.
pub async fn find(id: &str) -> Result<RedemptionDetail, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let redemption = engine.redemption_get(&cx, id.parse().map_err(|_| PageError::NotFound)?).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let (zone, now) = (settings.time_zone.tz(), engine.now(cx.merchant()));
    let names = names(&engine, &cx, std::slice::from_ref(&redemption)).await?;
    let step = |state: RedemptionState, at, by: Option<String>| StepRow {
        state: state.as_str().to_owned(),
        when: clock::moment(at, zone, now),
        by: who(by.as_deref().unwrap_or("system")),
    };
    let mut steps = Vec::with_capacity(redemption.steps.len());
    let mut used = false;
    for of in &redemption.steps {
        let mut row = step(of.state, of.at, of.by.clone());
        if used && of.state == RedemptionState::Captured {
            row.state = words::RESTORED.to_owned();
        }
        used |= of.state == RedemptionState::Fulfilled;
        steps.push(row);
    }
    // A hold that is over is let go, whether the worker was there or not.
    if let Some(held_until) = redemption.held_until
        && redemption.steps.last().is_some_and(|last| last.state != redemption.state)
    {
        steps.push(step(redemption.state, held_until, None));
    }
    Ok(RedemptionDetail {
        row: row(&redemption, &names, &cx, zone, now),
        reward_id: redemption.reward.id.to_string(),
        held_until: redemption
            .held_until
            .filter(|_| redemption.state == RedemptionState::Reserved)
            .map(|until| clock::moment(until, zone, now)),
        voucher: redemption.voucher.as_ref().map(|voucher| VoucherLine {
            code: voucher.code.clone(),
            state: voucher.state.as_str().to_owned(),
            when: match (voucher.used_at, voucher.expires_at) {
                (Some(used_at), _) => Some(format!("on {}", clock::moment(used_at, zone, now))),
                (None, Some(expires_at)) => Some(format!("until {}", last_day(expires_at, zone, now))),
                (None, None) => None,
            },
        }),
        steps,
        acts: acts(&redemption, &cx),
        is_pool: redemption.reward.kind == "voucher_pool",
        points_name: settings.points_name.to_string(),
    })
}

/// The last day before an instant: what expires at midnight can be used on the day that ends then.
pub fn last_day(expires_at: DateTime<Utc>, zone: Tz, now: DateTime<Utc>) -> String {
    clock::day(expires_at - TimeDelta::seconds(1), zone, now)
}

/// Who brought a redemption to a state.
fn who(by: &str) -> String {
    match by {
        "customer" => "By the customer".to_owned(),
        "system" | "" => "By the program".to_owned(),
        name => format!("By {name}"),
    }
}

/// What the list is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    state: String,
    reward: String,
}

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<ListQuery>) -> Result<Response, PageError> {
    let file = Csv {
        name: "redemptions",
        columns: &[
            "id",
            "customer_id",
            "reward_id",
            "reward",
            "kind",
            "state",
            "points",
            "voucher_state",
            "voucher_expires_at",
            "created_at",
            "changed_at",
        ],
    };
    file.of(
        staff,
        filter(&query.state, &query.reward)?,
        |staff, filter, page| Box::pin(staff.engine.redemption_list(&staff.cx, filter, page)),
        cells,
    )
    .await
}

fn cells(redemption: Redemption) -> Vec<Cell> {
    let voucher = redemption.voucher.as_ref();
    vec![
        redemption.id.to_string().into(),
        redemption.customer_id.to_string().into(),
        redemption.reward.id.to_string().into(),
        redemption.reward.name.into(),
        redemption.reward.kind.into(),
        redemption.state.as_str().into(),
        redemption.points.into(),
        voucher.map(|voucher| voucher.state.as_str().to_owned()).into(),
        voucher.and_then(|voucher| voucher.expires_at).map(|at| at.to_rfc3339()).into(),
        redemption.created_at.to_rfc3339().into(),
        redemption.changed_at.to_rfc3339().into(),
    ]
}

//! Promotions from the engine, in words.

use super::super::clock;
use super::super::csv::{Cell, Csv};
use super::super::load::{StateSearch, chosen, searched};
use super::super::session::{self, Staff};
use super::context::{self, Telling};
use super::dto::{
    BudgetUse, EditorData, Known, ProductFacts, PromotionList, PromotionRow, State, VersionRow,
};
use super::found::{self, Stage};
use super::{changes, fields, replaying, schedule};
use crate::error::PageError;
use axum::extract::Query;
use axum::response::Response;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use perennial_domain::access::Action;
use perennial_domain::ids::PromotionId;
use perennial_domain::promotion::{PromotionInput, PromotionTerms, format_local};
use perennial_engine::promotions::{PromotionFilter, PromotionState, PromotionVersionView, PromotionView};
use perennial_engine::{LIMIT_MAX, PageRequest, fingerprint};
use uuid::Uuid;

impl From<PromotionState> for State {
    fn from(state: PromotionState) -> Self {
        match state {
            PromotionState::Draft => Self::Draft,
            PromotionState::Scheduled => Self::Scheduled,
            PromotionState::Running => Self::Running,
            PromotionState::Paused => Self::Paused,
            PromotionState::Ended => Self::Ended,
            PromotionState::Archived => Self::Archived,
        }
    }
}

fn filter(q: &str, state: &str) -> Result<PromotionFilter, PageError> {
    Ok(PromotionFilter { search: searched(q), state: chosen(state, "state")? })
}

/// A page of the list.
pub async fn list(q: &str, state: &str, after: &str) -> Result<PromotionList, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let settings = engine.merchant_settings(&cx).await?;
    let page = engine
        .promotion_list(&cx, &filter(q, state)?, &PageRequest::new(None, Some(after.to_owned()))?)
        .await?;
    let today = engine.now(cx.merchant()).with_timezone(&settings.time_zone.tz()).naive_local();
    let window = schedule::Window::around(today);
    let telling = Telling::of(&engine, &cx, settings.currency).await?;
    let with_budget: Vec<PromotionId> =
        page.data.iter().filter(|view| view.terms.budget.is_some()).map(|view| view.id).collect();
    let used = engine.promotion_budgets_used(&cx, &with_budget).await?;
    let used = |view: &PromotionView| used.get(&view.id).copied().unwrap_or(0);
    Ok(PromotionList {
        rows: page.data.iter().map(|view| row(view, &telling, &window, used(view))).collect(),
        next: page.next,
        months: window.label(),
        today: window.place(today),
        may_edit: cx.may(Action::PromotionsWrite),
    })
}

fn row(view: &PromotionView, telling: &Telling, window: &schedule::Window, used: i64) -> PromotionRow {
    let budget = view.terms.budget.map(|budget| {
        let points = budget.points.get();
        BudgetUse { percent: (used.saturating_mul(100) / points.max(1)).min(100), points }
    });
    PromotionRow {
        id: view.id.to_string(),
        name: view.terms.name.to_string(),
        summary: telling.sentence(&view.terms),
        state: view.state.into(),
        version: view.version,
        has_draft: view.is_draft && view.version > 1,
        dates: schedule::dates(&view.terms),
        bar: window.bar(view.terms.starts_at, view.terms.ends_at),
        budget,
    }
}

/// The editor of a new promotion, which begins as another one if that is named.
pub async fn blank(like: &str) -> Result<EditorData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    cx.require(Action::PromotionsWrite)?;
    let mut values = if like.is_empty() {
        fields::blank()
    } else {
        let other: PromotionId = like.parse().map_err(|_| PageError::NotFound)?;
        let currency = engine.merchant_settings(&cx).await?.currency;
        fields::copy(&engine.promotion_get(&cx, other).await?.terms, currency)
    };
    let context = context::load(&engine, &cx, None).await?;
    context::basket(&mut values, &context);
    let once = Uuid::now_v7().to_string();
    Ok(EditorData { known: None, values, context, may_edit: true, once, replay: Stage::Idle })
}

/// The editor of a promotion, with its versions; and with a replay of what is saved, when one is asked for over so many days.
pub async fn edit(id: &str, replay: &str) -> Result<EditorData, PageError> {
    let staff = session::staff().await?;
    let Staff { cx, engine } = staff.clone();
    let id: PromotionId = id.parse().map_err(|_| PageError::NotFound)?;
    let view = engine.promotion_get(&cx, id).await?;
    let versions =
        engine.promotion_versions(&cx, id, &PageRequest::new(Some(LIMIT_MAX.into()), None)?).await?.data;
    let settings = engine.merchant_settings(&cx).await?;
    let context = context::load(&engine, &cx, Some(id)).await?;
    let (zone, now, currency) = (settings.time_zone.tz(), engine.now(cx.merchant()), settings.currency);
    let telling = Telling::of(&engine, &cx, currency).await?;
    let mut values = fields::values(&view.terms, currency);
    context::basket(&mut values, &context);
    let known = Known {
        id: id.to_string(),
        name: view.terms.name.to_string(),
        state: view.state.into(),
        published: versions
            .iter()
            .find(|version| version.published_at.is_some())
            .map(|version| version.version),
        draft: versions
            .first()
            .filter(|version| version.published_at.is_none())
            .map(|version| version.version),
        changed: versions
            .first()
            .map(|newest| format!("{}, {}", newest.created_by, clock::ago(now, view.updated_at)))
            .unwrap_or_default(),
        seen: fingerprint(&PromotionInput::from(view.terms.clone()))?,
        versions: version_rows(&versions, &telling, zone, now),
    };
    let replay = match replay {
        "" => Stage::Idle,
        days => match replaying::page(&staff, replaying::saved(id), found::days(days)).await {
            Ok(found) => Stage::Found(Box::new(found)),
            Err(error) => Stage::Failed(PageError::from(error).to_string()),
        },
    };
    Ok(EditorData {
        known: Some(known),
        values,
        context,
        may_edit: cx.may(Action::PromotionsWrite),
        once: Uuid::now_v7().to_string(),
        replay,
    })
}

/// Newest first, each with what it changed.
fn version_rows(
    versions: &[PromotionVersionView],
    telling: &Telling,
    zone: Tz,
    now: DateTime<Utc>,
) -> Vec<VersionRow> {
    let before: Vec<Option<&PromotionTerms>> =
        versions.iter().skip(1).map(|version| Some(&version.terms)).chain([None]).collect();
    versions
        .iter()
        .zip(before)
        .map(|(version, before)| VersionRow {
            number: version.version,
            draft: version.published_at.is_none(),
            current: version.is_in_force,
            since: match (version.published_at, version.effective_from) {
                (None, _) => "Not published.".to_owned(),
                (Some(_), None) => "For purchases of any time that its dates allow.".to_owned(),
                (Some(_), Some(from)) => format!("From {}.", clock::moment(from, zone, now)),
            },
            by: format!(
                "Written by {}, {}.",
                version.created_by,
                clock::moment(version.created_at, zone, now)
            ),
            summary: telling.sentence(&version.terms),
            changes: before
                .map(|before| changes::changes(before, &version.terms, telling))
                .unwrap_or_default(),
        })
        .collect()
}

/// What “Try it” must know about a product.
pub async fn product(sku: &str) -> Result<Option<ProductFacts>, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    cx.require(Action::CatalogueRead)?;
    let snapshot = engine.snapshot(&cx).await?;
    Ok(snapshot.catalogue.by_sku(sku.trim()).map(|product| context::product(product)))
}

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<StateSearch>) -> Result<Response, PageError> {
    let currency = staff.engine.merchant_settings(&staff.cx).await?.currency;
    let telling = Telling::of(&staff.engine, &staff.cx, currency).await?;
    let file = Csv {
        name: "promotions",
        columns: &[
            "id",
            "name",
            "state",
            "version",
            "is_draft",
            "summary",
            "starts_at",
            "ends_at",
            "group",
            "mode",
            "priority",
        ],
    };
    file.of(
        staff,
        filter(&query.q, &query.state)?,
        |staff, filter, page| Box::pin(staff.engine.promotion_list(&staff.cx, filter, page)),
        move |view| cells(view, &telling),
    )
    .await
}

fn cells(view: PromotionView, telling: &Telling) -> Vec<Cell> {
    let terms = &view.terms;
    vec![
        view.id.to_string().into(),
        terms.name.as_str().into(),
        view.state.as_str().into(),
        i64::from(view.version).into(),
        view.is_draft.to_string().into(),
        telling.sentence(terms).into(),
        terms.starts_at.map(format_local).into(),
        terms.ends_at.map(format_local).into(),
        terms.stacking.group.as_str().into(),
        terms.stacking.mode.as_str().into(),
        i64::from(terms.priority).into(),
    ]
}

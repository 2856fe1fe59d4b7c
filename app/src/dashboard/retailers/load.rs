//! Retailers from the engine, in words.

use super::super::csv::{Rows, download};
use super::super::posted::refused;
use super::super::session;
use super::dto::{RetailerForm, RetailerList, RetailerRow};
use crate::error::PageError;
use crate::session::app_state;
use crate::state::AppState;
use axum::extract::{Query, State};
use axum::response::Response;
use http::HeaderMap;
use perennial_domain::access::Action;
use perennial_domain::codes::Zone;
use perennial_engine::PageRequest;
use perennial_engine::retailers::{Retailer, RetailerFilter};
use serde::Deserialize;

fn search(q: &str) -> RetailerFilter {
    RetailerFilter { search: Some(q.trim().to_owned()).filter(|text| !text.is_empty()), with_archived: true }
}

/// A page of the list.
pub async fn list(q: &str, after: String) -> Result<RetailerList, PageError> {
    let cx = session::staff().await?;
    let engine = app_state()?.engine;
    let page = engine.retailer_list(&cx, &search(q), &PageRequest::new(None, Some(after))?).await?;
    Ok(RetailerList {
        rows: page.data.into_iter().map(row).collect(),
        next: page.next,
        may_edit: cx.may(Action::CatalogueWrite),
    })
}

fn row(retailer: Retailer) -> RetailerRow {
    RetailerRow {
        id: retailer.id.to_string(),
        code: retailer.code,
        name: retailer.name,
        region: retailer.region.unwrap_or_default(),
        time_zone: retailer.time_zone.as_str().to_owned(),
        business_day_start: retailer.business_day_start.format("%H:%M").to_string(),
        archived: retailer.archived_at.is_some(),
    }
}

/// The form of a new retailer, or of one.
pub async fn form(id: Option<&str>) -> Result<RetailerForm, PageError> {
    let cx = session::staff().await?;
    let engine = app_state()?.engine;
    let retailer = match id {
        Some(id) => Some(row(engine.retailer_get(&cx, id.parse().map_err(|_| PageError::NotFound)?).await?)),
        None => {
            cx.require(Action::CatalogueWrite)?;
            None
        }
    };
    let snapshot = engine.snapshot(&cx).await?;
    let mut regions: Vec<String> = snapshot
        .retailers
        .iter()
        .filter_map(|retailer| retailer.facts.region.as_ref().map(ToString::to_string))
        .collect();
    regions.sort_unstable();
    regions.dedup();
    Ok(RetailerForm {
        retailer,
        time_zone: snapshot.settings.time_zone.as_str().to_owned(),
        regions,
        zones: Zone::names().into_iter().map(str::to_owned).collect(),
        may_edit: cx.may(Action::CatalogueWrite),
    })
}

/// What the list is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    q: String,
}

/// The list as CSV, every page of it.
pub async fn csv(
    State(state): State<AppState>,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Response {
    match file(state, headers, query).await {
        Ok(answer) => answer,
        Err(error) => refused(&error),
    }
}

async fn file(state: AppState, headers: HeaderMap, query: ListQuery) -> Result<Response, PageError> {
    let cx = state.staff_cx(&headers).await?;
    let filter = search(&query.q);
    let columns = ["id", "code", "name", "region", "time_zone", "business_day_start", "archived_at"];
    download("retailers", &columns, move |after| {
        let (engine, cx, filter) = (state.engine.clone(), cx.clone(), filter.clone());
        async move {
            let page = engine.retailer_list(&cx, &filter, &PageRequest::new(Some(200), after)?).await?;
            let rows = page
                .data
                .into_iter()
                .map(|retailer| {
                    let archived = retailer.archived_at.map(|at| at.to_rfc3339());
                    let row = row(retailer);
                    vec![
                        row.id.into(),
                        row.code.into(),
                        row.name.into(),
                        row.region.into(),
                        row.time_zone.into(),
                        row.business_day_start.into(),
                        archived.into(),
                    ]
                })
                .collect();
            Ok(Rows { rows, next: page.next })
        }
    })
    .await
}

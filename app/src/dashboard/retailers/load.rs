//! Retailers from the engine, in words.

use super::super::csv::{Cell, Csv};
use super::super::load::{Search, searched};
use super::super::session::{self, Staff};
use super::dto::{RetailerForm, RetailerList, RetailerRow};
use crate::error::PageError;
use axum::extract::Query;
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::codes::Zone;
use perennial_engine::PageRequest;
use perennial_engine::retailers::{Retailer, RetailerFilter};

fn search(q: &str) -> RetailerFilter {
    RetailerFilter { search: searched(q), with_archived: true }
}

/// A page of the list.
pub async fn list(q: &str, after: String) -> Result<RetailerList, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let page = engine.retailer_list(&cx, &search(q), &PageRequest::new(None, Some(after))?).await?;
    Ok(RetailerList::of(page, row, cx.may(Action::CatalogueWrite)))
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
    let Staff { cx, engine } = session::staff().await?;
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

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<Search>) -> Result<Response, PageError> {
    let file = Csv {
        name: "retailers",
        columns: &["id", "code", "name", "region", "time_zone", "business_day_start", "archived_at"],
    };
    file.of(
        staff,
        search(&query.q),
        |staff, filter, page| Box::pin(staff.engine.retailer_list(&staff.cx, filter, page)),
        cells,
    )
    .await
}

fn cells(retailer: Retailer) -> Vec<Cell> {
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
}

//! Adding, changing, archiving a retailer.

use super::super::flash::done;
use super::super::page::capitalised;
use super::super::posted::{Posted, same_name};
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use chrono::NaiveTime;
use perennial_domain::access::Action;
use perennial_domain::codes::{CodeError, Label, Region, RetailerCode, Zone};
use perennial_domain::ids::RetailerId;
use perennial_engine::retailers::{NewRetailer, RetailerPatch};
use std::collections::BTreeMap;

/// Adds one.
pub async fn create(State(state): State<AppState>, request: Request) -> Response {
    let posted = match Posted::allowed(state, request, Action::CatalogueWrite).await {
        Ok(posted) => posted,
        Err(answer) => return answer,
    };
    let mut errors = BTreeMap::new();
    let code = keep(&mut errors, "code", RetailerCode::new(posted.text("code")));
    let (Some(fields), Some(code)) = (fields(&posted, &mut errors), code) else {
        return posted.again(errors).await;
    };
    let input = NewRetailer {
        code,
        name: fields.name,
        region: fields.region,
        time_zone: Some(fields.zone),
        business_day_start: Some(fields.start),
    };
    match posted.engine().retailer_create(&posted.cx, input).await {
        Ok(_) => done(super::PATH, "retailer-added").into_response(),
        Err(error) => posted.refuse(error, same_name).await,
    }
}

/// Changes one, archives it or opens it again.
pub async fn change(State(state): State<AppState>, Path(id): Path<String>, request: Request) -> Response {
    let posted = match Posted::allowed(state, request, Action::CatalogueWrite).await {
        Ok(posted) => posted,
        Err(answer) => return answer,
    };
    let Ok(id) = id.parse::<RetailerId>() else { return posted.missing() };
    let (patch, word) = match posted.text("do") {
        "archive" => (RetailerPatch { archived: Some(true), ..RetailerPatch::default() }, "archived"),
        "open" => (RetailerPatch { archived: Some(false), ..RetailerPatch::default() }, "opened"),
        _ => {
            let mut errors = BTreeMap::new();
            let Some(fields) = fields(&posted, &mut errors) else { return posted.again(errors).await };
            let patch = RetailerPatch {
                name: Some(fields.name),
                region: Some(fields.region),
                time_zone: Some(fields.zone),
                business_day_start: Some(fields.start),
                archived: None,
            };
            (patch, "retailer-saved")
        }
    };
    match posted.engine().retailer_update(&posted.cx, id, patch).await {
        Ok(_) => done(&format!("{}/{id}", super::PATH), word).into_response(),
        Err(error) => posted.refuse(error, same_name).await,
    }
}

struct Fields {
    name: Label,
    region: Option<Region>,
    zone: Zone,
    start: NaiveTime,
}

fn keep<T>(errors: &mut BTreeMap<String, String>, field: &str, result: Result<T, CodeError>) -> Option<T> {
    result.map_err(|error| errors.insert(field.to_owned(), capitalised(&error.to_string()))).ok()
}

fn fields(posted: &Posted, errors: &mut BTreeMap<String, String>) -> Option<Fields> {
    let name = keep(errors, "name", Label::new(posted.text("name")));
    let region = posted.given("region").map(|text| keep(errors, "region", Region::new(text)));
    let zone = keep(errors, "time_zone", Zone::new(posted.text("time_zone")));
    let start = posted.given("business_day_start").unwrap_or("00:00");
    // Browsers add seconds when the field has a step; a business day begins on a minute.
    let start = perennial_domain::promotion::parse_time(start.get(..5).unwrap_or(start));
    if start.is_none() {
        errors.insert("business_day_start".to_owned(), "Type a time such as 04:00".to_owned());
    }
    let region = match region {
        None => None,
        Some(region) => Some(region?),
    };
    Some(Fields { name: name?, region, zone: zone?, start: start? })
}

//! Adding, changing, archiving a retailer.

use super::super::posted::Posted;
use super::super::reading::Reading;
use super::LIST;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use chrono::NaiveTime;
use perennial_domain::access::Action;
use perennial_domain::codes::{Label, Region, RetailerCode, Zone};
use perennial_domain::ids::RetailerId;
use perennial_domain::promotion::parse_time;
use perennial_engine::retailers::{NewRetailer, RetailerPatch};

/// Adds one.
pub async fn create(State(state): State<AppState>, request: Request) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::CatalogueWrite).await?;
    let mut reading = Reading::new(&posted);
    let (code, fields) = (reading.required("code", RetailerCode::new), Fields::read(&mut reading));
    let (Some(code), Some(fields)) = (code, fields) else {
        let errors = reading.into_errors();
        return Ok(posted.again(errors).await);
    };
    let input = NewRetailer {
        code,
        name: fields.name,
        region: fields.region,
        time_zone: Some(fields.zone),
        business_day_start: Some(fields.start),
    };
    let outcome = posted.engine().retailer_create(&posted.cx, input).await;
    Ok(posted.finish(outcome, LIST.path, "retailer-added").await)
}

/// Changes one, archives it or opens it again.
pub async fn change(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let posted = Posted::allowed(state, request, Action::CatalogueWrite).await?;
    let Ok(id) = id.parse::<RetailerId>() else { return Err(posted.missing()) };
    let (patch, word) = match posted.text("do") {
        "archive" => (RetailerPatch { archived: Some(true), ..RetailerPatch::default() }, "archived"),
        "open" => (RetailerPatch { archived: Some(false), ..RetailerPatch::default() }, "opened"),
        _ => {
            let mut reading = Reading::new(&posted);
            let Some(fields) = Fields::read(&mut reading) else {
                let errors = reading.into_errors();
                return Ok(posted.again(errors).await);
            };
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
    let outcome = posted.engine().retailer_update(&posted.cx, id, patch).await;
    Ok(posted.finish(outcome, &LIST.row(&id.to_string()), word).await)
}

/// What may be changed at any time.
struct Fields {
    name: Label,
    region: Option<Region>,
    zone: Zone,
    start: NaiveTime,
}

impl Fields {
    fn read(reading: &mut Reading<'_>) -> Option<Self> {
        let name = reading.required("name", Label::new);
        let region = reading.optional("region", Region::new);
        let zone = reading.required("time_zone", Zone::new);
        let start = reading.optional("business_day_start", time);
        Some(Self { name: name?, region: region?, zone: zone?, start: start?.unwrap_or_default() })
    }
}

/// Browsers add seconds when the field has a step; a business day begins on a minute.
fn time(text: &str) -> Result<NaiveTime, &'static str> {
    parse_time(text.get(..5).unwrap_or(text)).ok_or("type a time such as 04:00")
}

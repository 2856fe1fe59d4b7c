//! Retailers: `code, name, region, time_zone, business_day_start`.

use chrono::NaiveTime;
use perennial_domain::codes::{Label, Region, RetailerCode, Zone};

use super::table::{Faults, Row, RowError};
use crate::retailers::NewRetailer;

pub(super) const COLUMNS: &[&str] = &["code", "name", "region", "time_zone", "business_day_start"];

pub(super) fn parse(row: &Row<'_>, merchant_zone: Zone) -> Result<NewRetailer, Vec<RowError>> {
    let mut faults = Faults::default();
    let code = faults.keep(row.need("code", RetailerCode::new));
    let name = faults.keep(row.may("name", Label::new)).flatten();
    let region = faults.keep(row.may("region", Region::new)).flatten();
    let time_zone = faults.keep(row.may("time_zone", Zone::new)).flatten();
    let start =
        faults.keep(row.may("business_day_start", |text| NaiveTime::parse_from_str(text, "%H:%M"))).flatten();
    let name = name.or_else(|| code.as_ref().and_then(|code| Label::new(code.as_str()).ok()));
    let whole = code.zip(name).map(|(code, name)| NewRetailer {
        code,
        name,
        region,
        time_zone: Some(time_zone.unwrap_or(merchant_zone)),
        business_day_start: start,
    });
    faults.finish(whole)
}

pub(super) fn key(retailer: &NewRetailer) -> String {
    retailer.code.as_str().to_owned()
}

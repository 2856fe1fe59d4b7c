//! Returns that wait from the engine, in words.

use super::super::clock;
use super::super::list::Listed;
use super::super::session::{self, Staff};
use super::dto::WaitingRow;
use crate::error::PageError;
use perennial_domain::access::Action;
use perennial_engine::PageRequest;

/// The page.
pub async fn page(after: String) -> Result<Listed<WaitingRow>, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let page = engine.return_waiting_list(&cx, &PageRequest::new(None, Some(after))?).await?;
    let zone = engine.snapshot(&cx).await?.settings.time_zone;
    let now = engine.clock().now();
    let row = |row: perennial_engine::returns::WaitingReturn| WaitingRow {
        came: format!("{} by {}", clock::moment(row.received_at, zone.tz(), now), row.by),
        until: clock::day(row.until, zone.tz(), now),
        retailer_id: row.retailer_id.to_string(),
        retailer: row.retailer_name,
        transaction_id: row.transaction_id,
        return_id: row.return_id,
        refusal: row.refusal,
        purchase: row.purchase_id.map(|id| id.to_string()),
    };
    Ok(Listed::of(page, row, cx.may(Action::SettingsWrite)))
}

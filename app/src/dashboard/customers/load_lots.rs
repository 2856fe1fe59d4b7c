//! Lots and adjustments from the engine, in words.

use super::super::clock;
use super::super::format::day_of_year;
use super::super::session::{self, Staff};
use super::dto::{AdjustForm, AdjustmentRow, CustomerLots, LotRow};
use super::load::{known, name};
use crate::error::PageError;
use perennial_domain::access::Action;
use perennial_engine::PageRequest;
use uuid::Uuid;

/// Adjustments beside the lots; all of them are in the timeline, with their reasons.
const ADJUSTMENTS: u32 = 10;

/// What a customer's points consist of, and what was adjusted.
pub async fn lots(id: &str, after: String) -> Result<CustomerLots, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = known(&cx, &engine, id).await?;
    let lots = engine.customer_lots(&cx, id, &PageRequest::new(None, Some(after))?).await?;
    let adjusted = engine.adjustment_list(&cx, id, &PageRequest::new(Some(ADJUSTMENTS), None)?).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let (zone, now) = (settings.time_zone.tz(), engine.now(cx.merchant()));
    let undated = if settings.expiry.is_sliding() { "As long as they stay active" } else { "For ever" };
    let rows = lots.data.into_iter().map(|lot| LotRow {
        until: lot.expires_on.map_or_else(|| undated.to_owned(), day_of_year),
        points: lot.remaining,
    });
    let adjustments = adjusted.data.into_iter().map(|adjusted| AdjustmentRow {
        points: adjusted.points,
        reason: adjusted.reason,
        by: adjusted.by,
        when: clock::moment(adjusted.created_at, zone, now),
    });
    Ok(CustomerLots {
        rows: rows.collect(),
        next: lots.next,
        adjustments: adjustments.collect(),
        policy: settings.expiry.text(),
        points_name: settings.points_name.to_string(),
        may_adjust: cx.may(Action::PointsAdjust),
    })
}

/// The form that adjusts a customer's points.
pub async fn adjust(id: &str) -> Result<AdjustForm, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let id = known(&cx, &engine, id).await?;
    let customer = engine.customer_get(&cx, id).await?;
    let settings = engine.merchant_settings(&cx).await?;
    let policy = settings.expiry.text();
    Ok(AdjustForm {
        id: id.to_string(),
        name: name(&customer),
        points: customer.points,
        points_name: settings.points_name.to_string(),
        lasts: policy.replacen("Points", "points", 1),
        once: Uuid::now_v7().to_string(),
        may_adjust: cx.may(Action::PointsAdjust),
    })
}

//! The one date of all points of a customer whose merchant counts inactivity.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::settings::MerchantSettings;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::Error;
use crate::points::{Expiring, PointsSummary};
use crate::statement::statement;

/// Until when the points of each of these customers can be spent. Customers without a date are left out: nobody's points
/// expire before the merchant has said since when inactivity counts.
///
/// Asked for under the lock of their balances, the answer stays true until the commit: whatever is an activity takes
/// that lock.
pub(crate) async fn dates(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    settings: &MerchantSettings,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, NaiveDate>, Error> {
    if !settings.expiry.is_sliding() || customers.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    let rows = db
        .query_all_raw(statement(include_str!("last_activity.sql"), [merchant.uuid().into(), ids.into()]))
        .await?;
    let mut dates = HashMap::with_capacity(rows.len());
    for row in rows {
        let active: Option<DateTime<Utc>> = row.try_get("", "active_at")?;
        let since: Option<NaiveDate> = row.try_get("", "expiry_since")?;
        let active = active.map(|instant| local_date(instant, settings.time_zone));
        if let Some(expires_on) = active.max(since).and_then(|day| settings.expiry.expires_on(day)) {
            dates.insert(CustomerId::from_uuid(row.try_get("", "customer_id")?), expires_on);
        }
    }
    Ok(dates)
}

/// Days that a summary names at most.
const SHOWN: usize = 12;

/// Adds to summaries of customers when their points without a day of their own will be gone.
pub(crate) async fn show(
    engine: &Engine,
    merchant: MerchantId,
    summaries: &mut [&mut PointsSummary],
) -> Result<(), Error> {
    if summaries.is_empty() {
        return Ok(());
    }
    let settings = engine.merchant_settings_in(engine.db(), merchant).await?;
    let customers: Vec<_> = summaries.iter().map(|summary| summary.customer_id).collect();
    let dates = dates(engine.db(), merchant, &settings, &customers).await?;
    if dates.is_empty() {
        return Ok(());
    }
    let undated = undated(engine.db(), merchant, dates.keys().copied()).await?;
    for summary in summaries {
        let customer = summary.customer_id;
        if let Some((expires_on, points)) = Option::zip(dates.get(&customer), undated.get(&customer)) {
            add(summary, *expires_on, *points);
        }
    }
    Ok(())
}

/// The points without a day of their own that these customers have left.
async fn undated(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customers: impl Iterator<Item = CustomerId>,
) -> Result<HashMap<CustomerId, i64>, Error> {
    let ids: Vec<Uuid> = customers.map(|id| id.uuid()).collect();
    let sql = "SELECT customer_id, undated FROM balances
        WHERE merchant_id = $1 AND customer_id = ANY ($2) AND undated > 0";
    let values = [merchant.uuid().into(), ids.into()];
    let rows = db.query_all_raw(statement(sql, values)).await?;
    rows.iter()
        .map(|row| {
            let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
            Ok((customer, row.try_get("", "undated")?))
        })
        .collect()
}

fn add(summary: &mut PointsSummary, expires_on: NaiveDate, points: i64) {
    match summary.expiring.iter_mut().find(|soon| soon.expires_on == expires_on) {
        Some(same) => same.points += points,
        None => summary.expiring.push(Expiring { expires_on, points }),
    }
    summary.expiring.sort_unstable_by_key(|soon| soon.expires_on);
    summary.expiring.truncate(SHOWN);
}

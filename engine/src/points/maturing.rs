//! When points that wait can be spent.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use serde::Serialize;
use uuid::Uuid;

use super::PointsSummary;
use crate::{Engine, error::Error};

/// Days that a summary names at most.
const SHOWN: i64 = 12;

/// Points that wait for the same day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Maturing {
    /// The instant from which all of them can be spent: the last one of a day in the merchant's zone.
    pub matures_at: DateTime<Utc>,
    /// How many wait for it.
    pub points: i64,
}

/// Adds to summaries of customers when what waits can be spent. Of those who wait for nothing, nothing is asked.
pub(super) async fn show(
    engine: &Engine,
    merchant: MerchantId,
    summaries: &mut [&mut PointsSummary],
) -> Result<(), Error> {
    let waiting: Vec<Uuid> = summaries
        .iter()
        .filter(|summary| summary.pending > 0)
        .map(|summary| summary.customer_id.uuid())
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let rows: Vec<(Uuid, DateTime<Utc>, i64)> = sqlx::query_as(include_str!("../sql/maturing.sql"))
        .bind(merchant.uuid())
        .bind(waiting)
        .bind(SHOWN)
        .fetch_all(engine.pool())
        .await?;
    let mut found: HashMap<CustomerId, Vec<Maturing>> = HashMap::new();
    for (customer, matures_at, points) in rows {
        found.entry(CustomerId::from_uuid(customer)).or_default().push(Maturing { matures_at, points });
    }
    for summary in summaries {
        summary.maturing = found.remove(&summary.customer_id).unwrap_or_default();
    }
    Ok(())
}

//! A draft promotion over everything that is stored.

use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::json;

use crate::stage::Stage;

/// How long it took, and what it cost in memory.
#[derive(Clone, Serialize)]
pub struct Replayed {
    /// The purchases that were looked at.
    pub purchases: u64,
    /// Whether that were all.
    pub complete: bool,
    /// How long it took.
    pub seconds: f64,
    /// The largest resident memory of the server meanwhile, MiB.
    pub peak_mib: f64,
    /// What it was before, MiB.
    pub before_mib: f64,
}

impl Replayed {
    /// Purchases a second.
    pub fn rate(&self) -> f64 {
        self.purchases as f64 / self.seconds
    }
}

/// Replays a promotion on a tenth of the products, with a limit per customer, over the last thirty days of the first
/// merchant, which is all that was sent. Nothing else is going on.
pub async fn replay(stage: &Stage) -> Result<Replayed> {
    let key = stage.keys.first().context("no merchant")?;
    let draft = json!({
        "name": "Double", "multiplier": "2", "products": {"include": ["category:c3"]},
        "max_points_per_customer": {"points": 500, "per": "day"},
    });
    let draft = stage.post(key, "/api/v1/promotions", &draft).await?;
    let id = draft["id"].as_str().context("a promotion without an id")?;
    let before_mib = stage.server_memory_mib()?;
    stage.forget_peak()?;
    let began = Instant::now();
    let replay = stage.post(key, &format!("/api/v1/promotions/{id}/replay"), &json!({})).await?;
    Ok(Replayed {
        seconds: began.elapsed().as_secs_f64(),
        peak_mib: stage.server_peak_mib()?,
        before_mib,
        purchases: replay["looked_at"]["purchases"].as_u64().context("a replay without purchases")?,
        complete: replay["complete"] == json!(true),
    })
}

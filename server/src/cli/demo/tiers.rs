//! The tiers of Hearth & Hops, made when there is something to look at: whoever has earned enough stands on one at once.

use perennial_domain::tiers::TierInput;
use perennial_engine::{Cx, Engine};
use serde_json::{Value, json};

use crate::cli::explained;

/// The highest first: so that everybody moves once, and has one letter.
fn tiers() -> [Value; 3] {
    [
        json!({"name": "Gold", "threshold": 5_000, "multiplier": "1.5", "discount": "0.1",
               "benefits": ["The cellar list", "Two guests at every tasting"]}),
        json!({"name": "Silver", "threshold": 2_500, "multiplier": "1.25", "discount": "0.05",
               "benefits": ["A table held on Fridays"]}),
        json!({"name": "Copper", "threshold": 1_000, "multiplier": "1.1", "benefits": ["First word of new taps"]}),
    ]
}

/// Makes the ladder, unless there is one.
pub(super) async fn prepare(engine: &Engine, cx: &Cx) -> anyhow::Result<()> {
    if !engine.tier_list(cx).await?.is_empty() {
        return Ok(());
    }
    for tier in tiers() {
        let input: TierInput = serde_json::from_value(tier)?;
        engine.tier_create(cx, input, false).await.map_err(explained)?;
    }
    Ok(())
}

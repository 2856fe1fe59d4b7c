//! The leaderboard of Hearth & Hops, opened when there is something to count.

use perennial_engine::{Cx, Engine};

/// Opens it, unless it is open.
pub(super) async fn prepare(engine: &Engine, cx: &Cx) -> anyhow::Result<()> {
    if !engine.leaderboard_state(cx).await?.enabled {
        engine.leaderboard_set(cx, true).await?;
    }
    Ok(())
}

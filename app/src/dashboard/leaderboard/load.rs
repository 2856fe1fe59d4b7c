//! The leaderboard from the engine, in words.

use super::super::format::{day_of_year, plural};
use super::super::session::{self, Staff};
use super::dto::{BoardData, BoardRow, LeaderboardData};
use crate::error::PageError;
use perennial_domain::access::Action;
use perennial_domain::leaderboard::LeaderboardPeriod;
use perennial_engine::PageRequest;
use perennial_engine::leaderboard::LeaderboardRow;

/// The page.
pub async fn page(period: &str, after: String) -> Result<LeaderboardData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let may_switch = cx.may(Action::SettingsWrite);
    if !engine.leaderboard_state(&cx).await?.enabled {
        return Ok(LeaderboardData { board: None, may_switch });
    }
    // An address that names no period shows the running week.
    let period = period.parse().unwrap_or(LeaderboardPeriod::Week);
    let board = engine.leaderboard(&cx, period, &PageRequest::new(None, Some(after))?).await?;
    let days = match (board.starts_on, board.ends_on) {
        (Some(first), Some(last)) => format!("{} to {}, ", day_of_year(first), day_of_year(last)),
        _ => String::new(),
    };
    let customers = plural(board.customers, "customer", "customers");
    let board = BoardData {
        period: period.as_str().to_owned(),
        about: format!("{days}{customers} with points"),
        counting: board.counting,
        points_name: engine.snapshot(&cx).await?.settings.points_name.to_string(),
        rows: board.data.into_iter().map(row).collect(),
        next: board.next,
    };
    Ok(LeaderboardData { board: Some(board), may_switch })
}

fn row(row: LeaderboardRow) -> BoardRow {
    BoardRow {
        id: row.customer_id.map(|id| id.to_string()).unwrap_or_default(),
        name: row.name.unwrap_or_else(|| "Without a name".to_owned()),
        rank: row.rank,
        points: row.points,
    }
}

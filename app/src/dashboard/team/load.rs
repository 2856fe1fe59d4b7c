//! The team from the engine, in words.

use super::super::clock;
use super::super::session::{self, Staff};
use super::dto::{PersonRow, TeamData};
use crate::error::PageError;
use perennial_domain::access::Action;
use perennial_engine::{Actor, LIMIT_MAX, PageRequest};
use uuid::Uuid;

/// The people of the merchant.
pub async fn page() -> Result<TeamData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    // Nobody has hundreds of people at a desk.
    let team = engine.staff_list(&cx, &PageRequest::new(Some(LIMIT_MAX.into()), None)?).await?;
    let zone = engine.snapshot(&cx).await?.settings.time_zone.tz();
    let now = engine.clock().now();
    let own = match cx.actor() {
        Actor::Staff { id, .. } => Some(*id),
        _ => None,
    };
    let row = |member: perennial_engine::staff::StaffMember| PersonRow {
        is_self: own == Some(member.id),
        id: member.id.to_string(),
        name: member.name,
        email: member.email,
        role: member.role,
        since: clock::day(member.created_at, zone, now),
    };
    Ok(TeamData {
        rows: team.data.into_iter().map(row).collect(),
        may_edit: cx.may(Action::StaffWrite),
        once: Uuid::now_v7().to_string(),
    })
}

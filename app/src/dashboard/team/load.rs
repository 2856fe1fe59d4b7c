//! The team from the engine, in words.

use super::super::clock;
use super::super::csv::{Cell, Csv};
use super::super::list::Listed;
use super::super::load::{chosen, searched};
use super::super::session::{self, Staff};
use super::dto::{PersonRow, TeamData};
use crate::error::PageError;
use axum::extract::Query;
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_engine::staff::{StaffFilter, StaffMember};
use perennial_engine::{Actor, PageRequest};
use serde::Deserialize;
use uuid::Uuid;

/// The query of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    q: String,
    role: String,
}

fn filter(q: &str, role: &str) -> Result<StaffFilter, PageError> {
    Ok(StaffFilter { search: searched(q), role: chosen(role, "role")? })
}

/// A page of the people of the merchant.
pub async fn page(q: &str, role: &str, after: String) -> Result<TeamData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let team = engine.staff_list(&cx, &filter(q, role)?, &PageRequest::new(None, Some(after))?).await?;
    let zone = engine.snapshot(&cx).await?.settings.time_zone.tz();
    let now = engine.clock().now();
    let own = match cx.actor() {
        Actor::Staff { id, .. } => Some(*id),
        _ => None,
    };
    let row = |member: StaffMember| PersonRow {
        is_self: own == Some(member.id),
        id: member.id.to_string(),
        name: member.name,
        email: member.email,
        role: member.role,
        since: clock::day(member.created_at, zone, now),
        last_sign_in: member.last_sign_in_at.map(|at| clock::ago(now, at)),
        invited: member.invited_until.map(|until| match clock::day(until, zone, now) {
            day if until > now => format!("Invited, until {day}"),
            day => format!("Invited, expired on {day}"),
        }),
    };
    Ok(TeamData { list: Listed::of(team, row, cx.may(Action::StaffWrite)), once: Uuid::now_v7().to_string() })
}

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<ListQuery>) -> Result<Response, PageError> {
    let columns = &["id", "name", "email", "role", "account_since", "last_sign_in_at", "invited_until"];
    let file = Csv { name: "team", columns };
    file.of(
        staff,
        filter(&query.q, &query.role)?,
        |staff, filter, page| Box::pin(staff.engine.staff_list(&staff.cx, filter, page)),
        cells,
    )
    .await
}

fn cells(member: StaffMember) -> Vec<Cell> {
    // Since when somebody has an account who is only invited is no business of this merchant.
    let since = member.invited_until.is_none().then(|| member.created_at.to_rfc3339());
    vec![
        member.id.to_string().into(),
        member.name.into(),
        member.email.into(),
        member.role.as_str().into(),
        since.into(),
        member.last_sign_in_at.map(|at| at.to_rfc3339()).into(),
        member.invited_until.map(|at| at.to_rfc3339()).into(),
    ]
}

//! The last reconciliation from the engine, in words.

use super::super::clock;
use super::super::session::{self, Staff};
use super::dto::{CheckRow, FoundRow, LedgerPage};
use crate::error::PageError;
use crate::ui::grouped;
use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_engine::reconcile::{Check, Finding};

/// The page.
pub async fn page() -> Result<LedgerPage, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let now = engine.clock().now();
    let checks = engine.reconciliation(&cx).await?;
    let asked = engine.reconciliation_requested(&cx).await?;
    Ok(LedgerPage {
        checks: checks.into_iter().map(|check| row(check, now)).collect(),
        asked: asked.map(|at| clock::ago(now, at)),
        may_ask: cx.may(Action::SettingsWrite),
    })
}

fn row(check: Check, now: DateTime<Utc>) -> CheckRow {
    CheckRow {
        name: check.invariant.name().to_owned(),
        title: check.invariant.title().to_owned(),
        looked_at: grouped(check.checked),
        when: clock::ago(now, check.checked_at),
        wrong: (check.violations > 0).then(|| format!("{} wrong", grouped(check.violations))),
        found: check.findings.into_iter().map(found).collect(),
    }
}

/// Customers and purchases have pages of their own.
fn found(finding: Finding) -> FoundRow {
    let Finding { subject, detail } = finding;
    let link = subject.split_once(' ').and_then(|(what, id)| match what {
        "customer" => Some(format!("/dashboard/customers/{id}")),
        "purchase" => Some(format!("/dashboard/purchases/{id}")),
        _ => None,
    });
    FoundRow { subject, link, detail }
}

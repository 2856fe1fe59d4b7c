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
    let mut recent = engine.reconciliation_recent(&cx).await?;
    let asked = engine.reconciliation_requested(&cx).await?;
    Ok(LedgerPage {
        checks: checks
            .into_iter()
            .map(|check| {
                // What was looked at before everything was looked at again has nothing to add.
                let later = |it: &Check| it.invariant == check.invariant && it.checked_at > check.checked_at;
                let found = recent.iter().position(later).map(|index| recent.swap_remove(index));
                row(check, found, now)
            })
            .collect(),
        asked: asked.map(|at| clock::ago(now, at)),
        may_ask: cx.may(Action::SettingsWrite),
    })
}

fn row(mut check: Check, recent: Option<Check>, now: DateTime<Utc>) -> CheckRow {
    let since = recent.as_ref().map(|recent| clock::ago(now, recent.checked_at));
    for finding in recent.iter().flat_map(|recent| &recent.findings) {
        if !check.findings.contains(finding) {
            check.findings.push(finding.clone());
        }
    }
    let violations = check.violations.max(recent.map_or(0, |recent| recent.violations));
    CheckRow {
        name: check.invariant.name().to_owned(),
        title: check.invariant.title().to_owned(),
        looked_at: grouped(check.checked),
        when: clock::ago(now, check.checked_at),
        since,
        wrong: (violations > 0).then(|| format!("{} wrong", grouped(violations))),
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

//! `perennial reconcile`: proves the invariants of the books.

use std::{process::ExitCode, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use perennial_engine::{
    Cx, PageRequest,
    merchants::MerchantSummary,
    reconcile::{Check, Reconciliation},
};
use serde::Serialize;

use super::{Session, print_result};
use crate::config::Config;

/// Proves that the ledger is right, beside a running server or without one. Exits with 1 if an invariant does not hold.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Slug of the only merchant to check (default: all)
    #[arg(long)]
    merchant: Option<String>,
    /// Check only what has happened since the last clean run
    #[arg(long)]
    recent: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    clean: bool,
    merchants: Vec<MerchantReport>,
}

#[derive(Serialize)]
struct MerchantReport {
    merchant: String,
    clean: bool,
    checks: Vec<Check>,
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let session = Session::open(&config).await?;
    let report = check_all(&session, &args).await;
    session.close().await?;
    let report = report?;
    let clean = report.clean;
    print_result(args.json, &report, || sentences(&report))?;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn check_all(session: &Session, args: &Args) -> anyhow::Result<Report> {
    let mut report = Report { clean: true, merchants: Vec::new() };
    for merchant in merchants(session, args.merchant.as_deref()).await? {
        let reconciliation = check(session, &merchant, args.recent).await?;
        let clean = reconciliation.is_clean();
        report.clean &= clean;
        report.merchants.push(MerchantReport {
            merchant: merchant.slug,
            clean,
            checks: reconciliation.checks,
        });
    }
    Ok(report)
}

async fn merchants(session: &Session, only: Option<&str>) -> anyhow::Result<Vec<MerchantSummary>> {
    if let Some(slug) = only {
        return Ok(vec![session.engine.merchant_by_slug(slug).await?]);
    }
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = session.engine.merchant_list(&PageRequest::new(Some(200), after)?).await?;
        all.extend(page.data);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

async fn check(
    session: &Session,
    merchant: &MerchantSummary,
    recent: bool,
) -> anyhow::Result<Reconciliation> {
    // Hidden by itself where standard error is no terminal.
    let progress = ProgressBar::new_spinner();
    progress
        .set_style(ProgressStyle::with_template("{spinner} {msg}: {human_pos} purchases evaluated again")?);
    progress.set_message(merchant.slug.clone());
    progress.enable_steady_tick(Duration::from_millis(120));
    let told = progress.clone();
    let cx = Cx::system(merchant.id);
    let told = move |evaluated| told.set_position(evaluated);
    let result = if recent {
        session.engine.reconcile_recent(&cx, told).await
    } else {
        session.engine.reconcile(&cx, told).await
    };
    progress.finish_and_clear();
    Ok(result?)
}

fn sentences(report: &Report) -> String {
    let mut text = String::new();
    for merchant in &report.merchants {
        text.push_str(&format!("{}\n", merchant.merchant));
        for check in &merchant.checks {
            let mark = if check.violations == 0 { "ok  " } else { "FAIL" };
            text.push_str(&format!(
                "  {mark} {:<4} {} ({} checked",
                check.invariant.name(),
                check.invariant.title(),
                check.checked
            ));
            if check.violations > 0 {
                text.push_str(&format!(", {} wrong", check.violations));
            }
            text.push_str(")\n");
            for finding in &check.findings {
                text.push_str(&format!("         {}: {}\n", finding.subject, finding.detail));
            }
        }
    }
    text.push_str(match (report.merchants.is_empty(), report.clean) {
        (true, _) => "There are no merchants.",
        (false, true) => "Everything adds up.",
        (false, false) => "The books are wrong; see above.",
    });
    text
}

//! The browser tests: Playwright against a real server.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::test::{Count, retries};
use crate::{paths, server, setup, shell, site};

/// Runs the tests and returns how many passed and failed.
///
/// Each run starts a server of its own on a free port, with a database of its own; see
/// `end2end/support/`.
///
/// # Errors
/// When something is missing or Playwright cannot run.
pub fn run(arguments: &[String]) -> Result<Count> {
    let report = paths::target()?.join("end2end/report.json");
    if report.exists() {
        std::fs::remove_file(&report)?;
    }
    let mut playwright = playwright(&["test"])?;
    let status = playwright
        .args(["--retries", &retries()?.to_string()])
        .args(arguments)
        .env("PERENNIAL_E2E_REPORT", &report)
        .status()
        .context("cannot start Playwright")?;
    let text = std::fs::read_to_string(&report)
        .with_context(|| format!("the browser tests did not run: Playwright ended with {status}"))?;
    let count = figures(&text).context("Playwright wrote a report without figures")?;
    if !status.success() && count.failed == 0 {
        bail!("Playwright ended with {status}");
    }
    Ok(count)
}

/// Writes a picture of every page into `docs/screenshots/`.
///
/// # Errors
/// As [`run`]; also when a page cannot be reached.
pub fn screenshots() -> Result<()> {
    shell::run(
        playwright(&["test", "--config", "screenshots.config.ts"])?
            .env("PERENNIAL_E2E_SHOTS", paths::at("docs/screenshots")),
    )
}

/// Checks the types of the tests themselves; Playwright only strips them.
///
/// # Errors
/// When they do not hold.
pub fn types() -> Result<()> {
    let folder = paths::at("end2end");
    shell::run(Command::new(folder.join("node_modules/.bin/tsc")).arg("--noEmit").current_dir(folder))
}

fn playwright(arguments: &[&str]) -> Result<Command> {
    setup::browser_tests()?;
    site::read_manifest(&paths::site()).context("build it first: `cargo xtask build`")?;
    let folder = paths::at("end2end");
    let mut command = Command::new(folder.join("node_modules/.bin/playwright"));
    command
        .args(arguments)
        .current_dir(&folder)
        .env("PERENNIAL_CHROMIUM", setup::browser()?)
        .env("PERENNIAL_E2E_BINARY", built_server()?)
        .env("PERENNIAL_E2E_OUTPUT", paths::target()?.join("end2end"))
        .env("PERENNIAL_SITE_DIR", paths::site());
    Ok(command)
}

/// The server to test: the named one, else the newer of the two that may be built.
fn built_server() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("PERENNIAL_E2E_BINARY") {
        return Ok(PathBuf::from(named));
    }
    let age = |binary: &PathBuf| binary.metadata().and_then(|it| it.modified()).ok();
    let built = [server::binary(false)?, server::binary(true)?];
    built
        .into_iter()
        .filter(|it| it.is_file())
        .max_by_key(age)
        .context("no server is built: `cargo xtask build`")
}

/// Reads the figures of Playwright's JSON report.
fn figures(report: &str) -> Option<Count> {
    let report: serde_json::Value = serde_json::from_str(report).ok()?;
    let figure = |name: &str| report.get("stats")?.get(name)?.as_u64();
    // Faults outside of any test, such as a server that does not start.
    let faults = report.get("errors").and_then(|it| it.as_array()).map_or(0, Vec::len);
    let (failed, retried) = (figure("unexpected")? + u64::try_from(faults).ok()?, figure("flaky")?);
    Some(Count { passed: figure("expected")? + retried, failed, retried })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passed_when_tried_again_is_told() {
        let report = r#"{"errors":[],"stats":{"expected":30,"skipped":2,"unexpected":1,"flaky":1}}"#;
        assert_eq!(figures(report), Some(Count { passed: 31, failed: 1, retried: 1 }));
        assert_eq!(figures("{}"), None);
    }
}

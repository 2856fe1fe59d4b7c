//! `make test`: every check that CI runs, with one closing line.
//!
//! A check that fails does not stop the others, so that one run shows all that is wrong.
//! Host and browser crates are never compiled in one call: both need `app`, with other
//! features, and cargo would unify them.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::progress::{duration, note, step};
use crate::{bundle, edges, end2end, paths, setup, shell, site, size};

/// Crates that run on the server and on the developer's machine.
const HOST: [&str; 9] = [
    "perennial-domain",
    "perennial-migration",
    "perennial-postgres",
    "perennial-testkit",
    "perennial-engine",
    "perennial-app",
    "perennial",
    "perennial-bench",
    "xtask",
];

/// Those of them with a library, whose documentation has examples to run.
const LIBRARIES: [&str; 5] =
    ["perennial-domain", "perennial-migration", "perennial-postgres", "perennial-engine", "perennial-app"];

/// Crates that run in the browser.
const BROWSER: [&str; 2] = ["perennial-portal", "perennial-dashboard"];

/// What to leave out.
#[derive(Args)]
pub struct Options {
    /// Leave out the browser tests.
    #[arg(long)]
    no_browser: bool,
}

/// How many tests or checks went well, and how many did not.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Count {
    /// Those that hold.
    pub passed: u64,
    /// Those that do not.
    pub failed: u64,
    /// How many of those that hold did so only when they were tried again.
    pub retried: u64,
}

impl Count {
    /// A check that is one thing, and holds.
    const ONE: Self = Self { passed: 1, failed: 0, retried: 0 };

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.retried += other.retried;
    }
}

/// How often a test that fails is tried again: never, unless the caller asks for it as `.ci/run` does.
///
/// # Errors
/// When `PERENNIAL_TEST_RETRIES` is set and is no small number.
pub fn retries() -> Result<u8> {
    match std::env::var("PERENNIAL_TEST_RETRIES") {
        Ok(times) => times.parse().context("PERENNIAL_TEST_RETRIES is no number from 0 to 255"),
        Err(_) => Ok(0),
    }
}

/// The outcomes so far.
struct Run {
    begun: Instant,
    outcomes: Vec<(&'static str, Count)>,
}

impl Run {
    fn new() -> Self {
        Self { begun: Instant::now(), outcomes: Vec::new() }
    }

    /// Runs one check and remembers how it went; tells whether it went well.
    fn check(&mut self, title: &'static str, work: impl FnOnce() -> Result<Count>) -> bool {
        let count = match step(title, work) {
            Ok(count) => count,
            Err(error) => {
                eprintln!("{error:#}");
                Count { failed: 1, ..Count::default() }
            }
        };
        self.outcomes.push((title, count));
        count.failed == 0
    }

    /// Prints the summary; its last line is `N passed, N failed`.
    fn finish(self) -> Result<()> {
        let mut total = Count::default();
        println!();
        for (title, count) in &self.outcomes {
            let mark = if count.failed == 0 { "ok    " } else { "FAILED" };
            println!("{mark} {title}: {} passed, {} failed", count.passed, count.failed);
            if count.retried > 0 {
                println!("       {} of them passed only when tried again: see FLAKY above", count.retried);
            }
            total.add(*count);
        }
        println!("in {}", duration(self.begun.elapsed()));
        println!("{} passed, {} failed", total.passed, total.failed);
        if total.failed > 0 {
            std::process::exit(1);
        }
        Ok(())
    }
}

/// Runs everything.
///
/// # Errors
/// When something the checks need is missing. A check that fails ends the process with status 1.
pub fn run(options: &Options) -> Result<()> {
    setup::room()?;
    setup::wasm_target()?;
    setup::postgres()?;
    setup::broker()?;
    setup::guides()?;
    if !options.no_browser {
        setup::browser_tests()?;
        setup::browser()?;
    }

    let mut run = Run::new();
    static_checks(&mut run);
    let tested = run.check("tests of the host crates", host_tests);
    let assets = run.check("WebAssembly and style sheet, as released", || {
        site::build(site::Options { release: true, reload: false }).map(|_| Count::ONE)
    });
    if assets {
        run.check("transfer size of the portal", || size::check().map(|()| Count::ONE));
    }
    if !options.no_browser {
        run.check("browser tests", || {
            if !assets {
                bail!("not run: there is nothing to show in a browser");
            }
            if !tested {
                note("tests have failed; the browser tests use the server as far as it builds");
            }
            server_of_the_tests()?;
            end2end::run(&[])
        });
    }
    run.check_licences();
    run.finish()
}

/// Runs what needs no database: for the moment before a commit.
///
/// # Errors
/// As [`run`].
pub fn lint() -> Result<()> {
    setup::wasm_target()?;
    let mut run = Run::new();
    static_checks(&mut run);
    run.check("documentation", || {
        let mut cargo = shell::cargo();
        cargo
            // Who reads it works in the house, whose modules tell of their inner ones.
            .args(["doc", "--no-deps", "--lib", "--document-private-items"])
            .args(packages(&LIBRARIES))
            .args(["--features", "perennial-app/ssr"]);
        one(cargo.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links"))
    });
    if paths::at("end2end/node_modules").is_dir() {
        run.check("types of the browser tests", || end2end::types().map(|()| Count::ONE));
    }
    run.check_licences();
    tell_advisories();
    run.finish()
}

fn static_checks(run: &mut Run) {
    run.check("formatting", || one(shell::cargo().args(["fmt", "--all", "--check"])));
    run.check("dependencies run one way", || edges::check().map(|()| Count::ONE));
    run.check("clippy, host", || {
        let mut cargo = shell::cargo();
        cargo.args(["clippy", "--all-targets", "--features", "perennial-app/ssr"]).args(packages(&HOST));
        one(cargo.args(["--", "-D", "warnings"]))
    });
    run.check("clippy, browser", || {
        let mut cargo = shell::cargo();
        cargo.args(["clippy", "--lib", "--target", bundle::TARGET]).args(packages(&BROWSER));
        // Named as well, since clippy only looks at what is named.
        cargo.args(["--package", "perennial-app", "--features", "perennial-app/hydrate"]);
        one(cargo.args(["--", "-D", "warnings"]))
    });
}

impl Run {
    /// Licences, bans and sources, when cargo-deny is installed.
    fn check_licences(&mut self) {
        if shell::find("cargo-deny").is_none() {
            note("cargo-deny is not installed, licences are not checked (cargo install --locked cargo-deny)");
            return;
        }
        // Advisories need the network and change without us: `make lint` warns of them, and nothing fails by them.
        self.check("licences and bans", || {
            one(shell::cargo().args(["deny", "check", "licenses", "bans", "sources"]))
        });
    }
}

/// Tells what has become known of the crates that we build on. An advisory appears without any change of ours, and asking for
/// them needs the network: whatever comes of it, nothing fails.
fn tell_advisories() {
    if shell::find("cargo-deny").is_none() {
        return;
    }
    if let Err(error) = shell::run(shell::cargo().args(["deny", "check", "advisories"])) {
        note(&format!(
            "warning: see above what is known of a crate, or why nobody could be asked ({error:#})"
        ));
    }
}

/// Unit, integration and documentation tests.
fn host_tests() -> Result<Count> {
    if shell::find("cargo-nextest").is_none() {
        let mut cargo = shell::cargo();
        cargo.args(["test", "--no-fail-fast", "--features", "perennial-app/ssr"]).args(packages(&HOST));
        return counted(&mut cargo);
    }
    let mut cargo = shell::cargo();
    cargo.args(["nextest", "run", "--no-fail-fast", "--retries", &retries()?.to_string()]);
    cargo.args(["--features", "perennial-app/ssr"]).args(packages(&HOST));
    let report = paths::target()?.join("nextest/default/junit.xml");
    // An old report must never stand for this run.
    if report.exists() {
        std::fs::remove_file(&report)?;
    }
    let status = cargo.status().context("cannot start cargo nextest")?;
    let text = std::fs::read_to_string(&report)
        .with_context(|| format!("the tests did not run: cargo nextest ended with {status}"))?;
    let mut count = junit(&text).context("cargo nextest wrote a report without figures")?;
    if !status.success() && count.failed == 0 {
        bail!("cargo nextest ended with {status}");
    }

    let mut cargo = shell::cargo();
    cargo.args(["test", "--doc", "--features", "perennial-app/ssr"]).args(packages(&LIBRARIES));
    count.add(counted(&mut cargo)?);
    Ok(count)
}

/// Builds the server exactly as the tests did, so that nothing is compiled twice.
fn server_of_the_tests() -> Result<()> {
    let mut cargo = shell::cargo();
    cargo.args(["build", "--bins", "--tests", "--features", "perennial-app/ssr"]).args(packages(&HOST));
    shell::run(&mut cargo)
}

fn packages(names: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    names.iter().flat_map(|name| ["--package", name])
}

fn one(command: &mut std::process::Command) -> Result<Count> {
    shell::run(command).map(|()| Count::ONE)
}

/// Runs `cargo test`, shows what it writes and adds up its summaries.
fn counted(command: &mut std::process::Command) -> Result<Count> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start cargo test")?;
    let mut count = Count::default();
    let output = child.stdout.take().context("cargo test has no output")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        println!("{line}");
        count.add(summary(&line).unwrap_or_default());
    }
    let status = child.wait()?;
    if !status.success() && count.failed == 0 {
        bail!("cargo test ended with {status}");
    }
    Ok(count)
}

/// Reads “test result: ok. 12 passed; 0 failed; …”.
fn summary(line: &str) -> Option<Count> {
    let figures = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let figure =
        |name: &str| figures.split("; ").find_map(|part| part.trim().strip_suffix(name)?.trim().parse().ok());
    Some(Count { passed: figure("passed")?, failed: figure("failed")?, retried: 0 })
}

/// Reads the figures of `<testsuites tests="3" failures="1" errors="0" …>`, and counts the cases that passed at a later try.
fn junit(report: &str) -> Option<Count> {
    let head = report.split("<testsuites").nth(1)?.split('>').next()?;
    let figure = |name: &str| -> Option<u64> {
        head.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.parse().ok()
    };
    let failed = figure("failures")? + figure("errors")?;
    let case_retried = |case: &str| case.contains("<flakyFailure") || case.contains("<flakyError");
    let retried = report.split("<testcase").filter(|case| case_retried(case)).count();
    Some(Count {
        passed: figure("tests")?.checked_sub(failed)?,
        failed,
        retried: u64::try_from(retried).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_cargo_test_are_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(summary(line), Some(Count { passed: 12, failed: 3, retried: 0 }));
        assert_eq!(summary("running 15 tests"), None);
    }

    #[test]
    fn figures_of_a_report_are_read() {
        let report = r#"<?xml version="1.0"?><testsuites name="nextest-run" tests="40" failures="2" errors="1" uuid="x"><testsuite tests="1"/></testsuites>"#;
        assert_eq!(junit(report), Some(Count { passed: 37, failed: 3, retried: 0 }));
        assert_eq!(junit("<testsuites>"), None);
    }

    #[test]
    fn a_test_that_passed_when_tried_again_is_told() {
        let report = r#"<testsuites tests="3" failures="0" errors="0"><testsuite><testcase name="a"/>
            <testcase name="b"><flakyFailure/><flakyFailure/></testcase><testcase name="c"></testcase></testsuite></testsuites>"#;
        assert_eq!(junit(report), Some(Count { passed: 3, failed: 0, retried: 1 }));
    }
}

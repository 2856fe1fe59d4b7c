//! Building and starting the server.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::progress::{note, step};
use crate::{paths, setup, shell, site};

/// Builds the binary and says where it is.
///
/// # Errors
/// When cargo fails.
pub fn build(release: bool) -> Result<PathBuf> {
    step("server", || {
        let mut cargo = shell::cargo();
        cargo.args(["build", "--package", "perennial", "--bin", "perennial"]);
        if release {
            cargo.arg("--release");
        }
        shell::run(&mut cargo)
    })?;
    binary(release)
}

/// Where the binary of a profile is.
///
/// # Errors
/// When the target folder is unknown.
pub fn binary(release: bool) -> Result<PathBuf> {
    Ok(paths::target()?.join(if release { "release" } else { "debug" }).join("perennial"))
}

/// Builds everything and becomes the server, with demo data.
///
/// We replace ourselves rather than wait: Ctrl-C and SIGTERM then reach the server
/// directly, and its orderly end is the end of `make run`.
///
/// # Errors
/// When something is missing, does not build or does not start.
pub fn run(release: bool) -> Result<()> {
    setup::wasm_target()?;
    setup::postgres()?;
    if !release {
        note("an unoptimised build, for a quick start; `make run RELEASE=1` serves the optimised one");
    }
    site::build(site::Options { release, reload: false })?;
    let binary = build(release)?;
    replace(&binary, &["serve", "--demo"])?;
    Ok(())
}

/// Builds server and load generator in release and measures.
///
/// # Errors
/// When something does not build or cannot be measured. A figure that misses its bar is no error.
pub fn bench(arguments: &[String]) -> Result<()> {
    setup::postgres()?;
    // Without pages no server starts. Which build of them is there makes no difference to what is measured.
    if site::read_manifest(&paths::site()).is_err() {
        setup::wasm_target()?;
        site::build(site::Options { release: true, reload: false })?;
    }
    let server = build(true)?;
    step("load generator", || {
        shell::run(shell::cargo().args(["build", "--release", "--package", "perennial-bench"]))
    })?;
    let bench = server.with_file_name("perennial-bench");
    let mut measure = shell::program(bench);
    measure.arg("--server").arg(server).args(arguments).env("PERENNIAL_SITE_DIR", paths::site());
    shell::run(&mut measure)
}

fn replace(binary: &std::path::Path, arguments: &[&str]) -> Result<Infallible> {
    let mut command = shell::program(binary);
    command.args(arguments).env("PERENNIAL_SITE_DIR", paths::site());
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {}", paths::shown(binary)))
}

//! What building, running and testing need beyond cargo: looked for, then installed
//! where that is possible, else named exactly.
//!
//! Nothing here asks for a password or changes the system unless we already are root.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::progress::{note, step};
use crate::{bundle, paths, shell};

/// The oldest Postgres that the server accepts.
const OLDEST_POSTGRES: u32 = 15;

/// What the first run of every check takes on the disk, in megabytes, without incremental compilation; measured, and rounded up.
const FIRST_BUILD: u64 = 10_000;

/// The broker of the event bus, as its package and its program are called.
const BROKER: &str = "nats-server";

/// What the tests run the commands and examples of the guides with.
const GUIDES: [&str; 3] = ["bash", "curl", "python3"];

/// Names under which browsers of the Chromium family are installed.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// Sets up everything.
///
/// # Errors
/// When something is missing and cannot be installed from here.
pub fn all() -> Result<()> {
    wasm_target()?;
    postgres()?;
    broker()?;
    guides()?;
    browser_tests()?;
    let browser = browser()?;
    note(&format!("everything is there; the browser is {}", browser.display()));
    Ok(())
}

/// Makes sure that the compiler can build for the browser.
///
/// # Errors
/// When the target is missing and rustup is, too, or fails.
pub fn wasm_target() -> Result<()> {
    let library = shell::output(shell::program("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        bundle::TARGET,
    ]))?;
    if PathBuf::from(library.trim()).is_dir() {
        return Ok(());
    }
    if shell::find("rustup").is_none() {
        bail!(
            "the Rust target {} is missing and rustup is not installed: install rustup, or your \
             distribution's package with the standard library for WebAssembly (on Debian: libstd-rust-dev-wasm32)",
            bundle::TARGET
        );
    }
    step("compiler target for the browser", || {
        shell::run(shell::program("rustup").args(["target", "add", bundle::TARGET]))
    })
}

/// Says so when there may be too little room for a first build: one that fills the disk ends in errors that name anything else.
///
/// # Errors
/// When cargo or `df` cannot be asked.
pub fn room() -> Result<()> {
    let target = paths::target()?;
    if target.join("debug").is_dir() {
        return Ok(());
    }
    let report = shell::output(shell::program("df").arg("-Pk").arg(paths::root()))?;
    if let Some(free) = free_megabytes(&report).filter(|free| *free < FIRST_BUILD) {
        note(&format!(
            "warning: {free} MB are free beside {}, a first build needs {FIRST_BUILD}",
            target.display()
        ));
    }
    Ok(())
}

/// Reads the fourth column of what `df -Pk` says of one file system.
fn free_megabytes(report: &str) -> Option<u64> {
    let free: u64 = report.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(free / 1024)
}

/// Makes sure that the server will find a Postgres, unless it was given one.
///
/// The server unpacks a private copy by itself where npm is installed; this check comes
/// before the long build, so that nobody waits for it in vain.
///
/// # Errors
/// When there is none and neither npm nor apt (as root) can bring it.
pub fn postgres() -> Result<()> {
    let given =
        ["DATABASE_URL", "PERENNIAL_POSTGRES_BIN"].iter().any(|name| std::env::var_os(name).is_some());
    if given || system_postgres() || shell::find("npm").is_some() {
        return Ok(());
    }
    if is_root() && shell::find("apt-get").is_some() {
        return step("Postgres, from the distribution", || apt("postgresql"));
    }
    bail!(
        "no Postgres {OLDEST_POSTGRES} or newer was found. Do one of these, then try again:\n  \
         install it with your system's packages (on Debian: apt install postgresql)\n  \
         install npm, so that a private copy can be unpacked\n  \
         set DATABASE_URL to a database of your own"
    )
}

/// Makes sure that the tests of the event bus find a broker.
///
/// # Errors
/// When there is none and it cannot be installed from here.
pub fn broker() -> Result<()> {
    // Debian puts it where only the path of root leads.
    let is_there = || shell::find(BROKER).is_some() || Path::new("/usr/sbin").join(BROKER).is_file();
    if std::env::var_os("PERENNIAL_NATS_SERVER").is_some() || is_there() {
        return Ok(());
    }
    if is_root() && shell::find("apt-get").is_some() {
        step("NATS, from the distribution", || apt(BROKER))?;
        if is_there() {
            return Ok(());
        }
    }
    bail!(
        "the tests of the event bus need {BROKER}, and none is on the path. Install it with your system's \
         packages (on Debian: apt install {BROKER}), or set PERENNIAL_NATS_SERVER to its executable"
    )
}

/// Makes sure that the tests can run what the guides tell people to run.
///
/// # Errors
/// When a program is missing and cannot be installed from here.
pub fn guides() -> Result<()> {
    for name in GUIDES {
        if shell::find(name).is_some() {
            continue;
        }
        if is_root() && shell::find("apt-get").is_some() {
            step(&format!("{name}, from the distribution"), || apt(name))?;
        }
        if shell::find(name).is_none() {
            bail!("the tests of the guides need {name}: install it with your system's packages");
        }
    }
    Ok(())
}

/// Makes sure that Playwright and its companions are unpacked below `end2end/`.
///
/// # Errors
/// When Node.js is missing or npm fails.
pub fn browser_tests() -> Result<()> {
    if shell::find("node").is_none() || shell::find("npm").is_none() {
        bail!(
            "the browser tests need Node.js 20 or newer with npm: install them with your system's packages"
        );
    }
    let folder = paths::at("end2end");
    let wanted = std::fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.perennial-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step("Playwright and axe", || {
        // Our own Chromium is found below; downloading another takes minutes and a second source.
        let mut npm = shell::program("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
        shell::run(npm.current_dir(&folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
    })?;
    Ok(std::fs::write(&stamp, wanted)?)
}

/// Finds a Chromium, installing it when we are root.
///
/// # Errors
/// When there is none and it cannot be installed from here.
pub fn browser() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("PERENNIAL_CHROMIUM") {
        let named = PathBuf::from(named);
        if named.is_file() {
            return Ok(named);
        }
        bail!("PERENNIAL_CHROMIUM names {}, which is not a file", named.display());
    }
    if let Some(found) = BROWSERS.iter().find_map(|name| shell::find(name)) {
        return Ok(found);
    }
    if is_root() && shell::find("apt-get").is_some() {
        step("Chromium, from the distribution", || apt("chromium"))?;
        if let Some(found) = BROWSERS.iter().find_map(|name| shell::find(name)) {
            return Ok(found);
        }
    }
    bail!(
        "the browser tests need Chromium, and none of {} is on the path. Install it with your system's \
         packages (on Debian: apt install chromium), or set PERENNIAL_CHROMIUM to its executable",
        BROWSERS.join(", ")
    )
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Looks where the server looks: on the path and in Debian's versioned folders.
fn system_postgres() -> bool {
    let versioned = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let recent = versioned
        .filter(|entry| {
            let name = entry.file_name();
            name.to_str().and_then(|name| name.parse::<u32>().ok()).is_some_and(|it| it >= OLDEST_POSTGRES)
        })
        .any(|entry| entry.path().join("bin/postgres").is_file());
    recent
        || shell::find("postgres")
            .is_some_and(|found| major_version(&found).is_some_and(|it| it >= OLDEST_POSTGRES))
}

/// Reads the 15 in “postgres (PostgreSQL) 15.10 (Debian …)”.
fn major_version(postgres: &std::path::Path) -> Option<u32> {
    let output = shell::program(postgres).arg("--version").output().ok()?;
    parse_major(std::str::from_utf8(&output.stdout).ok()?)
}

fn parse_major(version: &str) -> Option<u32> {
    let number =
        version.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    number.split(|other: char| !other.is_ascii_digit()).next()?.parse().ok()
}

fn apt(package: &str) -> Result<()> {
    let mut update = shell::program("apt-get");
    shell::run(update.args(["update", "-qq"]))?;
    let mut install = shell::program("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends", package]);
    shell::run(install.env("DEBIAN_FRONTEND", "noninteractive"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_every_style_of_answer() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.10 (Debian 15.10-0+deb12u1)"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta2"), Some(18));
        assert_eq!(parse_major("no version"), None);
    }

    #[test]
    fn free_room_is_read_from_the_line_below_the_heads() {
        let report = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 263174212 12345 83886080 13% /\n";
        assert_eq!(free_megabytes(report), Some(81_920));
        assert_eq!(free_megabytes("df: no such file"), None);
    }
}

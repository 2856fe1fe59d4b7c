//! The check that dependencies run one way only.
//!
//! ```text
//! frontend ─▶ app ─▶ domain          migration and postgres stand alone
//! server ─▶ app ─▶ engine ─▶ domain  nothing depends on server
//! ```
//! Two kinds of rule: which of our crates a crate may name directly, and which foreign
//! crates must not appear anywhere below it. Both are read from `cargo tree`, so they
//! hold for what is really compiled, features and targets included.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::progress::note;
use crate::{bundle, shell};

/// Which of our crates each of our crates may name, apart from tests.
const DIRECT: [(&str, &[&str]); 11] = [
    ("perennial-domain", &[]),
    ("perennial-migration", &[]),
    ("perennial-postgres", &[]),
    ("perennial-engine", &["perennial-domain", "perennial-migration"]),
    ("perennial-app", &["perennial-domain", "perennial-engine"]),
    ("perennial-portal", &["perennial-app"]),
    ("perennial-dashboard", &["perennial-app"]),
    (
        "perennial",
        &[
            "perennial-app",
            "perennial-domain",
            "perennial-engine",
            "perennial-migration",
            "perennial-postgres",
        ],
    ),
    ("perennial-testkit", &["perennial-migration", "perennial-postgres"]),
    ("perennial-bench", &["perennial-postgres"]),
    ("xtask", &[]),
];

/// A crate and what must not be found anywhere below it.
struct Purity {
    package: &'static str,
    target: Option<&'static str>,
    forbidden: &'static [&'static str],
    why: &'static str,
}

/// Runtime, network and database: what only the server may hold.
const EFFECTS: &[&str] =
    &["tokio", "mio", "hyper", "axum", "tower-http", "reqwest", "rustls", "sea-orm", "sqlx", "sqlx-core"];

const PURE: [Purity; 4] = [
    Purity {
        package: "perennial-domain",
        target: None,
        forbidden: &[
            "tokio",
            "mio",
            "hyper",
            "axum",
            "reqwest",
            "rustls",
            "sea-orm",
            "sqlx",
            "leptos",
            "rand",
            "wasm-bindgen",
        ],
        why: "domain is pure: no IO, no async, no clock, no pages",
    },
    Purity {
        package: "perennial-engine",
        target: None,
        forbidden: &["axum", "hyper", "leptos", "tower-http"],
        why: "engine knows neither HTTP nor HTML",
    },
    Purity {
        package: "perennial-portal",
        target: Some(bundle::TARGET),
        forbidden: EFFECTS,
        why: "a browser never downloads the server",
    },
    Purity {
        package: "perennial-dashboard",
        target: Some(bundle::TARGET),
        forbidden: EFFECTS,
        why: "a browser never downloads the server",
    },
];

/// Checks every rule and reports all that is broken at once.
///
/// # Errors
/// When a rule is broken or `cargo tree` fails.
pub fn check() -> Result<()> {
    let mut faults = Vec::new();
    for (package, allowed) in DIRECT {
        let tree = tree(package, None, &["--depth", "1", "--all-features"])?;
        faults.extend(
            stray(&tree, package, allowed).map(|named| format!("{package} must not depend on {named}")),
        );
    }
    for purity in PURE {
        let tree = tree(purity.package, purity.target, &[])?;
        for found in purity.forbidden.iter().filter(|name| tree.contains(**name)) {
            faults.push(format!("{} pulls {found}: {}", purity.package, purity.why));
        }
    }
    if faults.is_empty() {
        note(&format!("{} crates, every dependency runs the right way", DIRECT.len()));
        return Ok(());
    }
    bail!("dependencies run the wrong way:\n  {}", faults.join("\n  "))
}

/// Our own crates in a tree that are neither the package itself nor allowed.
fn stray<'t>(
    tree: &'t BTreeSet<String>,
    package: &'t str,
    allowed: &'t [&'t str],
) -> impl Iterator<Item = &'t str> {
    tree.iter()
        .map(String::as_str)
        .filter(|name| DIRECT.iter().any(|(ours, _)| ours == name))
        .filter(move |name| *name != package && !allowed.contains(name))
}

/// The names of all crates that a package is built from, itself included.
fn tree(package: &str, target: Option<&str>, options: &[&str]) -> Result<BTreeSet<String>> {
    let mut cargo = shell::cargo();
    cargo.args(["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    cargo.args(options);
    if let Some(target) = target {
        cargo.args(["--target", target]);
    }
    Ok(names(&shell::output(&mut cargo)?))
}

/// The first word of each line.
fn names(tree: &str) -> BTreeSet<String> {
    tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_against_the_current_is_found() {
        let tree =
            names("perennial-engine v0.1.0 (/p/engine)\nperennial-app v0.1.0 (/p/app)\nserde v1.0.0\n");
        let faults: Vec<_> = stray(&tree, "perennial-engine", &["perennial-domain"]).collect();
        assert_eq!(faults, ["perennial-app"]);
    }

    #[test]
    fn allowed_and_foreign_crates_pass() {
        let tree =
            names("perennial-app v0.1.0 (/p/app)\nperennial-domain v0.1.0 (/p/domain)\nleptos v0.8.23\n");
        assert_eq!(stray(&tree, "perennial-app", &["perennial-domain"]).count(), 0);
    }

    #[test]
    fn every_member_of_the_workspace_has_a_rule() {
        let manifest = std::fs::read_to_string(crate::paths::at("Cargo.toml")).unwrap();
        let members = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
        let members = members.split(',').filter(|member| member.contains('"')).count();
        assert_eq!(members, DIRECT.len());
    }
}

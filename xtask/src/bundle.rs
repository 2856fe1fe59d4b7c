//! The two WebAssembly bundles, one for customers and one for merchants.
//!
//! Cargo compiles both entries in one call, the bindings generator then splits each
//! into a `.wasm` and the JavaScript that loads it. The generator is a library of
//! ours rather than an installed tool, so that its version is the one in `Cargo.lock`
//! and always fits the compiled module.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::{paths, shell};

/// An entry of `frontend/`.
#[derive(Clone, Copy)]
pub struct Bundle {
    /// The name under which pages ask for it.
    pub name: &'static str,
    package: &'static str,
    artifact: &'static str,
}

/// Every bundle.
pub const BUNDLES: [Bundle; 2] = [
    Bundle { name: "portal", package: "perennial-portal", artifact: "perennial_portal.wasm" },
    Bundle { name: "dashboard", package: "perennial-dashboard", artifact: "perennial_dashboard.wasm" },
];

/// The target of both.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// What the generator made of one bundle.
pub struct Generated {
    /// The module that pages import.
    pub javascript: String,
    /// The WebAssembly that it loads.
    pub wasm: Vec<u8>,
    /// Scripts that dependencies carry along: path below the bundle's folder, and text.
    pub snippets: Vec<(PathBuf, String)>,
}

/// Compiles all bundles.
///
/// In release they are optimised for transfer size. Those settings hold for this call
/// only: the server keeps unwinding (a panic in one request must not end the process)
/// and is optimised for speed.
///
/// # Errors
/// When cargo fails.
pub fn compile(release: bool) -> Result<()> {
    let mut cargo = shell::cargo();
    cargo.args(["build", "--lib", "--target", TARGET]);
    for bundle in BUNDLES {
        cargo.args(["--package", bundle.package]);
    }
    if release {
        cargo.arg("--release").envs([
            ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z"),
            ("CARGO_PROFILE_RELEASE_LTO", "fat"),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
            ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
            ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
            // `domain` checks its own arithmetic; what the browser adds up are counts on a page.
            ("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "false"),
        ]);
    } else {
        // Debug information triples the time that the generator takes, and browsers ignore it.
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "false");
    }
    shell::run(&mut cargo)
}

/// Generates the bindings of one compiled bundle.
///
/// # Errors
/// When the compiled module is absent or the generator refuses it.
pub fn generate(bundle: Bundle, release: bool, target: &Path) -> Result<Generated> {
    let profile = if release { "release" } else { "debug" };
    let module = target.join(TARGET).join(profile).join(bundle.artifact);
    let folder = target.join("xtask").join(bundle.name);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", paths::shown(&folder)))?;
    }
    Bindgen::new()
        .input_path(&module)
        .out_name(bundle.name)
        .web(true)
        .and_then(|generator| {
            generator
                .typescript(false)
                .omit_default_module_path(true)
                .debug(!release)
                .remove_name_section(release)
                .remove_producers_section(release)
                .generate(&folder)
        })
        .with_context(|| format!("no bindings for {}", paths::shown(&module)))?;

    let read = |name: String| {
        let file = folder.join(name);
        fs::read(&file).with_context(|| format!("cannot read {}", paths::shown(&file)))
    };
    let javascript =
        String::from_utf8(read(format!("{}.js", bundle.name))?).context("bindings are not UTF-8")?;
    let javascript = if release { without_comments(&javascript) } else { javascript };
    Ok(Generated {
        javascript,
        wasm: read(format!("{}_bg.wasm", bundle.name))?,
        snippets: snippets(&folder)?,
    })
}

/// Collects the scripts below `snippets/`.
fn snippets(folder: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    let mut pending = vec![folder.join("snippets")];
    while let Some(next) = pending.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let text = fs::read_to_string(&path)?;
                found.push((path.strip_prefix(folder)?.to_path_buf(), text));
            }
        }
    }
    Ok(found)
}

/// Drops the generated documentation comments and the indentation.
///
/// The generator writes one statement a line, its comments on lines of their own and
/// no multi-line strings; that makes this safe without a JavaScript parser, and saves
/// most of what a real minifier would after compression.
fn without_comments(javascript: &str) -> String {
    let mut kept = String::with_capacity(javascript.len());
    let mut inside = false;
    for line in javascript.lines().map(str::trim) {
        if inside || line.starts_with("/*") {
            inside = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_code_stays() {
        let javascript = "/* @ts-self-types */\n/**\n * Mounts.\n */\nexport function hydrate() {\n    wasm.hydrate(); // now\n}\n\n// end\n";
        assert_eq!(without_comments(javascript), "export function hydrate() {\nwasm.hydrate(); // now\n}\n");
    }
}

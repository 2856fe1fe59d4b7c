//! Where things are.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};

use crate::shell;

/// The root of the workspace.
///
/// The run-time variable wins over the compiled-in path, so that a tree which was
/// moved after xtask was built still builds itself.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let own = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        own.parent().map_or_else(|| own.clone(), Path::to_path_buf)
    })
}

/// A path below the root.
pub fn at(relative: &str) -> PathBuf {
    root().join(relative)
}

/// What the browser receives: `PERENNIAL_SITE_DIR` or `site/`.
///
/// The server reads the same variable.
pub fn site() -> PathBuf {
    std::env::var_os("PERENNIAL_SITE_DIR").map_or_else(|| at("site"), PathBuf::from)
}

/// Cargo's target folder, which configuration and environment may have moved.
///
/// # Errors
/// When `cargo metadata` fails.
pub fn target() -> Result<PathBuf> {
    let metadata =
        shell::output(shell::cargo().args(["metadata", "--no-deps", "--format-version", "1", "--offline"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
    let target = metadata.get("target_directory").and_then(serde_json::Value::as_str);
    target.map(PathBuf::from).context("cargo metadata names no target folder")
}

/// A path as a person would type it: relative to the root where possible.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

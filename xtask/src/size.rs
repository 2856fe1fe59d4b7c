//! The budget of the portal's first visit.
//!
//! A customer opens the portal at a till, on a phone, on the shop's network: what the
//! home page transfers (WebAssembly, JavaScript and CSS, Brotli) has a hard limit.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::progress::{kilobytes, note};
use crate::{compress, paths, site};

/// The limit, in bytes after Brotli.
const LIMIT: usize = 300_000;
/// What we aim for; above it the check says so.
const AIM: usize = 220_000;

/// What the portal's home page asks for.
const PORTAL: [&str; 3] = ["portal.js", "portal.wasm", "portal.css"];

/// Text that only an unfinished code splitting leaves behind: such a bundle never starts.
const UNSPLIT: &str = "__wasm_split_placeholder__";

/// Checks what is built in `site/` against the budget.
///
/// # Errors
/// When nothing is built, the budget is broken, or a bundle could not start.
pub fn check() -> Result<()> {
    let folder = paths::site();
    let manifest = site::read_manifest(&folder)?;
    let mut total = 0;
    for name in PORTAL {
        let path = manifest.get(name).with_context(|| format!("assets.json does not list {name}"))?;
        let contents = fs::read(folder.join(path.trim_start_matches('/')))
            .with_context(|| format!("cannot read {path}"))?;
        if contents.windows(UNSPLIT.len()).any(|window| window == UNSPLIT.as_bytes()) {
            bail!("{path} asks for a split that the build does not make");
        }
        let size = compress::brotli(&contents)?.len();
        note(&format!("{name:<12} {:>10} {:>10} with Brotli", kilobytes(contents.len()), kilobytes(size)));
        total += size;
    }
    note(&format!("portal       {:>21} of {}", kilobytes(total), kilobytes(LIMIT)));
    if total > LIMIT {
        bail!("the portal transfers {}; its budget is {}", kilobytes(total), kilobytes(LIMIT));
    }
    if total > AIM {
        note(&format!("within the budget, but above the aim of {}", kilobytes(AIM)));
    }
    Ok(())
}

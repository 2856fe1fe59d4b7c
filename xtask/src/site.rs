//! What the browser receives: the folder `site/`.
//!
//! ```text
//! site/assets.json             logical name → path, read by the server at start
//! site/app-<hash>.css          the style sheet, and portal-<hash>.css that of the portal
//! site/pkg/portal-<hash>.js    the customer's bundle, with its .wasm
//! site/pkg/dashboard-<hash>.js the merchant's bundle, with its .wasm
//! site/…                       public/ as it is
//! ```
//! A name with a hash never changes its contents and may be cached for ever. In release
//! every compressible file has a `.br` and a `.gz` sibling.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::progress::{kilobytes, note, step};
use crate::{bundle, compress, paths, style};

/// A page that was opened before a rebuild may still ask for its files this long.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the running page looks for a newer build (only in `make dev`).
pub const BUILD_STAMP: &str = "pkg/dev-build.txt";

/// How to build.
#[derive(Clone, Copy)]
pub struct Options {
    /// Optimise and compress.
    pub release: bool,
    /// Add the script that reloads the page after a rebuild.
    pub reload: bool,
}

/// Logical name → path on the server, as in `assets.json`.
pub type Manifest = BTreeMap<String, String>;

/// Builds everything and returns what `assets.json` now holds.
///
/// # Errors
/// When a compiler, the style sheet or the disk refuses; the previous manifest is then untouched.
pub fn build(options: Options) -> Result<Manifest> {
    let mut site = Site::open(options)?;
    step("WebAssembly of portal and dashboard", || {
        bundle::compile(options.release)?;
        site.add_bundles()
    })?;
    step("style sheet and static files", || {
        site.add_style()?;
        site.add_public()
    })?;
    site.finish()
}

/// Rebuilds only the style sheet and the static files, keeping the bundles of the last build.
///
/// # Errors
/// As [`build`]; also when nothing was built before.
pub fn restyle(options: Options) -> Result<Manifest> {
    let mut site = Site::open(options)?;
    site.manifest = read_manifest(&site.folder)?;
    step("style sheet and static files", || {
        site.add_style()?;
        site.add_public()
    })?;
    site.finish()
}

/// Reads what the last build wrote.
///
/// # Errors
/// When there is none.
pub fn read_manifest(folder: &Path) -> Result<Manifest> {
    let text = fs::read_to_string(folder.join("assets.json")).context("site/ is not built yet")?;
    serde_json::from_str(&text).context("site/assets.json is not a map of paths")
}

struct Site {
    folder: PathBuf,
    options: Options,
    manifest: Manifest,
    /// Held until the end: two builds at once (`make dev` beside `make test`) would mix their files.
    _turn: fs::File,
}

impl Site {
    fn open(options: Options) -> Result<Self> {
        let folder = paths::site();
        fs::create_dir_all(folder.join("pkg"))
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let scratch = paths::target()?.join("xtask");
        fs::create_dir_all(&scratch)?;
        let turn = fs::File::create(scratch.join("lock"))?;
        turn.lock().context("cannot wait for another build")?;
        Ok(Self { folder, options, manifest: Manifest::new(), _turn: turn })
    }

    fn add_bundles(&mut self) -> Result<()> {
        let target = paths::target()?;
        for bundle in bundle::BUNDLES {
            let mut generated = bundle::generate(bundle, self.options.release, &target)?;
            if self.options.reload {
                generated.javascript.push_str(RELOAD);
            }
            for (path, text) in &generated.snippets {
                self.write(&Path::new("pkg").join(path), text.as_bytes())?;
            }
            self.add_hashed("pkg", bundle.name, "js", generated.javascript.as_bytes())?;
            self.add_hashed("pkg", bundle.name, "wasm", &generated.wasm)?;
            note(&format!("{}: {} of WebAssembly", bundle.name, kilobytes(generated.wasm.len())));
        }
        Ok(())
    }

    fn add_style(&mut self) -> Result<()> {
        for (name, entry) in style::SHEETS {
            let css = style::bundle(entry, self.options.release)?;
            self.add_hashed("", name, "css", css.as_bytes())?;
        }
        Ok(())
    }

    /// Copies `public/` as it is.
    fn add_public(&self) -> Result<()> {
        let origin = paths::at("public");
        let mut pending = vec![origin.clone()];
        while let Some(folder) = pending.pop() {
            for entry in
                fs::read_dir(&folder).with_context(|| format!("cannot read {}", paths::shown(&folder)))?
            {
                let path = entry?.path();
                if path.is_dir() {
                    pending.push(path);
                } else {
                    let contents = fs::read(&path)?;
                    self.write(path.strip_prefix(&origin)?, &contents)?;
                }
            }
        }
        Ok(())
    }

    /// Writes a file under a name that holds the hash of its contents, and lists it.
    fn add_hashed(&mut self, folder: &str, stem: &str, extension: &str, contents: &[u8]) -> Result<()> {
        let hash = hex::encode(&Sha256::digest(contents)[..8]);
        let path = Path::new(folder).join(format!("{stem}-{hash}.{extension}"));
        self.write(&path, contents)?;
        self.manifest.insert(format!("{stem}.{extension}"), format!("/{}", path.display()));
        Ok(())
    }

    /// Writes a file and, in release, its siblings. What is there already is left alone:
    /// compressing at the highest quality takes seconds.
    fn write(&self, path: &Path, contents: &[u8]) -> Result<()> {
        let file = self.folder.join(path);
        let wanted = self.options.release && compress::compressible(&file);
        let complete = !wanted || compress::ENCODINGS.iter().all(|it| compress::sibling(&file, it).exists());
        if complete && fs::read(&file).is_ok_and(|current| current == contents) {
            return touch(&file);
        }
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&file, contents).with_context(|| format!("cannot write {}", paths::shown(&file)))?;
        if wanted { compress::write_siblings(&file, contents) } else { compress::remove_siblings(&file) }
    }

    /// Replaces the manifest in one step and clears what only older builds used.
    fn finish(self) -> Result<Manifest> {
        let text = serde_json::to_string_pretty(&self.manifest)?;
        let draft = self.folder.join("assets.json.new");
        fs::write(&draft, text + "\n")?;
        fs::rename(&draft, self.folder.join("assets.json"))?;
        let listed: Vec<_> = self.manifest.values().map(String::as_str).collect();
        for folder in ["", "pkg"] {
            clear_stale(&self.folder, folder, &listed)?;
        }
        Ok(self.manifest)
    }
}

/// Marks a file as used by the newest build.
fn touch(file: &Path) -> Result<()> {
    let opened = fs::File::options().append(true).open(file)?;
    Ok(opened.set_modified(SystemTime::now())?)
}

/// Removes hashed files (and their siblings) that are a day old and listed no more.
fn clear_stale(site: &Path, folder: &str, listed: &[&str]) -> Result<()> {
    for entry in fs::read_dir(site.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { format!("/{name}") } else { format!("/{folder}/{name}") };
        let plain = path.trim_end_matches(".br").trim_end_matches(".gz");
        let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
        if is_hashed(plain) && !listed.contains(&plain) && age > KEPT {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Recognises `/pkg/portal-0123456789abcdef.js`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    stem.rsplit_once('-')
        .is_some_and(|(_, hash)| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Reloads the page when `make dev` has stamped a newer build. It is part of our own
/// module, asks our own origin, and therefore needs no exception in the content security policy.
const RELOAD: &str = r"
{
  const stamp = async () => {
    const answer = await fetch('/pkg/dev-build.txt', { cache: 'no-store' });
    return answer.ok ? answer.text() : null;
  };
  const first = await stamp().catch(() => null);
  setInterval(async () => {
    const now = await stamp().catch(() => null);
    if (now !== null && now !== first) location.reload();
  }, 700);
}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_count_as_hashed() {
        assert!(is_hashed("/pkg/portal-0123456789abcdef.js"));
        assert!(is_hashed("/app-00aa11bb22cc33dd.css"));
        assert!(!is_hashed("/favicon.svg"));
        assert!(!is_hashed("/fonts/hanken-grotesk-latin.woff2"));
    }

    #[test]
    fn stale_files_go_after_a_day_and_listed_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path();
        let old = SystemTime::now() - 2 * KEPT;
        for name in [
            "app-0000000000000001.css",
            "app-0000000000000001.css.br",
            "app-0000000000000002.css",
            "favicon.svg",
        ] {
            fs::write(site.join(name), name).unwrap();
            fs::File::options().append(true).open(site.join(name)).unwrap().set_modified(old).unwrap();
        }
        fs::write(site.join("app-0000000000000003.css"), "recent").unwrap();

        clear_stale(site, "", &["/app-0000000000000002.css"]).unwrap();

        let mut left: Vec<_> =
            fs::read_dir(site).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["app-0000000000000002.css", "app-0000000000000003.css", "favicon.svg"]);
    }
}

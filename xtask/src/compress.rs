//! Compressed siblings: `app.css.br` and `app.css.gz` beside `app.css`.
//!
//! They are made once at build time at the highest quality, so that the server only
//! chooses a file and never spends a request's time on compression.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

use crate::paths;

/// What gains from compression; fonts and pictures are compressed already.
const COMPRESSIBLE: [&str; 8] = ["js", "wasm", "css", "svg", "html", "txt", "json", "webmanifest"];

/// The extension that names a compressed sibling.
pub const ENCODINGS: [&str; 2] = ["br", "gz"];

/// Tells whether a file gains from compression.
pub fn compressible(file: &Path) -> bool {
    file.extension().and_then(|extension| extension.to_str()).is_some_and(|it| COMPRESSIBLE.contains(&it))
}

/// The name of a file's sibling in one encoding.
pub fn sibling(file: &Path, encoding: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(encoding);
    PathBuf::from(name)
}

/// Writes both siblings of a file.
///
/// # Errors
/// When the disk refuses.
pub fn write_siblings(file: &Path, contents: &[u8]) -> Result<()> {
    for (encoding, compressed) in [("br", brotli(contents)?), ("gz", gzip(contents)?)] {
        let path = sibling(file, encoding);
        fs::write(&path, compressed).with_context(|| format!("cannot write {}", paths::shown(&path)))?;
    }
    Ok(())
}

/// Removes both siblings of a file, so that no stale one is served in its place.
///
/// # Errors
/// When the disk refuses.
pub fn remove_siblings(file: &Path) -> Result<()> {
    for encoding in ENCODINGS {
        let path = sibling(file, encoding);
        if path.exists() {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", paths::shown(&path)))?;
        }
    }
    Ok(())
}

/// Compresses with Brotli at the highest quality.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn brotli(contents: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = BrotliEncoderParams { quality: 11, lgwin: 22, ..BrotliEncoderParams::default() };
    brotli::BrotliCompress(&mut &contents[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(contents: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(contents)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn siblings_hold_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.css");
        let contents = b"body { color: green }\n".repeat(50);
        write_siblings(&file, &contents).unwrap();

        let mut plain = Vec::new();
        let packed = fs::read(folder.path().join("app.css.br")).unwrap();
        brotli::BrotliDecompress(&mut &packed[..], &mut plain).unwrap();
        assert_eq!(plain, contents);

        let mut plain = Vec::new();
        let packed = fs::File::open(folder.path().join("app.css.gz")).unwrap();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut plain).unwrap();
        assert_eq!(plain, contents);

        remove_siblings(&file).unwrap();
        assert!(!folder.path().join("app.css.br").exists());
    }

    #[test]
    fn fonts_are_left_alone() {
        assert!(!compressible(Path::new("fonts/besley-latin.woff2")));
        assert!(compressible(Path::new("favicon.svg")));
    }
}

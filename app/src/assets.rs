//! The built files: style sheet, scripts, WebAssembly, fonts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Where the built files are and under which hashed addresses they are served.
#[derive(Clone, Debug)]
pub struct Assets(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    css: String,
    portal_css: String,
    portal: Bundle,
    dashboard: Bundle,
}

/// The two files of a WebAssembly application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Address of the JavaScript module.
    pub js: String,
    /// Address of the WebAssembly.
    pub wasm: String,
}

/// Why the built files cannot be used.
#[derive(Debug, Error)]
pub enum AssetsError {
    /// The list of files is missing: nothing was built, or elsewhere.
    #[error("{path}: {cause}. Build the pages first, or set PERENNIAL_SITE_DIR to the folder of a build")]
    Missing {
        /// The list.
        path: PathBuf,
        /// Why it cannot be read.
        cause: std::io::Error,
    },
    /// The list is not a JSON object of texts.
    #[error("{path} is not a list of built files: {cause}")]
    Malformed {
        /// The list.
        path: PathBuf,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// A file that the pages need is not on the list.
    #[error("{path} does not name {name}; build the pages again")]
    Unlisted {
        /// The list.
        path: PathBuf,
        /// The file that is missing on it.
        name: &'static str,
    },
}

impl Assets {
    /// Reads `assets.json` in the folder of a build.
    pub fn load(directory: &Path) -> Result<Self, AssetsError> {
        let path = directory.join("assets.json");
        let text = std::fs::read_to_string(&path)
            .map_err(|cause| AssetsError::Missing { path: path.clone(), cause })?;
        let mut files: BTreeMap<String, String> = serde_json::from_str(&text)
            .map_err(|cause| AssetsError::Malformed { path: path.clone(), cause })?;
        let mut take = |name: &'static str| {
            files.remove(name).ok_or_else(|| AssetsError::Unlisted { path: path.clone(), name })
        };
        let inner = Inner {
            directory: directory.to_owned(),
            css: take("app.css")?,
            portal_css: take("portal.css")?,
            portal: Bundle { js: take("portal.js")?, wasm: take("portal.wasm")? },
            dashboard: Bundle { js: take("dashboard.js")?, wasm: take("dashboard.wasm")? },
        };
        Ok(Self(Arc::new(inner)))
    }

    /// The folder that is served.
    pub fn directory(&self) -> &Path {
        &self.0.directory
    }

    /// Address of the style sheet of everything but the portal.
    pub fn css(&self) -> &str {
        &self.0.css
    }

    /// Address of the style sheet of the portal.
    pub fn portal_css(&self) -> &str {
        &self.0.portal_css
    }

    /// The portal in the browser.
    pub fn portal(&self) -> &Bundle {
        &self.0.portal
    }

    /// The dashboard in the browser.
    pub fn dashboard(&self) -> &Bundle {
        &self.0.dashboard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_missing() {
        let directory = std::env::temp_dir().join(format!("perennial-assets-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        assert!(matches!(Assets::load(&directory), Err(AssetsError::Missing { .. })));
        std::fs::write(directory.join("assets.json"), r#"{"app.css": "/app-1.css"}"#).unwrap();
        assert!(matches!(Assets::load(&directory), Err(AssetsError::Unlisted { name: "portal.css", .. })));
        std::fs::write(directory.join("assets.json"), "[]").unwrap();
        assert!(matches!(Assets::load(&directory), Err(AssetsError::Malformed { .. })));
        std::fs::remove_dir_all(&directory).unwrap();
    }
}

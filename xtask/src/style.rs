//! The style sheets: `style/main.css` and `style/portal.css`, each with all it imports as one file.

use std::sync::{Arc, RwLock};

use anyhow::{Context, Result, anyhow, bail};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions};

use crate::paths;

/// The style sheets: what each is called in the list of built files, and where it begins.
pub const SHEETS: [(&str, &str); 2] = [("app", "style/main.css"), ("portal", "style/portal.css")];

/// Bundles the style sheet that begins at `entry`, and minifies it in release.
///
/// No browser targets are given on purpose: nesting, layers and `light-dark()` reach
/// the browser as they were written.
///
/// # Errors
/// When a file is absent or is not valid CSS, with its place.
pub fn bundle(entry: &str, release: bool) -> Result<String> {
    // Declared first: what borrows from the files, the warnings included, ends before them.
    let files = FileProvider::new();
    let warnings = Arc::new(RwLock::new(Vec::new()));
    let options = ParserOptions { warnings: Some(Arc::clone(&warnings)), ..ParserOptions::default() };
    let mut bundler = Bundler::new(&files, None, options);
    let mut sheet = bundler
        .bundle(&paths::at(entry))
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| format!("{entry} cannot be bundled"))?;
    if release {
        sheet.minify(MinifyOptions::default()).map_err(|error| anyhow!("{error}"))?;
    }
    let printed = sheet
        .to_css(PrinterOptions { minify: release, ..PrinterOptions::default() })
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| format!("{entry} cannot be printed"))?;

    // What the parser does not know it drops from no output, but it is nearly always a typing error.
    let warnings = warnings.read().map_err(|_| anyhow!("the style sheet's warnings are lost"))?;
    if !warnings.is_empty() {
        let listed = warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ");
        bail!("the style sheet has faults:\n  {listed}");
    }
    Ok(printed.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_bundles_and_every_file_it_names_exists() {
        let css = SHEETS.map(|(_, entry)| bundle(entry, true).unwrap()).concat();
        assert!(!css.contains("@import"), "one file, no further request");
        assert!(css.contains("light-dark("), "colours reach the browser as they were written");
        let urls = css.split("url(").skip(1).filter_map(|rest| rest.split(')').next());
        let mut seen = 0;
        for url in urls.map(|url| url.trim_matches(['"', '\''])).filter(|url| !url.starts_with("data:")) {
            let file = paths::at("public").join(url.trim_start_matches('/'));
            assert!(file.is_file(), "{url} is not in public/");
            seen += 1;
        }
        assert!(seen >= 3, "the fonts are among them");
    }
}

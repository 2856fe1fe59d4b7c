//! A code for the till, drawn as QR.

use crate::error::PageError;
use crate::ui::QrView;
use fast_qr::{ECL, QRBuilder};

/// Modules of white around the code; scanners need four.
const QUIET: usize = 4;

/// Draws a text as a QR code.
pub(crate) fn qr(text: &str) -> Result<QrView, PageError> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|error| {
        tracing::error!(?error, "a code could not be drawn");
        PageError::Unavailable
    })?;
    let mut path = String::new();
    // Row and column stay below the size of the code, which is a square.
    for row in 0..code.size {
        for (column, length) in runs((0..code.size).map(|column| code[row][column].value())) {
            let (x, y) = (column + QUIET, row + QUIET);
            path.push_str(&format!("M{x} {y}h{length}v1h-{length}z"));
        }
    }
    Ok(QrView { size: code.size + 2 * QUIET, path, text: text.to_owned() })
}

/// Start and length of each run of dark modules.
fn runs(modules: impl Iterator<Item = bool>) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, dark) in modules.enumerate() {
        match runs.last_mut() {
            Some((start, length)) if dark && *start + *length == at => *length += 1,
            _ if dark => runs.push((at, 1)),
            _ => {}
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_whole() {
        assert_eq!(runs([true, true, false, true].into_iter()), vec![(0, 2), (3, 1)]);
        assert_eq!(runs([false, false].into_iter()), vec![]);
    }

    #[test]
    fn a_card_number_fits_and_begins_with_a_finder() {
        let view = qr("6035 8841 2277").unwrap();
        assert!(view.path.starts_with("M4 4h7v1h-7z"), "{}", &view.path[..20]);
        assert_eq!(view.size, 21 + 8);
    }
}

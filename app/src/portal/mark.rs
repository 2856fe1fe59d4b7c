//! The merchant's mark: its first letter on its colour, also the icon of the browser's tab.

use super::merchant::PortalMerchant;
use crate::ui::initials;
use axum::Extension;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// The product's own green, where a merchant has chosen no colour.
const LEAF: &str = "#2f6b4a";

/// `GET /p/{slug}/icon.svg`.
pub(crate) async fn icon(Extension(merchant): Extension<PortalMerchant>) -> impl IntoResponse {
    let color = merchant.brand_color.as_deref().unwrap_or(LEAF);
    let letter =
        initials(&merchant.name).chars().next().filter(|letter| letter.is_alphanumeric()).unwrap_or('•');
    let svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="{color}"/><text x="16" y="22.5" font-family="Georgia,serif" font-size="19" font-weight="600" text-anchor="middle" fill="{ink}">{letter}</text></svg>"#,
        ink = ink_on(color),
    );
    ([(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "private, max-age=3600")], svg)
}

/// Black or white, whichever reads better on a `#rrggbb` colour.
fn ink_on(color: &str) -> &'static str {
    let channel = |at: usize| {
        let hex = color.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
        u32::from(hex)
    };
    // Weights of Rec. 709 in thousandths; a threshold by eye, an icon needs no exact contrast.
    let light = 213 * channel(1) + 715 * channel(3) + 72 * channel(5);
    if light > 150 * 1000 { "#10180f" } else { "#ffffff" }
}

#[cfg(test)]
mod tests {
    use super::ink_on;

    #[test]
    fn letters_stand_out() {
        assert_eq!(ink_on("#f6c83c"), "#10180f");
        assert_eq!(ink_on("#b3472b"), "#ffffff");
        assert_eq!(ink_on("#2f6b4a"), "#ffffff");
    }
}

//! The letter as HTML: one document that carries its style on its elements, because mail programs throw the rest away,
//! and that fetches nothing, so that nobody learns when it is read.

use std::fmt::Write as _;

use super::fill::Piece;
use super::{Footer, Look, Placeholder};
use crate::codes::BrandColor;

/// Letters are on a light ground everywhere; without it, programs that darken letters guess.
const INK: &str = "#22251f";
const QUIET: &str = "#5d6257";
const GROUND: &str = "#f3f1ea";
/// The colour of merchants who have chosen none.
const LEAF: &str = "#2f6b4f";
const FONT: &str = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/// `text` as it may stand in HTML, in an element as in an attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// The whole document.
pub(super) fn document(
    subject: &str,
    paragraphs: &[Vec<Piece<'_>>],
    look: &Look,
    footer: Option<&Footer>,
) -> String {
    let brand = look.brand.as_ref().map_or(LEAF, BrandColor::as_str);
    let (subject, shop) = (escape(subject), escape(&look.shop));
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light\">\n<title>{subject}</title>\n</head>\n\
         <body style=\"margin:0;padding:24px 12px;background:{GROUND};color:{INK};{FONT};font-size:16px;line-height:1.5\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
         style=\"max-width:560px;margin:0 auto;background:#ffffff;border-radius:12px;border-top:6px solid {brand}\">\n\
         <tr><td style=\"padding:24px 28px\">\n\
         <p style=\"margin:0 0 20px;font-size:18px;font-weight:700\">{shop}</p>\n"
    );
    for paragraph in paragraphs {
        html.push_str(&drawn(paragraph, brand));
    }
    html.push_str("</td></tr>\n</table>\n");
    if let Some(Footer { unsubscribe, preferences }) = footer {
        let (unsubscribe, preferences) = (escape(unsubscribe), escape(preferences));
        // Writing to a text cannot fail.
        let _ = writeln!(
            html,
            "<p style=\"max-width:560px;margin:16px auto 0;padding:0 28px;box-sizing:border-box;font-size:13px;color:{QUIET}\">\
             You get this because you are in the program of {shop}.<br>\
             <a href=\"{unsubscribe}\" target=\"_blank\" rel=\"noopener\" style=\"color:{QUIET}\">Stop e-mails like this</a> · \
             <a href=\"{preferences}\" target=\"_blank\" rel=\"noopener\" style=\"color:{QUIET}\">Choose which e-mails you get</a></p>"
        );
    }
    html.push_str("</body>\n</html>\n");
    html
}

fn drawn(paragraph: &[Piece<'_>], brand: &str) -> String {
    match paragraph {
        [Piece::Value(Placeholder::Page, page)] => {
            let (page, ink) = (escape(page), ink_on(brand));
            format!(
                "<p style=\"margin:0 0 20px\"><a href=\"{page}\" target=\"_blank\" rel=\"noopener\" \
                 style=\"display:inline-block;padding:12px 20px;border-radius:8px;background:{brand};color:{ink};\
                 font-weight:600;text-decoration:none\">Open your page</a></p>\n"
            )
        }
        [Piece::Value(Placeholder::Code | Placeholder::Voucher, code)] => format!(
            "<p style=\"margin:0 0 20px;font-size:26px;font-weight:700;letter-spacing:.06em;\
             font-family:ui-monospace,Menlo,Consolas,monospace\">{}</p>\n",
            escape(code)
        ),
        pieces => {
            let inside: String = pieces.iter().map(inline).collect();
            format!("<p style=\"margin:0 0 16px\">{inside}</p>\n")
        }
    }
}

fn inline(piece: &Piece<'_>) -> String {
    let text = escape(piece.text());
    match piece {
        Piece::Value(Placeholder::Page, _) => {
            format!("<a href=\"{text}\" target=\"_blank\" rel=\"noopener\" style=\"color:{INK}\">{text}</a>")
        }
        Piece::Literal(_) | Piece::Value(..) => text.replace('\n', "<br>\n"),
    }
}

/// What can be read on a colour: white, or the ink. By how light it looks, with the square in place of the curve of sRGB.
fn ink_on(color: &str) -> &'static str {
    let channel = |at: usize| {
        color.get(at..at + 2).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0).pow(2)
    };
    let light = 2_126 * channel(1) + 7_152 * channel(3) + 722 * channel(5);
    // A fifth of white is where both contrast equally.
    if light > 255_u64.pow(2) * 10_000 / 5 { INK } else { "#ffffff" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_on_a_colour_can_be_read() {
        for (color, ink) in [
            ("#ffffff", INK),
            ("#ffd23f", INK),
            ("#ff0000", INK),
            ("#000000", "#ffffff"),
            ("#0000ff", "#ffffff"),
            (LEAF, "#ffffff"),
        ] {
            assert_eq!(ink_on(color), ink, "{color}");
        }
    }
}

//! Subjects of NATS, and the merchant that one names.

use std::{fmt, str::FromStr};

/// The part of a pattern that stands for the merchant.
const MERCHANT: &str = "<merchant-slug>";

/// Subjects that are listened to, one part of which is the slug of a merchant: `perennial.in.<merchant-slug>.>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<String>,
    /// Which part names the merchant.
    merchant: usize,
}

/// The text is no pattern of subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a subject of NATS with one part `<merchant-slug>`, such as perennial.in.<merchant-slug>.>")]
pub struct NotAPattern;

impl Pattern {
    /// The same as a filter for the broker: any merchant.
    #[must_use]
    pub fn filter(&self) -> String {
        let part = |part: &String| if part == MERCHANT { "*".to_owned() } else { part.clone() };
        self.parts.iter().map(part).collect::<Vec<_>>().join(".")
    }

    /// The slug of the merchant that a subject names.
    #[must_use]
    pub fn slug<'s>(&self, subject: &'s str) -> Option<&'s str> {
        subject.split('.').nth(self.merchant).filter(|slug| !slug.is_empty())
    }
}

impl FromStr for Pattern {
    type Err = NotAPattern;

    fn from_str(text: &str) -> Result<Self, NotAPattern> {
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        let mut merchants =
            parts.iter().enumerate().filter(|(_, part)| *part == MERCHANT).map(|(place, _)| place);
        let (merchant, None) = (merchants.next().ok_or(NotAPattern)?, merchants.next()) else {
            return Err(NotAPattern);
        };
        let last = parts.len() - 1;
        let fits = |(place, part): (usize, &String)| match part.as_str() {
            MERCHANT | "*" => true,
            ">" => place == last,
            literal => is_literal(literal),
        };
        if parts.iter().enumerate().all(fits) { Ok(Self { parts, merchant }) } else { Err(NotAPattern) }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.join("."))
    }
}

/// Whether this is one or more parts of a subject without wildcards.
#[must_use]
pub fn is_plain(subject: &str) -> bool {
    subject.split('.').all(is_literal)
}

fn is_literal(part: &str) -> bool {
    !part.is_empty()
        && part.chars().all(|letter| letter.is_ascii_graphic() && !matches!(letter, '*' | '>' | '<'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_its_merchant() {
        let pattern: Pattern = "perennial.in.<merchant-slug>.>".parse().unwrap();
        assert_eq!(pattern.filter(), "perennial.in.*.>");
        assert_eq!(pattern.slug("perennial.in.corner.orders"), Some("corner"));
        assert_eq!(pattern.slug("perennial.in"), None);
        let pattern: Pattern = "shops.<merchant-slug>.*.orders".parse().unwrap();
        assert_eq!(
            (pattern.filter().as_str(), pattern.slug("shops.corner.eu.orders")),
            ("shops.*.*.orders", Some("corner"))
        );
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for wrong in [
            "",
            "perennial.in.>",
            "a..<merchant-slug>",
            "<merchant-slug>.<merchant-slug>",
            "a.>.<merchant-slug>",
            "a b.<merchant-slug>",
            "a<merchant-slug>",
        ] {
            assert_eq!(wrong.parse::<Pattern>(), Err(NotAPattern), "{wrong}");
        }
        assert!(is_plain("perennial.out") && !is_plain("perennial.>") && !is_plain("a..b"));
    }
}

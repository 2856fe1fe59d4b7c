//! A template becomes a letter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::placeholder::Absent;
use super::template::Part;
use super::{MessageKind, Placeholder, Template, html};
use crate::codes::BrandColor;

/// What the placeholders of one letter say. What is not in it, or is empty, has nothing to say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values(BTreeMap<Placeholder, String>);

impl Values {
    /// Says something.
    #[must_use]
    pub fn with(mut self, placeholder: Placeholder, value: impl Into<String>) -> Self {
        self.0.insert(placeholder, value.into());
        self
    }

    /// What is said, if anything.
    #[must_use]
    pub fn get(&self, placeholder: Placeholder) -> Option<&str> {
        self.0.get(&placeholder).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// Examples for everything that a kind of letter may say.
    #[must_use]
    pub fn examples(kind: MessageKind) -> Self {
        kind.placeholders()
            .iter()
            .fold(Self::default(), |values, placeholder| values.with(*placeholder, placeholder.example()))
    }
}

/// Whose letter it is, as it looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// What the merchant is called.
    pub shop: String,
    /// The merchant's one colour.
    pub brand: Option<BrandColor>,
}

/// What stands below every letter that a customer may do without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footer {
    /// Where letters of this kind are ended, without signing in.
    pub unsubscribe: String,
    /// Where the customer chooses among all kinds.
    pub preferences: String,
}

/// A letter, ready to send: the same in both of its forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MessagePreview))]
pub struct Letter {
    /// What it is about.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
    /// What it says, as an HTML document with its style inside and nothing to fetch.
    pub html: String,
}

/// A part of a paragraph with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Literal(&'a str),
    Value(Placeholder, &'a str),
}

impl Piece<'_> {
    pub(super) const fn text(&self) -> &str {
        match self {
            Self::Literal(text) | Self::Value(_, text) => text,
        }
    }
}

impl Template {
    /// Fills it. What is filled in is not read again: braces in a name are braces.
    #[must_use]
    pub fn letter(&self, values: &Values, look: &Look, footer: Option<&Footer>) -> Letter {
        let subject: String = pieces(&self.subject, values, Absent::ClosesUp)
            .unwrap_or_default()
            .iter()
            .flat_map(|piece| piece.text().chars())
            // A line break in a subject would be the beginning of another header.
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        let paragraphs: Vec<Vec<Piece<'_>>> = self
            .paragraphs
            .iter()
            .filter_map(|paragraph| pieces(paragraph, values, Absent::TakesParagraph))
            .collect();
        let mut text = paragraphs.iter().map(|pieces| joined(pieces)).collect::<Vec<_>>().join("\n\n");
        text.push('\n');
        if let Some(Footer { unsubscribe, preferences }) = footer {
            text.push_str(&format!(
                "\n-- \nYou get this because you are in the program of {}.\nStop e-mails like this: {unsubscribe}\n\
                 Choose which e-mails you get: {preferences}\n",
                look.shop
            ));
        }
        // One that came to nothing says at least who writes.
        let subject = if subject.trim().is_empty() { look.shop.as_str() } else { subject.trim() };
        let html = html::document(subject, &paragraphs, look, footer);
        Letter { subject: subject.to_owned(), text, html }
    }
}

fn joined(pieces: &[Piece<'_>]) -> String {
    pieces.iter().map(Piece::text).collect()
}

/// A paragraph with its values; nothing when one of them is absent and takes the paragraph with it, which happens nowhere
/// when placeholders at most `close up`.
fn pieces<'a>(parts: &'a [Part], values: &'a Values, at_most: Absent) -> Option<Vec<Piece<'a>>> {
    let mut pieces: Vec<Piece<'a>> = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::Literal(text) => pieces.push(Piece::Literal(text)),
            Part::Value(placeholder) => match values.get(*placeholder) {
                Some(value) => pieces.push(Piece::Value(*placeholder, value)),
                None if placeholder.absent() == Absent::TakesParagraph
                    && at_most == Absent::TakesParagraph =>
                {
                    return None;
                }
                None => {
                    // The space before it goes with it.
                    if let Some(Piece::Literal(before)) = pieces.last_mut() {
                        let text: &'a str = before;
                        *before = text.strip_suffix(' ').unwrap_or(text);
                    }
                }
            },
        }
    }
    let says_something = pieces.iter().any(|piece| !piece.text().trim().is_empty());
    says_something.then_some(pieces)
}

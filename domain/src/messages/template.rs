//! What a merchant has written, taken apart.
//!
//! ```text
//! template    = paragraphs, with blank lines between them
//! paragraph   = literal | placeholder | "{{" | "}}" …
//! placeholder = "{" word "}"
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{MessageKind, Placeholder};
use crate::error::{Errors, FieldError, Problem};

/// Longest subject, in characters.
pub const SUBJECT_MAX: usize = 200;
/// Longest text, in characters.
pub const TEXT_MAX: usize = 5_000;

/// What a kind of letter says, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TemplateInput {
    /// What it is about: one line of at most 200 characters.
    pub subject: String,
    /// What it says: at most 5,000 characters, with blank lines between paragraphs.
    pub text: String,
}

/// Subject and text of a kind of letter, with placeholders that can all be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    kind: MessageKind,
    input: TemplateInput,
    pub(super) subject: Vec<Part>,
    pub(super) paragraphs: Vec<Vec<Part>>,
}

/// A piece of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    Value(Placeholder),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateError {
    /// There is nothing in it.
    Empty,
    /// It is longer than this many characters.
    TooLong(usize),
    /// A character that cannot be seen, or a line break in a subject.
    Control,
    /// A `{` without its `}`, or with something between them that is no word.
    Unclosed,
    /// A `}` without its `{`.
    Unopened,
    /// A placeholder that this kind of letter does not have.
    Unknown {
        /// What stands between the braces.
        word: String,
        /// What may.
        kind: MessageKind,
    },
    /// A placeholder without which the letter would be of no use.
    Missing(Placeholder),
}

impl TemplateError {
    /// The stable word that programs may rely on.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong(_) => "too_long",
            Self::Control => "control_character",
            Self::Unclosed | Self::Unopened => "unbalanced_braces",
            Self::Unknown { .. } => "unknown_placeholder",
            Self::Missing(_) => "placeholder_required",
        }
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("This field is required"),
            Self::TooLong(max) => write!(f, "This may have at most {max} characters"),
            Self::Control => f.write_str("This holds a character that cannot be shown"),
            Self::Unclosed => f.write_str(
                "A { has no } behind a word. A placeholder is a word in braces; a brace of its own is written twice: {{",
            ),
            Self::Unopened => f.write_str("A } has no { before it. A brace of its own is written twice: }}"),
            Self::Unknown { word, kind } => {
                write!(f, "There is no {{{word}}} in this message. There is ")?;
                let known = kind.placeholders();
                for (place, placeholder) in known.iter().enumerate() {
                    let before = match place {
                        0 => "",
                        _ if place + 1 == known.len() => " and ",
                        _ => ", ",
                    };
                    write!(f, "{before}{{{}}}", placeholder.word())?;
                }
                Ok(())
            }
            Self::Missing(placeholder) => {
                write!(f, "{{{}}} must stand in it: without it the message is of no use", placeholder.word())
            }
        }
    }
}

impl std::error::Error for TemplateError {}

impl From<TemplateError> for Problem {
    fn from(error: TemplateError) -> Self {
        Self { code: error.code().into(), detail: error.to_string() }
    }
}

impl Template {
    /// Takes apart what was written for a kind of letter.
    ///
    /// # Errors
    /// Everything that is wrong, at `/subject` and at `/text`.
    pub fn parse(kind: MessageKind, input: &TemplateInput) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let subject = errors.keep("/subject", subject(kind, &input.subject));
        let text = errors.keep("/text", text(kind, &input.text));
        let template = subject.zip(text).map(|((subject, subject_parts), (text, paragraphs))| Self {
            kind,
            input: TemplateInput { subject, text },
            subject: subject_parts,
            paragraphs,
        });
        errors.finish(template)
    }

    /// What the kind says until the merchant says something else.
    #[must_use]
    pub fn of_default(kind: MessageKind) -> Self {
        let input = kind.default_input();
        // A test parses every default; were one wrong, its letter would still arrive, as it is written.
        Self::parse(kind, &input).unwrap_or_else(|_| Self {
            kind,
            subject: vec![Part::Literal(input.subject.clone())],
            paragraphs: vec![vec![Part::Literal(input.text.clone())]],
            input,
        })
    }

    /// The kind of letter.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        self.kind
    }

    /// What was written, with the line ends and the blanks at the end in order.
    #[must_use]
    pub const fn input(&self) -> &TemplateInput {
        &self.input
    }

    /// Every placeholder that stands in it, in subject and text.
    pub fn used(&self) -> impl Iterator<Item = Placeholder> {
        self.subject.iter().chain(self.paragraphs.iter().flatten()).filter_map(|part| match part {
            Part::Value(placeholder) => Some(*placeholder),
            Part::Literal(_) => None,
        })
    }
}

fn subject(kind: MessageKind, written: &str) -> Result<(String, Vec<Part>), TemplateError> {
    let written = bounded(written.trim(), SUBJECT_MAX)?;
    if written.chars().any(char::is_control) {
        return Err(TemplateError::Control);
    }
    let parts = parts(kind, written)?;
    Ok((written.to_owned(), parts))
}

fn text(kind: MessageKind, written: &str) -> Result<(String, Vec<Vec<Part>>), TemplateError> {
    // Forms send both characters of a line end; lines end where their last letter does.
    let written = written.replace("\r\n", "\n").replace('\t', " ");
    let lines: Vec<&str> = written.lines().map(str::trim_end).collect();
    let written = lines.join("\n");
    let written = bounded(written.trim_matches('\n'), TEXT_MAX)?;
    if written.chars().any(|character| character.is_control() && character != '\n') {
        return Err(TemplateError::Control);
    }
    let lines: Vec<&str> = written.split('\n').collect();
    let paragraphs = lines
        .split(|line| line.is_empty())
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| parts(kind, &paragraph.join("\n")))
        .collect::<Result<Vec<_>, _>>()?;
    let stands =
        |required: &Placeholder| paragraphs.iter().flatten().any(|part| *part == Part::Value(*required));
    if let Some(missing) = kind.required().iter().copied().find(|required| !stands(required)) {
        return Err(TemplateError::Missing(missing));
    }
    Ok((written.to_owned(), paragraphs))
}

fn bounded(text: &str, max: usize) -> Result<&str, TemplateError> {
    if text.trim().is_empty() {
        return Err(TemplateError::Empty);
    }
    if text.chars().count() > max {
        return Err(TemplateError::TooLong(max));
    }
    Ok(text)
}

/// Takes a paragraph apart.
fn parts(kind: MessageKind, text: &str) -> Result<Vec<Part>, TemplateError> {
    let (mut parts, mut literal) = (Vec::new(), String::new());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        literal.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else if let Some(after) = from.strip_prefix('{') {
            let (word, behind) = after.split_once('}').ok_or(TemplateError::Unclosed)?;
            if word.is_empty() || word.contains(['{', '\n']) {
                return Err(TemplateError::Unclosed);
            }
            let known = Placeholder::named(word.trim()).filter(|known| kind.placeholders().contains(known));
            let Some(placeholder) = known else {
                return Err(TemplateError::Unknown { word: word.trim().to_owned(), kind });
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Value(placeholder));
            rest = behind;
        } else {
            return Err(TemplateError::Unopened);
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

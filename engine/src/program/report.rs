//! What an import did, or would do.

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;

/// What an import of a program did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ProgramReport {
    /// Whether it was only asked for. Nothing was changed either when anything was refused.
    pub dry_run: bool,
    /// Things that were new.
    pub created: u64,
    /// Things that were there with other content.
    pub changed: u64,
    /// Things that were there exactly so.
    pub unchanged: u64,
    /// Things that were refused.
    pub refused: u64,
    /// All of them but for the unchanged ones, in the order of the file.
    pub rows: Vec<ProgramRow>,
}

/// What became of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProgramRow {
    /// The part of the file.
    pub section: &'static str,
    /// What the thing is known by.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The fields that are others now; of what was refused, why.
    pub details: Vec<String>,
}

/// What became of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was new.
    Created,
    /// It was there with other content.
    Changed,
    /// It contradicts itself, or what is there.
    Refused,
}

impl Outcome {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Refused => "refused",
        }
    }
}

impl ProgramReport {
    pub(super) fn unchanged(&mut self) {
        self.unchanged += 1;
    }

    pub(super) fn row(
        &mut self,
        section: &'static str,
        name: impl Into<String>,
        outcome: Outcome,
        details: Vec<String>,
    ) {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Refused => self.refused += 1,
        }
        self.rows.push(ProgramRow { section, name: name.into(), outcome, details });
    }
}

/// Why a thing is refused, as sentences; what is wrong with the database, or with who asks, is no business of the thing.
///
/// # Errors
/// The same error.
pub(super) fn refusal(error: Error) -> Result<Vec<String>, Error> {
    match error {
        Error::Invalid(fields) => Ok(fields.into_iter().map(|field| field.to_string()).collect()),
        Error::Conflict { detail, .. } | Error::TooLarge { detail, .. } => Ok(vec![detail]),
        error @ (Error::NotFound(_) | Error::UnknownRetailer) => Ok(vec![error.to_string()]),
        error => Err(error),
    }
}

/// The fields of two things of one kind whose values differ.
pub(super) fn differing(before: &impl Serialize, after: &impl Serialize) -> Vec<String> {
    let fields = |thing: Result<Value, serde_json::Error>| match thing {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let before = fields(serde_json::to_value(before));
    let after = fields(serde_json::to_value(after));
    let all: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    all.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

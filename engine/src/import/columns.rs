//! Which column of a file is which of ours.

use std::collections::BTreeMap;

use super::Kind;

/// Other names for our columns, and values for columns that a file does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    renamed: BTreeMap<&'static str, String>,
    fixed: BTreeMap<&'static str, String>,
}

/// A column that files of this kind do not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} have no column {name}; they have {}", .columns.join(", "))]
pub struct UnknownColumn {
    kind: &'static str,
    name: String,
    columns: &'static [&'static str],
}

impl Columns {
    /// Reads our column `ours` from the file's column `theirs`.
    ///
    /// # Errors
    /// When files of this kind have no such column.
    pub fn rename(&mut self, kind: Kind, ours: &str, theirs: &str) -> Result<(), UnknownColumn> {
        self.renamed.insert(column(kind, ours)?, theirs.to_owned());
        Ok(())
    }

    /// Takes `value` in every row for our column `ours`.
    ///
    /// # Errors
    /// When files of this kind have no such column.
    pub fn fix(&mut self, kind: Kind, ours: &str, value: &str) -> Result<(), UnknownColumn> {
        self.fixed.insert(column(kind, ours)?, value.to_owned());
        Ok(())
    }

    /// The name in the file.
    pub(super) fn name_in_file(&self, ours: &'static str) -> &str {
        self.renamed.get(ours).map_or(ours, String::as_str)
    }

    /// Whether the name in the file was given by hand, so that its absence is a mistake.
    pub(super) fn is_renamed(&self, ours: &str) -> bool {
        self.renamed.contains_key(ours)
    }

    /// The value for every row.
    pub(super) fn fixed(&self, ours: &str) -> Option<&str> {
        self.fixed.get(ours).map(String::as_str)
    }
}

fn column(kind: Kind, name: &str) -> Result<&'static str, UnknownColumn> {
    kind.columns().iter().copied().find(|column| *column == name).ok_or_else(|| UnknownColumn {
        kind: kind.name(),
        name: name.to_owned(),
        columns: kind.columns(),
    })
}

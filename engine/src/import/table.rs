//! A CSV file as rows of our columns.

use std::{
    collections::HashMap,
    io::{Chain, Read},
    sync::Arc,
};

use csv::StringRecord;
use perennial_domain::error::FieldError;
use serde::Serialize;

use super::{Columns, Kind};
use crate::error::Error;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    /// The line of the file, counted from 1, the line of names included.
    pub line: u64,
    /// The column, by its name in the file; empty when it is the row as a whole.
    pub column: String,
    /// A stable word.
    pub code: String,
    /// The same for people.
    pub detail: String,
}

/// An open file.
pub(super) struct Table<R> {
    reader: csv::Reader<Chain<R, &'static [u8]>>,
    record: StringRecord,
    /// Cells of the line of names.
    cells: usize,
    columns: Arc<Origins>,
}

/// Our columns that the file has, or that have a fixed value.
type Origins = HashMap<&'static str, Origin>;

/// Where the value of one of our columns comes from.
struct Origin {
    name: String,
    source: Source,
}

enum Source {
    Column(usize),
    Fixed(String),
}

impl<R: Read> Table<R> {
    /// Reads the line of names and finds our columns in it.
    pub fn open(file: R, kind: Kind, columns: &Columns) -> Result<Self, Error> {
        // Every line ends with a line feed, the last one, too, and what stands before it (a carriage return) is trimmed: only so is
        // the number of a line known, whatever system wrote the file.
        let mut reader = csv::ReaderBuilder::new()
            .terminator(csv::Terminator::Any(b'\n'))
            .flexible(true)
            .from_reader(file.chain(b"\n".as_slice()));
        let names = reader.headers().map_err(unreadable)?.clone();
        let mut origins = HashMap::new();
        for ours in kind.columns().iter().copied() {
            if let Some(value) = columns.fixed(ours) {
                origins
                    .insert(ours, Origin { name: ours.to_owned(), source: Source::Fixed(value.to_owned()) });
                continue;
            }
            let theirs = columns.name_in_file(ours);
            // Some programs write a byte order mark before the first name.
            match names
                .iter()
                .position(|name| name.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(theirs))
            {
                Some(index) => {
                    origins.insert(ours, Origin { name: theirs.to_owned(), source: Source::Column(index) });
                }
                None if columns.is_renamed(ours) => {
                    return Err(Error::field(
                        format!("/{ours}"),
                        "unknown_column",
                        format!("The file has no column {theirs}"),
                    ));
                }
                None => {}
            }
        }
        let missing: Vec<FieldError> = required(kind)
            .iter()
            .filter(|alternatives| !alternatives.iter().any(|column| origins.contains_key(*column)))
            .map(|alternatives| {
                let names = alternatives.join(" or ");
                FieldError::new(
                    format!("/{}", alternatives[0]),
                    "missing_column",
                    format!("The file has no column {names}"),
                )
            })
            .collect();
        if missing.is_empty() {
            Ok(Self { reader, record: StringRecord::new(), cells: names.len(), columns: Arc::new(origins) })
        } else {
            Err(Error::Invalid(missing))
        }
    }

    /// The next row, or what keeps it from being read; `None` at the end. Empty lines are passed over.
    pub fn next(&mut self) -> Result<Option<Result<Row<'_>, RowError>>, Error> {
        loop {
            match self.reader.read_record(&mut self.record) {
                Ok(false) => return Ok(None),
                Ok(true)
                    if self.record.len() == 1 && self.record.iter().all(|cell| cell.trim().is_empty()) => {}
                Ok(true) => break,
                // This concerns one row only: the reader stands behind it.
                Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                    let place = Place { line: self.line(), columns: self.columns.clone() };
                    return Ok(Some(Err(place.error("", "not_utf8", "Is not UTF-8"))));
                }
                Err(error) => return Err(unreadable(error)),
            }
        }
        let row = Row { line: self.line(), record: &self.record, columns: &self.columns };
        if self.record.len() == self.cells {
            return Ok(Some(Ok(row)));
        }
        let detail = format!("Has {} cells, the line of names has {}", self.record.len(), self.cells);
        Ok(Some(Err(row.error("", "unequal_length", detail))))
    }

    /// The line in which the row that was read last begins: the reader stands behind its end.
    fn line(&self) -> u64 {
        let within: usize = self.record.iter().map(|cell| cell.matches('\n').count()).sum();
        self.reader.position().line().saturating_sub(1 + u64::try_from(within).unwrap_or_default())
    }
}

/// Groups of columns of which a file needs at least one each.
fn required(kind: Kind) -> &'static [&'static [&'static str]] {
    match kind {
        Kind::Retailers => &[&["code"]],
        Kind::Products => &[&["sku"]],
        Kind::Customers => &[&["external_id", "email", "phone", "card"]],
        Kind::Purchases => &[&["transaction_id"], &["retailer"], &["amount", "unit_price"]],
    }
}

fn unreadable(error: csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    Error::field("/file", "unreadable", format!("Line {line}: {error}"))
}

/// One row, by our names.
pub(super) struct Row<'t> {
    line: u64,
    record: &'t StringRecord,
    columns: &'t Arc<Origins>,
}

/// Where a row stands, for errors that are found when it has gone.
#[derive(Clone)]
pub(super) struct Place {
    line: u64,
    columns: Arc<Origins>,
}

impl Place {
    /// An error in a column of ours, named as in the file.
    pub fn error(&self, column: &str, code: impl Into<String>, detail: impl Into<String>) -> RowError {
        let column = self.columns.get(column).map_or(column, |origin| &origin.name).to_owned();
        RowError { line: self.line, column, code: code.into(), detail: detail.into() }
    }

    /// Whether the file has this column of ours.
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains_key(column)
    }
}

impl<'t> Row<'t> {
    /// The value of a column; `None` when the file has no such column or the cell is empty.
    pub fn get(&self, column: &str) -> Option<&'t str> {
        let value = match &self.columns.get(column)?.source {
            Source::Column(index) => self.record.get(*index)?,
            Source::Fixed(value) => value,
        };
        let value = value.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Where this is.
    pub fn place(&self) -> Place {
        Place { line: self.line, columns: self.columns.clone() }
    }

    /// An error in a column of ours, named as in the file.
    pub fn error(&self, column: &str, code: impl Into<String>, detail: impl Into<String>) -> RowError {
        self.place().error(column, code, detail)
    }

    /// Reads a required value.
    pub fn need<T, E: ToString>(
        &self,
        column: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, RowError> {
        match self.get(column) {
            Some(text) => {
                read(text).map_err(|error| self.error(column, "invalid", capitalised(&error.to_string())))
            }
            None => Err(self.error(column, "required", "Must not be empty")),
        }
    }

    /// Reads a value that may be missing.
    pub fn may<T, E: ToString>(
        &self,
        column: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, RowError> {
        self.get(column).map(|_| self.need(column, read)).transpose()
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Collects what is wrong with a row, so that all of it is told at once.
#[derive(Default)]
pub(super) struct Faults(Vec<RowError>);

impl Faults {
    /// The value, or nothing and a note of the error.
    pub fn keep<T>(&mut self, value: Result<T, RowError>) -> Option<T> {
        value.map_err(|error| self.0.push(error)).ok()
    }

    /// Notes an error.
    pub fn push(&mut self, error: RowError) {
        self.0.push(error);
    }

    /// The whole, if nothing was wrong.
    pub fn finish<T>(self, whole: Option<T>) -> Result<T, Vec<RowError>> {
        match whole {
            Some(whole) if self.0.is_empty() => Ok(whole),
            _ => Err(self.0),
        }
    }
}

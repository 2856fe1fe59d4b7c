//! The checks of a return that need no state.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ReturnInput, ReturnLineInput, TransactionReturnInput};
use crate::codes::{ReturnKey, TransactionId};
use crate::error::{Errors, FieldError};
use crate::fields::positive_amount;
use crate::money::Amount;
use crate::purchase::MAX_LINES;

/// A return after every check that needs no state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedReturn {
    /// The till's name for the return.
    pub return_id: ReturnKey,
    /// What is returned.
    pub returning: Returning,
}

/// What is returned of a purchase.
///
/// It has a JSON form of its own, for a return that waits for its purchase, and so that the same return that
/// is sent twice can be told from another one under the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returning {
    /// Everything that is left.
    Everything,
    /// Parts of lines; at least one, no line twice.
    Lines(Vec<ReturningLine>),
    /// So much of the whole, above zero.
    Amount(Amount),
}

/// What is returned of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturningLine {
    /// The place of the line in the purchase.
    pub line: u64,
    /// How much of it.
    pub part: LinePart,
}

/// A part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinePart {
    /// All that is left of it.
    Everything,
    /// So many units, above zero.
    Quantity(u64),
    /// So much, above zero.
    Amount(Amount),
}

impl ReturnInput {
    /// Checks everything that needs no state, and reports everything that is wrong at once.
    pub fn check(&self) -> Result<CheckedReturn, Vec<FieldError>> {
        let mut errors = Errors::default();
        let return_id = errors.keep("/return_id", ReturnKey::new(&self.return_id));
        let returning = match (&self.lines, self.amount) {
            (None, None) => Some(Returning::Everything),
            (Some(lines), None) => check_lines(lines, &mut errors).map(Returning::Lines),
            (None, Some(amount)) => positive_amount("/amount", amount, &mut errors).map(Returning::Amount),
            (Some(_), Some(_)) => {
                let detail = "Cannot be given together with lines, which have amounts of their own";
                errors.push(FieldError::new("/amount", "not_both", detail));
                None
            }
        };
        let checked = return_id.zip(returning);
        errors.finish(checked.map(|(return_id, returning)| CheckedReturn { return_id, returning }))
    }
}

impl TransactionReturnInput {
    /// Checks everything that needs no state; gives the retailer as it was sent, the purchase and the return.
    pub fn check(&self) -> Result<(Option<String>, TransactionId, CheckedReturn), Vec<FieldError>> {
        let mut errors = Errors::default();
        let retailer = self.retailer.as_deref().map(str::trim);
        if retailer == Some("") {
            errors.push(FieldError::required("/retailer"));
        }
        let transaction_id = errors.keep("/transaction_id", TransactionId::new(&self.transaction_id));
        let input =
            ReturnInput { return_id: self.return_id.clone(), lines: self.lines.clone(), amount: self.amount };
        let checked = input.check().map_err(|found| errors.extend(found)).ok();
        let all = transaction_id.zip(checked);
        errors.finish(all.map(|(transaction, checked)| (retailer.map(str::to_owned), transaction, checked)))
    }
}

fn check_lines(lines: &[ReturnLineInput], errors: &mut Errors) -> Option<Vec<ReturningLine>> {
    if lines.is_empty() {
        errors.push(FieldError::new("/lines", "required", "At least one line is required"));
        return None;
    }
    if lines.len() > MAX_LINES {
        let detail = format!("Must have at most {MAX_LINES} lines");
        errors.push(FieldError::new("/lines", "too_many_lines", detail));
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut checked = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        if !seen.insert(line.line) {
            let detail = "This line was named before";
            errors.push(FieldError::new(format!("/lines/{index}/line"), "repeated", detail));
        }
        let part = match (line.quantity, line.amount) {
            (None, None) => Some(LinePart::Everything),
            (Some(0), None) => {
                let detail = "Must be at least 1";
                errors.push(FieldError::new(format!("/lines/{index}/quantity"), "out_of_range", detail));
                None
            }
            (Some(quantity), None) => Some(LinePart::Quantity(quantity)),
            (None, Some(amount)) => {
                positive_amount(&format!("/lines/{index}/amount"), amount, errors).map(LinePart::Amount)
            }
            (Some(_), Some(_)) => {
                let detail = "Cannot be given together with quantity";
                errors.push(FieldError::new(format!("/lines/{index}/amount"), "not_both", detail));
                None
            }
        };
        checked.extend(part.map(|part| ReturningLine { line: line.line, part }));
    }
    Some(checked)
}

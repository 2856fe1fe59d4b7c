//! How much of each line is returned when a return is done: the first half of a plan.

use super::plan::{ReturnError, ReturnExceeds};
use super::{LinePart, ReturnState, ReturnablePurchase, Returning};
use crate::error::FieldError;
use crate::money::{Amount, Currency, format_amount, group_digits};
use crate::proportion::split;

/// How far a line is returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    /// What the line cost.
    pub(super) amount: u64,
    /// How many units it has.
    pub(super) quantity: u64,
    /// How much of it is returned; at most `amount`.
    pub(super) returned: u64,
    /// How many of its units are returned; at most `quantity`.
    pub(super) units: u64,
}

impl Progress {
    /// How much is left of it.
    fn left(self) -> u64 {
        self.amount - self.returned
    }

    /// Whether nothing is left of it. Of a line that cost nothing, units are.
    pub(super) fn is_used_up(self) -> bool {
        if self.amount > 0 { self.left() == 0 } else { self.units == self.quantity }
    }

    fn finish(&mut self) {
        self.returned = self.amount;
        self.units = self.quantity;
    }

    /// What the first so many units cost together. Every unit costs the same, up to a minor unit of money.
    fn cost_of(self, units: u64) -> u64 {
        let cost = (u128::from(self.amount) * u128::from(units)).checked_div(u128::from(self.quantity));
        cost.and_then(|cost| u64::try_from(cost).ok()).unwrap_or(0)
    }
}

/// The lines as earlier returns left them. What is stored is trusted no further than it can be true.
pub(super) fn progress(purchase: &ReturnablePurchase, state: &ReturnState) -> Vec<Progress> {
    let line = |(index, line): (usize, &super::ReturnableLine)| {
        let (amount, before) = (line.amount.unsigned(), state.lines.get(index));
        Progress {
            amount,
            quantity: line.quantity,
            returned: before.map_or(0, |before| before.amount.unsigned()).min(amount),
            units: before.map_or(0, |before| before.quantity).min(line.quantity),
        }
    };
    purchase.lines.iter().enumerate().map(line).collect()
}

/// The lines as a return leaves them.
pub(super) fn spread(
    mut lines: Vec<Progress>,
    returning: &Returning,
    currency: Currency,
) -> Result<Vec<Progress>, ReturnError> {
    let mut exceeds = Vec::new();
    match returning {
        Returning::Everything => {
            if lines.iter().all(|line| line.is_used_up()) {
                exceeds.push(nothing_left(String::new(), "the purchase"));
            }
            lines.iter_mut().for_each(Progress::finish);
        }
        Returning::Amount(amount) => {
            let weights: Vec<u64> = lines.iter().map(|line| line.left()).collect();
            let left = weights.iter().fold(0_u64, |sum, weight| sum.saturating_add(*weight));
            if amount.unsigned() > left {
                exceeds.push(too_much("/amount".to_owned(), left, currency));
            } else {
                // The amount is at most what is left, so that no line gets more than is left of it.
                for (line, part) in lines.iter_mut().zip(split(amount.unsigned(), &weights)) {
                    line.returned += part.min(line.left());
                }
            }
        }
        Returning::Lines(parts) => {
            let mut invalid = Vec::new();
            for (index, part) in parts.iter().enumerate() {
                let line = usize::try_from(part.line).ok().and_then(|line| lines.get_mut(line));
                let Some(line) = line else {
                    let detail = "The purchase has no such line";
                    invalid.push(FieldError::new(format!("/lines/{index}/line"), "unknown_line", detail));
                    continue;
                };
                match part.part {
                    LinePart::Everything if line.is_used_up() => {
                        exceeds.push(nothing_left(format!("/lines/{index}"), "this line"));
                    }
                    LinePart::Everything => line.finish(),
                    LinePart::Quantity(_) if line.quantity == 0 => invalid.push(FieldError::new(
                        format!("/lines/{index}/quantity"),
                        "no_quantity",
                        "The line has no units; return the whole of it, or an amount",
                    )),
                    LinePart::Quantity(units) => {
                        let left = if line.is_used_up() { 0 } else { line.quantity - line.units };
                        if units > left {
                            exceeds.push(too_many(format!("/lines/{index}/quantity"), left));
                            continue;
                        }
                        let units = line.units + units;
                        let cost = line.cost_of(units) - line.cost_of(line.units);
                        // What was returned by amount before is not returned once more with the units.
                        line.returned += cost.min(line.left());
                        line.units = units;
                    }
                    LinePart::Amount(amount) if amount.unsigned() > line.left() => {
                        exceeds.push(too_much(format!("/lines/{index}/amount"), line.left(), currency));
                    }
                    LinePart::Amount(amount) => line.returned += amount.unsigned(),
                }
            }
            if !invalid.is_empty() {
                return Err(ReturnError::Invalid(invalid));
            }
        }
    }
    if exceeds.is_empty() { Ok(lines) } else { Err(ReturnError::Exceeds(ReturnExceeds(exceeds))) }
}

fn nothing_left(pointer: String, whole: &str) -> FieldError {
    FieldError::new(pointer, "nothing_left", format!("Nothing is left of {whole} to return"))
}

fn too_much(pointer: String, left: u64, currency: Currency) -> FieldError {
    let left = format_amount(Amount::saturating(left), currency);
    FieldError::new(pointer, "exceeds_amount", format!("Only {left} is left to return"))
}

fn too_many(pointer: String, left: u64) -> FieldError {
    let detail = match left {
        1 => "Only 1 unit is left to return".to_owned(),
        left => {
            let left = group_digits(i64::try_from(left).unwrap_or(i64::MAX));
            format!("Only {left} units are left to return")
        }
    };
    FieldError::new(pointer, "exceeds_quantity", detail)
}

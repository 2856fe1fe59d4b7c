//! What a return takes back, line by line.

use std::collections::BTreeMap;

use super::earn::{Earned, POINT, split};
use crate::plain::{Line, Part, Returning};

/// How much of a purchase is returned, and what that took back.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    lines: Vec<LineProgress>,
    flat: Vec<i64>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct LineProgress {
    amount: i64,
    units: u64,
    /// What was taken back of each promotion.
    taken: Vec<i64>,
    /// What was taken off what each carries over.
    left: Vec<i64>,
}

/// What a return comes to.
pub struct Plan {
    pub amount: i64,
    pub points: i64,
    pub by_promotion: BTreeMap<usize, i64>,
    /// What is taken off what promotions carry over.
    pub left: BTreeMap<usize, i64>,
    pub complete: bool,
    /// Of each line whether nothing is left of it.
    pub used_up: Vec<bool>,
    pub progress: Progress,
}

/// Of something that came with `whole`, what is left when `returned` is returned in all.
pub fn kept(something: i64, whole: i64, returned: i64) -> i64 {
    if whole == 0 {
        return something;
    }
    i64::try_from(i128::from(something) * i128::from(whole - returned) / i128::from(whole)).unwrap()
}

impl Progress {
    pub fn is_nothing(&self) -> bool {
        self.lines.iter().all(|line| line.amount == 0 && line.units == 0)
    }

    /// How many units of a line are returned.
    pub fn units_of(&self, line: usize) -> u64 {
        self.lines.get(line).map_or(0, |line| line.units)
    }

    /// How much of a line is returned.
    pub fn amount_of(&self, line: usize) -> i64 {
        self.lines.get(line).map_or(0, |line| line.amount)
    }

    /// The points that were taken back.
    pub fn points(&self) -> i64 {
        let of_lines = self.lines.iter().flat_map(|line| &line.taken);
        of_lines.chain(&self.flat).sum()
    }

    pub fn amount(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }
}

fn used_up(line: &Line, progress: &LineProgress) -> bool {
    if line.due() > 0 { progress.amount == line.due() } else { progress.units == line.quantity }
}

/// What this return takes back, or the places where it asks for too much.
pub fn plan(lines: &[Line], earned: &Earned, before: &Progress, what: &Returning) -> Result<Plan, String> {
    let mut after = before.clone();
    after.lines.resize(lines.len(), LineProgress::default());
    let mut refused = Vec::new();
    match what {
        Returning::Everything => {
            if lines.iter().zip(&after.lines).all(|(line, progress)| used_up(line, progress)) {
                refused.push(" nothing_left".to_owned());
            }
            lines.iter().zip(&mut after.lines).for_each(|(line, progress)| finish(line, progress));
        }
        Returning::Amount(amount) => {
            let left: Vec<i64> =
                lines.iter().zip(&after.lines).map(|(line, progress)| line.due() - progress.amount).collect();
            if *amount > left.iter().sum() {
                refused.push("/amount exceeds_amount".to_owned());
            } else {
                for (progress, part) in after.lines.iter_mut().zip(split(*amount, &left)) {
                    progress.amount += part;
                }
            }
        }
        Returning::Lines(parts) => {
            for (place, (index, part)) in parts.iter().enumerate() {
                if let Err(refusal) = part_of_line(&lines[*index], &mut after.lines[*index], *part) {
                    refused.push(format!("/lines/{place}{refusal}"));
                }
            }
        }
    }
    // What the purchase does not have at all is said before what it has no longer.
    if refused.iter().any(|refusal| refusal.ends_with("no_quantity")) {
        refused.retain(|refusal| refusal.ends_with("no_quantity"));
    }
    if refused.is_empty() { Ok(settle(lines, earned, before, after)) } else { Err(refused.join(", ")) }
}

fn finish(line: &Line, progress: &mut LineProgress) {
    progress.amount = line.due();
    progress.units = line.quantity;
}

fn part_of_line(line: &Line, progress: &mut LineProgress, part: Part) -> Result<(), &'static str> {
    let left = line.due() - progress.amount;
    match part {
        Part::Whole if used_up(line, progress) => return Err(" nothing_left"),
        Part::Whole => finish(line, progress),
        Part::Units(_) if line.quantity == 0 => return Err("/quantity no_quantity"),
        Part::Units(units) => {
            let there = if used_up(line, progress) { 0 } else { line.quantity - progress.units };
            if units > there {
                return Err("/quantity exceeds_quantity");
            }
            // k of Q units are floor(A × k / Q) in all, and nothing that went back by amount goes back twice.
            let worth = |units: u64| line.due() - kept_units(line, units);
            let more = worth(progress.units + units) - worth(progress.units);
            progress.units += units;
            progress.amount += more.min(left);
        }
        Part::Amount(amount) if amount > left => return Err("/amount exceeds_amount"),
        Part::Amount(amount) => progress.amount += amount,
    }
    Ok(())
}

/// What is left of a line's amount without so many of its units.
fn kept_units(line: &Line, units: u64) -> i64 {
    let gone = i128::from(line.due()) * i128::from(units) / i128::from(line.quantity);
    line.due() - i64::try_from(gone).unwrap()
}

/// What is to be given back at once of a purchase that is credited after it was returned in part.
pub fn catch_up(lines: &[Line], earned: &Earned, progress: &Progress) -> Plan {
    let mut after = progress.clone();
    after.lines.resize(lines.len(), LineProgress::default());
    settle(lines, earned, progress, after)
}

fn settle(lines: &[Line], earned: &Earned, before: &Progress, mut after: Progress) -> Plan {
    let (mut points, mut by_promotion, mut carried) = (0, BTreeMap::new(), BTreeMap::new());
    let units = |number: u64| i64::try_from(number).unwrap();
    for (index, progress) in after.lines.iter_mut().enumerate() {
        let line = &lines[index];
        let given = earned.lines.get(index).map_or(&[][..], Vec::as_slice);
        let part = if line.due() > 0 {
            (line.due(), progress.amount)
        } else {
            (units(line.quantity), units(progress.units))
        };
        points += take(given, &mut progress.taken, part, &mut by_promotion);
        if let Some(left) = earned.left.get(index) {
            take_off(given, left, progress, part, &mut carried);
        }
    }
    let sum = |number: fn(&Line) -> i64| lines.iter().map(number).sum::<i64>();
    let whole = match sum(Line::due) {
        0 => (
            lines.iter().map(|line| units(line.quantity)).sum(),
            after.lines.iter().map(|line| units(line.units)).sum(),
        ),
        due => (due, after.amount()),
    };
    points += take(&earned.flat, &mut after.flat, whole, &mut by_promotion);
    let used_up: Vec<bool> =
        lines.iter().zip(&after.lines).map(|(line, progress)| used_up(line, progress)).collect();
    Plan {
        amount: after.amount() - before.amount(),
        points,
        by_promotion,
        left: carried,
        complete: used_up.iter().all(|gone| *gone),
        used_up,
        progress: after,
    }
}

/// Takes back what is due of points that were given together and is not taken yet, from each promotion by what it still
/// has of them.
fn take(
    given: &[(usize, i64)],
    taken: &mut Vec<i64>,
    (whole, returned): (i64, i64),
    by_promotion: &mut BTreeMap<usize, i64>,
) -> i64 {
    taken.resize(given.len(), 0);
    let all: i64 = given.iter().map(|(_, points)| points).sum();
    let due = all - kept(all, whole, returned);
    let now = due - taken.iter().sum::<i64>();
    let left: Vec<i64> = given.iter().zip(taken.iter()).map(|((_, points), taken)| points - taken).collect();
    for (index, part) in split(now, &left).into_iter().enumerate().filter(|(_, part)| *part > 0) {
        taken[index] += part;
        *by_promotion.entry(given[index].0).or_default() += part;
    }
    now
}

/// Takes off what promotions carry over what is due and not taken yet: of what each was exactly worth, the part that is
/// not returned is kept, in points as far as they were not taken back, and the rest is carried.
fn take_off(
    given: &[(usize, i64)],
    left: &[i64],
    progress: &mut LineProgress,
    (whole, returned): (i64, i64),
    carried: &mut BTreeMap<usize, i64>,
) {
    progress.left.resize(given.len(), 0);
    for (place, (promotion, points)) in given.iter().enumerate() {
        let billionths = |points: i64| i128::from(points) * i128::from(POINT);
        let worth = billionths(*points) + i128::from(left[place]);
        let kept = worth * i128::from(whole - returned) / i128::from(whole);
        let due = i128::from(left[place]) - (kept - billionths(points - progress.taken[place]));
        let due = i64::try_from(due).unwrap();
        *carried.entry(*promotion).or_default() += due - progress.left[place];
        progress.left[place] = due;
    }
}

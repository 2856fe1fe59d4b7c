//! What vouchers, points and cashback leave to pay of each line.
//!
//! Free products first, then parts, then money off; points and cashback pay what is left then. What is not of one line is
//! shared by what is left of each, by largest remainder.

use rust_decimal::Decimal;

use super::earn::split;
use crate::plain::{Line, RewardKind};

/// What pays for a line: in money, in points by their worth, and in cashback. Vouchers took off the rest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts {
    pub money: i64,
    pub points: i64,
    pub cashback: i64,
}

/// A purchase after vouchers and tenders.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    pub lines: Vec<Parts>,
    /// Of each voucher the line of which it gave a unit away.
    pub free: Vec<Option<usize>>,
}

struct Open {
    due: i64,
    left: i64,
    /// Units that were given away.
    free: i64,
}

/// What pays for each line; or why it cannot be paid so, in the words of the refusal.
pub fn settle(
    lines: &[Line],
    vouchers: &[RewardKind],
    points: i64,
    cashback: i64,
) -> Result<Settled, String> {
    let mut open: Vec<Open> =
        lines.iter().map(|line| Open { due: line.due(), left: line.due(), free: 0 }).collect();
    let turn = |kind: &RewardKind| match kind {
        RewardKind::FreeProduct(_) => 0,
        RewardKind::Percent(_) => 1,
        RewardKind::MoneyOff(_) | RewardKind::Gift => 2,
    };
    let mut order: Vec<usize> = (0..vouchers.len()).collect();
    order.sort_by_key(|place| turn(&vouchers[*place]));
    let mut free = vec![None; vouchers.len()];
    for place in order {
        let left: i64 = open.iter().map(|line| line.left).sum();
        let off = match &vouchers[place] {
            RewardKind::FreeProduct(sku) => {
                free[place] = Some(give_away(lines, &mut open, sku).ok_or_else(|| useless(place))?);
                continue;
            }
            RewardKind::Percent(part) => (Decimal::from(left) * part).floor().try_into().unwrap(),
            RewardKind::MoneyOff(amount) => left.min(*amount),
            RewardKind::Gift => 0,
        };
        if off == 0 {
            return Err(useless(place));
        }
        share(&mut open, off);
    }
    let left: i64 = open.iter().map(|line| line.left).sum();
    if points + cashback > left {
        return Err("exceeds_amount".to_owned());
    }
    let by_points = share(&mut open, points);
    let by_cashback = share(&mut open, cashback);
    let parts = open.iter().zip(by_points.into_iter().zip(by_cashback));
    let lines =
        parts.map(|(line, (points, cashback))| Parts { money: line.left, points, cashback }).collect();
    Ok(Settled { lines, free })
}

fn useless(place: usize) -> String {
    format!("/vouchers/{place} voucher_not_applicable")
}

/// Takes an amount off the lines, and tells what of it was whose.
fn share(open: &mut [Open], amount: i64) -> Vec<i64> {
    let weights: Vec<i64> = open.iter().map(|line| line.left).collect();
    let parts = split(amount, &weights);
    for (line, part) in open.iter_mut().zip(&parts) {
        line.left -= part;
    }
    parts
}

/// One unit, from the line on which the next one is worth most. Tells which that is.
fn give_away(lines: &[Line], open: &mut [Open], sku: &str) -> Option<usize> {
    let worth = |line: &Line, open: &Open| {
        let units = i64::try_from(line.quantity.max(1)).unwrap();
        if open.free >= units {
            return 0;
        }
        let of = |units_free: i64| open.due * units_free / units;
        (of(open.free + 1) - of(open.free)).min(open.left)
    };
    let mut best: Option<(usize, i64)> = None;
    for (place, line) in lines.iter().enumerate().filter(|(_, line)| line.product == Some(sku)) {
        let worth = worth(line, &open[place]);
        if worth > best.map_or(0, |(_, most)| most) {
            best = Some((place, worth));
        }
    }
    let (place, worth) = best?;
    open[place].free += 1;
    open[place].left -= worth;
    Some(place)
}

//! What vouchers and tenders take off the lines of a purchase.

use crate::codes::VoucherCode;
use crate::money::Amount;
use crate::points::Rate;
use crate::proportion::split;
use crate::rewards::RewardKind;

/// A line before vouchers and tenders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsettledLine<'a> {
    /// The sku of its product, or what the till said for it.
    pub product: Option<&'a str>,
    /// How many units.
    pub quantity: u64,
    /// What is to be paid for it after its own discount.
    pub due: Amount,
}

/// A line after vouchers and tenders: `due` = `vouchers` + `points` + `cashback` + `paid`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SettledLine {
    /// What was to be paid for it.
    pub due: Amount,
    /// What vouchers took off.
    pub vouchers: Amount,
    /// What points paid.
    pub points: Amount,
    /// What cashback paid.
    pub cashback: Amount,
    /// What is left to pay in money; points and cashback are earned on it.
    pub paid: Amount,
}

/// What one voucher does in a purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherUse {
    /// Its code.
    pub code: VoucherCode,
    /// What it took off, above zero.
    pub amount: Amount,
    /// The place of the line of which it gave a unit away; `None` for one that took something off all of them.
    pub line: Option<usize>,
}

/// A purchase after vouchers and tenders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// Its lines, in their order.
    pub lines: Vec<SettledLine>,
    /// What each voucher took off, in the order in which they were sent.
    pub vouchers: Vec<VoucherUse>,
    /// What is left to pay in money.
    pub paid: Amount,
}

/// Why a purchase cannot be settled. Nothing of it is used up then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// A voucher is good for nothing in this purchase.
    #[error("{reason}")]
    UselessVoucher {
        /// Its place among the vouchers.
        index: usize,
        /// Why, as a plain sentence without a full stop.
        reason: &'static str,
    },
    /// Points and cashback are worth more than what is left to pay.
    #[error("the tenders come to {tendered}, and only {left} is left to pay")]
    TooMuch {
        /// What the tenders are worth, in minor units.
        tendered: i128,
        /// What is left to pay before them.
        left: Amount,
    },
    /// The lines come to more than the largest amount.
    #[error("the sum of the lines is too large")]
    Overflow,
}

/// Takes vouchers off the lines, then pays with points and cashback what is left.
///
/// First come free products, then parts of a purchase, then money off; vouchers of one kind in the order in
/// which they were sent. So a part is one of what remains after free products, and money off, which is worth
/// the same in any case, comes last. Money off above what is left takes off what is left.
///
/// A free product takes one unit off the line of that product on which a unit costs most: of Q units that
/// cost A, k are worth floor(A × k / Q), and a quantity of 0 counts as one unit. Everything else is shared by
/// what is left to pay for each line, by largest remainder.
///
/// # Errors
///
/// A voucher that takes nothing off is refused, so that no customer loses one for nothing; so are tenders
/// that are worth more than what is left, because there is no change.
pub fn settle(
    lines: &[UnsettledLine<'_>],
    vouchers: &[(VoucherCode, RewardKind)],
    points: Amount,
    cashback: Amount,
) -> Result<Settlement, SettleError> {
    Amount::checked_sum(lines.iter().map(|line| line.due)).ok_or(SettleError::Overflow)?;
    let mut open: Vec<Open> = lines.iter().map(Open::new).collect();
    let mut taken: Vec<(u64, Option<usize>)> = vec![(0, None); vouchers.len()];
    let mut order: Vec<_> = vouchers.iter().enumerate().map(|(index, (_, kind))| (index, kind)).collect();
    // Stable, so that vouchers of one kind stay in their order.
    order.sort_by_key(|(_, kind)| turn(kind));
    for (index, kind) in order {
        let by_it = use_voucher(lines, &mut open, kind)
            .map_err(|reason| SettleError::UselessVoucher { index, reason })?;
        if let Some(taken) = taken.get_mut(index) {
            *taken = by_it;
        }
    }
    let left: u64 = left(&open);
    let tendered = points.unsigned() + cashback.unsigned();
    if tendered > left {
        return Err(SettleError::TooMuch { tendered: tendered.into(), left: Amount::saturating(left) });
    }
    share(&mut open, points.unsigned(), |line| &mut line.points);
    share(&mut open, cashback.unsigned(), |line| &mut line.cashback);
    let vouchers = vouchers
        .iter()
        .zip(taken)
        .map(|((code, _), (taken, line))| {
            let amount = Amount::saturating(taken);
            VoucherUse { code: code.clone(), amount, line }
        })
        .collect();
    let paid = Amount::saturating(self::left(&open));
    Ok(Settlement { lines: open.iter().map(Open::settled).collect(), vouchers, paid })
}

const NOTHING_LEFT: &str = "Nothing is left to pay that it could take off";

/// A line while it is settled. The parts never come to more than what was due.
#[derive(Debug, Default)]
struct Open {
    due: u64,
    /// How many units have been given away.
    free: u64,
    vouchers: u64,
    points: u64,
    cashback: u64,
}

impl Open {
    fn new(line: &UnsettledLine<'_>) -> Self {
        Self { due: line.due.unsigned(), ..Self::default() }
    }

    fn left(&self) -> u64 {
        self.due.saturating_sub(self.vouchers + self.points + self.cashback)
    }

    fn settled(&self) -> SettledLine {
        SettledLine {
            due: Amount::saturating(self.due),
            vouchers: Amount::saturating(self.vouchers),
            points: Amount::saturating(self.points),
            cashback: Amount::saturating(self.cashback),
            paid: Amount::saturating(self.left()),
        }
    }

    /// What the next unit that is given away is worth; nothing when all units are.
    fn next_unit(&self, quantity: u64) -> u64 {
        let quantity = quantity.max(1);
        if self.free >= quantity {
            return 0;
        }
        let worth = |units: u64| u128::from(self.due) * u128::from(units) / u128::from(quantity);
        u64::try_from(worth(self.free + 1) - worth(self.free)).unwrap_or(0).min(self.left())
    }
}

const fn turn(kind: &RewardKind) -> u8 {
    match kind {
        RewardKind::FreeProduct(_) => 0,
        RewardKind::Percent(_) => 1,
        RewardKind::MoneyOff(_) => 2,
        RewardKind::VoucherPool | RewardKind::External => 3,
    }
}

/// Takes off what a voucher is worth and tells how much that is, and of which line if it is of one; or why it is worth
/// nothing.
fn use_voucher(
    lines: &[UnsettledLine<'_>],
    open: &mut [Open],
    kind: &RewardKind,
) -> Result<(u64, Option<usize>), &'static str> {
    let left = left(open);
    let amount = match kind {
        RewardKind::FreeProduct(sku) => {
            return give_away(lines, open, sku.as_str()).map(|(worth, line)| (worth, Some(line)));
        }
        RewardKind::Percent(part) => {
            let exact = u128::from(left) * u128::from(part.millionths()) / u128::from(Rate::SCALE);
            u64::try_from(exact).unwrap_or(left).min(left)
        }
        RewardKind::MoneyOff(amount) => amount.unsigned().min(left),
        RewardKind::VoucherPool | RewardKind::External => {
            return Err("Is not good for money; use it on its own");
        }
    };
    if amount == 0 {
        return Err(NOTHING_LEFT);
    }
    share(open, amount, |line| &mut line.vouchers);
    Ok((amount, None))
}

/// Gives a unit of a product away, and tells what it is worth and of which line it is.
fn give_away(
    lines: &[UnsettledLine<'_>],
    open: &mut [Open],
    sku: &str,
) -> Result<(u64, usize), &'static str> {
    if !lines.iter().any(|line| line.product == Some(sku)) {
        return Err("Its product is not in this purchase");
    }
    let of_product =
        lines.iter().zip(open.iter_mut()).enumerate().filter(|(_, (line, _))| line.product == Some(sku));
    let mut best: Option<(u64, usize, &mut Open)> = None;
    for (place, (line, open)) in of_product {
        let worth = open.next_unit(line.quantity);
        if best.as_ref().is_none_or(|(most, ..)| worth > *most) {
            best = Some((worth, place, open));
        }
    }
    match best {
        Some((worth, place, line)) if worth > 0 => {
            line.free += 1;
            line.vouchers += worth;
            Ok((worth, place))
        }
        _ => Err(NOTHING_LEFT),
    }
}

/// Shares an amount, which is at most what is left, between the lines by what is left to pay for each.
fn share(open: &mut [Open], amount: u64, part: impl Fn(&mut Open) -> &mut u64) {
    let weights: Vec<u64> = open.iter().map(Open::left).collect();
    for (line, share) in open.iter_mut().zip(split(amount, &weights)) {
        *part(line) += share;
    }
}

fn left(open: &[Open]) -> u64 {
    // Parts of a sum that was found to be an amount.
    open.iter().map(Open::left).sum()
}

//! One business event: movements between two accounts each, which become its entries.

use chrono::NaiveDate;
use perennial_domain::ids::CustomerId;
use perennial_domain::money::Currency;
use uuid::Uuid;

use super::holder::{Holder, within_points};
use super::{Entry, Lots};
use crate::error::Error;

/// What a posting is about: the word in `entries.kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PostingKind {
    /// A return took back what a purchase had earned.
    Return,
    /// Pending points can be spent now.
    Maturity,
    /// Points that nobody spent in time.
    Expiry,
    /// Somebody of the staff gave or took points and said why.
    Adjustment,
    /// Points spent on, or held for, a reward, or that pay a part of a purchase.
    Redemption,
    /// A hold that was given up.
    Release,
    /// Points that had paid for something that was given up, and came back.
    Cancellation,
    /// Money of the cashback wallet.
    Cashback,
    /// Something that a reward policy gave, or took back.
    Award,
    /// What an account had that was merged into another.
    Merge,
}

impl PostingKind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Maturity => "maturity",
            Self::Expiry => "expiry",
            Self::Adjustment => "adjustment",
            Self::Redemption => "redemption",
            Self::Release => "release",
            Self::Cancellation => "cancellation",
            Self::Cashback => "cashback",
            Self::Award => "award",
            Self::Merge => "merge",
        }
    }

    /// Whether it changes what the customer has ever earned.
    const fn is_earned(self) -> bool {
        matches!(self, Self::Return)
    }
}

/// The other end of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The customer's points that wait.
    Pending,
    /// The customer's points held for a redemption.
    Reserved,
    /// Where points come from, and where returns bring them back.
    Issued,
    /// Points that were spent.
    Redeemed,
    /// Points that nobody spent in time.
    Expired,
    /// Points that the staff gave or took.
    Adjusted,
    /// What a return should have taken and the merchant bears.
    Absorbed,
}

impl Side {
    const fn account(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Reserved => "reserved",
            Self::Issued => "issued",
            Self::Redeemed => "redeemed",
            Self::Expired => "expired",
            Self::Adjusted => "adjusted",
            Self::Absorbed => "absorbed",
        }
    }

    const fn is_customers(self) -> bool {
        matches!(self, Self::Pending | Self::Reserved)
    }
}

/// What happens when there are fewer points than are to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shortfall {
    /// `insufficient_points`, and nothing happens.
    Refuse,
    /// The rest is owed: later points repay it.
    Debt,
}

/// Which way money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Into the wallet.
    In,
    /// Out of the wallet.
    Out,
}

/// A posting that is being put together. On an error the whole transaction has to be given up: the customer in memory
/// may have moved half of the way.
pub(crate) struct Posting<'l> {
    kind: PostingKind,
    id: Uuid,
    customer: CustomerId,
    purchase: Option<Uuid>,
    holder: &'l mut Holder,
    entries: &'l mut Vec<Entry>,
    legs: i16,
    /// Whether an account of the customer is among them; only then the posting takes a number.
    is_customers: bool,
    sequence: i64,
}

const AVAILABLE: &str = "available";
pub(super) const POINTS: &str = "points";

impl<'l> Posting<'l> {
    pub(super) fn begin(
        kind: PostingKind,
        id: Uuid,
        customer: CustomerId,
        purchase: Option<Uuid>,
        holder: &'l mut Holder,
        entries: &'l mut Vec<Entry>,
    ) -> Self {
        let sequence = holder.sequence + 1;
        Self { kind, id, customer, purchase, holder, entries, legs: 0, is_customers: false, sequence }
    }

    /// Points become available: they repay what is owed, and the rest can be spent until the end of `expires_on`.
    pub fn credit(&mut self, from: Side, points: i64, expires_on: Option<NaiveDate>) -> Result<(), Error> {
        self.give_back(from, &[(expires_on, points)])
    }

    /// Points become available in these lots, after they have repaid what is owed.
    pub fn give_back(&mut self, from: Side, lots: &[(Option<NaiveDate>, i64)]) -> Result<(), Error> {
        let points = positive(lots)?;
        self.holder.put(lots)?;
        self.move_points(from.account(), AVAILABLE, points)
    }

    /// Takes available points, those first that would be gone first, and tells from which lots.
    pub fn debit(&mut self, to: Side, points: i64, shortfall: Shortfall) -> Result<Lots, Error> {
        self.debit_preferring(to, points, &[], shortfall)
    }

    /// The same, but from these lots before all others.
    ///
    /// What a return takes back it takes from the lot that the purchase had filled, while there is something in it: were
    /// it taken from the oldest points, buying and returning would give them a new life.
    pub fn debit_preferring(
        &mut self,
        to: Side,
        points: i64,
        lots: &[Option<NaiveDate>],
        shortfall: Shortfall,
    ) -> Result<Lots, Error> {
        positive(&[(None, points)])?;
        let taken = self.holder.take(points, lots, shortfall == Shortfall::Debt)?;
        self.move_points(AVAILABLE, to.account(), points)?;
        Ok(taken)
    }

    /// Takes available points from exactly these lots.
    pub fn debit_lots(&mut self, to: Side, lots: &[(Option<NaiveDate>, i64)]) -> Result<(), Error> {
        let points = positive(lots)?;
        self.holder.take_from(lots)?;
        self.move_points(AVAILABLE, to.account(), points)
    }

    /// Moves points between accounts of which none is what can be spent.
    pub fn shift(&mut self, from: Side, to: Side, points: i64) -> Result<(), Error> {
        positive(&[(None, points)])?;
        self.move_points(from.account(), to.account(), points)
    }

    /// Money of the customer's wallet. What the wallet holds is kept by the cashback module; here are its entries.
    pub fn wallet(
        &mut self,
        other: Side,
        direction: Direction,
        amount: i64,
        currency: Currency,
    ) -> Result<(), Error> {
        positive(&[(None, amount)])?;
        let signed = match direction {
            Direction::In => amount,
            Direction::Out => -amount,
        };
        self.leg("cashback", true, signed, currency.code());
        self.leg(other.account(), other.is_customers(), -signed, currency.code());
        Ok(())
    }

    /// Money that a return should have taken from a wallet and that the merchant bears.
    pub fn bear(&mut self, amount: i64, currency: Currency) -> Result<(), Error> {
        positive(&[(None, amount)])?;
        self.leg(Side::Absorbed.account(), false, -amount, currency.code());
        self.leg(Side::Issued.account(), false, amount, currency.code());
        Ok(())
    }

    /// Ends the posting and tells the number of the event, if anything of the customer's was moved.
    pub fn done(self) -> Option<i64> {
        if !self.is_customers {
            return None;
        }
        self.holder.sequence = self.sequence;
        Some(self.sequence)
    }

    fn move_points(&mut self, from: &'static str, to: &'static str, points: i64) -> Result<(), Error> {
        for (account, amount) in [(from, -points), (to, points)] {
            let is_customers = matches!(account, AVAILABLE | "pending" | "reserved");
            match account {
                "pending" => self.holder.pending = enough(self.holder.pending, amount, account)?,
                "reserved" => self.holder.reserved = enough(self.holder.reserved, amount, account)?,
                _ => {}
            }
            if is_customers && self.kind.is_earned() {
                self.holder.lifetime = within_points(self.holder.lifetime, amount)?;
            }
            self.leg(account, is_customers, amount, POINTS);
        }
        Ok(())
    }

    /// One entry. A second movement on the same account within the posting goes into the same entry, so that every
    /// account has one a posting.
    fn leg(&mut self, account: &'static str, is_customers: bool, amount: i64, unit: &'static str) {
        let mine =
            |entry: &&mut Entry| entry.posting == self.id && entry.account == account && entry.unit == unit;
        if let Some(entry) = self.entries.iter_mut().rev().find(mine) {
            entry.amount += amount;
            return;
        }
        self.entries.push(Entry {
            posting: self.id,
            leg: self.legs,
            kind: self.kind,
            account,
            customer: is_customers.then_some(self.customer),
            sequence: is_customers.then_some(self.sequence),
            amount,
            unit,
            purchase: self.purchase,
        });
        self.legs += 1;
        self.is_customers |= is_customers;
    }
}

/// What is left on an account that cannot go below zero.
fn enough(before: i64, amount: i64, account: &str) -> Result<i64, Error> {
    within_points(before, amount)
        .ok()
        .filter(|after| *after >= 0)
        .ok_or_else(|| Error::Inconsistent(format!("{} points are not {account}", -amount)))
}

/// The sum, which has to be more than nothing, of parts that are not less than nothing.
fn positive(lots: &[(Option<NaiveDate>, i64)]) -> Result<i64, Error> {
    let mut sum = 0;
    for (_, points) in lots {
        if *points < 0 {
            return Err(Error::Inconsistent(format!("a movement of {points}")));
        }
        sum = within_points(sum, *points)?;
    }
    if sum == 0 {
        return Err(Error::Inconsistent("a movement of nothing".to_owned()));
    }
    Ok(sum)
}

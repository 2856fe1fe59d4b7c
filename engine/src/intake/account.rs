//! The arithmetic of a balance: one customer's, under lock.

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::money::Amount;
use perennial_domain::points::Points;
use sqlx::FromRow;

use crate::purchase_record::Balance;

/// One customer's balance, as it is by now.
#[derive(Debug, Clone, Default, PartialEq, FromRow)]
pub(crate) struct Account {
    pub available: i64,
    pub pending: i64,
    pub debt: i64,
    pub lifetime: i64,
    /// Credited purchases so far.
    pub purchases: i64,
    /// The sum of their amounts.
    pub spent: i64,
    /// The number of the newest entry.
    pub sequence: i64,
    #[sqlx(skip)]
    change: Change,
}

/// What is written beside the balance itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Change {
    /// Purchases that were credited.
    pub purchases: i64,
    /// Points for the lot: what repays a debt is not there to be spent or to expire.
    pub lot_points: i64,
    /// Which lot that is: all that is credited at one moment can be spent until the same day. `None`: for ever.
    pub lot_expires_on: Option<NaiveDate>,
    /// When the newest of them was bought.
    pub last_purchase_at: Option<DateTime<Utc>>,
}

impl Change {
    /// What goes into the lot.
    pub fn dated(&self) -> i64 {
        if self.lot_expires_on.is_some() { self.lot_points } else { 0 }
    }

    /// What can be spent for ever, and is counted in the balance.
    pub fn undated(&self) -> i64 {
        self.lot_points - self.dated()
    }
}

/// What is credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Earned {
    /// All of it.
    pub points: Points,
    /// Which of these wait before they can be spent.
    pub pending: Points,
    /// The last day on which the others can be spent; `None`: they do not expire.
    pub expires_on: Option<NaiveDate>,
}

/// What one credit did to a balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Credited {
    /// The balance after it.
    pub balance: Balance,
    /// The number of the entry among the customer's; none when no points moved.
    pub sequence: Option<i64>,
}

/// The numbers of the entries, among the customer's, of what paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Of points; none when no points paid.
    pub points: Option<i64>,
    /// Of cashback.
    pub cashback: Option<i64>,
}

/// A sum that would be larger than a balance can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMuch;

impl Account {
    /// Whether the next purchase is the customer's first.
    pub fn is_new(&self) -> bool {
        self.purchases == 0
    }

    pub fn change(&self) -> &Change {
        &self.change
    }

    /// Takes points that were found in the customer's lots. Of cashback it takes the number of an entry only: the money
    /// is in a wallet.
    pub fn pay(&mut self, points: i64, has_cashback: bool) -> Spent {
        let mut next = |is_needed: bool| {
            is_needed.then(|| {
                self.sequence += 1;
                self.sequence
            })
        };
        let spent = Spent { points: next(points > 0), cashback: next(has_cashback) };
        // Never below zero: the lots are what is available, less a debt, and who has a debt has nothing in lots.
        self.available -= points;
        spent
    }

    /// Credits a purchase. On an error nothing has changed.
    pub fn credit(
        &mut self,
        earned: Earned,
        amount: Amount,
        occurred_at: DateTime<Utc>,
    ) -> Result<Credited, TooMuch> {
        let Earned { points, pending: waits, expires_on } = earned;
        let (earned, at_once) = (points.get(), points.get() - waits.get());
        let available = within_points(self.available, at_once)?;
        let pending = within_points(self.pending, waits.get())?;
        let lifetime = within_points(self.lifetime, earned)?;
        let spent = self.spent.checked_add(amount.get()).ok_or(TooMuch)?;
        let sequence = if earned > 0 { Some(self.sequence + 1) } else { None };
        // What waits repays a debt when it can be spent, not before.
        let repaid = self.debt.min(at_once);

        self.available = available;
        self.pending = pending;
        self.lifetime = lifetime;
        self.spent = spent;
        self.purchases += 1;
        self.debt -= repaid;
        self.sequence = sequence.unwrap_or(self.sequence);
        self.change.purchases += 1;
        self.change.lot_points += at_once - repaid;
        self.change.lot_expires_on = expires_on;
        self.change.last_purchase_at = self.change.last_purchase_at.max(Some(occurred_at));
        Ok(Credited { balance: Balance { points: available, pending }, sequence })
    }
}

fn within_points(before: i64, more: i64) -> Result<i64, TooMuch> {
    Points::new(before).checked_add(Points::new(more)).map(Points::get).ok_or(TooMuch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credit(account: &mut Account, points: i64, amount: i64) -> Result<Credited, TooMuch> {
        let earned = Earned { points: Points::new(points), pending: Points::ZERO, expires_on: None };
        account.credit(earned, Amount::new(amount).unwrap(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn purchases_of_a_batch_see_each_other() {
        let mut account = Account { available: 10, sequence: 4, ..Account::default() };
        assert!(account.is_new());
        let first = credit(&mut account, 5, 500).unwrap();
        assert_eq!((first.balance.points, first.sequence), (15, Some(5)));
        assert!(!account.is_new());
        let nothing = credit(&mut account, 0, 100).unwrap();
        assert_eq!((nothing.balance.points, nothing.sequence), (15, None));
        let third = credit(&mut account, 7, 700).unwrap();
        assert_eq!((third.balance.points, third.sequence), (22, Some(6)));
        assert_eq!((account.change.lot_points, account.purchases, account.spent), (12, 3, 1_300));
    }

    #[test]
    fn what_has_a_day_goes_into_a_lot_and_the_rest_into_the_balance() {
        let change = Change { lot_points: 12, ..Change::default() };
        assert_eq!((change.dated(), change.undated()), (0, 12));
        let change = Change { lot_expires_on: NaiveDate::from_ymd_opt(2027, 1, 31), ..change };
        assert_eq!((change.dated(), change.undated()), (12, 0));
    }

    #[test]
    fn a_debt_is_repaid_before_a_lot_is_filled() {
        let mut account = Account { available: -30, debt: 30, ..Account::default() };
        assert_eq!(credit(&mut account, 20, 1).unwrap().balance.points, -10);
        assert_eq!(credit(&mut account, 25, 1).unwrap().balance.points, 15);
        assert_eq!((account.debt, account.lifetime, account.change.lot_points), (0, 45, 15));
    }

    #[test]
    fn what_waits_is_earned_and_neither_spendable_nor_repays() {
        let mut account = Account { available: -30, debt: 30, pending: 5, ..Account::default() };
        let earned = Earned { points: Points::new(50), pending: Points::new(40), expires_on: None };
        let credited = account.credit(earned, Amount::new(100).unwrap(), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(credited.balance, Balance { points: -20, pending: 45 });
        assert_eq!((account.debt, account.lifetime, account.change.lot_points), (20, 50, 0));
    }

    #[test]
    fn what_pays_leaves_the_balance_and_takes_a_number_each() {
        let mut account = Account { available: 50, sequence: 7, lifetime: 90, ..Account::default() };
        assert_eq!(account.pay(20, true), Spent { points: Some(8), cashback: Some(9) });
        assert_eq!(account.pay(0, true).cashback, Some(10));
        assert_eq!((account.available, account.lifetime, account.sequence), (30, 90, 10));
        assert_eq!(account.change, Change::default());
    }

    #[test]
    fn too_much_changes_nothing() {
        let mut account = Account { available: Points::MAX.get() - 5, ..Account::default() };
        let before = account.clone();
        assert_eq!(credit(&mut account, 6, 1), Err(TooMuch));
        assert_eq!(account, before);
        let mut account = Account { spent: i64::MAX - 5, ..Account::default() };
        assert_eq!(credit(&mut account, 0, 6), Err(TooMuch));
        assert_eq!(account.change, Change::default());
    }
}

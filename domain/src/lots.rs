//! Lots: what expires together. Of points and of cashback alike, what expires first is spent first.

use chrono::{DateTime, Utc};

/// Something that was earned, and expires, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot<Id> {
    /// Which. Of lots that expire together, the smaller id goes first; ids sort by age.
    pub id: Id,
    /// What is left of it: points, or minor units.
    pub left: u64,
    /// From when it cannot be spent any more; never when absent.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What is taken from a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken<Id> {
    /// Which lot.
    pub id: Id,
    /// How much, above zero and at most what was left.
    pub amount: u64,
}

/// The lots together hold less than was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{missing} more than the lots hold")]
pub struct Short {
    /// How much is missing.
    pub missing: u64,
}

/// Takes an amount from lots that have not expired, the earliest expiry first, those without one last.
///
/// # Errors
///
/// When they hold less. Nothing is taken then.
pub fn consume<Id: Copy + Ord>(
    lots: &[Lot<Id>],
    amount: u64,
    now: DateTime<Utc>,
) -> Result<Vec<Taken<Id>>, Short> {
    let mut open: Vec<_> = lots.iter().filter(|lot| lot.left > 0 && !lot.is_over(now)).collect();
    // `None` sorts before every expiry; the flag puts it last.
    open.sort_unstable_by_key(|lot| (lot.expires_at.is_none(), lot.expires_at, lot.id));
    let mut missing = amount;
    let mut taken = Vec::new();
    for lot in open {
        if missing == 0 {
            break;
        }
        let amount = lot.left.min(missing);
        missing -= amount;
        taken.push(Taken { id: lot.id, amount });
    }
    if missing > 0 { Err(Short { missing }) } else { Ok(taken) }
}

/// What is left in lots whose time is over, and is to be booked out.
#[must_use]
pub fn expired<Id: Copy>(lots: &[Lot<Id>], now: DateTime<Utc>) -> Vec<Taken<Id>> {
    lots.iter()
        .filter(|lot| lot.left > 0 && lot.is_over(now))
        .map(|lot| Taken { id: lot.id, amount: lot.left })
        .collect()
}

impl<Id> Lot<Id> {
    /// Whether it cannot be spent any more at an instant.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

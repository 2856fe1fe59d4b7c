//! Who is meant by the references that tills use day after day.
//!
//! Whoever was found once need not be looked for again while no reference of the merchant has been given to somebody else
//! or taken away: the database counts those changes (`merchant_revisions.people`), and a batch reads the count first of all.
//! Nothing personal is kept here: a reference is known by its hash.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use perennial_domain::ids::CustomerId;

use crate::purchase_record::CustomerKey;

/// How many references are remembered, at most twice over: about 20 MiB.
const REMEMBERED: usize = 1 << 17;

/// Who was meant by a reference when the merchant's count of changes was this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acquaintance {
    pub customer: CustomerId,
    pub revision: i64,
}

/// The memory of one process, shared by its lanes.
#[derive(Clone, Default)]
pub(crate) struct Acquaintances(Arc<Mutex<Generations>>);

/// Whoever is met while the young are many is kept; whoever is not, is forgotten with the old.
#[derive(Default)]
struct Generations {
    young: HashMap<CustomerKey, Acquaintance>,
    old: HashMap<CustomerKey, Acquaintance>,
}

impl Acquaintances {
    /// What is remembered of these, in their order.
    pub fn recall(&self, keys: impl Iterator<Item = CustomerKey>) -> Vec<Option<Acquaintance>> {
        let mut generations = self.generations();
        keys.map(|key| generations.get(key, REMEMBERED)).collect()
    }

    /// Remembers whom references mean, as the database said together with the count of changes.
    pub fn remember(&self, found: impl Iterator<Item = (CustomerKey, Acquaintance)>) {
        let mut generations = self.generations();
        for (key, acquaintance) in found {
            generations.put(key, acquaintance, REMEMBERED);
        }
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        // Whoever panicked has at most not remembered somebody.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn get(&mut self, key: CustomerKey, remembered: usize) -> Option<Acquaintance> {
        if let Some(acquaintance) = self.young.get(&key) {
            return Some(*acquaintance);
        }
        let acquaintance = *self.old.get(&key)?;
        self.put(key, acquaintance, remembered);
        Some(acquaintance)
    }

    fn put(&mut self, key: CustomerKey, acquaintance: Acquaintance, remembered: usize) {
        if self.young.len() >= remembered {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, acquaintance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> CustomerKey {
        CustomerKey::from_bytes([number; 16])
    }

    fn acquaintance(number: u8) -> Acquaintance {
        Acquaintance { customer: CustomerId::new(u64::from(number), [number; 10]), revision: 3 }
    }

    #[test]
    fn whoever_was_found_is_remembered_as_last_told() {
        let acquaintances = Acquaintances::default();
        acquaintances.remember([(key(1), acquaintance(1))].into_iter());
        assert_eq!(acquaintances.recall([key(2), key(1)].into_iter()), [None, Some(acquaintance(1))]);
        let moved = Acquaintance { revision: 4, ..acquaintance(2) };
        acquaintances.remember([(key(1), moved)].into_iter());
        assert_eq!(acquaintances.recall([key(1)].into_iter()), [Some(moved)]);
    }

    #[test]
    fn who_comes_again_is_kept_and_the_memory_does_not_grow() {
        let mut generations = Generations::default();
        for number in 0..=250 {
            generations.put(key(number), acquaintance(number), 10);
            assert!(generations.young.len() <= 10 && generations.old.len() <= 10);
            // Number 0 comes again every time.
            assert_eq!(generations.get(key(0), 10), Some(acquaintance(0)), "after {number}");
        }
        assert_eq!(generations.get(key(100), 10), None);
        assert_eq!(generations.get(key(249), 10), Some(acquaintance(249)));
    }
}

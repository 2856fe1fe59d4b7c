//! How many replays run at the same time on one server: each takes a good part of a processor.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use perennial_domain::ids::MerchantId;

use crate::error::Error;

/// Replays of one merchant at a time.
const OF_ONE: usize = 2;
/// Replays of all merchants at a time.
const OF_ALL: usize = 4;
/// When it is worth to ask again.
const AGAIN: Duration = Duration::from_secs(5);

/// Who has a replay running.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seats(Arc<Mutex<BTreeMap<MerchantId, usize>>>);

/// The place of one replay; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    merchant: MerchantId,
}

impl Seats {
    /// Takes a place.
    ///
    /// # Errors
    /// [`Error::Throttled`] when the merchant has as many as one may have, [`Error::Busy`] when all are taken.
    pub fn take(&self, merchant: MerchantId) -> Result<Seat, Error> {
        // The map holds whole numbers only: a panic of another holder cannot have left half of one.
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.get(&merchant).is_some_and(|own| *own >= OF_ONE) {
            return Err(Error::Throttled { retry_after: AGAIN });
        }
        if taken.values().sum::<usize>() >= OF_ALL {
            return Err(Error::Busy { retry_after: AGAIN });
        }
        *taken.entry(merchant).or_default() += 1;
        Ok(Seat { seats: self.clone(), merchant })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.merchant) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.remove(&self.merchant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_taken_and_free_again() {
        let seats = Seats::default();
        let [one, two, three] = [1, 2, 3].map(|seed| MerchantId::new(0, [seed; 10]));
        let first = seats.take(one).unwrap();
        let _second = seats.take(one).unwrap();
        assert!(matches!(seats.take(one), Err(Error::Throttled { .. })));
        let others = [seats.take(two).unwrap(), seats.take(two).unwrap()];
        assert!(matches!(seats.take(three), Err(Error::Busy { .. })));
        drop(first);
        let _again = seats.take(one).unwrap();
        drop(others);
        seats.take(three).unwrap();
        assert_eq!(seats.0.lock().unwrap().len(), 1, "who has none is forgotten");
    }
}

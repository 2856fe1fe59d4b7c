//! A share of the customers that stands for all.
//!
//! What an edit would do is told before it is made, at once, whatever the number of customers: of many, so many are looked
//! at by the last byte of their ids, which is random, and what is found is multiplied.

/// Customers that are looked at; of more, a sample of about so many.
const LOOKED_AT: i64 = 100_000;
/// All customers, in 256ths.
const WHOLE: i64 = 256;

/// The share of the customers that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share(i64);

impl Share {
    /// Everybody.
    pub const ALL: Self = Self(WHOLE);

    /// Of so many.
    pub fn of(customers: i64) -> Self {
        Self((LOOKED_AT.saturating_mul(WHOLE) / customers.max(1)).clamp(1, WHOLE))
    }

    /// Whether it is not everybody.
    pub fn is_sample(self) -> bool {
        self != Self::ALL
    }

    /// For a statement: last bytes of ids below this are in it.
    pub fn bytes(self) -> i32 {
        i32::try_from(self.0).unwrap_or(i32::MAX)
    }

    /// What a number that was found stands for.
    pub fn all(self, found: i64) -> i64 {
        let all = i128::from(found) * i128::from(WHOLE) / i128::from(self.0.max(1));
        i64::try_from(all).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_stands_for_all() {
        assert_eq!(Share::of(0), Share::ALL);
        assert_eq!(Share::of(LOOKED_AT), Share::ALL, "exact as long as they can be looked at");
        assert_eq!(Share::of(2 * LOOKED_AT).bytes(), 128);
        assert_eq!(Share::of(i64::MAX).bytes(), 1);
        assert_eq!([Share::ALL.all(500), Share::of(4 * LOOKED_AT).all(500)], [500, 2_000]);
        assert!(Share::of(2 * LOOKED_AT).is_sample() && !Share::ALL.is_sample());
    }
}

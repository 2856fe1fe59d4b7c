//! Keys that were valid a short while ago, in a fixed amount of memory.
//!
//! When an address fails to authenticate too often, keys that are not known here have to wait. So one till with a
//! wrong key does not stop the other tills of its shop, which share its address.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

const CELLS: usize = 1 << 14;
/// How long a key counts as known after it was valid.
const KNOWN_FOR: Duration = Duration::from_secs(600);

/// A table of fingerprints. A newer key may take the cell of an older one, which is then unknown again; that a
/// stranger's key has the fingerprint of a known one is a matter of 2^-32.
pub struct KnownKeys {
    cells: Box<[AtomicU64]>,
    seed: RandomState,
    epoch: Instant,
}

impl Default for KnownKeys {
    fn default() -> Self {
        let cells = (0..CELLS).map(|_| AtomicU64::new(0)).collect();
        Self { cells, seed: RandomState::new(), epoch: Instant::now() }
    }
}

impl KnownKeys {
    /// Remembers a key that was valid.
    pub fn remember(&self, key: &str, now: Instant) {
        let (cell, fingerprint) = self.place(key);
        // One second is added so that an empty cell is never taken for a key of the first second.
        cell.store((fingerprint << 32) | u64::from(self.seconds(now) + 1), Ordering::Relaxed);
    }

    /// Whether a key was valid in the last ten minutes.
    pub fn contains(&self, key: &str, now: Instant) -> bool {
        let (cell, fingerprint) = self.place(key);
        let stored = cell.load(Ordering::Relaxed);
        let since = stored & u64::from(u32::MAX);
        stored >> 32 == fingerprint && since > 0 && u64::from(self.seconds(now)) < since + KNOWN_FOR.as_secs()
    }

    fn place(&self, key: &str) -> (&AtomicU64, u64) {
        let hash = self.seed.hash_one(key);
        // The remainder is always below the length; the table is never empty.
        let cell = &self.cells[hash as usize % CELLS];
        (cell, hash >> 32)
    }

    fn seconds(&self, now: Instant) -> u32 {
        now.saturating_duration_since(self.epoch).as_secs().try_into().unwrap_or(u32::MAX - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_for_a_while() {
        let keys = KnownKeys::default();
        let now = Instant::now();
        assert!(!keys.contains("prn_a", now));
        keys.remember("prn_a", now);
        assert!(keys.contains("prn_a", now));
        assert!(keys.contains("prn_a", now + Duration::from_secs(599)));
        assert!(!keys.contains("prn_a", now + Duration::from_secs(602)));
        assert!(!keys.contains("prn_b", now));
    }
}

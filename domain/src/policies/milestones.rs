//! The numbers that a count passes.

/// Numbers that one purchase passes at most. A basket of a million units at `every: 1` would otherwise write a million awards;
/// what is passed beyond this is not given.
pub const MAX_PASSED: usize = 100;

/// Which numbers are passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Milestones {
    /// These: in order, each once, each at least 1.
    At(Vec<u64>),
    /// Every so many, at least 1.
    Every(u64),
}

impl Milestones {
    /// The numbers that a count passes when it goes from `before` to `after`, the lowest first; at most [`MAX_PASSED`]. A count
    /// that falls passes nothing.
    #[must_use]
    pub fn passed(&self, before: u64, after: u64) -> Vec<u64> {
        match self {
            Self::At(numbers) => {
                let passed = numbers.iter().copied().filter(|number| before < *number && *number <= after);
                passed.take(MAX_PASSED).collect()
            }
            Self::Every(step) => {
                let step = (*step).max(1);
                let first = (before / step).saturating_add(1);
                let multiples = (first..=after / step).map(|times| times.saturating_mul(step));
                multiples.take(MAX_PASSED).collect()
            }
        }
    }

    /// The next number after a count, if there is one.
    #[must_use]
    pub fn next(&self, count: u64) -> Option<u64> {
        match self {
            Self::At(numbers) => numbers.iter().copied().find(|number| *number > count),
            Self::Every(step) => {
                let step = (*step).max(1);
                (count / step).checked_add(1)?.checked_mul(step)
            }
        }
    }
}

//! When a balance goes above a number of points.

/// A change of what can be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    /// The customer's event counter.
    pub sequence: i64,
    /// How many points came, below zero when they went.
    pub amount: i64,
}

/// The events at which a balance went from at most `threshold` to more, when it was `before` and then moved like this, in the
/// order of the events. Several movements of one event are one: only where it ended counts.
///
/// It fires again only after the balance has fallen back to the threshold.
#[must_use]
pub fn crossings(threshold: i64, before: i64, movements: &[Movement]) -> Vec<i64> {
    let mut fired = Vec::new();
    let mut balance = before;
    for event in movements.chunk_by(|one, next| one.sequence == next.sequence) {
        let after = event.iter().fold(balance, |sum, movement| sum.saturating_add(movement.amount));
        if balance <= threshold && after > threshold {
            fired.extend(event.first().map(|movement| movement.sequence));
        }
        balance = after;
    }
    fired
}

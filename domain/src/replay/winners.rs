//! Those who would have gained most.

use super::Winner;

/// How many are named.
const NAMED: usize = 20;

/// The few who gain most of those who were offered; the older customer of two who gain the same.
#[derive(Debug, Default)]
pub(super) struct Winners(Vec<Winner>);

impl Winners {
    /// Takes somebody in who gains more than one of those that are named.
    pub fn offer(&mut self, winner: Winner) {
        if winner.points <= 0 {
            return;
        }
        let before = |other: &Winner| {
            (other.points, std::cmp::Reverse(other.customer_id))
                > (winner.points, std::cmp::Reverse(winner.customer_id))
        };
        let place = self.0.partition_point(before);
        if place < NAMED {
            self.0.insert(place, winner);
            self.0.truncate(NAMED);
        }
    }

    /// The one who gains most first.
    pub fn into_named(self) -> Vec<Winner> {
        self.0
    }
}

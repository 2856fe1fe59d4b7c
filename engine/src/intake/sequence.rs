//! Ids of version 7 that sort in the order in which they were given, also within a millisecond.

use rand::RngCore;

/// Gives ids for one lane. The layout is that of RFC 9562, section 6.2, method 1: a counter in the bits below the
/// time, begun anew at a random place every millisecond, and 48 random bits below it.
#[derive(Default)]
pub(super) struct IdSequence {
    millis: u64,
    counter: u32,
}

/// Bits of the counter: the 12 of `rand_a` and the first 14 of `rand_b`.
const COUNTER_BITS: u32 = 26;

impl IdSequence {
    /// The time in milliseconds and the bits after it, as the domain's ids take them.
    ///
    /// A clock that was set back is not followed: the order of arrival matters more than the time in an id.
    pub fn next(&mut self, now_millis: u64) -> (u64, [u8; 10]) {
        let mut random = [0; 10];
        rand::rng().fill_bytes(&mut random);
        if now_millis > self.millis {
            self.millis = now_millis;
            // Begun in the lower half, so that some thirty million ids fit into the millisecond.
            let [a, b, c, d, ..] = random;
            self.counter = u32::from_be_bytes([a, b, c, d]) >> (32 - COUNTER_BITS + 1);
        } else {
            self.counter += 1;
            if self.counter >> COUNTER_BITS != 0 {
                self.millis += 1;
                self.counter = 0;
            }
        }
        // Where version and variant go, four and two bits are left free.
        let [high, low] = ((self.counter >> 14) as u16).to_be_bytes();
        random[0] = high;
        random[1] = low;
        random[2] = (self.counter >> 8) as u8 & 0x3f;
        random[3] = self.counter as u8;
        (self.millis, random)
    }
}

#[cfg(test)]
mod tests {
    use perennial_domain::ids::PurchaseId;

    use super::*;

    fn id(sequence: &mut IdSequence, now: u64) -> PurchaseId {
        let (millis, random) = sequence.next(now);
        PurchaseId::new(millis, random)
    }

    #[test]
    fn ids_sort_as_they_were_given_even_when_the_clock_steps_back() {
        let mut sequence = IdSequence::default();
        let times = [5, 5, 5, 9, 9, 3, 4, 9, 10, 10];
        let ids: Vec<_> =
            times.iter().cycle().take(5_000).map(|now| id(&mut sequence, 1_700_000_000_000 + now)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| id.uuid().get_version_num() == 7));
    }

    #[test]
    fn a_full_counter_moves_on_to_the_next_millisecond() {
        let mut sequence = IdSequence { millis: 7, counter: (1 << COUNTER_BITS) - 1 };
        let before = PurchaseId::new(7, [0xff; 10]);
        let (millis, _) = sequence.next(7);
        assert_eq!(millis, 8);
        assert!(id(&mut sequence, 7) > before);
    }

    #[test]
    fn two_lanes_do_not_meet() {
        let (mut one, mut other) = (IdSequence::default(), IdSequence::default());
        assert_ne!(id(&mut one, 1), id(&mut other, 1));
    }
}

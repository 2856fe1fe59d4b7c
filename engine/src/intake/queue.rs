//! Who comes next: a bounded queue that is fair between merchants.
//!
//! Every merchant has a queue of its own, first in, first out. A batch is filled by deficit round robin: each
//! merchant in turn may take a quantum of lines, and what it could not use because its next basket is larger
//! stays with it for its next turn. A merchant that floods the lane thereby slows nobody but itself.
//!
//! This is a plain data structure: no clock, no lock, no database.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Instant;

use super::limits::Limits;

/// Lines that one merchant may take in one turn: a handful of ordinary baskets.
const QUANTUM: usize = 16;

/// What an element costs those that wait behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Lines of the basket, at least one.
    pub lines: usize,
    /// Bytes that the element holds in memory.
    pub bytes: usize,
}

/// Something that waits for its merchant's turn.
pub(super) trait Queued {
    type Merchant: Copy + Eq + Hash;

    fn merchant(&self) -> Self::Merchant;
    fn cost(&self) -> Cost;
    /// The instant after which nobody waits for the element any more.
    fn deadline(&self) -> Instant;
}

pub(super) struct FairQueue<T: Queued> {
    limits: Limits,
    merchants: HashMap<T::Merchant, MerchantQueue<T>>,
    /// Merchants with something waiting, in the order of their turns.
    ring: VecDeque<T::Merchant>,
    /// True while the merchant at the front already has the quantum of its turn.
    turn_begun: bool,
    purchases: usize,
    bytes: usize,
}

struct MerchantQueue<T> {
    waiting: VecDeque<T>,
    /// Lines that the merchant may still take in its turn.
    deficit: usize,
    bytes: usize,
}

impl<T: Queued> FairQueue<T> {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            merchants: HashMap::new(),
            ring: VecDeque::new(),
            turn_begun: false,
            purchases: 0,
            bytes: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.purchases
    }

    pub fn is_empty(&self) -> bool {
        self.purchases == 0
    }

    /// Queues the element, or gives it back when the lane has no room for its merchant.
    pub fn push(&mut self, element: T) -> Result<(), T> {
        let merchant = element.merchant();
        let cost = element.cost();
        if !self.admits(merchant, cost) {
            return Err(element);
        }
        let queue = self.merchants.entry(merchant).or_insert_with(|| {
            self.ring.push_back(merchant);
            MerchantQueue { waiting: VecDeque::new(), deficit: 0, bytes: 0 }
        });
        queue.waiting.push_back(element);
        queue.bytes += cost.bytes;
        self.purchases += 1;
        self.bytes += cost.bytes;
        Ok(())
    }

    /// Below the bounds everybody is admitted. Above them, up to twice as much, only merchants that hold less
    /// than their fair share: a flood of one never keeps the others out.
    fn admits(&self, merchant: T::Merchant, cost: Cost) -> bool {
        let Limits { queue_purchases, queue_bytes, .. } = self.limits;
        let bytes = self.bytes + cost.bytes;
        if self.purchases < queue_purchases && bytes <= queue_bytes {
            return true;
        }
        let (held, held_bytes) =
            self.merchants.get(&merchant).map_or((0, 0), |queue| (queue.waiting.len(), queue.bytes));
        let sharers = self.ring.len() + usize::from(held == 0);
        self.purchases < 2 * queue_purchases
            && bytes <= 2 * queue_bytes
            && held < queue_purchases / sharers
            && held_bytes + cost.bytes <= queue_bytes / sharers
    }

    /// Takes the next batch: what waits, in the order of turns, within the bounds of a batch.
    /// Never empty while something waits: a basket above the bounds comes alone.
    pub fn take(&mut self) -> Vec<T> {
        let mut batch = Vec::with_capacity(self.purchases.min(self.limits.batch_purchases));
        let mut taken = Cost::default();
        while let Some(&merchant) = self.ring.front() {
            let Some(queue) = self.merchants.get_mut(&merchant) else {
                self.ring.pop_front();
                continue;
            };
            if !self.turn_begun {
                queue.deficit += QUANTUM;
                self.turn_begun = true;
            }
            while let Some(head) = queue.waiting.front() {
                let cost = head.cost();
                if !batch.is_empty() && !fits(&self.limits, batch.len(), taken, cost) {
                    // The batch is full; the merchant goes on with its turn in the next one.
                    return batch;
                }
                if cost.lines > queue.deficit {
                    break;
                }
                if let Some(element) = queue.waiting.pop_front() {
                    queue.deficit -= cost.lines;
                    queue.bytes -= cost.bytes;
                    self.purchases -= 1;
                    self.bytes -= cost.bytes;
                    taken.lines += cost.lines;
                    taken.bytes += cost.bytes;
                    batch.push(element);
                }
            }
            let emptied = queue.waiting.is_empty();
            self.end_turn(merchant, emptied);
        }
        batch
    }

    fn end_turn(&mut self, merchant: T::Merchant, emptied: bool) {
        self.turn_begun = false;
        self.ring.pop_front();
        if emptied {
            self.merchants.remove(&merchant);
        } else {
            self.ring.push_back(merchant);
        }
    }

    /// Removes what is past its deadline.
    pub fn shed(&mut self, now: Instant) -> Vec<T> {
        let mut late = Vec::new();
        for queue in self.merchants.values_mut() {
            if !queue.waiting.iter().any(|element| element.deadline() <= now) {
                continue;
            }
            for element in std::mem::take(&mut queue.waiting) {
                if element.deadline() <= now {
                    queue.bytes -= element.cost().bytes;
                    late.push(element);
                } else {
                    queue.waiting.push_back(element);
                }
            }
        }
        self.purchases -= late.len();
        self.bytes -= late.iter().map(|element| element.cost().bytes).sum::<usize>();
        self.forget_idle_merchants();
        late
    }

    /// Removes everything.
    pub fn clear(&mut self) -> Vec<T> {
        let all = self.merchants.drain().flat_map(|(_, queue)| queue.waiting).collect();
        self.ring.clear();
        self.turn_begun = false;
        self.purchases = 0;
        self.bytes = 0;
        all
    }

    fn forget_idle_merchants(&mut self) {
        let front = self.ring.front().copied();
        self.merchants.retain(|_, queue| !queue.waiting.is_empty());
        self.ring.retain(|merchant| self.merchants.contains_key(merchant));
        if self.ring.front().copied() != front {
            self.turn_begun = false;
        }
    }
}

fn fits(limits: &Limits, purchases: usize, taken: Cost, next: Cost) -> bool {
    purchases < limits.batch_purchases
        && taken.lines + next.lines <= limits.batch_lines
        && taken.bytes + next.bytes <= limits.batch_bytes
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Basket {
        merchant: u8,
        number: usize,
        lines: usize,
        bytes: usize,
        deadline: Instant,
    }

    impl Queued for Basket {
        type Merchant = u8;

        fn merchant(&self) -> u8 {
            self.merchant
        }
        fn cost(&self) -> Cost {
            Cost { lines: self.lines, bytes: self.bytes }
        }
        fn deadline(&self) -> Instant {
            self.deadline
        }
    }

    fn basket(merchant: u8, number: usize, lines: usize) -> Basket {
        Basket { merchant, number, lines, bytes: 100, deadline: Instant::now() + Duration::from_secs(60) }
    }

    fn limits() -> Limits {
        Limits { batch_purchases: 100, batch_lines: 1_000, queue_purchases: 400, ..Limits::default() }
    }

    fn of(batch: &[Basket], merchant: u8) -> usize {
        batch.iter().filter(|basket| basket.merchant == merchant).count()
    }

    #[test]
    fn one_merchant_alone_fills_a_batch_in_order() {
        let mut queue = FairQueue::new(limits());
        for number in 0..150 {
            queue.push(basket(1, number, 3)).unwrap();
        }
        let batch = queue.take();
        assert_eq!(batch.len(), 100);
        assert!(batch.iter().enumerate().all(|(index, basket)| basket.number == index));
        assert_eq!(queue.take().len(), 50);
        assert!(queue.is_empty() && queue.take().is_empty());
    }

    #[test]
    fn a_flood_gets_no_more_than_half_of_a_batch_while_another_waits() {
        let mut queue = FairQueue::new(limits());
        for number in 0..300 {
            queue.push(basket(1, number, 2)).unwrap();
        }
        for number in 0..80 {
            queue.push(basket(2, number, 2)).unwrap();
        }
        let batch = queue.take();
        assert_eq!(batch.len(), 100);
        assert!(of(&batch, 1) <= 52 && of(&batch, 2) >= 48, "shares {} and {}", of(&batch, 1), of(&batch, 2));
    }

    #[test]
    fn a_small_merchant_rides_in_the_very_next_batch() {
        let mut queue = FairQueue::new(limits());
        for number in 0..300 {
            queue.push(basket(1, number, 1)).unwrap();
        }
        queue.push(basket(2, 0, 1)).unwrap();
        assert_eq!(of(&queue.take(), 2), 1);
    }

    #[test]
    fn a_basket_above_every_bound_comes_alone_and_keeps_its_place() {
        let mut queue = FairQueue::new(limits());
        queue.push(basket(1, 0, 1)).unwrap();
        queue.push(basket(1, 1, 10_000)).unwrap();
        queue.push(basket(1, 2, 1)).unwrap();
        let numbers = |batch: Vec<Basket>| batch.iter().map(|basket| basket.number).collect::<Vec<_>>();
        assert_eq!(numbers(queue.take()), [0]);
        assert_eq!(numbers(queue.take()), [1]);
        assert_eq!(numbers(queue.take()), [2]);
    }

    #[test]
    fn huge_baskets_get_their_share_of_lines_and_never_starve() {
        let mut queue = FairQueue::new(limits());
        queue.push(basket(2, 0, 600)).unwrap();
        let mut batches = 0;
        loop {
            for number in 0..100 {
                let _ = queue.push(basket(1, number, 1));
            }
            batches += 1;
            if of(&queue.take(), 2) == 1 {
                break;
            }
            assert!(batches < 20, "starved");
        }
    }

    #[test]
    fn a_full_lane_still_admits_a_merchant_below_its_share() {
        let mut queue = FairQueue::new(limits());
        let mut admitted = 0;
        while queue.push(basket(1, admitted, 1)).is_ok() {
            admitted += 1;
        }
        assert_eq!(admitted, 400);
        let mut other = 0;
        while queue.push(basket(2, other, 1)).is_ok() {
            other += 1;
        }
        assert_eq!(other, 200, "half of the lane, shared by two");
        assert!(queue.push(basket(1, 0, 1)).is_err());
    }

    #[test]
    fn bytes_bound_the_lane_and_the_batch() {
        let mut queue = FairQueue::new(Limits { batch_bytes: 1_000, queue_bytes: 5_000, ..limits() });
        let mut admitted = 0;
        while queue.push(basket(1, admitted, 1)).is_ok() {
            admitted += 1;
        }
        assert_eq!(admitted, 50);
        assert_eq!(queue.take().len(), 10);
    }

    #[test]
    fn late_baskets_are_shed_and_nothing_else() {
        let mut queue = FairQueue::new(limits());
        let now = Instant::now();
        for number in 0..10 {
            let deadline = now + Duration::from_millis(if number % 2 == 0 { 10 } else { 1_000 });
            queue.push(Basket { deadline, ..basket((number % 3) as u8, number, 1) }).unwrap();
        }
        let late = queue.shed(now + Duration::from_millis(10));
        assert_eq!(late.len(), 5);
        assert!(late.iter().all(|basket| basket.number % 2 == 0));
        assert_eq!(queue.len(), 5);
        assert_eq!(queue.take().len(), 5);
        assert!(queue.shed(now + Duration::from_secs(99)).is_empty());
    }

    #[test]
    fn what_goes_in_comes_out_exactly_once() {
        let mut queue = FairQueue::new(Limits { queue_purchases: 5_000, ..limits() });
        let mut seed = 1_u64;
        let mut pushed = 0;
        let mut seen = std::collections::HashSet::new();
        while pushed < 3_000 || !queue.is_empty() {
            for _ in 0..37 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if pushed < 3_000 {
                    let lines = 1 + (seed >> 33) as usize % 40;
                    queue.push(basket((seed >> 20) as u8 % 7, pushed, lines)).unwrap();
                    pushed += 1;
                }
            }
            for basket in queue.take() {
                assert!(seen.insert(basket.number), "twice");
            }
        }
        assert_eq!(seen.len(), 3_000);
        assert_eq!((queue.purchases, queue.bytes, queue.ring.len(), queue.merchants.len()), (0, 0, 0, 0));
    }
}

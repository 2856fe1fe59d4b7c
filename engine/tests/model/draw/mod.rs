//! What may happen to a loyalty program, drawn at random from a seed.

mod desk;
mod setup;
mod till;

pub use till::retailer_of;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use crate::plain::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// How a merchant begins, and what happens then.
pub fn sequence(seed: u64, steps: usize) -> (Setup, Vec<Step>) {
    let mut draw = Draw {
        random: StdRng::seed_from_u64(seed),
        purchases: Vec::new(),
        returns: Vec::new(),
        redemptions: 0,
        tiers: 0,
    };
    let setup = draw.setup();
    draw.tiers = setup.tiers.len();
    let mut list = Vec::new();
    while list.len() < steps {
        let step = draw.step(&setup);
        list.extend(step);
    }
    (setup, list)
}

struct Draw {
    random: StdRng,
    purchases: Vec<Purchase>,
    returns: Vec<Step>,
    redemptions: u32,
    /// How many tiers there ever were.
    tiers: usize,
}

impl Draw {
    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn maybe<T>(&mut self, percent: u32, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.chance(percent) { Some(value(self)) } else { None }
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of.choose(&mut self.random).unwrap().clone()
    }

    fn below(&mut self, count: usize) -> usize {
        self.random.random_range(0..count)
    }

    fn number(&mut self, from: i64, to: i64) -> i64 {
        self.random.random_range(from..=to)
    }

    fn step(&mut self, setup: &Setup) -> Option<Step> {
        Some(match self.number(0, 119) {
            0..=30 => Step::Buy(self.purchase(setup)),
            31..=34 => self.quoted(setup),
            35..=41 => self.redemption(),
            42 => Step::UseVoucher(self.redemption_number()?),
            43..=45 => Step::Again(self.known()?.number),
            46..=48 => self.conflict()?,
            49..=65 => self.giving_back()?,
            66..=69 => self.claim()?,
            70..=76 => self.adjustment(),
            77..=79 => Step::Promotion { promotion: self.below(3), terms: self.terms() },
            80 => Step::Pause { promotion: self.below(3) },
            81 | 82 => Step::Offer { offer: 0, terms: self.offer() },
            83 if self.chance(30) => Step::Archive { offer: 0 },
            83 if self.chance(20) => Step::CarryOver(self.chance(70)),
            83 | 84 => self.policy(),
            85..=88 => self.ladder(),
            89 | 90 if setup.friends.is_some() => {
                Step::Review { friend: self.below(CUSTOMERS), counts: self.chance(60) }
            }
            89..=107 => self.pass(),
            108..=112 => Step::Jobs,
            _ => Step::Settle,
        })
    }
}

//! What may happen to a loyalty program, drawn at random from a seed.
//!
//! A step names what it is about by the number of a transaction and not by its place in the list: a list from which steps
//! were left out still makes sense.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rust_decimal::Decimal;

use crate::plain::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

#[derive(Debug, Clone)]
pub enum Step {
    Buy(Purchase),
    /// The till sends a purchase once more.
    Again(u32),
    /// Another purchase under a number that may be used.
    Conflict(Purchase),
    Return {
        number: u32,
        name: u8,
        what: Returning,
    },
    Claim {
        number: u32,
        customer: usize,
    },
    Adjust {
        customer: usize,
        points: i64,
        expires_in: Option<u64>,
    },
    /// The number names the redemption; it is held for some seconds, or taken at once.
    Redeem {
        number: u32,
        customer: usize,
        reward: usize,
        hold: Option<u32>,
    },
    Capture(u32),
    Cancel(u32),
    /// Another threshold and multiplier of a tier, not of the lowest.
    Tier {
        tier: usize,
        terms: Tier,
    },
    Promotion {
        promotion: usize,
        terms: Terms,
    },
    /// Pauses a promotion, or lets it go on.
    Pause {
        promotion: usize,
    },
    Offer {
        offer: usize,
        terms: OfferTerms,
    },
    Archive {
        offer: usize,
    },
    Policy(ReturnPolicy, u64),
    Pass {
        seconds: i64,
    },
    /// What time alone causes.
    Jobs,
    /// The same, and everything that waits in queues.
    Settle,
}

/// How a merchant begins, and what happens then.
pub fn sequence(seed: u64, steps: usize) -> (Setup, Vec<Step>) {
    let mut draw = Draw {
        random: StdRng::seed_from_u64(seed),
        purchases: Vec::new(),
        returns: Vec::new(),
        next: 0,
        redemptions: 0,
    };
    let setup = draw.setup();
    let mut list = Vec::new();
    while list.len() < steps {
        let step = draw.step();
        list.extend(step);
    }
    (setup, list)
}

struct Draw {
    random: StdRng,
    purchases: Vec<Purchase>,
    returns: Vec<Step>,
    next: u32,
    redemptions: u32,
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

    fn number(&mut self, from: i64, to: i64) -> i64 {
        self.random.random_range(from..=to)
    }

    fn setup(&mut self) -> Setup {
        let months = self.random.random_range(1..=3);
        let expiry = match self.number(0, 9) {
            0 => Expiry::Never,
            1..=3 => Expiry::AfterMonths { months, month_end: false },
            4 | 5 => Expiry::AfterMonths { months, month_end: true },
            6 | 7 => Expiry::Calendar(vec![(11, 7), (11, 30), (12, 31), (1, 15), (3, 14)]),
            _ => Expiry::Inactivity(1),
        };
        let rounding = self.one(&[
            Rounding::Floor,
            Rounding::Floor,
            Rounding::HalfUp,
            Rounding::HalfEven,
            Rounding::Ceil,
        ]);
        let base = Terms { effect: Effect::Rate(Decimal::from(self.number(1, 12))), ..plain_terms() };
        let mut promotions = vec![base];
        let others = self.number(2, 5);
        promotions.extend((0..others).map(|_| self.terms()));
        let count = self.number(1, 3);
        let offers = (0..count).map(|_| self.offer()).collect();
        let tiers = vec![Tier { threshold: 0, multiplier: Decimal::ONE }, self.tier(1), self.tier(2)];
        let rewards = (0..2)
            .map(|_| Reward {
                cost: self.number(1, 120),
                stock: self.maybe(60, |draw| draw.number(0, 5)),
                per_customer: self.maybe(40, |draw| draw.number(1, 2)),
            })
            .collect();
        Setup { expiry, rounding, best_offer_only: self.chance(30), promotions, offers, rewards, tiers }
    }

    fn terms(&mut self) -> Terms {
        let effect = match self.number(0, 5) {
            0..=2 => Effect::Rate(Decimal::new(self.number(5, 1_500), 2)),
            3 => Effect::Multiplier(Decimal::new(self.number(5, 30), 1)),
            _ => Effect::Flat(self.number(1, 60)),
        };
        let things = ["TEA", "CAKE", "category:drinks", "category:bakery"];
        let (group, mode) = match self.number(0, 9) {
            0..=4 => ("default", Mode::Add),
            5..=8 => ("season", Mode::Best),
            _ => ("season", Mode::Exclusive),
        };
        let period = self.one(&[Period::Day, Period::Month, Period::Ever]);
        Terms {
            effect,
            include: self.maybe(30, |draw| vec![draw.one(&things)]).unwrap_or_default(),
            exclude: self.maybe(20, |draw| vec![draw.one(&things)]).unwrap_or_default(),
            retailers: self.maybe(20, |draw| vec![draw.one(&RETAILERS)]).unwrap_or_default(),
            tiers: self.maybe(12, |draw| vec![draw.random.random_range(0..3)]).unwrap_or_default(),
            first_purchase_only: self.chance(10),
            minimum_amount: self.maybe(20, |draw| draw.number(1, 3_000)),
            per_purchase: self.maybe(25, |draw| draw.number(1, 200)),
            per_customer: self.maybe(30, |draw| (draw.number(1, 300), period)),
            budget: self.maybe(30, |draw| (draw.number(10, 600), draw.chance(50))),
            group,
            mode,
            priority: i32::try_from(self.number(-1, 1)).unwrap(),
            pending_days: self.maybe(25, |draw| draw.number(0, 10).unsigned_abs()),
        }
    }

    fn offer(&mut self) -> OfferTerms {
        OfferTerms {
            percentage: Decimal::new(self.number(1, 400), 3),
            products: self
                .maybe(40, |draw| vec![draw.one(&["TEA", "BREAD", "category:drinks"])])
                .unwrap_or_default(),
            active: self.chance(85),
            per_purchase: self.maybe(30, |draw| draw.number(1, 300)),
            per_month: self.maybe(30, |draw| draw.number(1, 900)),
            pending_days: self.maybe(40, |draw| draw.number(1, 10).unsigned_abs()).unwrap_or(0),
            valid_days: self.maybe(60, |draw| draw.number(1, 40).unsigned_abs()),
        }
    }

    /// Thresholds keep the order of the tiers.
    fn tier(&mut self, tier: usize) -> Tier {
        let threshold = if tier == 1 { self.number(20, 250) } else { self.number(251, 900) };
        Tier { threshold, multiplier: Decimal::new(self.number(50, 250), 2) }
    }

    fn step(&mut self) -> Option<Step> {
        Some(match self.number(0, 99) {
            0..=27 => Step::Buy(self.purchase()),
            28..=33 => self.redemption(),
            34..=36 => Step::Again(self.known()?.number),
            37..=39 => self.conflict()?,
            40..=54 => self.giving_back()?,
            55..=58 => self.claim()?,
            59..=65 => self.adjustment(),
            66..=68 => Step::Promotion { promotion: self.random.random_range(0..3), terms: self.terms() },
            69 => Step::Pause { promotion: self.random.random_range(0..3) },
            70 => Step::Offer { offer: 0, terms: self.offer() },
            71 if self.chance(30) => Step::Archive { offer: 0 },
            71 | 72 => self.policy(),
            73 => {
                let tier = self.random.random_range(1..3);
                Step::Tier { tier, terms: self.tier(tier) }
            }
            74..=88 => self.pass(),
            89..=93 => Step::Jobs,
            _ => Step::Settle,
        })
    }

    fn purchase(&mut self) -> Purchase {
        self.next += 1;
        let count = self.one(&[1, 1, 1, 2, 3]);
        let lines = (0..count).map(|_| self.line()).collect();
        let ago = self.maybe(25, |draw| match draw.number(0, 9) {
            0 => draw.number(7 * DAY + 1, 9 * DAY),
            1..=4 => draw.number(0, 2 * HOUR),
            _ => draw.number(0, 6 * DAY),
        });
        let purchase = Purchase {
            number: self.next,
            retailer: retailer_of(self.next),
            customer: self.maybe(85, |draw| draw.random.random_range(0..CUSTOMERS)),
            lines,
            ago,
        };
        self.purchases.push(purchase.clone());
        purchase
    }

    fn line(&mut self) -> Line {
        let products =
            [None, Some("TEA"), Some("COFFEE"), Some("BREAD"), Some("CAKE"), Some(UNKNOWN_PRODUCT)];
        let quantity = self.one(&[0, 1, 1, 2, 3, 7]);
        let amount = self.one(&[0, 1, 99, 100, 333, 1_000, 1_999, 4_205]) + self.number(0, 50);
        let discount = self.maybe(20, |draw| draw.number(0, amount)).unwrap_or(0);
        Line { product: self.one(&products), quantity, amount, discount }
    }

    /// One that may have been sent, the younger the likelier.
    fn known(&mut self) -> Option<Purchase> {
        let count = self.purchases.len();
        let back = if self.chance(70) { count.min(5) } else { count };
        (back > 0).then(|| self.purchases[count - 1 - self.random.random_range(0..back)].clone())
    }

    fn conflict(&mut self) -> Option<Step> {
        let mut other = self.known()?;
        if self.chance(60) {
            other.lines[0].amount += self.number(1, 9);
        } else {
            let customers: Vec<usize> =
                (0..CUSTOMERS).filter(|other_one| Some(*other_one) != other.customer).collect();
            other.customer = Some(self.one(&customers));
        }
        Some(Step::Conflict(other))
    }

    fn giving_back(&mut self) -> Option<Step> {
        if !self.returns.is_empty() && self.chance(15) {
            let returns = self.returns.clone();
            return Some(self.one(&returns));
        }
        let name = u8::try_from(self.number(0, 6)).unwrap();
        let step = if self.chance(8) {
            // Before its purchase, which may come later.
            let number = self.next + u32::try_from(self.number(1, 2)).unwrap();
            let what = if self.chance(50) {
                Returning::Everything
            } else {
                Returning::Amount(self.number(1, 2_000))
            };
            Step::Return { number, name, what }
        } else {
            let purchase = self.known()?;
            Step::Return { number: purchase.number, name, what: self.returning(&purchase) }
        };
        self.returns.push(step.clone());
        Some(step)
    }

    fn returning(&mut self, purchase: &Purchase) -> Returning {
        let due: i64 = purchase.lines.iter().map(Line::due).sum();
        match self.number(0, 9) {
            0..=2 => Returning::Everything,
            3..=5 => Returning::Amount(self.number(1, due.max(1) * 11 / 10 + 1)),
            _ => {
                let count = purchase.lines.len();
                let first = self.random.random_range(0..count);
                let mut lines = vec![first];
                if count > 1 && self.chance(40) {
                    lines.push((first + 1) % count);
                }
                let part = |(draw, line): (&mut Self, usize)| {
                    let due = purchase.lines[line].due();
                    let part = match draw.number(0, 3) {
                        0 => Part::Whole,
                        1 => Part::Amount(draw.number(1, due.max(1))),
                        _ => Part::Units(draw.number(1, 3).unsigned_abs()),
                    };
                    (line, part)
                };
                Returning::Lines(lines.into_iter().map(|line| part((self, line))).collect())
            }
        }
    }

    fn claim(&mut self) -> Option<Step> {
        let nobodys: Vec<u32> = self
            .purchases
            .iter()
            .filter(|purchase| purchase.customer.is_none())
            .map(|purchase| purchase.number)
            .collect();
        if nobodys.is_empty() {
            return None;
        }
        Some(Step::Claim { number: self.one(&nobodys), customer: self.random.random_range(0..CUSTOMERS) })
    }

    fn redemption(&mut self) -> Step {
        let known = self.redemptions.min(4);
        if known > 0 && self.chance(55) {
            let number = self.redemptions - self.random.random_range(0..known);
            return if self.chance(50) { Step::Capture(number) } else { Step::Cancel(number) };
        }
        self.redemptions += 1;
        Step::Redeem {
            number: self.redemptions,
            customer: self.random.random_range(0..KNOWN_CUSTOMERS),
            reward: self.random.random_range(0..2),
            hold: self.maybe(60, |draw| u32::try_from(draw.number(1, 2 * DAY)).unwrap()),
        }
    }

    fn adjustment(&mut self) -> Step {
        let customer = self.random.random_range(0..CUSTOMERS);
        if self.chance(60) {
            // What a customer has is spent, so that returns find nothing.
            return Step::Adjust { customer, points: -self.number(1, 250), expires_in: None };
        }
        let expires_in = self.maybe(50, |draw| draw.number(0, 30).unsigned_abs());
        Step::Adjust { customer, points: self.number(1, 200), expires_in }
    }

    fn policy(&mut self) -> Step {
        match self.number(0, 2) {
            0 => Step::Policy(ReturnPolicy::AllowNegative, self.number(0, 1).unsigned_abs() * 5),
            1 => Step::Policy(ReturnPolicy::FloorZero, 0),
            _ => Step::Policy(ReturnPolicy::Window, self.number(1, 14).unsigned_abs()),
        }
    }

    fn pass(&mut self) -> Step {
        let seconds = match self.number(0, 9) {
            0..=3 => self.number(1, 20 * HOUR),
            4..=6 => self.number(HOUR, 4 * DAY),
            7 | 8 => self.number(4 * DAY, 16 * DAY),
            _ => self.number(16 * DAY, 60 * DAY),
        };
        Step::Pass { seconds }
    }
}

/// Every number belongs to one retailer, so that a return finds the till of its purchase before it comes.
pub fn retailer_of(number: u32) -> usize {
    usize::try_from(number).unwrap() % RETAILERS.len()
}

fn plain_terms() -> Terms {
    Terms {
        effect: Effect::Flat(1),
        include: Vec::new(),
        exclude: Vec::new(),
        retailers: Vec::new(),
        tiers: Vec::new(),
        first_purchase_only: false,
        minimum_amount: None,
        per_purchase: None,
        per_customer: None,
        budget: None,
        group: "default",
        mode: Mode::Add,
        priority: 0,
        pending_days: None,
    }
}

//! What tills send: purchases, once more and otherwise, and returns.

use super::{DAY, Draw, HOUR};
use crate::plain::*;

impl Draw {
    pub fn purchase(&mut self, setup: &Setup) -> Purchase {
        let number = u32::try_from(self.purchases.len()).unwrap() + 1;
        let count = self.one(&[1, 1, 1, 2, 3]);
        let lines = (0..count).map(|_| self.line()).collect();
        let ago = self.maybe(25, |draw| match draw.number(0, 9) {
            0 => draw.number(7 * DAY + 1, 9 * DAY),
            1..=4 => draw.number(0, 2 * HOUR),
            _ => draw.number(0, 6 * DAY),
        });
        let has_code = if setup.friends.is_some() { 60 } else { 2 };
        let purchase =
            Purchase {
                number,
                retailer: retailer_of(number),
                customer: self.maybe(85, |draw| draw.below(CUSTOMERS)),
                lines,
                ago,
                tender: if self.chance(25) { self.tender() } else { Tender::default() },
                code: self.maybe(has_code, |draw| {
                    if draw.chance(92) { draw.below(KNOWN_CUSTOMERS) } else { NOBODY }
                }),
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

    fn tender(&mut self) -> Tender {
        let mut vouchers = Vec::new();
        for _ in 0..2 {
            let number = self.maybe(50, Self::redemption_number).flatten();
            vouchers.extend(number.filter(|number| !vouchers.contains(number)));
        }
        Tender {
            points: self.maybe(50, |draw| draw.number(1, 60)).unwrap_or(0),
            cashback: self.maybe(40, |draw| draw.number(1, 200)).unwrap_or(0),
            vouchers,
        }
    }

    /// What a till asks about before it sells, it sells for money.
    pub fn quoted(&mut self, setup: &Setup) -> Step {
        let mut purchase = self.purchase(setup);
        (purchase.ago, purchase.tender) = (None, Tender::default());
        // What is sent again has the discount, which nobody knows here.
        self.purchases.last_mut().unwrap().clone_from(&purchase);
        Step::Quoted(purchase)
    }

    /// One that may have been sent, the younger the likelier.
    pub fn known(&mut self) -> Option<Purchase> {
        let count = self.purchases.len();
        let back = if self.chance(70) { count.min(5) } else { count };
        if back == 0 {
            return None;
        }
        let place = count - 1 - self.below(back);
        Some(self.purchases[place].clone())
    }

    pub fn conflict(&mut self) -> Option<Step> {
        let mut other = self.known()?;
        match self.number(0, 9) {
            0..=4 => other.lines[0].amount += self.number(1, 9),
            5 => other.tender.points += 1,
            6 => other.code = if other.code == Some(0) { None } else { Some(0) },
            _ => {
                let customers: Vec<usize> =
                    (0..CUSTOMERS).filter(|other_one| Some(*other_one) != other.customer).collect();
                other.customer = Some(self.one(&customers));
            }
        }
        Some(Step::Conflict(other))
    }

    pub fn giving_back(&mut self) -> Option<Step> {
        if !self.returns.is_empty() && self.chance(15) {
            let returns = self.returns.clone();
            return Some(self.one(&returns));
        }
        let name = u8::try_from(self.number(0, 6)).unwrap();
        let step = if self.chance(8) {
            // Before its purchase, which may come later.
            let next = u32::try_from(self.purchases.len()).unwrap() + 1;
            let number = next + u32::try_from(self.number(0, 1)).unwrap();
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
                let first = self.below(count);
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
}

/// Every number belongs to one retailer, so that a return finds the till of its purchase before it comes.
pub fn retailer_of(number: u32) -> usize {
    usize::try_from(number).unwrap() % RETAILERS.len()
}

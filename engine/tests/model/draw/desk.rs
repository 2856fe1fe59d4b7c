//! What customers and staff do away from the till, and the passing of time.

use super::{DAY, Draw, HOUR};
use crate::plain::*;

impl Draw {
    pub fn claim(&mut self) -> Option<Step> {
        let nobodys: Vec<u32> = self
            .purchases
            .iter()
            .filter(|purchase| purchase.customer.is_none())
            .map(|purchase| purchase.number)
            .collect();
        if nobodys.is_empty() {
            return None;
        }
        Some(Step::Claim { number: self.one(&nobodys), customer: self.below(CUSTOMERS) })
    }

    /// One that may have been made.
    pub fn redemption_number(&mut self) -> Option<u32> {
        let known = self.redemptions.min(6);
        (known > 0).then(|| self.redemptions - u32::try_from(self.number(0, i64::from(known) - 1)).unwrap())
    }

    pub fn redemption(&mut self) -> Step {
        if self.chance(50)
            && let Some(number) = self.redemption_number()
        {
            return if self.chance(55) { Step::Capture(number) } else { Step::Cancel(number) };
        }
        self.redemptions += 1;
        Step::Redeem {
            number: self.redemptions,
            customer: self.below(KNOWN_CUSTOMERS),
            reward: self.below(4),
            hold: self.maybe(40, |draw| u32::try_from(draw.number(1, 2 * DAY)).unwrap()),
        }
    }

    pub fn adjustment(&mut self) -> Step {
        let customer = self.below(CUSTOMERS);
        if self.chance(50) {
            // What a customer has is spent, so that returns find nothing.
            return Step::Adjust { customer, points: -self.number(1, 250), expires_in: None };
        }
        let expires_in = self.maybe(50, |draw| draw.number(0, 30).unsigned_abs());
        Step::Adjust { customer, points: self.number(1, 200), expires_in }
    }

    pub fn ladder(&mut self) -> Step {
        match self.number(0, 9) {
            0..=2 if self.tiers < 8 => {
                self.tiers += 1;
                let is_first = self.chance(15);
                let tier = self.tier();
                let threshold = if is_first { 0 } else { tier.threshold };
                Step::NewTier { tier: self.tiers - 1, terms: Tier { threshold, ..tier } }
            }
            3..=5 => Step::DropTier(self.below(self.tiers)),
            _ => Step::Tier { tier: self.below(self.tiers), terms: self.tier() },
        }
    }

    pub fn policy(&mut self) -> Step {
        match self.number(0, 2) {
            0 => Step::Policy(ReturnPolicy::AllowNegative, self.number(0, 1).unsigned_abs() * 5),
            1 => Step::Policy(ReturnPolicy::FloorZero, 0),
            _ => Step::Policy(ReturnPolicy::Window, self.number(1, 14).unsigned_abs()),
        }
    }

    pub fn pass(&mut self) -> Step {
        let seconds = match self.number(0, 9) {
            0..=3 => self.number(1, 20 * HOUR),
            4..=6 => self.number(HOUR, 4 * DAY),
            7 | 8 => self.number(4 * DAY, 16 * DAY),
            _ => self.number(16 * DAY, 60 * DAY),
        };
        Step::Pass { seconds }
    }
}

//! Tiers by points ever earned, by SPEC §4 "Tiers": up at once, never down but by an edit of the ladder.

use crate::model::Model;
use crate::plain::{Answer, CUSTOMERS, Tier};

impl Model {
    /// What was earned and taken back is counted, and whoever has reached a higher tier is there.
    pub fn rise(&mut self) {
        for account in &mut self.accounts {
            account.progress = 0;
        }
        for stored in self.purchases.values() {
            if let Some(credit) = &stored.credit {
                self.accounts[credit.customer].progress += credit.earned.total() - stored.progress.points();
            }
        }
        for customer in 0..CUSTOMERS {
            let reached = self.reached(customer);
            if reached > self.accounts[customer].tier {
                self.move_to(customer, reached);
            }
        }
    }

    /// Whoever has reached the new threshold rises; whoever had reached the old one and not the new one falls to where
    /// the points lead. Who is there without having reached the old one is not concerned.
    pub fn edit_tier(&mut self, tier: usize, terms: &Tier) -> Answer {
        let before = std::mem::replace(&mut self.setup.tiers[tier], terms.clone()).threshold;
        for customer in 0..CUSTOMERS {
            let (reached, account) = (self.reached(customer), &self.accounts[customer]);
            let lost = account.tier == tier && (before..terms.threshold).contains(&account.progress);
            if reached > account.tier || lost {
                self.move_to(customer, reached);
            }
        }
        Answer::Done
    }

    fn reached(&self, customer: usize) -> usize {
        let progress = self.accounts[customer].progress;
        self.setup.tiers.iter().rposition(|tier| tier.threshold <= progress).unwrap_or(0)
    }

    fn move_to(&mut self, customer: usize, tier: usize) {
        let account = &mut self.accounts[customer];
        account.tier = tier;
        account.moves += 1;
    }
}

//! Everything that must be stored now.

use super::Model;
use super::account::Account;
use super::rules::Use;
use crate::plain::*;

impl Model {
    pub fn books(&self) -> Books {
        let used = |(key, points): (&Use, &i64)| (key.0, key.1, key.2, key.3, *points);
        let budgets = self.budgets.iter().filter(|(_, used)| **used != 0);
        let months = self.wallets.uses.iter().filter(|(_, used)| **used != 0);
        let vouchers = self.redemptions.iter().filter_map(|(number, redemption)| {
            Some((*number, redemption.voucher.as_ref()?.at(self.now).to_owned()))
        });
        let referral = |(friend, one): (&usize, &super::Friend)| Referral {
            friend: *friend,
            advocate: one.advocate,
            state: one.state.to_owned(),
            review: one.review.to_owned(),
        };
        Books {
            customers: (0..CUSTOMERS).map(|customer| self.standing(customer)).collect(),
            budgets: budgets.map(|(promotion, used)| (*promotion, *used)).collect(),
            uses: self.uses.iter().filter(|(_, used)| **used != 0).map(used).collect(),
            carried: self
                .carried
                .iter()
                .filter(|(_, left)| **left != 0)
                .map(|((customer, promotion), left)| (*customer, *promotion, *left))
                .collect(),
            cashback_uses: months.map(|(key, used)| (key.0, key.1, key.2, *used)).collect(),
            stock: self.stock.clone(),
            vouchers: vouchers.collect(),
            referrals: self.friends.iter().map(referral).collect(),
            awards: self.promises.awards(),
            board: self.scores(),
        }
    }

    fn standing(&self, customer: usize) -> Standing {
        let account: &Account = &self.accounts[customer];
        let lots = account.lots.iter().filter(|(_, left)| **left > 0);
        Standing {
            available: account.available(),
            pending: account.pending(),
            reserved: account.reserved,
            debt: account.debt,
            lifetime: account.lifetime,
            lots: lots.map(|(day, left)| (*day, *left)).collect(),
            wallet: (self.wallets.amount(customer), self.wallets.owed(customer)),
            tier: account.place.tier,
            moves: i32::try_from(account.place.moves.len()).unwrap(),
        }
    }
}

//! What the merchant's staff do: points given and taken by hand, and the offers.

use super::{Model, calendar};
use crate::plain::{Answer, OfferTerms};

impl Model {
    pub fn adjust(&mut self, customer: usize, points: i64, expires_in: Option<u64>) -> Answer {
        if !self.accounts[customer].known {
            return Answer::Skipped;
        }
        let today = calendar::day(self.now);
        let day = match expires_in {
            Some(days) => today + chrono::Days::new(days),
            None => self.given_day(self.now),
        };
        let lots = self.accounts[customer].lots.clone();
        self.set_aside(customer);
        let account = &mut self.accounts[customer];
        // Refused, it leaves no trace: not even of what was over.
        if points < 0 && account.open(-points, today).is_none() {
            account.lots = lots;
            return Answer::Refused("insufficient_points".to_owned());
        }
        account.expire(today);
        let before = account.available();
        if points > 0 {
            account.put(day, points);
        } else {
            account.take(-points, &[]);
        }
        Answer::Adjusted { before, after: account.available() }
    }

    pub fn edit_offer(&mut self, offer: usize, terms: &OfferTerms) -> Answer {
        let offer = &mut self.wallets.offers[offer];
        if offer.archived_at.is_some() {
            return Answer::Refused("archived".to_owned());
        }
        offer.versions.push((self.now, terms.clone()));
        Answer::Done
    }

    pub fn archive_offer(&mut self, offer: usize) -> Answer {
        let now = self.now;
        self.wallets.offers[offer].archived_at.get_or_insert(now);
        Answer::Done
    }
}

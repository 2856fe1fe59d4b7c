//! Somebody claims a purchase of nobody.

use chrono::TimeDelta;

use super::Model;
use super::returns::catch_up;
use crate::plain::Answer;

/// How long a code can be claimed.
pub const CLAIM_DAYS: i64 = 40;

impl Model {
    pub fn claim(&mut self, number: u32, customer: usize) -> Answer {
        let Some(stored) = self.purchases.get(&number).filter(|stored| !stored.answer.credited) else {
            return Answer::Skipped;
        };
        if let Some((claimant, answer)) = &stored.claim {
            return match answer {
                Answer::Claim { points, pending, balance, .. } if *claimant == customer => {
                    Answer::Claim { replayed: true, points: *points, pending: *pending, balance: *balance }
                }
                _ => Answer::Refused("claim_used".to_owned()),
            };
        }
        if stored.received_at + TimeDelta::days(CLAIM_DAYS) <= self.now {
            return Answer::Refused("claim_expired".to_owned());
        }
        let Some(mut stored) = self.purchases.remove(&number) else { return Answer::Skipped };
        self.enrol(customer);
        self.set_aside(customer);
        let (credit, points, pending) = self.credit(&stored, customer, Some(self.now));
        if !stored.progress.is_nothing() {
            let plan = catch_up(&stored.purchase.lines, &credit.earned, &stored.progress);
            self.reverse(number, &credit, &plan);
            stored.progress = plan.progress;
        }
        stored.credit = Some(credit);
        let balance = self.accounts[customer].balance();
        let answer = Answer::Claim { replayed: false, points, pending, balance };
        stored.claim = Some((customer, answer.clone()));
        self.purchases.insert(number, stored);
        self.told.push(number);
        self.claimed.push(number);
        answer
    }
}

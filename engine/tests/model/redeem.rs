//! Points for rewards, by SPEC §4 "Redemption": one phase or two, stock and limit, and back to the same lots.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::calendar;
use crate::model::Model;
use crate::plain::Answer;

pub const HELD: &str = "reserved";
const CAPTURED: &str = "captured";
const RELEASED: &str = "released";
const CANCELLED: &str = "cancelled";

pub struct Redemption {
    customer: usize,
    reward: usize,
    pub state: &'static str,
    pub held_until: Option<DateTime<Utc>>,
    /// What was taken of which lot.
    taken: Vec<(NaiveDate, i64)>,
}

impl Redemption {
    fn points(&self) -> i64 {
        self.taken.iter().map(|(_, points)| points).sum()
    }
}

impl Model {
    pub fn redeem(&mut self, number: u32, customer: usize, reward: usize, hold: Option<u32>) -> Answer {
        let terms = self.setup.rewards[reward].clone();
        let today = calendar::day(self.now);
        let had = self.redemptions.values().filter(|redemption| {
            (redemption.customer, redemption.reward) == (customer, reward)
                && [HELD, CAPTURED].contains(&redemption.state)
        });
        let had = i64::try_from(had.count()).unwrap();
        let account = &mut self.accounts[customer];
        let open: i64 = account.lots.iter().filter(|(day, _)| **day >= today).map(|(_, left)| left).sum();
        let refusal = if self.stock[reward] == Some(0) {
            Some("out_of_stock")
        } else if terms.per_customer.is_some_and(|most| had >= most) {
            Some("limit_reached")
        } else if open < terms.cost {
            Some("insufficient_points")
        } else {
            None
        };
        if let Some(refusal) = refusal {
            return Answer::Refused(refusal.to_owned());
        }
        account.expire(today);
        account.active_on = Some(today);
        let (taken, _) = account.take(terms.cost, &[]);
        if hold.is_some() {
            account.reserved += terms.cost;
        }
        if let Some(left) = &mut self.stock[reward] {
            *left -= 1;
        }
        let state = if hold.is_some() { HELD } else { CAPTURED };
        let held_until = hold.map(|seconds| self.now + TimeDelta::seconds(seconds.into()));
        self.redemptions.insert(number, Redemption { customer, reward, state, held_until, taken });
        self.redeemed(number)
    }

    pub fn capture(&mut self, number: u32) -> Answer {
        let (now, today) = (self.now, calendar::day(self.now));
        let Some(redemption) = self.redemptions.get_mut(&number) else { return Answer::Skipped };
        match redemption.state {
            HELD if redemption.held_until > Some(now) => {
                redemption.state = CAPTURED;
                let account = &mut self.accounts[redemption.customer];
                account.reserved -= redemption.points();
                account.active_on = Some(today);
            }
            HELD | RELEASED => return Answer::Refused("hold_over".to_owned()),
            CANCELLED => return Answer::Refused("wrong_state".to_owned()),
            _ => {}
        }
        self.redeemed(number)
    }

    /// Lets go of a hold, or gives back what was captured: to the same lots, where what is over expires at once.
    pub fn cancel(&mut self, number: u32) -> Answer {
        let today = calendar::day(self.now);
        let Some(redemption) = self.redemptions.get_mut(&number) else { return Answer::Skipped };
        let account = &mut self.accounts[redemption.customer];
        match redemption.state {
            HELD => {
                account.reserved -= redemption.points();
                redemption.state = RELEASED;
            }
            CAPTURED => redemption.state = CANCELLED,
            _ => return self.redeemed(number),
        }
        for (day, points) in &redemption.taken {
            account.put(*day, *points);
        }
        account.expire(today);
        if let Some(left) = &mut self.stock[redemption.reward] {
            *left += 1;
        }
        self.redeemed(number)
    }

    fn redeemed(&self, number: u32) -> Answer {
        let redemption = &self.redemptions[&number];
        let account = &self.accounts[redemption.customer];
        Answer::Redeemed {
            state: redemption.state,
            balance: (account.available(), account.pending(), account.reserved),
        }
    }
}

//! Points for rewards: one phase or two, stock and limit, the voucher, and back to the same lots.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::purchases::Stored;
use super::returns::Plan;
use super::{Model, calendar};
use crate::plain::{Answer, RewardKind};

pub const HELD: &str = "reserved";
const CAPTURED: &str = "captured";
const FULFILLED: &str = "fulfilled";
const RELEASED: &str = "released";
const CANCELLED: &str = "cancelled";
const REVERSED: &str = "reversed";

pub const ISSUED: &str = "issued";
pub const USED: &str = "used";
pub const EXPIRED: &str = "expired";

pub struct Redemption {
    pub customer: usize,
    reward: usize,
    pub state: &'static str,
    pub held_until: Option<DateTime<Utc>>,
    /// What was taken of which lot.
    taken: Vec<(NaiveDate, i64)>,
    pub voucher: Option<Voucher>,
}

pub struct Voucher {
    state: &'static str,
    /// The purchase that it has paid a part of.
    paid_for: Option<u32>,
    /// The midnight from which it cannot be used.
    until: Option<DateTime<Utc>>,
}

impl Voucher {
    pub fn at(&self, now: DateTime<Utc>) -> &'static str {
        let over = self.state == ISSUED && self.until.is_some_and(|until| until <= now);
        if over { EXPIRED } else { self.state }
    }
}

/// Why a voucher in such a state cannot be used or taken back.
fn refusal(state: &'static str) -> &'static str {
    match state {
        USED => "voucher_used",
        EXPIRED => "voucher_expired",
        _ => "voucher_cancelled",
    }
}

fn refused(word: &str) -> Answer {
    Answer::Refused(word.to_owned())
}

impl Redemption {
    fn points(&self) -> i64 {
        self.taken.iter().map(|(_, points)| points).sum()
    }
}

impl Model {
    /// Why a customer cannot have a reward now.
    pub fn misses(&self, customer: usize, reward: usize) -> Option<&'static str> {
        let terms = &self.setup.rewards[reward];
        let had = self.redemptions.values().filter(|redemption| {
            (redemption.customer, redemption.reward) == (customer, reward)
                && [HELD, CAPTURED, FULFILLED].contains(&redemption.state)
        });
        let had = i64::try_from(had.count()).unwrap();
        let today = calendar::day(self.now);
        if self.stock[reward] == Some(0) {
            Some("out_of_stock")
        } else if terms.per_customer.is_some_and(|most| had >= most) {
            Some("limit_reached")
        } else if self.accounts[customer].open(terms.cost, today).is_none() {
            Some("insufficient_points")
        } else {
            None
        }
    }

    pub fn redeem(&mut self, number: u32, customer: usize, reward: usize, hold: Option<u32>) -> Answer {
        let lots = self.accounts[customer].lots.clone();
        self.set_aside(customer);
        if let Some(missing) = self.misses(customer, reward) {
            // Refused, it leaves no trace.
            self.accounts[customer].lots = lots;
            return refused(missing);
        }
        let cost = self.setup.rewards[reward].cost;
        let today = calendar::day(self.now);
        let account = &mut self.accounts[customer];
        account.expire(today);
        account.active.insert(today);
        let (taken, _) = account.take(cost, &[]);
        if hold.is_some() {
            account.reserved += cost;
        }
        if let Some(left) = &mut self.stock[reward] {
            *left -= 1;
        }
        let state = if hold.is_some() { HELD } else { CAPTURED };
        let held_until = hold.map(|seconds| self.now + TimeDelta::seconds(seconds.into()));
        let voucher = if hold.is_some() { None } else { self.issue(reward) };
        let redemption = Redemption { customer, reward, state, held_until, taken, voucher };
        self.redemptions.insert(number, redemption);
        self.redeemed(number)
    }

    fn issue(&self, reward: usize) -> Option<Voucher> {
        let terms = &self.setup.rewards[reward];
        let until = terms.valid_days.map(|days| calendar::end_of_day_after(self.now, days));
        (terms.kind != RewardKind::Gift).then_some(Voucher { state: ISSUED, paid_for: None, until })
    }

    pub fn capture(&mut self, number: u32) -> Answer {
        let (now, today) = (self.now, calendar::day(self.now));
        let Some(redemption) = self.redemptions.get(&number) else { return Answer::Skipped };
        match redemption.state {
            HELD if redemption.held_until > Some(now) => {
                let (customer, reward) = (redemption.customer, redemption.reward);
                self.set_aside(customer);
                let voucher = self.issue(reward);
                let Some(redemption) = self.redemptions.get_mut(&number) else { return Answer::Skipped };
                redemption.state = CAPTURED;
                redemption.voucher = voucher;
                let account = &mut self.accounts[redemption.customer];
                account.reserved -= redemption.points();
                account.active.insert(today);
            }
            HELD | RELEASED => return refused("hold_over"),
            CAPTURED => {
                let customer = redemption.customer;
                self.set_aside(customer);
            }
            _ => return refused("wrong_state"),
        }
        self.redeemed(number)
    }

    /// Lets go of a hold, or gives back what was captured and not used: to the same lots, where what is over expires at
    /// once.
    pub fn cancel(&mut self, number: u32) -> Answer {
        let now = self.now;
        let Some(redemption) = self.redemptions.get_mut(&number) else { return Answer::Skipped };
        if [CAPTURED, FULFILLED, REVERSED].contains(&redemption.state) {
            if let Some(voucher) = &mut redemption.voucher {
                if voucher.at(now) != ISSUED {
                    return refused(refusal(voucher.at(now)));
                }
                if redemption.state == CAPTURED {
                    voucher.state = CANCELLED;
                }
            }
            if redemption.state != CAPTURED {
                return refused("wrong_state");
            }
        }
        match redemption.state {
            HELD => {
                self.accounts[redemption.customer].reserved -= redemption.points();
                redemption.state = RELEASED;
            }
            CAPTURED => redemption.state = CANCELLED,
            _ => return self.redeemed(number),
        }
        if let Some(left) = &mut self.stock[redemption.reward] {
            *left += 1;
        }
        self.points_back(number);
        self.redeemed(number)
    }

    fn points_back(&mut self, number: u32) -> i64 {
        let redemption = &self.redemptions[&number];
        let account = &mut self.accounts[redemption.customer];
        for (day, points) in &redemption.taken {
            account.put(*day, *points);
        }
        account.expire(calendar::day(self.now));
        redemption.points()
    }

    /// What the vouchers of these redemptions are good for; or each that this customer cannot use, and why.
    pub fn vouchers(&self, customer: usize, numbers: &[u32]) -> Result<Vec<RewardKind>, String> {
        let (mut worth, mut errors) = (Vec::new(), Vec::new());
        for (place, number) in numbers.iter().enumerate() {
            let redemption = self.redemptions.get(number).filter(|one| one.customer == customer);
            let voucher = redemption.and_then(|redemption| redemption.voucher.as_ref());
            match (redemption, voucher.map(|voucher| voucher.at(self.now))) {
                (Some(redemption), Some(ISSUED)) => {
                    worth.push(self.setup.rewards[redemption.reward].kind.clone());
                }
                (_, Some(state)) => errors.push(format!("/vouchers/{place} {}", refusal(state))),
                (_, None) => errors.push(format!("/vouchers/{place} voucher_unknown")),
            }
        }
        if errors.is_empty() { Ok(worth) } else { Err(errors.join(", ")) }
    }

    /// It has paid a part of a purchase, or was used by itself.
    pub fn voucher_paid(&mut self, number: u32, paid_for: Option<u32>) {
        let Some(redemption) = self.redemptions.get_mut(&number) else { return };
        if redemption.state == CAPTURED {
            redemption.state = FULFILLED;
        }
        if let Some(voucher) = &mut redemption.voucher {
            voucher.state = USED;
            voucher.paid_for = paid_for;
        }
    }

    pub fn use_voucher(&mut self, number: u32) -> Answer {
        let voucher = self.redemptions.get(&number).and_then(|redemption| redemption.voucher.as_ref());
        match voucher.map(|voucher| voucher.at(self.now)) {
            None => Answer::Skipped,
            Some(ISSUED) => {
                self.voucher_paid(number, None);
                Answer::Done
            }
            Some(state) => refused(refusal(state)),
        }
    }

    /// When nothing is left of the line that a voucher made free, or of the whole purchase, it can be used again, or
    /// cancelled; of those whose time is over the points come back.
    pub fn give_vouchers_back(&mut self, stored: &Stored, plan: &Plan) -> Vec<(bool, i64)> {
        let mut back = Vec::new();
        let vouchers = stored.purchase.tender.vouchers.iter().zip(&stored.paying.free);
        let is_back = |line: Option<usize>| line.map_or(plan.complete, |line| plan.used_up[line]);
        let mut numbers: Vec<u32> =
            vouchers.filter(|(_, line)| is_back(**line)).map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        for number in numbers {
            let now = self.now;
            let Some(redemption) = self.redemptions.get_mut(&number) else { continue };
            let Some(voucher) = &mut redemption.voucher else { continue };
            if voucher.state != USED || voucher.paid_for != Some(stored.purchase.number) {
                // An earlier return has given it back, and it may have paid for something else since.
                continue;
            }
            if voucher.until.is_none_or(|until| now < until) {
                voucher.state = ISSUED;
                redemption.state = CAPTURED;
                back.push((true, 0));
                continue;
            }
            voucher.state = REVERSED;
            redemption.state = REVERSED;
            back.push((false, self.points_back(number)));
        }
        // Those that can be used again are told first.
        back.sort_by_key(|(usable, _)| !usable);
        back
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

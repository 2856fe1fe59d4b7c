//! A return takes back what its purchase had given, and gives back what had paid.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use super::account::Waiting;
use super::earn::Earned;
use super::purchases::{Credit, Stored};
use super::returns::{Plan, Progress, kept, plan};
use super::tender::Parts;
use super::{Model, calendar};
use crate::plain::*;

/// A return that has come before its purchase.
#[derive(Debug, Clone)]
pub struct WaitingReturn {
    pub since: DateTime<Utc>,
    pub number: u32,
    pub name: u8,
    pub what: Returning,
    /// It did not fit its purchase.
    pub refused: bool,
}

impl Model {
    pub fn give_back(&mut self, number: u32, name: u8, what: &Returning) -> Answer {
        if let Some(stored) = self.purchases.remove(&number) {
            let (stored, answer) = self.book(stored, name, what);
            self.purchases.insert(number, stored);
            return match answer {
                Ok(returned) => Answer::Return(Box::new(returned)),
                Err(refusal) => Answer::Refused(refusal),
            };
        }
        match self.waiting.iter().find(|waiting| (waiting.number, waiting.name) == (number, name)) {
            Some(waiting) if waiting.what == *what => Answer::Waiting,
            Some(_) => Answer::Refused("return_conflict".to_owned()),
            None => {
                let (since, what) = (self.now, what.clone());
                self.waiting.push(WaitingReturn { since, number, name, what, refused: false });
                Answer::Waiting
            }
        }
    }

    /// Books a return of a purchase that is there; once for each name.
    pub fn book(
        &mut self,
        mut stored: Stored,
        name: u8,
        what: &Returning,
    ) -> (Stored, Result<Returned, String>) {
        if let Some((first, answer)) = stored.returns.get(&name) {
            let again = if first == what {
                Ok(Returned { replayed: true, ..answer.clone() })
            } else {
                Err("return_conflict".to_owned())
            };
            return (stored, again);
        }
        let nothing = Earned::default();
        let earned = stored.credit.as_ref().map_or(&nothing, |credit| &credit.earned);
        let plan = match plan(&stored.purchase.lines, earned, &stored.progress, what) {
            Ok(plan) => plan,
            Err(refusal) => return (stored, Err(refusal)),
        };
        let mut returned = Returned {
            amount: plan.amount,
            points: plan.points,
            paid_back: paid_back(&stored, &plan),
            complete: plan.complete,
            ..Returned::default()
        };
        if let Some(credit) = stored.credit.clone() {
            let today = calendar::day(self.now);
            self.set_aside(credit.customer);
            self.accounts[credit.customer].expire(today);
            let found = self.accounts[credit.customer].available();
            // What had paid comes back first: what is there then need not be owed.
            let (points, cashback) = self.give_tender_back(&mut stored, &plan);
            returned.vouchers = self.give_vouchers_back(&stored, &plan);
            let given = points + returned.vouchers.iter().map(|(_, points)| points).sum::<i64>();
            let over = given - (self.accounts[credit.customer].available() - found);
            returned.tender = (points, over, cashback);
            (returned.pending, returned.debt, returned.absorbed) =
                self.reverse(stored.purchase.number, &credit, &plan);
            returned.cashback = self.wallets.take_back(
                stored.purchase.number,
                credit.customer,
                &stored.purchase.lines,
                &plan.progress,
                (self.policy, self.now),
            );
            returned.balance = Some(self.accounts[credit.customer].balance());
            self.returned.insert(stored.purchase.number);
        }
        stored.progress = plan.progress;
        stored.returns.insert(name, (what.clone(), returned.clone()));
        (stored, Ok(returned))
    }

    /// Points and cashback that had paid, to the lots that they came from: what was taken last goes back first.
    fn give_tender_back(&mut self, stored: &mut Stored, plan: &Plan) -> (i64, i64) {
        let Some(customer) = stored.purchase.customer else { return (0, 0) };
        let points: i64 = stored.paying.points.iter().map(|(_, points)| points).sum();
        let worth: i64 = stored.paying.paid.iter().map(|line| line.points).sum();
        let before = stored.tender_back;
        // Points go back as what they were worth does.
        let worth_back = undone(stored, &plan.progress, |line| line.points);
        stored.tender_back =
            (points - kept(points, worth, worth_back), undone(stored, &plan.progress, |line| line.cashback));
        let points = last(&stored.paying.points, before.0, stored.tender_back.0);
        for (day, points) in &points {
            self.accounts[customer].put(*day, *points);
        }
        self.accounts[customer].expire(calendar::day(self.now));
        let mut came = 0;
        for (place, amount) in last(&stored.paying.cashback, before.1, stored.tender_back.1) {
            came += self.wallets.put_back(place, amount);
        }
        (points.iter().map(|(_, points)| points).sum(), came)
    }

    /// Takes points back: what waits, then what is there, then by policy. Tells what waited, is owed, and is absorbed.
    pub fn reverse(&mut self, number: u32, credit: &Credit, plan: &Plan) -> (i64, i64, i64) {
        for (promotion, points) in &plan.by_promotion {
            if let Some(used) = credit.uses.get(promotion).and_then(|key| self.uses.get_mut(key)) {
                *used -= points;
            }
            if credit.budgets.contains(promotion) {
                *self.budgets.entry(*promotion).or_default() -= points;
            }
        }
        for (promotion, left) in &plan.left {
            *self.carried.entry((credit.customer, *promotion)).or_default() -= left;
        }
        let account = &mut self.accounts[credit.customer];
        let mut rest = plan.points;
        // What would have waited longest goes first.
        let mut waiting: Vec<&mut Waiting> =
            account.waiting.iter_mut().filter(|waiting| waiting.purchase == number).collect();
        waiting.sort_by_key(|waiting| Reverse(waiting.matures_at));
        for waiting in waiting {
            let part = rest.min(waiting.points);
            waiting.points -= part;
            rest -= part;
        }
        account.waiting.retain(|waiting| waiting.points > 0);
        let pending = plan.points - rest;
        let short = account.owe(rest, &credit.days);
        account.lifetime -= plan.points;
        if self.policy == ReturnPolicy::FloorZero {
            // What the merchant bears is not taken from the customer.
            account.lifetime += short;
            return (pending, 0, short);
        }
        account.debt += short;
        (pending, short, 0)
    }
}

/// What of something that had paid for the lines is undone by what is returned of each of them.
fn undone(stored: &Stored, progress: &Progress, part: fn(&Parts) -> i64) -> i64 {
    let line = |(index, line): (usize, &Line)| {
        let paid = part(&stored.paying.paid[index]);
        paid - kept(paid, line.due(), progress.amount_of(index))
    };
    stored.purchase.lines.iter().enumerate().map(line).sum()
}

/// The part of a return that money had paid for.
fn paid_back(stored: &Stored, plan: &Plan) -> i64 {
    let money = |progress: &Progress| undone(stored, progress, |line| line.money);
    money(&plan.progress) - money(&stored.progress)
}

/// Of what was taken, the part from the end that goes back when so much was back before and so much is to be.
fn last<L: Copy>(taken: &[(L, i64)], before: i64, after: i64) -> Vec<(L, i64)> {
    let (mut place, mut back) = (0, Vec::new());
    for (lot, amount) in taken.iter().rev() {
        let part = (place + amount).min(after) - place.max(before);
        if part > 0 {
            back.push((*lot, part));
        }
        place += amount;
    }
    back
}

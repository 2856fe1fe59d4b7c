//! What time alone does: points mature and expire.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::account::{NEVER, Waiting};
use super::redeem::{HELD, Redemption};
use super::reversals::WaitingReturn;
use super::{Model, calendar};
use crate::plain::*;

/// How long a return waits for its purchase.
const WAITING_DAYS: i64 = 30;

impl Model {
    /// The last day on which points can be spent that can be spent from an instant on.
    pub fn lot_day(&self, from: DateTime<Utc>) -> NaiveDate {
        if let Expiry::Inactivity(_) = self.setup.expiry { NEVER } else { self.given_day(from) }
    }

    /// The same of what is given: it has a day of its own also where all other points live by activity.
    pub fn given_day(&self, from: DateTime<Utc>) -> NaiveDate {
        let from = calendar::day(from);
        match &self.setup.expiry {
            Expiry::Never => NEVER,
            Expiry::AfterMonths { months, month_end: false } | Expiry::Inactivity(months) => {
                calendar::months_later(from, *months)
            }
            Expiry::AfterMonths { months, month_end: true } => {
                calendar::month_end(calendar::months_later(from, *months))
            }
            Expiry::Calendar(days) => {
                let mut day = from.succ_opt().unwrap();
                while !days.contains(&(chrono::Datelike::month(&day), chrono::Datelike::day(&day))) {
                    day = day.succ_opt().unwrap();
                }
                day
            }
        }
    }

    pub fn jobs(&mut self) {
        self.mature();
        self.expire();
        self.let_go();
        self.wallets.expire(self.now);
        self.look_at_tiers();
        self.pay_due_awards();
        self.meet();
    }

    fn mature(&mut self) {
        let now = self.now;
        for customer in 0..CUSTOMERS {
            let waiting = self.accounts[customer].waiting.iter();
            let mut due: Vec<_> = waiting.filter(|waiting| waiting.matures_at <= now).cloned().collect();
            if due.is_empty() {
                continue;
            }
            due.sort_by_key(|waiting| waiting.matures_at);
            self.set_aside(customer);
            let gone = |due: &Waiting| self.gone_on(customer, calendar::day(due.matures_at));
            let gone: Vec<_> = due.iter().map(gone).collect();
            self.accounts[customer].waiting.retain(|waiting| waiting.matures_at > now);
            for (due, gone) in due.iter().zip(gone) {
                let day = gone.unwrap_or_else(|| self.lot_day(due.matures_at));
                let account = &mut self.accounts[customer];
                account.put(day, due.points);
                account.active.insert(calendar::day(due.matures_at));
            }
        }
    }

    /// Under inactivity: the last day on which could be spent what could be from a day on, where that is over. What was due
    /// counts as activity whether a job has come by or not.
    fn gone_on(&self, customer: usize, from: NaiveDate) -> Option<NaiveDate> {
        let Expiry::Inactivity(months) = self.setup.expiry else { return None };
        let account = &self.accounts[customer];
        let due = account.waiting.iter().filter(|waiting| waiting.matures_at <= self.now);
        let due = due.map(|waiting| calendar::day(waiting.matures_at));
        let mut days: BTreeSet<NaiveDate> = account.active.iter().copied().chain(due).collect();
        days.insert(calendar::day(self.now));
        let mut alive = from.max(self.since);
        for day in days.into_iter().filter(|day| *day > from) {
            let until = calendar::months_later(alive, months);
            if day > until {
                return Some(until);
            }
            alive = alive.max(day);
        }
        None
    }

    /// What of a customer is over by inactivity goes into the lot of its last day. Whoever comes back, or takes points, finds
    /// it there, where nobody spends it.
    pub fn set_aside(&mut self, customer: usize) {
        let active = self.accounts[customer].active.last().copied();
        let Some(until) = self.gone_on(customer, active.unwrap_or(self.since)) else { return };
        let lots = &mut self.accounts[customer].lots;
        if let Some(points) = lots.remove(&NEVER) {
            *lots.entry(until).or_default() += points;
        }
    }

    /// Once a day.
    fn expire(&mut self) {
        let today = calendar::day(self.now);
        if self.expired_on.is_some_and(|day| day >= today) {
            return;
        }
        self.expired_on = Some(today);
        for customer in 0..CUSTOMERS {
            self.set_aside(customer);
            self.accounts[customer].expire(today);
        }
    }

    /// Holds whose time is over.
    fn let_go(&mut self) {
        let now = self.now;
        let over = |redemption: &Redemption| redemption.state == HELD && redemption.held_until <= Some(now);
        let over: Vec<u32> =
            self.redemptions.iter().filter(|(_, one)| over(one)).map(|(number, _)| *number).collect();
        for number in over {
            self.cancel(number);
        }
    }

    /// Returns whose purchase has come.
    fn meet(&mut self) {
        let now = self.now;
        self.waiting.retain(|waiting| waiting.since + TimeDelta::days(WAITING_DAYS) > now);
        for mut waiting in std::mem::take(&mut self.waiting) {
            let WaitingReturn { number, name, .. } = waiting;
            let stored = if waiting.refused { None } else { self.purchases.remove(&number) };
            if let Some(stored) = stored {
                let (stored, answer) = self.book(stored, name, &waiting.what);
                self.purchases.insert(number, stored);
                if answer.is_ok() {
                    continue;
                }
                waiting.refused = true;
            }
            self.waiting.push(waiting);
        }
    }
}

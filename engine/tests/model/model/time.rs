//! What time alone does, by SPEC §4 "Expiry" and "Pending".

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::account::NEVER;
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
            let (mut due, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.accounts[customer].waiting)
                .into_iter()
                .partition(|waiting| waiting.matures_at <= now);
            due.sort_by_key(|waiting| waiting.matures_at);
            for due in due {
                let day = self.lot_day(due.matures_at);
                let account = &mut self.accounts[customer];
                account.put(day, due.points);
                account.active_on = Some(calendar::day(now));
            }
            self.accounts[customer].waiting = waiting;
        }
    }

    /// Once a day.
    fn expire(&mut self) {
        let today = calendar::day(self.now);
        if self.expired_on.is_some_and(|day| day >= today) {
            return;
        }
        self.expired_on = Some(today);
        for account in &mut self.accounts {
            account.expire(today);
            if let Expiry::Inactivity(months) = self.setup.expiry {
                let from = account.active_on.max(Some(self.since)).unwrap_or(self.since);
                if calendar::months_later(from, months) < today {
                    account.lots.remove(&NEVER);
                }
            }
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

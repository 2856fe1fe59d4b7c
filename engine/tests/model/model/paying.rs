//! What pays for a purchase besides money: it is looked for first, and taken only when all of it is there.

use chrono::NaiveDate;

use super::account::Account;
use super::tender::{Parts, settle};
use super::{Model, calendar};
use crate::plain::*;

/// What of a purchase is left to pay, and where the rest comes from.
#[derive(Debug, Clone, Default)]
pub struct Paying {
    /// Of each line.
    pub paid: Vec<Parts>,
    /// Of each voucher the line of which it made a unit free.
    pub free: Vec<Option<usize>>,
    /// What is taken of which lot of points.
    pub points: Vec<(NaiveDate, i64)>,
    /// What is taken of which lot of cashback, by its place in the list.
    pub cashback: Vec<(usize, i64)>,
}

impl Model {
    pub fn pay(&self, purchase: &Purchase) -> Result<Paying, String> {
        let tender = &purchase.tender;
        let in_money = |line: &Line| Parts { money: line.due(), ..Parts::default() };
        if *tender == Tender::default() {
            let paid = purchase.lines.iter().map(in_money).collect();
            return Ok(Paying { paid, ..Paying::default() });
        }
        let customer = purchase.customer.ok_or("/customer required")?;
        let (spent, worth) = self.worth(tender.points)?;
        let vouchers = self.vouchers(customer, &tender.vouchers)?;
        let settled = settle(&purchase.lines, &vouchers, worth, tender.cashback).map_err(|refusal| {
            match refusal.as_str() {
                "exceeds_amount" if tender.points == 0 => "/pay_with_cashback exceeds_amount".to_owned(),
                "exceeds_amount" => "/pay_with_points exceeds_amount".to_owned(),
                _ => refusal,
            }
        })?;
        let mut missing = Vec::new();
        let today = calendar::day(self.now);
        let points = self.accounts[customer].open(spent, today).unwrap_or_else(|| {
            missing.push("/pay_with_points insufficient_points");
            Vec::new()
        });
        let cashback = self.open_cashback(customer, tender.cashback).unwrap_or_else(|| {
            missing.push("/pay_with_cashback insufficient_cashback");
            Vec::new()
        });
        if !missing.is_empty() {
            return Err(missing.join(", "));
        }
        Ok(Paying { paid: settled.lines, free: settled.free, points, cashback })
    }

    /// What so many points pay, and the fewest of them that are worth as much.
    fn worth(&self, points: i64) -> Result<(i64, i64), &'static str> {
        if points == 0 {
            return Ok((0, 0));
        }
        let (unit, money) = self.setup.point_value.ok_or("/pay_with_points no_point_value")?;
        let worth = points * money / unit;
        if worth == 0 {
            return Err("/pay_with_points too_few");
        }
        let fewest = (1..=points).find(|fewer| fewer * money / unit == worth).unwrap();
        Ok((fewest, worth))
    }

    /// Cashback that is spent first is what is over first; of that the oldest.
    fn open_cashback(&self, customer: usize, amount: i64) -> Option<Vec<(usize, i64)>> {
        let mut open: Vec<usize> = (0..self.wallets.lots.len())
            .filter(|place| {
                let lot = &self.wallets.lots[*place];
                lot.customer == customer
                    && lot.left > 0
                    && lot.from <= self.now
                    && lot.until.is_none_or(|until| until > self.now)
            })
            .collect();
        open.sort_by_key(|place| {
            let lot = &self.wallets.lots[*place];
            (lot.until.is_none(), lot.until, self.purchases[&lot.purchase].received_at, lot.offer)
        });
        let (mut missing, mut taken) = (amount, Vec::new());
        for place in open {
            let part = missing.min(self.wallets.lots[place].left);
            missing -= part;
            if part > 0 {
                taken.push((place, part));
            }
        }
        (missing == 0).then_some(taken)
    }

    /// Takes what was found.
    pub fn spend(&mut self, paying: &Paying, customer: usize) {
        let today = calendar::day(self.now);
        let account: &mut Account = &mut self.accounts[customer];
        for (day, points) in &paying.points {
            *account.lots.entry(*day).or_default() -= points;
            account.active.insert(today);
        }
        account.lots.retain(|_, left| *left > 0);
        for (place, amount) in &paying.cashback {
            self.wallets.lots[*place].left -= amount;
        }
    }
}

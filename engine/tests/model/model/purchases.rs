//! A purchase comes in: once for each number.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::account::Waiting;
use super::earn::{Earned, Facts, Rule, evaluate};
use super::paying::Paying;
use super::returns::Progress;
use super::rules::{Rules, Use};
use super::tender::Parts;
use super::{Model, calendar};
use crate::plain::*;

/// How late a till may be.
const LATENESS_DAYS: i64 = 7;

#[derive(Debug, Clone)]
pub struct Stored {
    pub purchase: Purchase,
    pub occurred_at: DateTime<Utc>,
    pub received_at: DateTime<Utc>,
    pub rules: Rc<Rules>,
    pub answer: Bought,
    /// Its lines with what was left to pay for them, which is what earns.
    pub paid: Vec<Line>,
    pub paying: Paying,
    /// Who was credited with what, and which lots it went into.
    pub credit: Option<Credit>,
    pub claim: Option<(usize, Answer)>,
    pub progress: Progress,
    /// Points and cashback that had paid and are back.
    pub tender_back: (i64, i64),
    pub returns: BTreeMap<u8, (Returning, Returned)>,
}

#[derive(Debug, Clone)]
pub struct Credit {
    pub customer: usize,
    pub earned: Earned,
    pub days: Vec<NaiveDate>,
    pub uses: BTreeMap<usize, Use>,
    pub budgets: Vec<usize>,
    pub claimed_at: Option<DateTime<Utc>>,
    /// When it came to the customer.
    pub at: DateTime<Utc>,
    pub is_first: bool,
}

impl Stored {
    /// Whether nothing of it is left.
    pub fn is_gone(&self) -> bool {
        self.returns.values().any(|(_, returned)| returned.complete)
    }

    /// What it has given, less what was taken back.
    pub fn points(&self) -> i64 {
        self.credit.as_ref().map_or(0, |credit| credit.earned.total() - self.progress.points())
    }
}

impl Model {
    pub fn buy(&mut self, purchase: &Purchase) -> Answer {
        if let Some(stored) = self.purchases.get(&purchase.number) {
            return if stored.purchase == *purchase {
                Answer::Purchase(Bought { replayed: true, ..stored.answer.clone() })
            } else {
                Answer::Refused(format!("conflict {}", differences(&stored.purchase, purchase).join(" ")))
            };
        }
        let occurred_at = self.now - TimeDelta::seconds(purchase.ago.unwrap_or(0));
        if self.now - occurred_at > TimeDelta::days(LATENESS_DAYS) {
            return Answer::Refused("/occurred_at too_late".to_owned());
        }
        let lots = purchase.customer.map(|customer| (customer, self.accounts[customer].lots.clone()));
        if let Some(customer) = purchase.customer {
            self.set_aside(customer);
        }
        let paying = match self.pay(purchase) {
            Ok(paying) => paying,
            Err(refusal) => {
                // Refused, it leaves no trace.
                if let Some((customer, lots)) = lots {
                    self.accounts[customer].lots = lots;
                }
                return Answer::Refused(refusal);
            }
        };
        let mut stored = self.arrived(purchase, occurred_at, paying);
        match purchase.customer {
            Some(customer) => {
                stored.answer.warning = self.comes_by(purchase.code, customer);
                self.enrol(customer);
                self.spend(&stored.paying, customer);
                let (credit, earned, waits) = self.credit(&stored, customer, None);
                stored.answer.lines = by_line(&credit.earned);
                stored.answer.credited = true;
                (stored.answer.earned, stored.answer.pending) = (earned, waits);
                stored.answer.balance = Some(self.accounts[customer].balance());
                stored.credit = Some(credit);
                self.told.push(purchase.number);
            }
            None => {
                // As for somebody who has bought before and has used nothing: nobody knows who will claim it.
                let earned = self.evaluate(&stored, None, self.now);
                stored.answer.claimable = Some(earned.total());
                stored.answer.lines = by_line(&earned);
            }
        }
        let answer = Answer::Purchase(stored.answer.clone());
        for voucher in &purchase.tender.vouchers {
            self.voucher_paid(*voucher, Some(purchase.number));
        }
        self.purchases.insert(purchase.number, stored);
        answer
    }

    pub fn arrived(&self, purchase: &Purchase, occurred_at: DateTime<Utc>, paying: Paying) -> Stored {
        let left = |(line, paid): (&Line, &Parts)| Line { amount: paid.money, discount: 0, ..line.clone() };
        let answer = Bought {
            replayed: false,
            credited: false,
            earned: 0,
            pending: 0,
            claimable: None,
            balance: None,
            lines: Vec::new(),
            paid: paying.paid.iter().map(|line| line.money).sum(),
            warning: None,
        };
        Stored {
            purchase: purchase.clone(),
            occurred_at,
            received_at: self.now,
            rules: Rc::clone(&self.rules),
            answer,
            paid: purchase.lines.iter().zip(&paying.paid).map(left).collect(),
            paying,
            credit: None,
            claim: None,
            progress: Progress::default(),
            tender_back: (0, 0),
            returns: BTreeMap::new(),
        }
    }

    /// What a purchase earns for a customer whose limits count at an instant.
    pub fn evaluate(&self, stored: &Stored, customer: Option<usize>, counts_at: DateTime<Utc>) -> Earned {
        let mut rules: Vec<Rule<'_>> = Vec::new();
        for (promotion, versions) in stored.rules.promotions.iter().enumerate() {
            let Some(terms) = versions.at(stored.occurred_at) else { continue };
            let left_for_customer = terms.per_customer.map(|(most, period)| {
                let key = customer.map(|customer| (customer, promotion, period, begin(period, counts_at)));
                let used = key.and_then(|key| self.uses.get(&key)).copied().unwrap_or(0);
                (most - used).max(0)
            });
            let spent = customer.map_or(0, |_| self.budgets.get(&promotion).copied().unwrap_or(0));
            let left_of_budget = terms.budget.map(|(most, _)| (most - spent).max(0));
            rules.push(Rule { promotion, terms, left_for_customer, left_of_budget });
        }
        let tier = customer.and_then(|customer| self.tier_of(customer));
        let facts = Facts {
            lines: &stored.paid,
            retailer: stored.purchase.retailer,
            first_purchase: customer.is_some_and(|customer| self.accounts[customer].purchases == 0),
            tier,
            tier_multiplier: tier.map_or(Decimal::ONE, |tier| self.ladder.terms(tier).multiplier),
            rounding: self.setup.rounding,
            carried: stored.rules.carry_over.then(|| self.carried_by(customer)),
        };
        evaluate(&facts, &rules)
    }

    /// What promotions carry over for a customer; nothing for nobody.
    fn carried_by(&self, customer: Option<usize>) -> BTreeMap<usize, i64> {
        let own = self.carried.iter().filter(|((whose, _), _)| Some(*whose) == customer);
        own.map(|((_, promotion), left)| (*promotion, *left)).collect()
    }

    /// Credits a purchase, at once or by a claim. Tells all points, and how many of them wait.
    pub fn credit(
        &mut self,
        stored: &Stored,
        customer: usize,
        claimed_at: Option<DateTime<Utc>>,
    ) -> (Credit, i64, i64) {
        let counts_at = claimed_at.unwrap_or(stored.occurred_at);
        let earned = self.evaluate(stored, Some(customer), counts_at);
        let (mut uses, mut budgets) = (BTreeMap::new(), Vec::new());
        let mut waits: BTreeMap<DateTime<Utc>, i64> = BTreeMap::new();
        for (promotion, versions) in stored.rules.promotions.iter().enumerate() {
            let points = earned.of(promotion);
            let Some(terms) = versions.at(stored.occurred_at).filter(|_| points > 0) else { continue };
            if let Some((_, period)) = terms.per_customer {
                let key = (customer, promotion, period, begin(period, counts_at));
                *self.uses.entry(key).or_default() += points;
                uses.insert(promotion, key);
            }
            if terms.budget.is_some() {
                *self.budgets.entry(promotion).or_default() += points;
                budgets.push(promotion);
            }
            let days = terms.pending_days.unwrap_or(stored.rules.pending_days);
            let matures_at = calendar::days_later(counts_at, days);
            if matures_at > self.now {
                *waits.entry(matures_at).or_default() += points;
            }
        }
        for (line, left) in earned.lines.iter().zip(&earned.left) {
            for ((promotion, _), left) in line.iter().zip(left) {
                *self.carried.entry((customer, *promotion)).or_default() += left;
            }
        }
        let (all, waiting) = (earned.total(), waits.values().sum::<i64>());
        let mut days = vec![self.lot_day(self.now)];
        let today = calendar::day(self.now);
        let account = &mut self.accounts[customer];
        account.purchases += 1;
        let is_first = account.purchases == 1;
        account.lifetime += all;
        if all > 0 {
            account.active.insert(today);
        }
        account.put(days[0], all - waiting);
        let purchase = stored.purchase.number;
        for (matures_at, points) in waits {
            self.accounts[customer].waiting.push(Waiting { purchase, matures_at, points });
            days.push(self.lot_day(matures_at));
        }
        let credit = Credit { customer, earned, days, uses, budgets, claimed_at, at: self.now, is_first };
        (credit, all, waiting)
    }
}

pub fn by_line(earned: &Earned) -> Vec<i64> {
    earned.lines.iter().map(|line| line.iter().map(|(_, points)| points).sum()).collect()
}

/// The first day of the period that an instant is in.
pub fn begin(period: Period, instant: DateTime<Utc>) -> NaiveDate {
    let day = calendar::day(instant);
    match period {
        Period::Day => day,
        Period::Week => calendar::monday(day),
        Period::Month => calendar::month(day),
        Period::Ever => NaiveDate::from_ymd_opt(1, 1, 1).unwrap(),
    }
}

/// The fields in which a purchase differs from what is stored under its number.
fn differences(stored: &Purchase, sent: &Purchase) -> Vec<String> {
    let mut differences = Vec::new();
    let mut differs = |is: bool, field: String| differences.extend(is.then_some(field));
    differs(stored.customer != sent.customer, "/customer".to_owned());
    differs(stored.code != sent.code, "/referral_code".to_owned());
    let (vouchers, others) = (&stored.tender.vouchers, &sent.tender.vouchers);
    for place in 0..vouchers.len().max(others.len()) {
        differs(vouchers.get(place) != others.get(place), format!("/vouchers/{place}"));
    }
    differs(stored.tender.points != sent.tender.points, "/pay_with_points".to_owned());
    differs(stored.tender.cashback != sent.tender.cashback, "/pay_with_cashback".to_owned());
    for (index, (line, other)) in stored.lines.iter().zip(&sent.lines).enumerate() {
        differs(line.product != other.product, format!("/lines/{index}/product"));
        differs(line.quantity != other.quantity, format!("/lines/{index}/quantity"));
        differs(line.amount != other.amount, format!("/lines/{index}/amount"));
        differs(line.discount != other.discount, format!("/lines/{index}/discount"));
    }
    differences
}

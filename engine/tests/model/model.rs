//! The reference model: a whole loyalty program in the memory of one thread, by SPEC §3 and §4 and nothing else. It has
//! neither batches nor queues nor SQL, and shares no code with the engine.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::account::{Account, NEVER, Waiting};
use crate::calendar;
use crate::earn::{Earned, Facts, Rule, evaluate};
use crate::plain::*;
use crate::redeem::{HELD, Redemption};
use crate::returns::{Plan, Progress, catch_up, plan};
use crate::steps::Step;
use crate::wallet::{Given, Offer, Wallets};

/// How long a code can be claimed, and a return waits for its purchase.
pub const CLAIM_DAYS: i64 = 40;
const WAITING_DAYS: i64 = 30;
/// How late a till may be.
const LATENESS_DAYS: i64 = 7;

#[derive(Debug, Clone)]
struct Promotion {
    versions: Vec<(Option<DateTime<Utc>>, Terms)>,
    /// Times in which it rests; the last may still last.
    pauses: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

impl Promotion {
    /// The highest version in force; lower ones never come back.
    fn at(&self, instant: DateTime<Utc>) -> Option<&Terms> {
        let rests = |(from, to): &(DateTime<Utc>, Option<DateTime<Utc>>)| {
            *from <= instant && to.is_none_or(|to| instant < to)
        };
        let version = self.versions.iter().rev().find(|(from, _)| from.is_none_or(|from| from <= instant));
        version.filter(|_| !self.pauses.iter().any(rests)).map(|(_, terms)| terms)
    }
}

/// What is published at one moment. A purchase keeps that of its arrival.
#[derive(Debug, Clone)]
struct Rules {
    promotions: Vec<Promotion>,
    pending_days: u64,
}

/// Under which a promotion's limit of a customer counts.
type Use = (usize, usize, Period, NaiveDate);

pub(crate) struct Stored {
    purchase: Purchase,
    occurred_at: DateTime<Utc>,
    received_at: DateTime<Utc>,
    rules: Rc<Rules>,
    answer: Bought,
    /// Who was credited with what, and which lots it went into.
    pub(crate) credit: Option<Credit>,
    claim: Option<(usize, Answer)>,
    pub(crate) progress: Progress,
    returns: BTreeMap<u8, (Returning, Returned)>,
}

pub(crate) struct Credit {
    pub(crate) customer: usize,
    pub(crate) earned: Earned,
    days: Vec<NaiveDate>,
    uses: BTreeMap<usize, Use>,
    budgets: Vec<usize>,
    claimed_at: Option<DateTime<Utc>>,
}

pub struct Model {
    pub now: DateTime<Utc>,
    pub(crate) setup: Setup,
    since: NaiveDate,
    policy: ReturnPolicy,
    rules: Rc<Rules>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) purchases: BTreeMap<u32, Stored>,
    waiting: Vec<(DateTime<Utc>, u32, u8, Returning, bool)>,
    budgets: BTreeMap<usize, i64>,
    uses: BTreeMap<Use, i64>,
    expired_on: Option<NaiveDate>,
    wallets: Wallets,
    /// What is left of each reward.
    pub(crate) stock: Vec<Option<i64>>,
    pub(crate) redemptions: BTreeMap<u32, Redemption>,
    /// Purchases that the cashback module has not come to.
    told: Vec<u32>,
}

impl Model {
    pub fn new(setup: &Setup, now: DateTime<Utc>) -> Self {
        let promotions = setup
            .promotions
            .iter()
            .map(|terms| Promotion { versions: vec![(None, terms.clone())], pauses: Vec::new() });
        let offers = setup
            .offers
            .iter()
            .map(|terms| Offer { versions: vec![(now, terms.clone())], archived_at: None });
        let account = |index| Account { known: index < KNOWN_CUSTOMERS, ..Account::default() };
        Self {
            now,
            setup: setup.clone(),
            since: calendar::day(now),
            policy: ReturnPolicy::AllowNegative,
            rules: Rc::new(Rules { promotions: promotions.collect(), pending_days: 0 }),
            accounts: (0..CUSTOMERS).map(account).collect(),
            purchases: BTreeMap::new(),
            waiting: Vec::new(),
            budgets: BTreeMap::new(),
            uses: BTreeMap::new(),
            expired_on: Some(calendar::day(now)),
            wallets: Wallets {
                offers: offers.collect(),
                best_only: setup.best_offer_only,
                ..Wallets::default()
            },
            stock: setup.rewards.iter().map(|reward| reward.stock).collect(),
            redemptions: BTreeMap::new(),
            told: Vec::new(),
        }
    }

    /// Does a step and tells the answer that it must get.
    pub fn step(&mut self, step: &Step) -> Answer {
        match step {
            Step::Buy(purchase) => self.buy(purchase),
            Step::Again(number) => match self.purchases.get(number) {
                Some(stored) => self.buy(&stored.purchase.clone()),
                None => Answer::Skipped,
            },
            Step::Conflict(purchase) => match self.purchases.contains_key(&purchase.number) {
                true => self.buy(purchase),
                false => Answer::Skipped,
            },
            Step::Return { number, name, what } => self.give_back(*number, *name, what),
            Step::Claim { number, customer } => self.claim(*number, *customer),
            Step::Adjust { customer, points, expires_in } => self.adjust(*customer, *points, *expires_in),
            Step::Redeem { number, customer, reward, hold } => {
                self.redeem(*number, *customer, *reward, *hold)
            }
            Step::Capture(number) => self.capture(*number),
            Step::Cancel(number) => self.cancel(*number),
            Step::Tier { tier, terms } => self.edit_tier(*tier, terms),
            Step::Promotion { promotion, terms } => {
                let now = self.now;
                Rc::make_mut(&mut self.rules).promotions[*promotion]
                    .versions
                    .push((Some(now), terms.clone()));
                Answer::Done
            }
            Step::Pause { promotion } => self.pause(*promotion),
            Step::Offer { offer, terms } => {
                let offer = &mut self.wallets.offers[*offer];
                if offer.archived_at.is_some() {
                    return Answer::Refused("archived".to_owned());
                }
                offer.versions.push((self.now, terms.clone()));
                Answer::Done
            }
            Step::Archive { offer } => {
                let now = self.now;
                self.wallets.offers[*offer].archived_at.get_or_insert(now);
                Answer::Done
            }
            Step::Policy(policy, days) => {
                self.policy = *policy;
                Rc::make_mut(&mut self.rules).pending_days = *days;
                Answer::Done
            }
            Step::Pass { seconds } => {
                self.now += TimeDelta::seconds(*seconds);
                Answer::Done
            }
            Step::Jobs => {
                self.jobs();
                Answer::Done
            }
            Step::Settle => {
                self.jobs();
                self.settle();
                self.jobs();
                Answer::Done
            }
        }
    }

    fn buy(&mut self, purchase: &Purchase) -> Answer {
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
        let mut stored = Stored {
            purchase: purchase.clone(),
            occurred_at,
            received_at: self.now,
            rules: Rc::clone(&self.rules),
            answer: Bought {
                replayed: false,
                credited: false,
                earned: 0,
                pending: 0,
                claimable: None,
                balance: None,
                lines: Vec::new(),
            },
            credit: None,
            claim: None,
            progress: Progress::default(),
            returns: BTreeMap::new(),
        };
        match purchase.customer {
            Some(customer) => {
                let (credit, earned, waits) = self.credit(&stored, customer, None);
                let lines =
                    credit.earned.lines.iter().map(|line| line.iter().map(|(_, points)| points).sum());
                stored.answer.lines = lines.collect();
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
                stored.answer.lines =
                    earned.lines.iter().map(|line| line.iter().map(|(_, points)| points).sum()).collect();
            }
        }
        let answer = Answer::Purchase(stored.answer.clone());
        self.purchases.insert(purchase.number, stored);
        answer
    }

    /// What a purchase earns for a customer whose limits count at an instant.
    fn evaluate(&self, stored: &Stored, customer: Option<usize>, counts_at: DateTime<Utc>) -> Earned {
        let rules: Vec<Rule<'_>> = stored
            .rules
            .promotions
            .iter()
            .enumerate()
            .filter_map(|(promotion, versions)| {
                let terms = versions.at(stored.occurred_at)?;
                let used = |customer: usize, period| {
                    self.uses
                        .get(&(customer, promotion, period, begin(period, counts_at)))
                        .copied()
                        .unwrap_or(0)
                };
                let left_for_customer = terms.per_customer.map(|(most, period)| {
                    (most - customer.map_or(0, |customer| used(customer, period))).max(0)
                });
                let spent = customer.map_or(0, |_| self.budgets.get(&promotion).copied().unwrap_or(0));
                let left_of_budget = terms.budget.map(|(most, _)| (most - spent).max(0));
                Some(Rule { promotion, terms, left_for_customer, left_of_budget })
            })
            .collect();
        let facts = Facts {
            lines: &stored.purchase.lines,
            retailer: stored.purchase.retailer,
            first_purchase: customer.is_some_and(|customer| self.accounts[customer].purchases == 0),
            tier: customer.map(|customer| self.accounts[customer].tier),
            tier_multiplier: customer
                .map_or(Decimal::ONE, |customer| self.setup.tiers[self.accounts[customer].tier].multiplier),
            rounding: self.setup.rounding,
        };
        evaluate(&facts, &rules)
    }

    /// Credits a purchase, at once or by a claim. Tells all points, and how many of them wait.
    fn credit(
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
        let (all, waiting) = (earned.total(), waits.values().sum::<i64>());
        let mut days = vec![self.lot_day(self.now)];
        let today = calendar::day(self.now);
        let account = &mut self.accounts[customer];
        account.known = true;
        account.purchases += 1;
        account.lifetime += all;
        if all > 0 {
            account.active_on = Some(today);
        }
        account.put(days[0], all - waiting);
        let purchase = stored.purchase.number;
        for (matures_at, points) in waits {
            self.accounts[customer].waiting.push(Waiting { purchase, matures_at, points });
            days.push(self.lot_day(matures_at));
        }
        (Credit { customer, earned, days, uses, budgets, claimed_at }, all, waiting)
    }

    /// The last day on which points can be spent that can be spent from an instant on.
    fn lot_day(&self, from: DateTime<Utc>) -> NaiveDate {
        if let Expiry::Inactivity(_) = self.setup.expiry { NEVER } else { self.given_day(from) }
    }

    fn given_day(&self, from: DateTime<Utc>) -> NaiveDate {
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

    fn claim(&mut self, number: u32, customer: usize) -> Answer {
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
        answer
    }

    fn give_back(&mut self, number: u32, name: u8, what: &Returning) -> Answer {
        if let Some(stored) = self.purchases.remove(&number) {
            let (stored, answer) = self.book(stored, name, what);
            self.purchases.insert(number, stored);
            return match answer {
                Ok(returned) => Answer::Return(Box::new(returned)),
                Err(refusal) => Answer::Refused(refusal),
            };
        }
        let waiting = self.waiting.iter().find(|(_, of, called, ..)| (*of, *called) == (number, name));
        match waiting {
            Some((_, _, _, first, _)) if first == what => Answer::Waiting,
            Some(_) => Answer::Refused("return_conflict".to_owned()),
            None => {
                self.waiting.push((self.now, number, name, what.clone(), false));
                Answer::Waiting
            }
        }
    }

    fn book(&mut self, mut stored: Stored, name: u8, what: &Returning) -> (Stored, Result<Returned, String>) {
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
            replayed: false,
            amount: plan.amount,
            points: plan.points,
            pending: 0,
            debt: 0,
            absorbed: 0,
            cashback: 0,
            balance: None,
            complete: plan.complete,
        };
        if let Some(credit) = &stored.credit {
            self.accounts[credit.customer].expire(calendar::day(self.now));
            (returned.pending, returned.debt, returned.absorbed) =
                self.reverse(stored.purchase.number, credit, &plan);
            returned.cashback =
                self.wallets.take_back(stored.purchase.number, &stored.purchase.lines, &plan.progress);
            returned.balance = Some(self.accounts[credit.customer].balance());
        }
        stored.progress = plan.progress;
        stored.returns.insert(name, (what.clone(), returned.clone()));
        (stored, Ok(returned))
    }

    /// Takes points back: what waits, then what is there, then by policy. Tells what waited, is owed, and is absorbed.
    fn reverse(&mut self, number: u32, credit: &Credit, plan: &Plan) -> (i64, i64, i64) {
        for (promotion, points) in &plan.by_promotion {
            if let Some(used) = credit.uses.get(promotion).and_then(|key| self.uses.get_mut(key)) {
                *used -= points;
            }
            if credit.budgets.contains(promotion) {
                *self.budgets.entry(*promotion).or_default() -= points;
            }
        }
        let account = &mut self.accounts[credit.customer];
        let mut rest = plan.points;
        // What would have waited longest goes first.
        let mut waiting: Vec<&mut Waiting> =
            account.waiting.iter_mut().filter(|waiting| waiting.purchase == number).collect();
        waiting.sort_by_key(|waiting| std::cmp::Reverse(waiting.matures_at));
        for waiting in waiting {
            let part = rest.min(waiting.points);
            waiting.points -= part;
            rest -= part;
        }
        account.waiting.retain(|waiting| waiting.points > 0);
        let pending = plan.points - rest;
        let available = account.available().max(0);
        let (_, missing) = account.take(rest.min(available), &credit.days);
        assert_eq!(missing, 0, "what is available is in lots");
        let short = rest - rest.min(available);
        account.lifetime -= plan.points;
        if self.policy == ReturnPolicy::FloorZero {
            // What the merchant bears is not taken from the customer.
            account.lifetime += short;
            return (pending, 0, short);
        }
        account.debt += short;
        (pending, short, 0)
    }

    fn adjust(&mut self, customer: usize, points: i64, expires_in: Option<u64>) -> Answer {
        if !self.accounts[customer].known {
            return Answer::Skipped;
        }
        let today = calendar::day(self.now);
        let day = match expires_in {
            Some(days) => today + chrono::Days::new(days),
            None => self.given_day(self.now),
        };
        let account = &mut self.accounts[customer];
        let open: i64 = account.lots.iter().filter(|(day, _)| **day >= today).map(|(_, left)| left).sum();
        // Refused, it leaves no trace: not even of what was over.
        if points < 0 && -points > open {
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

    fn pause(&mut self, promotion: usize) -> Answer {
        let now = self.now;
        let pauses = &mut Rc::make_mut(&mut self.rules).promotions[promotion].pauses;
        match pauses.last_mut() {
            Some((_, to @ None)) => *to = Some(now),
            _ => pauses.push((now, None)),
        }
        Answer::Done
    }

    /// What time alone causes.
    fn jobs(&mut self) {
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
        let today = calendar::day(now);
        if self.expired_on.is_none_or(|day| day < today) {
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
        let over = |redemption: &Redemption| redemption.state == HELD && redemption.held_until <= Some(now);
        let over: Vec<u32> = self
            .redemptions
            .iter()
            .filter(|(_, redemption)| over(redemption))
            .map(|(number, _)| *number)
            .collect();
        for number in over {
            self.cancel(number);
        }
        self.wallets.expire(now);
        self.waiting.retain(|(since, ..)| *since + TimeDelta::days(WAITING_DAYS) > now);
        for (since, number, name, what, refused) in std::mem::take(&mut self.waiting) {
            let stored = if refused { None } else { self.purchases.remove(&number) };
            match stored {
                Some(stored) => {
                    let (stored, answer) = self.book(stored, name, &what);
                    self.purchases.insert(number, stored);
                    if answer.is_err() {
                        self.waiting.push((since, number, name, what, true));
                    }
                }
                None => self.waiting.push((since, number, name, what, refused)),
            }
        }
    }

    /// The program modules come to what they were told of, in the order of arrival.
    fn settle(&mut self) {
        let mut told = std::mem::take(&mut self.told);
        told.sort_by_key(|number| self.purchases.get(number).map(|stored| stored.received_at));
        for number in told {
            let Some(stored) = self.purchases.get(&number) else { continue };
            let Some(credit) = &stored.credit else { continue };
            self.wallets.give(&Given {
                customer: credit.customer,
                purchase: number,
                lines: &stored.purchase.lines,
                occurred_at: stored.occurred_at,
                received_at: stored.received_at,
                claimed_at: credit.claimed_at,
                progress: &stored.progress,
            });
        }
        self.rise();
    }

    /// A purchase as it was stored.
    pub fn stored(&self, number: u32) -> Option<&Purchase> {
        self.purchases.get(&number).map(|stored| &stored.purchase)
    }

    /// Everything that must be stored now.
    pub fn books(&self) -> Books {
        let standing = |(customer, account): (usize, &Account)| Standing {
            available: account.available(),
            pending: account.pending(),
            reserved: account.reserved,
            debt: account.debt,
            lifetime: account.lifetime,
            lots: account
                .lots
                .iter()
                .filter(|(_, left)| **left > 0)
                .map(|(day, left)| (*day, *left))
                .collect(),
            wallet: self.wallets.amount(customer),
            tier: (account.tier, account.moves),
        };
        let used = |(key, points): (&Use, &i64)| (key.0, key.1, key.2, key.3, *points);
        let cashback = |(key, used): (&(usize, usize, NaiveDate), &i64)| (key.0, key.1, key.2, *used);
        Books {
            customers: self.accounts.iter().enumerate().map(standing).collect(),
            budgets: self
                .budgets
                .iter()
                .filter(|(_, used)| **used != 0)
                .map(|(p, used)| (*p, *used))
                .collect(),
            uses: self.uses.iter().filter(|(_, used)| **used != 0).map(used).collect(),
            stock: self.stock.clone(),
            cashback_uses: self.wallets.uses.iter().filter(|(_, used)| **used != 0).map(cashback).collect(),
        }
    }

    /// What a customer sees of the wallet: what can be spent, and what waits.
    pub fn wallet(&self, customer: usize) -> (i64, i64) {
        self.wallets.spendable(customer, self.now)
    }
}

/// The first day of the period that an instant is in.
fn begin(period: Period, instant: DateTime<Utc>) -> NaiveDate {
    match period {
        Period::Day => calendar::day(instant),
        Period::Month => calendar::month(calendar::day(instant)),
        Period::Ever => NaiveDate::from_ymd_opt(1, 1, 1).unwrap(),
    }
}

/// The fields in which a purchase differs from what is stored under its number.
fn differences(stored: &Purchase, sent: &Purchase) -> Vec<String> {
    let mut differences = Vec::new();
    if stored.customer != sent.customer {
        differences.push("/customer".to_owned());
    }
    let (lines, others) = (&stored.lines, &sent.lines);
    for (index, (line, other)) in lines.iter().zip(others).enumerate() {
        if line.product != other.product {
            differences.push(format!("/lines/{index}/product"));
        }
        if line.quantity != other.quantity {
            differences.push(format!("/lines/{index}/quantity"));
        }
        if line.amount != other.amount {
            differences.push(format!("/lines/{index}/amount"));
        }
        if line.discount != other.discount {
            differences.push(format!("/lines/{index}/discount"));
        }
    }
    differences
}

//! Cashback: what a purchase gives, and the lots of the wallets.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::calendar;
use super::earn::{is_meant, split};
use super::returns::{Progress, kept};
use crate::plain::{Line, OfferTerms, ReturnPolicy, Setup};

/// An offer with everything that it ever said.
#[derive(Debug, Clone)]
pub struct Offer {
    pub versions: Vec<(DateTime<Utc>, OfferTerms)>,
    pub archived_at: Option<DateTime<Utc>>,
}

impl Offer {
    /// What it said when the purchase happened, unless it was put away before the purchase came in.
    fn at(&self, occurred_at: DateTime<Utc>, received_at: DateTime<Utc>) -> Option<&OfferTerms> {
        let put_away = self.archived_at.is_some_and(|instant| instant <= received_at);
        let version = self.versions.iter().rev().find(|(from, _)| *from <= occurred_at);
        version.filter(|_| !put_away).map(|(_, terms)| terms)
    }
}

/// What one offer gave for one purchase.
#[derive(Debug, Clone)]
pub struct CashLot {
    pub customer: usize,
    pub purchase: u32,
    pub offer: usize,
    pub month: NaiveDate,
    /// By line.
    pub given: Vec<i64>,
    /// What returns undid.
    pub returned: i64,
    /// What is still there of it.
    pub left: i64,
    /// What nobody had spent in time, and no return has undone since.
    pub expired: i64,
    /// What returns undid that was spent, and that the customer gave from elsewhere or owes.
    pub covered: i64,
    pub received_at: DateTime<Utc>,
    pub from: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

/// A purchase that somebody made or claimed.
pub struct Given<'a> {
    pub customer: usize,
    pub purchase: u32,
    pub lines: &'a [Line],
    /// The same with what was left to pay, which is what earns.
    pub paid: &'a [Line],
    pub occurred_at: DateTime<Utc>,
    pub received_at: DateTime<Utc>,
    pub claimed_at: Option<DateTime<Utc>>,
    pub progress: &'a Progress,
}

#[derive(Debug, Clone, Default)]
pub struct Wallets {
    pub offers: Vec<Offer>,
    pub lots: Vec<CashLot>,
    pub uses: BTreeMap<(usize, usize, NaiveDate), i64>,
    /// What customers owe: what comes next repays it.
    pub owed: BTreeMap<usize, i64>,
    pub best_only: bool,
}

impl Wallets {
    pub fn new(setup: &Setup, now: DateTime<Utc>) -> Self {
        let offer = |terms: &OfferTerms| Offer { versions: vec![(now, terms.clone())], archived_at: None };
        let offers = setup.offers.iter().map(offer).collect();
        Self { offers, best_only: setup.best_offer_only, ..Self::default() }
    }

    /// The offers of its time that give something for what was paid, and what they give.
    fn givers(
        &self,
        customer: Option<usize>,
        paid: &[Line],
        (occurred_at, received_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Vec<(usize, OfferTerms, Vec<i64>)> {
        let month = calendar::month(calendar::day(occurred_at));
        let mut givers: Vec<(usize, OfferTerms, Vec<i64>)> = Vec::new();
        for (index, offer) in self.offers.iter().enumerate() {
            let Some(terms) = offer.at(occurred_at, received_at) else { continue };
            let key = customer.map(|customer| (customer, index, month));
            let used = key.and_then(|key| self.uses.get(&key)).copied().unwrap_or(0);
            let parts = parts(terms, paid, used);
            if terms.active && parts.iter().sum::<i64>() > 0 {
                givers.push((index, terms.clone(), parts));
            }
        }
        if self.best_only {
            let worth = |giver: &(usize, OfferTerms, Vec<i64>)| giver.2.iter().sum::<i64>();
            let most = givers.iter().map(worth).max();
            givers.retain(|giver| Some(worth(giver)) == most);
            givers.truncate(1);
        }
        givers
    }

    /// What a basket would give.
    pub fn worth(&self, customer: Option<usize>, paid: &[Line], now: DateTime<Utc>) -> i64 {
        self.givers(customer, paid, (now, now)).iter().flat_map(|(_, _, parts)| parts).sum()
    }

    /// Gives what the offers of its time give for a purchase; what was returned of it before goes back at once.
    pub fn give(&mut self, bought: &Given<'_>) {
        let month = calendar::month(calendar::day(bought.occurred_at));
        let givers =
            self.givers(Some(bought.customer), bought.paid, (bought.occurred_at, bought.received_at));
        for (offer, terms, given) in givers {
            let since = bought.claimed_at.unwrap_or(bought.received_at);
            let earned_at = bought.claimed_at.unwrap_or(bought.occurred_at);
            let from = calendar::days_later(earned_at, terms.pending_days).max(since);
            let back = undone(&given, bought.lines, bought.progress);
            let all: i64 = given.iter().sum();
            *self.uses.entry((bought.customer, offer, month)).or_default() += all - back;
            let repaid = self.repay(bought.customer, all - back);
            self.lots.push(CashLot {
                customer: bought.customer,
                purchase: bought.purchase,
                offer,
                month,
                given,
                returned: back,
                left: all - back - repaid,
                expired: 0,
                covered: 0,
                received_at: bought.received_at,
                from,
                until: terms.valid_days.map(|days| calendar::end_of_day_after(from, days)),
            });
        }
    }

    /// What of so much that comes to a customer repays what is owed.
    fn repay(&mut self, customer: usize, amount: i64) -> i64 {
        let owed = self.owed.entry(customer).or_default();
        let repaid = amount.min(*owed);
        *owed -= repaid;
        repaid
    }

    /// Takes back what is returned of a purchase: what is still there of it, then what else the customer has, and by the
    /// policy what is missing. What has expired is not taken once more. Tells how much it was in all, and what of it is
    /// owed and absorbed.
    pub fn take_back(
        &mut self,
        purchase: u32,
        customer: usize,
        lines: &[Line],
        progress: &Progress,
        (policy, now): (ReturnPolicy, DateTime<Utc>),
    ) -> (i64, i64, i64) {
        let (mut taken, mut spent) = (0, Vec::new());
        for (place, lot) in self.lots.iter_mut().enumerate().filter(|(_, lot)| lot.purchase == purchase) {
            let back = undone(&lot.given, lines, progress) - lot.returned;
            let part = back.min(lot.left);
            let over = (back - part).min(lot.expired);
            lot.returned += back;
            lot.left -= part;
            lot.expired -= over;
            taken += part;
            spent.push((place, back - part - over));
            if let Some(used) = self.uses.get_mut(&(lot.customer, lot.offer, lot.month)) {
                *used -= back;
            }
        }
        let missing: i64 = spent.iter().map(|(_, spent)| spent).sum();
        let from_others = self.take(customer, missing, now);
        let rest = missing - from_others;
        let (debt, absorbed) = if policy == ReturnPolicy::FloorZero { (0, rest) } else { (rest, 0) };
        *self.owed.entry(customer).or_default() += debt;
        let mut covered = from_others + debt;
        for (place, spent) in spent {
            let part = covered.min(spent);
            covered -= part;
            self.lots[place].covered += part;
        }
        (taken + missing, debt, absorbed)
    }

    /// Takes up to so much of what a customer has, what is over first before what waits. Tells how much there was.
    fn take(&mut self, customer: usize, amount: i64, now: DateTime<Utc>) -> i64 {
        let mut open: Vec<&mut CashLot> = self
            .lots
            .iter_mut()
            .filter(|lot| {
                lot.customer == customer && lot.left > 0 && lot.until.is_none_or(|until| until > now)
            })
            .collect();
        open.sort_by_key(|lot| (lot.from > now, lot.until.is_none(), lot.until, lot.received_at, lot.offer));
        let mut missing = amount;
        for lot in open {
            let part = missing.min(lot.left);
            missing -= part;
            lot.left -= part;
        }
        amount - missing
    }

    /// Cashback that had paid goes back into its lot, except what the merchant has borne of it, and repays what is owed
    /// first. Tells how much came.
    pub fn put_back(&mut self, place: usize, amount: i64) -> i64 {
        let lot = &self.lots[place];
        let room = lot.given.iter().sum::<i64>() - lot.returned + lot.covered - lot.left;
        let (came, customer) = (amount.min(room).max(0), lot.customer);
        let repaid = self.repay(customer, came);
        self.lots[place].left += came - repaid;
        came
    }

    pub fn expire(&mut self, now: DateTime<Utc>) {
        for lot in self.lots.iter_mut().filter(|lot| lot.until.is_some_and(|until| until <= now)) {
            lot.expired += lot.left;
            lot.left = 0;
        }
    }

    /// Everything in the wallet, whether its time has come or is over.
    pub fn amount(&self, customer: usize) -> i64 {
        self.lots.iter().filter(|lot| lot.customer == customer).map(|lot| lot.left).sum()
    }

    pub fn owed(&self, customer: usize) -> i64 {
        self.owed.get(&customer).copied().unwrap_or(0)
    }

    /// What can be spent, and what waits.
    pub fn spendable(&self, customer: usize, now: DateTime<Utc>) -> (i64, i64) {
        let mine = self.lots.iter().filter(|lot| lot.customer == customer);
        let open = mine.filter(|lot| lot.until.is_none_or(|until| until > now));
        open.fold(
            (0, 0),
            |(can, waits), lot| {
                if lot.from <= now { (can + lot.left, waits) } else { (can, waits + lot.left) }
            },
        )
    }
}

/// Floor per line, then the caps.
fn parts(terms: &OfferTerms, lines: &[Line], used: i64) -> Vec<i64> {
    let covers =
        |line: &Line| terms.products.is_empty() || terms.products.iter().any(|by| is_meant(by, line.product));
    let part = |line: &Line| {
        if covers(line) { (Decimal::from(line.due()) * terms.percentage).floor() } else { Decimal::ZERO }
    };
    let full: Vec<i64> = lines.iter().map(|line| part(line).try_into().unwrap()).collect();
    let sum = full.iter().sum::<i64>();
    let left = terms.per_month.map_or(sum, |cap| (cap - used).max(0));
    let most = sum.min(left).min(terms.per_purchase.unwrap_or(sum));
    if most < sum { split(most, &full) } else { full }
}

fn undone(given: &[i64], lines: &[Line], progress: &Progress) -> i64 {
    let line =
        |(index, given): (usize, &i64)| given - kept(*given, lines[index].due(), progress.amount_of(index));
    given.iter().enumerate().map(line).sum()
}

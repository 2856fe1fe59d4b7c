//! Reward policies: what is counted, which numbers that passes, and what is given for it: once for each promise, cause and
//! person.
//!
//! The rise of points above a number is not followed here but read off the entries of the engine; see `real::books`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::earn::is_meant;
use super::friends::{Pays, REGISTERED};
use super::purchases::{Stored, begin};
use super::{Model, calendar};
use crate::plain::*;

const HELD: &str = "held";
const PAID: &str = "paid";
const CANCELLED: &str = "cancelled";
const REFUSED: &str = "refused";
const REVERSED: &str = "reversed";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Joined,
    FriendJoined(usize),
    First(usize),
    Purchase(u32),
    /// Of whom what is counted, and which number was passed.
    Number(usize, i64),
    /// Whose tier, by the number of the move.
    Tier(usize, usize),
}

/// Promise, cause, and who is given something.
type Key = (usize, Cause, usize);

#[derive(Debug, Clone)]
struct Award {
    state: &'static str,
    /// Whether a return has undone it: then it can begin again.
    by_return: bool,
    amount: i64,
    times: i64,
    friend: Option<usize>,
    purchase: Option<u32>,
    waits: bool,
    awarded_at: DateTime<Utc>,
    due: DateTime<Utc>,
    undo: bool,
    /// How often of it stays when it is undone.
    keeps: i64,
}

/// Something that has happened.
struct Happened {
    promise: usize,
    cause: Cause,
    customer: usize,
    times: i64,
    purchase: Option<u32>,
    at: DateTime<Utc>,
}

#[derive(Debug, Clone, Default)]
pub struct Promises {
    awards: BTreeMap<Key, Award>,
    /// What returns have undone and was given again.
    past: Vec<(Key, Award)>,
    /// What each purchase counts for each promise, and of whom.
    counted: BTreeMap<(usize, u32), (usize, i64)>,
    /// What has happened and was not come to: who joined, by whom, what was decided.
    pub joined: Vec<usize>,
    pub friends_joined: Vec<usize>,
    pub friends_approved: Vec<usize>,
    pub friends_gone: Vec<usize>,
    /// How many moves of each customer's tier were come to.
    moves: BTreeMap<usize, usize>,
}

impl Promises {
    fn count_of(&self, promise: usize, subject: usize) -> i64 {
        let of =
            |((one, _), (whose, _)): &(&(usize, u32), &(usize, i64))| (*one, *whose) == (promise, subject);
        self.counted.iter().filter(of).map(|(_, (_, count))| count).sum()
    }

    /// What it gives and will give, but for thresholds.
    pub fn awards(&self) -> Vec<(usize, usize, String, i64)> {
        let mut awards: Vec<_> = self
            .awards
            .iter()
            .chain(self.past.iter().map(|(key, award)| (key, award)))
            .map(|((promise, _, to), award)| (*promise, *to, award.state.to_owned(), award.amount))
            .collect();
        awards.sort();
        awards
    }
}

impl Model {
    /// Comes to these purchases, which are new, claimed or returned in part, and to all else that has happened.
    pub fn keep_promises(&mut self, purchases: &BTreeSet<u32>) {
        let mut order: Vec<u32> = purchases.iter().copied().collect();
        order.sort_by_key(|number| self.purchases[number].received_at);
        let (mut happened, mut due) = (Vec::new(), BTreeSet::new());
        let mut less = Vec::new();
        for number in order {
            for promise in 0..self.setup.promises.len() {
                self.count(promise, number, &mut happened, &mut less);
            }
        }
        happened.extend(self.others());
        for one in happened {
            due.extend(self.award(&one));
        }
        for (promise, number) in less {
            due.extend(self.take_cause(promise, number));
        }
        for friend in std::mem::take(&mut self.promises.friends_gone) {
            for award in self.promises.awards.values_mut() {
                if award.friend == Some(friend) && award.state == HELD {
                    (award.state, award.waits) = (CANCELLED, false);
                }
            }
        }
        for friend in std::mem::take(&mut self.promises.friends_approved) {
            for (key, award) in &mut self.promises.awards {
                if award.friend == Some(friend) && award.state == HELD && award.waits {
                    award.waits = false;
                    due.insert(*key);
                }
            }
        }
        self.pay_awards(due);
    }

    /// Counts a purchase for a promise as it is by now.
    fn count(
        &mut self,
        promise: usize,
        number: u32,
        happened: &mut Vec<Happened>,
        less: &mut Vec<(usize, u32)>,
    ) {
        let stored = &self.purchases[&number];
        let Some(credit) = &stored.credit else { return };
        let customer = credit.customer;
        let (counting, numbers) = match &self.setup.promises[promise].when {
            When::FirstPurchase(counting) | When::FriendPurchase(counting) => (counting, None),
            When::FriendCount(counting, numbers)
            | When::FriendsCount(counting, numbers)
            | When::OwnCount(counting, numbers) => (counting, Some(numbers.clone())),
            _ => return,
        };
        let known = self.promises.counted.get(&(promise, number)).copied();
        let friend = self.friends.get(&customer).filter(|one| known.is_some() || one.pays() != Pays::Never);
        let subject = match self.setup.promises[promise].when {
            When::FirstPurchase(_) => (known.is_some() || credit.is_first).then_some(customer),
            When::OwnCount(..) => Some(customer),
            When::FriendsCount(..) => friend.map(|friend| friend.advocate),
            _ => friend.map(|_| customer),
        };
        let Some(subject) = subject else { return };
        let (before, after) = (known.map_or(0, |(_, count)| count), worth(counting, stored));
        if before == after {
            return;
        }
        let sum = self.promises.count_of(promise, subject);
        let at = credit.at;
        self.promises.counted.insert((promise, number), (subject, after));
        if after < before {
            less.push((promise, number));
            return;
        }
        let causes = match (&self.setup.promises[promise].when, numbers) {
            (_, Some(numbers)) => {
                passed(&numbers, sum, sum + after - before).map(|n| (Cause::Number(subject, n), 1)).collect()
            }
            (When::FirstPurchase(_), None) => vec![(Cause::First(customer), 1)],
            _ => vec![(Cause::Purchase(number), after)],
        };
        happened.extend(causes.into_iter().map(|(cause, times)| Happened {
            promise,
            cause,
            customer,
            times,
            purchase: Some(number),
            at,
        }));
    }

    /// What has happened besides purchases.
    fn others(&mut self) -> Vec<Happened> {
        let mut found: Vec<(usize, Cause, DateTime<Utc>)> = Vec::new();
        for customer in std::mem::take(&mut self.promises.joined) {
            let since = self.purchases.values().filter_map(|stored| stored.credit.as_ref());
            let since = since.filter(|credit| credit.customer == customer).map(|credit| credit.at).min();
            found.push((customer, Cause::Joined, since.unwrap_or(self.now)));
        }
        for friend in std::mem::take(&mut self.promises.friends_joined) {
            if self.friends[&friend].pays() != Pays::Never {
                found.push((friend, Cause::FriendJoined(friend), self.now));
            }
        }
        for customer in 0..CUSTOMERS {
            let seen = self.promises.moves.entry(customer).or_default();
            let moves = &self.accounts[customer].place.moves;
            for (number, (at, tier, up)) in moves.iter().enumerate().skip(*seen) {
                if tier.is_some() && *up {
                    found.push((customer, Cause::Tier(customer, number), *at));
                }
            }
            *seen = moves.len();
        }
        let mut happened = Vec::new();
        for (customer, cause, at) in found {
            for (promise, terms) in self.setup.promises.iter().enumerate() {
                let is_meant = match (&terms.when, cause) {
                    (When::Joined, Cause::Joined) | (When::FriendJoined, Cause::FriendJoined(_)) => true,
                    (When::TierReached(tier), Cause::Tier(_, number)) => {
                        self.accounts[customer].place.moves[number].1 == Some(*tier)
                    }
                    _ => false,
                };
                if is_meant {
                    happened.push(Happened { promise, cause, customer, times: 1, purchase: None, at });
                }
            }
        }
        happened
    }

    /// Writes down what is given for something, and tells what of it is due.
    fn award(&mut self, happened: &Happened) -> Vec<Key> {
        let terms = self.setup.promises[happened.promise].clone();
        let friend = self.friends.get(&happened.customer).filter(|_| terms.to != To::Customer).cloned();
        let advocate = friend.as_ref().map(|friend| friend.advocate);
        let hold = self.setup.friends.as_ref().map_or(0, |friends| friends.hold_days);
        let held_until = friend.as_ref().and_then(|friend| friend.held_until(hold));
        let due = calendar::days_later(happened.at, terms.hold_days);
        let due = held_until.map_or(due, |until| due.max(until));
        let to: Vec<usize> = match (terms.to, advocate) {
            (To::Customer, _) | (To::Friend, Some(_)) => vec![happened.customer],
            (To::Advocate, Some(advocate)) => vec![advocate],
            (To::Both, Some(advocate)) => vec![happened.customer, advocate],
            (_, None) => Vec::new(),
        };
        let mut found = Vec::new();
        for to in to {
            let key = (happened.promise, happened.cause, to);
            if let Some(known) = self.promises.awards.get_mut(&key) {
                let is_bought = happened.purchase.is_some();
                // It is reached again before what it gave was taken back.
                if is_bought && known.state == PAID && known.undo {
                    (known.undo, known.purchase) = (false, happened.purchase);
                    known.friend = friend.as_ref().map(|_| happened.customer);
                }
                let is_undone = [CANCELLED, REVERSED].contains(&known.state) && known.by_return;
                if !(is_undone && is_bought) {
                    continue;
                }
            }
            let times = happened.times.min(self.left_of_cap(happened.promise, &terms, to));
            let state = if times > 0 { HELD } else { REFUSED };
            let times = if times > 0 { times } else { happened.times };
            let amount = match terms.gives {
                Gift::Points(points) => points * times,
                Gift::MoneyOff(_) => 1,
            };
            let waits = friend.as_ref().is_some_and(|friend| friend.pays() == Pays::Waits);
            let award = Award {
                state,
                by_return: false,
                amount,
                times,
                friend: friend.as_ref().map(|_| happened.customer),
                purchase: happened.purchase,
                waits,
                awarded_at: self.now,
                due,
                undo: false,
                keeps: 0,
            };
            if let Some(before) = self.promises.awards.insert(key, award) {
                self.promises.past.push((key, before));
            }
            if state == HELD && !waits && due <= self.now {
                found.push(key);
            }
        }
        found
    }

    fn left_of_cap(&self, promise: usize, terms: &Promise, to: usize) -> i64 {
        let Some((most, period)) = terms.cap else { return i64::MAX };
        let had = self.promises.awards.iter().filter(|((of, _, whom), award)| {
            (*of, *whom) == (promise, to)
                && [HELD, PAID].contains(&award.state)
                && begin(period, award.awarded_at) == begin(period, self.now)
        });
        let had: i64 = had.map(|(_, award)| award.times).sum();
        (i64::try_from(most).unwrap() - had).max(0)
    }

    /// A purchase counts less than it did. What it caused when it counts nothing any more, and what a number did that is not
    /// reached any more, is not paid, or is taken back; what was given for each unit is given for fewer.
    fn take_cause(&mut self, promise: usize, number: u32) -> Vec<Key> {
        let (subject, count) = self.promises.counted[&(promise, number)];
        let sum = self.promises.count_of(promise, subject);
        let mut due = Vec::new();
        for (key, award) in self.promises.awards.iter_mut().filter(|((of, ..), _)| *of == promise) {
            let is_own = award.purchase == Some(number);
            let gone = match key.1 {
                Cause::Number(whose, passed) => whose == subject && passed > sum,
                _ => is_own && count == 0,
            };
            match (gone, award.state) {
                (true, HELD) => (award.state, award.by_return) = (CANCELLED, true),
                (true, PAID) => {
                    (award.undo, award.keeps) = (true, 0);
                    due.push(*key);
                }
                (false, HELD | PAID)
                    if is_own && award.times > count && !matches!(key.1, Cause::Number(..)) =>
                {
                    match (self.setup.promises[promise].gives, award.state) {
                        (Gift::Points(_), PAID) => {
                            (award.undo, award.keeps) = (true, count);
                            due.push(*key);
                        }
                        (Gift::Points(points), _) => (award.amount, award.times) = (points * count, count),
                        (Gift::MoneyOff(_), _) => award.times = count,
                    }
                }
                _ => {}
            }
        }
        due
    }

    /// Those whose time has come.
    pub fn pay_due_awards(&mut self) {
        let is_due = |award: &Award| award.state == HELD && !award.waits && award.due <= self.now;
        let due = self.promises.awards.iter().filter(|(_, award)| is_due(award)).map(|(key, _)| *key);
        self.pay_awards(due.collect());
    }

    fn pay_awards(&mut self, due: BTreeSet<Key>) {
        let mut friends = BTreeSet::new();
        for key in due {
            let award = self.promises.awards[&key].clone();
            if award.undo && award.state == PAID {
                self.take_award(key);
            } else if award.state == HELD && !award.waits && award.due <= self.now && self.may_pay(key) {
                let Some(award) = self.promises.awards.get_mut(&key) else { continue };
                award.state = PAID;
                // What the friend is given rewards nobody for having brought the friend.
                friends.extend(award.friend.filter(|friend| *friend != key.2));
                if let Gift::Points(_) = self.setup.promises[key.0].gives {
                    let (points, day) = (award.amount, self.given_day(self.now));
                    self.accounts[key.2].put(day, points);
                }
            }
        }
        self.rewarded(&friends);
    }

    /// Whether the referral that an award depends on lets it be paid now.
    fn may_pay(&mut self, key: Key) -> bool {
        let hold = self.setup.friends.as_ref().map_or(0, |friends| friends.hold_days);
        let Some(award) = self.promises.awards.get_mut(&key) else { return false };
        let Some(friend) = award.friend else { return true };
        let friend = &self.friends[&friend];
        match friend.pays() {
            Pays::Yes => {
                let is_early = award.purchase.is_some() && friend.state == REGISTERED;
                !is_early && friend.held_until(hold).is_none_or(|until| until <= self.now)
            }
            Pays::Waits => {
                award.waits = true;
                false
            }
            Pays::Never => {
                award.state = CANCELLED;
                false
            }
        }
    }

    fn take_award(&mut self, key: Key) {
        let Some(award) = self.promises.awards.get_mut(&key) else { return };
        award.undo = false;
        let Gift::Points(once) = self.setup.promises[key.0].gives else {
            (award.state, award.by_return) = (REVERSED, true);
            return;
        };
        let points = award.amount - once * award.keeps;
        if award.keeps > 0 {
            (award.amount, award.times) = (once * award.keeps, award.keeps);
        } else {
            (award.state, award.by_return) = (REVERSED, true);
        }
        self.set_aside(key.2);
        let account = &mut self.accounts[key.2];
        account.expire(calendar::day(self.now));
        let short = account.owe(points, &[]);
        if self.policy != ReturnPolicy::FloorZero {
            account.debt += short;
        }
    }
}

/// What is left of a purchase, as a promise counts it.
fn worth(counting: &Counting, stored: &Stored) -> i64 {
    let (mut units, mut amount, mut any) = (0, 0, false);
    for (index, line) in stored.purchase.lines.iter().enumerate() {
        let include = &counting.include;
        if !include.is_empty() && !include.iter().any(|by| is_meant(by, line.product)) {
            continue;
        }
        let (returned, back) = (stored.progress.amount_of(index), stored.progress.units_of(index));
        let gone =
            if line.due() == 0 { line.quantity > 0 && back >= line.quantity } else { returned == line.due() };
        if !gone {
            any = true;
            units += i64::try_from(line.quantity - back).unwrap();
        }
        amount += line.due() - returned;
    }
    if stored.is_gone() || !any || counting.minimum.is_some_and(|minimum| amount < minimum) {
        0
    } else if counting.units {
        units
    } else {
        1
    }
}

/// The numbers behind one count and up to another.
fn passed(numbers: &Numbers, before: i64, after: i64) -> impl Iterator<Item = i64> {
    let numbers = numbers.clone();
    (before + 1..=after).filter(move |number| match &numbers {
        Numbers::At(at) => at.contains(number),
        Numbers::Every(step) => number % step == 0,
    })
}

//! The reference model: a whole loyalty program in the memory of one thread, written from what a program
//! promises and from nothing else. It has neither batches nor queues nor SQL, and shares no code with the engine.
//!
//! - [`earn`], [`tender`], [`returns`] are sums over lines, [`account`] and [`wallet`] what customers have;
//! - [`rules`] is what the merchant has published; [`purchases`], [`paying`], [`claims`], [`reversals`], [`redeem`] and
//!   [`staff`] are what happens at tills and desks, [`time`] what time alone does;
//! - [`ladder`], [`friends`], [`promises`] and [`board`] follow at their own pace: they come to what they were told of in
//!   [`Model::drain`].

mod account;
mod board;
mod books;
pub mod calendar;
mod claims;
mod earn;
mod friends;
mod ladder;
mod paying;
mod promises;
mod purchases;
mod quotes;
mod redeem;
mod returns;
mod reversals;
mod rules;
mod staff;
mod tender;
mod time;
mod wallet;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::plain::*;
use account::Account;
use board::Board;
use friends::Friend;
use ladder::Ladder;
use promises::Promises;
use purchases::Stored;
use redeem::Redemption;
use reversals::WaitingReturn;
use rules::{Rules, Use};
use wallet::{Given, Wallets};

pub use claims::CLAIM_DAYS;

pub struct Model {
    pub now: DateTime<Utc>,
    setup: Setup,
    since: NaiveDate,
    policy: ReturnPolicy,
    rules: Rc<Rules>,
    accounts: Vec<Account>,
    purchases: BTreeMap<u32, Stored>,
    waiting: Vec<WaitingReturn>,
    budgets: BTreeMap<usize, i64>,
    uses: BTreeMap<Use, i64>,
    /// What promotions carry over for customers, in billionths of a point.
    carried: BTreeMap<(usize, usize), i64>,
    expired_on: Option<NaiveDate>,
    wallets: Wallets,
    /// What is left of each reward.
    stock: Vec<Option<i64>>,
    redemptions: BTreeMap<u32, Redemption>,
    ladder: Ladder,
    /// By the friend: nobody has two advocates.
    friends: BTreeMap<usize, Friend>,
    promises: Promises,
    board: Board,
    /// Purchases that those who follow have not come to.
    told: Vec<u32>,
    /// Of these, who got theirs by a claim; and of which something was returned meanwhile.
    claimed: Vec<u32>,
    returned: BTreeSet<u32>,
}

impl Model {
    pub fn new(setup: &Setup, now: DateTime<Utc>) -> Self {
        let mut model = Self {
            now,
            setup: setup.clone(),
            since: calendar::day(now),
            policy: ReturnPolicy::AllowNegative,
            rules: Rc::new(Rules::new(&setup.promotions, setup.carry_over)),
            accounts: vec![Account::default(); CUSTOMERS],
            purchases: BTreeMap::new(),
            waiting: Vec::new(),
            budgets: BTreeMap::new(),
            uses: BTreeMap::new(),
            carried: BTreeMap::new(),
            expired_on: Some(calendar::day(now)),
            wallets: Wallets::new(setup, now),
            stock: setup.rewards.iter().map(|reward| reward.stock).collect(),
            redemptions: BTreeMap::new(),
            ladder: Ladder::new(setup),
            friends: BTreeMap::new(),
            promises: Promises::default(),
            board: Board::default(),
            told: Vec::new(),
            claimed: Vec::new(),
            returned: BTreeSet::new(),
        };
        (0..KNOWN_CUSTOMERS).for_each(|customer| model.enrol(customer));
        // Who was there before the program promised anything has not joined it.
        model.promises.joined.clear();
        model
    }

    /// Does a step and tells the answer that it must get.
    pub fn step(&mut self, step: &Step) -> Answer {
        match step {
            Step::Buy(purchase) => self.buy(purchase),
            Step::Quoted(purchase) => self.buy_as_quoted(purchase),
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
            Step::UseVoucher(number) => self.use_voucher(*number),
            Step::NewTier { tier, terms } => self.new_tier(*tier, terms),
            Step::Tier { tier, terms } => self.edit_tier(*tier, terms),
            Step::DropTier(tier) => self.drop_tier(*tier),
            Step::Promotion { promotion, terms } => self.edit_promotion(*promotion, terms),
            Step::Pause { promotion } => self.pause(*promotion),
            Step::Offer { offer, terms } => self.edit_offer(*offer, terms),
            Step::Archive { offer } => self.archive_offer(*offer),
            Step::Policy(policy, days) => self.set_policy(*policy, *days),
            Step::CarryOver(is_on) => self.set_carry_over(*is_on),
            Step::Review { friend, counts } => self.review(*friend, *counts),
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
                self.drain();
                // What came late out of a queue may be over already.
                self.jobs();
                Answer::Done
            }
        }
    }

    /// All who follow come to what they were told of, in the order of arrival.
    pub fn drain(&mut self) {
        let mut told = std::mem::take(&mut self.told);
        told.sort_by_key(|number| self.purchases[number].received_at);
        for number in &told {
            let stored = &self.purchases[number];
            let Some(credit) = &stored.credit else { continue };
            self.wallets.give(&Given {
                customer: credit.customer,
                purchase: *number,
                lines: &stored.purchase.lines,
                paid: &stored.paid,
                occurred_at: stored.occurred_at,
                received_at: stored.received_at,
                claimed_at: credit.claimed_at,
                progress: &stored.progress,
            });
        }
        let claimed = std::mem::take(&mut self.claimed);
        self.follow_friends(&claimed);
        let mut moved: BTreeSet<u32> = std::mem::take(&mut self.returned);
        moved.extend(told);
        self.count_tiers(&moved);
        self.count_board(&moved);
        self.keep_promises(&moved);
    }

    /// Somebody becomes known.
    fn enrol(&mut self, customer: usize) {
        if self.accounts[customer].known {
            return;
        }
        self.accounts[customer].known = true;
        self.accounts[customer].enrolled_on = calendar::day(self.now);
        self.accounts[customer].place.tier = self.ladder.base();
        self.promises.joined.push(customer);
    }

    /// A purchase as it was stored.
    pub fn stored(&self, number: u32) -> Option<&Purchase> {
        self.purchases.get(&number).map(|stored| &stored.purchase)
    }

    /// What a customer sees of the wallet: what can be spent, and what waits.
    pub fn wallet(&self, customer: usize) -> (i64, i64) {
        self.wallets.spendable(customer, self.now)
    }
}

//! From what was heard to what is to be given: what purchases count, which numbers that passes, and what returns undo.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId, PolicyId};
use perennial_domain::policies::{BoughtLine, Counting, PolicyEvent};
use perennial_domain::returns::ReturnState;
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::Serialize;
use uuid::Uuid;

use super::award::{self, Cause};
use super::counted::{Counted, counted};
use super::friends::{self, Pays, Referral};
use super::running::{self, Policy};
use super::tell::tell_payments;
use super::{Heard, birthdays, causes, ids, points, statement};
use crate::engine::Engine;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::purchase_record::LineRecord;
use crate::stored::stored;

/// What everything here goes by. The balances of everybody concerned are locked.
pub(super) struct Work<'w> {
    pub txn: &'w DatabaseTransaction,
    pub merchant: MerchantId,
    pub settings: &'w MerchantSettings,
    pub now: DateTime<Utc>,
    pub policies: &'w [Policy],
    pub referrals: &'w BTreeMap<CustomerId, Referral>,
}

impl Engine {
    /// Counts what was heard of, writes down what that gives, and undoes what returns have taken the cause of.
    pub(super) async fn policies_follow(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        heard: &Heard,
    ) -> Result<(), Error> {
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let concerned: BTreeSet<Uuid> = heard.purchases.union(&heard.returned).copied().collect();
        let mut people: BTreeSet<CustomerId> = buyers(txn, merchant, &concerned).await?;
        let others = [&heard.moved, &heard.enrolled, &heard.tiers, &heard.registered, &heard.approved];
        let others = others.into_iter().chain(heard.birthdays.values()).flatten();
        people.extend(others.copied().map(CustomerId::from_uuid));
        let asked: Vec<CustomerId> = people.iter().copied().collect();
        let brought = friends::of(txn, self, merchant, &asked).await?;
        people.extend(brought.values().map(|referral| referral.advocate));
        // Whose number a return makes smaller: after a merge that need not be who has brought the customer.
        let known = counted(txn, merchant, &concerned).await?;
        people.extend(known.values().map(|known| known.subject));
        let locked: Vec<CustomerId> = people.into_iter().collect();
        // Nothing is posted: the lock keeps everything of these customers as it is.
        let ledger = Ledger::lock(txn, merchant, &locked, self.now(merchant)).await?;
        // The time by which the locks are held: what others posted while this waited for them is not of the future.
        let now = self.now(merchant);
        // Statements of their own after the lock: they see what whoever held it before has committed. Who brought whom never
        // changes, but whether it counts and which policies run may have changed meanwhile.
        let policies = running::policies(txn, merchant).await?;
        if policies.is_empty() {
            return Ok(());
        }
        let friends: Vec<CustomerId> = brought.into_keys().collect();
        let referrals = friends::of(txn, self, merchant, &friends).await?;
        let work =
            Work { txn, merchant, settings: &settings, now, policies: &policies, referrals: &referrals };
        let counts = work.count(&concerned, &heard.purchases).await?;
        let mut found = counts.causes;
        let watched: BTreeSet<CustomerId> =
            counts.buyers.into_iter().chain(heard.moved.iter().copied().map(CustomerId::from_uuid)).collect();
        found.extend(points::crossed(&work, &ledger, &watched).await?);
        found.extend(causes::enrolled(&work, &heard.enrolled).await?);
        found.extend(causes::registered(&work, &heard.registered));
        found.extend(causes::tiers(&work, &heard.tiers).await?);
        found.extend(birthdays::causes(&work, &heard.birthdays).await?);
        let mut due = award::write(self, &work, found).await?;
        due.extend(undo(&work, &counts.drops).await?);
        due.extend(causes::reviewed(&work, &heard.approved, &heard.rejected).await?);
        tell_payments(txn, merchant, &due).await
    }
}

/// What came of counting purchases.
#[derive(Default)]
struct Counts<'p> {
    causes: Vec<Cause<'p>>,
    drops: Vec<Drop>,
    buyers: BTreeSet<CustomerId>,
}

/// A purchase counts less than it did: what it had caused may be gone.
#[derive(Serialize)]
struct Drop {
    policy_id: PolicyId,
    purchase_id: Uuid,
    subject_id: CustomerId,
    /// Whether numbers are passed, or each purchase gives.
    numbers: bool,
    /// What is counted of the subject by now.
    counter: i64,
    /// What the purchase counts by now.
    counted: i64,
}

#[derive(Serialize)]
struct CountedRow {
    policy_id: PolicyId,
    purchase_id: Uuid,
    subject_id: CustomerId,
    counted: i64,
}

#[derive(Serialize)]
struct CounterRow {
    policy_id: PolicyId,
    subject_id: CustomerId,
    counted: i64,
}

impl<'w> Work<'w> {
    /// Counts these purchases as they are by now. Of those that are not among `new` only what was counted before: a return makes
    /// nobody a friend's purchase that was none when it was made.
    async fn count(&self, purchases: &BTreeSet<Uuid>, new: &BTreeSet<Uuid>) -> Result<Counts<'w>, Error> {
        let mut counts = Counts::default();
        if purchases.is_empty() {
            return Ok(counts);
        }
        let bought = bought(self.txn, self.merchant, purchases).await?;
        let before = counted(self.txn, self.merchant, purchases).await?;
        let mut counters = self.counters(&bought, &before).await?;
        let mut rows = Vec::new();
        let mut touched = BTreeSet::new();
        for bought in &bought {
            counts.buyers.insert(bought.customer);
            for policy in self.policies {
                let Some(terms) = policy.newest().map(|newest| &newest.terms) else { continue };
                let Some(counting) = terms.event.counting() else { continue };
                let known = before.get(&(policy.id, bought.id)).copied();
                // What was counted before is counted on of the same, whatever has become of the referral.
                let subject = match known {
                    Some(known) => Some(known.subject),
                    None if new.contains(&bought.id) => self.subject(bought, &terms.event),
                    None => None,
                };
                let Some(subject) = subject else { continue };
                let version = policy.at(bought.since);
                if known.is_none() && version.is_none() {
                    continue;
                }
                let count = bought.count(counting);
                let delta = count - known.map_or(0, |known| known.counted);
                if delta == 0 {
                    continue;
                }
                let key = (policy.id, subject);
                let counter_before = counters.get(&key).copied().unwrap_or(0);
                let counter = (counter_before + delta).max(0);
                let (policy_id, purchase_id, subject_id) = (policy.id, bought.id, subject);
                rows.push(CountedRow { policy_id, purchase_id, subject_id, counted: count });
                let milestones = terms.event.milestones();
                if milestones.is_some() {
                    counters.insert(key, counter);
                    touched.insert(key);
                }
                if delta < 0 {
                    let numbers = milestones.is_some();
                    counts.drops.push(Drop {
                        policy_id,
                        purchase_id,
                        subject_id,
                        numbers,
                        counter,
                        counted: count,
                    });
                    continue;
                }
                let Some(version) = version else { continue };
                let cause = |cause: String, times: i64| Cause {
                    policy,
                    version,
                    cause,
                    customer: bought.customer,
                    times: times.unsigned_abs(),
                    purchase: Some(bought.id),
                    at: bought.since,
                };
                match (&terms.event, milestones) {
                    (_, Some(milestones)) => {
                        let passed = milestones.passed(counter_before.unsigned_abs(), counter.unsigned_abs());
                        let named = passed.iter().map(|number| cause(format!("n:{subject}:{number}"), 1));
                        counts.causes.extend(named);
                    }
                    (PolicyEvent::FirstPurchase(_), None) => {
                        counts.causes.push(cause(format!("first:{}", bought.customer), 1));
                    }
                    (_, None) => counts.causes.push(cause(format!("purchase:{}", bought.id), count)),
                }
            }
        }
        // What is counted of a subject once everything of this time is.
        for drop in counts.drops.iter_mut().filter(|drop| drop.numbers) {
            drop.counter = counters.get(&(drop.policy_id, drop.subject_id)).copied().unwrap_or(0);
        }
        let counters = touched.into_iter().map(|(policy_id, subject_id)| CounterRow {
            policy_id,
            subject_id,
            counted: counters.get(&(policy_id, subject_id)).copied().unwrap_or(0),
        });
        self.write_counts(&rows, &counters.collect::<Vec<_>>()).await?;
        Ok(counts)
    }

    /// Of whom a purchase is counted that was not before; of nobody where the policy is about something else.
    fn subject(&self, bought: &Bought, event: &PolicyEvent) -> Option<CustomerId> {
        let referral = self.referrals.get(&bought.customer);
        let referral = referral.filter(|referral| referral.pays != Pays::Never);
        match event {
            PolicyEvent::FirstPurchase(_) => bought.is_first.then_some(bought.customer),
            PolicyEvent::OwnCount(..) => Some(bought.customer),
            PolicyEvent::FriendPurchase(_) | PolicyEvent::FriendCount(..) => {
                referral.map(|_| bought.customer)
            }
            PolicyEvent::FriendsCount(..) => referral.map(|referral| referral.advocate),
            PolicyEvent::Enrolment
            | PolicyEvent::Registration
            | PolicyEvent::PointsAbove(_)
            | PolicyEvent::TierReached(_)
            | PolicyEvent::Birthday => None,
        }
    }

    /// What is counted of everybody whose count these purchases can change.
    async fn counters(
        &self,
        bought: &[Bought],
        before: &Counted,
    ) -> Result<BTreeMap<(PolicyId, CustomerId), i64>, Error> {
        let buyers = bought.iter().map(|bought| bought.customer);
        let advocates = buyers.clone().filter_map(|buyer| self.referrals.get(&buyer)).map(|of| of.advocate);
        let known = before.values().map(|known| known.subject);
        let subjects: BTreeSet<CustomerId> = buyers.clone().chain(advocates).chain(known).collect();
        let sql = "SELECT c.policy_id, c.subject_id, c.counted
                   FROM unnest($2::uuid[]) AS asked (id)
                   CROSS JOIN LATERAL (
                       SELECT * FROM policy_counters AS c WHERE c.merchant_id = $1 AND c.subject_id = asked.id) AS c";
        let rows =
            self.txn.query_all_raw(statement(sql, [self.merchant.uuid().into(), ids(subjects)])).await?;
        let row = |row: &QueryResult| {
            let policy = PolicyId::from_uuid(row.try_get("", "policy_id")?);
            let subject = CustomerId::from_uuid(row.try_get("", "subject_id")?);
            Ok(((policy, subject), row.try_get("", "counted")?))
        };
        rows.iter().map(row).collect()
    }

    async fn write_counts(&self, counted: &[CountedRow], counters: &[CounterRow]) -> Result<(), Error> {
        if counted.is_empty() {
            return Ok(());
        }
        let values = [self.merchant.uuid().into(), json(counted)?.into(), json(counters)?.into()];
        self.txn.execute_raw(statement(include_str!("sql/count.sql"), values)).await?;
        Ok(())
    }
}

/// Undoes what these purchases had caused: what is held is not paid, what was paid is taken back. Tells which of the latter.
async fn undo(work: &Work<'_>, drops: &[Drop]) -> Result<Vec<Uuid>, Error> {
    if drops.is_empty() {
        return Ok(Vec::new());
    }
    let values = [work.merchant.uuid().into(), json(drops)?.into(), work.now.into()];
    let rows = work.txn.query_all_raw(statement(include_str!("sql/undo.sql"), values)).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

/// A purchase that somebody has made or claimed, as it is by now.
pub(super) struct Bought {
    pub id: Uuid,
    pub customer: CustomerId,
    /// When it came to the customer: the receipt, or the claim.
    pub since: DateTime<Utc>,
    pub is_first: bool,
    lines: Vec<LineRecord>,
    state: ReturnState,
    complete: bool,
}

impl Bought {
    /// What it counts.
    pub fn count(&self, counting: &Counting) -> i64 {
        let lines = self.lines.iter().enumerate().map(|(index, line)| {
            let back = self.state.lines.get(index);
            BoughtLine {
                known: line.known.as_deref(),
                text: line.product.as_deref(),
                quantity: line.quantity,
                due: line.due(),
                returned_quantity: back.map_or(0, |back| back.quantity),
                returned: back.map(|back| back.amount).unwrap_or_default(),
            }
        });
        // Far more than anybody buys; what is beyond is not counted.
        i64::try_from(counting.count(lines, self.complete)).unwrap_or(i64::MAX).min(1_000_000_000)
    }
}

async fn buyers(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    purchases: &BTreeSet<Uuid>,
) -> Result<BTreeSet<CustomerId>, Error> {
    if purchases.is_empty() {
        return Ok(BTreeSet::new());
    }
    let values = [merchant.uuid().into(), ids(purchases.iter().copied())];
    let rows = txn.query_all_raw(statement(include_str!("sql/buyers.sql"), values)).await?;
    rows.iter().map(|row| Ok(CustomerId::from_uuid(row.try_get("", "customer_id")?))).collect()
}

pub(super) async fn bought(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    purchases: &BTreeSet<Uuid>,
) -> Result<Vec<Bought>, Error> {
    let values = [merchant.uuid().into(), ids(purchases.iter().copied())];
    let rows = txn.query_all_raw(statement(include_str!("sql/bought.sql"), values)).await?;
    let row = |row: &QueryResult| {
        let lines: serde_json::Value = row.try_get("", "lines")?;
        let state: Option<serde_json::Value> = row.try_get("", "state")?;
        let state = state.map(serde_json::from_value).transpose();
        Ok(Bought {
            id: row.try_get("", "id")?,
            customer: CustomerId::from_uuid(row.try_get("", "customer_id")?),
            since: row.try_get("", "since")?,
            is_first: row.try_get("", "first_purchase")?,
            lines: stored(serde_json::from_value(lines), "purchases.lines")?,
            state: stored(state, "return_states.state")?.unwrap_or_default(),
            complete: row.try_get("", "complete")?,
        })
    };
    rows.iter().map(row).collect()
}

pub(super) fn json(rows: &(impl Serialize + ?Sized)) -> Result<serde_json::Value, Error> {
    stored(serde_json::to_value(rows), "policy_awards")
}

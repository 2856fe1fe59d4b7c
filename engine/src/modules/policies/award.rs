//! What is given, written down once for each cause, beneficiary and effect.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use perennial_domain::calendar::{days_later, start_of_date};
use perennial_domain::codes::Zone;
use perennial_domain::ids::{AwardId, CustomerId, PolicyId};
use perennial_domain::money::MAX_SAFE_INTEGER;
use perennial_domain::policies::{EffectInput, PolicyEffect, PolicyTerms};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::Serialize;
use uuid::Uuid;

use super::follow::{Work, json};
use super::friends::Pays;
use super::running::{Policy, Version};
use super::{ids, statement};
use crate::engine::Engine;
use crate::error::Error;

/// Something that has happened and that a policy counts for.
pub(super) struct Cause<'p> {
    pub policy: &'p Policy,
    pub version: &'p Version,
    /// The word for it, the same whenever it is heard of.
    pub cause: String,
    /// Who did it.
    pub customer: CustomerId,
    /// How often at once.
    pub times: u64,
    /// The purchase that it was.
    pub purchase: Option<Uuid>,
    /// When it came in: holds begin there.
    pub at: DateTime<Utc>,
}

#[derive(Serialize)]
struct Row {
    policy_id: PolicyId,
    cause: String,
    beneficiary_id: CustomerId,
    effect: usize,
    id: AwardId,
    version: i32,
    gives: EffectInput,
    kind: &'static str,
    amount: i64,
    times: u64,
    friend_id: Option<CustomerId>,
    purchase_id: Option<Uuid>,
    state: &'static str,
    reason: Option<&'static str>,
    waits: bool,
    due_at: DateTime<Utc>,
}

/// Writes down what these causes give, and tells what of it is due already. A cause that was heard of before changes nothing,
/// unless a return has undone what it gave and a purchase has reached it again.
pub(super) async fn write(
    engine: &Engine,
    work: &Work<'_>,
    causes: Vec<Cause<'_>>,
) -> Result<Vec<Uuid>, Error> {
    if causes.is_empty() {
        return Ok(Vec::new());
    }
    let mut had = Had::read(work, &causes).await?;
    let (mut rows, mut seen) = (Vec::new(), BTreeSet::new());
    for cause in &causes {
        let terms = &cause.version.terms;
        let referral = work.referrals.get(&cause.customer).filter(|_| terms.to.needs_referral());
        let held_until = referral.and_then(|referral| referral.held_until);
        let due_at = days_later(cause.at, terms.hold_days, work.settings.time_zone);
        let due_at = held_until.map_or(due_at, |held_until| due_at.max(held_until));
        for beneficiary in terms.to.resolve(cause.customer, referral.map(|referral| referral.advocate)) {
            // Returns and purchases of one time may pass a number twice.
            if !seen.insert((cause.policy.id, beneficiary, &cause.cause)) {
                continue;
            }
            let granted = had.grant(work, cause, beneficiary);
            let (state, reason, times) = match granted {
                Ok(times) => ("held", None, times),
                Err(reason) => ("refused", Some(reason), cause.times),
            };
            for (index, effect) in terms.effects.iter().enumerate() {
                let id = award_id(engine, rows.len());
                rows.push(Row {
                    policy_id: cause.policy.id,
                    cause: cause.cause.clone(),
                    beneficiary_id: beneficiary,
                    effect: index,
                    id,
                    version: cause.version.version,
                    gives: effect.clone().into(),
                    kind: effect.word(),
                    amount: amount(effect, times),
                    times,
                    friend_id: referral.map(|_| cause.customer),
                    purchase_id: cause.purchase,
                    state,
                    reason,
                    waits: referral.is_some_and(|referral| referral.pays == Pays::Waits),
                    due_at,
                });
            }
        }
    }
    let values = [work.merchant.uuid().into(), json(&rows)?.into(), work.now.into()];
    let written = work.txn.query_all_raw(statement(include_str!("sql/award.sql"), values)).await?;
    metrics::counter!("policy_awards_total").increment(written.len() as u64);
    written.iter().filter_map(|row| due(row, work.now).transpose()).collect()
}

/// An id for an award. Those of one time are in the order in which they were given: the bits behind the milliseconds count.
fn award_id(engine: &Engine, place: usize) -> AwardId {
    let (millis, mut random) = engine.id_parts();
    let [high, low] = u16::try_from(place & 0x0fff).unwrap_or(0).to_be_bytes();
    (random[0], random[1]) = (high, low);
    AwardId::new(millis, random)
}

fn due(row: &QueryResult, now: DateTime<Utc>) -> Result<Option<Uuid>, Error> {
    let (state, waits): (String, bool) = (row.try_get("", "state")?, row.try_get("", "waits")?);
    let due_at: DateTime<Utc> = row.try_get("", "due_at")?;
    let id: Uuid = row.try_get("", "id")?;
    Ok((state == "held" && !waits && due_at <= now).then_some(id))
}

/// All that an effect gives when it has happened so often at once.
pub(super) fn amount(effect: &PolicyEffect, times: u64) -> i64 {
    let times = if effect.adds_up() { i64::try_from(times).unwrap_or(i64::MAX) } else { 1 };
    effect.amount().saturating_mul(times.max(1)).clamp(1, MAX_SAFE_INTEGER)
}

/// When somebody was given something, and how often at once.
pub(super) type Times = Vec<(DateTime<Utc>, u64)>;

/// What customers had of policies that have a cap or a rest.
#[derive(Default)]
struct Had {
    times: BTreeMap<(PolicyId, CustomerId), Times>,
    /// The causes that are answered, as long as no return undoes that: they give nothing again, and use up nothing.
    answered: BTreeSet<(PolicyId, CustomerId, String)>,
}

impl Had {
    async fn read(work: &Work<'_>, causes: &[Cause<'_>]) -> Result<Self, Error> {
        let (mut policies, mut customers) = (BTreeSet::new(), BTreeSet::new());
        for cause in causes {
            let terms = &cause.version.terms;
            if terms.cap.is_some() || terms.cool_down_days.is_some() {
                policies.insert(cause.policy.id);
                let advocate = work.referrals.get(&cause.customer).map(|referral| referral.advocate);
                customers.extend(terms.to.resolve(cause.customer, advocate));
            }
        }
        let mut had = Self::default();
        if policies.is_empty() {
            return Ok(had);
        }
        let values = [work.merchant.uuid().into(), ids(policies), ids(customers)];
        for row in work.txn.query_all_raw(statement(include_str!("sql/had.sql"), values)).await? {
            let policy = PolicyId::from_uuid(row.try_get("", "policy_id")?);
            let customer = CustomerId::from_uuid(row.try_get("", "beneficiary_id")?);
            let times: i32 = row.try_get("", "times")?;
            if times > 0 {
                let of = had.times.entry((policy, customer)).or_default();
                of.push((row.try_get("", "awarded_at")?, times.unsigned_abs().into()));
            }
            if row.try_get("", "stands")? {
                had.answered.insert((policy, customer, row.try_get("", "cause")?));
            }
        }
        Ok(had)
    }

    /// How often the customer is given it, or why not at all.
    fn grant(
        &mut self,
        work: &Work<'_>,
        cause: &Cause<'_>,
        customer: CustomerId,
    ) -> Result<u64, &'static str> {
        if self.answered.contains(&(cause.policy.id, customer, cause.cause.clone())) {
            // It is not written: what there is stays as it is.
            return Ok(cause.times);
        }
        let had = self.times.entry((cause.policy.id, customer)).or_default();
        grant(had, &cause.version.terms, work.settings.time_zone, work.now, cause.times)
    }
}

/// How often somebody is given it who had it then and so often, or why not at all. What is granted is remembered.
pub(super) fn grant(
    had: &mut Times,
    terms: &PolicyTerms,
    zone: Zone,
    now: DateTime<Utc>,
    times: u64,
) -> Result<u64, &'static str> {
    if let Some(days) = terms.cool_down_days
        && had.iter().any(|(at, _)| days_later(*at, days, zone) > now)
    {
        return Err("cool_down");
    }
    let mut granted = times;
    if let Some(cap) = terms.cap {
        let begins = cap.per.begins_on(now, zone).map(|day| start_of_date(day, zone));
        let in_period = had.iter().filter(|(at, _)| begins.is_none_or(|begins| begins <= *at));
        let used: u64 = in_period.map(|(_, times)| times).sum();
        granted = granted.min(u64::from(cap.times).saturating_sub(used));
    }
    if granted == 0 {
        return Err("cap");
    }
    if terms.cap.is_some() || terms.cool_down_days.is_some() {
        had.push((now, granted));
    }
    Ok(granted)
}

//! Causes that are no purchases: somebody joins, a friend joins, a tier is reached, a referral was reviewed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, TierId};
use perennial_domain::policies::PolicyEvent;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::award::Cause;
use super::follow::Work;
use super::friends::Pays;
use super::{ids, statement};
use crate::error::Error;

/// What these customers get for joining.
pub(super) async fn enrolled<'w>(
    work: &Work<'w>,
    customers: &BTreeSet<Uuid>,
) -> Result<Vec<Cause<'w>>, Error> {
    if customers.is_empty() || !work.listens(|event| matches!(event, PolicyEvent::Enrolment)) {
        return Ok(Vec::new());
    }
    let sql = "SELECT c.id, c.created_at
               FROM unnest($2::uuid[]) AS asked (id)
               CROSS JOIN LATERAL (
                   SELECT id, created_at FROM customers AS c WHERE c.merchant_id = $1 AND c.id = asked.id LIMIT 1) AS c";
    let values = [work.merchant.uuid().into(), ids(customers.iter().copied())];
    let mut causes = Vec::new();
    for row in work.txn.query_all_raw(statement(sql, values)).await? {
        let customer = CustomerId::from_uuid(row.try_get("", "id")?);
        let at: DateTime<Utc> = row.try_get("", "created_at")?;
        causes
            .extend(work.causes(customer, at, "enrolment", |event| matches!(event, PolicyEvent::Enrolment)));
    }
    Ok(causes)
}

/// What is given for these friends, who have joined by referral.
pub(super) fn registered<'w>(work: &Work<'w>, friends: &BTreeSet<Uuid>) -> Vec<Cause<'w>> {
    let mut causes = Vec::new();
    for friend in friends.iter().copied().map(CustomerId::from_uuid) {
        let counts = work.referrals.get(&friend).is_some_and(|referral| referral.pays != Pays::Never);
        if counts {
            let word = format!("registered:{friend}");
            let is_registration = |event: &PolicyEvent| matches!(event, PolicyEvent::Registration);
            causes.extend(work.causes(friend, work.now, &word, is_registration));
        }
    }
    causes
}

/// What these customers get for tiers that they have reached. Every rise is told by its number.
pub(super) async fn tiers<'w>(work: &Work<'w>, customers: &BTreeSet<Uuid>) -> Result<Vec<Cause<'w>>, Error> {
    if customers.is_empty() || !work.listens(|event| matches!(event, PolicyEvent::TierReached(_))) {
        return Ok(Vec::new());
    }
    let sql = "SELECT m.customer_id, m.number, m.to_tier, m.happened_at
               FROM unnest($2::uuid[]) AS asked (id)
               CROSS JOIN LATERAL (
                   SELECT * FROM tier_moves AS m
                   WHERE m.merchant_id = $1 AND m.customer_id = asked.id AND m.moved = 'up' AND m.to_tier IS NOT NULL
                     -- By a merge nobody has reached anything.
                     AND m.reason ->> 'code' <> 'merged'
                   ORDER BY m.number DESC LIMIT 20) AS m
               ORDER BY m.customer_id, m.number";
    let values = [work.merchant.uuid().into(), ids(customers.iter().copied())];
    let mut causes = Vec::new();
    for row in work.txn.query_all_raw(statement(sql, values)).await? {
        let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
        let (number, reached): (i32, Uuid) = (row.try_get("", "number")?, row.try_get("", "to_tier")?);
        let at: DateTime<Utc> = row.try_get("", "happened_at")?;
        let reached = TierId::from_uuid(reached);
        let is_reached = |event: &PolicyEvent| *event == PolicyEvent::TierReached(reached);
        causes.extend(work.causes(customer, at, &format!("tier:{number}"), is_reached));
    }
    Ok(causes)
}

/// What a review of the referrals of these friends decides: what waited goes on, or is not paid. Tells what goes on.
pub(super) async fn reviewed(
    work: &Work<'_>,
    approved: &BTreeSet<Uuid>,
    rejected: &BTreeSet<Uuid>,
) -> Result<Vec<Uuid>, Error> {
    if !rejected.is_empty() {
        let sql = "UPDATE policy_awards SET state = 'cancelled', reason = 'referral', waits = false, changed_at = $3
                   WHERE merchant_id = $1 AND friend_id = ANY ($2) AND state = 'held'";
        let values = [work.merchant.uuid().into(), ids(rejected.iter().copied()), work.now.into()];
        work.txn.execute_raw(statement(sql, values)).await?;
    }
    if approved.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "UPDATE policy_awards SET waits = false, changed_at = $3
               WHERE merchant_id = $1 AND friend_id = ANY ($2) AND state = 'held' AND waits
               RETURNING id";
    let values = [work.merchant.uuid().into(), ids(approved.iter().copied()), work.now.into()];
    let rows = work.txn.query_all_raw(statement(sql, values)).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

impl<'w> Work<'w> {
    /// Whether a policy is about such an event.
    pub(super) fn listens(&self, is_about: impl Fn(&PolicyEvent) -> bool) -> bool {
        self.policies.iter().filter_map(|policy| policy.newest()).any(|newest| is_about(&newest.terms.event))
    }

    /// A cause for every policy that ran then and is about it.
    pub(super) fn causes(
        &self,
        customer: CustomerId,
        at: DateTime<Utc>,
        word: &str,
        is_about: impl Fn(&PolicyEvent) -> bool,
    ) -> Vec<Cause<'w>> {
        let cause = |policy| {
            let policy: &'w super::running::Policy = policy;
            let version = policy.at(at).filter(|version| is_about(&version.terms.event))?;
            let cause = word.to_owned();
            Some(Cause { policy, version, cause, customer, times: 1, purchase: None, at })
        };
        self.policies.iter().filter_map(cause).collect()
    }
}

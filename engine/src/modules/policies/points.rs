//! Balances that rise above a number of points.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, PolicyId};
use perennial_domain::policies::{Movement, PolicyEvent, crossings};
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::award::Cause;
use super::follow::{Work, json};
use super::{ids, statement};
use crate::error::Error;
use crate::ledger::Ledger;

/// A movement of a customer's points and when it was posted.
type Posted = (Movement, DateTime<Utc>);

#[derive(Serialize)]
struct WatchedRow {
    policy_id: PolicyId,
    customer_id: CustomerId,
    sequence: i64,
}

/// The crossings since these customers were last looked at. The movements are read in the order of the customer's events, so
/// that it does not matter in which order, or how late, they are heard of.
pub(super) async fn crossed<'w>(
    work: &Work<'w>,
    ledger: &Ledger,
    customers: &BTreeSet<CustomerId>,
) -> Result<Vec<Cause<'w>>, Error> {
    let mut causes = Vec::new();
    let mut rows = Vec::new();
    for policy in work.policies {
        let Some(PolicyEvent::PointsAbove(threshold)) = policy.newest().map(|newest| &newest.terms.event)
        else {
            continue;
        };
        let Some(began_at) = policy.began_at().filter(|_| !customers.is_empty()) else { continue };
        let mut moved = movements(work, policy.id, began_at, customers).await?;
        for customer in customers {
            let holder = ledger.balance(*customer)?;
            let (policy_id, customer_id, sequence) = (policy.id, *customer, holder.sequence);
            rows.push(WatchedRow { policy_id, customer_id, sequence });
            let Some(posted) = moved.remove(customer) else { continue };
            let movements: Vec<Movement> = posted.iter().map(|(movement, _)| *movement).collect();
            let since: i64 = movements.iter().map(|movement| movement.amount).sum();
            for sequence in crossings(threshold.get(), holder.available - since, &movements) {
                let at = posted.iter().find(|(movement, _)| movement.sequence == sequence).map(|(_, at)| *at);
                let Some((at, version)) = at.and_then(|at| Some((at, policy.at(at)?))) else { continue };
                causes.push(Cause {
                    policy,
                    version,
                    cause: format!("threshold:{sequence}"),
                    customer: *customer,
                    times: 1,
                    purchase: None,
                    at,
                });
            }
        }
    }
    if !rows.is_empty() {
        let sql = "INSERT INTO policy_watched (merchant_id, policy_id, customer_id, sequence)
                   SELECT $1, policy_id, customer_id, sequence
                   FROM jsonb_to_recordset($2::jsonb) AS new (policy_id uuid, customer_id uuid, sequence bigint)
                   ORDER BY policy_id, customer_id
                   ON CONFLICT (merchant_id, policy_id, customer_id) DO UPDATE SET sequence = excluded.sequence";
        let values = [work.merchant.uuid().into(), json(&rows)?.into()];
        work.txn.execute_raw(statement(sql, values)).await?;
    }
    Ok(causes)
}

/// What moved the points that these customers can spend since they were last looked at, or since the policy began, in the
/// order of their events.
async fn movements(
    work: &Work<'_>,
    policy: PolicyId,
    began_at: DateTime<Utc>,
    customers: &BTreeSet<CustomerId>,
) -> Result<BTreeMap<CustomerId, Vec<Posted>>, Error> {
    let values =
        [work.merchant.uuid().into(), policy.uuid().into(), began_at.into(), ids(customers.iter().copied())];
    let mut moved: BTreeMap<CustomerId, Vec<Posted>> = BTreeMap::new();
    for row in work.txn.query_all_raw(statement(include_str!("sql/movements.sql"), values)).await? {
        let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
        let movement =
            Movement { sequence: row.try_get("", "sequence")?, amount: row.try_get("", "amount")? };
        moved.entry(customer).or_default().push((movement, row.try_get("", "posted_at")?));
    }
    Ok(moved)
}

//! What purchases count already.

use std::collections::{BTreeMap, BTreeSet};

use perennial_domain::ids::{CustomerId, MerchantId, PolicyId};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{ids, statement};
use crate::error::Error;

/// What a purchase counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count {
    /// Of whom it is counted.
    pub subject: CustomerId,
    /// How often.
    pub counted: i64,
}

/// What purchases count, by policy.
pub(super) type Counted = BTreeMap<(PolicyId, Uuid), Count>;

/// What these purchases count by what was heard of them so far.
///
/// # Errors
/// Only when the database fails.
pub(super) async fn counted(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    purchases: &BTreeSet<Uuid>,
) -> Result<Counted, Error> {
    if purchases.is_empty() {
        return Ok(Counted::new());
    }
    let sql = "SELECT c.policy_id, c.purchase_id, c.subject_id, c.counted
               FROM unnest($2::uuid[]) AS asked (id)
               CROSS JOIN LATERAL (
                   SELECT * FROM policy_counted AS c WHERE c.merchant_id = $1 AND c.purchase_id = asked.id) AS c";
    let values = [merchant.uuid().into(), ids(purchases.iter().copied())];
    let rows = txn.query_all_raw(statement(sql, values)).await?;
    let row = |row: &QueryResult| {
        let key = (PolicyId::from_uuid(row.try_get("", "policy_id")?), row.try_get("", "purchase_id")?);
        let subject = CustomerId::from_uuid(row.try_get("", "subject_id")?);
        Ok((key, Count { subject, counted: row.try_get("", "counted")? }))
    };
    rows.iter().map(row).collect()
}

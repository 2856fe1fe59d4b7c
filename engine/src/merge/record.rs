//! What is kept of a merge.

use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::{Merge, Merged};
use crate::customers;
use crate::cx::{Actor, Cx};
use crate::error::Error;
use crate::page::{Page, PageRequest};
use crate::statement::statement;
use crate::stored::stored;

/// The postings of a merge, out of the one account and into the other; nothing when no points moved.
pub(super) type Postings = Option<(Uuid, Uuid)>;

/// Writes down a merge.
pub(super) async fn write(
    txn: &DatabaseTransaction,
    cx: &Cx,
    merge: &Merge,
    postings: Postings,
) -> Result<(), Error> {
    let (actor, actor_id) = match cx.actor() {
        Actor::ApiKey { id, .. } => ("key", Some(id.uuid())),
        Actor::Staff { id, .. } => ("staff", Some(id.uuid())),
        Actor::System => ("system", None),
        // No customer may merge; `require` has refused.
        Actor::Customer { .. } => {
            return Err(Error::Forbidden(perennial_domain::access::Action::CustomersMerge));
        }
    };
    let values = [
        cx.merchant().uuid().into(),
        merge.from_id.uuid().into(),
        merge.customer_id.uuid().into(),
        merge.merged_at.into(),
        merge.note.clone().unwrap_or_default().into(),
        actor.into(),
        actor_id.into(),
        merge.by.clone().into(),
        postings.map(|(out, _)| out).into(),
        postings.map(|(_, back)| back).into(),
        stored(serde_json::to_value(&merge.moved), "merges.moved")?.into(),
        stored(serde_json::to_value(&merge.tier), "merges.tier")?.into(),
    ];
    let insert =
        "INSERT INTO merges (merchant_id, from_id, into_id, merged_at, note, actor, actor_id, actor_name,
                      posting_out, posting_in, moved, tier)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    txn.execute_raw(statement(insert, values)).await?;
    Ok(())
}

/// The answer to a merge that was done before.
pub(super) async fn again(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    from: CustomerId,
    into: CustomerId,
) -> Result<Merged, Error> {
    let sql = "SELECT * FROM merges WHERE merchant_id = $1 AND from_id = $2";
    let row = txn.query_one_raw(statement(sql, [merchant.uuid().into(), from.uuid().into()])).await?;
    let row = row.ok_or_else(|| {
        Error::Inconsistent(format!("customer {from} was merged and nobody wrote down by whom"))
    })?;
    // Who goes on is told by the id by which that one goes now.
    let merge = Merge { customer_id: into, ..merge(&row)? };
    Ok(Merged { merge, customer: customers::load(txn, merchant, into).await? })
}

/// A page of the accounts that were merged into a customer, those that were merged into these first included, newest first.
///
/// # Errors
/// [`Error::Invalid`] at `/after`.
pub(super) async fn of(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customer: CustomerId,
    page: &PageRequest,
) -> Result<Page<Merge>, Error> {
    let after: Option<Uuid> = page.after()?;
    let sql = "SELECT m.* FROM customers AS c
               JOIN merges AS m ON m.merchant_id = c.merchant_id AND m.from_id = c.id
               WHERE c.merchant_id = $1 AND c.merged_into = $2
                 AND ($3::uuid IS NULL OR (m.merged_at, m.from_id) < (
                     SELECT last.merged_at, last.from_id FROM merges AS last
                     WHERE last.merchant_id = $1 AND last.from_id = $3))
               ORDER BY m.merged_at DESC, m.from_id DESC LIMIT $4";
    let values = [merchant.uuid().into(), customer.uuid().into(), after.into(), page.probe().into()];
    let rows = db.query_all_raw(statement(sql, values)).await?;
    let merges = rows.iter().map(merge).collect::<Result<Vec<Merge>, Error>>()?;
    Ok(page.page(merges, |merge| merge.from_id))
}

fn merge(row: &QueryResult) -> Result<Merge, Error> {
    let json = |column: &str| row.try_get::<serde_json::Value>("", column);
    let note: String = row.try_get("", "note")?;
    Ok(Merge {
        customer_id: CustomerId::from_uuid(row.try_get("", "into_id")?),
        from_id: CustomerId::from_uuid(row.try_get("", "from_id")?),
        merged_at: row.try_get("", "merged_at")?,
        by: row.try_get("", "actor_name")?,
        note: (!note.is_empty()).then_some(note),
        moved: stored(serde_json::from_value(json("moved")?), "merges.moved")?,
        tier: stored(serde_json::from_value(json("tier")?), "merges.tier")?,
    })
}

//! Before any customer is locked: merchants who have not sold anything yet.
//!
//! A merchant's currency can change until the first purchase, and both may come in the same instant. Whoever changes it holds
//! the merchant's revision and then looks for purchases. A batch that may bring the first one holds the same row until its
//! commit, together with others of its kind, and looks at the currency once more. So one of the two sees the other.
//!
//! Once something is sold, no batch of any till asks or holds anything.

use std::collections::BTreeSet;

use perennial_domain::ids::MerchantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Failure;
use super::checks::Fresh;
use super::groups::Groups;
use crate::intake::sold::Sold;

/// Publishers wait for it, others who sell do not. It comes before identities and balances: whoever merges or erases customers
/// holds the row, too, and then waits for these.
const HOLD: &str =
    "SELECT FROM merchant_revisions WHERE merchant_id = ANY ($1) ORDER BY merchant_id FOR SHARE";

/// Sees to it that the currency of a merchant who sells for the first time is still that of the snapshot, and stays so until
/// the commit. Tells whose purchases are worth remembering after that.
pub(super) async fn hold(
    conn: &mut PgConnection,
    sold: &Sold,
    groups: &Groups<'_>,
    fresh: &[Fresh<'_>],
) -> Result<BTreeSet<MerchantId>, Failure> {
    let asked = sold.unknown(fresh.iter().map(|fresh| fresh.merchant));
    if asked.is_empty() {
        return Ok(asked);
    }
    let ids: Vec<Uuid> = asked.iter().map(|merchant| merchant.uuid()).collect();
    let first: Vec<Uuid> =
        sqlx::query_scalar(include_str!("../sql/never_sold.sql")).bind(ids).fetch_all(&mut *conn).await?;
    if first.is_empty() {
        return Ok(asked);
    }
    sqlx::query(HOLD).bind(first.clone()).execute(&mut *conn).await?;
    // A statement of its own after the lock: it sees what whoever held it has committed.
    let now: Vec<(Uuid, String)> = sqlx::query_as("SELECT id, currency FROM merchants WHERE id = ANY ($1)")
        .bind(first)
        .fetch_all(&mut *conn)
        .await?;
    for fresh in fresh {
        let Some(group) = groups.get(fresh.group) else { continue };
        let expected = group.snapshot.settings.currency.code();
        let merchant = fresh.merchant.uuid();
        if now.iter().any(|(id, currency)| *id == merchant && currency != expected) {
            // By the next attempt's snapshot the purchase is in another currency than the program.
            return Err(Failure::Transient("currency_changed"));
        }
    }
    Ok(asked)
}

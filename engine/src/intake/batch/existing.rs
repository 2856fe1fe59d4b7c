//! Step 3: what is stored under these keys already.

use std::sync::Arc;

use sqlx::{PgConnection, Row as _};

use super::Failure;
use super::groups::Groups;
use crate::purchase_record::PurchaseRecord;

/// Looks up the keys of all groups that are still open, and notes what was found with them.
pub(super) async fn look_up(conn: &mut PgConnection, groups: &mut Groups<'_>) -> Result<(), Failure> {
    let open: Vec<usize> = groups.open().map(|(group, _)| group).collect();
    if open.is_empty() {
        return Ok(());
    }
    let mut merchants = Vec::with_capacity(open.len());
    let mut retailers = Vec::with_capacity(open.len());
    let mut transaction_ids = Vec::with_capacity(open.len());
    for (_, group) in groups.open() {
        merchants.push(group.merchant.uuid());
        retailers.push(group.retailer.id.uuid());
        transaction_ids.push(group.transaction_id);
    }
    let rows = sqlx::query(include_str!("../sql/existing.sql"))
        .bind(merchants)
        .bind(retailers)
        .bind(transaction_ids)
        .fetch_all(conn)
        .await?;
    for row in rows {
        // Postgres counts from one.
        let place: i64 = row.try_get("place")?;
        let group = usize::try_from(place - 1).ok().and_then(|place| open.get(place));
        if let Some(group) = group.and_then(|group| groups.groups.get_mut(*group)) {
            // A row that cannot be understood is a matter between it and whoever asks for it.
            group.stored = Some(PurchaseRecord::from_row(&row).map(Arc::new));
        }
    }
    Ok(())
}

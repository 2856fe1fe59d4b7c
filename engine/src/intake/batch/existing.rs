//! Steps 4 and 5: what is stored already under a key that cannot be taken.

use std::sync::Arc;

use futures::TryStreamExt as _;
use sqlx::{PgConnection, Row as _};

use super::Failure;
use super::groups::Groups;
use super::people::People;
use crate::purchase_record::PurchaseRecord;

/// Looks up the keys of some groups, and settles those that are found.
///
/// Rows are taken one by one as they come, because a stored basket may be much larger than the one that was sent. What seems to be
/// somebody else's is looked at last: the customer may have been merged into another since we found out who is meant.
pub(super) async fn look_up(
    conn: &mut PgConnection,
    groups: &mut Groups<'_>,
    people: &mut People<'_>,
    asked: impl IntoIterator<Item = usize>,
) -> Result<(), Failure> {
    let mut open = Vec::new();
    let mut merchants = Vec::new();
    let mut retailers = Vec::new();
    let mut transaction_ids = Vec::new();
    for number in asked {
        let Some(group) = groups.get(number) else { continue };
        open.push(number);
        merchants.push(group.merchant.uuid());
        retailers.push(group.retailer.id.uuid());
        transaction_ids.push(group.transaction_id);
    }
    if open.is_empty() {
        return Ok(());
    }
    let mut rows = sqlx::query(include_str!("../sql/existing.sql"))
        .bind(merchants)
        .bind(retailers)
        .bind(transaction_ids)
        .fetch(&mut *conn);
    let mut of_others = Vec::new();
    while let Some(row) = rows.try_next().await? {
        // Postgres counts from one.
        let place: i64 = row.try_get("place")?;
        if let Some(group) = usize::try_from(place - 1).ok().and_then(|place| open.get(place)) {
            // A row that cannot be understood is a matter between it and whoever asks for it.
            match PurchaseRecord::from_row(&row).map(Arc::new) {
                Ok(record) if groups.names_another(*group, &record, people) => {
                    of_others.push((*group, record))
                }
                stored => groups.settle(*group, &stored, people),
            }
        }
    }
    drop(rows);
    if !of_others.is_empty() {
        people.follow(conn).await?;
        for (group, record) in of_others {
            groups.settle(group, &Ok(record), people);
        }
    }
    Ok(())
}

//! Step 5: taking the keys of what is new.

use std::collections::HashSet;

use sqlx::PgConnection;
use uuid::Uuid;

use super::Failure;
use super::checks::Fresh;
use super::existing;
use super::groups::Groups;
use super::people::People;

/// Takes the keys, and keeps in `fresh` only those that were got.
///
/// A key that is not got belongs to a purchase that is stored: what came here is sent again. Where another server was taking it
/// at this very moment it was waited for; that purchase is committed now, and the next statement sees it.
pub(super) async fn take(
    conn: &mut PgConnection,
    groups: &mut Groups<'_>,
    people: &mut People<'_>,
    fresh: &mut Vec<Fresh<'_>>,
) -> Result<(), Failure> {
    if fresh.is_empty() {
        return Ok(());
    }
    let mut wanted: Vec<_> = fresh
        .iter()
        .filter_map(|fresh| {
            let group = groups.get(fresh.group)?;
            Some((
                group.merchant.uuid(),
                group.retailer.id.uuid(),
                group.transaction_id,
                fresh.item.id.uuid(),
            ))
        })
        .collect();
    wanted.sort_unstable();
    let mut merchants = Vec::with_capacity(wanted.len());
    let mut retailers = Vec::with_capacity(wanted.len());
    let mut transaction_ids = Vec::with_capacity(wanted.len());
    let mut ids = Vec::with_capacity(wanted.len());
    for (merchant, retailer, transaction_id, id) in wanted {
        merchants.push(merchant);
        retailers.push(retailer);
        transaction_ids.push(transaction_id);
        ids.push(id);
    }
    let taken: Vec<Uuid> = sqlx::query_scalar(include_str!("../sql/keys_take.sql"))
        .bind(merchants)
        .bind(retailers)
        .bind(transaction_ids)
        .bind(ids)
        .fetch_all(&mut *conn)
        .await?;
    if taken.len() == fresh.len() {
        return Ok(());
    }
    let taken: HashSet<Uuid> = taken.into_iter().collect();
    let (won, lost): (Vec<_>, Vec<_>) =
        std::mem::take(fresh).into_iter().partition(|fresh| taken.contains(&fresh.item.id.uuid()));
    *fresh = won;
    existing::look_up(conn, groups, people, lost.iter().map(|lost| lost.group)).await?;
    let all_seen = lost.iter().all(|lost| groups.open().all(|(group, _)| group != lost.group));
    // Neither taken nor there cannot be, for keys are never given back; should it be, another look will tell.
    if all_seen { Ok(()) } else { Err(Failure::Transient("key_race")) }
}

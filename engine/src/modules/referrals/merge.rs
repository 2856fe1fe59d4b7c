//! Referrals of two customers of whom one goes on.
//!
//! - **Moved**: both codes, which go on bringing friends, and the friends that they have brought. A ban of either holds, as
//!   if staff had banned the customer: it is about the person.
//! - **Kept**: one of the two referrals by which they came: that of the customer who goes on, else that of the other one.
//!   It keeps its advocate and goes on as it is.
//! - **Closed**: the other one. What was given for it stays given, what waits is not given, since nobody is brought twice.
//!   So is one of somebody who was a customer already, and one of themselves, because one of them has brought the other, or
//!   who has. It stays with the id of the account that ends, which brings nobody: who brought whom is a forest still.

use std::collections::BTreeSet;

use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::referrals::{ReferralEvent, ReferralState};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::{Value, json};
use uuid::Uuid;

use super::refer::{Txn, lock};
use super::review::reject;
use super::standing::{Changes, read};
use super::statement;
use crate::error::Error;
use crate::modules::merge::{Before, Merging};
use crate::modules::merged;
use crate::stored::stored;

/// What has become of the two referrals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReferralsMerged {
    /// That of the account that ends is now of the customer who goes on, and the other way round.
    pub changed_places: bool,
}

/// The referral by which one of two customers came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Came {
    state: ReferralState,
    /// The customer would have brought the customer.
    is_circle: bool,
    /// The friend had bought something in the other account.
    is_late: bool,
}

impl Came {
    /// Whether it can be that of the customer who goes on.
    fn counts(self) -> bool {
        self.state != ReferralState::Rejected && !self.is_circle && !self.is_late
    }

    /// What happens to it when it is closed.
    fn end(self) -> ReferralEvent {
        match self.state {
            // What was given was given for bringing oneself.
            ReferralState::Rewarded if self.is_circle => ReferralEvent::Returned,
            _ => ReferralEvent::Refused,
        }
    }
}

/// Whether the referrals of who ends and of who goes on change places, so that the one that counts is of the latter.
fn change_places(ended: Option<Came>, stays: Option<Came>) -> bool {
    match (ended, stays) {
        // It can only be of somebody who brings nobody.
        (_, Some(stays)) if stays.is_circle => true,
        (Some(ended), Some(stays)) => ended.counts() && !stays.counts(),
        (Some(ended), None) => !ended.is_circle,
        (None, _) => false,
    }
}

/// Who has brought the two customers.
pub(crate) async fn advocates(merging: &Merging<'_>) -> Result<Vec<CustomerId>, Error> {
    let sql = "SELECT advocate_id FROM referrals WHERE merchant_id = $1 AND friend_id IN ($2, $3)";
    let rows = merging.rows(sql).await?;
    rows.iter().map(|row| Ok(CustomerId::from_uuid(row.try_get("", "advocate_id")?))).collect()
}

/// Which of these customers have a referral by which they came.
pub(crate) async fn brought(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customers: &BTreeSet<Uuid>,
) -> Result<BTreeSet<Uuid>, Error> {
    let asked: Vec<Uuid> = customers.iter().copied().collect();
    let sql = "SELECT friend_id FROM referrals WHERE merchant_id = $1 AND friend_id = ANY ($2)";
    let rows = txn.query_all_raw(statement(sql, [merchant.uuid().into(), asked.into()])).await?;
    rows.iter().map(|row| Ok(row.try_get("", "friend_id")?)).collect()
}

/// By which ids the referrals of these friends go: those that were closed by a merge go by the old one.
pub(super) async fn friends_by_now(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    friends: BTreeSet<Uuid>,
) -> Result<BTreeSet<Uuid>, Error> {
    let merged = merged(txn, merchant, &friends).await?;
    if merged.is_empty() {
        return Ok(friends);
    }
    let closed = brought(txn, merchant, &merged.keys().copied().collect()).await?;
    let now = |id: Uuid| merged.get(&id).filter(|_| !closed.contains(&id)).copied().unwrap_or(id);
    Ok(friends.into_iter().map(now).collect())
}

/// Moves what there is and closes what cannot be. The balances of both and of their advocates are locked.
pub(crate) async fn merge(merging: &Merging<'_>, before: Before) -> Result<ReferralsMerged, Error> {
    let Merging { engine, txn, merchant, from, into, now, .. } = *merging;
    lock(&mut Txn(txn), &BTreeSet::from([merchant])).await?;
    let (ended, stays) = came(merging, before).await?;
    let changed_places = change_places(ended, stays);
    if changed_places {
        swap(merging).await?;
    }
    let [key, from_id, into_id] = merging.key();
    let others = statement(include_str!("sql/merge_others.sql"), [key, from_id, into_id, now.into()]);
    let row = txn.query_one_raw(others).await?;
    let is_banned = row.map(|row| row.try_get("", "is_banned")).transpose()?.unwrap_or(false);
    let (of_from, of_into) = if changed_places { (stays, ended) } else { (ended, stays) };
    let mut changes = Changes::new(engine, merchant);
    // What stays with the account that ends is over, and so is one that cannot be, wherever it is.
    let over = [(from, of_from), (into, of_into.filter(|came| !came.counts()))];
    for (friend, came) in over {
        let Some(came) = came else { continue };
        for standing in read(txn, merchant, &[friend]).await? {
            changes.apply(standing, came.end());
        }
    }
    changes.write(txn).await?;
    if is_banned {
        let mut changes = Changes::new(engine, merchant);
        for standing in read(txn, merchant, &friends_to_come(merging).await?).await? {
            reject(&mut changes, standing, merging.by);
        }
        changes.write(txn).await?;
    }
    Ok(ReferralsMerged { changed_places })
}

/// The referral of who ends, and that of who goes on.
async fn came(merging: &Merging<'_>, before: Before) -> Result<(Option<Came>, Option<Came>), Error> {
    let (mut ended, mut stays) = (None, None);
    for row in merging.rows(include_str!("sql/merge_read.sql")).await? {
        let state: String = row.try_get("", "state")?;
        let state: ReferralState = stored(state.parse(), "referrals.state")?;
        let friend = CustomerId::from_uuid(row.try_get("", "friend_id")?);
        let is_ended = friend == merging.from;
        let was_customer = if is_ended { before.into_bought } else { before.from_bought };
        let is_late = state == ReferralState::Registered && was_customer;
        let came = Came { state, is_circle: row.try_get("", "is_circle")?, is_late };
        *(if is_ended { &mut ended } else { &mut stays }) = Some(came);
    }
    Ok((ended, stays))
}

/// Has the two referrals change places. Keys do not change: the rows are taken out and put in again.
async fn swap(merging: &Merging<'_>) -> Result<(), Error> {
    let sql = "DELETE FROM referrals WHERE merchant_id = $1 AND friend_id IN ($2, $3)
               RETURNING to_jsonb(referrals) AS referral";
    let (from, into) = (json!(merging.from), json!(merging.into));
    let mut referrals = Vec::new();
    for row in merging.rows(sql).await? {
        let mut referral: Value = row.try_get("", "referral")?;
        let friend = if referral["friend_id"] == from { into.clone() } else { from.clone() };
        // One that would be of themselves: the account that ends was brought by who goes on.
        if referral["advocate_id"] == from {
            referral["advocate_id"] = into.clone();
        }
        // One that did not count anyway, of who ends by who goes on, says nothing any more.
        if referral["advocate_id"] != friend {
            referral["friend_id"] = friend;
            referrals.push(referral);
        }
    }
    let sql = "INSERT INTO referrals SELECT * FROM jsonb_populate_recordset(NULL::referrals, $1)";
    merging.txn.execute_raw(statement(sql, [Value::Array(referrals).into()])).await?;
    Ok(())
}

/// Friends whom the customer who goes on has brought, or is said to have, and for whom nothing was given yet.
async fn friends_to_come(merging: &Merging<'_>) -> Result<Vec<CustomerId>, Error> {
    let sql = "SELECT friend_id FROM referrals
               WHERE merchant_id = $1 AND advocate_id = $2 AND state IN ('registered', 'qualified')";
    let [merchant, _, into] = merging.key();
    let rows = merging.txn.query_all_raw(statement(sql, [merchant, into])).await?;
    rows.iter().map(|row| Ok(CustomerId::from_uuid(row.try_get("", "friend_id")?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUALIFIED: Came = Came { state: ReferralState::Qualified, is_circle: false, is_late: false };
    const CIRCLE: Came = Came { is_circle: true, ..QUALIFIED };
    const REJECTED: Came = Came { state: ReferralState::Rejected, ..QUALIFIED };
    const LATE: Came = Came { state: ReferralState::Registered, is_circle: false, is_late: true };

    #[test]
    fn the_referral_that_counts_is_of_who_goes_on() {
        for (ended, stays, expected) in [
            (None, None, false),
            (None, Some(QUALIFIED), false),
            (Some(QUALIFIED), None, true),
            (Some(QUALIFIED), Some(QUALIFIED), false),
            (Some(QUALIFIED), Some(REJECTED), true),
            (Some(QUALIFIED), Some(LATE), true),
            (Some(REJECTED), Some(REJECTED), false),
            (Some(LATE), Some(LATE), false),
            // Of themselves it is only ever with the account that ends.
            (Some(CIRCLE), None, false),
            (Some(CIRCLE), Some(QUALIFIED), false),
            (None, Some(CIRCLE), true),
            (Some(QUALIFIED), Some(CIRCLE), true),
            (Some(REJECTED), Some(CIRCLE), true),
        ] {
            assert_eq!(change_places(ended, stays), expected, "{ended:?} {stays:?}");
        }
    }

    #[test]
    fn what_was_given_stays_given_but_for_bringing_oneself() {
        let rewarded = Came { state: ReferralState::Rewarded, ..QUALIFIED };
        assert_eq!(rewarded.end(), ReferralEvent::Refused);
        assert_eq!(ReferralState::Rewarded.after(rewarded.end()), None);
        let itself = Came { is_circle: true, ..rewarded };
        assert_eq!(ReferralState::Rewarded.after(itself.end()), Some(ReferralState::Reversed));
        assert_eq!(ReferralState::Qualified.after(CIRCLE.end()), Some(ReferralState::Rejected));
    }
}

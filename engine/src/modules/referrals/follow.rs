//! What follows from purchases, claims and returns: friends qualify, and what is returned does not count.

use std::collections::BTreeSet;

use perennial_domain::codes::ReferralCode;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::referrals::{
    CameBy, ReferralEvent, ReferralPolicy, ReferralState, Review, Risk, risk, verdict,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde_json::json;
use uuid::Uuid;

use super::merge::friends_by_now;
use super::refer::{Candidate, Txn, evidence, lock, refer};
use super::standing::{Changes, Standing, read};
use super::{Heard, statement};
use crate::engine::Engine;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::modules::{self, policies};

impl Engine {
    /// Has the effect of the news of one merchant.
    pub(super) async fn referrals_follow(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        heard: Heard,
    ) -> Result<(), Error> {
        let claimed = claimed(txn, merchant, &heard.claims).await?;
        let concern = concerned(txn, merchant, &heard).await?;
        if friends_by_now(txn, merchant, heard.made.clone()).await? != heard.made {
            // They were merged just now: the message comes again.
            return Err(Error::merged());
        }
        let people = concern.iter().flat_map(|(friend, advocate)| [Some(*friend), Some(*advocate)]);
        let people =
            people.chain(claimed.iter().flat_map(|claimed| [Some(claimed.friend), claimed.advocate]));
        let people: BTreeSet<CustomerId> = people.flatten().collect();
        let policy = self.merchant_settings_in(txn, merchant).await?.referrals;
        if !people.is_empty() {
            // A referral that a merge has closed is under the lock of who goes on.
            let ids = people.iter().map(|customer| customer.uuid()).collect();
            let locked = modules::survivors(txn, merchant, ids).await?;
            let locked: Vec<CustomerId> = locked.into_iter().map(CustomerId::from_uuid).collect();
            // Everybody at once, and before the referrals, which is the order of whoever comes with a code to a till. Nothing is
            // posted: the locks keep everything of these customers as it is.
            Ledger::lock(txn, merchant, &locked, self.now(merchant)).await?;
            lock(&mut Txn(txn), &BTreeSet::from([merchant])).await?;
            self.refer_claimed(txn, merchant, &policy, &claimed).await?;
        }
        if !heard.claims.is_empty() {
            // Those who give something for friends come to a claim when it is known whose friend that makes.
            modules::tell(txn, merchant, &[(policies::NAME, json!({ "claims": heard.claims }))]).await?;
        }
        // Under the locks, with those who were made just now. Whoever else came meanwhile has a message of their own.
        let is_locked = |(friend, advocate): &(CustomerId, CustomerId)| {
            people.contains(friend) && people.contains(advocate)
        };
        let concern = if people.is_empty() { concern } else { concerned(txn, merchant, &heard).await? };
        let friends: Vec<CustomerId> =
            concern.into_iter().filter(is_locked).map(|(friend, _)| friend).collect();
        if friends.is_empty() {
            return Ok(());
        }
        let mut changes = Changes::new(self, merchant);
        for mut standing in read(txn, merchant, &friends).await? {
            let is_new = heard.made.contains(&standing.friend.uuid());
            if heard.refused.contains(&standing.friend.uuid()) {
                changes.tell(&standing, EventKind::ReferralRejected);
            } else if is_new && standing.state != ReferralState::Rejected {
                // Whoever has rejected it since has told so.
                changes.tell(&standing, EventKind::ReferralRegistered);
                changes.inform(&standing, "registered");
            }
            if standing.state == ReferralState::Registered && standing.first.is_some() {
                standing = self.doubt_again(txn, merchant, &policy, &mut changes, standing).await?;
                standing = changes.apply(standing, ReferralEvent::Bought);
            }
            if standing.is_returned {
                changes.apply(standing, ReferralEvent::Returned);
            }
        }
        changes.write(txn).await
    }

    /// A purchase may have told what was not known when the friend signed up: by which means the friend pays, say.
    async fn doubt_again(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        policy: &ReferralPolicy,
        changes: &mut Changes<'_>,
        mut standing: Standing,
    ) -> Result<Standing, Error> {
        if standing.review != Review::None {
            return Ok(standing);
        }
        let candidate = Candidate {
            merchant,
            policy,
            friend: standing.friend,
            code: Some(standing.code.clone()),
            came_by: standing.came_by,
            now: self.now(merchant),
        };
        let known = evidence(&mut Txn(txn), &[candidate]).await?;
        let Some(known) = known.first() else { return Ok(standing) };
        let mut seen = known.evidence();
        // How many friends came with this one was looked at when it came.
        (seen.in_hour, seen.in_day) = (0, 0);
        let is_known = |reason| standing.risk.iter().any(|risk: &Risk| risk.reason == reason);
        let mut reasons = risk(policy, &seen);
        if reasons.iter().all(|reason| is_known(*reason)) {
            return Ok(standing);
        }
        reasons.extend(standing.risk.iter().map(|risk| risk.reason));
        reasons.sort_unstable();
        reasons.dedup();
        let verdict = verdict(policy, &reasons);
        (standing.review, standing.risk, standing.score) =
            (verdict.review, verdict.risks, verdict.score.into());
        if verdict.state == ReferralState::Rejected {
            return Ok(changes.apply(standing, ReferralEvent::Refused));
        }
        changes.keep(&standing, None);
        Ok(standing)
    }

    /// A purchase of nobody may have had a code: it counts for who claims it, if it is the first.
    async fn refer_claimed(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        policy: &ReferralPolicy,
        claimed: &[Claimed],
    ) -> Result<(), Error> {
        if claimed.is_empty() {
            return Ok(());
        }
        let now = self.now(merchant);
        let candidate = |claimed: &Claimed| Candidate {
            merchant,
            policy,
            friend: claimed.friend,
            code: claimed.code.clone(),
            came_by: CameBy::Purchase,
            now,
        };
        let candidates: Vec<Candidate<'_>> = claimed.iter().map(candidate).collect();
        // Who claimed it has the answer; a code that does not count is ignored.
        refer(&mut Txn(txn), &candidates).await.map(drop)
    }
}

/// A purchase with a code that was the first of who claimed it.
struct Claimed {
    friend: CustomerId,
    code: Option<ReferralCode>,
    /// Whose code it is.
    advocate: Option<CustomerId>,
}

async fn claimed(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    claims: &BTreeSet<Uuid>,
) -> Result<Vec<Claimed>, Error> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<Uuid> = claims.iter().copied().collect();
    let values = [merchant.uuid().into(), asked.into()];
    let rows = txn.query_all_raw(statement(include_str!("sql/claimed.sql"), values)).await?;
    let row = |row: &QueryResult| {
        let code: String = row.try_get("", "referral_code")?;
        Ok(Claimed {
            friend: CustomerId::from_uuid(row.try_get("", "customer_id")?),
            code: ReferralCode::new(&code).ok(),
            advocate: row.try_get::<Option<Uuid>>("", "advocate_id")?.map(CustomerId::from_uuid),
        })
    };
    rows.iter().map(row).collect()
}

/// Friends and their advocates whom the news concern.
async fn concerned(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    heard: &Heard,
) -> Result<Vec<(CustomerId, CustomerId)>, Error> {
    let list = |ids: &BTreeSet<Uuid>| ids.iter().copied().collect::<Vec<Uuid>>();
    let bought: Vec<Uuid> = heard.purchases.union(&heard.claims).copied().collect();
    let values =
        [merchant.uuid().into(), list(&heard.made).into(), bought.into(), list(&heard.returns).into()];
    let rows = txn.query_all_raw(statement(include_str!("sql/heard.sql"), values)).await?;
    let ids = rows.iter().map(|row| {
        let friend = CustomerId::from_uuid(row.try_get("", "friend_id")?);
        Ok((friend, CustomerId::from_uuid(row.try_get("", "advocate_id")?)))
    });
    ids.collect()
}

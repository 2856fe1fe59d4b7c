//! What follows from purchases, claims and returns: friends qualify, and what is returned does not count.

use std::collections::BTreeSet;

use perennial_domain::codes::ReferralCode;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::referrals::{
    CameBy, ReferralEvent, ReferralPolicy, ReferralState, Review, Risk, risk, verdict,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::json;
use uuid::Uuid;

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
        self.refer_claimed(txn, merchant, &heard.claims).await?;
        if !heard.claims.is_empty() {
            // Those who give something for friends come to a claim when it is known whose friend that makes.
            modules::tell(txn, merchant, &[(policies::NAME, json!({ "claims": heard.claims }))]).await?;
        }
        let concerned = concerned(txn, merchant, &heard).await?;
        if concerned.is_empty() {
            return Ok(());
        }
        let now = self.now(merchant);
        let people: BTreeSet<CustomerId> =
            concerned.iter().flat_map(|(friend, advocate)| [*friend, *advocate]).collect();
        // Nothing is posted: the locks keep everything of these customers as it is.
        Ledger::lock(txn, merchant, &people.into_iter().collect::<Vec<_>>(), now).await?;
        lock(&mut Txn(txn), &BTreeSet::from([merchant])).await?;
        let policy = self.merchant_settings_in(txn, merchant).await?.referrals;
        let friends: Vec<CustomerId> = concerned.into_iter().map(|(friend, _)| friend).collect();
        let mut changes = Changes::new(self, merchant);
        for mut standing in read(txn, merchant, &friends).await? {
            let is_new = heard.made.contains(&standing.friend.uuid());
            let is_rejected = standing.state == ReferralState::Rejected;
            if is_new && is_rejected {
                changes.tell(&standing, EventKind::ReferralRejected);
            } else if is_new {
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
        claims: &BTreeSet<Uuid>,
    ) -> Result<(), Error> {
        if claims.is_empty() {
            return Ok(());
        }
        let asked: Vec<Uuid> = claims.iter().copied().collect();
        let values = [merchant.uuid().into(), asked.into()];
        let rows = txn.query_all_raw(statement(include_str!("sql/claimed.sql"), values)).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let (policy, now) = (self.merchant_settings_in(txn, merchant).await?.referrals, self.now(merchant));
        let mut candidates = Vec::new();
        for row in &rows {
            let code: String = row.try_get("", "referral_code")?;
            candidates.push(Candidate {
                merchant,
                policy: &policy,
                friend: CustomerId::from_uuid(row.try_get("", "customer_id")?),
                code: ReferralCode::new(&code).ok(),
                came_by: CameBy::Purchase,
                now,
            });
        }
        let friends: Vec<CustomerId> = candidates.iter().map(|candidate| candidate.friend).collect();
        Ledger::lock(txn, merchant, &friends, now).await?;
        // Who claimed it has the answer; a code that does not count is ignored.
        refer(&mut Txn(txn), &candidates).await.map(drop)
    }
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

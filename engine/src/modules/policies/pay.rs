//! Giving what is due, and taking back what has lost its cause.
//!
//! ```text
//! rewards whose stock it takes ─▶ vouchers that are taken back ─▶ balances ─▶ the awards themselves, looked at again
//! ```
//! is the order of the locks, as everywhere. Whoever is second finds the award in another state, and does nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::codes::Email;
use perennial_domain::ids::{AwardId, CustomerId, MerchantId, PolicyId, RewardId, VoucherId};
use perennial_domain::policies::{EffectInput, PolicyEffect, PolicyInput, PolicyTerms};
use perennial_domain::rewards::RewardTerms;
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::Serialize;
use uuid::{Builder, Uuid};

use super::follow::json;
use super::friends::{self, Pays, Referral};
use super::{ids, statement};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Happening;
use crate::expiry::sliding;
use crate::ledger::Ledger;
use crate::messages::{self, Message};
use crate::modules::{self, referrals as referred, tiers};
use crate::stored::stored;

/// How long an award waits for what another module finds out within moments.
const LATER: TimeDelta = TimeDelta::seconds(5);

/// An award that is locked, and to be given or taken back.
pub(super) struct Owed {
    pub id: AwardId,
    pub policy: PolicyId,
    pub policy_name: String,
    pub beneficiary: CustomerId,
    pub friend: Option<CustomerId>,
    /// Whether a purchase caused it.
    pub is_of_purchase: bool,
    pub effect: PolicyEffect,
    pub amount: i64,
    /// How often at once.
    times: i32,
    /// Whether it is taken back; else it is given.
    pub undo: bool,
    /// How often of it stays when it is taken back; 0: not at all.
    pub keeps: i32,
    pub voucher: Option<VoucherId>,
    pub paid_at: Option<DateTime<Utc>>,
}

impl Owed {
    /// What of the amount stays when it is taken back.
    pub fn kept(&self) -> i64 {
        // The amount is so many times the same; see `award::amount`.
        let once = self.amount.checked_div(self.times.into()).unwrap_or(0);
        once.saturating_mul(self.keeps.into())
    }

    /// What of the amount is taken back.
    pub fn back(&self) -> i64 {
        self.amount.saturating_sub(self.kept())
    }

    /// Whether somebody is rewarded by it for having brought a friend: not the friend, and a letter alone is no reward.
    fn rewards_advocate(&self) -> bool {
        let is_letter = matches!(self.effect, PolicyEffect::Email { .. });
        self.friend.is_some_and(|friend| friend != self.beneficiary) && !is_letter
    }
}

/// A reward of the catalogue, locked.
pub(super) struct Stocked {
    pub terms: RewardTerms,
    pub left: Option<i64>,
    pub is_archived: bool,
}

/// Everything that one transaction gives and takes back.
pub(super) struct Settling<'s> {
    pub engine: &'s Engine,
    pub txn: &'s DatabaseTransaction,
    pub merchant: MerchantId,
    pub settings: &'s MerchantSettings,
    pub now: DateTime<Utc>,
    pub ledger: Ledger,
    pub rewards: BTreeMap<RewardId, Stocked>,
    /// The states of the vouchers that may be taken back.
    pub vouchers: BTreeMap<VoucherId, String>,
    /// Names and addresses of those who are written to.
    pub addresses: BTreeMap<CustomerId, (Option<String>, Option<Email>)>,
    pub letters: Vec<Message>,
    pub happenings: Vec<Happening>,
    /// Whose referral credits have changed.
    pub credited: BTreeSet<CustomerId>,
}

/// What has become of an award.
#[derive(Debug, Default, Serialize)]
pub(super) struct Settled {
    pub id: Uuid,
    pub state: &'static str,
    pub reason: Option<&'static str>,
    pub waits: bool,
    /// When it is due, where that has changed.
    pub due_at: Option<DateTime<Utc>>,
    pub posting_id: Option<Uuid>,
    pub voucher_id: Option<Uuid>,
    pub taken_back: Option<Uuid>,
    /// How often of it stays, where only a part was taken back.
    pub kept: Option<i32>,
    /// How much that is.
    pub amount: Option<i64>,
    /// The part that was taken back.
    pub lost: Option<i64>,
    /// The posting that took it.
    pub lost_by: Option<Uuid>,
}

impl Settled {
    pub fn of(award: &Owed, state: &'static str) -> Self {
        Self { id: award.id.uuid(), state, ..Self::default() }
    }

    /// Not given, and why.
    pub fn refused(award: &Owed, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..Self::of(award, "refused") }
    }
}

impl Engine {
    /// Gives those of these awards that are due, and takes back those that are to be.
    pub(super) async fn awards_settle(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        awards: &BTreeSet<Uuid>,
    ) -> Result<(), Error> {
        let now = self.now(merchant);
        let asked = || [merchant.uuid().into(), ids(awards.iter().copied()), now.into()];
        let look = txn.query_all_raw(statement(include_str!("sql/owed.sql"), asked())).await?;
        let look = look.iter().map(owed).collect::<Result<Vec<_>, _>>()?;
        if look.is_empty() {
            return Ok(());
        }
        let rewards = lock_rewards(txn, merchant, &look).await?;
        let vouchers = lock_vouchers(txn, merchant, &look).await?;
        let brought = referrals(txn, self, merchant, &look).await?;
        let advocates = brought.values().map(|referral| referral.advocate);
        let people: BTreeSet<CustomerId> =
            look.iter().map(|award| award.beneficiary).chain(advocates).collect();
        let people: Vec<CustomerId> = people.into_iter().collect();
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let mut ledger = Ledger::lock(txn, merchant, &people, now).await?;
        // What is taken back is not taken of what is gone by inactivity.
        let loses = |award: &&Owed| award.undo && matches!(award.effect, PolicyEffect::Points(_));
        let losers: Vec<CustomerId> = look.iter().filter(loses).map(|award| award.beneficiary).collect();
        if sliding::set_aside(txn, merchant, &settings, &losers, now).await? {
            ledger = Ledger::lock(txn, merchant, &people, now).await?;
        }
        let locked = txn.query_all_raw(statement(include_str!("sql/owed_locked.sql"), asked())).await?;
        let locked = locked.iter().map(owed).collect::<Result<Vec<_>, _>>()?;
        // Once more: who brought whom never changes, but somebody may have decided that it does not count.
        let referrals = referrals(txn, self, merchant, &locked).await?;
        let addresses = addresses(txn, merchant, &locked).await?;
        let mut settling = Settling {
            engine: self,
            txn,
            merchant,
            settings: &settings,
            now,
            ledger,
            rewards,
            vouchers,
            addresses,
            letters: Vec::new(),
            happenings: Vec::new(),
            credited: BTreeSet::new(),
        };
        let mut settled = Vec::with_capacity(locked.len());
        let mut paid_friends = BTreeSet::new();
        for award in &locked {
            let one = if award.undo {
                settling.take_back(award).await?
            } else {
                settling.settle(award, &referrals).await?
            };
            if one.state == "paid" && !award.undo && award.rewards_advocate() {
                paid_friends.extend(award.friend);
            }
            settled.push(one);
        }
        settling.finish(settled).await?;
        let friends: Vec<CustomerId> = paid_friends.into_iter().collect();
        if friends.is_empty() { Ok(()) } else { referred::rewarded(txn, self, merchant, &friends).await }
    }
}

impl Settling<'_> {
    /// Gives an award, unless the referral that it depends on says otherwise.
    async fn settle(
        &mut self,
        award: &Owed,
        referrals: &BTreeMap<CustomerId, Referral>,
    ) -> Result<Settled, Error> {
        if self.ledger.balance(award.beneficiary)?.is_erased {
            return Ok(Settled { reason: Some("erased"), ..Settled::of(award, "cancelled") });
        }
        if let Some(friend) = award.friend {
            let referral = referrals.get(&friend);
            match referral.map_or(Pays::Never, |referral| referral.pays) {
                Pays::Yes => {
                    if let Some(due_at) = referral.and_then(|referral| self.later(award, referral)) {
                        return Ok(Settled { due_at: Some(due_at), ..Settled::of(award, "held") });
                    }
                }
                Pays::Waits => return Ok(Settled { waits: true, ..Settled::of(award, "held") }),
                Pays::Never => {
                    let reason = Some("referral");
                    return Ok(Settled { reason, ..Settled::of(award, "cancelled") });
                }
            }
        }
        self.give(award).await
    }

    /// When an award is due after all: the referral holds it as long as the friend may still return the first purchase, and
    /// of a purchase that the referrals have not come to yet nobody knows how long that is.
    fn later(&self, award: &Owed, referral: &Referral) -> Option<DateTime<Utc>> {
        if award.is_of_purchase && !referral.is_qualified {
            return Some(self.now + LATER);
        }
        referral.held_until.filter(|held_until| *held_until > self.now)
    }

    /// Writes everything down.
    async fn finish(self, settled: Vec<Settled>) -> Result<(), Error> {
        let Self { engine, txn, merchant, now, ledger, letters, happenings, credited, .. } = self;
        ledger.write_and_announce(txn, engine, happenings).await?;
        let values = [merchant.uuid().into(), json(&settled)?.into(), now.into()];
        txn.execute_raw(statement(include_str!("sql/settle.sql"), values)).await?;
        metrics::counter!("policy_awards_settled_total").increment(settled.len() as u64);
        messages::write(txn, engine, merchant, letters).await?;
        if credited.is_empty() {
            return Ok(());
        }
        modules::tell(txn, merchant, &[(tiers::NAME, serde_json::json!({ "credited": credited }))])
            .await
            .map(drop)
    }

    /// A new id for a posting or a voucher.
    pub(super) fn new_id(&self) -> Uuid {
        let (millis, random) = self.engine.id_parts();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

fn owed(row: &QueryResult) -> Result<Owed, Error> {
    let gives: serde_json::Value = row.try_get("", "gives")?;
    let gives: EffectInput = stored(serde_json::from_value(gives), "policy_awards.gives")?;
    Ok(Owed {
        id: AwardId::from_uuid(row.try_get("", "id")?),
        policy: PolicyId::from_uuid(row.try_get("", "policy_id")?),
        policy_name: row.try_get::<Option<String>>("", "policy_name")?.unwrap_or_default(),
        beneficiary: CustomerId::from_uuid(row.try_get("", "beneficiary_id")?),
        friend: row.try_get::<Option<Uuid>>("", "friend_id")?.map(CustomerId::from_uuid),
        is_of_purchase: row.try_get("", "is_of_purchase")?,
        effect: effect(gives)?,
        amount: row.try_get("", "amount")?,
        times: row.try_get("", "times")?,
        undo: row.try_get("", "undo")?,
        keeps: row.try_get("", "keeps")?,
        voucher: row.try_get::<Option<Uuid>>("", "voucher_id")?.map(VoucherId::from_uuid),
        paid_at: row.try_get("", "paid_at")?,
    })
}

/// An effect as it was stored: checked by the checks of a policy, the rest of which is as good as any.
pub(super) fn effect(gives: EffectInput) -> Result<PolicyEffect, Error> {
    let event = perennial_domain::policies::EventInput { on: "enrolment".to_owned(), ..Default::default() };
    let policy =
        PolicyInput { name: "award".to_owned(), event, effects: vec![gives], ..PolicyInput::default() };
    let wrong = || Error::Inconsistent("policy_awards.gives is no effect".to_owned());
    let terms = PolicyTerms::try_from(policy).map_err(|_| wrong())?;
    terms.effects.into_iter().next().ok_or_else(wrong)
}

/// Locks the rewards whose stock is taken from or given back to, in the order of their ids.
async fn lock_rewards(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    awards: &[Owed],
) -> Result<BTreeMap<RewardId, Stocked>, Error> {
    let asked: BTreeSet<RewardId> = awards
        .iter()
        .filter_map(|award| match award.effect {
            PolicyEffect::Reward(reward) => Some(reward),
            _ => None,
        })
        .collect();
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT id, terms, stock, archived_at IS NOT NULL AS is_archived FROM rewards
               WHERE merchant_id = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE";
    let rows = txn.query_all_raw(statement(sql, [merchant.uuid().into(), ids(asked)])).await?;
    let row = |row: &QueryResult| {
        let terms: serde_json::Value = row.try_get("", "terms")?;
        let stocked = Stocked {
            terms: stored(serde_json::from_value(terms), "rewards.terms")?,
            left: row.try_get("", "stock")?,
            is_archived: row.try_get("", "is_archived")?,
        };
        Ok((RewardId::from_uuid(row.try_get("", "id")?), stocked))
    };
    rows.iter().map(row).collect()
}

/// Locks the vouchers that are to be taken back, in the order of their codes, as whoever uses them does.
async fn lock_vouchers(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    awards: &[Owed],
) -> Result<BTreeMap<VoucherId, String>, Error> {
    let asked: BTreeSet<VoucherId> =
        awards.iter().filter(|award| award.undo).filter_map(|award| award.voucher).collect();
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT id, state FROM vouchers WHERE merchant_id = $1 AND id = ANY ($2) ORDER BY code FOR NO KEY UPDATE";
    let rows = txn.query_all_raw(statement(sql, [merchant.uuid().into(), ids(asked)])).await?;
    let row =
        |row: &QueryResult| Ok((VoucherId::from_uuid(row.try_get("", "id")?), row.try_get("", "state")?));
    rows.iter().map(row).collect()
}

async fn referrals(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    awards: &[Owed],
) -> Result<BTreeMap<CustomerId, Referral>, Error> {
    let friends: BTreeSet<CustomerId> = awards.iter().filter_map(|award| award.friend).collect();
    if friends.is_empty() {
        return Ok(BTreeMap::new());
    }
    friends::of(txn, engine, merchant, &friends.into_iter().collect::<Vec<_>>()).await
}

async fn addresses(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    awards: &[Owed],
) -> Result<BTreeMap<CustomerId, (Option<String>, Option<Email>)>, Error> {
    use PolicyEffect as E;
    let tells = |effect: &E| matches!(effect, E::Email { .. } | E::Reward(_) | E::Discount { .. });
    let written_to = |award: &&Owed| !award.undo && tells(&award.effect);
    let asked: BTreeSet<CustomerId> =
        awards.iter().filter(written_to).map(|award| award.beneficiary).collect();
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let values = [merchant.uuid().into(), ids(asked)];
    let rows = txn.query_all_raw(statement(include_str!("sql/addresses.sql"), values)).await?;
    let row = |row: &QueryResult| {
        let address: Option<String> = row.try_get("", "email")?;
        let address = address.map(|address| Email::new(&address)).transpose();
        let address = stored(address, "customer_identities.value")?;
        Ok((CustomerId::from_uuid(row.try_get("", "id")?), (row.try_get("", "name")?, address)))
    };
    rows.iter().map(row).collect()
}

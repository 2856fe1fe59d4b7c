//! Policies: drafted, read, changed.
//!
//! Who may read and write promotions may do so with policies: both say what customers are promised.

use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::ids::{MerchantId, PolicyId};
use perennial_domain::policies::{PolicyEffect, PolicyEvent, PolicyInput, PolicyTerms};
use perennial_domain::rewards::RewardTerms;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use super::follow::json;
use super::give::worth_of;
use super::statement;
use super::view::{Names, PolicyFilter, PolicyState, PolicyVersionView, PolicyView, version, view};
use crate::cx::Cx;
use crate::edit::Edit;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::modules::tiers;
use crate::page::{Page, PageRequest, like_escaped};
use crate::stored::stored;

impl Engine {
    /// Drafts a policy. Nothing of it counts before it is published.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong.
    pub async fn policy_create(&self, cx: &Cx, input: PolicyInput) -> Result<PolicyView, Error> {
        let txn = self.begin().await?;
        let policy = self.policy_create_in(&txn, cx, input).await?;
        txn.commit().await?;
        Ok(policy)
    }

    /// [`policy_create`](Self::policy_create) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn policy_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        input: PolicyInput,
    ) -> Result<PolicyView, Error> {
        cx.require(Action::PromotionsWrite)?;
        let terms = input.check().map_err(Error::Invalid)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        referred(txn, merchant, &terms).await?;
        let (millis, random) = self.id_parts();
        let id = PolicyId::new(millis, random);
        let sql = "INSERT INTO reward_policies (merchant_id, id, state, version, draft, hears, created_at, changed_at,
                                                changed_by)
                   VALUES ($1, $2, 'draft', 0, $3, $4, $5, $5, $6)";
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            json(&terms)?.into(),
            terms.event.word().into(),
            now.into(),
            cx.actor_name().into(),
        ];
        txn.execute_raw(statement(sql, values)).await?;
        self.policy_in(txn, merchant, id).await
    }

    /// One policy, also an archived one.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn policy_get(&self, cx: &Cx, id: PolicyId) -> Result<PolicyView, Error> {
        cx.require(Action::PromotionsRead)?;
        self.policy_in(self.db(), cx.merchant(), id).await
    }

    /// Policies, the newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn policy_list(
        &self,
        cx: &Cx,
        filter: &PolicyFilter,
        page: &PageRequest,
    ) -> Result<Page<PolicyView>, Error> {
        cx.require(Action::PromotionsRead)?;
        let merchant = cx.merchant();
        let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let values = [
            merchant.uuid().into(),
            None::<uuid::Uuid>.into(),
            filter.state.map(PolicyState::as_str).into(),
            page.after::<uuid::Uuid>()?.into(),
            search.map(|search| format!("%{}%", like_escaped(search))).into(),
            page.probe().into(),
        ];
        let rows = self.db().query_all_raw(statement(include_str!("sql/list.sql"), values)).await?;
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        let names = Names::read(self.db(), merchant).await?;
        let policies = rows.iter().map(|row| view(row, &settings, &names)).collect::<Result<_, _>>()?;
        Ok(page.page(policies, |policy: &PolicyView| policy.id.uuid()))
    }

    /// The published versions of a policy, the newest first.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn policy_versions(
        &self,
        cx: &Cx,
        id: PolicyId,
        page: &PageRequest,
    ) -> Result<Page<PolicyVersionView>, Error> {
        cx.require(Action::PromotionsRead)?;
        let merchant = cx.merchant();
        self.policy_in(self.db(), merchant, id).await?;
        let before = page.after::<i32>()?.unwrap_or(i32::MAX);
        let sql = "SELECT version, terms, effective_from FROM reward_policy_versions
                   WHERE merchant_id = $1 AND policy_id = $2 AND version < $3 ORDER BY version DESC LIMIT $4";
        let values = [merchant.uuid().into(), id.uuid().into(), before.into(), page.probe().into()];
        let rows = self.db().query_all_raw(statement(sql, values)).await?;
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        let names = Names::read(self.db(), merchant).await?;
        let versions = rows.iter().map(|row| version(row, &settings, &names)).collect::<Result<_, _>>()?;
        Ok(page.page(versions, |version: &PolicyVersionView| version.version))
    }

    /// Changes a policy: a draft at once; of one that was published the next version is drafted, which counts for nothing
    /// before it is published.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`], also when the event of a published policy is to change: what was counted was
    /// counted for that; [`Error::Conflict`] `archived`, `changed_meanwhile`.
    pub async fn policy_update(
        &self,
        cx: &Cx,
        id: PolicyId,
        edit: impl Into<Edit<PolicyInput>>,
    ) -> Result<PolicyView, Error> {
        let txn = self.begin().await?;
        let policy = self.policy_update_in(&txn, cx, id, edit.into()).await?;
        txn.commit().await?;
        Ok(policy)
    }

    /// [`policy_update`](Self::policy_update) within a transaction of the caller, by an edit of the draft, or else of what
    /// was published last.
    ///
    /// # Errors
    /// The same.
    pub async fn policy_update_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: PolicyId,
        edit: Edit<PolicyInput>,
    ) -> Result<PolicyView, Error> {
        cx.require(Action::PromotionsWrite)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        let locked = Locked::lock(txn, merchant, id).await?;
        if locked.state == PolicyState::Archived {
            return Err(Error::conflict("archived", "The policy is archived"));
        }
        let edited = edit.make(&locked.newest()?, locked.changed_by.as_deref())?;
        let terms = edited.check().map_err(Error::Invalid)?;
        if locked.published.as_ref().is_some_and(|published| published.event != terms.event) {
            let detail = "What a published policy is about cannot change; make another one";
            return Err(Error::field("/event", "fixed", detail));
        }
        referred(txn, merchant, &terms).await?;
        let sql = "UPDATE reward_policies SET draft = $3, hears = $4, changed_at = $5, changed_by = $6
                   WHERE merchant_id = $1 AND id = $2";
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            json(&terms)?.into(),
            terms.event.word().into(),
            now.into(),
            cx.actor_name().into(),
        ];
        txn.execute_raw(statement(sql, values)).await?;
        self.policy_in(txn, merchant, id).await
    }

    pub(super) async fn policy_in(
        &self,
        db: &impl ConnectionTrait,
        merchant: MerchantId,
        id: PolicyId,
    ) -> Result<PolicyView, Error> {
        let none = || None::<String>.into();
        let after = None::<uuid::Uuid>.into();
        let values = [merchant.uuid().into(), id.uuid().into(), none(), after, none(), 1_i64.into()];
        let row = db.query_one_raw(statement(include_str!("sql/list.sql"), values)).await?;
        let row = row.ok_or(Error::NotFound(What::Policy))?;
        let settings = self.merchant_settings_in(db, merchant).await?;
        view(&row, &settings, &Names::read(db, merchant).await?)
    }
}

/// A policy whose row is locked.
pub(super) struct Locked {
    pub state: PolicyState,
    pub version: i32,
    pub published: Option<PolicyTerms>,
    pub draft: Option<PolicyTerms>,
    pub changed_by: Option<String>,
}

impl Locked {
    pub async fn lock(txn: &DatabaseTransaction, merchant: MerchantId, id: PolicyId) -> Result<Self, Error> {
        let sql = "SELECT * FROM reward_policies WHERE merchant_id = $1 AND id = $2 FOR NO KEY UPDATE";
        let key = [merchant.uuid().into(), id.uuid().into()];
        let row = txn.query_one_raw(statement(sql, key)).await?.ok_or(Error::NotFound(What::Policy))?;
        let terms = |row: &QueryResult, column: &str| {
            let terms: Option<serde_json::Value> = row.try_get("", column)?;
            let terms = terms.map(serde_json::from_value).transpose();
            stored::<Option<PolicyTerms>, _>(terms, "reward_policies.terms")
        };
        let state: String = row.try_get("", "state")?;
        Ok(Self {
            state: stored(state.parse(), "reward_policies.state")?,
            version: row.try_get("", "version")?,
            published: terms(&row, "terms")?,
            draft: terms(&row, "draft")?,
            changed_by: row.try_get("", "changed_by")?,
        })
    }

    /// The terms that an edit is of: those of the draft, or else what was published last.
    fn newest(&self) -> Result<PolicyInput, Error> {
        let terms = self.draft.as_ref().or(self.published.as_ref());
        let none = || Error::Inconsistent("a reward policy says nothing".to_owned());
        terms.cloned().map(PolicyInput::from).ok_or_else(none)
    }
}

/// Refuses terms that name a tier that there is not, or a reward that cannot be given.
pub(super) async fn referred(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    terms: &PolicyTerms,
) -> Result<(), Error> {
    let mut errors = Vec::new();
    if let PolicyEvent::TierReached(tier) = terms.event {
        // Whoever deletes the tier waits, and then finds who names it.
        if !tiers::unknown(txn, merchant, &[tier]).await?.is_empty() {
            errors.push(FieldError::new("/event/tier", "unknown_tier", "There is no such tier"));
        }
    }
    for (index, effect) in terms.effects.iter().enumerate() {
        let PolicyEffect::Reward(reward) = effect else { continue };
        let sql = "SELECT terms FROM rewards WHERE merchant_id = $1 AND id = $2 AND archived_at IS NULL";
        let row = txn.query_one_raw(statement(sql, [merchant.uuid().into(), reward.uuid().into()])).await?;
        let pointer = format!("/effects/{index}/reward");
        let Some(row) = row else {
            errors.push(FieldError::new(pointer, "unknown_reward", "There is no such reward"));
            continue;
        };
        let reward: RewardTerms = stored(serde_json::from_value(row.try_get("", "terms")?), "rewards.terms")?;
        if worth_of(&reward).is_none() {
            let detail = "Only rewards that take something off a purchase can be given";
            errors.push(FieldError::new(pointer, "not_giveable", detail));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

//! The ladder, edited: first it can be seen who would move where, then everybody does.

use perennial_domain::access::Action;
use perennial_domain::ids::{MerchantId, TierId};
use perennial_domain::tiers::{LadderError, Tier, TierInput, TierTerms};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};

use super::impact::TierMovement;
use super::ladder::{self, TierView};
use super::program::Program;
use super::{count, statement};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::rules::publish_rules;
use crate::stored::stored;

/// A tier after an edit, and who moved by it; in a dry run, who would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierEdited {
    /// The tier as it is now; nothing when it was deleted.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = TierView))]
    pub tier: Option<TierView>,
    /// Who goes where, those from the highest tier first. Every one of them is told once.
    pub moves: Vec<TierMovement>,
    /// Whether nothing of this has happened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// What is done to the ladder.
enum Edit {
    Create(TierTerms),
    Update(TierId, TierTerms),
    Delete(TierId),
}

impl Engine {
    /// Makes a tier and moves up who has reached it.
    ///
    /// With the first tier of a merchant, everything that customers have bought before counts; for a large merchant that
    /// takes its time, about half a minute for a million purchases, in which tills do not wait.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that is wrong; [`Error::Conflict`] `threshold_taken`, `name_taken` or
    /// `too_many` when there are fifty.
    pub async fn tier_create(&self, cx: &Cx, input: TierInput, dry_run: bool) -> Result<TierEdited, Error> {
        let txn = self.begin().await?;
        let edited = self.tier_create_in(&txn, cx, input, dry_run).await?;
        self.end(txn, dry_run).await?;
        Ok(edited)
    }

    /// [`tier_create`](Self::tier_create) within a transaction of the caller, who wakes the outbox after the commit, and
    /// has to roll a dry run back.
    ///
    /// # Errors
    /// The same.
    pub async fn tier_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        input: TierInput,
        dry_run: bool,
    ) -> Result<TierEdited, Error> {
        cx.require(Action::TiersWrite)?;
        let terms = input.check().map_err(Error::Invalid)?;
        self.edit_ladder(txn, cx, Edit::Create(terms), dry_run).await
    }

    /// Changes a tier. A new name, multiplier, discount or benefit moves nobody; another threshold moves whom it
    /// concerns.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Conflict`] `threshold_taken` or `name_taken`.
    pub async fn tier_update(
        &self,
        cx: &Cx,
        id: TierId,
        input: TierInput,
        dry_run: bool,
    ) -> Result<TierEdited, Error> {
        let txn = self.begin().await?;
        let edited = self.tier_update_in(&txn, cx, id, input, dry_run).await?;
        self.end(txn, dry_run).await?;
        Ok(edited)
    }

    /// [`tier_update`](Self::tier_update) within a transaction of the caller, who wakes the outbox after the commit, and
    /// has to roll a dry run back.
    ///
    /// # Errors
    /// The same.
    pub async fn tier_update_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: TierId,
        input: TierInput,
        dry_run: bool,
    ) -> Result<TierEdited, Error> {
        cx.require(Action::TiersWrite)?;
        let terms = input.check().map_err(Error::Invalid)?;
        self.edit_ladder(txn, cx, Edit::Update(id, terms), dry_run).await
    }

    /// Deletes a tier and moves its customers to the next lower one, pinned or not.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `tier_in_use` while a promotion, a reward or a reward policy names it.
    pub async fn tier_delete(&self, cx: &Cx, id: TierId, dry_run: bool) -> Result<TierEdited, Error> {
        let txn = self.begin().await?;
        let edited = self.tier_delete_in(&txn, cx, id, dry_run).await?;
        self.end(txn, dry_run).await?;
        Ok(edited)
    }

    /// [`tier_delete`](Self::tier_delete) within a transaction of the caller, who wakes the outbox after the commit, and
    /// has to roll a dry run back.
    ///
    /// # Errors
    /// The same.
    pub async fn tier_delete_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: TierId,
        dry_run: bool,
    ) -> Result<TierEdited, Error> {
        cx.require(Action::TiersWrite)?;
        self.edit_ladder(txn, cx, Edit::Delete(id), dry_run).await
    }

    async fn edit_ladder(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        edit: Edit,
        dry_run: bool,
    ) -> Result<TierEdited, Error> {
        let merchant = cx.merchant();
        // The revision first, as every publisher does it, and then the ladder: two edits queue up here.
        if !dry_run {
            publish_rules(txn, merchant, self.now(merchant)).await?;
        }
        let is_new = self.hold_ladder(txn, merchant, &edit, dry_run).await?;
        let mut program = Program::read(self, txn, merchant).await?;
        let old = program.ladder.clone();
        // What was there before the ladder was held may be gone by now.
        let known = |id| old.get(id).map(|tier| tier.id).ok_or(Error::NotFound(What::Tier));
        let (id, terms) = match edit {
            Edit::Create(terms) => {
                let (millis, random) = self.id_parts();
                (TierId::new(millis, random), Some(terms))
            }
            Edit::Update(id, terms) => (known(id)?, Some(terms)),
            Edit::Delete(id) => (known(id)?, None),
        };
        program.ladder = old.clone().without(id);
        let tier = match terms {
            Some(terms) => {
                let tier = Tier { id, terms };
                program.ladder = program.ladder.with(tier.clone()).map_err(refusal)?;
                Some(save(txn, &program, tier).await?)
            }
            None => {
                delete(txn, &program, id).await?;
                None
            }
        };
        if is_new {
            count::count_all(txn, merchant, program.settings.time_zone).await?;
        }
        let moves = program.move_everybody(txn, &old, cx.actor_name(), dry_run).await?;
        Ok(TierEdited { tier, moves, dry_run })
    }

    /// Lets nobody else at the ladder. Who only asks need not stand in the way of those who count; but what was never
    /// counted has to be, also to find out what it would lead to. Tells whether that is so.
    async fn hold_ladder(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        edit: &Edit,
        dry_run: bool,
    ) -> Result<bool, Error> {
        if let Edit::Update(id, _) | Edit::Delete(id) = edit {
            ladder::find(txn, merchant, *id).await?;
        }
        if dry_run && ladder::share(txn, merchant).await? {
            return Ok(false);
        }
        ladder::hold(txn, merchant, self.clock().now()).await
    }
}

fn refusal(error: LadderError) -> Error {
    let field = error.field();
    match error {
        LadderError::SameThreshold(_) => Error::conflict("threshold_taken", field.detail),
        LadderError::SameName(_) => Error::conflict("name_taken", field.detail),
        LadderError::TooMany => Error::conflict("too_many", field.detail),
        LadderError::SameId(id) => Error::Inconsistent(format!("a second tier with the id {id}")),
    }
}

async fn save(txn: &DatabaseTransaction, program: &Program<'_>, tier: Tier) -> Result<TierView, Error> {
    let sql = "INSERT INTO tiers AS t (merchant_id, id, name, threshold, terms, created_at, changed_at)
               VALUES ($1, $2, $3, $4, $5, $6, $6)
               ON CONFLICT (merchant_id, id) DO UPDATE SET
                   name = excluded.name, threshold = excluded.threshold, terms = excluded.terms,
                   changed_at = excluded.changed_at";
    let values = [
        program.merchant.uuid().into(),
        tier.id.uuid().into(),
        tier.terms.name.as_str().to_lowercase().into(),
        tier.terms.threshold.into(),
        stored(serde_json::to_value(&tier.terms), "tiers.terms")?.into(),
        program.now.into(),
    ];
    txn.execute_raw(statement(sql, values)).await?;
    ladder::find(txn, program.merchant, tier.id).await
}

async fn delete(txn: &DatabaseTransaction, program: &Program<'_>, id: TierId) -> Result<(), Error> {
    let key = || [program.merchant.uuid().into(), id.uuid().into()];
    txn.execute_raw(statement("DELETE FROM tiers WHERE merchant_id = $1 AND id = $2", key())).await?;
    // A statement of its own after that: it sees whoever has named the tier until then.
    let values = [program.merchant.uuid().into(), id.to_string().into(), program.now.into()];
    let user = txn.query_one_raw(statement(include_str!("in_use.sql"), values)).await?;
    let Some(user) = user else { return Ok(()) };
    let (kind, name): (String, String) = (user.try_get("", "kind")?, user.try_get("", "name")?);
    Err(Error::conflict("tier_in_use", format!("The {kind} “{name}” names this tier")))
}

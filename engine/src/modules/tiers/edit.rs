//! The ladder, edited: first it can be seen who would move where, then everybody does.

use std::time::Duration;

use perennial_domain::access::Action;
use perennial_domain::ids::{MerchantId, TierId};
use perennial_domain::tiers::{Ladder, LadderError, Tier, TierInput, TierTerms};
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait as _};
use serde::{Deserialize, Serialize};

use super::impact::{TierMovement, Walk, moves_anybody};
use super::ladder::{self, TierView};
use super::program::Program;
use super::{count, statement};
use crate::cx::Cx;
use crate::edit::Edit;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::rules::publish_rules;
use crate::sample::Share;
use crate::stored::stored;

/// How often it is tried to publish an edit by which everybody was moved.
const PUBLISH_TRIES: usize = 3;
/// How soon an edit may succeed when what tiers go by was changed meanwhile.
const CHANGED: Duration = Duration::from_secs(1);

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
    /// Whether the numbers of `moves` were worked out from a sample of the customers, as in a dry run over many.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sampled: bool,
    /// Whether nothing of this has happened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// What is done to the ladder.
enum Change {
    Create(TierTerms),
    Update(TierId, Edit<TierInput>),
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
        self.edit_ladder(txn, cx, Change::Create(terms), dry_run).await
    }

    /// Changes a tier. A new name, multiplier, discount or benefit moves nobody; another threshold moves whom it
    /// concerns.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Conflict`] `threshold_taken`, `name_taken` or
    /// `changed_meanwhile`.
    pub async fn tier_update(
        &self,
        cx: &Cx,
        id: TierId,
        edit: impl Into<Edit<TierInput>>,
        dry_run: bool,
    ) -> Result<TierEdited, Error> {
        let txn = self.begin().await?;
        let edited = self.tier_update_in(&txn, cx, id, edit.into(), dry_run).await?;
        self.end(txn, dry_run).await?;
        Ok(edited)
    }

    /// [`tier_update`](Self::tier_update) within a transaction of the caller, by an edit of what the tier says. The caller
    /// wakes the outbox after the commit, and has to roll a dry run back.
    ///
    /// # Errors
    /// The same.
    pub async fn tier_update_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: TierId,
        edit: Edit<TierInput>,
        dry_run: bool,
    ) -> Result<TierEdited, Error> {
        cx.require(Action::TiersWrite)?;
        self.edit_ladder(txn, cx, Change::Update(id, edit), dry_run).await
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
        self.edit_ladder(txn, cx, Change::Delete(id), dry_run).await
    }

    async fn edit_ladder(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        change: Change,
        dry_run: bool,
    ) -> Result<TierEdited, Error> {
        let merchant = cx.merchant();
        // Two edits queue up here.
        let is_new = self.hold_ladder(txn, merchant, &change, dry_run).await?;
        let mut program = Program::read(self, txn, merchant).await?;
        let old = program.ladder.clone();
        // What was there before the ladder was held may be gone by now.
        let known = |id| old.get(id).ok_or(Error::NotFound(What::Tier));
        let (id, terms) = match change {
            Change::Create(terms) => {
                let (millis, random) = self.id_parts();
                (TierId::new(millis, random), Some(terms))
            }
            Change::Update(id, edit) => {
                let current = TierInput::from(known(id)?.terms.clone());
                let changed_by = ladder::changed_by(txn, merchant, id).await?;
                let edited = edit.make(&current, changed_by.as_deref())?;
                (id, Some(edited.check().map_err(Error::Invalid)?))
            }
            Change::Delete(id) => (known(id)?.id, None),
        };
        program.ladder = old.clone().without(id);
        let tier = match terms {
            Some(terms) => {
                let tier = Tier { id, terms };
                program.ladder = program.ladder.with(tier.clone()).map_err(refusal)?;
                Some(save(txn, &program, tier, cx.actor_name()).await?)
            }
            None => {
                delete(txn, &program, id).await?;
                None
            }
        };
        if is_new {
            count::count_all(txn, merchant, program.settings.time_zone).await?;
        }
        let walk = program.walk(txn, &old, dry_run).await?;
        let moves = program.move_everybody(txn, &old, cx.actor_name(), walk).await?;
        if !dry_run {
            program.publish(txn).await?;
        }
        let sampled = matches!(walk, Walk::Preview(share) if share.is_sample());
        Ok(TierEdited { tier, moves, sampled, dry_run })
    }

    /// Lets nobody else at the ladder. Who only asks need not stand in the way of those who count; but what was never
    /// counted has to be, also to find out what it would lead to. Tells whether that is so.
    async fn hold_ladder(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        change: &Change,
        dry_run: bool,
    ) -> Result<bool, Error> {
        if let Change::Update(id, _) | Change::Delete(id) = change {
            ladder::find(txn, merchant, *id).await?;
        }
        if dry_run && ladder::share(txn, merchant).await? {
            return Ok(false);
        }
        ladder::hold(txn, merchant, self.clock().now()).await
    }
}

impl Program<'_> {
    /// How the customers are walked through.
    async fn walk(&self, txn: &DatabaseTransaction, old: &Ladder, dry_run: bool) -> Result<Walk, Error> {
        if !dry_run {
            return Ok(Walk::Move);
        }
        // Where nobody moves, nobody is looked at.
        let share = if moves_anybody(old, &self.ladder) { self.share(txn).await? } else { Share::ALL };
        Ok(Walk::Preview(share))
    }

    /// Publishes the ladder by which everybody was moved. This comes last: the revision is what every other publisher
    /// waits for, a promotion, a shop, and to walk through a million customers takes minutes. One of them may have it for
    /// a moment, and even wait for a customer who was just moved; for that the walk is not given up at once.
    async fn publish(&self, txn: &DatabaseTransaction) -> Result<(), Error> {
        let mut tries = 1;
        loop {
            let savepoint = txn.begin().await?;
            match publish_rules(&savepoint, self.merchant, self.now).await {
                Ok(_) => {
                    savepoint.commit().await?;
                    break;
                }
                Err(Error::Busy { .. }) if tries < PUBLISH_TRIES => savepoint.rollback().await?,
                Err(error) => return Err(error),
            }
            tries += 1;
        }
        // Whoever changes the settings publishes, too: under the lock they are those that will count from now on.
        let settings = self.engine.merchant_settings_in(txn, self.merchant).await?;
        let is_same = settings.tiers == self.settings.tiers && settings.time_zone == self.settings.time_zone;
        if is_same { Ok(()) } else { Err(Error::Busy { retry_after: CHANGED }) }
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

async fn save(
    txn: &DatabaseTransaction,
    program: &Program<'_>,
    tier: Tier,
    by: &str,
) -> Result<TierView, Error> {
    let sql =
        "INSERT INTO tiers AS t (merchant_id, id, name, threshold, terms, created_at, changed_at, changed_by)
               VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
               ON CONFLICT (merchant_id, id) DO UPDATE SET
                   name = excluded.name, threshold = excluded.threshold, terms = excluded.terms,
                   changed_at = excluded.changed_at, changed_by = excluded.changed_by";
    let values = [
        program.merchant.uuid().into(),
        tier.id.uuid().into(),
        tier.terms.name.as_str().to_lowercase().into(),
        tier.terms.threshold.into(),
        stored(serde_json::to_value(&tier.terms), "tiers.terms")?.into(),
        program.now.into(),
        by.into(),
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

//! The life cycle: from here on purchases earn by it, or no longer.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::PromotionId;
use perennial_domain::instants::beyond_telling;
use perennial_domain::promotion::Pause;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::edit::refuse_when_over;
use super::{Loaded, PromotionState, PromotionView};
use crate::clock::whole_micros;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::{promotion, promotion_version};
use crate::error::Error;
use crate::rules::publish_rules;
use crate::stored::stored;

/// A step in the life of a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Pause,
    Resume,
    End,
    Archive,
}

/// Writes the two forms of a step: on its own, and within a transaction of the caller.
macro_rules! step {
    ($(#[$doc:meta])* $name:ident, $name_in:ident, $step:ident) => {
        $(#[$doc])*
        pub async fn $name(&self, cx: &Cx, id: PromotionId) -> Result<PromotionView, Error> {
            let txn = self.begin().await?;
            let view = self.$name_in(&txn, cx, id).await?;
            txn.commit().await?;
            Ok(view)
        }

        /// The same within a transaction of the caller.
        ///
        /// # Errors
        /// The same.
        pub async fn $name_in(
            &self,
            txn: &DatabaseTransaction,
            cx: &Cx,
            id: PromotionId,
        ) -> Result<PromotionView, Error> {
            cx.require(Action::PromotionsWrite)?;
            self.promotion_step(txn, cx, id, Step::$step).await
        }
    };
}

impl Engine {
    /// Publishes the draft. When this has returned, no purchase that is posted earns by older rules, on any server.
    ///
    /// Without `effective_from` a first version is in force for any purchase that its dates allow, a later one from
    /// now on. A first version may be in force from any instant, a later one only from the future: what has been
    /// earned stays explained.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `no_draft`, or `promotion_over` when it was ended or archived;
    /// [`Error::Invalid`] at `/effective_from` `in_past`, `out_of_range`.
    pub async fn promotion_publish(
        &self,
        cx: &Cx,
        id: PromotionId,
        effective_from: Option<DateTime<Utc>>,
    ) -> Result<PromotionView, Error> {
        let txn = self.begin().await?;
        let view = self.promotion_publish_in(&txn, cx, id, effective_from).await?;
        txn.commit().await?;
        Ok(view)
    }

    /// [`promotion_publish`](Self::promotion_publish) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn promotion_publish_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: PromotionId,
        effective_from: Option<DateTime<Utc>>,
    ) -> Result<PromotionView, Error> {
        cx.require(Action::PromotionsWrite)?;
        if let Some(detail) = effective_from.and_then(beyond_telling) {
            return Err(Error::field("/effective_from", "out_of_range", detail));
        }
        let loaded = Loaded::locked(txn, cx.merchant(), id).await?;
        refuse_when_over(&loaded)?;
        let draft = loaded.draft().ok_or_else(|| {
            Error::conflict("no_draft", "There is no draft to publish; edit the promotion first")
        })?;
        let now = self.now(cx.merchant());
        let effective_from = effective_from.map(whole_micros);
        let effective_from = match (draft.number, effective_from) {
            (1, given) => given,
            (_, None) => Some(now),
            (_, Some(given)) if given < now => {
                return Err(Error::field(
                    "/effective_from",
                    "in_past",
                    "A later version of a promotion cannot be in force from an instant in the past",
                ));
            }
            (_, given) => given,
        };
        promotion_version::Entity::update_many()
            .set(promotion_version::ActiveModel {
                effective_from: Set(effective_from),
                published_at: Set(Some(now)),
                ..Default::default()
            })
            .filter(promotion_version::Column::MerchantId.eq(cx.merchant().uuid()))
            .filter(promotion_version::Column::PromotionId.eq(id.uuid()))
            .filter(promotion_version::Column::Version.eq(draft.number))
            .exec(txn)
            .await?;
        let change = promotion::ActiveModel { updated_at: Set(now), ..Default::default() };
        self.promotion_change(txn, cx, id, change).await?;
        publish_rules(txn, cx.merchant(), now).await?;
        self.promotion_view_in(txn, cx, id).await
    }

    step!(
        /// Lets a published promotion rest: purchases that happen from now on do not earn by it. One that rests
        /// already stays as it is.
        ///
        /// # Errors
        /// [`Error::NotFound`]; [`Error::Conflict`] `not_published`, `promotion_over`.
        promotion_pause,
        promotion_pause_in,
        Pause
    );

    step!(
        /// Lets a resting promotion go on. One that does not rest stays as it is.
        ///
        /// # Errors
        /// [`Error::NotFound`]; [`Error::Conflict`] `not_published`, `promotion_over`.
        promotion_resume,
        promotion_resume_in,
        Resume
    );

    step!(
        /// Ends a published promotion for good: purchases that happen from now on do not earn by it. One that was
        /// ended keeps its instant.
        ///
        /// # Errors
        /// [`Error::NotFound`]; [`Error::Conflict`] `not_published`, `promotion_over` when it was archived.
        promotion_end,
        promotion_end_in,
        End
    );

    step!(
        /// Takes a promotion out of sight that is over or was never published.
        ///
        /// # Errors
        /// [`Error::NotFound`]; [`Error::Conflict`] `not_ended`.
        promotion_archive,
        promotion_archive_in,
        Archive
    );

    async fn promotion_step(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: PromotionId,
        step: Step,
    ) -> Result<PromotionView, Error> {
        let now = self.now(cx.merchant());
        let zone = self.merchant_settings_in(txn, cx.merchant()).await?.time_zone;
        let loaded = Loaded::locked(txn, cx.merchant(), id).await?;
        if let Some(mut change) = take(step, &loaded, loaded.state(now, zone), now)? {
            change.updated_at = Set(now);
            self.promotion_change(txn, cx, id, change).await?;
            publish_rules(txn, cx.merchant(), now).await?;
        }
        self.promotion_view_in(txn, cx, id).await
    }

    async fn promotion_change(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: PromotionId,
        change: promotion::ActiveModel,
    ) -> Result<(), Error> {
        promotion::Entity::update_many()
            .set(change)
            .filter(promotion::Column::MerchantId.eq(cx.merchant().uuid()))
            .filter(promotion::Column::Id.eq(id.uuid()))
            .exec(txn)
            .await?;
        Ok(())
    }
}

/// What a step changes; `None` when the promotion is there already.
fn take(
    step: Step,
    loaded: &Loaded,
    state: PromotionState,
    now: DateTime<Utc>,
) -> Result<Option<promotion::ActiveModel>, Error> {
    let is_published = !loaded.rules.versions.is_empty();
    match step {
        Step::Archive if state == PromotionState::Archived => return Ok(None),
        Step::End if state != PromotionState::Archived && loaded.row.ended_at.is_some() => return Ok(None),
        Step::Archive if matches!(state, PromotionState::Draft | PromotionState::Ended) => {
            // One whose dates are over in the merchant's zone may still run at a retailer far to the west.
            let ended_at = loaded.row.ended_at.or(is_published.then_some(now));
            return Ok(Some(promotion::ActiveModel {
                archived_at: Set(Some(now)),
                ended_at: Set(ended_at),
                ..Default::default()
            }));
        }
        Step::Archive => {
            return Err(Error::conflict("not_ended", format!("This promotion is {state}; end it first")));
        }
        Step::Pause | Step::Resume | Step::End => refuse_when_over(loaded)?,
    }
    if !is_published {
        return Err(Error::conflict("not_published", "This promotion was never published"));
    }
    let mut pauses = loaded.rules.pauses.clone();
    let open = pauses.iter_mut().find(|pause| pause.to.is_none());
    match (step, open) {
        (Step::Pause, Some(_)) | (Step::Resume, None) => return Ok(None),
        (Step::Pause, None) => pauses.push(Pause { from: now, to: None }),
        (Step::Resume, Some(pause)) => pause.to = Some(now),
        (Step::End | Step::Archive, _) => {
            return Ok(Some(promotion::ActiveModel { ended_at: Set(Some(now)), ..Default::default() }));
        }
    }
    let pauses = stored(serde_json::to_value(pauses), "promotions.pauses")?;
    Ok(Some(promotion::ActiveModel { pauses: Set(pauses), ..Default::default() }))
}

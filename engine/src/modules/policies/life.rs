//! The life of a policy: published, paused, resumed, archived.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::{MerchantId, PolicyId};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::follow::json;
use super::manage::{Locked, referred};
use super::statement;
use super::view::{PolicyState, PolicyView};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::rules::publish_rules;

/// What is done with a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Publish,
    Pause,
    Resume,
    Archive,
}

/// Writes the two forms of a step: on its own, and within a transaction of the caller.
macro_rules! step {
    ($(#[$doc:meta])* $name:ident, $name_in:ident, $step:ident) => {
        $(#[$doc])*
        pub async fn $name(&self, cx: &Cx, id: PolicyId) -> Result<PolicyView, Error> {
            self.policy_step(cx, id, Step::$step).await
        }

        /// The same within a transaction of the caller.
        ///
        /// # Errors
        /// The same.
        pub async fn $name_in(
            &self,
            txn: &DatabaseTransaction,
            cx: &Cx,
            id: PolicyId,
        ) -> Result<PolicyView, Error> {
            self.policy_step_in(txn, cx, id, Step::$step).await
        }
    };
}

impl Engine {
    step!(
        /// Publishes what is drafted: it counts for what happens from now on. Publishing the next version of a paused policy
        /// does not resume it.
        ///
        /// # Errors
        /// [`Error::NotFound`]; [`Error::Invalid`] when a reward or a tier is gone; [`Error::Conflict`] `no_draft`, `archived`.
        policy_publish,
        policy_publish_in,
        Publish
    );

    step!(
        /// Pauses a policy: what happens until it is resumed counts for nothing.
        ///
        /// # Errors
        /// [`Error::NotFound`]; [`Error::Conflict`] `not_running`.
        policy_pause,
        policy_pause_in,
        Pause
    );

    step!(
        /// Goes on with a paused policy.
        ///
        /// # Errors
        /// [`Error::NotFound`]; [`Error::Conflict`] `not_paused`.
        policy_resume,
        policy_resume_in,
        Resume
    );

    step!(
        /// Archives a policy for good. What is held is still given, and returns still take back.
        ///
        /// # Errors
        /// [`Error::NotFound`].
        policy_archive,
        policy_archive_in,
        Archive
    );

    async fn policy_step(&self, cx: &Cx, id: PolicyId, step: Step) -> Result<PolicyView, Error> {
        let txn = self.begin().await?;
        let policy = self.policy_step_in(&txn, cx, id, step).await?;
        txn.commit().await?;
        Ok(policy)
    }

    async fn policy_step_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: PolicyId,
        step: Step,
    ) -> Result<PolicyView, Error> {
        cx.require(Action::PromotionsWrite)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        let locked = Locked::lock(txn, merchant, id).await?;
        if locked.state == PolicyState::Archived && step != Step::Archive {
            return Err(Error::conflict("archived", "The policy is archived"));
        }
        match step {
            Step::Publish => publish(txn, merchant, id, &locked, now).await?,
            Step::Pause if locked.state == PolicyState::Running => {
                end_run(txn, merchant, id, now).await?;
                become_state(txn, merchant, id, PolicyState::Paused, now).await?;
            }
            Step::Pause => return Err(Error::conflict("not_running", "The policy does not run")),
            Step::Resume if locked.state == PolicyState::Paused => {
                begin_run(txn, merchant, id, now).await?;
                become_state(txn, merchant, id, PolicyState::Running, now).await?;
            }
            Step::Resume => return Err(Error::conflict("not_paused", "The policy is not paused")),
            Step::Archive if locked.state == PolicyState::Archived => {}
            Step::Archive => {
                end_run(txn, merchant, id, now).await?;
                become_state(txn, merchant, id, PolicyState::Archived, now).await?;
            }
        }
        // Tills hear of the change: whether there is a policy that runs decides whom they tell.
        publish_rules(txn, merchant, now).await?;
        self.policy_in(txn, merchant, id).await
    }
}

async fn publish(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: PolicyId,
    locked: &Locked,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(draft) = &locked.draft else {
        return Err(Error::conflict("no_draft", "There is nothing to publish"));
    };
    referred(txn, merchant, draft).await?;
    let state = if locked.state == PolicyState::Draft { PolicyState::Running } else { locked.state };
    let sql = "WITH version AS (
                   INSERT INTO reward_policy_versions (merchant_id, policy_id, version, terms, effective_from)
                   VALUES ($1, $2, $3, $4, $5)
               )
               UPDATE reward_policies SET state = $6, version = $3, terms = $4, draft = NULL, changed_at = $5
               WHERE merchant_id = $1 AND id = $2";
    let values = [
        merchant.uuid().into(),
        id.uuid().into(),
        (locked.version + 1).into(),
        json(draft)?.into(),
        now.into(),
        state.as_str().into(),
    ];
    txn.execute_raw(statement(sql, values)).await?;
    if locked.state == PolicyState::Draft { begin_run(txn, merchant, id, now).await } else { Ok(()) }
}

async fn begin_run(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: PolicyId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    // Paused and resumed within one instant: it never stopped.
    let sql = "INSERT INTO reward_policy_runs (merchant_id, policy_id, began_at) VALUES ($1, $2, $3)
               ON CONFLICT (merchant_id, policy_id, began_at) DO UPDATE SET ended_at = NULL";
    txn.execute_raw(statement(sql, [merchant.uuid().into(), id.uuid().into(), now.into()])).await?;
    Ok(())
}

async fn end_run(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: PolicyId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let sql = "UPDATE reward_policy_runs SET ended_at = $3 WHERE merchant_id = $1 AND policy_id = $2 AND ended_at IS NULL";
    txn.execute_raw(statement(sql, [merchant.uuid().into(), id.uuid().into(), now.into()])).await?;
    Ok(())
}

async fn become_state(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: PolicyId,
    state: PolicyState,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let sql = "UPDATE reward_policies SET state = $3, changed_at = $4 WHERE merchant_id = $1 AND id = $2";
    let values = [merchant.uuid().into(), id.uuid().into(), state.as_str().into(), now.into()];
    txn.execute_raw(statement(sql, values)).await?;
    Ok(())
}

//! Accounts, and the roles they are given.

use perennial_domain::access::Role;
use perennial_domain::codes::Email;
use perennial_domain::ids::{MerchantId, StaffId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};

use super::end_sessions;
use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::entity::staff_membership;
use crate::error::Error;
use crate::statement::statement;

/// Somebody who gets a role.
pub(super) struct Joining<'j> {
    pub(super) email: &'j Email,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) password_hash: String,
}

/// What became of somebody who was to get a role.
pub(super) enum Joined {
    /// Has it, with the password that was brought.
    New(StaffId),
    /// Has it, with the password from before.
    Known(StaffId),
    /// Works for another merchant, and has to be asked.
    NotYet(StaffId),
}

impl Engine {
    /// Gives somebody a role at the merchant, and an account unless there is one.
    ///
    /// Somebody who works for another merchant gets none yet: whoever made the account knew its first password, and
    /// would come in with it. Only the operator of the installation gives roles without asking.
    pub(super) async fn staff_join_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        joining: Joining<'_>,
    ) -> Result<Joined, Error> {
        let Joining { email, name, role, password_hash } = joining;
        let (id, is_set) = self.staff_account_in(txn, email, name, password_hash).await?;
        if is_set || matches!(cx.actor(), Actor::System) {
            if !join(txn, cx.merchant(), id, role).await? {
                return Err(already_staff());
            }
            return Ok(if is_set { Joined::New(id) } else { Joined::Known(id) });
        }
        if staff_membership::Entity::find_by_id((cx.merchant().uuid(), id.uuid())).one(txn).await?.is_some() {
            return Err(already_staff());
        }
        Ok(Joined::NotYet(id))
    }

    /// The account of an e-mail, made when there is none, and whether its password is the one that was brought:
    /// somebody who has a role anywhere keeps the one from before. The account stays locked.
    pub(crate) async fn staff_account_in(
        &self,
        txn: &DatabaseTransaction,
        email: &Email,
        name: String,
        password_hash: String,
    ) -> Result<(StaffId, bool), Error> {
        let (millis, random) = self.id_parts();
        let row = txn
            .query_one_raw(statement(
                include_str!("sql/account.sql"),
                [
                    StaffId::new(millis, random).uuid().into(),
                    email.as_str().into(),
                    name.into(),
                    password_hash.as_str().into(),
                    self.clock().now().into(),
                ],
            ))
            .await?
            .ok_or_else(|| Error::Inconsistent("an upsert of staff returned nothing".to_owned()))?;
        let id = StaffId::from_uuid(row.try_get("", "id")?);
        // A statement of its own: it sees the roles that were given while the first waited for the account.
        let values = [id.uuid().into(), password_hash.into()];
        let set = txn.execute_raw(statement(include_str!("sql/first_password.sql"), values)).await?;
        let is_set = set.rows_affected() == 1;
        if is_set {
            end_sessions(txn, id, None).await?;
        }
        Ok((id, is_set))
    }
}

pub(super) fn already_staff() -> Error {
    Error::conflict("already_staff", "This person is on your staff already")
}

/// Gives an account a role at a merchant, in place of an invitation to one; `false` when it had a role.
pub(crate) async fn join(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    staff: StaffId,
    role: Role,
) -> Result<bool, Error> {
    let result = txn
        .execute_raw(statement(
            include_str!("sql/join.sql"),
            [merchant.uuid().into(), staff.uuid().into(), role.as_str().into()],
        ))
        .await?;
    Ok(result.rows_affected() == 1)
}

/// What somebody is called who gave no name.
pub(crate) fn name_from(email: &Email) -> String {
    email.as_str().split('@').next().unwrap_or_default().to_owned()
}

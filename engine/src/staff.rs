//! The people of a merchant: accounts, roles, passwords.
//!
//! An account is one e-mail for all merchants of the installation; a membership gives it a role at one of them. Where
//! somebody has a role already, another merchant's begins with an invitation. The last owner of a merchant cannot leave.

mod account;
mod first_password;
mod invitations;
mod joining;
mod password;
mod sign_in;

use account::{Joined, Joining};
pub(crate) use account::{join, name_from};
pub use first_password::{Appointed, FirstPassword, Newcomer};
pub(crate) use invitations::KEPT as INVITATION_KEPT;
pub use joining::Invitation;
pub(crate) use password::Passwords;
pub(crate) use password::check as check_password;
pub use sign_in::{Membership, StaffLogin};

use chrono::{DateTime, Utc};
use perennial_domain::access::{Action, Role};
use perennial_domain::codes::{Email, PersonName};
use perennial_domain::ids::{MerchantId, StaffId};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    FromQueryResult, IntoActiveModel, ModelTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::entity::staff_membership;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest, like_escaped};
use crate::statement::statement;
use crate::stored::stored;

/// A member of the staff, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffMember {
    /// The account.
    pub id: StaffId,
    /// The e-mail that the person signs in with.
    pub email: String,
    /// The name.
    pub name: String,
    /// The role at this merchant.
    pub role: Role,
    /// When the account was made; of somebody who is only invited, when that was.
    pub created_at: DateTime<Utc>,
    /// When the person last signed in and entered this merchant.
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// Only invited: from when the letter opens nothing any more. Until the person accepts, the role is worth nothing.
    pub invited_until: Option<DateTime<Utc>>,
}

/// Which people are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StaffFilter {
    /// Part of the name or the e-mail.
    pub search: Option<String>,
    /// In this role.
    pub role: Option<Role>,
}

/// A person to add.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// The e-mail. Somebody with an account keeps it with its name.
    pub email: Email,
    /// The name; the part before the `@` when it is not given.
    pub name: Option<PersonName>,
    /// The role at this merchant.
    pub role: Role,
    /// The first password.
    pub password: String,
}

#[derive(FromQueryResult)]
struct MemberRow {
    id: Uuid,
    email: String,
    name: String,
    role: String,
    created_at: DateTime<Utc>,
    last_sign_in_at: Option<DateTime<Utc>>,
    invited_until: Option<DateTime<Utc>>,
}

impl MemberRow {
    fn member(self) -> Result<StaffMember, Error> {
        Ok(StaffMember {
            id: StaffId::from_uuid(self.id),
            email: self.email,
            name: self.name,
            role: role(&self.role)?,
            created_at: self.created_at,
            last_sign_in_at: self.last_sign_in_at,
            invited_until: self.invited_until,
        })
    }
}

impl Engine {
    /// Adds a person to the merchant's staff, with a password that was chosen for them.
    ///
    /// # Errors
    /// [`Error::Conflict`] `already_staff`, and `works_elsewhere` for somebody who has to be invited, with
    /// [`staff_appoint`](Self::staff_appoint); [`Error::Invalid`] at `/password` when it is too weak.
    pub async fn staff_add(&self, cx: &Cx, input: NewStaff) -> Result<StaffMember, Error> {
        cx.require(Action::StaffWrite)?;
        check_password("/password", &input.password, &input.email)?;
        let hash = self.inner.passwords.hash(input.password).await?;
        let name = input.name.map_or_else(|| name_from(&input.email), |name| name.to_string());
        let joining = Joining { email: &input.email, name, role: input.role, password_hash: hash };
        let txn = self.begin().await?;
        let id = match self.staff_join_in(&txn, cx, joining).await? {
            Joined::New(id) | Joined::Known(id) => id,
            Joined::NotYet(_) => {
                let detail = "This person works for another merchant, too, and has to be invited";
                return Err(Error::conflict("works_elsewhere", detail));
            }
        };
        txn.commit().await?;
        self.staff_get(cx, id).await
    }

    /// One person of the merchant's staff.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn staff_get(&self, cx: &Cx, id: StaffId) -> Result<StaffMember, Error> {
        cx.require(Action::StaffRead)?;
        find(self.db(), cx, id).await
    }

    /// The merchant's staff in order of their e-mail, and among them who is only invited.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn staff_list(
        &self,
        cx: &Cx,
        filter: &StaffFilter,
        page: &PageRequest,
    ) -> Result<Page<StaffMember>, Error> {
        cx.require(Action::StaffRead)?;
        let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let values = [
            cx.merchant().uuid().into(),
            page.after::<String>()?.unwrap_or_default().into(),
            page.probe().into(),
            search.map(|search| format!("%{}%", like_escaped(search))).into(),
            filter.role.map(Role::as_str).into(),
        ];
        let list = statement(include_str!("staff/sql/list.sql"), values);
        let rows = MemberRow::find_by_statement(list).all(self.db()).await?;
        let members = rows.into_iter().map(MemberRow::member).collect::<Result<Vec<_>, _>>()?;
        Ok(page.page(members, |member| member.email.clone()))
    }

    /// Gives a person another role; effective with the person's next request.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `last_owner`, and `own_account` for who asks.
    pub async fn staff_role_change(&self, cx: &Cx, id: StaffId, role: Role) -> Result<StaffMember, Error> {
        cx.require(Action::StaffWrite)?;
        refuse_oneself(cx, id, "Another owner changes your role")?;
        let txn = self.begin().await?;
        let membership = membership_locked(&txn, cx.merchant(), id).await?;
        if role != Role::Owner {
            refuse_without_owner(&txn, cx.merchant(), id).await?;
        }
        let mut change = membership.into_active_model();
        change.role = Set(role.as_str().to_owned());
        change.update(&txn).await?;
        txn.commit().await?;
        self.staff_get(cx, id).await
    }

    /// Takes a person off the merchant's staff; the person's sessions here end. The account stays.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `last_owner`, and `own_account` for who asks.
    pub async fn staff_remove(&self, cx: &Cx, id: StaffId) -> Result<(), Error> {
        cx.require(Action::StaffWrite)?;
        refuse_oneself(cx, id, "Nobody removes themselves: another owner does")?;
        let txn = self.begin().await?;
        let membership = membership_locked(&txn, cx.merchant(), id).await?;
        refuse_without_owner(&txn, cx.merchant(), id).await?;
        membership.delete(&txn).await?;
        // They are worth nothing without a role, and should not be worth something again with the next.
        end_sessions(&txn, id, Some(cx.merchant())).await?;
        txn.commit().await?;
        Ok(())
    }
}

/// A person of the merchant, within a transaction or without one.
async fn find(db: &impl ConnectionTrait, cx: &Cx, id: StaffId) -> Result<StaffMember, Error> {
    let row = MemberRow::find_by_statement(statement(
        "SELECT s.id, s.email, s.name, m.role, s.created_at, m.last_sign_in_at, NULL::timestamptz AS invited_until
           FROM staff_memberships m JOIN staff s ON s.id = m.staff_id
          WHERE m.merchant_id = $1 AND m.staff_id = $2",
        [cx.merchant().uuid().into(), id.uuid().into()],
    ))
    .one(db)
    .await?;
    row.ok_or(Error::NotFound(What::Staff))?.member()
}

/// Ends the sessions of an account at one merchant, or all of them.
async fn end_sessions(
    txn: &DatabaseTransaction,
    id: StaffId,
    merchant: Option<MerchantId>,
) -> Result<(), Error> {
    let merchant = merchant.map(|merchant| merchant.to_string());
    txn.execute_raw(statement(
        include_str!("staff/sql/sessions_end.sql"),
        [id.to_string().into(), merchant.into()],
    ))
    .await?;
    Ok(())
}

/// Refuses what nobody does to themselves; whoever slips has somebody else to ask.
fn refuse_oneself(cx: &Cx, id: StaffId, detail: &str) -> Result<(), Error> {
    match cx.actor() {
        Actor::Staff { id: own, .. } if *own == id => Err(Error::conflict("own_account", detail)),
        _ => Ok(()),
    }
}

async fn membership_locked(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: StaffId,
) -> Result<staff_membership::Model, Error> {
    // All owners' rows first and in one order: two who remove each other at the same time cannot both succeed.
    staff_membership::Entity::find()
        .filter(staff_membership::Column::MerchantId.eq(merchant.uuid()))
        .filter(staff_membership::Column::Role.eq(Role::Owner.as_str()))
        .order_by_asc(staff_membership::Column::StaffId)
        .lock(LockType::NoKeyUpdate)
        .all(txn)
        .await?;
    staff_membership::Entity::find_by_id((merchant.uuid(), id.uuid()))
        .lock(LockType::NoKeyUpdate)
        .one(txn)
        .await?
        .ok_or(Error::NotFound(What::Staff))
}

/// Refuses when nobody but this person is an owner with an account that works.
async fn refuse_without_owner(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    leaving: StaffId,
) -> Result<(), Error> {
    let other_owner = txn
        .query_one_raw(statement(
            "SELECT m.staff_id FROM staff_memberships m JOIN staff s ON s.id = m.staff_id
              WHERE m.merchant_id = $1 AND m.role = 'owner' AND m.staff_id <> $2 AND s.disabled_at IS NULL LIMIT 1",
            [merchant.uuid().into(), leaving.uuid().into()],
        ))
        .await?;
    if other_owner.is_none() {
        return Err(Error::conflict("last_owner", "A merchant keeps at least one owner"));
    }
    Ok(())
}

fn role(word: &str) -> Result<Role, Error> {
    stored(word.parse(), "staff_memberships.role")
}

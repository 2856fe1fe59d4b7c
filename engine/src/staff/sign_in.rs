//! Signing in, and what a signed-in person may be.

use std::net::IpAddr;

use perennial_domain::access::Role;
use perennial_domain::codes::Email;
use perennial_domain::ids::{MerchantId, StaffId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{check_password, end_sessions, role};
use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::entity::staff;
use crate::error::Error;
use crate::statement::statement;
use crate::stored::stored;

/// A person who proved to be the owner of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffLogin {
    /// The account.
    pub id: StaffId,
    /// The name.
    pub name: String,
    /// The e-mail.
    pub email: String,
    /// Where the person may act, in order of the merchants' names.
    pub memberships: Vec<Membership>,
}

/// A role at a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The merchant.
    pub merchant_id: MerchantId,
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// The role.
    pub role: Role,
}

#[derive(FromQueryResult)]
struct MembershipRow {
    merchant_id: Uuid,
    name: String,
    slug: String,
    role: String,
}

#[derive(FromQueryResult)]
struct ActingRow {
    name: String,
    role: String,
}

impl Engine {
    /// Checks e-mail and password.
    ///
    /// `from` is the address of the browser. Guesses are limited by it, by e-mail and address, and, less, by e-mail: who
    /// guesses somebody's password does not keep that somebody out.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], the same and after the same time whether the e-mail is unknown, the password is
    /// wrong or the account is disabled; [`Error::Throttled`].
    pub async fn staff_sign_in(
        &self,
        email: &str,
        password: &str,
        from: Option<IpAddr>,
    ) -> Result<StaffLogin, Error> {
        let now = self.clock().now();
        if let Some(from) = from {
            self.inner.throttles.login_address.attempt(&from.to_string(), now).await?;
        }
        let email = Email::new(email).map_err(|_| Error::Unauthenticated)?;
        let who = guesser(email.as_str(), from);
        self.inner.throttles.staff_email.attempt(&who, now).await?;
        self.inner.throttles.staff_everywhere.attempt(email.as_str(), now).await?;
        let account =
            staff::Entity::find().filter(staff::Column::Email.eq(email.as_str())).one(self.db()).await?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        // A password of any length is hashed only up to what an account can have.
        let password: String = password.chars().take(257).collect();
        let is_right = self.inner.passwords.verify(password, hash).await?;
        let account = account
            .filter(|account| is_right && account.disabled_at.is_none())
            .ok_or(Error::Unauthenticated)?;
        self.inner.throttles.staff_email.forgive(&who);
        self.inner.throttles.staff_everywhere.forgive(email.as_str());
        self.login(account).await
    }

    /// Who a signed-in person is now; for pages that list the merchants.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the account was disabled meanwhile.
    pub async fn staff_login(&self, id: StaffId) -> Result<StaffLogin, Error> {
        let account = staff::Entity::find_by_id(id.uuid()).one(self.db()).await?;
        self.login(account.filter(|account| account.disabled_at.is_none()).ok_or(Error::Unauthenticated)?)
            .await
    }

    async fn login(&self, account: staff::Model) -> Result<StaffLogin, Error> {
        let rows = MembershipRow::find_by_statement(statement(
            "SELECT m.merchant_id, t.name, t.slug, m.role
               FROM staff_memberships m JOIN merchants t ON t.id = m.merchant_id
              WHERE m.staff_id = $1 ORDER BY t.name, t.id",
            [account.id.into()],
        ))
        .all(self.db())
        .await?;
        let memberships = rows
            .into_iter()
            .map(|row| {
                Ok(Membership {
                    merchant_id: MerchantId::from_uuid(row.merchant_id),
                    name: row.name,
                    slug: row.slug,
                    role: role(&row.role)?,
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(StaffLogin {
            id: StaffId::from_uuid(account.id),
            name: account.name,
            email: account.email,
            memberships,
        })
    }

    /// Remembers that somebody has signed in and entered a merchant, for the list of the team. It waits for nobody, and when
    /// it cannot be written down, the person is in all the same.
    pub async fn staff_entered(&self, id: StaffId, merchant: MerchantId) {
        let values = [merchant.uuid().into(), id.uuid().into(), self.clock().now().into()];
        let written = self.db().execute_raw(statement(include_str!("sql/signed_in.sql"), values)).await;
        if let Err(error) = written {
            tracing::warn!(%error, "a sign-in of staff was not written down");
        }
    }

    /// The context of a signed-in person at a merchant, asked for with every request: a role that was changed or
    /// taken away is so at once.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the person has no role there or the account is disabled.
    pub async fn staff_cx(&self, id: StaffId, merchant: MerchantId) -> Result<Cx, Error> {
        let row = ActingRow::find_by_statement(statement(
            "SELECT s.name, m.role FROM staff_memberships m JOIN staff s ON s.id = m.staff_id
              WHERE m.merchant_id = $1 AND m.staff_id = $2 AND s.disabled_at IS NULL",
            [merchant.uuid().into(), id.uuid().into()],
        ))
        .one(self.db())
        .await?
        .ok_or(Error::Unauthenticated)?;
        let role = stored(row.role.parse(), "staff_memberships.role")?;
        Ok(Cx::new(merchant, Actor::Staff { id, name: row.name, role }))
    }

    /// Changes a person's own password. All sessions of the person end, the one that asks as well.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/current` when that is not the password, at `/password` when the new one is too weak;
    /// [`Error::Throttled`].
    pub async fn staff_password_change(
        &self,
        id: StaffId,
        current: String,
        password: String,
    ) -> Result<(), Error> {
        let account = staff::Entity::find_by_id(id.uuid())
            .one(self.db())
            .await?
            .filter(|account| account.disabled_at.is_none())
            .ok_or(Error::Unauthenticated)?;
        self.inner.throttles.staff_email.attempt(&account.email, self.clock().now()).await?;
        // A password of any length is hashed only up to what an account can have.
        let current: String = current.chars().take(257).collect();
        if !self.inner.passwords.verify(current, Some(account.password_hash.clone())).await? {
            return Err(wrong_password());
        }
        let email = stored(Email::new(&account.email), "staff.email")?;
        check_password("/password", &password, &email)?;
        let hash = self.inner.passwords.hash(password).await?;
        let txn = self.begin().await?;
        // Only the password that was proved to be known: it may have been taken away meanwhile.
        let changed = txn
            .execute_raw(statement(
                "UPDATE staff SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
                [id.uuid().into(), hash.into(), account.password_hash.into()],
            ))
            .await?;
        if changed.rows_affected() == 0 {
            return Err(wrong_password());
        }
        end_sessions(&txn, id, None).await?;
        txn.commit().await?;
        self.inner.throttles.staff_email.forgive(email.as_str());
        Ok(())
    }
}

/// Whose guesses at the password of an account are counted together.
pub(super) fn guesser(email: &str, from: Option<IpAddr>) -> String {
    let from = from.map_or_else(String::new, |from| from.to_string());
    // No e-mail has a space.
    format!("{email} {from}")
}

fn wrong_password() -> Error {
    Error::field("/current", "password_wrong", "This is not your password")
}

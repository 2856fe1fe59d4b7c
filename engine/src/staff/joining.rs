//! Accepting an invitation: with the secret of its letter, signed in as the account that it was written to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use perennial_domain::access::Role;
use perennial_domain::codes::Email;
use perennial_domain::ids::{MerchantId, StaffId};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult};
use sha2::{Digest, Sha256};

use super::account::{already_staff, join};
use super::{check_password, end_sessions, role};
use crate::engine::Engine;
use crate::entity::staff;
use crate::error::{Error, What};
use crate::statement::statement;
use crate::stored::stored;

/// What somebody is invited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The name of the merchant.
    pub merchant: String,
    /// The role there.
    pub role: Role,
    /// The e-mail of the account that is invited.
    pub email: String,
    /// Who invites.
    pub invited_by: String,
    /// From when the letter opens nothing any more.
    pub expires_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct InvitationRow {
    merchant: String,
    role: String,
    email: String,
    invited_by: String,
    expires_at: DateTime<Utc>,
}

/// What stands in the letter: 32 random bytes.
pub(super) struct Secret(String);

impl Secret {
    pub(super) fn generate() -> Self {
        let secret: [u8; 32] = rand::random();
        Self(URL_SAFE_NO_PAD.encode(secret))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(super) fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

impl Engine {
    /// What a letter invites this account to. Looking changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`], the same for a letter to somebody else as for one that was used, replaced, withdrawn or has
    /// expired.
    pub async fn staff_invitation_look(
        &self,
        id: StaffId,
        merchant: MerchantId,
        secret: &str,
    ) -> Result<Invitation, Error> {
        let row = InvitationRow::find_by_statement(statement(
            "SELECT t.name AS merchant, i.role, s.email, i.invited_by, i.expires_at
               FROM staff_invitations i
               JOIN staff s ON s.id = i.staff_id AND s.disabled_at IS NULL
               JOIN merchants t ON t.id = i.merchant_id
              WHERE i.merchant_id = $1 AND i.staff_id = $2 AND i.token_hash = $3 AND i.expires_at > $4",
            [
                merchant.uuid().into(),
                id.uuid().into(),
                hash(secret).to_vec().into(),
                self.clock().now().into(),
            ],
        ))
        .one(self.db())
        .await?
        .ok_or(Error::NotFound(What::Staff))?;
        let InvitationRow { merchant, role: word, email, invited_by, expires_at } = row;
        Ok(Invitation { merchant, role: role(&word)?, email, invited_by, expires_at })
    }

    /// Accepts an invitation, with a new password: the one from before may be known to whoever made the account. All
    /// sessions of the person end, the one that asks as well. Tells the role.
    ///
    /// # Errors
    /// [`Error::NotFound`] as for [`staff_invitation_look`](Self::staff_invitation_look); [`Error::Invalid`] at `/password`
    /// when it is too weak, or the one from before.
    pub async fn staff_invitation_accept(
        &self,
        id: StaffId,
        merchant: MerchantId,
        secret: &str,
        password: String,
    ) -> Result<Role, Error> {
        // Before anything is hashed, which is work.
        self.staff_invitation_look(id, merchant, secret).await?;
        let account = staff::Entity::find_by_id(id.uuid()).one(self.db()).await?;
        let account = account.ok_or(Error::NotFound(What::Staff))?;
        let email = stored(Email::new(&account.email), "staff.email")?;
        check_password("/password", &password, &email)?;
        if self.inner.passwords.verify(password.clone(), Some(account.password_hash)).await? {
            let detail =
                "Choose another than the one you have signed in with: somebody else may know that one";
            return Err(Error::field("/password", "password_known", detail));
        }
        let password_hash = self.inner.passwords.hash(password).await?;
        let txn = self.begin().await?;
        // The account first, as whoever gives it a role or a password takes it.
        txn.execute_raw(statement(
            "UPDATE staff SET password_hash = $2 WHERE id = $1",
            [id.uuid().into(), password_hash.into()],
        ))
        .await?;
        let used = txn
            .query_one_raw(statement(
                "DELETE FROM staff_invitations
                  WHERE merchant_id = $1 AND staff_id = $2 AND token_hash = $3 AND expires_at > $4 RETURNING role",
                [
                    merchant.uuid().into(),
                    id.uuid().into(),
                    hash(secret).to_vec().into(),
                    self.clock().now().into(),
                ],
            ))
            .await?
            .ok_or(Error::NotFound(What::Staff))?;
        let word: String = used.try_get("", "role")?;
        let role = role(&word)?;
        if !join(&txn, merchant, id, role).await? {
            return Err(already_staff());
        }
        end_sessions(&txn, id, None).await?;
        txn.commit().await?;
        Ok(role)
    }
}

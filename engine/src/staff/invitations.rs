//! Invitations: somebody who works for another merchant is asked by e-mail, and has no role until they accept.
//!
//! Whoever made an account knew its first password. If a role began as soon as it was given, whoever gave that password
//! would come in with it.

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::access::{Action, Role};
use perennial_domain::codes::Email;
use perennial_domain::ids::StaffId;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::joining::Secret;
use super::{StaffMember, name_from, role as role_of};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::mail::{self, NewMail};
use crate::statement::statement;
use crate::stored::stored;

/// How long a letter opens the door.
const VALID: TimeDelta = TimeDelta::days(7);
/// How long an invitation that has expired is kept, to be sent again.
pub(crate) const KEPT: TimeDelta = TimeDelta::days(30);

impl Engine {
    /// Sends an invitation again, with a new letter; the one before opens nothing any more.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nobody of this id is invited; [`Error::Throttled`].
    pub async fn staff_invitation_send(&self, cx: &Cx, id: StaffId) -> Result<StaffMember, Error> {
        cx.require(Action::StaffWrite)?;
        let txn = self.begin().await?;
        let row = txn
            .query_one_raw(statement(
                "SELECT s.email, i.role FROM staff_invitations i JOIN staff s ON s.id = i.staff_id
                  WHERE i.merchant_id = $1 AND i.staff_id = $2 FOR NO KEY UPDATE OF i",
                [cx.merchant().uuid().into(), id.uuid().into()],
            ))
            .await?
            .ok_or(Error::NotFound(What::Staff))?;
        let (email, role): (String, String) = (row.try_get("", "email")?, row.try_get("", "role")?);
        let email = stored(Email::new(&email), "staff.email")?;
        let invited = self.staff_invite_in(&txn, cx, id, &email, role_of(&role)?).await?;
        txn.commit().await?;
        self.inner.mail_wake.notify_one();
        Ok(invited)
    }

    /// Takes an invitation back: its letter opens nothing any more.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nobody of this id is invited.
    pub async fn staff_invitation_withdraw(&self, cx: &Cx, id: StaffId) -> Result<(), Error> {
        cx.require(Action::StaffWrite)?;
        let sql = "DELETE FROM staff_invitations WHERE merchant_id = $1 AND staff_id = $2";
        let values = [cx.merchant().uuid().into(), id.uuid().into()];
        match self.db().execute_raw(statement(sql, values)).await?.rows_affected() {
            0 => Err(Error::NotFound(What::Staff)),
            _ => Ok(()),
        }
    }

    /// Invites an account that has no role at the merchant: notes it, and writes the letter. The caller has made sure that
    /// who asks may do so.
    pub(super) async fn staff_invite_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: StaffId,
        email: &Email,
        role: Role,
    ) -> Result<StaffMember, Error> {
        let (merchant, now) = (cx.merchant(), self.clock().now());
        self.inner.throttles.invitation.attempt(&format!("{merchant} {id}"), now).await?;
        let (secret, until) = (Secret::generate(), now + VALID);
        let values = [
            merchant.uuid().into(),
            id.uuid().into(),
            role.as_str().into(),
            secret.hash().to_vec().into(),
            cx.actor_name().into(),
            now.into(),
            until.into(),
        ];
        let row = txn
            .query_one_raw(statement(include_str!("sql/invite.sql"), values))
            .await?
            .ok_or_else(|| Error::Inconsistent("an invitation returned nothing".to_owned()))?;
        let created_at: DateTime<Utc> = row.try_get("", "created_at")?;
        let shop: String = txn
            .query_one_raw(statement("SELECT name FROM merchants WHERE id = $1", [merchant.uuid().into()]))
            .await?
            .ok_or(Error::NotFound(What::Merchant))?
            .try_get("", "name")?;
        let link = format!("{}/dashboard/join/{merchant}/{}", self.config().base_url, secret.expose());
        let letter = letter(email.clone(), &shop, cx.actor_name(), role, &link);
        mail::enqueue(txn, self, merchant, letter).await?;
        Ok(StaffMember {
            id,
            email: email.to_string(),
            name: name_from(email),
            role,
            created_at,
            last_sign_in_at: None,
            invited_until: Some(until),
        })
    }
}

fn letter(recipient: Email, shop: &str, by: &str, role: Role, link: &str) -> NewMail {
    let days = VALID.num_days();
    NewMail::plain(
        recipient,
        format!("{shop} invites you to its team"),
        format!(
            "Hello,\n\n{by} would like you to work with the loyalty program of {shop}, as {role}.\n\nYou have an account here \
             already. To join, open this link within {days} days, and sign in as yourself:\n\n  {link}\n\nYou choose a new \
             password there, which only you know. The link works once. If you do not know {shop}, do nothing: then nothing \
             happens.\n"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_says_who_asks_for_what_and_where() {
        let to: Email = "ada@example.com".parse().unwrap();
        let letter = letter(to, "Corner", "Rita Lund", Role::Manager, "https://loyalty.example.com/x");
        assert_eq!(letter.subject, "Corner invites you to its team");
        for part in
            ["Rita Lund", "Corner, as manager", "within 7 days", "\n  https://loyalty.example.com/x\n"]
        {
            assert!(letter.body.contains(part), "{part}: {}", letter.body);
        }
    }
}

//! First passwords: made here, shown once, changed by whoever got one.

use std::fmt;

use perennial_domain::access::{Action, Role};
use perennial_domain::codes::{Email, PersonName};
use perennial_domain::ids::{MerchantId, StaffId};
use rand::Rng;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::sign_in::guesser;
use super::{Joined, Joining, StaffMember, end_sessions, find, membership_locked, name_from, refuse_oneself};
use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::error::Error;
use crate::statement::statement;

/// Letters come from here: no letter that is taken for another when it is read out.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Letters, of five bits each: nobody guesses a hundred.
const LETTERS: usize = 20;
/// Letters between two dashes.
const GROUP: usize = 4;

/// A password that was made for somebody. It is shown once, to whoever asked for it; it does not appear in logs.
#[derive(Clone)]
pub struct FirstPassword {
    text: String,
    hash: String,
}

impl FirstPassword {
    /// The password, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for FirstPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirstPassword(…)")
    }
}

/// A person to add, who gets a first password.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The e-mail. Somebody with an account keeps it, name included.
    pub email: Email,
    /// The name; the part before the `@` when it is not given.
    pub name: Option<PersonName>,
    /// The role at this merchant.
    pub role: Role,
}

/// A person who was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointed {
    /// The person; only invited when they work for another merchant of the installation.
    pub member: StaffMember,
    /// The person has a role already, somewhere, and signs in with the password from before: the first password is not
    /// theirs.
    pub keeps_password: bool,
}

impl Engine {
    /// Makes a first password, and its hash: before a transaction begins, because that takes a while.
    ///
    /// # Errors
    /// [`Error::Inconsistent`].
    pub async fn staff_first_password(&self) -> Result<FirstPassword, Error> {
        let text = spell(rand::rng().random());
        let hash = self.inner.passwords.hash(text.clone()).await?;
        Ok(FirstPassword { text, hash })
    }

    /// Adds a person to the merchant's staff, with a first password; or invites them, by e-mail, when they work for
    /// another merchant. Whoever is invited already gets a new letter, with the role that was asked for now.
    ///
    /// # Errors
    /// [`Error::Conflict`] `already_staff`; [`Error::Throttled`] when the same person was invited too often.
    pub async fn staff_appoint(
        &self,
        cx: &Cx,
        newcomer: Newcomer,
    ) -> Result<(Appointed, FirstPassword), Error> {
        cx.require(Action::StaffWrite)?;
        let first = self.staff_first_password().await?;
        let txn = self.begin().await?;
        let appointed = self.staff_appoint_in(&txn, cx, newcomer, &first).await?;
        txn.commit().await?;
        self.inner.mail_wake.notify_one();
        Ok((appointed, first))
    }

    /// [`staff_appoint`](Self::staff_appoint) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn staff_appoint_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        newcomer: Newcomer,
        first: &FirstPassword,
    ) -> Result<Appointed, Error> {
        cx.require(Action::StaffWrite)?;
        let Newcomer { email, name, role } = newcomer;
        let name = name.map_or_else(|| name_from(&email), |name| name.to_string());
        let joining = Joining { email: &email, name, role, password_hash: first.hash.clone() };
        Ok(match self.staff_join_in(txn, cx, joining).await? {
            Joined::New(id) => Appointed { member: find(txn, cx, id).await?, keeps_password: false },
            Joined::Known(id) => Appointed { member: find(txn, cx, id).await?, keeps_password: true },
            Joined::NotYet(id) => {
                let member = self.staff_invite_in(txn, cx, id, &email, role).await?;
                Appointed { member, keeps_password: true }
            }
        })
    }

    /// Gives somebody who has lost the password a new first one. Whoever is signed in as this person no longer is.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] `own_account`, and `works_elsewhere` for somebody who has a role at
    /// another merchant, too: whoever knows the password may do there what that role may. Only the operator of the
    /// installation may give them one.
    pub async fn staff_password_reset(&self, cx: &Cx, id: StaffId) -> Result<FirstPassword, Error> {
        cx.require(Action::StaffWrite)?;
        let first = self.staff_first_password().await?;
        let txn = self.begin().await?;
        self.staff_password_reset_in(&txn, cx, id, &first).await?;
        txn.commit().await?;
        Ok(first)
    }

    /// [`staff_password_reset`](Self::staff_password_reset) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn staff_password_reset_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        id: StaffId,
        first: &FirstPassword,
    ) -> Result<StaffMember, Error> {
        cx.require(Action::StaffWrite)?;
        refuse_oneself(cx, id, "You change your own password on the page of your account")?;
        membership_locked(txn, cx.merchant(), id).await?;
        // Whoever is just joining another merchant is waited for: that merchant's door opens to no password of ours.
        let lock = "SELECT id FROM staff WHERE id = $1 FOR NO KEY UPDATE";
        txn.execute_raw(statement(lock, [id.uuid().into()])).await?;
        if !matches!(cx.actor(), Actor::System) && works_elsewhere(txn, cx.merchant(), id).await? {
            return Err(Error::conflict(
                "works_elsewhere",
                "This person works for another merchant, too. Only whoever runs the server can give them a new password, with \
                 `perennial staff password`",
            ));
        }
        txn.execute_raw(statement(
            "UPDATE staff SET password_hash = $2 WHERE id = $1",
            [id.uuid().into(), first.hash.as_str().into()],
        ))
        .await?;
        end_sessions(txn, id, None).await?;
        let member = find(txn, cx, id).await?;
        // Whoever has forgotten a password has tried some.
        self.inner.throttles.staff_email.forgive_all(guesser(&member.email, None));
        self.inner.throttles.staff_everywhere.forgive(&member.email);
        Ok(member)
    }
}

async fn works_elsewhere(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    id: StaffId,
) -> Result<bool, Error> {
    let elsewhere = txn
        .query_one_raw(statement(
            "SELECT staff_id FROM staff_memberships WHERE staff_id = $1 AND merchant_id <> $2 LIMIT 1",
            [id.uuid().into(), merchant.uuid().into()],
        ))
        .await?;
    Ok(elsewhere.is_some())
}

/// Writes random bytes as letters in groups; of each byte five bits count, which are as random as all.
fn spell(random: [u8; LETTERS]) -> String {
    let mut text = String::with_capacity(LETTERS + LETTERS / GROUP);
    for (at, byte) in random.into_iter().enumerate() {
        if at > 0 && at.is_multiple_of(GROUP) {
            text.push('-');
        }
        // Five bits always find a letter.
        text.extend(ALPHABET.get(usize::from(byte & 31)).copied().map(char::from));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_password_is_five_groups_of_four_letters() {
        assert_eq!(spell([0; LETTERS]), "aaaa-aaaa-aaaa-aaaa-aaaa");
        assert_eq!(spell([255; LETTERS]), "9999-9999-9999-9999-9999");
        let mut counted = [0; LETTERS];
        for (at, byte) in (0..).zip(&mut counted) {
            *byte = at;
        }
        assert_eq!(spell(counted), "abcd-efgh-jkmn-pqrs-tuvw");
    }
}

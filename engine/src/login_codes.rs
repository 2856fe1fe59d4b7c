//! Signing in of customers: a code by e-mail.
//!
//! A code has six digits, works for ten minutes, for five attempts, once, and only in the browser that asked for it:
//! that browser holds a secret which goes into the hash of the code, so that the table alone is not enough to find
//! the code either. Whoever asks gets the same answer, known or not; somebody unknown becomes a customer with the
//! right code, because by then the e-mail is proven.

use std::net::IpAddr;

use chrono::TimeDelta;
use perennial_domain::codes::Email;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::messages::{MessageKind, Placeholder, Values};
use rand::Rng;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::{Builder, Uuid};

use crate::customers;
use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::entity::login_code::{self, Column, Entity};
use crate::entity::{customer, merchant};
use crate::error::{Error, What};
use crate::messages::{self, Message};
use crate::referrals::BroughtBy;

/// How long a code works.
pub const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How often a code may be tried.
pub const CODE_ATTEMPTS: i32 = 5;
/// Shortest secret of a browser, in bytes: 128 bits.
const BINDING_MIN: usize = 16;

impl Engine {
    /// Sends a code to an e-mail. The answer is the same for everybody.
    ///
    /// `binding` is a secret of the browser, at least 16 random bytes, which it must bring again; `from` its address.
    /// An earlier code for the same browser and e-mail ends.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/email`; [`Error::Throttled`]; [`Error::NotFound`] when there is no such merchant.
    pub async fn login_code_request(
        &self,
        merchant: MerchantId,
        email: &str,
        binding: &[u8],
        from: Option<IpAddr>,
    ) -> Result<(), Error> {
        let email = parse_email(email)?;
        if binding.len() < BINDING_MIN {
            return Err(Error::Inconsistent("the secret of a browser is too short".to_owned()));
        }
        let now = self.clock().now();
        if let Some(from) = from {
            self.inner.throttles.login_address.attempt(&from.to_string(), now).await?;
        }
        let who = format!("{merchant} {email}");
        self.inner.throttles.code_email.attempt(&who, now).await?;
        self.inner.throttles.code_email_days.attempt(&who, now).await?;

        if merchant::Entity::find_by_id(merchant.uuid()).one(self.db()).await?.is_none() {
            return Err(Error::NotFound(What::Merchant));
        }
        let code = format!("{:06}", rand::rng().random_range(0..1_000_000));
        let (millis, random) = self.id_parts();
        let txn = self.begin().await?;
        // Before the codes, as whoever erases a customer takes them.
        let customer = customers::known_by_email(&txn, merchant, &email).await?;
        let binding_hash = hash(&[binding]);
        Entity::delete_many()
            .filter(Column::MerchantId.eq(merchant.uuid()))
            .filter(Column::Email.eq(email.as_str()))
            .filter(Column::BindingHash.eq(binding_hash.to_vec()))
            .exec(&txn)
            .await?;
        login_code::ActiveModel {
            merchant_id: Set(merchant.uuid()),
            id: Set(Builder::from_unix_timestamp_millis(millis, &random).into_uuid()),
            email: Set(email.to_string()),
            code_hash: Set(code_hash(merchant, &email, &code, binding).to_vec()),
            binding_hash: Set(binding_hash.to_vec()),
            attempts: Set(0),
            expires_at: Set(now + CODE_LIFETIME),
            used_at: Set(None),
        }
        .insert(&txn)
        .await?;
        messages::write(&txn, self, merchant, vec![letter((customer, email), &code)]).await?;
        txn.commit().await?;
        self.inner.mail_wake.notify_one();
        Ok(())
    }

    /// Trades a code for the customer it was sent to.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/code` with the code `code_invalid`, the same whether the code is wrong, expired, used,
    /// tried too often or from another browser; [`Error::Throttled`].
    pub async fn login_code_verify(
        &self,
        merchant: MerchantId,
        email: &str,
        code: &str,
        binding: &[u8],
        from: Option<IpAddr>,
    ) -> Result<CustomerId, Error> {
        self.login_code_verify_by(merchant, email, code, binding, from, None).await
    }

    /// [`login_code_verify`](Self::login_code_verify) for somebody who was brought by a friend. Who is a customer already
    /// stays whose friend they were; a code that does not count is ignored.
    ///
    /// # Errors
    /// The same.
    pub async fn login_code_verify_by(
        &self,
        merchant: MerchantId,
        email: &str,
        code: &str,
        binding: &[u8],
        from: Option<IpAddr>,
        brought_by: Option<&BroughtBy>,
    ) -> Result<CustomerId, Error> {
        let email = parse_email(email)?;
        let now = self.clock().now();
        if let Some(from) = from {
            self.inner.throttles.login_address.attempt(&from.to_string(), now).await?;
        }
        let who = format!("{merchant} {email}");
        self.inner.throttles.code_attempt.attempt(&who, now).await?;
        // People type codes with the space that mail shows them with.
        let code: String = code.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();

        let txn = self.begin().await?;
        customers::known_by_email(&txn, merchant, &email).await?;
        let Some(stored) = find_locked(&txn, merchant, &email, binding, now).await? else {
            return Err(wrong_code());
        };
        let expected = code_hash(merchant, &email, &code, binding);
        let is_right: bool = stored.code_hash.ct_eq(&expected).into();
        let attempts = stored.attempts + 1;
        let mut change = stored.into_active_model();
        change.attempts = Set(attempts);
        change.used_at = Set(is_right.then_some(now));
        change.update(&txn).await?;
        if !is_right {
            // The attempt counts, so it is committed.
            txn.commit().await?;
            return Err(wrong_code());
        }
        let (customer, is_new) = customers::enrol(&txn, self, merchant, &email).await?;
        if let Some(brought_by) = brought_by.filter(|_| is_new) {
            // Nothing to tell: whoever signs in is in, with or without the friend.
            let _ = self.refer_in(&txn, merchant, customer, brought_by).await?;
        }
        txn.commit().await?;
        self.inner.throttles.code_attempt.forgive(&who);
        self.inner.throttles.code_email.forgive(&who);
        self.inner.throttles.code_email_days.forgive(&who);
        Ok(customer)
    }

    /// The context of a signed-in customer, asked for with every request. Whoever was merged into another account is signed in
    /// to that one.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when there is no such customer any more, or the account was closed.
    pub async fn customer_cx(&self, merchant: MerchantId, customer: CustomerId) -> Result<Cx, Error> {
        let open = |id: Uuid| {
            customer::Entity::find_by_id((merchant.uuid(), id)).filter(customer::Column::ErasedAt.is_null())
        };
        let mut found = open(customer.uuid()).one(self.db()).await?;
        if let Some(into) = found.as_ref().and_then(|row| row.merged_into) {
            found = open(into).one(self.db()).await?;
        }
        let row = found.ok_or(Error::Unauthenticated)?;
        Ok(Cx::new(merchant, Actor::Customer { id: CustomerId::from_uuid(row.id) }))
    }
}

/// The newest code of this browser for this e-mail that still works. Locked, so that it is tried by one at a time.
async fn find_locked(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    email: &Email,
    binding: &[u8],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<login_code::Model>, Error> {
    Ok(Entity::find()
        .filter(Column::MerchantId.eq(merchant.uuid()))
        .filter(Column::Email.eq(email.as_str()))
        .filter(Column::BindingHash.eq(hash(&[binding]).to_vec()))
        .filter(Column::ExpiresAt.gt(now))
        .filter(Column::UsedAt.is_null())
        .filter(Column::Attempts.lt(CODE_ATTEMPTS))
        .order_by_desc(Column::Id)
        .limit(1)
        .lock(LockType::NoKeyUpdate)
        .one(txn)
        .await?)
}

fn parse_email(email: &str) -> Result<Email, Error> {
    Email::new(email).map_err(|error| Error::field("/email", error.code(), format!("An e-mail {error}")))
}

pub(crate) fn wrong_code() -> Error {
    Error::field(
        "/code",
        "code_invalid",
        "This code is not right, or no longer works. Check it, or ask for a new one",
    )
}

/// The secret of the browser makes the code as hard to find from its hash as the secret is.
fn code_hash(merchant: MerchantId, email: &Email, code: &str, binding: &[u8]) -> [u8; 32] {
    hash(&[binding, merchant.uuid().as_bytes(), email.as_str().as_bytes(), code.as_bytes()])
}

/// SHA-256 over parts, each behind its length, so that no two lists of parts run together.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn letter((customer, recipient): (Option<CustomerId>, Email), code: &str) -> Message {
    let (first, second) = code.split_at(3);
    let values = Values::default()
        .with(Placeholder::Code, format!("{first} {second}"))
        .with(Placeholder::Minutes, CODE_LIFETIME.num_minutes().to_string());
    Message { kind: MessageKind::SignInCode, customer, recipient, values }
}

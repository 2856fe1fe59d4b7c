//! Answers that are remembered, so that a repeated request has one effect.

use std::fmt::Display;
use std::str::FromStr;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::idempotency_key;
use crate::error::Error;
use crate::merge;
use crate::statement::statement;

/// Asks that the answer of a request be remembered under a key of the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remember {
    /// The key, unique per merchant, and for customers per customer.
    pub key: String,
    /// SHA-256 over method, path and body: the same key is only good for the same request.
    pub request_hash: [u8; 32],
    /// The right without which the answer is not told, as the request would be refused; none when it was asked for before.
    /// What customers do with what is their own needs none: their keys are their own.
    pub needs: Option<Action>,
}

/// The answer of a request, new or remembered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status that goes with the body.
    pub status: u16,
    /// The body.
    pub body: Value,
    /// Whether it is the answer of an earlier request with the same key.
    pub replayed: bool,
}

/// How long an answer is remembered.
pub(crate) const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// Longest key; a UUID has 36 letters.
const KEY_LENGTH_MAX: usize = 255;

/// Whether this can be a key: 1 to 255 letters that can be printed.
///
/// # Errors
/// [`Error::Invalid`] `idempotency_key_invalid`.
pub fn check_key(key: &str) -> Result<(), Error> {
    if key.is_empty() || key.len() > KEY_LENGTH_MAX || key.chars().any(char::is_control) {
        return Err(Error::field(
            "",
            "idempotency_key_invalid",
            "An idempotency key has 1 to 255 printable letters",
        ));
    }
    Ok(())
}

impl Engine {
    /// Runs `work` in one transaction, together with remembering its answer.
    ///
    /// A key that was used before for the same request gives the remembered answer without running anything; of two
    /// requests at the same time the later one waits for the earlier. A failure is not remembered, because it left
    /// no trace that a second attempt could double. A dry run runs everything, rolls it back and remembers nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right that the answer needs; [`Error::IdempotencyKeyReused`] when the key was used for
    /// another request; [`Error::Invalid`] when it is empty or too long; whatever `work` fails with.
    pub async fn write<F>(
        &self,
        cx: &Cx,
        remember: Option<Remember>,
        dry_run: bool,
        work: F,
    ) -> Result<Answer, Error>
    where
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> BoxFuture<'t, Result<(u16, Value), Error>> + Send,
    {
        if let Some(Remember { key, .. }) = &remember {
            check_key(key)?;
        }
        if let Some(Remember { needs: Some(needs), .. }) = &remember
            && cx.customer().is_none()
        {
            cx.require(*needs)?;
        }
        let remember = remember.map(|remember| own(cx, remember));
        let txn = self.begin().await?;
        if let Some(remember) = &remember
            && let Some(answer) = self.take_key(&txn, cx, remember).await?
        {
            return Ok(answer);
        }
        let (status, body) = work(&txn).await?;
        if dry_run {
            txn.rollback().await?;
            return Ok(Answer { status, body, replayed: false });
        }
        if let Some(remember) = &remember {
            idempotency_key::Entity::update_many()
                .set(idempotency_key::ActiveModel {
                    status: Set(i32::from(status)),
                    body: Set(body.clone()),
                    ..Default::default()
                })
                .filter(idempotency_key::Column::MerchantId.eq(cx.merchant().uuid()))
                .filter(idempotency_key::Column::Key.eq(&remember.key))
                .exec(&txn)
                .await?;
        }
        txn.commit().await?;
        self.inner.mail_wake.notify_one();
        self.outbox_wake().wake();
        Ok(Answer { status, body, replayed: false })
    }

    /// Makes something in one transaction: the id of what this request has made, or an earlier one with the same key.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn make<T, F>(&self, cx: &Cx, remember: Option<Remember>, work: F) -> Result<T, Error>
    where
        T: Display + FromStr + Send + 'static,
        F: for<'t> FnOnce(&'t Self, &'t DatabaseTransaction, &'t Cx) -> BoxFuture<'t, Result<T, Error>>
            + Send
            + 'static,
    {
        let (engine, by) = (self.clone(), cx.clone());
        let answer = self
            .write(cx, remember, false, move |txn| {
                Box::pin(async move {
                    let id = work(&engine, txn, &by).await?;
                    Ok((201, json!({ "id": id.to_string() })))
                })
            })
            .await?;
        let id = answer.body.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        id.ok_or_else(|| Error::Inconsistent("what was made before has no id".to_owned()))
    }

    /// Takes a key for this transaction, or finds the answer that was given under it.
    async fn take_key(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        remember: &Remember,
    ) -> Result<Option<Answer>, Error> {
        // A second request with this key waits here until the first has committed or rolled back.
        let taken = txn
            .execute_raw(statement(
                "INSERT INTO idempotency_keys (merchant_id, key, request_hash, status, body, created_at)
                 VALUES ($1, $2, $3, 0, 'null', $4) ON CONFLICT DO NOTHING",
                [
                    cx.merchant().uuid().into(),
                    remember.key.clone().into(),
                    remember.request_hash.to_vec().into(),
                    self.clock().now().into(),
                ],
            ))
            .await?;
        if taken.rows_affected() == 1 {
            let former = former_key(txn, cx, remember).await?;
            return former.map(|stored| answer(stored, remember)).transpose();
        }
        // A statement of its own: the row may have been committed after the one above began.
        let stored = idempotency_key::Entity::find_by_id((cx.merchant().uuid(), remember.key.clone()))
            .one(txn)
            .await?
            .ok_or(Error::Busy { retry_after: std::time::Duration::from_secs(1) })?;
        answer(stored, remember).map(Some)
    }
}

/// The answer that is remembered, to the same request.
fn answer(stored: idempotency_key::Model, remember: &Remember) -> Result<Answer, Error> {
    if stored.request_hash != remember.request_hash {
        return Err(Error::IdempotencyKeyReused);
    }
    let status = u16::try_from(stored.status).map_err(|_| {
        Error::Inconsistent(format!("idempotency key {} has status {}", stored.key, stored.status))
    })?;
    Ok(Answer { status, body: stored.body, replayed: true })
}

/// A key that the acting customer has used in an account that was merged into this one since: what was asked for there was
/// done, and is not done again by whoever signs in once more and asks again.
async fn former_key(
    txn: &DatabaseTransaction,
    cx: &Cx,
    remember: &Remember,
) -> Result<Option<idempotency_key::Model>, Error> {
    let Some(customer) = cx.customer() else { return Ok(None) };
    let Some(key) = remember.key.strip_prefix(&customers_key(customer, "")) else { return Ok(None) };
    let former = merge::former(txn, cx.merchant(), customer).await?;
    let keys: Vec<String> = former.into_iter().map(|id| customers_key(id, key)).collect();
    if keys.is_empty() {
        return Ok(None);
    }
    let stored = idempotency_key::Entity::find()
        .filter(idempotency_key::Column::MerchantId.eq(cx.merchant().uuid()))
        .filter(idempotency_key::Column::Key.is_in(keys))
        .one(txn)
        .await?;
    Ok(stored)
}

fn customers_key(customer: CustomerId, key: &str) -> String {
    format!("customer:{customer}:{key}")
}

/// A customer's keys are the customer's own: nobody meets the answer of somebody else, by accident or by guessing. And what a
/// key of one retailer asks is another request than what a key of another one does, in whatever words.
fn own(cx: &Cx, mut remember: Remember) -> Remember {
    if let Some(customer) = cx.customer() {
        remember.key = customers_key(customer, &remember.key);
    }
    if let Some(retailer) = cx.retailer() {
        let mut hash = Sha256::new();
        hash.update(remember.request_hash);
        hash.update(retailer.uuid().as_bytes());
        remember.request_hash = hash.finalize().into();
    }
    remember
}

//! Erasing one customer.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::forget::{self, Person};
use super::inbox;
use crate::customers;
use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::events::{Happening, announce};
use crate::ledger::Ledger;
use crate::statement::statement;
use crate::stored::stored;

/// Why somebody is erased. A closed list: what somebody writes by hand might name the person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EraseReason {
    /// The customer has asked the merchant for it.
    #[default]
    Requested,
    /// The customer has left the program in the portal.
    Left,
    /// Nobody has heard of the customer for long.
    Inactive,
    /// It was a second account of the same person.
    Duplicate,
    /// None of these.
    Other,
}

impl EraseReason {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Requested, Self::Left, Self::Inactive, Self::Duplicate, Self::Other];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Left => "left",
            Self::Inactive => "inactive",
            Self::Duplicate => "duplicate",
            Self::Other => "other",
        }
    }
}

/// What goes with a request to erase somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct EraseInput {
    /// Why; `requested` unless given.
    pub reason: EraseReason,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Money {
    /// In minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// What the customer could still have had when the account was closed. None of it is booked out: it stays in the books
/// until it expires, and nobody can spend it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lost {
    /// Points that could be spent; below zero while the customer owed some.
    pub points: i64,
    /// Points that waited.
    pub pending: i64,
    /// Points that were held for a reward.
    pub reserved: i64,
    /// Wallets of cashback, what waited included.
    pub cashback: Vec<Money>,
    /// Vouchers that were not used; they end.
    pub vouchers: i64,
    /// Rewards of policies that were due later; they are cancelled.
    pub awards: i64,
    /// What the tier was called.
    pub tier: Option<String>,
}

/// That somebody was erased: the record that is kept of it, in which nothing tells who it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Erasure {
    /// The id, under which the books go on.
    pub customer_id: CustomerId,
    /// When.
    pub erased_at: DateTime<Utc>,
    /// Why.
    pub reason: EraseReason,
    /// Who did it: the name of a member of the staff or of an API key, `customer` or `system`.
    pub by: String,
    /// Rows that were deleted, or had something personal taken out of them, by what they were.
    pub removed: BTreeMap<String, i64>,
    /// Rows that stay under the opaque id, by what they are.
    pub kept: BTreeMap<String, i64>,
    /// What the customer could still have had.
    pub lost: Lost,
}

impl Engine {
    /// Deletes everything personal of a customer and closes the account. A customer may do it to the customer's self.
    ///
    /// Entries, lots and balances stay as they are, under the opaque id. Doing it again changes nothing and gives the
    /// first answer again. Whoever has the same e-mail, telephone number or card afterwards is a new customer.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn customer_erase(
        &self,
        cx: &Cx,
        customer: CustomerId,
        input: EraseInput,
    ) -> Result<Erasure, Error> {
        let txn = self.begin().await?;
        let erasure = self.customer_erase_in(&txn, cx, customer, input).await?;
        txn.commit().await?;
        self.outbox_wake().wake();
        Ok(erasure)
    }

    /// What [`customer_erase`](Self::customer_erase) would do, which is the same rolled back.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_erase_preview(
        &self,
        cx: &Cx,
        customer: CustomerId,
        input: EraseInput,
    ) -> Result<Erasure, Error> {
        let txn = self.begin().await?;
        let erasure = self.customer_erase_in(&txn, cx, customer, input).await?;
        txn.rollback().await?;
        Ok(erasure)
    }

    /// [`customer_erase`](Self::customer_erase) within a transaction of the caller, who wakes the outbox after the commit.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_erase_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: CustomerId,
        input: EraseInput,
    ) -> Result<Erasure, Error> {
        cx.require_for(Action::CustomersErase, customer)?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        // Before the leaderboard, which shares it: two who share it could neither of them raise it when the identities go.
        customers::lock_revision(txn, merchant).await?;
        // Nobody waits for anything else with the leaderboard in hand, so it comes before all that others order.
        self.leaderboard_hide_in(txn, &Cx::system(merchant), customer, true).await?;
        let person = Person::lock(txn, merchant, customer).await?;
        let ledger = Ledger::lock(txn, merchant, &[customer], now).await.map_err(unknown)?;
        if ledger.balance(customer)?.is_erased {
            return read(txn, merchant, customer).await?.ok_or_else(|| {
                Error::Inconsistent(format!("customer {customer} was erased and nobody wrote down by whom"))
            });
        }
        let lost = lost(txn, merchant, customer).await?;
        let former = person.former(txn, merchant).await?;
        for person in former.iter().chain([&person]) {
            person.lock_deliveries(txn, merchant).await?;
        }
        close(txn, merchant, customer, now).await?;
        let mut removed = BTreeMap::new();
        inbox::forget(txn, merchant, &person, now, &mut removed).await?;
        let mut kept = BTreeMap::new();
        for person in former.iter().chain([&person]) {
            forget::forget(txn, merchant, person, &mut removed).await?;
            forget::kept(txn, merchant, person.customer, &mut kept).await?;
        }
        let erasure = Erasure {
            customer_id: customer,
            erased_at: now,
            reason: input.reason,
            by: cx.actor_name().to_owned(),
            removed,
            kept,
            lost,
        };
        write(txn, cx, &erasure).await?;
        let told = Happening::of(customer, EventKind::CustomerErased, json!({}));
        announce(txn, self, merchant, vec![told]).await?;
        Ok(erasure)
    }

    /// What a customer would lose by being erased now. A customer may ask for the own.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn customer_lost(&self, cx: &Cx, customer: CustomerId) -> Result<Lost, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        lost(self.db(), cx.merchant(), customer).await
    }

    /// That a customer was erased, and by whom; nothing of somebody who was not.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read customers.
    pub async fn customer_erasure(&self, cx: &Cx, customer: CustomerId) -> Result<Option<Erasure>, Error> {
        cx.require(Action::CustomersRead)?;
        read(self.db(), cx.merchant(), customer).await
    }

    /// Whether an account that there was is closed: for the portal, which then says so to whoever was signed in.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn customer_is_erased(
        &self,
        merchant: MerchantId,
        customer: CustomerId,
    ) -> Result<bool, Error> {
        let sql = "SELECT FROM customers AS c
            WHERE c.merchant_id = $1 AND c.erased_at IS NOT NULL
              AND c.id = coalesce((SELECT merged_into FROM customers WHERE merchant_id = $1 AND id = $2), $2)";
        let key = [merchant.uuid().into(), customer.uuid().into()];
        Ok(self.db().query_one_raw(statement(sql, key)).await?.is_some())
    }
}

fn unknown(error: Error) -> Error {
    match error {
        Error::CustomerNotFound => Error::NotFound(What::Customer),
        other => other,
    }
}

/// Locks the row of the customer against everybody and closes the account, in both places that say so.
async fn close(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customer: CustomerId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let key = || [merchant.uuid().into(), customer.uuid().into()];
    // A statement of its own: what follows sees what those have written who held the row until now.
    let lock = "SELECT FROM customers WHERE merchant_id = $1 AND id = $2 FOR UPDATE";
    txn.query_one_raw(statement(lock, key())).await?.ok_or(Error::NotFound(What::Customer))?;
    let [merchant, customer] = key();
    let values = [merchant, customer, now.into()];
    txn.execute_raw(statement(include_str!("sql/close.sql"), values)).await?;
    Ok(())
}

async fn lost(db: &impl ConnectionTrait, merchant: MerchantId, customer: CustomerId) -> Result<Lost, Error> {
    let key = [merchant.uuid().into(), customer.uuid().into()];
    let row = db.query_one_raw(statement(include_str!("sql/lost.sql"), key)).await?;
    let row = row.ok_or(Error::NotFound(What::Customer))?;
    let cashback: serde_json::Value = row.try_get("", "cashback")?;
    Ok(Lost {
        points: row.try_get("", "available")?,
        pending: row.try_get("", "pending")?,
        reserved: row.try_get("", "reserved")?,
        cashback: stored(serde_json::from_value(cashback), "cashback_wallets")?,
        vouchers: row.try_get("", "vouchers")?,
        awards: row.try_get("", "awards")?,
        tier: row.try_get("", "tier")?,
    })
}

async fn write(txn: &DatabaseTransaction, cx: &Cx, erasure: &Erasure) -> Result<(), Error> {
    let (actor, actor_id) = match cx.actor() {
        Actor::ApiKey { id, .. } => ("key", Some(id.uuid())),
        Actor::Staff { id, .. } => ("staff", Some(id.uuid())),
        Actor::Customer { .. } => ("customer", None),
        Actor::System => ("system", None),
    };
    let values = [
        cx.merchant().uuid().into(),
        erasure.customer_id.uuid().into(),
        erasure.erased_at.into(),
        erasure.reason.as_str().into(),
        actor.into(),
        actor_id.into(),
        erasure.by.clone().into(),
        stored(serde_json::to_value(&erasure.removed), "erasures.removed")?.into(),
        stored(serde_json::to_value(&erasure.kept), "erasures.kept")?.into(),
        stored(serde_json::to_value(&erasure.lost), "erasures.lost")?.into(),
    ];
    let insert = "INSERT INTO erasures
        (merchant_id, customer_id, erased_at, reason, actor, actor_id, actor_name, removed, kept, lost)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    txn.execute_raw(statement(insert, values)).await?;
    Ok(())
}

async fn read(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customer: CustomerId,
) -> Result<Option<Erasure>, Error> {
    let select = "SELECT erased_at, reason, actor_name, removed, kept, lost FROM erasures
                  WHERE merchant_id = $1 AND customer_id = $2";
    let key = [merchant.uuid().into(), customer.uuid().into()];
    db.query_one_raw(statement(select, key)).await?.map(|row| erasure(&row, customer)).transpose()
}

fn erasure(row: &QueryResult, customer: CustomerId) -> Result<Erasure, Error> {
    let json = |column: &str| row.try_get::<serde_json::Value>("", column);
    let reason = serde_json::Value::String(row.try_get("", "reason")?);
    Ok(Erasure {
        customer_id: customer,
        erased_at: row.try_get("", "erased_at")?,
        reason: stored(serde_json::from_value(reason), "erasures.reason")?,
        by: row.try_get("", "actor_name")?,
        removed: stored(serde_json::from_value(json("removed")?), "erasures.removed")?,
        kept: stored(serde_json::from_value(json("kept")?), "erasures.kept")?,
        lost: stored(serde_json::from_value(json("lost")?), "erasures.lost")?,
    })
}

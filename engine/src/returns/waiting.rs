//! Returns that come before their purchase: they wait for it, and are booked when it is there.
//!
//! The intake knows nothing of them, so that a purchase costs what it did: a loop looks every second which of them have
//! [met](super::meet) their purchase. It does not matter who was first, and a return is a second late at most. What was not
//! met within thirty days is forgotten; what cannot be booked when its purchase has come is kept that long with the reason.

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::TransactionId;
use perennial_domain::ids::{MerchantId, PurchaseId, RetailerId};
use perennial_domain::returns::{CheckedReturn, Returning};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use serde::{Deserialize, Serialize};

use super::preview::ReturnPreview;
use super::store::{json, statement};
use super::{Returned, require};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::stored::stored;

/// How long a return waits for its purchase.
const KEPT: TimeDelta = TimeDelta::days(30);
/// How many may wait for one merchant: a till that invents transactions fills no disk.
const WAITING_MAX: i64 = 10_000;

/// A return that waits for its purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// `waiting`.
    pub status: String,
    /// The till's name for the return.
    pub return_id: String,
    /// The till's name for the purchase that it waits for.
    pub transaction_id: String,
    /// How long it waits.
    pub until: DateTime<Utc>,
}

/// What became of a return that named its purchase as the till knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived {
    /// Its purchase was there.
    Booked(Box<Returned>),
    /// It waits for it.
    Waiting(Waiting),
}

/// What would become of a return that names its purchase as the till knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foreseen {
    /// Its purchase is there.
    Booked(Box<ReturnPreview>),
    /// It would wait for it.
    Waiting(Waiting),
}

impl Engine {
    /// The retailer that a return means: the one that it names, or that of a key which is bound to one. Asked before a
    /// transaction is begun, because it may have to be read.
    ///
    /// # Errors
    /// [`Error::UnknownRetailer`]; [`Error::Forbidden`] when a bound key names another one, as of a purchase.
    pub async fn return_retailer(&self, cx: &Cx, named: Option<&str>) -> Result<RetailerId, Error> {
        let named = match named {
            Some(named) => {
                let snapshot = self.snapshot(cx).await?;
                Some(snapshot.retailers.named(named).ok_or(Error::UnknownRetailer)?.id)
            }
            None => None,
        };
        match (cx.retailer(), named) {
            (Some(bound), Some(named)) if bound != named => Err(Error::Forbidden(Action::ReturnsWrite)),
            (bound, named) => bound.or(named).ok_or_else(|| {
                Error::field("/retailer", "required", "Is required unless the key is bound to a retailer")
            }),
        }
    }

    /// Returns all or a part of the purchase with this transaction id, or keeps the return until it comes. The caller
    /// wakes the outbox after the commit.
    ///
    /// # Errors
    /// Like [`return_purchase`](Self::return_purchase); [`Error::Conflict`] `too_many_waiting` when too many returns wait
    /// for purchases that never come.
    pub async fn return_transaction_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        retailer: RetailerId,
        transaction: &TransactionId,
        checked: &CheckedReturn,
    ) -> Result<Arrived, Error> {
        require(cx)?;
        if let Some(purchase) = purchase_of(txn, cx.merchant(), retailer, transaction).await? {
            let returned = self.return_purchase_in(txn, cx, purchase, checked).await?;
            return Ok(Arrived::Booked(Box::new(returned)));
        }
        self.keep(txn, cx, retailer, transaction, checked).await.map(Arrived::Waiting)
    }

    /// Tells what [`return_transaction_in`](Self::return_transaction_in) would do, in a transaction that the caller rolls
    /// back.
    ///
    /// # Errors
    /// The same.
    pub async fn return_transaction_preview_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        retailer: RetailerId,
        transaction: &TransactionId,
        checked: &CheckedReturn,
    ) -> Result<Foreseen, Error> {
        require(cx)?;
        if let Some(purchase) = purchase_of(txn, cx.merchant(), retailer, transaction).await? {
            let preview = self.return_preview_in(txn, cx, purchase, checked).await?;
            return Ok(Foreseen::Booked(Box::new(preview)));
        }
        self.keep(txn, cx, retailer, transaction, checked).await.map(Foreseen::Waiting)
    }

    /// Keeps a return for later; one that is kept already answers as it did.
    async fn keep(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        retailer: RetailerId,
        transaction: &TransactionId,
        checked: &CheckedReturn,
    ) -> Result<Waiting, Error> {
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        let waiting = |until| Waiting {
            status: "waiting".to_owned(),
            return_id: checked.return_id.to_string(),
            transaction_id: transaction.to_string(),
            until,
        };
        let values = [
            merchant.uuid().into(),
            retailer.uuid().into(),
            transaction.as_str().into(),
            checked.return_id.as_str().into(),
            json(&checked.returning)?.into(),
            cx.actor_name().into(),
            now.into(),
            (now + KEPT).into(),
            WAITING_MAX.into(),
        ];
        let row = txn.query_one_raw(statement(include_str!("keep.sql"), values)).await?.ok_or_else(|| {
            Error::conflict("too_many_waiting", "Too many returns wait for their purchases")
        })?;
        let kept = row.try_get("", "content")?;
        let kept: Returning = stored(serde_json::from_value(kept), "waiting_returns.content")?;
        if kept == checked.returning {
            Ok(waiting(row.try_get("", "expires_at")?))
        } else {
            Err(Error::conflict("return_conflict", "Another return of the same name waits for this purchase"))
        }
    }
}

/// The purchase that a till calls so.
async fn purchase_of(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    retailer: RetailerId,
    transaction: &TransactionId,
) -> Result<Option<PurchaseId>, Error> {
    let select = "SELECT purchase_id FROM purchase_keys
        WHERE merchant_id = $1 AND retailer_id = $2 AND transaction_id = $3";
    let key = [merchant.uuid().into(), retailer.uuid().into(), transaction.as_str().into()];
    let row = txn.query_one_raw(statement(select, key)).await?;
    row.map(|row| Ok(PurchaseId::from_uuid(row.try_get("", "purchase_id")?))).transpose()
}

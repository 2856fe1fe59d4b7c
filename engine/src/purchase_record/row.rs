//! From the row in `purchases` back to the record.

use std::fmt::Display;
use std::str::FromStr;

use perennial_domain::codes::{ClaimCode, SentReferralCode, TransactionId};
use perennial_domain::ids::{ApiKeyId, CustomerId, MerchantId, PurchaseId, RetailerId};
use perennial_domain::money::Amount;
use perennial_domain::points::Points;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Balance, CustomerKey, PurchaseRecord};
use crate::error::Error;
use crate::intake::Source;

impl PurchaseRecord {
    /// Understands a row of `purchases` that was read whole.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when something in it is not what the intake writes.
    pub fn from_row(row: &PgRow) -> Result<Self, Error> {
        let id = PurchaseId::from_uuid(row.try_get("id")?);
        let column = Column::new(row, "purchase", id.uuid());
        Ok(Self {
            id,
            merchant_id: MerchantId::from_uuid(row.try_get("merchant_id")?),
            retailer_id: RetailerId::from_uuid(row.try_get("retailer_id")?),
            transaction_id: column.parse("transaction_id", TransactionId::new)?,
            customer_id: row.try_get::<Option<Uuid>, _>("customer_id")?.map(CustomerId::from_uuid),
            customer_key: column.customer_key()?,
            is_forgotten: row.try_get::<Option<&[u8]>, _>("customer_key")?.is_some_and(<[u8]>::is_empty),
            status: column.parse("status", FromStr::from_str)?,
            currency: column.parse("currency", FromStr::from_str)?,
            amount: Amount::new(row.try_get("amount")?).map_err(|error| column.wrong("amount", &error))?,
            occurred_at: row.try_get("occurred_at")?,
            occurred_at_sent: row.try_get("occurred_at_sent")?,
            business_date: row.try_get("business_date")?,
            received_at: row.try_get("received_at")?,
            points_earned: Points::new(row.try_get("points")?),
            points_pending: column.pending()?,
            points_claimable: row.try_get::<Option<i64>, _>("claimable")?.map(Points::new),
            claim_code: column.parse_optional("claim_code", ClaimCode::new)?,
            balance: column.balance()?,
            rules_version: row.try_get("rules_version")?,
            facts: column.json("facts")?,
            lines: column.json("lines")?,
            applied: column.json("applied")?,
            referral_code: column.parse_optional("referral_code", SentReferralCode::new)?,
            tenders: column.json_optional("tenders")?.map(Box::new),
            warnings: column.json("warnings")?,
            source: column.parse("source", Source::from_str)?,
            api_key_id: row.try_get::<Option<Uuid>, _>("api_key_id")?.map(ApiKeyId::from_uuid),
        })
    }
}

/// Reads columns of one row, and says which one it was when something in it cannot be read.
pub(super) struct Column<'r> {
    row: &'r PgRow,
    what: &'static str,
    id: Uuid,
}

impl<'r> Column<'r> {
    pub fn new(row: &'r PgRow, what: &'static str, id: Uuid) -> Self {
        Self { row, what, id }
    }

    pub fn wrong(&self, column: &str, error: &dyn Display) -> Error {
        Error::Inconsistent(format!("{} {}: {column}: {error}", self.what, self.id))
    }

    fn parse<T, E: Display>(&self, column: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, Error> {
        parse(self.row.try_get(column)?).map_err(|error| self.wrong(column, &error))
    }

    fn parse_optional<T, E: Display>(
        &self,
        column: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.row.try_get(column)?;
        text.map(parse).transpose().map_err(|error| self.wrong(column, &error))
    }

    pub fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, Error> {
        match self.row.try_get::<Json<T>, _>(column) {
            Ok(Json(value)) => Ok(value),
            Err(sqlx::Error::ColumnDecode { source, .. }) => Err(self.wrong(column, &source)),
            Err(error) => Err(error.into()),
        }
    }

    fn json_optional<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, Error> {
        match self.row.try_get::<Option<Json<T>>, _>(column) {
            Ok(value) => Ok(value.map(|Json(value)| value)),
            Err(sqlx::Error::ColumnDecode { source, .. }) => Err(self.wrong(column, &source)),
            Err(error) => Err(error.into()),
        }
    }

    fn customer_key(&self) -> Result<Option<CustomerKey>, Error> {
        let bytes: Option<&[u8]> = self.row.try_get("customer_key")?;
        bytes
            .filter(|bytes| !bytes.is_empty())
            .map(|bytes| bytes.try_into().map(CustomerKey::from_bytes))
            .transpose()
            .map_err(|error| self.wrong("customer_key", &error))
    }

    /// Points that waited; nothing is stored where none did.
    pub fn pending(&self) -> Result<Points, Error> {
        let pending: Option<i64> = self.row.try_get("pending")?;
        Ok(pending.map_or(Points::ZERO, Points::new))
    }

    pub fn balance(&self) -> Result<Option<Balance>, Error> {
        let points: Option<i64> = self.row.try_get("balance_points")?;
        let pending: Option<i64> = self.row.try_get("balance_pending")?;
        Ok(points.zip(pending).map(|(points, pending)| Balance { points, pending }))
    }
}

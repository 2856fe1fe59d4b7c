//! Tokens with which apps speak for a customer, and for nobody else.
//!
//! A program of the merchant asks for one with its key, for an hour at most; or the customer proves an e-mail with a
//! one-time code, as for the portal, and has one for as long as a session there. A token is 256 random bits, of which
//! only a hash is stored. One that was ended is deleted, and every use looks it up: it opens nothing from then on.

mod authenticate;
mod by_code;
mod confirm;
mod secret;

pub use authenticate::TokenHolder;
pub use by_code::{CodeSent, SignIn};
pub use secret::CustomerTokenSecret;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::{CustomerId, CustomerTokenId, MerchantId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};
use crate::sessions::SessionHash;
use crate::statement::statement;

/// The longest life of a token that a program of the merchant asks for, in seconds.
pub const LIFETIME_SECONDS_MAX: u32 = 60 * 60;
/// The life of a token that a one-time code was traded for: that of a session of the portal.
pub const LIFETIME_BY_CODE: TimeDelta = TimeDelta::days(30);

/// A token, as lists show it; without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerToken {
    /// The token.
    pub id: CustomerTokenId,
    /// Whom it speaks for.
    pub customer_id: CustomerId,
    /// `merchant` when a program of the merchant asked for it, `code` when the customer proved an e-mail.
    pub issued_by: String,
    /// When it was given out.
    pub created_at: DateTime<Utc>,
    /// The first instant at which it opens nothing any more.
    pub expires_at: DateTime<Utc>,
}

impl Engine {
    /// Gives out a token for a customer, for as many seconds as `lifetime` says, an hour unless given. The secret is in
    /// the answer and nowhere else.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant; [`Error::Invalid`] at `/expires_in` unless it
    /// is between 1 second and an hour; [`Error::Conflict`] `customer_erased`.
    pub async fn customer_token_create(
        &self,
        cx: &Cx,
        customer: CustomerId,
        lifetime: Option<u32>,
    ) -> Result<(CustomerToken, CustomerTokenSecret), Error> {
        let txn = self.begin().await?;
        let created = self.customer_token_create_in(&txn, cx, customer, lifetime).await?;
        txn.commit().await?;
        Ok(created)
    }

    /// [`customer_token_create`](Self::customer_token_create) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn customer_token_create_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: CustomerId,
        lifetime: Option<u32>,
    ) -> Result<(CustomerToken, CustomerTokenSecret), Error> {
        cx.require(Action::TokensWrite)?;
        let seconds = lifetime.unwrap_or(LIFETIME_SECONDS_MAX);
        if !(1..=LIFETIME_SECONDS_MAX).contains(&seconds) {
            let detail = format!("Must be between 1 and {LIFETIME_SECONDS_MAX} seconds");
            return Err(Error::field("/expires_in", "out_of_range", detail));
        }
        let lifetime = TimeDelta::seconds(seconds.into());
        issue(txn, self, cx.merchant(), customer, "merchant", lifetime).await
    }

    /// The tokens of a customer that still open something, the newest first. A customer may ask for the own ones.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant; [`Error::Invalid`] when the page cannot be read.
    pub async fn customer_token_list(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<CustomerToken>, Error> {
        cx.require_for(Action::TokensWrite, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let values = [
            cx.merchant().uuid().into(),
            customer.uuid().into(),
            self.clock().now().into(),
            page.after::<CustomerTokenId>()?.map(CustomerTokenId::uuid).into(),
            page.probe().into(),
        ];
        let sql = "SELECT id, customer_id, issued_by, created_at, expires_at FROM customer_tokens
                   WHERE merchant_id = $1 AND customer_id = $2 AND expires_at > $3 AND ($4::uuid IS NULL OR id < $4)
                   ORDER BY id DESC LIMIT $5";
        let rows = self.db().query_all_raw(statement(sql, values)).await?;
        let tokens = rows.iter().map(token).collect::<Result<_, _>>()?;
        Ok(page.page(tokens, |token: &CustomerToken| token.id))
    }

    /// Ends one token of a customer, at once and everywhere. A customer may end the own ones.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the customer has no such token, or has it no longer.
    pub async fn customer_token_end(
        &self,
        cx: &Cx,
        customer: CustomerId,
        id: CustomerTokenId,
    ) -> Result<(), Error> {
        cx.require_for(Action::TokensWrite, customer)?;
        let sql = "DELETE FROM customer_tokens WHERE merchant_id = $1 AND customer_id = $2 AND id = $3";
        let values = [cx.merchant().uuid().into(), customer.uuid().into(), id.uuid().into()];
        match self.db().execute_raw(statement(sql, values)).await?.rows_affected() {
            0 => Err(Error::NotFound(What::CustomerToken)),
            _ => Ok(()),
        }
    }

    /// Ends all tokens of a customer: a telephone was lost. Tells how many there were. A customer may end the own ones.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_tokens_end(&self, cx: &Cx, customer: CustomerId) -> Result<u64, Error> {
        cx.require_for(Action::TokensWrite, customer)?;
        self.customer_must_exist(cx, customer).await?;
        end_all(self.db(), cx.merchant(), customer).await
    }

    /// Signs a customer out everywhere but in one browser: ends all tokens, and all sessions at the portal but `here`. A
    /// customer may do so for the own account.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_sign_out_elsewhere(
        &self,
        cx: &Cx,
        customer: CustomerId,
        here: &SessionHash,
    ) -> Result<(), Error> {
        cx.require_for(Action::TokensWrite, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let txn = self.begin().await?;
        end_all(&txn, cx.merchant(), customer).await?;
        let values = [cx.merchant().uuid().into(), customer.uuid().into(), here.to_vec().into()];
        txn.execute_raw(statement(include_str!("customer_tokens/sql/sessions_end.sql"), values)).await?;
        txn.commit().await?;
        Ok(())
    }
}

/// Ends all tokens of a customer.
async fn end_all(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customer: CustomerId,
) -> Result<u64, Error> {
    let sql = "DELETE FROM customer_tokens WHERE merchant_id = $1 AND customer_id = $2";
    let ended = db.execute_raw(statement(sql, [merchant.uuid().into(), customer.uuid().into()])).await?;
    Ok(ended.rows_affected())
}

/// Gives out a token, whoever asked for it.
async fn issue(
    db: &impl ConnectionTrait,
    engine: &Engine,
    merchant: MerchantId,
    customer: CustomerId,
    issued_by: &'static str,
    lifetime: TimeDelta,
) -> Result<(CustomerToken, CustomerTokenSecret), Error> {
    let secret = CustomerTokenSecret::generate();
    let (millis, random) = engine.id_parts();
    let now = engine.clock().now();
    let token = CustomerToken {
        id: CustomerTokenId::new(millis, random),
        customer_id: customer,
        issued_by: issued_by.to_owned(),
        created_at: now,
        expires_at: now + lifetime,
    };
    // One statement: the token and the way to it. Who is no customer gets neither; the lock waits for whoever erases.
    let sql = "WITH token AS (
                   INSERT INTO customer_tokens (merchant_id, id, customer_id, issued_by, created_at, expires_at)
                   SELECT merchant_id, $3, id, $4, $5, $6 FROM customers
                   WHERE merchant_id = $1 AND id = $2 AND erased_at IS NULL AND merged_into IS NULL FOR KEY SHARE
                   RETURNING merchant_id, id
               )
               INSERT INTO directory_customer_tokens (hash, merchant_id, token_id)
               SELECT $7, merchant_id, id FROM token";
    let values = [
        merchant.uuid().into(),
        customer.uuid().into(),
        token.id.uuid().into(),
        issued_by.into(),
        token.created_at.into(),
        token.expires_at.into(),
        secret.hash().to_vec().into(),
    ];
    match db.execute_raw(statement(sql, values)).await?.rows_affected() {
        0 => {
            let sql =
                "SELECT merged_into IS NOT NULL AS merged FROM customers WHERE merchant_id = $1 AND id = $2";
            let key = [merchant.uuid().into(), customer.uuid().into()];
            let row = db.query_one_raw(statement(sql, key)).await?.ok_or(Error::NotFound(What::Customer))?;
            Err(if row.try_get("", "merged")? { Error::merged() } else { Error::erased() })
        }
        _ => Ok((token, secret)),
    }
}

fn token(row: &QueryResult) -> Result<CustomerToken, Error> {
    Ok(CustomerToken {
        id: CustomerTokenId::from_uuid(row.try_get("", "id")?),
        customer_id: CustomerId::from_uuid(row.try_get("", "customer_id")?),
        issued_by: row.try_get("", "issued_by")?,
        created_at: row.try_get("", "created_at")?,
        expires_at: row.try_get("", "expires_at")?,
    })
}

//! From the token in a request to the context of the operation.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, CustomerTokenId, MerchantId};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::confirm::Binding;
use super::{CustomerTokenSecret, token};
use crate::cx::{Actor, Cx};
use crate::engine::Engine;
use crate::error::Error;
use crate::statement::statement;

/// Whom a token speaks for.
#[derive(Debug, Clone)]
pub struct TokenHolder {
    /// The context, of this customer and of nobody else.
    pub cx: Arc<Cx>,
    /// The customer.
    pub customer: CustomerId,
    /// The token.
    pub token: CustomerTokenId,
    /// The first instant at which it opens nothing any more.
    pub expires_at: DateTime<Utc>,
    /// What the one-time codes are bound to that it asks for.
    pub(super) binding: Binding,
}

impl Engine {
    /// The context that a customer's token stands for. Always looked up, so that one that was ended is ended.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the token is unknown, over or ended; a caller cannot tell which.
    pub async fn authenticate_customer(&self, secret: &str) -> Result<TokenHolder, Error> {
        let secret = CustomerTokenSecret::parse(secret).ok_or(Error::Unauthenticated)?;
        let sql = "SELECT t.* FROM directory_customer_tokens AS d
                   CROSS JOIN LATERAL (
                       SELECT * FROM customer_tokens AS t
                       WHERE t.merchant_id = d.merchant_id AND t.id = d.token_id LIMIT 1
                   ) AS t
                   WHERE d.hash = $1 AND t.expires_at > $2";
        let values = [secret.hash().to_vec().into(), self.clock().now().into()];
        let row = self.db().query_one_raw(statement(sql, values)).await?.ok_or(Error::Unauthenticated)?;
        let merchant: Uuid = row.try_get("", "merchant_id")?;
        let token = token(&row)?;
        let customer = token.customer_id;
        let cx = Cx::new(MerchantId::from_uuid(merchant), Actor::Customer { id: customer });
        Ok(TokenHolder {
            cx: Arc::new(cx),
            customer,
            token: token.id,
            expires_at: token.expires_at,
            binding: Binding(secret.binding()),
        })
    }

    /// Whether a token still opens something, for a stream that was opened with it.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn token_is_live(&self, holder: &TokenHolder) -> Result<bool, Error> {
        let sql = "SELECT FROM customer_tokens WHERE merchant_id = $1 AND id = $2 AND expires_at > $3";
        let values =
            [holder.cx.merchant().uuid().into(), holder.token.uuid().into(), self.clock().now().into()];
        Ok(self.db().query_one_raw(statement(sql, values)).await?.is_some())
    }
}

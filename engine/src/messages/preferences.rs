//! Which letters a customer wants.

use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::messages::MessageKind;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde::{Deserialize, Serialize};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::statement::statement;
use crate::stored::stored;

/// Which letters a customer wants, of those that customers may choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessagePreferences {
    /// The customer.
    pub customer_id: CustomerId,
    /// One for each kind that may be chosen.
    pub preferences: Vec<MessagePreference>,
}

/// Whether a customer wants letters of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MessagePreference {
    /// Which letters.
    pub kind: MessageKind,
    /// Whether they come by e-mail.
    pub email: bool,
}

/// What is to change of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MessagePreferencesChange {
    /// The kinds that change; all others stay as they are.
    pub preferences: Vec<MessagePreference>,
}

impl Engine {
    /// Which letters a customer wants.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant, and for a customer who means somebody else.
    pub async fn message_preferences(
        &self,
        cx: &Cx,
        customer: CustomerId,
    ) -> Result<MessagePreferences, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        read(self.db(), cx.merchant(), customer).await?.ok_or(Error::NotFound(What::Customer))
    }

    /// Changes which letters a customer wants, for letters that are written from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`] as for reading; [`Error::Invalid`] at the kind when it is one that is always sent.
    pub async fn message_preferences_change(
        &self,
        cx: &Cx,
        customer: CustomerId,
        change: MessagePreferencesChange,
    ) -> Result<MessagePreferences, Error> {
        let txn = self.begin().await?;
        let preferences = self.message_preferences_change_in(&txn, cx, customer, change).await?;
        txn.commit().await?;
        Ok(preferences)
    }

    /// [`message_preferences_change`](Self::message_preferences_change) within a transaction of the caller.
    ///
    /// # Errors
    /// The same.
    pub async fn message_preferences_change_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        customer: CustomerId,
        change: MessagePreferencesChange,
    ) -> Result<MessagePreferences, Error> {
        cx.require_for(Action::CustomersWrite, customer)?;
        let always =
            change.preferences.iter().enumerate().filter(|(_, preference)| !preference.kind.is_optional());
        let errors: Vec<FieldError> = always
            .map(|(place, preference)| {
                let pointer = format!("/preferences/{place}/kind");
                FieldError::new(pointer, "always_sent", format!("{} is always sent", preference.kind.title()))
            })
            .collect();
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let merchant = cx.merchant();
        if !hold(txn, merchant, customer).await? {
            return Err(Error::NotFound(What::Customer));
        }
        choose(txn, self, merchant, customer, &change.preferences).await?;
        read(txn, merchant, customer).await?.ok_or(Error::NotFound(What::Customer))
    }
}

/// What a customer has chosen; nothing when there is no such customer, or no longer.
pub(super) async fn read(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customer: CustomerId,
) -> Result<Option<MessagePreferences>, Error> {
    let key = || [merchant.uuid().into(), customer.uuid().into()];
    let sql = "SELECT FROM customers WHERE merchant_id = $1 AND id = $2 AND erased_at IS NULL";
    if db.query_one_raw(statement(sql, key())).await?.is_none() {
        return Ok(None);
    }
    let sql =
        "SELECT kind FROM message_preferences WHERE merchant_id = $1 AND customer_id = $2 AND NOT email";
    let mut unwanted: Vec<MessageKind> = Vec::new();
    for row in db.query_all_raw(statement(sql, key())).await? {
        let kind: String = row.try_get("", "kind")?;
        unwanted.push(stored(kind.parse(), "message_preferences.kind")?);
    }
    let preferences =
        MessageKind::optional().map(|kind| MessagePreference { kind, email: !unwanted.contains(&kind) });
    Ok(Some(MessagePreferences { customer_id: customer, preferences: preferences.collect() }))
}

/// Whether there is such a customer, who stays until the transaction ends: whoever erases the customer waits, and finds what
/// was chosen.
pub(super) async fn hold(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customer: CustomerId,
) -> Result<bool, Error> {
    let sql = "SELECT FROM customers WHERE merchant_id = $1 AND id = $2 AND erased_at IS NULL
               AND merged_into IS NULL FOR KEY SHARE";
    let key = [merchant.uuid().into(), customer.uuid().into()];
    Ok(txn.query_one_raw(statement(sql, key)).await?.is_some())
}

/// Writes down what a customer chooses; of a kind that is there twice, the last.
pub(super) async fn choose(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    customer: CustomerId,
    chosen: &[MessagePreference],
) -> Result<(), Error> {
    let chosen: std::collections::BTreeMap<MessageKind, bool> =
        chosen.iter().map(|preference| (preference.kind, preference.email)).collect();
    // In one order, so that two changes at once wait for each other instead of stopping each other.
    let values = [
        merchant.uuid().into(),
        customer.uuid().into(),
        engine.clock().now().into(),
        chosen.keys().map(ToString::to_string).collect::<Vec<_>>().into(),
        chosen.values().copied().collect::<Vec<bool>>().into(),
    ];
    txn.execute_raw(statement(include_str!("sql/choose.sql"), values)).await?;
    Ok(())
}

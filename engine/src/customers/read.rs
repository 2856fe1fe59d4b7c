//! One customer.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::birthday::Birthday;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, MerchantId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CustomerPath, IdentityKind};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::customer_identity;
use crate::error::{Error, What};
use crate::statement::statement;

/// A customer, as lists and pages show it, with the balance of the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Customer {
    /// The customer.
    pub id: CustomerId,
    /// What the customer is called.
    pub name: Option<String>,
    /// The id that another system of the merchant gave.
    pub external_id: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The telephone number, in E.164.
    pub phone: Option<String>,
    /// The number of the loyalty card.
    pub card: Option<String>,
    /// Further identities, which came with accounts that were merged into this one and find the customer as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_identities: Vec<OtherIdentity>,
    /// The birthday: month and day, and the year of those who have told it.
    pub birthday: Option<Birthday>,
    /// When the customer joined.
    pub created_at: DateTime<Utc>,
    /// When the customer was erased: nothing personal is left, and the account is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<DateTime<Utc>>,
    /// Points that can be spent.
    pub points: i64,
    /// Points that wait.
    pub pending: i64,
    /// Purchases that were credited.
    pub purchases: i64,
    /// What they came to, in minor units.
    pub spent: i64,
    /// When the last of them happened.
    pub last_purchase_at: Option<DateTime<Utc>>,
}

/// What a customer is found by besides the first of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OtherIdentity {
    /// `external_id`, `email`, `phone` or `card`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub kind: IdentityKind,
    /// The normalised value.
    pub value: String,
}

#[derive(FromQueryResult)]
pub(super) struct CustomerRow {
    id: Uuid,
    name: Option<String>,
    external_id: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    card: Option<String>,
    others: Option<serde_json::Value>,
    birth_day: Option<i16>,
    birth_year: Option<i16>,
    created_at: DateTime<Utc>,
    erased_at: Option<DateTime<Utc>>,
    points: i64,
    pending: i64,
    purchases: i64,
    spent: i64,
    last_purchase_at: Option<DateTime<Utc>>,
}

impl From<CustomerRow> for Customer {
    fn from(row: CustomerRow) -> Self {
        Self {
            id: CustomerId::from_uuid(row.id),
            name: row.name,
            external_id: row.external_id,
            email: row.email,
            phone: row.phone,
            card: row.card,
            // What was written by a version that knows another kind is left out.
            other_identities: row
                .others
                .and_then(|others| serde_json::from_value(others).ok())
                .unwrap_or_default(),
            birthday: row.birth_day.and_then(|key| Birthday::stored(key, row.birth_year)),
            created_at: row.created_at,
            erased_at: row.erased_at,
            points: row.points,
            pending: row.pending,
            purchases: row.purchases,
            spent: row.spent,
            last_purchase_at: row.last_purchase_at,
        }
    }
}

impl Engine {
    /// One customer; a customer may ask for itself.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn customer_get(&self, cx: &Cx, id: CustomerId) -> Result<Customer, Error> {
        cx.require_for(Action::CustomersRead, id)?;
        load(self.db(), cx.merchant(), id).await
    }

    /// Those of these customers that the merchant has, with one statement and in no particular order.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read customers.
    pub async fn customers_get(&self, cx: &Cx, ids: &[CustomerId]) -> Result<Vec<Customer>, Error> {
        cx.require(Action::CustomersRead)?;
        load_all(self.db(), cx.merchant(), ids).await
    }

    /// The customer that a reference names, or `None`.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn customer_find(&self, cx: &Cx, reference: &CustomerRef) -> Result<Option<Customer>, Error> {
        cx.require(Action::CustomersRead)?;
        let id = match reference {
            CustomerRef::Id(id) => match self.customer_resolve(cx, &CustomerPath::Id(*id)).await {
                Err(Error::NotFound(_)) => None,
                resolved => Some(resolved?),
            },
            other => owner(self.db(), cx.merchant(), other.kind(), &other.value()).await?,
        };
        match id {
            None => Ok(None),
            Some(id) => match load(self.db(), cx.merchant(), id).await {
                Err(Error::NotFound(_)) => Ok(None),
                found => found.map(Some),
            },
        }
    }
}

/// A customer of a merchant.
pub(crate) async fn load(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    id: CustomerId,
) -> Result<Customer, Error> {
    load_all(db, merchant, &[id]).await?.pop().ok_or(Error::NotFound(What::Customer))
}

/// Those of these customers that the merchant has, in no particular order.
async fn load_all(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    ids: &[CustomerId],
) -> Result<Vec<Customer>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = CustomerRow::find_by_statement(statement(
        include_str!("../sql/customer.sql"),
        [merchant.uuid().into(), ids.into()],
    ))
    .all(db)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// To whom an identity belongs.
pub(super) async fn owner(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    kind: &str,
    value: &str,
) -> Result<Option<CustomerId>, Error> {
    let id: Option<Uuid> = customer_identity::Entity::find()
        .select_only()
        .column(customer_identity::Column::CustomerId)
        .filter(customer_identity::Column::MerchantId.eq(merchant.uuid()))
        .filter(customer_identity::Column::Kind.eq(kind))
        .filter(customer_identity::Column::Value.eq(value))
        .into_tuple()
        .one(db)
        .await?;
    Ok(id.map(CustomerId::from_uuid))
}

//! A customer in an address.

use std::fmt;
use std::str::FromStr;

use perennial_domain::access::Action;
use perennial_domain::codes::ExternalId;
use perennial_domain::ids::CustomerId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::IdentityKind;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::entity::{customer, customer_identity};
use crate::error::{Error, What};

/// How an address names a customer: by id, or as `ext:` and the id of another system.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CustomerPath {
    /// The id that Perennial gave.
    Id(CustomerId),
    /// The id that another system of the merchant gave.
    ExternalId(ExternalId),
}

/// The text is neither an id nor `ext:` and an external id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither the id of a customer nor ext: and an external id")]
pub struct NotACustomerPath;

impl FromStr for CustomerPath {
    type Err = NotACustomerPath;

    fn from_str(text: &str) -> Result<Self, NotACustomerPath> {
        match text.strip_prefix("ext:") {
            Some(external_id) => {
                ExternalId::new(external_id).map(Self::ExternalId).map_err(|_| NotACustomerPath)
            }
            None => text.parse().map(Self::Id).map_err(|_| NotACustomerPath),
        }
    }
}

impl fmt::Display for CustomerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::ExternalId(id) => write!(f, "ext:{id}"),
        }
    }
}

impl From<CustomerId> for CustomerPath {
    fn from(id: CustomerId) -> Self {
        Self::Id(id)
    }
}

impl Engine {
    /// The id of the customer that an address names; that of an account that was merged into another leads to the other.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a customer of another merchant.
    pub async fn customer_resolve(&self, cx: &Cx, path: &CustomerPath) -> Result<CustomerId, Error> {
        if let (Some(own), CustomerPath::Id(id)) = (cx.customer(), path) {
            return if own == *id { Ok(own) } else { Err(Error::NotFound(What::Customer)) };
        }
        cx.require(Action::CustomersRead)?;
        let merchant = cx.merchant().uuid();
        let found: Option<Uuid> = match path {
            CustomerPath::Id(id) => {
                let row: Option<(Uuid, Option<Uuid>)> = customer::Entity::find_by_id((merchant, id.uuid()))
                    .select_only()
                    .column(customer::Column::Id)
                    .column(customer::Column::MergedInto)
                    .into_tuple()
                    .one(self.db())
                    .await?;
                row.map(|(id, merged_into)| merged_into.unwrap_or(id))
            }
            CustomerPath::ExternalId(external_id) => {
                customer_identity::Entity::find()
                    .select_only()
                    .column(customer_identity::Column::CustomerId)
                    .filter(customer_identity::Column::MerchantId.eq(merchant))
                    .filter(customer_identity::Column::Kind.eq(IdentityKind::ExternalId.as_str()))
                    .filter(customer_identity::Column::Value.eq(external_id.as_str()))
                    .into_tuple()
                    .one(self.db())
                    .await?
            }
        };
        found.map(CustomerId::from_uuid).ok_or(Error::NotFound(What::Customer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_an_id_or_an_external_id() {
        let id = CustomerId::new(1, [1; 10]);
        assert_eq!(id.to_string().parse(), Ok(CustomerPath::Id(id)));
        assert_eq!("ext:crm-17".parse(), Ok(CustomerPath::ExternalId(ExternalId::new("crm-17").unwrap())));
        for text in ["", "crm-17", "ext:", "ext: "] {
            assert_eq!(text.parse::<CustomerPath>(), Err(NotACustomerPath), "{text:?}");
        }
    }
}

//! How a purchase or a claim names its customer.

use serde::{Deserialize, Serialize};

use crate::codes::{CardNumber, Country, Email, ExternalId, Phone};
use crate::error::{Errors, FieldError};
use crate::ids::CustomerId;

/// A customer, named in exactly one way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CustomerRef {
    /// By the id that Perennial gave.
    Id(CustomerId),
    /// By the id that another system of the merchant gave.
    ExternalId(ExternalId),
    /// By e-mail address.
    Email(Email),
    /// By telephone number.
    Phone(Phone),
    /// By loyalty card.
    Card(CardNumber),
}

impl CustomerRef {
    /// The kind of the reference: the field's name in the API, the identity's kind in the database.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Id(_) => "id",
            Self::ExternalId(_) => "external_id",
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
            Self::Card(_) => "card",
        }
    }

    /// The normalised value.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::ExternalId(id) => id.to_string(),
            Self::Email(email) => email.to_string(),
            Self::Phone(phone) => phone.to_string(),
            Self::Card(card) => card.to_string(),
        }
    }
}

/// The customer block of a request; exactly one field is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CustomerInput {
    /// The id that Perennial gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The id that another system of the merchant gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// An e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// A telephone number; without a country it is read as one of the merchant's default country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// A loyalty card's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
}

impl CustomerInput {
    /// Reads the one reference; pointers in errors begin with `pointer`, for example `/customer`.
    pub fn check(&self, pointer: &str, home: Option<&Country>) -> Result<CustomerRef, Vec<FieldError>> {
        let mut errors = Errors::default();
        let at = |field: &str| format!("{pointer}/{field}");
        let reference = match (&self.id, &self.external_id, &self.email, &self.phone, &self.card) {
            (Some(id), None, None, None, None) => match id.parse() {
                Ok(id) => Some(CustomerRef::Id(id)),
                Err(_) => {
                    errors.push(FieldError::new(at("id"), "malformed", "Must be the id of a customer"));
                    None
                }
            },
            (None, Some(id), None, None, None) => {
                errors.keep(&at("external_id"), ExternalId::new(id)).map(CustomerRef::ExternalId)
            }
            (None, None, Some(email), None, None) => {
                errors.keep(&at("email"), Email::new(email)).map(CustomerRef::Email)
            }
            (None, None, None, Some(phone), None) => {
                errors.keep(&at("phone"), Phone::parse(phone, home)).map(CustomerRef::Phone)
            }
            (None, None, None, None, Some(card)) => {
                errors.keep(&at("card"), CardNumber::new(card)).map(CustomerRef::Card)
            }
            _ => {
                errors.push(FieldError::new(
                    pointer,
                    "exactly_one",
                    "Must have exactly one of id, external_id, email, phone and card",
                ));
                None
            }
        };
        errors.finish(reference)
    }
}

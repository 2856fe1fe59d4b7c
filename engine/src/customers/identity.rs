//! What a customer is found by, checked once.

use chrono::NaiveDate;
use perennial_domain::birthday::Birthday;
use perennial_domain::codes::{CardNumber, CodeError, Country, Email, ExternalId, PersonName, Phone};
use perennial_domain::error::FieldError;
use serde::{Deserialize, Serialize};

use super::birthday::unborn;
use crate::wire::given;

/// The kinds of identities, in the order in which they are believed when they disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// The id that another system of the merchant gave.
    ExternalId,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A loyalty card.
    Card,
}

impl IdentityKind {
    /// All of them, in the order in which they are believed.
    pub const ALL: [Self; 4] = [Self::ExternalId, Self::Email, Self::Phone, Self::Card];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExternalId => "external_id",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Card => "card",
        }
    }

    /// Checks and normalises a value; `home` is the country of a telephone number without one.
    pub(crate) fn parse(self, text: &str, home: Option<&Country>) -> Result<String, CodeError> {
        match self {
            Self::ExternalId => ExternalId::new(text).map(Into::into),
            Self::Email => Email::new(text).map(Into::into),
            Self::Phone => Phone::parse(text, home).map(Into::into),
            Self::Card => CardNumber::new(text).map(Into::into),
        }
    }
}

/// A customer to enter; at least one identity is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NewCustomer {
    /// What the customer is called.
    pub name: Option<String>,
    /// The id that another system of the merchant gave.
    pub external_id: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// A telephone number; without a country it is read as one of the merchant's default country.
    pub phone: Option<String>,
    /// A loyalty card's number; never a payment card.
    pub card: Option<String>,
    /// The birthday: month and day such as `05-17`, or with the year `1990-05-17`.
    pub birthday: Option<String>,
}

/// What to change of a customer. What is not given stays; `null` takes it away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CustomerPatch {
    /// What the customer is called.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub name: Option<Option<String>>,
    /// The id that another system of the merchant gave.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub external_id: Option<Option<String>>,
    /// An e-mail address.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub email: Option<Option<String>>,
    /// A telephone number.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub phone: Option<Option<String>>,
    /// A loyalty card's number.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub card: Option<Option<String>>,
    /// The birthday: month and day such as `05-17`, or with the year `1990-05-17`.
    #[serde(deserialize_with = "given")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub birthday: Option<Option<String>>,
}

/// One identity, normalised.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub(super) kind: IdentityKind,
    pub(super) value: String,
}

/// A new customer after its checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CheckedCustomer {
    pub(super) name: Option<String>,
    pub(super) birthday: Option<Birthday>,
    /// At least one, each kind at most once, in the order of [`IdentityKind::ALL`].
    pub(super) identities: Vec<Identity>,
}

impl NewCustomer {
    fn given(&self) -> [(IdentityKind, Option<&str>); 4] {
        [
            (IdentityKind::ExternalId, self.external_id.as_deref()),
            (IdentityKind::Email, self.email.as_deref()),
            (IdentityKind::Phone, self.phone.as_deref()),
            (IdentityKind::Card, self.card.as_deref()),
        ]
    }

    /// Names everything that is wrong; `place` goes before each pointer, `today` is the merchant's.
    pub(super) fn check(
        &self,
        place: &str,
        home: Option<&Country>,
        today: NaiveDate,
    ) -> Result<CheckedCustomer, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = match self.name.as_deref().map(PersonName::new).transpose() {
            Ok(name) => name.map(Into::into),
            Err(error) => {
                errors.push(wrong(format!("{place}/name"), error));
                None
            }
        };
        let birthday = match self.birthday.as_deref().map(|text| born(text, place, today)).transpose() {
            Ok(birthday) => birthday,
            Err(error) => {
                errors.push(error);
                None
            }
        };
        let mut identities = Vec::new();
        for (kind, text) in self.given() {
            let Some(text) = text else { continue };
            match kind.parse(text, home) {
                Ok(value) => identities.push(Identity { kind, value }),
                Err(error) => errors.push(wrong(format!("{place}/{}", kind.as_str()), error)),
            }
        }
        if identities.is_empty() && errors.is_empty() {
            errors.push(FieldError::new(
                place,
                "identity_required",
                "At least one of external_id, email, phone and card is needed to find the customer again",
            ));
        }
        if errors.is_empty() { Ok(CheckedCustomer { name, birthday, identities }) } else { Err(errors) }
    }
}

/// A patch after its checks.
#[derive(Debug, Default)]
pub(super) struct CheckedPatch {
    pub(super) name: Option<Option<String>>,
    pub(super) birthday: Option<Option<Birthday>>,
    pub(super) set: Vec<Identity>,
    pub(super) clear: Vec<IdentityKind>,
}

impl CustomerPatch {
    pub(super) fn check(
        self,
        home: Option<&Country>,
        today: NaiveDate,
    ) -> Result<CheckedPatch, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut checked = CheckedPatch::default();
        match self.name {
            None => {}
            Some(None) => checked.name = Some(None),
            Some(Some(text)) => match PersonName::new(&text) {
                Ok(name) => checked.name = Some(Some(name.into())),
                Err(error) => errors.push(wrong("/name".to_owned(), error)),
            },
        }
        checked.birthday = match self.birthday {
            None => None,
            Some(None) => Some(None),
            Some(Some(text)) => match born(&text, "", today) {
                Ok(birthday) => Some(Some(birthday)),
                Err(error) => {
                    errors.push(error);
                    None
                }
            },
        };
        let fields = [self.external_id, self.email, self.phone, self.card];
        for (kind, field) in IdentityKind::ALL.into_iter().zip(fields) {
            match field {
                None => {}
                Some(None) => checked.clear.push(kind),
                Some(Some(text)) => match kind.parse(&text, home) {
                    Ok(value) => checked.set.push(Identity { kind, value }),
                    Err(error) => errors.push(wrong(format!("/{}", kind.as_str()), error)),
                },
            }
        }
        if errors.is_empty() { Ok(checked) } else { Err(errors) }
    }
}

fn born(text: &str, place: &str, today: NaiveDate) -> Result<Birthday, FieldError> {
    let pointer = format!("{place}/birthday");
    match Birthday::new(text) {
        Ok(birthday) if birthday.is_born_by(today) => Ok(birthday),
        Ok(_) => Err(unborn(pointer)),
        Err(error) => Err(wrong(pointer, error)),
    }
}

fn wrong(pointer: String, error: CodeError) -> FieldError {
    let mut detail = error.to_string();
    if let Some(first) = detail.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    FieldError::new(pointer, error.code(), detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let input = NewCustomer {
            name: Some("\u{7}".to_owned()),
            email: Some("nobody".to_owned()),
            phone: Some("12".to_owned()),
            birthday: Some("2026-11-22".to_owned()),
            ..NewCustomer::default()
        };
        let errors = input.check("/3", None, today()).unwrap_err();
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/3/name", "/3/birthday", "/3/email", "/3/phone"]);
    }

    #[test]
    fn a_customer_needs_an_identity() {
        let input = NewCustomer { name: Some("Maya".to_owned()), ..NewCustomer::default() };
        assert_eq!(input.check("", None, today()).unwrap_err()[0].code, "identity_required");
    }

    fn today() -> NaiveDate {
        "2026-11-21".parse().unwrap()
    }
}

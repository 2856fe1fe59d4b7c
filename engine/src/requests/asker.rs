//! Who asks: a program with a key, or an app with the token of a customer.

use std::fmt;
use std::str::FromStr;

use perennial_domain::ids::{ApiKeyId, CustomerId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::cx::{Actor, Cx};

/// Who has asked, as it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// A program.
    Key(ApiKeyId),
    /// An app, with a token of this customer.
    App(CustomerId),
}

impl Asker {
    /// Who acts in a context; nobody for people at their desk and for the program itself.
    pub(super) fn of(cx: &Cx) -> Option<Self> {
        match cx.actor() {
            Actor::ApiKey { id, .. } => Some(Self::Key(*id)),
            Actor::Customer { id } => Some(Self::App(*id)),
            Actor::Staff { .. } | Actor::System => None,
        }
    }

    /// The key that has asked.
    pub(super) fn key(self) -> Option<ApiKeyId> {
        match self {
            Self::Key(id) => Some(id),
            Self::App(_) => None,
        }
    }

    /// The customer whose app has asked.
    pub(super) fn customer(self) -> Option<CustomerId> {
        match self {
            Self::Key(_) => None,
            Self::App(id) => Some(id),
        }
    }

    /// With which others it is counted.
    pub(super) fn counted(self) -> RequestsOf {
        self.key().map_or(RequestsOf::Apps, RequestsOf::Key)
    }
}

/// Whose requests are counted and looked at together: those of a key, or those of all apps, of whatever customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RequestsOf {
    /// Those of a key.
    Key(ApiKeyId),
    /// Those of apps, with tokens of customers.
    Apps,
}

/// The word for [`RequestsOf::Apps`].
const APPS: &str = "apps";

impl RequestsOf {
    /// As it is stored: no key has the nil id.
    pub(super) fn uuid(self) -> Uuid {
        match self {
            Self::Key(id) => id.uuid(),
            Self::Apps => Uuid::nil(),
        }
    }
}

impl From<Uuid> for RequestsOf {
    fn from(id: Uuid) -> Self {
        if id.is_nil() { Self::Apps } else { Self::Key(ApiKeyId::from_uuid(id)) }
    }
}

/// The text is neither the id of a key nor `apps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of a key, or apps")]
pub struct UnknownAsker;

impl FromStr for RequestsOf {
    type Err = UnknownAsker;

    fn from_str(text: &str) -> Result<Self, UnknownAsker> {
        match text {
            APPS => Ok(Self::Apps),
            id => id.parse().map(Self::Key).map_err(|_| UnknownAsker),
        }
    }
}

impl TryFrom<String> for RequestsOf {
    type Error = UnknownAsker;

    fn try_from(text: String) -> Result<Self, UnknownAsker> {
        text.parse()
    }
}

impl From<RequestsOf> for String {
    fn from(of: RequestsOf) -> Self {
        of.to_string()
    }
}

impl fmt::Display for RequestsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => fmt::Display::fmt(id, f),
            Self::Apps => f.write_str(APPS),
        }
    }
}

/// Who has asked, as the log shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestBy {
    /// A program with a key.
    Key {
        /// The key.
        id: ApiKeyId,
        /// What the merchant calls it.
        name: String,
        /// How its secret begins.
        prefix: String,
    },
    /// An app with a token.
    App {
        /// The customer whose token it was.
        customer: CustomerId,
    },
}

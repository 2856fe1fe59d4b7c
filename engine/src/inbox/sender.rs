//! In whose name an event has its effect.

use perennial_domain::access::{Action, Role, Scope};
use perennial_domain::ids::{ApiKeyId, MerchantId, RetailerId, StaffId};
use serde::{Deserialize, Serialize};

use crate::cx::{Actor, Cx};
use crate::error::Error;

/// Who sent an event, as it was when it came. A key that is revoked meanwhile does not take back what it has sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub(super) enum Sender {
    /// A program with an API key.
    Key {
        id: ApiKeyId,
        name: String,
        /// The only retailer that it may tell of.
        retailer: Option<RetailerId>,
        /// Whether it may tell of purchases of any age.
        backdate: bool,
    },
    /// A person of the merchant.
    Staff { id: StaffId, name: String, role: Role },
    /// The bus, which the operator of the installation has connected.
    Bus,
}

impl Sender {
    /// Takes down who sends.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for customers, who send no events.
    pub(super) fn of(cx: &Cx) -> Result<Self, Error> {
        match cx.actor() {
            Actor::ApiKey { id, name, retailer, .. } => Ok(Self::Key {
                id: *id,
                name: name.clone(),
                retailer: *retailer,
                backdate: cx.may(Action::PurchasesBackdate),
            }),
            Actor::Staff { id, name, role } => Ok(Self::Staff { id: *id, name: name.clone(), role: *role }),
            Actor::System => Ok(Self::Bus),
            Actor::Customer { .. } => Err(Error::Forbidden(Action::EventsWrite)),
        }
    }

    /// The context in which the event has its effect. To send events is to be allowed what they cause.
    pub(super) fn cx(self, merchant: MerchantId) -> Cx {
        match self {
            Self::Key { id, name, retailer, backdate } => {
                let mut scopes = vec![Scope::PurchasesWrite, Scope::CustomersWrite];
                scopes.extend(backdate.then_some(Scope::Backdate));
                Cx::new(merchant, Actor::ApiKey { id, name, scopes, retailer })
            }
            Self::Staff { id, name, role } => Cx::new(merchant, Actor::Staff { id, name, role }),
            Self::Bus => Cx::system(merchant),
        }
    }
}

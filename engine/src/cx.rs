//! Who acts, and for which merchant.

use perennial_domain::access::{self, Action, Role, Scope};
use perennial_domain::ids::{ApiKeyId, CustomerId, MerchantId, RetailerId, StaffId};
use uuid::Uuid;

use crate::error::{Error, What};

/// The context of an operation: the merchant and the actor, both taken from a credential.
///
/// It is the only source of the tenant: no operation reads a merchant from its input. Outside the engine it comes
/// from [`Engine::authenticate`](crate::Engine::authenticate), [`Engine::staff_cx`](crate::Engine::staff_cx),
/// [`Engine::customer_cx`](crate::Engine::customer_cx) and, for the command line, [`Cx::system`].
#[derive(Clone, Debug)]
pub struct Cx {
    merchant: MerchantId,
    actor: Actor,
    till: Option<Till>,
}

/// The till at which somebody of the staff stands.
#[derive(Clone, Copy, Debug)]
struct Till {
    /// Its store, once that is chosen.
    retailer: Option<RetailerId>,
}

/// Who acts.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A program with an API key.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// Its name, as the merchant gave it.
        name: String,
        /// What it may do.
        scopes: Vec<Scope>,
        /// The only retailer it may post purchases for.
        retailer: Option<RetailerId>,
    },
    /// A person of the merchant.
    Staff {
        /// The person.
        id: StaffId,
        /// The name.
        name: String,
        /// The role at this merchant.
        role: Role,
    },
    /// A customer, who sees what is the customer's own and nothing else.
    Customer {
        /// The customer.
        id: CustomerId,
    },
    /// The command line and the workers.
    System,
}

impl Cx {
    pub(crate) fn new(merchant: MerchantId, actor: Actor) -> Self {
        Self { merchant, actor, till: None }
    }

    /// Acts as the operator of the installation, who may do everything.
    #[must_use]
    pub fn system(merchant: MerchantId) -> Self {
        Self::new(merchant, Actor::System)
    }

    /// The same person at the till of a store, which may be chosen later: may do there what
    /// [`till_allows`](access::till_allows), and like a key that is bound to a retailer in that store only.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever may not stand at a till, and for all who are no staff.
    pub fn at_till(&self, retailer: Option<RetailerId>) -> Result<Self, Error> {
        match self.actor {
            Actor::Staff { role, .. } if access::allows(role, Action::TillPage) => {
                Ok(Self { till: Some(Till { retailer }), ..self.clone() })
            }
            _ => Err(Error::Forbidden(Action::TillPage)),
        }
    }

    /// The merchant that everything happens within.
    #[must_use]
    pub fn merchant(&self) -> MerchantId {
        self.merchant
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether the actor may do this.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        if let Some(till) = self.till {
            return access::till_allows(till.retailer.is_some(), action);
        }
        match &self.actor {
            Actor::ApiKey { scopes, .. } => access::scope_allows(scopes, action),
            Actor::Staff { role, .. } => access::allows(*role, action),
            Actor::Customer { .. } => false,
            Actor::System => true,
        }
    }

    /// Refuses unless the actor may do this; the first line of every operation.
    ///
    /// # Errors
    /// [`Error::Forbidden`] with the action.
    pub fn require(&self, action: Action) -> Result<(), Error> {
        if self.may(action) { Ok(()) } else { Err(Error::Forbidden(action)) }
    }

    /// Like [`require`](Self::require), for what a customer may also do with what is the customer's own.
    ///
    /// # Errors
    /// [`Error::NotFound`] when a customer asks for somebody else, as if there were nobody else;
    /// [`Error::Forbidden`] for all other actors that may not.
    pub fn require_for(&self, action: Action, customer: CustomerId) -> Result<(), Error> {
        match &self.actor {
            Actor::Customer { id } if *id == customer => Ok(()),
            Actor::Customer { .. } => Err(Error::NotFound(What::Customer)),
            _ => self.require(action),
        }
    }

    /// The retailer that an API key is bound to, or at whose till somebody stands.
    #[must_use]
    pub fn retailer(&self) -> Option<RetailerId> {
        match &self.actor {
            Actor::ApiKey { retailer, .. } => *retailer,
            _ => self.till.and_then(|till| till.retailer),
        }
    }

    /// The customer that acts, when it is one.
    #[must_use]
    pub fn customer(&self) -> Option<CustomerId> {
        match &self.actor {
            Actor::Customer { id } => Some(*id),
            _ => None,
        }
    }

    /// The customer that acts.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when it is anybody else: what is a customer's own is not for others.
    pub fn require_customer(&self) -> Result<CustomerId, Error> {
        self.customer().ok_or(Error::Forbidden(Action::CustomersRead))
    }

    /// The actor in one word or name, for "created by".
    #[must_use]
    pub fn actor_name(&self) -> &str {
        match &self.actor {
            Actor::ApiKey { name, .. } | Actor::Staff { name, .. } => name,
            Actor::Customer { .. } => "customer",
            Actor::System => "system",
        }
    }
}

/// Who did something, for what keeps that in words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct By {
    /// The kind of actor: `key`, `staff`, `customer` or `system`.
    pub actor: &'static str,
    /// Which of them.
    pub id: Option<Uuid>,
    /// What they are called.
    pub name: String,
}

impl From<&Cx> for By {
    fn from(cx: &Cx) -> Self {
        let (actor, id) = match cx.actor() {
            Actor::ApiKey { id, .. } => ("key", Some(id.uuid())),
            Actor::Staff { id, .. } => ("staff", Some(id.uuid())),
            Actor::Customer { id } => ("customer", Some(id.uuid())),
            Actor::System => ("system", None),
        };
        Self { actor, id, name: cx.actor_name().to_owned() }
    }
}

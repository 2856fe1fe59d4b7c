//! The events that Perennial listens to.

use std::fmt;
use std::str::FromStr;

/// What an event is about: the `type` of its envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// A purchase; `data` is the body of `POST /purchases`.
    OrderCompleted,
    /// A return; `data` is the body of `POST /returns`.
    OrderReturned,
    /// A new customer; `data` is the body of `POST /customers`.
    CustomerRegistered,
    /// A purchase as shops tell it that know nothing of Perennial: `id`, `customerId`, `merchantId`, `productId`,
    /// `amount`. An adapter makes a purchase of it.
    OrderPlaced,
}

/// The text names no event that is listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of order.completed, order.returned, customer.registered, order.placed.v1")]
pub struct UnknownEventType;

impl EventType {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::OrderCompleted, Self::OrderReturned, Self::CustomerRegistered, Self::OrderPlaced];

    /// The word in `type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderCompleted => "order.completed",
            Self::OrderReturned => "order.returned",
            Self::CustomerRegistered => "customer.registered",
            Self::OrderPlaced => "order.placed.v1",
        }
    }
}

impl FromStr for EventType {
    type Err = UnknownEventType;

    fn from_str(text: &str) -> Result<Self, UnknownEventType> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownEventType)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

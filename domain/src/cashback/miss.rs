//! Why an offer gave nothing, with the facts that say so.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::ids::OfferId;
use crate::money::{Amount, Currency, format_amount};
use crate::written::moment;

/// Why an offer gave nothing for a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum OfferMissReason {
    /// It is switched off.
    Inactive,
    /// It had not begun.
    NotStarted {
        /// When it begins, by the merchant's clocks.
        starts_at: NaiveDateTime,
    },
    /// It was over.
    Over {
        /// When it ended, by the merchant's clocks.
        expires_at: NaiveDateTime,
    },
    /// Nothing that it is about was bought and paid for.
    NoMatchingLine,
    /// Its part of what was paid is below one minor unit on every line.
    TooSmall,
    /// The customer has had all that it gives in a month.
    MonthUsedUp {
        /// The most that it gives in a month.
        cap: Amount,
        /// The currency of it.
        currency: Currency,
    },
    /// Offers count one at a time, and another one gave more.
    NotBest {
        /// Which.
        offer_id: OfferId,
        /// What that is called.
        name: String,
    },
}

impl OfferMissReason {
    /// The reason in a plain sentence without a full stop.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Inactive => "Switched off".to_owned(),
            Self::NotStarted { starts_at } => format!("Starts on {}", moment(*starts_at)),
            Self::Over { expires_at } => format!("Was over on {}", moment(*expires_at)),
            Self::NoMatchingLine => "No line matches".to_owned(),
            Self::TooSmall => "Too little was paid for any cashback".to_owned(),
            Self::MonthUsedUp { cap, currency } => {
                format!("All {} of this month have been given", format_amount(*cap, *currency))
            }
            Self::NotBest { name, .. } => format!("Offers count one at a time, and “{name}” gave more"),
        }
    }
}

//! Identifiers: one newtype per kind, so that they cannot be mixed up.
//!
//! All of them are UUIDs of version 7, which sort by the time at which they were made. The domain has neither
//! a clock nor randomness; whoever makes an id brings both.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct IdError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new id from the time in Unix milliseconds and fresh random bytes.
            #[must_use]
            pub fn new(unix_millis: u64, random: [u8; 10]) -> Self {
                Self(Builder::from_unix_timestamp_millis(unix_millis, &random).into_uuid())
            }

            /// Wraps an id that was stored before.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID, as databases store it.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::try_parse(text).map(Self).map_err(|_| IdError)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Uuid {
                id.0
            }
        }
    };
}

id!(
    /// A merchant: the tenant.
    MerchantId
);
id!(
    /// A participating store of a merchant.
    RetailerId
);
id!(
    /// A product in a merchant's catalogue.
    ProductId
);
id!(
    /// A customer in a merchant's program.
    CustomerId
);
id!(
    /// A promotion, with all its versions.
    PromotionId
);
id!(
    /// A purchase; also the posting that credits it.
    PurchaseId
);
id!(
    /// An API key.
    ApiKeyId
);
id!(
    /// A token with which an app speaks for a customer.
    CustomerTokenId
);
id!(
    /// A member of a merchant's staff.
    StaffId
);
id!(
    /// A claim that was made; also the posting that credits it.
    ClaimId
);
id!(
    /// A cashback offer.
    OfferId
);
id!(
    /// A reward in the catalogue.
    RewardId
);
id!(
    /// A redemption: a customer's claim of a reward; also the posting that books it.
    RedemptionId
);
id!(
    /// A voucher.
    VoucherId
);
id!(
    /// A tier of a merchant's ladder.
    TierId
);
id!(
    /// A reward policy.
    PolicyId
);
id!(
    /// Something that a policy gave to somebody.
    AwardId
);
id!(
    /// An endpoint that hears events of a merchant.
    WebhookId
);
id!(
    /// An event for one of these endpoints.
    WebhookDeliveryId
);

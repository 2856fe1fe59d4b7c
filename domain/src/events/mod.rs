//! Events: what happens in a program, in words that other systems and customers are told.
//!
//! [`EventKind`] is the closed list; the [catalogue](EventKind::entry) says of each kind when it happens and what it
//! carries, and the docs are generated from it. What an event carries are ids, numbers and names that the merchant
//! gave; never personal data, and never a code that is worth something to whoever reads it.

mod catalogue;

pub use catalogue::{Entry, Field, markdown};

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text is not a kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of event")]
pub struct UnknownEventKind;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EventKind {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl EventKind {
            /// Every kind, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word on the wire and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

kinds! {
    /// A purchase earned points.
    PointsCredited = "points.credited",
    /// Points that waited can be spent.
    PointsMatured = "points.matured",
    /// A return took back what a purchase had earned.
    PointsReversed = "points.reversed",
    /// Points that nobody spent in time are gone.
    PointsExpired = "points.expired",
    /// The staff gave or took points.
    PointsAdjusted = "points.adjusted",
    /// A reward policy gave points, or took them back.
    PointsAwarded = "points.awarded",
    /// Points will be gone soon.
    PointsExpiring = "points.expiring",
    /// A reward policy gave referral credits, or took them back.
    CreditsAwarded = "credits.awarded",
    /// A purchase of nobody known waits to be claimed.
    PurchaseUnclaimed = "purchase.unclaimed",
    /// Somebody claimed it.
    PurchaseClaimed = "purchase.claimed",
    /// Something of a purchase came back.
    PurchaseReturned = "purchase.returned",
    /// A customer's tier is another one.
    TierChanged = "tier.changed",
    /// A purchase gave cashback.
    CashbackCredited = "cashback.credited",
    /// A reward policy gave cashback, or took it back.
    CashbackAwarded = "cashback.awarded",
    /// A return took cashback back.
    CashbackReversed = "cashback.reversed",
    /// Cashback that nobody spent in time is gone.
    CashbackExpired = "cashback.expired",
    /// Points were spent on a reward, or are held for it.
    RewardRedeemed = "reward.redeemed",
    /// A redemption came to another state.
    RedemptionChanged = "redemption.changed",
    /// A customer has a voucher.
    VoucherGiven = "voucher.given",
    /// It was used.
    VoucherUsed = "voucher.used",
    /// Somebody joined the program.
    CustomerCreated = "customer.created",
    /// Somebody left the program, and everything personal was deleted.
    CustomerErased = "customer.erased",
    /// Another account of the same person was merged into this one.
    CustomerMerged = "customer.merged",
    /// A friend joined by a customer's code.
    ReferralRegistered = "referral.registered",
    /// The friend has bought for the first time.
    ReferralQualified = "referral.qualified",
    /// The customer was rewarded for it.
    ReferralRewarded = "referral.rewarded",
    /// The friend's first purchase came back, before anything was given for it or after.
    ReferralReversed = "referral.reversed",
    /// It does not count.
    ReferralRejected = "referral.rejected",
}

impl EventKind {
    /// Whether the customer finds it in the list of notifications.
    ///
    /// What a customer has just done, and what every purchase brings, is in the history of the account and not told
    /// again.
    #[must_use]
    pub const fn is_told(self) -> bool {
        matches!(
            self,
            Self::PointsMatured
                | Self::PointsExpired
                | Self::PointsAdjusted
                | Self::PointsAwarded
                | Self::PointsExpiring
                | Self::CreditsAwarded
                | Self::PurchaseReturned
                | Self::TierChanged
                | Self::CashbackAwarded
                | Self::CashbackExpired
                | Self::RedemptionChanged
                | Self::VoucherGiven
                | Self::CustomerCreated
                | Self::CustomerMerged
                | Self::ReferralRegistered
                | Self::ReferralQualified
                | Self::ReferralRewarded
                | Self::ReferralReversed
        )
    }

    /// Whether an open page says it when it happens: what is told, and the cashback of a purchase, which somebody waits for and
    /// finds in the wallet.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        self.is_told() || matches!(self, Self::CashbackCredited)
    }

    /// Whether a customer finds it anywhere: not what is nobody's yet or nobody's any more, nor what the merchant thinks of
    /// a friend.
    #[must_use]
    pub const fn is_customers(self) -> bool {
        !matches!(self, Self::PurchaseUnclaimed | Self::CustomerErased | Self::ReferralRejected)
    }

    /// The kinds that an open page says.
    pub fn all_shown() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| kind.is_shown())
    }

    /// The kinds of the list of notifications.
    pub fn all_told() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| kind.is_told())
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventKind {
    type Err = UnknownEventKind;

    fn from_str(text: &str) -> Result<Self, UnknownEventKind> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or(UnknownEventKind)
    }
}

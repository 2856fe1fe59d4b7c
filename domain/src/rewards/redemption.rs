//! The life of a redemption: reserved and captured, or at once; then perhaps prepared and sent.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::transition::{Refused, Step, UnknownState};

/// Where a redemption is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RedemptionState {
    /// The points are held until it is captured, released, or its time is over.
    Reserved,
    /// The points are spent. A redemption in one phase begins here.
    Captured,
    /// People are preparing what was redeemed.
    Preparing,
    /// It is on its way.
    Shipped,
    /// The customer has it: it was handed over, or its voucher was used.
    Fulfilled,
    /// It was let go before it was captured; the points are back.
    Released,
    /// It was cancelled while unused; the points are back.
    Cancelled,
    /// It was taken back after it was used, with a returned purchase or by the merchant; the points are back.
    Reversed,
}

/// What can happen to a redemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RedemptionEvent {
    /// The points that are held are spent.
    Capture,
    /// The points that are held are let go: on request, or because the time is over.
    Release,
    /// Somebody begins to prepare it.
    Prepare,
    /// It is sent.
    Ship,
    /// The customer gets it, or uses its voucher.
    Fulfil,
    /// It is cancelled. Before it is captured, that is a release.
    Cancel,
    /// It is taken back after it was used, or on its way.
    Reverse,
    /// The purchase in which its voucher was used was returned, and the voucher can be used once more.
    Restore,
}

/// Where the points of a redemption are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PointsPlace {
    /// On the customer's reserved account.
    Held,
    /// With the merchant.
    Spent,
    /// Back with the customer, in the lots they came from.
    Back,
}

impl RedemptionEvent {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Capture,
        Self::Release,
        Self::Prepare,
        Self::Ship,
        Self::Fulfil,
        Self::Cancel,
        Self::Reverse,
        Self::Restore,
    ];

    const fn participle(self) -> &'static str {
        match self {
            Self::Capture => "captured",
            Self::Release => "released",
            Self::Prepare => "prepared",
            Self::Ship => "shipped",
            Self::Fulfil => "fulfilled",
            Self::Cancel => "cancelled",
            Self::Reverse => "reversed",
            Self::Restore => "restored",
        }
    }
}

impl RedemptionState {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 8] = [
        Self::Reserved,
        Self::Captured,
        Self::Preparing,
        Self::Shipped,
        Self::Fulfilled,
        Self::Released,
        Self::Cancelled,
        Self::Reversed,
    ];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Captured => "captured",
            Self::Preparing => "preparing",
            Self::Shipped => "shipped",
            Self::Fulfilled => "fulfilled",
            Self::Released => "released",
            Self::Cancelled => "cancelled",
            Self::Reversed => "reversed",
        }
    }

    /// What an event does. Steps of fulfilment may be skipped, never walked backwards, except by a voucher that comes back
    /// with its purchase: its redemption is as unused as before.
    pub const fn after(self, event: RedemptionEvent) -> Result<Step<Self>, Refused> {
        use RedemptionEvent as E;
        match (self, event) {
            (Self::Reserved, E::Capture) => Ok(Step::To(Self::Captured)),
            (Self::Reserved, E::Release | E::Cancel) => Ok(Step::To(Self::Released)),
            (Self::Captured, E::Prepare) => Ok(Step::To(Self::Preparing)),
            (Self::Captured | Self::Preparing, E::Ship) => Ok(Step::To(Self::Shipped)),
            (Self::Captured | Self::Preparing | Self::Shipped, E::Fulfil) => Ok(Step::To(Self::Fulfilled)),
            (Self::Captured | Self::Preparing, E::Cancel) => Ok(Step::To(Self::Cancelled)),
            (Self::Shipped | Self::Fulfilled, E::Reverse) => Ok(Step::To(Self::Reversed)),
            (Self::Fulfilled, E::Restore) => Ok(Step::To(Self::Captured)),
            (Self::Captured, E::Capture | E::Restore)
            | (Self::Preparing, E::Prepare)
            | (Self::Shipped, E::Ship)
            | (Self::Fulfilled, E::Fulfil)
            | (Self::Released, E::Release | E::Cancel)
            | (Self::Cancelled, E::Cancel)
            | (Self::Reversed, E::Reverse) => Ok(Step::Stay),
            (Self::Reserved, E::Prepare | E::Ship | E::Fulfil | E::Reverse | E::Restore)
            | (Self::Captured, E::Release | E::Reverse)
            | (Self::Preparing, E::Capture | E::Release | E::Reverse | E::Restore)
            | (Self::Shipped | Self::Fulfilled, E::Capture | E::Release | E::Prepare | E::Cancel)
            | (Self::Shipped, E::Restore)
            | (Self::Fulfilled, E::Ship)
            | (Self::Released, E::Capture | E::Prepare | E::Ship | E::Fulfil | E::Reverse | E::Restore)
            | (
                Self::Cancelled,
                E::Capture | E::Release | E::Prepare | E::Ship | E::Fulfil | E::Reverse | E::Restore,
            )
            | (
                Self::Reversed,
                E::Capture | E::Release | E::Prepare | E::Ship | E::Fulfil | E::Cancel | E::Restore,
            ) => Err(Refused { what: "redemption", state: self.as_str(), event: event.participle() }),
        }
    }

    /// The state at an instant: what is held beyond its time is released, whether a worker was there or not.
    ///
    /// A capture must ask this state, so that points that a customer is told to have back are not spent.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>, held_until: Option<DateTime<Utc>>) -> Self {
        match self {
            Self::Reserved if held_until.is_some_and(|held_until| now >= held_until) => Self::Released,
            state => state,
        }
    }

    /// Where its points are.
    #[must_use]
    pub const fn points(self) -> PointsPlace {
        match self {
            Self::Reserved => PointsPlace::Held,
            Self::Captured | Self::Preparing | Self::Shipped | Self::Fulfilled => PointsPlace::Spent,
            Self::Released | Self::Cancelled | Self::Reversed => PointsPlace::Back,
        }
    }

    /// Whether it counts towards how many one customer can have: while the points are not back.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self.points(), PointsPlace::Back)
    }

    /// Whether one of the stock is taken: until it is let go unused. What was used does not come back.
    #[must_use]
    pub const fn takes_stock(self) -> bool {
        !matches!(self, Self::Released | Self::Cancelled)
    }
}

impl FromStr for RedemptionState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownState)
    }
}

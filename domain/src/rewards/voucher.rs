//! The life of a voucher.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::transition::{Refused, Step, UnknownState};
use crate::calendar::end_of_day_after;
use crate::codes::Zone;

/// Where a voucher is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum VoucherState {
    /// It can be used.
    Issued,
    /// A purchase that is not complete holds it; nobody else can use it meanwhile.
    Reserved,
    /// It was used.
    Used,
    /// It was taken back unused, and what was paid for it was given back.
    Cancelled,
    /// It was not used in time.
    Expired,
    /// It was used in a purchase that was returned, and what was paid for it was given back.
    Reversed,
}

/// What can happen to a voucher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VoucherEvent {
    /// A purchase takes hold of it.
    Reserve,
    /// The purchase lets go of it.
    Release,
    /// It is used.
    Use,
    /// It is taken back unused.
    Cancel,
    /// Its time is over.
    Expire,
    /// The purchase in which it was used was returned, and it can be used once more.
    Restore,
    /// The purchase in which it was used was returned, and what was paid for it is given back.
    Reverse,
}

impl VoucherEvent {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Reserve, Self::Release, Self::Use, Self::Cancel, Self::Expire, Self::Restore, Self::Reverse];

    const fn participle(self) -> &'static str {
        match self {
            Self::Reserve => "reserved",
            Self::Release => "released",
            Self::Use => "used",
            Self::Cancel => "cancelled",
            Self::Expire => "expired",
            Self::Restore => "restored",
            Self::Reverse => "reversed",
        }
    }
}

impl VoucherState {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 6] =
        [Self::Issued, Self::Reserved, Self::Used, Self::Cancelled, Self::Expired, Self::Reversed];

    /// The word for it in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Reserved => "reserved",
            Self::Used => "used",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Reversed => "reversed",
        }
    }

    /// What an event does. Using a voucher twice is refused, not repeated: it is good for one purchase only.
    ///
    /// A reserved voucher neither expires nor can it be cancelled; once it is released, both can happen.
    pub const fn after(self, event: VoucherEvent) -> Result<Step<Self>, Refused> {
        use VoucherEvent as E;
        match (self, event) {
            (Self::Issued, E::Reserve) => Ok(Step::To(Self::Reserved)),
            (Self::Reserved, E::Release) | (Self::Used, E::Restore) => Ok(Step::To(Self::Issued)),
            (Self::Issued | Self::Reserved, E::Use) => Ok(Step::To(Self::Used)),
            (Self::Issued, E::Cancel) => Ok(Step::To(Self::Cancelled)),
            (Self::Issued, E::Expire) => Ok(Step::To(Self::Expired)),
            (Self::Used, E::Reverse) => Ok(Step::To(Self::Reversed)),
            (Self::Issued, E::Release | E::Restore)
            | (Self::Cancelled, E::Cancel)
            | (Self::Expired, E::Expire)
            | (Self::Reversed, E::Reverse) => Ok(Step::Stay),
            (Self::Issued, E::Reverse)
            | (Self::Reserved, E::Reserve | E::Cancel | E::Expire | E::Restore | E::Reverse)
            | (Self::Used, E::Reserve | E::Release | E::Use | E::Cancel | E::Expire)
            | (Self::Cancelled, E::Reserve | E::Release | E::Use | E::Expire | E::Restore | E::Reverse)
            | (Self::Expired, E::Reserve | E::Release | E::Use | E::Cancel | E::Restore | E::Reverse)
            | (Self::Reversed, E::Reserve | E::Release | E::Use | E::Cancel | E::Expire | E::Restore) => {
                Err(Refused { what: "voucher", state: self.as_str(), event: event.participle() })
            }
        }
    }

    /// The state at an instant: a voucher whose time is over is expired, whether a worker was there or not.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>, expires_at: Option<DateTime<Utc>>) -> Self {
        match self {
            Self::Issued if expires_at.is_some_and(|expires_at| now >= expires_at) => Self::Expired,
            state => state,
        }
    }
}

impl FromStr for VoucherState {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(UnknownState)
    }
}

/// The first instant at which a voucher of an instant, good for so many days, cannot be used any more: the end
/// of the local day of the merchant. `None` when it never expires.
#[must_use]
pub fn voucher_expiry(
    issued_at: DateTime<Utc>,
    valid_days: Option<u16>,
    zone: Zone,
) -> Option<DateTime<Utc>> {
    valid_days.map(|days| end_of_day_after(issued_at, days, zone))
}

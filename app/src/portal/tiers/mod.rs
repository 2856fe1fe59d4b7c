//! The tiers of the merchant: where the customer stands, and what each of them brings.

mod card;
#[cfg(feature = "ssr")]
pub(super) mod page;
#[cfg(feature = "ssr")]
pub(super) mod words;

pub use card::StandingView;
pub(super) use card::TierCard;

//! Rewards: what a customer can have for points, the redemption of one, and the voucher that proves it.
//!
//! [`RewardInput`] is what people and programs write, [`RewardTerms`] the same once it is checked.
//! [`eligibility`](mod@eligibility) says whether a customer can have it now, and if not, everything that is missing. A
//! [`Redemption`](RedemptionState) and a [`Voucher`](VoucherState) go through their states by total functions:
//! what can happen next is decided here and nowhere else.

mod check;
mod eligibility;
mod input;
mod redemption;
mod sentence;
mod terms;
mod transition;
mod voucher;

pub use eligibility::{Eligibility, RewardMiss, RewardMissReason, Standing, eligibility};
pub use input::{CostInput, RewardInput, ValueInput, VariableCostInput};
pub use redemption::{PointsPlace, RedemptionEvent, RedemptionState};
pub use sentence::sentence;
pub use terms::{CostError, PointsCost, RewardKind, RewardTerms, VariableCost};
pub use transition::{Refused, Step, UnknownState};
pub use voucher::{VoucherEvent, VoucherState, voucher_expiry};

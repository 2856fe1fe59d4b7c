//! Rewards: what customers can have for points, from the catalogue to the till.
//!
//! ```text
//! reward ─redeem─▶ redemption: reserved ─capture─▶ captured ─▶ voucher ─use─▶ fulfilled
//!                       │                             │  └──▶ preparing ─▶ shipped ─▶ fulfilled   (by people)
//!                       └─ release, time over ─┐      └─ cancel while unused ─┐
//!                                              └──── points into the same lots, one more in stock
//! ```
//! What can happen next is decided by the domain; here it happens once. Everybody who changes something locks in the same
//! order: the reward, its vouchers, the redemption, the customer's balance. So the last item goes to exactly one, a voucher
//! is used by exactly one, and a hold ends in exactly one way, however many come at once.
//!
//! - [`catalogue`] is what the merchant writes, [`codes`] the pools of codes that came from elsewhere;
//! - [`redeem`] takes the points, [`life`] goes on from there, [`give_back`] undoes it;
//! - [`guessing`] slows down whoever tries codes, [`counts`] tells how often a reward was had;
//! - [`read`] shows redemptions, [`vouchers`] shows and uses vouchers, [`offers`] says what a customer can have, [`shelf`] in
//!   which order;
//! - [`due`] is the job for what time alone ends, [`returned`] for what becomes of the vouchers of a returned purchase,
//!   [`merge`] of what two customers have of whom one goes on.

mod catalogue;
mod codes;
mod counts;
mod due;
mod give_back;
mod guessing;
mod life;
pub(crate) mod merge;
mod offers;
mod read;
mod redeem;
mod returned;
mod shelf;
mod step;
mod tiers;
mod vouchers;

use uuid::{Builder, Uuid};

use crate::engine::Engine;
use crate::statement::statement;

pub use catalogue::Reward;
pub(crate) use catalogue::reward;
pub use codes::{CODES_MAX, CodeCounts, CodesAdded};
pub use counts::RewardCounts;
pub use due::RewardsRound;
pub(crate) use due::run;
pub(crate) use guessing::UNKNOWN as VOUCHER_UNKNOWN;
pub use life::Stage;
pub use offers::RewardOffer;
pub use read::{IssuedVoucher, Redemption, RedemptionBalance, RedemptionFilter, RedemptionStep, RewardName};
pub use redeem::{HOLD_SECONDS_MAX, NewRedemption, Redeemed};
pub use returned::RewardReturned;
pub(crate) use returned::{ReturnedVouchers, given_back};
pub(crate) use vouchers::worth_of;
pub use vouchers::{Voucher, Worth};

/// Prove what is stored here; see [`crate::reconcile`].
pub(crate) const RECONCILE_I4: &str = include_str!("sql/reconcile_i4.sql");
/// The same of stocks and pools.
pub(crate) const RECONCILE_I6: &str = include_str!("sql/reconcile_i6.sql");
/// The same of holds and vouchers.
pub(crate) const RECONCILE_I8: &str = include_str!("sql/reconcile_i8.sql");

impl Engine {
    /// A new id: of a row, and of the posting that goes with it.
    fn new_reward_id(&self) -> Uuid {
        let (millis, random) = self.id_parts();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

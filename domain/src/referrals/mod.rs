//! Referrals: who recommended whom, what that has come to, and whether it is to be believed.
//!
//! ```text
//!             first purchase          the first award is paid
//! registered ───────────────▶ qualified ───────────────────▶ rewarded
//!     │                        │     │                          │
//!     │ rejected by a person   │     └── returned in full ──────┤
//!     ▼                        ▼                                ▼
//!  rejected ◀──────────────────┘                            reversed
//! ```
//! - [`ReferralState`] and [`ReferralEvent`] are this machine; [`Review`] is what people think of it, beside it;
//! - [`Evidence`] is what is known of a friend and an advocate, [`risk`](fn@risk) the reasons to doubt that it gives,
//!   [`Verdict`] what becomes of the referral;
//! - [`same_mailbox`] tells aliases of one e-mail address;
//! - [`Touch`] is a link that was followed, [`attribute`] says which of two counts;
//! - [`ReferralPolicy`] is what the merchant sets, [`Origin`] where a link may lead.

mod alias;
mod policy;
mod risk;
mod state;
mod target;
mod touch;

pub use alias::same_mailbox;
pub use policy::{
    MAX_ATTRIBUTION_DAYS, MAX_HOLD_DAYS, MAX_ORIGINS, MAX_TARGETS, ReferralPolicy, ReferralPolicyPatch,
    SamePerson, TouchModel, UnknownReferralWord,
};
pub use risk::{Evidence, Risk, RiskReason, Verdict, risk, verdict};
pub use state::{CameBy, ReferralEvent, ReferralState, Review, UnknownReferralState};
pub use target::{Origin, SharingTarget, Target, leads_to, link_path};
pub use touch::{Touch, attribute, counts};

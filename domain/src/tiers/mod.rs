//! Tiers: what they ask for and bring, who reaches one, and who keeps it.
//!
//! [`TierInput`] is what people and programs write, [`TierTerms`] the same once it is checked, a [`Ladder`] all of
//! a merchant's tiers in order. [`TierPolicy`] says what counts and when. A customer's [`Membership`] is moved by
//! three functions only:
//!
//! ```text
//!   time and purchases   assess    up at once; down when the period is over, after grace
//!   staff                promote, demote, pin
//!   an edited ladder     impact    who would move where, and why
//! ```
//!
//! All dates are those of the merchant's zone. Each of the functions gives the membership as it is afterwards and
//! says whether the tier changed: a customer is told of a change and of nothing else.

mod assess;
mod impact;
mod ladder;
mod manual;
mod membership;
mod policy;
mod progress;
mod terms;
mod window;

pub use assess::{Progress, Spans, assess, spans};
pub use impact::impact;
pub use ladder::{Ladder, LadderError, MAX_TIERS, Tier};
pub use manual::{MAX_PIN_YEARS, ManualMoveError, demote, pin, promote};
pub use membership::{Assessment, ManualMove, Membership, Move, MoveReason, Situation};
pub use policy::{
    Demotion, MAX_GRACE_DAYS, MAX_WINDOW_MONTHS, TierBasis, TierPolicy, TierPolicyPatch, TierWindow,
    UnknownTierWord,
};
pub use progress::{KeepTier, NextTier, TierProgress, tier_progress};
pub use terms::{TierInput, TierTerms};
pub use window::DateSpan;

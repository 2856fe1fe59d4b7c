//! Reward policies: what a merchant promises for what customers and their friends do.
//!
//! ```text
//! something happens ─▶ event (counted, passed, crossed) ─▶ to whom ─▶ effects, once each, after a hold
//! ```
//! [`PolicyInput`] is what is written, [`PolicyTerms`] what is left of it after its checks. [`Counting`] says what a purchase
//! counts, [`Milestones`] which numbers a count has passed, [`crossings`] when a balance went above a number of points. All of
//! it is pure: whoever calls keeps the counts, and that each cause has its effects once.

mod check;
mod counting;
mod effect;
mod input;
mod milestones;
mod sentence;
mod template;
mod terms;
mod threshold;

pub use counting::{BoughtLine, CountUnit, Counting};
pub use effect::{DiscountWorth, LetterText, PolicyEffect};
pub use input::{CapInput, EffectInput, EventInput, PolicyInput};
pub use milestones::{MAX_PASSED, Milestones};
pub use sentence::{NoNames, PolicyNames, effect_text, sentence};
pub use template::{Template, UnknownTemplate};
pub use terms::{Beneficiary, CapPeriod, PolicyCap, PolicyEvent, PolicyTerms};
pub use threshold::{Movement, crossings};

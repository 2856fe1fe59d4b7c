//! What a purchase earns, and why.
//!
//! ```text
//!   facts ─▶ basket: lines sorted by the product filters that let them through
//!         ─▶ matching: of each promotion the version in force, and whether its conditions hold
//!         ─▶ stacking: per group, who counts beside, instead of or after whom
//!         ─▶ settlement: exact worth of each line, rounded once, shared out; then what cuts it, in this
//!                        order: the cap per purchase, the limit per customer, the budget
//! ```
//!
//! Where the merchant carries over, nothing is shared out: each promotion that counts for a line rounds for itself, with
//! what it kept for the customer from before, and keeps what that leaves for the next line or purchase. What cuts takes
//! whole points and leaves that alone.
//!
//! [`evaluate`] gives the numbers, [`explain`] the same numbers with every reason; both walk the same path.
//! Nothing depends on the order in which promotions are listed: ties are settled by priority, then by id.

mod basket;
mod carrying;
mod compare;
mod compiled;
mod cut;
mod explanation;
mod facts;
mod filters;
mod in_force;
mod limits;
mod lines;
mod matching;
mod miss;
mod outcome;
mod settlement;
mod stacking;
mod weights;
mod words;

pub use carrying::{Carried, Remainders, carrying};
pub use compare::{Comparison, compare};
pub use compiled::CompiledRules;
pub use cut::{Cut, CutReason};
pub use explanation::{
    CarriedOver, Explanation, LineCarried, LineExplanation, Miss, Outcome, PromotionExplanation, explain,
};
pub use facts::{KnownProduct, LineFacts, PurchaseFacts, RetailerFacts, TierFacts};
pub use in_force::InForce;
pub use limits::{Consumed, LimitUse, Limited, LimitsUsed, limited};
pub use miss::{LineMiss, LineMissReason, MissReason};
pub use outcome::{Applied, Evaluation, EvaluationError, LineAward, PendingPoints};

use matching::Trial;

/// What a purchase earns by a rule set.
///
/// # Errors
///
/// When a line or the whole purchase is worth more than [`Points::MAX`](crate::points::Points::MAX), or when
/// so many long decimals meet that their exact product leaves 128 bits.
pub fn evaluate(facts: &PurchaseFacts, rules: &CompiledRules) -> Result<Evaluation, EvaluationError> {
    let trial = Trial::new(facts, rules);
    let stacked = stacking::stack(&trial, trial.candidates())?;
    let settlement = settlement::settle(&trial, &stacked.survivors)?;
    settlement.evaluation(&trial, &stacked.survivors)
}

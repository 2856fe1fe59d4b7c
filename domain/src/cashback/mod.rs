//! Cashback: a part of what is paid, back in money.
//!
//! [`OfferInput`] is what people and programs write, [`OfferTerms`] the same once it is checked. [`cashback`]
//! says what a purchase gives by the offers of a merchant, and why: one structure that is stored with the
//! purchase and shown to tills, merchants and customers alike. [`reversal`](mod@reversal) is what a return takes back.

mod check;
mod evaluate;
mod explanation;
mod input;
mod miss;
mod offer;
mod reversal;
mod sentence;

pub use evaluate::{CashbackFacts, CashbackOverflow, cashback};
pub use explanation::{
    AppliedOffer, Cashback, CashbackOutcome, LineCashback, LineOfferMiss, LineOfferMissReason,
    OfferExplanation, OfferMiss,
};
pub use input::OfferInput;
pub use miss::OfferMissReason;
pub use offer::{CashbackMode, CompiledOffers, Offer, OfferTerms, SpendingTime, UnknownCashbackMode};
pub use reversal::{CashbackReversal, LineReturned, reversal};
pub use sentence::{promise, sentence};

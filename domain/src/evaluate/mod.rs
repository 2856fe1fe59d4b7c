//! What a purchase earns, and why.

mod facts;

pub use facts::{KnownProduct, LineFacts, PurchaseFacts, RetailerFacts};

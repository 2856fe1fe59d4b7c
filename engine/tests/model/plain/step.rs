//! What may happen to a program.
//!
//! A step names what it is about by a number and not by its place in the list: a list from which steps were left out
//! still makes sense.

use super::{OfferTerms, ReturnPolicy, Terms, Tier};

#[derive(Debug, Clone)]
pub enum Step {
    Buy(Purchase),
    /// The till asks first, takes off what the answer says, and then sends the purchase.
    Quoted(Purchase),
    /// The till sends a purchase once more.
    Again(u32),
    /// Another purchase under a number that may be used.
    Conflict(Purchase),
    Return {
        number: u32,
        name: u8,
        what: Returning,
    },
    Claim {
        number: u32,
        customer: usize,
    },
    Adjust {
        customer: usize,
        points: i64,
        expires_in: Option<u64>,
    },
    /// The number names the redemption and its voucher; it is held for some seconds, or taken at once.
    Redeem {
        number: u32,
        customer: usize,
        reward: usize,
        hold: Option<u32>,
    },
    Capture(u32),
    Cancel(u32),
    /// A voucher is used at a till that tells of no purchase.
    UseVoucher(u32),
    NewTier {
        tier: usize,
        terms: Tier,
    },
    Tier {
        tier: usize,
        terms: Tier,
    },
    DropTier(usize),
    Promotion {
        promotion: usize,
        terms: Terms,
    },
    /// Pauses a promotion, or lets it go on.
    Pause {
        promotion: usize,
    },
    Offer {
        offer: usize,
        terms: OfferTerms,
    },
    Archive {
        offer: usize,
    },
    Policy(ReturnPolicy, u64),
    /// Whether what rounding leaves is carried over from now on.
    CarryOver(bool),
    /// A person decides about the friend of somebody.
    Review {
        friend: usize,
        counts: bool,
    },
    Pass {
        seconds: i64,
    },
    /// What time alone causes.
    Jobs,
    /// The same, and everything that waits in queues.
    Settle,
}

impl Step {
    /// Whether it can take back what was given, or decide what is given at all; see [`Setup::is_careful`](super::Setup).
    pub fn is_delicate(&self) -> bool {
        matches!(
            self,
            Self::Return { .. } | Self::Claim { .. } | Self::Review { .. } | Self::Jobs | Self::Settle
        )
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub product: Option<&'static str>,
    pub quantity: u64,
    pub amount: i64,
    pub discount: i64,
}

impl Line {
    /// What is to be paid for it.
    pub fn due(&self) -> i64 {
        self.amount - self.discount
    }
}

/// A purchase as a till sends it. The number is that of the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    pub number: u32,
    pub retailer: usize,
    pub customer: Option<usize>,
    pub lines: Vec<Line>,
    /// How many seconds ago it happened, when the till tells.
    pub ago: Option<i64>,
    pub tender: Tender,
    /// The customer by whose code it comes.
    pub code: Option<usize>,
}

/// What pays besides money.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tender {
    pub points: i64,
    pub cashback: i64,
    /// By the numbers of the redemptions that gave them.
    pub vouchers: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    Units(u64),
    Amount(i64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returning {
    Everything,
    Amount(i64),
    Lines(Vec<(usize, Part)>),
}

//! What a return needs to know of the purchase, as it was stored.

use crate::evaluate::Applied;
use crate::ids::PromotionId;
use crate::money::{Amount, Currency};
use crate::points::{Points, Remainder};

/// A purchase that can be returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnablePurchase {
    /// The currency of its amounts, for words.
    pub currency: Currency,
    /// Its lines, in their order.
    pub lines: Vec<ReturnableLine>,
    /// What was given once for the purchase. It goes back with the whole, not with a line.
    pub flat: Vec<Share>,
    /// What it was paid with besides money. It goes back with the lines that it had paid for.
    pub tenders: GivenTenders,
}

/// A line that can be returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnableLine {
    /// How many units were bought.
    pub quantity: u64,
    /// What was to be paid for it after its own discount, before vouchers and tenders: what its goods were
    /// sold for. So a line that points paid for can be returned by amount, too.
    pub amount: Amount,
    /// What paid for it.
    pub paid: LinePaid,
    /// What it earned, by promotion.
    pub applied: Vec<Share>,
}

/// What paid for a line: together at most its amount, of which vouchers took off the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinePaid {
    /// In money.
    pub money: Amount,
    /// What the points were worth that paid.
    pub points: Amount,
    /// The cashback that paid.
    pub cashback: Amount,
}

/// The points that one promotion gave, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which promotion.
    pub promotion_id: PromotionId,
    /// What it gave.
    pub points: Points,
    /// What it added to what it carries over for the customer, where the merchant carried over.
    pub carried: Option<Remainder>,
}

impl From<&Applied> for Share {
    fn from(applied: &Applied) -> Self {
        Self { promotion_id: applied.promotion_id, points: applied.points, carried: applied.carried }
    }
}

/// What a purchase was paid with besides money, or what goes back of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GivenTenders {
    /// The points that were spent.
    pub points: Points,
    /// The cashback that was spent.
    pub cashback: Amount,
}

impl GivenTenders {
    /// Whether nothing was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

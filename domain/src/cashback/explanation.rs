//! What a purchase gives in cashback, and why: one structure for tills, merchants and customers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::OfferMissReason;
use crate::ids::OfferId;
use crate::money::{Amount, Currency};
use crate::points::Rate;

/// What a purchase gives in cashback, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cashback {
    /// All of it.
    pub amount: Amount,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What each line gives, in the order of the lines.
    pub lines: Vec<LineCashback>,
    /// All offers that were tried: those that gave something, then the others, each by age.
    pub offers: Vec<OfferExplanation>,
}

impl Cashback {
    /// What one offer gives for the whole purchase.
    #[must_use]
    pub fn of(&self, offer: OfferId) -> Amount {
        let outcome = self.offers.iter().find(|candidate| candidate.offer_id == offer);
        match outcome.map(|offer| &offer.outcome) {
            Some(CashbackOutcome::Applied { amount, .. }) => *amount,
            _ => Amount::ZERO,
        }
    }
}

/// What a line gives in cashback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineCashback {
    /// The product as the till sent it, else its sku.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// What was paid for it.
    pub paid: Amount,
    /// What it gives: the sum over `applied`.
    pub amount: Amount,
    /// By which offers, by age.
    pub applied: Vec<AppliedOffer>,
    /// Which offers gave something for the purchase, but are not about this line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<LineOfferMiss>,
    /// The whole of it in words.
    pub text: String,
}

/// What one offer gives on a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppliedOffer {
    /// Which offer.
    pub offer_id: OfferId,
    /// What it is called.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub name: Arc<str>,
    /// The part of what is paid that comes back.
    pub percentage: Rate,
    /// What it gives here.
    pub amount: Amount,
    /// How much more it would be without the caps of the offer.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub cut: Amount,
}

/// An offer that gave something for the purchase, but nothing on this line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineOfferMiss {
    /// Which offer.
    pub offer_id: OfferId,
    /// What it is called.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub name: Arc<str>,
    /// Why not, for programs.
    pub code: LineOfferMissReason,
    /// Why not, for people.
    pub text: String,
}

/// Why an offer that gave something for the purchase gave nothing on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LineOfferMissReason {
    /// Nothing was paid for the line.
    NothingPaid,
    /// The offer is about certain products, and this one is not in the catalogue.
    UnknownProduct,
    /// The offer is about other products.
    NotIncluded,
}

impl LineOfferMissReason {
    /// The reason in a plain sentence without a full stop.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NothingPaid => "Nothing was paid for it",
            Self::UnknownProduct => "Not in the catalogue",
            Self::NotIncluded => "Not among the eligible products",
        }
    }
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferExplanation {
    /// Which offer.
    pub offer_id: OfferId,
    /// What it is called.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub name: Arc<str>,
    /// What it promises, in a sentence.
    pub summary: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: CashbackOutcome,
}

/// Whether an offer gave something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CashbackOutcome {
    /// It did.
    Applied {
        /// What it gave in all, above zero.
        amount: Amount,
        /// What its caps took away.
        #[serde(default, skip_serializing_if = "is_nothing")]
        cut: Amount,
    },
    /// It did not.
    Missed {
        /// Everything that was missing.
        reasons: Vec<OfferMiss>,
    },
}

/// One thing that was missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OfferMiss {
    /// The thing, for programs.
    #[serde(flatten)]
    pub reason: OfferMissReason,
    /// The thing, for people: a plain sentence without a full stop.
    pub text: String,
}

impl From<OfferMissReason> for OfferMiss {
    fn from(reason: OfferMissReason) -> Self {
        Self { text: reason.text(), reason }
    }
}

// By reference, because serde hands it over like that.
fn is_nothing(amount: &Amount) -> bool {
    amount.is_zero()
}

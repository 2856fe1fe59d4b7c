//! The checks that turn what was written into the terms of an offer.

use super::{OfferInput, OfferTerms};
use crate::codes::{Label, uncover};
use crate::error::{Errors, FieldError, InvalidFields};
use crate::fields::{days, fraction, list, local_span, positive_amount, product_matcher};

impl TryFrom<OfferInput> for OfferTerms {
    type Error = InvalidFields;

    /// The terms as they are stored.
    fn try_from(mut input: OfferInput) -> Result<Self, InvalidFields> {
        uncover(&mut input.name);
        input.check().map_err(InvalidFields)
    }
}

impl OfferInput {
    /// Checks everything, and reports everything that is wrong at once.
    pub fn check(&self) -> Result<OfferTerms, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = errors.keep("/name", Label::new(&self.name));
        let percentage = fraction("/percentage", &self.percentage, false, &mut errors);
        let products = list("/products", &self.products, product_matcher, &mut errors);
        let (starts_at, expires_at) = local_span(
            ("/starts_at", self.starts_at.as_deref()),
            ("/expires_at", self.expires_at.as_deref()),
            &mut errors,
        );
        let mut cap = |pointer, amount: Option<i64>| positive_amount(pointer, amount?, &mut errors);
        let cap_per_purchase = cap("/cap_per_purchase", self.cap_per_purchase);
        let cap_per_month = cap("/cap_per_month", self.cap_per_month);
        let pending_days = days("/pending_days", self.pending_days.unwrap_or(0), 0, &mut errors).unwrap_or(0);
        let valid_days = self.valid_days.and_then(|given| days("/valid_days", given, 1, &mut errors));
        let terms = name.zip(percentage).map(|(name, percentage)| OfferTerms {
            name,
            percentage,
            products,
            active: self.active,
            starts_at,
            expires_at,
            cap_per_purchase,
            cap_per_month,
            pending_days,
            valid_days,
        });
        errors.finish(terms)
    }
}

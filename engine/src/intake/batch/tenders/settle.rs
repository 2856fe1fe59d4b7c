//! What vouchers and tenders leave to pay.

use perennial_domain::evaluate::LineFacts;
use perennial_domain::ids::CustomerId;
use perennial_domain::purchase::CheckedPurchase;
use perennial_domain::settings::MerchantSettings;
use perennial_domain::tender::{
    self, PointsTender, PointsTenderError, SettleError, Settlement, UnsettledLine,
};

use super::Vouchers;
use crate::error::Error;
use crate::intake::batch::groups::Group;
use crate::intake::item::Item;

/// A purchase after vouchers and tenders, as far as their worth goes.
pub(in crate::intake::batch) struct Tendered {
    /// What is left of each line.
    pub settlement: Settlement,
    /// The points that pay, and what they are worth.
    pub points: PointsTender,
}

/// Takes vouchers and tenders off the lines: `lines` then say what is left to pay. Nothing for a purchase that money pays
/// for.
///
/// # Errors
/// [`Error::Invalid`] for vouchers that nobody has, that somebody else has, or that are over, and for tenders that are
/// good for nothing or too much in this purchase.
pub(in crate::intake::batch) fn settle(
    item: &Item,
    group: &Group<'_>,
    customer: Option<CustomerId>,
    lines: &mut [LineFacts],
    vouchers: &Vouchers,
) -> Result<Option<Box<Tendered>>, Error> {
    let purchase = &item.purchase;
    if purchase.tenders.is_empty() {
        return Ok(None);
    }
    let customer = customer.ok_or_else(no_customer)?;
    let points = points(purchase, &group.snapshot.settings)?;
    let worth = vouchers.worth(group.merchant, customer, &purchase.tenders.vouchers)?;
    let unsettled: Vec<UnsettledLine<'_>> = purchase
        .lines
        .iter()
        .zip(lines.iter())
        .map(|(line, facts)| UnsettledLine {
            product: facts
                .product
                .as_ref()
                .map(|product| product.sku.as_str())
                .or(facts.product_text.as_deref()),
            quantity: line.quantity,
            due: line.paid,
        })
        .collect();
    let settlement = tender::settle(&unsettled, &worth, points.amount, purchase.tenders.cashback)
        .map_err(|error| refused(&error, purchase))?;
    for (facts, settled) in lines.iter_mut().zip(&settlement.lines) {
        facts.paid = settled.paid;
    }
    Ok(Some(Box::new(Tendered { settlement, points })))
}

/// What a purchase of nobody is told.
pub(in crate::intake::batch) fn no_customer() -> Error {
    Error::field("/customer", "required", "Vouchers, points and cashback can only pay for a known customer")
}

fn points(purchase: &CheckedPurchase, settings: &MerchantSettings) -> Result<PointsTender, Error> {
    PointsTender::new(purchase.tenders.points, settings.point_value).map_err(|error| {
        let code = match error {
            PointsTenderError::NoPointValue => "no_point_value",
            PointsTenderError::TooFew { .. } => "too_few",
            PointsTenderError::TooMany => "too_many",
        };
        Error::field("/pay_with_points", code, sentence(&error.to_string()))
    })
}

fn refused(error: &SettleError, purchase: &CheckedPurchase) -> Error {
    let (pointer, code) = match error {
        SettleError::UselessVoucher { index, .. } => (format!("/vouchers/{index}"), "voucher_not_applicable"),
        // Cashback is told to the unit; what points are worth may surprise a till, so they are named first.
        SettleError::TooMuch { .. } if purchase.tenders.points.is_zero() => {
            ("/pay_with_cashback".to_owned(), "exceeds_amount")
        }
        SettleError::TooMuch { .. } => ("/pay_with_points".to_owned(), "exceeds_amount"),
        SettleError::Overflow => ("/lines".to_owned(), "overflow"),
    };
    Error::field(pointer, code, sentence(&error.to_string()))
}

/// With a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

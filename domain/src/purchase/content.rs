//! Whether a purchase that was sent again says the same, and if not, what differs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{CheckedLine, CheckedPurchase, Shape};
use crate::codes::SentReferralCode;
use crate::ids::RetailerId;
use crate::money::{Amount, Currency};
use crate::tender::Tenders;

/// How many differences are told; a wrong basket of 10,000 lines needs no list of 40,000.
pub const MAX_DIFFERENCES: usize = 100;

/// What makes two requests the same purchase: normalised, in order, and without what was derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The retailer it resolved to.
    pub retailer: RetailerId,
    /// The currency of its amounts.
    pub currency: Currency,
    /// Its lines.
    pub lines: Vec<ContentLine>,
    /// When it happened, only if that was sent.
    pub occurred_at: Option<DateTime<Utc>>,
    /// The code of a friend, as it was sent.
    pub referral_code: Option<SentReferralCode>,
    /// What it is paid with besides money; nothing for a purchase that was stored without a word of it.
    pub tenders: Tenders,
    /// Whether lines were told or one amount; decides how differences are addressed, not whether there are any.
    pub shape: Shape,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentLine {
    /// The product as it was sent.
    pub product: Option<String>,
    /// How many units.
    pub quantity: u64,
    /// The price of one unit, when it was sent. Decides how a difference in the amount is addressed.
    pub unit_price: Option<Amount>,
    /// The amount before the discount.
    pub amount: Amount,
    /// What was taken off.
    pub discount: Amount,
}

/// Whether two purchases name the same customer. Only the engine can tell, by what the references resolve to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerComparison {
    /// They do.
    Same,
    /// They do not.
    Different,
}

/// One field in which a purchase that was sent again differs from the one that is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldDifference {
    /// Where, as a JSON pointer into the request.
    pub pointer: String,
    /// What is stored; absent when there is nothing, and always for `/customer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<FieldValue>,
    /// What was received; absent when there is nothing, and always for `/customer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<FieldValue>,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum FieldValue {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl From<Amount> for FieldValue {
    fn from(amount: Amount) -> Self {
        Self::Number(amount.get())
    }
}

impl CheckedPurchase {
    /// The content of this purchase at the retailer that it resolved to.
    #[must_use]
    pub fn content(&self, retailer: RetailerId) -> Content {
        Content {
            retailer,
            currency: self.currency,
            lines: self.lines.iter().map(ContentLine::from).collect(),
            occurred_at: self.occurred_at.map(|instant| instant.to_utc()),
            referral_code: self.referral_code.clone(),
            tenders: self.tenders.clone(),
            shape: self.shape,
        }
    }
}

impl From<&CheckedLine> for ContentLine {
    fn from(line: &CheckedLine) -> Self {
        Self {
            product: line.product.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            amount: line.amount,
            discount: line.discount,
        }
    }
}

/// Everything in which `received` differs from `stored`, at most [`MAX_DIFFERENCES`]; empty for a replay.
#[must_use]
pub fn differences(
    stored: &Content,
    received: &Content,
    customer: CustomerComparison,
) -> Vec<FieldDifference> {
    let mut found = Found(Vec::new());
    found.compare("/retailer", &stored.retailer, &received.retailer, |id| FieldValue::Text(id.to_string()));
    if customer == CustomerComparison::Different {
        found.push("/customer".to_owned(), None, None);
    }
    found.compare("/currency", &stored.currency, &received.currency, |code| {
        FieldValue::Text(code.code().to_owned())
    });
    found.compare_optional(
        "/occurred_at",
        stored.occurred_at.as_ref(),
        received.occurred_at.as_ref(),
        |instant| FieldValue::Text(instant.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
    );
    found.compare_optional(
        "/referral_code",
        stored.referral_code.as_ref(),
        received.referral_code.as_ref(),
        |code| FieldValue::Text(code.to_string()),
    );
    found.compare_tenders(&stored.tenders, &received.tenders);
    if received.shape == Shape::Amount
        && let ([stored], [received]) = (stored.lines.as_slice(), received.lines.as_slice())
        && stored.product.is_none()
        && stored.quantity == 1
        && stored.discount.is_zero()
    {
        found.compare("/amount", &stored.amount, &received.amount, |amount| (*amount).into());
        return found.0;
    }
    let [stored_count, received_count] =
        [stored.lines.len(), received.lines.len()].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    found.compare("/lines", &stored_count, &received_count, |count| FieldValue::Number(*count));
    for (index, (stored, received)) in stored.lines.iter().zip(&received.lines).enumerate() {
        if found.0.len() >= MAX_DIFFERENCES {
            break;
        }
        found.compare_lines(index, stored, received);
    }
    found.0.truncate(MAX_DIFFERENCES);
    found.0
}

struct Found(Vec<FieldDifference>);

impl Found {
    fn push(&mut self, pointer: String, stored: Option<FieldValue>, received: Option<FieldValue>) {
        self.0.push(FieldDifference { pointer, stored, received });
    }

    fn compare<T: PartialEq>(
        &mut self,
        pointer: &str,
        stored: &T,
        received: &T,
        value: impl Fn(&T) -> FieldValue,
    ) {
        self.compare_optional(pointer, Some(stored), Some(received), value);
    }

    fn compare_optional<T: PartialEq>(
        &mut self,
        pointer: &str,
        stored: Option<&T>,
        received: Option<&T>,
        value: impl Fn(&T) -> FieldValue,
    ) {
        if stored != received {
            self.push(pointer.to_owned(), stored.map(&value), received.map(&value));
        }
    }

    fn compare_tenders(&mut self, stored: &Tenders, received: &Tenders) {
        let places = stored.vouchers.len().max(received.vouchers.len());
        for index in 0..places {
            let pointer = format!("/vouchers/{index}");
            self.compare_optional(
                &pointer,
                stored.vouchers.get(index),
                received.vouchers.get(index),
                |code| FieldValue::Text(code.to_string()),
            );
        }
        self.compare("/pay_with_points", &stored.points, &received.points, |points| {
            FieldValue::Number(points.get())
        });
        self.compare("/pay_with_cashback", &stored.cashback, &received.cashback, |amount| (*amount).into());
    }

    fn compare_lines(&mut self, index: usize, stored: &ContentLine, received: &ContentLine) {
        let at = |field: &str| format!("/lines/{index}/{field}");
        self.compare_optional(&at("product"), stored.product.as_ref(), received.product.as_ref(), |text| {
            FieldValue::Text(text.clone())
        });
        self.compare(&at("quantity"), &stored.quantity, &received.quantity, |quantity| {
            FieldValue::Number(i64::try_from(*quantity).unwrap_or(i64::MAX))
        });
        match (stored.unit_price, received.unit_price) {
            // Two prices tell more than the two products with the quantity, which differs on its own.
            (Some(stored), Some(received)) => {
                self.compare(&at("unit_price"), &stored, &received, |price| (*price).into());
            }
            _ => self.compare(&at("amount"), &stored.amount, &received.amount, |amount| (*amount).into()),
        }
        self.compare(&at("discount"), &stored.discount, &received.discount, |discount| (*discount).into());
    }
}

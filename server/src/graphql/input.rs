//! What is sent, turned into what the REST API takes: the rules for it are the domain's, once for both doors.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, FixedOffset};
use perennial_domain::{
    codes::{CodeError, Description},
    customer,
    error::FieldError,
    purchase, quote, returns,
};
use perennial_engine::merge;

use super::scalars::{Amount, Count, Points};

/// Who is meant: exactly one of the fields.
#[derive(Debug, InputObject)]
pub struct CustomerInput {
    /// The id that Perennial gave.
    id: Option<ID>,
    /// The id that another system of the merchant gave.
    external_id: Option<String>,
    /// An e-mail address.
    email: Option<String>,
    /// A telephone number; without a country it is read as one of the merchant's default country.
    phone: Option<String>,
    /// A loyalty card's number.
    card: Option<String>,
}

impl From<CustomerInput> for customer::CustomerInput {
    fn from(input: CustomerInput) -> Self {
        let CustomerInput { id, external_id, email, phone, card } = input;
        Self { id: id.map(|id| id.0), external_id, email, phone, card }
    }
}

/// A line of a purchase. Either `unitPrice` or `amount` is given.
#[derive(Debug, InputObject)]
pub struct LineInput {
    /// Id or sku of the product. An unknown one is kept as text.
    product: Option<String>,
    /// How many units.
    #[graphql(default_with = "Count(1)")]
    quantity: Count,
    /// The price of one unit, before the discount.
    unit_price: Option<Amount>,
    /// The amount of the line, before the discount.
    amount: Option<Amount>,
    /// What is taken off the line.
    discount: Option<Amount>,
}

impl From<LineInput> for purchase::LineInput {
    fn from(input: LineInput) -> Self {
        let LineInput { product, quantity, unit_price, amount, discount } = input;
        Self {
            product,
            // Less than nothing is more than anybody may buy, and refused as such.
            quantity: quantity.unsigned().unwrap_or(u64::MAX),
            unit_price: unit_price.map(|amount| amount.0),
            amount: amount.map(|amount| amount.0),
            discount: discount.map(|amount| amount.0),
        }
    }
}

fn lines(lines: Option<Vec<LineInput>>) -> Option<Vec<purchase::LineInput>> {
    lines.map(|lines| lines.into_iter().map(Into::into).collect())
}

/// A purchase as a till posts it: the same fields, by the same rules, as `POST /api/v1/purchases`.
#[derive(Debug, InputObject)]
pub struct PurchaseInput {
    /// The till's name for the purchase, unique per retailer, for ever; 1 to 128 characters.
    transaction_id: String,
    /// Id or code of the retailer. A key that is bound to a retailer implies it.
    retailer: Option<String>,
    /// Who buys. Without a customer the purchase waits to be claimed.
    customer: Option<CustomerInput>,
    /// What is bought, 1 to 10,000 lines.
    lines: Option<Vec<LineInput>>,
    /// The whole amount, when the till does not tell lines.
    amount: Option<Amount>,
    /// The merchant's currency, as three letters of ISO 4217.
    currency: String,
    /// When it happened; the time of arrival when not given.
    occurred_at: Option<DateTime<FixedOffset>>,
    /// The code of the friend who recommended the program, as a customer without an earlier purchase says it. One that
    /// does not count is ignored, and `warnings` say so.
    referral_code: Option<String>,
    /// An opaque mark of the payment card, the same for the same card; never its number. It only serves to recognise
    /// customers who recommend themselves.
    payment_fingerprint: Option<String>,
    /// The codes of the vouchers that are used, at most 20. They are the customer's own.
    vouchers: Option<Vec<String>>,
    /// How many points pay a part, worth what the merchant's point value says.
    pay_with_points: Option<Points>,
    /// How much of the customer's cashback pays a part.
    pay_with_cashback: Option<Amount>,
}

impl From<PurchaseInput> for purchase::PurchaseInput {
    fn from(input: PurchaseInput) -> Self {
        Self {
            transaction_id: input.transaction_id,
            retailer: input.retailer,
            customer: input.customer.map(Into::into),
            lines: lines(input.lines),
            amount: input.amount.map(|amount| amount.0),
            currency: input.currency,
            occurred_at: input.occurred_at,
            referral_code: input.referral_code,
            payment_fingerprint: input.payment_fingerprint,
            vouchers: input.vouchers.unwrap_or_default(),
            pay_with_points: input.pay_with_points.map(|points| points.0),
            pay_with_cashback: input.pay_with_cashback.map(|amount| amount.0),
        }
    }
}

/// A basket: the same fields, by the same rules, as `POST /api/v1/quotes`.
#[derive(Debug, InputObject)]
pub struct QuoteInput {
    /// Id or code of the retailer. A key that is bound to a retailer implies it.
    retailer: Option<String>,
    /// Who asks. Without a customer nothing is quoted that depends on one.
    customer: Option<CustomerInput>,
    /// What is in the basket, 1 to 10,000 lines.
    lines: Option<Vec<LineInput>>,
    /// The whole amount, when the till does not tell lines.
    amount: Option<Amount>,
    /// The merchant's currency, as three letters of ISO 4217; may be left out.
    currency: Option<String>,
    /// When it would happen; now when not given.
    occurred_at: Option<DateTime<FixedOffset>>,
}

impl From<QuoteInput> for quote::QuoteInput {
    fn from(input: QuoteInput) -> Self {
        Self {
            retailer: input.retailer,
            customer: input.customer.map(Into::into),
            lines: lines(input.lines),
            amount: input.amount.map(|amount| amount.0),
            currency: input.currency,
            occurred_at: input.occurred_at,
        }
    }
}

/// A line of a return. With neither `quantity` nor `amount`, all that is left of the line is returned.
#[derive(Debug, InputObject)]
pub struct ReturnLineInput {
    /// The place of the line in the purchase; the first is 0.
    line: Count,
    /// How many units are returned.
    quantity: Option<Count>,
    /// How much is returned.
    amount: Option<Amount>,
}

impl From<ReturnLineInput> for returns::ReturnLineInput {
    fn from(input: ReturnLineInput) -> Self {
        Self {
            line: input.line.unsigned().unwrap_or(u64::MAX),
            quantity: input.quantity.map(|quantity| quantity.unsigned().unwrap_or(u64::MAX)),
            amount: input.amount.map(|amount| amount.0),
        }
    }
}

/// All or a part of a purchase: the same fields, by the same rules, as `POST /api/v1/returns`.
#[derive(Debug, InputObject)]
pub struct ReturnInput {
    /// Id or code of the retailer of the purchase. A key that is bound to a retailer implies it.
    retailer: Option<String>,
    /// The till's name for the purchase.
    pub transaction_id: String,
    /// The till's name for the return, unique per purchase, for ever; 1 to 128 characters.
    return_id: String,
    /// Which lines are returned, 1 to 10,000, each of them once; with neither lines nor an amount, all that is left.
    lines: Option<Vec<ReturnLineInput>>,
    /// How much is returned of the whole purchase, when the till does not tell lines.
    amount: Option<Amount>,
    /// Books nothing and answers what would be booked.
    #[graphql(default)]
    pub dry_run: bool,
}

impl From<ReturnInput> for returns::TransactionReturnInput {
    fn from(input: ReturnInput) -> Self {
        Self {
            retailer: input.retailer,
            transaction_id: input.transaction_id,
            return_id: input.return_id,
            lines: input.lines.map(|lines| lines.into_iter().map(Into::into).collect()),
            amount: input.amount.map(|amount| amount.0),
        }
    }
}

/// Two accounts of one person: the same fields, by the same rules, as `POST /api/v1/customers/{customer}/merge`.
#[derive(Debug, InputObject)]
pub struct MergeInput {
    /// The customer who goes on: the id, or `ext:` and the external id.
    pub into: ID,
    /// The account that ends: exactly one of the fields.
    from: CustomerInput,
    /// Why, for whoever asks later. At most 500 characters.
    note: Option<String>,
    /// Merges nothing and answers what would come along.
    #[graphql(default)]
    pub dry_run: bool,
}

impl TryFrom<MergeInput> for merge::MergeInput {
    type Error = FieldError;

    fn try_from(input: MergeInput) -> Result<Self, FieldError> {
        let note = input.note.map(|note| Description::new(&note)).transpose();
        let wrong = |error: CodeError| FieldError::new("/note", error.code(), format!("The note {error}"));
        Ok(Self { from: input.from.into(), note: note.map_err(wrong)? })
    }
}

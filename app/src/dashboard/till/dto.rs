//! What the pages of the till show, in words.

use crate::address::address;
use crate::dashboard::fields::{Problems, Values, text};
use crate::ui::{QrView, Rank};
use serde::{Deserialize, Serialize};

/// How the fields of chosen vouchers and rewards begin.
const USE: &str = "use.";

/// The bar above every page of the till.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bar {
    /// The merchant.
    pub merchant: String,
    /// Its colour.
    pub brand: Option<String>,
    /// Who stands here.
    pub person: String,
    /// The store, once it is chosen.
    pub store: Option<String>,
    /// Whether there is another store to choose.
    pub several: bool,
    /// Whether there is nothing but the till for the person.
    pub only_till: bool,
}

/// Stores to choose from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stores {
    /// Id, name and code, by code.
    pub rows: Vec<(String, String, String)>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// What the address of a sale, or its form, says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SaleAsked {
    /// What is to be paid, as it was typed.
    pub amount: String,
    /// By what somebody is looked for.
    pub who: String,
    /// The customer who was found.
    pub customer: String,
    /// What is to be used: [`OfferRow::key`]s with spaces between them.
    pub chosen: String,
    /// Points that are to pay, as they were typed.
    pub points: String,
    /// Cashback that is to pay, as it was typed.
    pub cashback: String,
}

impl SaleAsked {
    /// What the fields say.
    #[must_use]
    pub fn of(values: &Values) -> Self {
        let chosen: Vec<&str> = values.keys().filter_map(|name| name.strip_prefix(USE)).collect();
        let field = |name: &str| text(values, name).to_owned();
        Self {
            amount: field("amount"),
            who: field("who"),
            customer: field("customer"),
            chosen: chosen.join(" "),
            points: field("pay_points"),
            cashback: field("pay_cashback"),
        }
    }

    /// Whether this is to be used.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn has_chosen(&self, key: &str) -> bool {
        self.chosen.split(' ').any(|chosen| chosen == key)
    }

    /// The address of a sale of this amount, with this customer.
    #[must_use]
    pub fn address(amount: &str, customer: &str) -> String {
        address(super::TILL, &[("amount", amount), ("customer", customer)], None)
    }
}

/// A sale before it is confirmed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaleData {
    /// Its number, of which every page has another: a form that is sent twice is one sale.
    pub transaction: String,
    /// The store, by its id: a device can be moved to another one while the page is open.
    pub store: String,
    /// Decimal places of the currency.
    pub digits: u32,
    /// The merchant's word for points.
    pub points_name: String,
    /// The customer.
    pub member: Option<Member>,
    /// By what somebody was looked for whom nobody knows.
    pub unknown: Option<String>,
    /// What is wrong, by field.
    pub problems: Problems,
    /// Vouchers and rewards.
    pub offers: Vec<OfferRow>,
    /// Whether there are more rewards than those.
    pub more_rewards: bool,
    /// What points can pay, where they can.
    pub pay_points: Option<PayField>,
    /// What cashback can pay, where it can.
    pub pay_cashback: Option<PayField>,
    /// What it comes to; nothing before there is an amount.
    pub sums: Option<Sums>,
}

/// A field for what pays a part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PayField {
    /// What there is.
    pub help: String,
    /// What was typed.
    pub typed: String,
}

/// A customer, told so that nobody who looks over a shoulder learns an address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Member {
    /// The id.
    pub id: String,
    /// First name and initial.
    pub name: String,
    /// The tier and its step.
    pub tier: Option<(String, Option<Rank>)>,
    /// `phone ends in 0142`.
    pub known_by: String,
    /// Points to spend.
    pub points: i64,
}

/// A voucher or a reward, as it is for this sale.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OfferRow {
    /// What its field is called behind `use.`: `v.` and a code, or `r.` and the id of a reward.
    pub key: String,
    /// What it is called, and costs.
    pub name: String,
    /// What it takes off, or why it cannot be used.
    pub text: String,
    /// Whether it can be used.
    pub possible: bool,
    /// Whether it is to be used.
    pub chosen: bool,
    /// Whether it is a voucher, and no reward.
    pub voucher: bool,
}

impl OfferRow {
    /// The name of its field.
    #[must_use]
    pub fn field(&self) -> String {
        format!("{USE}{}", self.key)
    }
}

/// What a sale comes to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sums {
    /// What is taken off, each with what it takes.
    pub taken: Vec<(String, String)>,
    /// What is left to pay.
    pub to_pay: String,
    /// The same in minor units: what is confirmed is what was shown.
    pub minor: i64,
    /// Points that it costs.
    pub spent: i64,
    /// What it earns in points.
    pub earns: i64,
    /// Why.
    pub why: String,
    /// What it earns in cashback.
    pub cashback: Option<String>,
    /// Points before and after; nothing without a customer.
    pub balance: Option<(i64, i64)>,
}

/// A sale that is done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiptData {
    /// The purchase.
    pub id: String,
    /// Its number.
    pub number: String,
    /// The merchant.
    pub merchant: String,
    /// The store.
    pub store: String,
    /// When, by the clocks of the store.
    pub when: String,
    /// What was sold for, and what was taken off it.
    pub rows: Vec<(String, String)>,
    /// What was left to pay.
    pub paid: String,
    /// The customer, in short.
    pub member: Option<String>,
    /// The merchant's word for points.
    pub points_name: String,
    /// What it earned, or what a claim would.
    pub points: i64,
    /// How many of them wait.
    pub pending: i64,
    /// Points after it.
    pub balance: Option<i64>,
    /// The claim code, and the address that a camera reads.
    pub claim: Option<(String, QrView)>,
    /// How much came back: a part or all of it.
    pub returned: Option<bool>,
    /// For how many seconds it can be undone.
    pub undo_seconds: Option<i64>,
}

/// A sale in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaleRow {
    /// The purchase.
    pub id: String,
    /// Its number.
    pub number: String,
    /// When.
    pub when: String,
    /// What was to be paid.
    pub amount: String,
    /// The points it earned.
    pub points: i64,
    /// Whose it is: `claimed`, `unclaimed`, or what came back.
    pub state: String,
}

/// Purchases of the store that were looked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefundData {
    /// What was looked for.
    pub number: String,
    /// The newest first.
    pub rows: Vec<SaleRow>,
    /// The merchant's word for points.
    pub points_name: String,
}

/// What this store has sold through the till on its business day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShiftData {
    /// The day.
    pub day: String,
    /// A page of it, the newest first.
    pub rows: Vec<SaleRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// The merchant's word for points.
    pub points_name: String,
    /// What it comes to: words and figures.
    pub totals: Vec<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_is_to_be_used() {
        let sent =
            [("amount", " 39.50 "), ("use.v.ABC", "on"), ("use.r.1", "on"), ("user", "x"), ("who", "")];
        let values = sent.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let asked = SaleAsked::of(&values);
        assert_eq!((asked.amount.as_str(), asked.chosen.as_str()), ("39.50", "r.1 v.ABC"));
        assert!(asked.has_chosen("v.ABC") && !asked.has_chosen("v.AB") && !asked.has_chosen("x"));
        assert_eq!(SaleAsked::address("39.50", ""), "/till?amount=39.50");
    }
}

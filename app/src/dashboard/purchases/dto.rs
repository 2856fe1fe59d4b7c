//! What the purchase pages show, ready to read: amounts and instants are text in the merchant's own terms.

use super::super::receipt::Receipt;
use crate::ui::ReceiptView;
use serde::{Deserialize, Serialize};

/// What the list is narrowed to; the same in the address of the page and of its CSV.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PurchaseQuery {
    /// Part of a transaction id.
    pub q: String,
    /// The code of a retailer.
    pub retailer: String,
    /// `credited` or `unclaimed`, or `partly_returned` or `returned`.
    pub status: String,
    /// The first business date, `2026-05-01`.
    pub from: String,
    /// The last business date.
    pub to: String,
    /// Where this page begins.
    pub after: String,
}

/// One purchase of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PurchaseRow {
    /// Its id.
    pub id: String,
    /// The till's id of it.
    pub transaction_id: String,
    /// The name of the retailer.
    pub retailer: String,
    /// When it occurred, in the zone of the retailer.
    pub when: String,
    /// The customer's id and how to call them.
    pub customer: Option<(String, String)>,
    /// The total.
    pub amount: String,
    /// What it earned, or would earn when claimed.
    pub points: i64,
    /// Whether nobody has it yet.
    pub unclaimed: bool,
    /// Where something came back: whether that is all of it.
    pub returned: Option<bool>,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PurchaseList {
    /// The rows, newest first.
    pub rows: Vec<PurchaseRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Code and name of every retailer, for the filter.
    pub retailers: Vec<(String, String)>,
    /// The merchant's word for points.
    pub points_name: String,
}

/// One purchase with everything about it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PurchaseDetail {
    /// Its id.
    pub id: String,
    /// The till's id of it.
    pub transaction_id: String,
    /// Whether nobody has it yet.
    pub unclaimed: bool,
    /// Where something came back: whether that is all of it.
    pub returned: Option<bool>,
    /// When it was claimed, if it was.
    pub claimed: Option<String>,
    /// The total.
    pub amount: String,
    /// Code and name of the retailer.
    pub retailer: (String, String),
    /// When it occurred, with the zone.
    pub when: String,
    /// When we took it.
    pub received: String,
    /// The business date it belongs to.
    pub business_date: String,
    /// The customer's id and how to call them.
    pub customer: Option<(String, String)>,
    /// What it earned.
    pub points: i64,
    /// What it will earn when somebody claims it.
    pub claimable: Option<i64>,
    /// The code to claim it with, while it can be.
    pub claim_code: Option<String>,
    /// The balance right after it.
    pub balance: Option<i64>,
    /// Why it earned that.
    pub receipt: Receipt,
    /// Where it came from: the name of the API key, or the import.
    pub source: String,
    /// The version of the rules that it was evaluated by.
    pub rules_version: i64,
    /// The request as it is kept, JSON.
    pub request: String,
    /// The answer that was given, and will be given again, JSON.
    pub answer: String,
    /// Why it gave what it gave in cashback; nothing where there was no offer, and for the moment before it is known.
    pub cashback: Option<ReceiptView>,
    /// What was returned of it.
    pub returns: Vec<ReturnRow>,
    /// Whether it can be returned, by whoever looks.
    pub may_return: bool,
    /// The merchant's word for points.
    pub points_name: String,
}

/// A return of a purchase.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReturnRow {
    /// The till's number of it.
    pub return_id: String,
    /// When it was booked.
    pub when: String,
    /// Who booked it.
    pub by: String,
    /// How much came back.
    pub amount: String,
    /// What it took back.
    pub points: i64,
    /// What became of points that were spent already; empty when none were.
    pub note: String,
    /// What came back and what that took back, line by line.
    pub receipt: ReceiptView,
}

/// A purchase that may be returned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReturnForm {
    /// Its id.
    pub id: String,
    /// The till's id of it.
    pub transaction_id: String,
    /// The merchant's word for points.
    pub points_name: String,
    /// Its lines, in their order.
    pub lines: Vec<ReturnLine>,
    /// How much is left of it.
    pub left: String,
    /// What happens to points that were spent already, as a sentence.
    pub policy: String,
    /// The mark that makes the form work once.
    pub once: String,
    /// Whether whoever looks may return it.
    pub may_return: bool,
    /// Whether nothing is left of it.
    pub complete: bool,
}

/// A line that may be returned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReturnLine {
    /// What was bought.
    pub label: String,
    /// How many units are left.
    pub units_left: u64,
    /// How much is left.
    pub left: String,
    /// Whether all of it is back.
    pub done: bool,
}

/// Something of a customer before and after a return. Travels in the form that asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it is.
    pub label: String,
    /// As it is.
    pub before: String,
    /// As it would be.
    pub after: String,
}

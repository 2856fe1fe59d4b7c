//! What the customer pages show, ready to read.

use super::super::purchases::dto::PurchaseRow;
use crate::ui::Rank;
use serde::{Deserialize, Serialize};

/// One customer of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerRow {
    /// Its id.
    pub id: String,
    /// The name, or the best identity there is.
    pub name: String,
    /// Another way to know them: e-mail, phone, card or external id.
    pub detail: String,
    /// Points available.
    pub points: i64,
    /// Credited purchases so far.
    pub purchases: i64,
    /// What they spent, in money.
    pub spent: String,
    /// When they last bought something.
    pub last_purchase: Option<String>,
    /// When they joined.
    pub joined: String,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerList {
    /// The rows.
    pub rows: Vec<CustomerRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// The merchant's word for points.
    pub points_name: String,
}

/// One customer with everything about them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerDetail {
    /// The id.
    pub id: String,
    /// The name, or the best identity there is.
    pub name: String,
    /// When they joined.
    pub joined: String,
    /// What they are found by: the kind in words, and the value.
    pub identities: Vec<(String, String)>,
    /// Where they stand; nothing without a ladder, or for whoever may not see it.
    pub tier: Option<TierGlance>,
    /// Points available.
    pub points: i64,
    /// What they are worth in money, when the merchant says so.
    pub worth: Option<String>,
    /// Points that wait.
    pub pending: i64,
    /// Of those, how many can be spent next, and from when.
    pub maturing: Option<(i64, String)>,
    /// Points that were spent before a return took them, and that the next ones repay.
    pub debt: i64,
    /// Points that are reserved.
    pub reserved: i64,
    /// All points ever earned.
    pub lifetime: i64,
    /// Credited purchases so far.
    pub purchases: i64,
    /// What they spent.
    pub spent: String,
    /// When they last bought something.
    pub last_purchase: Option<String>,
    /// The merchant's word for points.
    pub points_name: String,
    /// What the wallet of cashback holds to spend, and what waits or is gone next; nothing before the first.
    pub cashback: Option<(String, String)>,
    /// What is gone soonest: how many, and until when they can be spent.
    pub expiring: Option<(i64, String)>,
    /// Whether who looks may give and take points.
    pub may_adjust: bool,
    /// When the customer was erased: only the sums are left.
    pub erased: Option<String>,
    /// Whether who looks may change who the customer is.
    pub may_edit: bool,
    /// Whether who looks may merge another account into this one, or this one into another.
    pub may_merge: bool,
}

/// The tier of a customer at a glance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TierGlance {
    /// The tier, or that there is none yet.
    pub name: String,
    /// How it is drawn.
    pub rank: Option<Rank>,
    /// Until when it is kept: `until Dec 31, 2026`.
    pub kept: Option<String>,
    /// How much is done of what comes next, 0 to 100, and what is missing: `600 points more for Gold`.
    pub way: Option<(u8, String)>,
}

/// The form of who a customer is; what is not known is empty.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerForm {
    /// The customer.
    pub id: String,
    /// What they are called on the page.
    pub called: String,
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
    /// The telephone number.
    pub phone: String,
    /// The number of the loyalty card.
    pub card: String,
    /// The id in another system.
    pub external_id: String,
    /// The birthday: `05-17`, or `1990-05-17`.
    pub birthday: String,
    /// Whether who looks may change anything.
    pub may_edit: bool,
}

/// What happened to a customer's points, a page at a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerTimeline {
    /// Newest first.
    pub rows: Vec<TimelineRow>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One thing that happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TimelineRow {
    /// What: `Purchase at Riverside`.
    pub what: String,
    /// It is about a reward.
    pub is_reward: bool,
    /// Why somebody adjusted the points.
    pub reason: Option<String>,
    /// The total of a purchase.
    pub amount: Option<String>,
    /// The purchase behind it: its id, and the till's.
    pub purchase: Option<(String, String)>,
    /// What it gave or, below zero, took.
    pub points: i64,
    /// When it happened, by the clocks of the retailer.
    pub when: String,
}

/// The movements on a customer's accounts, a page at a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerEntries {
    /// Newest first.
    pub rows: Vec<EntryRow>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One movement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EntryRow {
    /// The customer's counter, which the movement took.
    pub sequence: i64,
    /// What was posted: `Purchase`.
    pub what: String,
    /// The account that moved.
    pub account: String,
    /// The purchase behind it.
    pub purchase: Option<String>,
    /// By how much.
    pub amount: i64,
    /// When it was posted.
    pub when: String,
}

/// A customer's purchases, a page at a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerPurchases {
    /// Newest first.
    pub rows: Vec<PurchaseRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// The merchant's word for points.
    pub points_name: String,
}

/// What a customer's points consist of, a page at a time, and what was adjusted last.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CustomerLots {
    /// Soonest to expire first.
    pub rows: Vec<LotRow>,
    /// Where the next page of them begins.
    pub next: Option<String>,
    /// The newest adjustments.
    pub adjustments: Vec<AdjustmentRow>,
    /// The merchant's policy as a sentence.
    pub policy: String,
    /// The merchant's word for points.
    pub points_name: String,
    /// Whether who looks may adjust.
    pub may_adjust: bool,
}

/// Points that are gone after the same day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LotRow {
    /// Until when they can be spent, in words.
    pub until: String,
    /// How many.
    pub points: i64,
}

/// Points that somebody gave or took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AdjustmentRow {
    /// Above zero given, below zero taken.
    pub points: i64,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub when: String,
}

/// The form that adjusts a customer's points.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AdjustForm {
    /// The customer.
    pub id: String,
    /// What they are called.
    pub name: String,
    /// Points that can be spent.
    pub points: i64,
    /// The merchant's word for points.
    pub points_name: String,
    /// What becomes of points without a day of their own: `points never expire`.
    pub lasts: String,
    /// Makes the form work once.
    pub once: String,
    /// Whether who looks may adjust.
    pub may_adjust: bool,
}

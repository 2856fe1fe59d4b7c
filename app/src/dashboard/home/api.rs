//! The figures of the first page.

use super::super::purchases::dto::PurchaseRow;
use crate::error::PageError;
use crate::ui::Rank;
use chrono::NaiveDate;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Everything on the first page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Home {
    /// Days of the period.
    pub days: u16,
    /// The period in words: `Apr 15 – May 14`.
    pub period: String,
    /// How to greet.
    pub first_name: String,
    /// Purchases, unclaimed ones too.
    pub purchases: Compared,
    /// What was paid.
    pub amount: ComparedMoney,
    /// Points issued.
    pub points: Compared,
    /// Customers who joined.
    pub new_customers: Compared,
    /// Customers whose latest purchase lies in the period.
    pub active_customers: i64,
    /// Customers in all.
    pub customers: i64,
    /// Points that customers hold now.
    pub outstanding: i64,
    /// What they are worth, when the merchant says what a point is.
    pub outstanding_worth: Option<String>,
    /// What somebody should look at.
    pub attention: Vec<Attention>,
    /// How many customers have which tier; nothing where there are no tiers.
    pub tiers: Option<TierShares>,
    /// Every day of the period.
    pub series: Vec<DayRow>,
    /// Points that cancellations and returns gave back in the period, of what was spent whenever.
    pub given_back: i64,
    /// The latest purchases.
    pub latest: Vec<PurchaseRow>,
    /// Promotions that count now.
    pub running: Vec<Running>,
    /// Whether there are more of them.
    pub more_running: bool,
    /// The merchant's word for points.
    pub points_name: String,
    /// What a new program still needs.
    pub start: Start,
}

/// Something that waits for somebody, and the way to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attention {
    /// What waits: `6 referrals wait for review`.
    pub title: String,
    /// What it means.
    pub text: String,
    /// Where something can be done about it.
    pub href: String,
    /// What that is called.
    pub verb: String,
}

/// Who has which tier.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TierShares {
    /// The tiers, the highest first.
    pub rows: Vec<TierShare>,
    /// How many customers have none.
    pub below: i64,
}

/// A tier and those who have it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TierShare {
    /// The tier.
    pub name: String,
    /// How it is drawn.
    pub rank: Rank,
    /// How many customers have it.
    pub customers: i64,
    /// How long its bar is, in percent of the longest.
    pub percent: i64,
}

/// A promotion that counts now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Running {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it gives, in a sentence.
    pub summary: String,
}

/// A figure and the one of the period before.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Compared {
    /// In this period.
    pub now: i64,
    /// In the one before.
    pub before: i64,
}

/// The same in money.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ComparedMoney {
    /// Minor units.
    pub figure: Compared,
    /// In this period, for reading.
    pub now: String,
    /// In the one before, for reading.
    pub before: String,
}

/// One day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DayRow {
    /// The business date.
    pub date: NaiveDate,
    /// Purchases.
    pub purchases: i64,
    /// Purchases one period earlier.
    pub purchases_before: i64,
    /// What was paid, minor units.
    pub amount: i64,
    /// What was paid one period earlier.
    pub amount_before: i64,
    /// Points issued.
    pub points: i64,
    /// Points issued one period earlier.
    pub points_before: i64,
    /// Points that customers spent.
    pub redeemed: i64,
}

/// How far a new program has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Start {
    /// Open retailers.
    pub retailers: i64,
    /// Promotions that were ever published.
    pub published: i64,
    /// Customers.
    pub customers: i64,
    /// Whether a purchase was ever posted.
    pub has_purchases: bool,
    /// Where customers join.
    pub portal: String,
    /// Whether this person may write retailers and promotions.
    pub may_edit: bool,
    /// Whether this person may make keys.
    pub may_make_keys: bool,
}

impl Start {
    /// Nothing is left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.retailers > 0 && self.published > 0 && self.has_purchases && self.customers > 0
    }
}

/// Reads the first page for a period of so many days.
#[server(prefix = "/rpc/dashboard", endpoint = "home")]
pub async fn read_home(days: u16) -> Result<Home, PageError> {
    super::load::home(days).await
}

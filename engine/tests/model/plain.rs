//! What goes into the engine and into the model, and what comes out of both, in plain words and numbers.

use std::fmt::Debug;

use chrono::NaiveDate;
use rust_decimal::Decimal;

/// What is sold: sku and category. `NAIL` is sold and in nobody's catalogue.
pub const CATALOGUE: [(&str, &str); 4] =
    [("TEA", "drinks"), ("COFFEE", "drinks"), ("BREAD", "bakery"), ("CAKE", "bakery")];
pub const UNKNOWN_PRODUCT: &str = "NAIL";
pub const RETAILERS: [&str; 2] = ["north", "south"];
/// How many customers there are; the last two become known by their first purchase.
pub const CUSTOMERS: usize = 6;
pub const KNOWN_CUSTOMERS: usize = 4;

/// What a promotion gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Rate(Decimal),
    Multiplier(Decimal),
    Flat(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    Day,
    Month,
    Ever,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Add,
    Best,
    Exclusive,
}

/// One version of a promotion.
#[derive(Debug, Clone)]
pub struct Terms {
    pub effect: Effect,
    pub include: Vec<&'static str>,
    pub exclude: Vec<&'static str>,
    pub retailers: Vec<&'static str>,
    pub tiers: Vec<usize>,
    pub first_purchase_only: bool,
    pub minimum_amount: Option<i64>,
    pub per_purchase: Option<i64>,
    pub per_customer: Option<(i64, Period)>,
    /// Points, and whether the rest of them is given when more is asked for.
    pub budget: Option<(i64, bool)>,
    pub group: &'static str,
    pub mode: Mode,
    pub priority: i32,
    pub pending_days: Option<u64>,
}

/// One version of a cashback offer.
#[derive(Debug, Clone)]
pub struct OfferTerms {
    pub percentage: Decimal,
    pub products: Vec<&'static str>,
    pub active: bool,
    pub per_purchase: Option<i64>,
    pub per_month: Option<i64>,
    pub pending_days: u64,
    pub valid_days: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnPolicy {
    AllowNegative,
    FloorZero,
    Window,
}

#[derive(Debug, Clone)]
pub enum Expiry {
    Never,
    AfterMonths {
        months: u32,
        month_end: bool,
    },
    /// Days of the year, as month and day.
    Calendar(Vec<(u32, u32)>),
    Inactivity(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    Floor,
    HalfUp,
    HalfEven,
    Ceil,
}

/// How the merchant is set up for a whole sequence.
#[derive(Debug, Clone)]
pub struct Setup {
    pub expiry: Expiry,
    pub rounding: Rounding,
    pub best_offer_only: bool,
    pub promotions: Vec<Terms>,
    pub offers: Vec<OfferTerms>,
    pub rewards: Vec<Reward>,
    /// The lowest is everybody's.
    pub tiers: Vec<Tier>,
}

/// A tier by points ever earned.
#[derive(Debug, Clone)]
pub struct Tier {
    pub threshold: i64,
    pub multiplier: Decimal,
}

/// What points can be redeemed for.
#[derive(Debug, Clone)]
pub struct Reward {
    pub cost: i64,
    pub stock: Option<i64>,
    pub per_customer: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub product: Option<&'static str>,
    pub quantity: u64,
    pub amount: i64,
    pub discount: i64,
}

impl Line {
    /// What is to be paid for it.
    pub fn due(&self) -> i64 {
        self.amount - self.discount
    }
}

/// A purchase as a till sends it. The number is that of the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    pub number: u32,
    pub retailer: usize,
    pub customer: Option<usize>,
    pub lines: Vec<Line>,
    /// How many seconds ago it happened, when the till tells.
    pub ago: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    Units(u64),
    Amount(i64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returning {
    Everything,
    Amount(i64),
    Lines(Vec<(usize, Part)>),
}

/// What both answer to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Done,
    /// The step speaks of something that is not there; neither was asked.
    Skipped,
    Refused(String),
    Purchase(Bought),
    Waiting,
    Return(Box<Returned>),
    Claim {
        replayed: bool,
        points: i64,
        pending: i64,
        balance: (i64, i64),
    },
    Adjusted {
        before: i64,
        after: i64,
    },
    /// The state of a redemption, and the points that can be spent, wait and are held.
    Redeemed {
        state: &'static str,
        balance: (i64, i64, i64),
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    pub replayed: bool,
    pub credited: bool,
    pub earned: i64,
    pub pending: i64,
    pub claimable: Option<i64>,
    /// Points and what waits.
    pub balance: Option<(i64, i64)>,
    pub lines: Vec<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    pub replayed: bool,
    pub amount: i64,
    pub points: i64,
    pub pending: i64,
    pub debt: i64,
    pub absorbed: i64,
    pub cashback: i64,
    pub balance: Option<(i64, i64)>,
    pub complete: bool,
}

/// What is stored of a customer, as both tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub available: i64,
    pub pending: i64,
    pub reserved: i64,
    pub debt: i64,
    pub lifetime: i64,
    /// What is left, by the last day; no day is the last of all.
    pub lots: Vec<(NaiveDate, i64)>,
    pub wallet: i64,
    /// The tier, and how often it has changed.
    pub tier: (usize, i32),
}

/// Everything that both are compared by, beside the answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Books {
    pub customers: Vec<Standing>,
    /// Points given so far, by promotion, of those that have a budget.
    pub budgets: Vec<(usize, i64)>,
    /// Points given so far, by customer, promotion, period and its first day.
    pub uses: Vec<(usize, usize, Period, NaiveDate, i64)>,
    /// The same in money, by customer, offer and month.
    pub cashback_uses: Vec<(usize, usize, NaiveDate, i64)>,
    /// What is left of each reward.
    pub stock: Vec<Option<i64>>,
}

//! Why a promotion did not apply, with the facts that say so.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::codes::{Region, RetailerCode};
use crate::ids::{PromotionId, TierId};
use crate::money::{Amount, Currency, format_amount};
use crate::points::Points;
use crate::promotion::{LimitPeriod, one_of, parse_time};
use crate::written::{self, moment};

/// Why a promotion did not apply to a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum MissReason {
    /// No version of it was in force yet.
    NotYetInForce {
        /// From when the first one is.
        effective_from: DateTime<Utc>,
    },
    /// It rested.
    Paused {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It had been ended by hand.
    Ended {
        /// When.
        ended_at: DateTime<Utc>,
    },
    /// It had not begun.
    NotStarted {
        /// When it begins, by the retailer's clocks.
        starts_at: NaiveDateTime,
    },
    /// It was over.
    Over {
        /// When it ended, by the retailer's clocks.
        ends_at: NaiveDateTime,
    },
    /// It holds on other weekdays.
    Weekday {
        /// The business day of the purchase: `Thursday`.
        day: String,
        /// The days on which it holds.
        days: Vec<String>,
    },
    /// It holds at other hours.
    Hours {
        /// What the retailer's clocks showed: `16:59`.
        time: String,
        /// When it begins: `17:00`.
        from: String,
        /// When it is over: `02:00`.
        to: String,
    },
    /// It holds at other retailers.
    Retailer {
        /// Where the purchase was.
        retailer: RetailerCode,
        /// Where it holds.
        retailers: Vec<RetailerCode>,
    },
    /// It holds in other regions.
    Region {
        /// Where the purchase was, when its retailer has a region.
        region: Option<Region>,
        /// Where it holds.
        regions: Vec<Region>,
    },
    /// It is only about a customer's first purchase, and this was a later one.
    NotFirstPurchase,
    /// It is for customers of other tiers.
    Tier {
        /// The customer's tier, when there is one.
        tier: Option<TierId>,
        /// The tiers that it is for.
        tiers: Vec<TierId>,
    },
    /// The customer has had all that it gives to one.
    LimitReached {
        /// The most that it gives to one customer.
        limit: Points,
        /// In which time.
        per: LimitPeriod,
        /// What the customer has had in that time.
        used: Points,
    },
    /// Its budget is spent.
    BudgetSpent {
        /// The most that it gives in all.
        budget: Points,
    },
    /// Nothing that it is about was bought and paid for.
    NoMatchingLine,
    /// Too little was paid for what it is about.
    BelowMinimum {
        /// What was paid for the matching lines.
        amount: Amount,
        /// What must be paid for them.
        minimum: Amount,
        /// How much is missing.
        missing: Amount,
        /// The currency of the three.
        currency: Currency,
    },
    /// An exclusive promotion of its group applied instead.
    Excluded {
        /// Which.
        promotion_id: PromotionId,
        /// What that is called.
        name: String,
        /// The group.
        group: String,
    },
    /// Another promotion of its group was worth more.
    NotBest {
        /// Which.
        promotion_id: PromotionId,
        /// What that is called.
        name: String,
        /// The group.
        group: String,
    },
}

impl MissReason {
    /// The reason in a plain sentence without a full stop.
    #[must_use]
    pub fn text(&self) -> String {
        let names = |names: &[String]| one_of(names.iter().cloned(), "or");
        match self {
            Self::NotYetInForce { effective_from } => {
                format!("In force only from {} UTC", moment(effective_from.naive_utc()))
            }
            Self::Paused { since } => format!("Paused since {} UTC", moment(since.naive_utc())),
            Self::Ended { ended_at } => format!("Ended on {} UTC", moment(ended_at.naive_utc())),
            Self::NotStarted { starts_at } => format!("Starts on {}", moment(*starts_at)),
            Self::Over { ends_at } => format!("Was over on {}", moment(*ends_at)),
            Self::Weekday { day, days } => format!("Only on {}, and this was a {day}", names(days)),
            Self::Hours { time, from, to } => {
                format!("Only from {} to {}, and this was at {}", clock(from), clock(to), clock(time))
            }
            Self::Retailer { retailers, .. } => {
                format!("Only at {}", one_of(retailers.iter().map(ToString::to_string), "or"))
            }
            Self::Region { regions, .. } => {
                format!("Only in {}", one_of(regions.iter().map(ToString::to_string), "or"))
            }
            Self::NotFirstPurchase => "Only for a first purchase".to_owned(),
            Self::Tier { tier: Some(_), .. } => "Only for customers of another tier".to_owned(),
            Self::Tier { tier: None, .. } => "Only for customers of a tier".to_owned(),
            Self::LimitReached { limit, per, .. } => {
                format!("All of the {}{} for a customer are used", limit.counted(), per.text())
            }
            Self::BudgetSpent { budget } => format!("Its budget of {} is spent", budget.counted()),
            Self::NoMatchingLine => "No line matches".to_owned(),
            Self::BelowMinimum { amount, minimum, missing, currency } => format!(
                "{} short of {}: the matching lines come to {}",
                format_amount(*missing, *currency),
                format_amount(*minimum, *currency),
                format_amount(*amount, *currency),
            ),
            Self::Excluded { name, group, .. } => format!("“{name}” stands alone in group “{group}”"),
            Self::NotBest { name, group, .. } => format!("“{name}” was the best of group “{group}”"),
        }
    }
}

/// A time of the clock as people read it; as it is where it is none.
fn clock(text: &str) -> String {
    parse_time(text).map_or_else(|| text.to_owned(), written::time)
}

/// A promotion that applied to the purchase, but not to this line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineMiss {
    /// Which promotion.
    pub promotion_id: PromotionId,
    /// What it is called.
    pub name: String,
    /// Why not, for programs.
    pub code: LineMissReason,
    /// Why not, for people.
    pub text: String,
}

/// Why a promotion that applied to the purchase did not apply to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LineMissReason {
    /// Nothing was paid for the line.
    NothingPaid,
    /// The promotion is about certain products, and this one is not in the catalogue.
    UnknownProduct,
    /// The promotion is about other products.
    NotIncluded,
    /// The promotion leaves this product out.
    Excluded,
}

impl LineMissReason {
    /// The reason in a plain sentence without a full stop.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NothingPaid => "Nothing was paid for it",
            Self::UnknownProduct => "Not in the catalogue",
            Self::NotIncluded => "Not among the promoted products",
            Self::Excluded => "Left out of this promotion",
        }
    }
}

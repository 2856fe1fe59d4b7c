//! What the promotion pages show.

use super::fields::Values;
use super::found::Stage;
use perennial_domain::evaluate::TierFacts;
use perennial_domain::money::Currency;
use perennial_domain::promotion::RuleSet;
use serde::{Deserialize, Serialize};

/// Where a promotion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing of it was ever published.
    Draft,
    /// Published, and not begun.
    Scheduled,
    /// Purchases earn by it.
    Running,
    /// It rests.
    Paused,
    /// It is over.
    Ended,
    /// Put away.
    Archived,
}

impl State {
    /// All of them, in the order in which a filter offers them.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Scheduled, Self::Draft, Self::Paused, Self::Ended, Self::Archived];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Archived => "archived",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Scheduled => "Scheduled",
            Self::Running => "Running",
            Self::Paused => "Paused",
            Self::Ended => "Ended",
            Self::Archived => "Archived",
        }
    }
}

/// One promotion of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PromotionRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it gives, in a sentence.
    pub summary: String,
    /// Where it stands.
    pub state: State,
    /// The newest version.
    pub version: u32,
    /// Whether the newest version is not published yet, above one that is.
    pub has_draft: bool,
    /// When it holds, in words.
    pub dates: String,
    /// Where it lies in the three months that the list shows, in thousandths of them.
    pub bar: Option<(u16, u16)>,
    /// What it has given of its budget, where it has one.
    pub budget: Option<BudgetUse>,
}

/// What a promotion has given of its budget.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct BudgetUse {
    /// How much of it, in whole percent, at most a hundred.
    pub percent: i64,
    /// The most that it may give, in points.
    pub points: i64,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PromotionList {
    /// The rows.
    pub rows: Vec<PromotionRow>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// The three months of the bars: `Oct – Dec`.
    pub months: String,
    /// Where today lies in them, in thousandths.
    pub today: u16,
    /// Whether who looks may change anything.
    pub may_edit: bool,
}

/// Everything the editor needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EditorData {
    /// The promotion, unless it is a new one.
    pub known: Option<Known>,
    /// The fields before anything was typed.
    pub values: Values,
    /// What the preview computes with.
    pub context: Context,
    /// Whether who looks may change anything.
    pub may_edit: bool,
    /// Makes a form that is sent twice work once.
    pub once: String,
    /// What a replay of what is saved has found, if one was asked for.
    pub replay: Stage,
}

/// A promotion that is there already.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// The name of its newest version.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// The newest published version.
    pub published: Option<u32>,
    /// The version that is being written, if one is saved.
    pub draft: Option<u32>,
    /// Who wrote the newest version and when: `Priya, 4 min ago`.
    pub changed: String,
    /// The fingerprint of the newest version.
    pub seen: String,
    /// All versions, newest first.
    pub versions: Vec<VersionRow>,
}

impl Known {
    /// The number that a saved draft has or would get.
    #[must_use]
    pub fn next_version(&self) -> u32 {
        self.draft.unwrap_or_else(|| self.published.map_or(1, |version| version.saturating_add(1)))
    }
}

/// One version and what it changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VersionRow {
    /// Its number.
    pub number: u32,
    /// Whether it is still a draft.
    pub draft: bool,
    /// Whether it counts now.
    pub current: bool,
    /// From when it counts, in words.
    pub since: String,
    /// Who wrote it and when.
    pub by: String,
    /// The whole of it, in a sentence.
    pub summary: String,
    /// What differs from the version before.
    pub changes: Vec<Change>,
}

/// One thing that a version changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The clause: `Minimum`.
    pub what: String,
    /// What it said before.
    pub before: String,
    /// What it says now.
    pub after: String,
}

/// What the preview computes with: the other promotions, the stores, the products.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Context {
    /// The merchant's currency.
    pub currency: Currency,
    /// The merchant's word for points.
    pub points_name: String,
    /// The clocks of the merchant, as a form writes them: `2026-11-21T17:00`.
    pub now: String,
    /// The merchant's zone.
    pub time_zone: String,
    /// What other promotions say: everything that is published, without this one.
    pub others: RuleSet,
    /// The merchant's tiers, the lowest first.
    pub tiers: Vec<TierFacts>,
    /// The open retailers.
    pub retailers: Vec<StoreFacts>,
    /// Categories in use.
    pub categories: Vec<String>,
    /// Tags in use.
    pub tags: Vec<String>,
    /// Whether `products` and `tags` are all there are.
    pub all_products: bool,
    /// Some products; others are looked up when they are typed.
    pub products: Vec<ProductFacts>,
}

/// What “Try it” must know about a retailer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreFacts {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: Option<String>,
    /// Its zone.
    pub time_zone: String,
    /// When its business day begins, `04:00`.
    pub business_day_start: String,
}

/// What “Try it” must know about a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductFacts {
    /// Its SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

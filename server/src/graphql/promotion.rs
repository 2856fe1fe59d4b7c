//! Promotions in the graph.

use async_graphql::{Description, Enum, ID, Object};
use chrono::{DateTime, Utc};
use perennial_domain::promotion::sentence;
use perennial_engine::promotions::{PromotionState, PromotionView};

use super::{
    explanation::parts,
    scalars::{Amount, Points},
};

/// Where a promotion is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "PromotionState", remote = "PromotionState")]
pub enum State {
    /// Never published.
    Draft,
    /// Published; its time has not come.
    Scheduled,
    /// Purchases earn by it.
    Running,
    /// Published and resting.
    Paused,
    /// Ended by hand, or its time is over.
    Ended,
    /// Out of sight. It still explains old purchases.
    Archived,
}

/// A promotion: its newest terms, and where it is in its life.
#[derive(Description)]
pub struct Promotion {
    view: PromotionView,
    currency: perennial_domain::money::Currency,
}

impl Promotion {
    /// A promotion of a merchant with this currency.
    pub fn new(view: PromotionView, currency: perennial_domain::money::Currency) -> Self {
        Self { view, currency }
    }
}

#[Object(use_type_description)]
impl Promotion {
    /// The promotion.
    async fn id(&self) -> ID {
        self.view.id.to_string().into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        self.view.terms.name.as_str()
    }

    /// What it gives, for what, where and when, in a sentence.
    async fn summary(&self) -> String {
        sentence(&self.view.terms, self.currency)
    }

    /// Where it is in its life.
    async fn state(&self) -> State {
        self.view.state.into()
    }

    /// The version whose terms these are: the draft when there is one, else the newest.
    async fn version(&self) -> u32 {
        self.view.version
    }

    /// Whether these terms are a draft, which counts for nothing yet.
    async fn is_draft(&self) -> bool {
        self.view.is_draft
    }

    /// The version that purchases earn by now.
    async fn version_in_force(&self) -> Option<u32> {
        self.view.version_in_force
    }

    /// Points per major unit of what is paid, as a decimal, if that is what it gives.
    async fn award_rate(&self) -> Option<String> {
        parts(&self.view.terms.effect).0
    }

    /// The factor of what other promotions give, as a decimal, if that is what it gives.
    async fn multiplier(&self) -> Option<String> {
        parts(&self.view.terms.effect).1
    }

    /// Points once for a purchase, if that is what it gives.
    async fn flat_points(&self) -> Option<Points> {
        parts(&self.view.terms.effect).2
    }

    /// The products that it is about: `SKU`, `category:x`, `tag:x`; all when there are none.
    async fn products(&self) -> Vec<String> {
        self.view.terms.products.include.iter().map(ToString::to_string).collect()
    }

    /// The products that it leaves out.
    async fn except(&self) -> Vec<String> {
        self.view.terms.products.exclude.iter().map(ToString::to_string).collect()
    }

    /// The codes of the retailers at which it holds; all when there are none.
    async fn retailers(&self) -> Vec<String> {
        self.view.terms.retailers.iter().map(ToString::to_string).collect()
    }

    /// The regions in which it holds; all when there are none.
    async fn regions(&self) -> Vec<String> {
        self.view.terms.regions.iter().map(ToString::to_string).collect()
    }

    /// What must be paid for the matching lines together.
    async fn minimum_amount(&self) -> Option<Amount> {
        self.view.terms.minimum_amount.map(Into::into)
    }

    /// The local date and time of the retailer at which it begins.
    async fn starts_at(&self) -> Option<chrono::NaiveDateTime> {
        self.view.terms.starts_at
    }

    /// The local date and time of the retailer at which it is over.
    async fn ends_at(&self) -> Option<chrono::NaiveDateTime> {
        self.view.terms.ends_at
    }

    /// When this version was published.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.view.published_at
    }
}

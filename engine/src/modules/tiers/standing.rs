//! Where a customer stands, and how far it is to the next tier.

use chrono::NaiveDate;
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use perennial_domain::tiers::{ManualMove, Progress, TierBasis, spans, tier_progress};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use super::ladder::TierName;
use super::program::{Member, Program};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};

/// A customer's tier. All dates are local ones of the merchant, numbers in what its tiers count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerTier {
    /// The tier; nothing below the lowest.
    pub tier: Option<TierName>,
    /// The day on which the customer came to it.
    pub since: NaiveDate,
    /// The last day for which it is kept whatever happens; nothing where nobody can fall.
    pub kept_until: Option<NaiveDate>,
    /// The last day on which only staff move the customer.
    pub pinned_until: Option<NaiveDate>,
    /// How staff have moved the customer, where that still counts.
    pub manual: Option<ManualMove>,
    /// What the numbers count.
    pub basis: TierBasis,
    /// What counts today towards a higher tier.
    pub progress: i64,
    /// The next higher tier; nothing at the top.
    pub next: Option<TierNext>,
    /// What is to be done to keep the tier; nothing where nobody can fall from it.
    pub keep: Option<TierKeep>,
}

/// The way to the next tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierNext {
    /// Which.
    pub tier: TierName,
    /// Its threshold.
    pub threshold: i64,
    /// How much is missing.
    pub missing: i64,
}

/// The way to keep a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TierKeep {
    /// The last day of the tier as things stand.
    pub until: NaiveDate,
    /// Its threshold.
    pub threshold: i64,
    /// What counts towards keeping it.
    pub progress: i64,
    /// How much is missing.
    pub missing: i64,
    /// The last day for it, the days of grace included.
    pub deadline: NaiveDate,
    /// The last day of the tier when nothing is missing.
    pub then_until: NaiveDate,
}

impl Engine {
    /// Where a customer stands, and how far it is to the next tier and to keeping this one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_tier(&self, cx: &Cx, customer: CustomerId) -> Result<CustomerTier, Error> {
        cx.require_for(Action::CustomersRead, customer)?;
        let program = Program::read(self, self.db(), cx.merchant()).await?;
        let member = program.members(self.db(), &[customer]).await?.pop();
        program.standing(self.db(), &member.ok_or(Error::NotFound(What::Customer))?).await
    }
}

impl Program<'_> {
    /// What a customer is told.
    pub async fn standing(&self, db: &impl ConnectionTrait, member: &Member) -> Result<CustomerTier, Error> {
        let (situation, membership) = (self.situation(member), member.membership);
        let spans = spans(&situation, &membership);
        let sums = self.sums(db, vec![(member.customer, spans.running, spans.keeping)]).await?;
        let sums = sums.first().ok_or_else(|| Error::Inconsistent("progress of nobody".to_owned()))?;
        let progress = Progress { running: sums.running, keeping: sums.other };
        let told = tier_progress(&situation, &membership, progress);
        let named = |id| self.ladder.get(id).map(TierName::of);
        Ok(CustomerTier {
            tier: told.tier.and_then(named),
            since: membership.since,
            kept_until: membership.kept_until,
            pinned_until: membership.pinned_until,
            manual: membership.manual,
            basis: self.settings.tiers.basis,
            progress: told.progress,
            next: told.next.and_then(|next| {
                Some(TierNext { tier: named(next.id)?, threshold: next.threshold, missing: next.missing })
            }),
            keep: told.keep.map(|keep| TierKeep {
                until: keep.until,
                threshold: keep.threshold,
                progress: keep.progress,
                missing: keep.missing,
                deadline: keep.deadline,
                then_until: keep.then_until,
            }),
        })
    }
}

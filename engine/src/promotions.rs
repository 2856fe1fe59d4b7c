//! Promotions: what a merchant promises, from the first draft to the archive.
//!
//! A promotion is a row with a life cycle and numbered versions of its terms. A version that was published never
//! changes again; an edit drafts the next one, and nothing of a draft counts before it is published.
//!
//! ```text
//!            publish               its time comes            end, or its time is over
//!   draft ──────────▶ scheduled ──────────────────▶ running ──────────────────────────▶ ended ──▶ archived
//!     │                                             │     ▲
//!     └──▶ archived                           pause └──▶ paused, resume
//! ```

mod budgets;
mod edit;
mod life;
mod offers;
mod read;
mod replay;
mod rule_set;
mod state;

pub use budgets::BudgetStanding;
pub use offers::{OfferLimit, PromotionOffer};
pub use read::{PromotionFilter, PromotionVersionView, PromotionView};
pub(crate) use replay::Seats;
pub use replay::{PromotionReplay, ReplayEvent, ReplayProgress, ReplaySpan, Tried};
pub use state::PromotionState;

use chrono::{DateTime, Utc};
use perennial_domain::codes::Zone;
use perennial_domain::ids::{MerchantId, PromotionId};
use perennial_domain::promotion::{Pause, PromotionRules, PromotionTerms, PromotionVersion};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::entity::{promotion, promotion_version};
use crate::error::{Error, What};
use crate::stored::stored;

/// A promotion with all its versions, as read from the database.
struct Loaded {
    row: promotion::Model,
    /// The published versions, with pauses and end.
    rules: PromotionRules,
    /// All versions, oldest first; there is at least one.
    versions: Vec<LoadedVersion>,
}

struct LoadedVersion {
    number: u32,
    terms: PromotionTerms,
    effective_from: Option<DateTime<Utc>>,
    published_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    created_by: String,
}

impl Loaded {
    fn new(row: promotion::Model, versions: Vec<promotion_version::Model>) -> Result<Self, Error> {
        let versions = versions.into_iter().map(LoadedVersion::new).collect::<Result<Vec<_>, _>>()?;
        let pauses: Vec<Pause> = stored(serde_json::from_value(row.pauses.clone()), "promotions.pauses")?;
        let rules = PromotionRules {
            id: PromotionId::from_uuid(row.id),
            versions: versions
                .iter()
                .filter(|version| version.published_at.is_some())
                .map(|version| PromotionVersion {
                    version: version.number,
                    effective_from: version.effective_from,
                    terms: version.terms.clone(),
                })
                .collect(),
            pauses,
            ended_at: row.ended_at,
        };
        Ok(Self { row, rules, versions })
    }

    /// The promotion, locked until the transaction ends.
    async fn locked(txn: &DatabaseTransaction, merchant: MerchantId, id: PromotionId) -> Result<Self, Error> {
        let row = promotion::Entity::find_by_id((merchant.uuid(), id.uuid()))
            .lock(LockType::NoKeyUpdate)
            .one(txn)
            .await?
            .ok_or(Error::NotFound(What::Promotion))?;
        let versions = versions_of(txn, merchant, vec![row.id]).await?;
        Self::new(row, versions)
    }

    fn id(&self) -> PromotionId {
        PromotionId::from_uuid(self.row.id)
    }

    fn state(&self, now: DateTime<Utc>, zone: Zone) -> PromotionState {
        state::state(&self.rules, self.row.archived_at.is_some(), now, zone)
    }

    fn newest(&self) -> Result<&LoadedVersion, Error> {
        self.versions
            .last()
            .ok_or_else(|| Error::Inconsistent(format!("promotion {} has no version", self.row.id)))
    }

    /// The version that may still change.
    fn draft(&self) -> Option<&LoadedVersion> {
        self.versions.last().filter(|version| version.published_at.is_none())
    }
}

impl LoadedVersion {
    fn new(row: promotion_version::Model) -> Result<Self, Error> {
        Ok(Self {
            number: stored(row.version.try_into(), "promotion_versions.version")?,
            terms: stored(serde_json::from_value(row.terms), "promotion_versions.terms")?,
            effective_from: row.effective_from,
            published_at: row.published_at,
            created_at: row.created_at,
            created_by: row.created_by,
        })
    }
}

/// All versions of some promotions, by promotion, oldest first.
async fn versions_of(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    promotions: Vec<uuid::Uuid>,
) -> Result<Vec<promotion_version::Model>, Error> {
    Ok(promotion_version::Entity::find()
        .filter(promotion_version::Column::MerchantId.eq(merchant.uuid()))
        .filter(promotion_version::Column::PromotionId.is_in(promotions))
        .order_by_asc(promotion_version::Column::PromotionId)
        .order_by_asc(promotion_version::Column::Version)
        .all(db)
        .await?)
}

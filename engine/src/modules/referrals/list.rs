//! Referrals as the staff and programs of a merchant see them.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::codes::ReferralCode;
use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId};
use perennial_domain::referrals::{CameBy, ReferralPolicy, ReferralState, Review, Risk};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::standing::held_until;
use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::{Error, What};
use crate::page::{Page, PageRequest};
use crate::stored::stored;

/// A referral, as lists and pages show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReferralView {
    /// Who was brought.
    pub friend_id: CustomerId,
    /// What the friend is called.
    pub friend_name: Option<String>,
    /// By whom; never changes.
    pub advocate_id: CustomerId,
    /// What the advocate is called.
    pub advocate_name: Option<String>,
    /// Whether the advocate is banned.
    pub advocate_banned: bool,
    /// By which code.
    pub code: ReferralCode,
    /// How the friend came.
    pub came_by: CameBy,
    /// What the referral has come to.
    pub state: ReferralState,
    /// What people think of it.
    pub review: Review,
    /// How much there is to doubt, 0 to 100.
    pub score: u8,
    /// Why, the gravest first.
    pub risks: Vec<Risk>,
    /// When the friend came.
    pub registered_at: DateTime<Utc>,
    /// When the friend's first purchase was credited.
    pub qualified_at: Option<DateTime<Utc>>,
    /// That purchase.
    pub first_purchase_id: Option<PurchaseId>,
    /// Nothing is given before this.
    pub held_until: Option<DateTime<Utc>>,
    /// When the advocate was first given something for it.
    pub rewarded_at: Option<DateTime<Utc>>,
    /// When it was reversed or rejected.
    pub ended_at: Option<DateTime<Utc>>,
    /// Who decided about it.
    pub reviewed_by: Option<String>,
    /// When.
    pub reviewed_at: Option<DateTime<Utc>>,
}

/// Which referrals are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferralFilter {
    /// In this state.
    pub state: Option<ReferralState>,
    /// With this review. `Waiting` is what somebody has to decide about: one that is over by now is not among them.
    pub review: Option<Review>,
    /// Of this advocate.
    pub advocate: Option<CustomerId>,
    /// Of this friend: one at most.
    pub friend: Option<CustomerId>,
}

impl Engine {
    /// Referrals, the newest first; those that somebody has to decide about, what has waited longest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the page cannot be read.
    pub async fn referral_list(
        &self,
        cx: &Cx,
        filter: &ReferralFilter,
        page: &PageRequest,
    ) -> Result<Page<ReferralView>, Error> {
        cx.require(Action::ReferralsRead)?;
        let policy = self.merchant_settings_in(self.db(), cx.merchant()).await?.referrals;
        let views = list(self.db(), cx.merchant(), &policy, filter, page).await?;
        Ok(page.page(views, |view: &ReferralView| (view.registered_at, view.friend_id)))
    }

    /// The referral of a friend.
    ///
    /// # Errors
    /// [`Error::NotFound`] for somebody who came by nobody.
    pub async fn referral_get(&self, cx: &Cx, friend: CustomerId) -> Result<ReferralView, Error> {
        cx.require(Action::ReferralsRead)?;
        one(self, self.db(), cx.merchant(), friend).await
    }
}

/// The referral of a friend.
pub(super) async fn one(
    engine: &Engine,
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    friend: CustomerId,
) -> Result<ReferralView, Error> {
    let policy = engine.merchant_settings_in(db, merchant).await?.referrals;
    let filter = ReferralFilter { friend: Some(friend), ..ReferralFilter::default() };
    let found = list(db, merchant, &policy, &filter, &PageRequest::default()).await?;
    found.into_iter().next().ok_or(Error::NotFound(What::Referral))
}

async fn list(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    policy: &ReferralPolicy,
    filter: &ReferralFilter,
    page: &PageRequest,
) -> Result<Vec<ReferralView>, Error> {
    let after: Option<(DateTime<Utc>, CustomerId)> = page.after()?;
    let values = [
        merchant.uuid().into(),
        filter.state.map(ReferralState::as_str).into(),
        filter.review.map(Review::as_str).into(),
        filter.advocate.map(CustomerId::uuid).into(),
        filter.friend.map(CustomerId::uuid).into(),
        after.map(|(at, _)| at).into(),
        after.map(|(_, friend)| friend.uuid()).into(),
        page.probe().into(),
    ];
    let sql = match filter.review {
        Some(Review::Waiting) => {
            concat!(include_str!("sql/list.sql"), include_str!("sql/list_waiting.sql"))
        }
        _ => concat!(include_str!("sql/list.sql"), include_str!("sql/list_newest.sql")),
    };
    let rows = db.query_all_raw(statement(sql, values)).await?;
    rows.iter().map(|row| view(row, policy)).collect()
}

fn view(row: &QueryResult, policy: &ReferralPolicy) -> Result<ReferralView, Error> {
    let text = |column: &str| row.try_get::<String>("", column);
    let (code, came_by, state, review) = (text("code")?, text("came_by")?, text("state")?, text("review")?);
    let qualified_at: Option<DateTime<Utc>> = row.try_get("", "qualified_at")?;
    let first: Option<Uuid> = row.try_get("", "first_purchase_id")?;
    let score: i16 = row.try_get("", "score")?;
    Ok(ReferralView {
        friend_id: CustomerId::from_uuid(row.try_get("", "friend_id")?),
        friend_name: row.try_get("", "friend_name")?,
        advocate_id: CustomerId::from_uuid(row.try_get("", "advocate_id")?),
        advocate_name: row.try_get("", "advocate_name")?,
        advocate_banned: row.try_get::<Option<bool>>("", "is_banned")?.unwrap_or(false),
        code: stored(ReferralCode::new(&code), "referrals.code")?,
        came_by: stored(came_by.parse(), "referrals.came_by")?,
        state: stored(state.parse(), "referrals.state")?,
        review: stored(review.parse(), "referrals.review")?,
        score: stored(score.try_into(), "referrals.score")?,
        risks: stored(serde_json::from_value(row.try_get("", "risk")?), "referrals.risk")?,
        registered_at: row.try_get("", "registered_at")?,
        qualified_at,
        first_purchase_id: first.map(PurchaseId::from_uuid),
        held_until: qualified_at.map(|at| held_until(policy, at)),
        rewarded_at: row.try_get("", "rewarded_at")?,
        ended_at: row.try_get("", "ended_at")?,
        reviewed_by: row.try_get("", "reviewed_by")?,
        reviewed_at: row.try_get("", "reviewed_at")?,
    })
}

//! What a customer sees of the friends that the customer has brought.

use chrono::{DateTime, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::CustomerId;
use perennial_domain::referrals::{ReferralState, Review, SharingTarget};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use super::standing::held_until;
use super::statement;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::modules::policies::{FriendMilestone, friend_milestones};
use crate::page::{Page, PageRequest};
use crate::stored::stored;

/// A friend, as the advocate may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReferralFriend {
    /// The first name and the initial of the last; nothing for a friend who gave no name.
    pub name: Option<String>,
    /// What the referral has come to.
    pub state: ReferralState,
    /// Whether a person has to look at it first.
    pub review: Review,
    /// When the friend came.
    pub registered_at: DateTime<Utc>,
    /// When the friend bought for the first time.
    pub qualified_at: Option<DateTime<Utc>>,
    /// Nothing is given before this: until then the purchase can be returned.
    pub held_until: Option<DateTime<Utc>>,
    /// When the advocate was first given something for it.
    pub rewarded_at: Option<DateTime<Utc>>,
    /// How often the friend has bought.
    pub purchases: i64,
    /// How far it is to what the friend's next purchases bring, while the friend counts.
    pub milestones: Vec<FriendMilestone>,
}

/// How far a customer's friends have come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReferralSummary {
    /// Came, and have not bought anything.
    pub registered: i64,
    /// Have bought, and the advocate was given nothing for it yet.
    pub qualified: i64,
    /// The advocate was given something for them.
    pub rewarded: i64,
    /// A person has to look at them.
    pub waiting: i64,
}

impl Engine {
    /// The friends that a customer has brought, the newest first. A customer may ask for the own ones.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn referral_friends(
        &self,
        cx: &Cx,
        customer: CustomerId,
        page: &PageRequest,
    ) -> Result<Page<ReferralFriend>, Error> {
        cx.require_for(Action::ReferralsRead, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let policy = self.merchant_settings_in(self.db(), cx.merchant()).await?.referrals;
        let after: Option<(DateTime<Utc>, CustomerId)> = page.after()?;
        let values = [
            cx.merchant().uuid().into(),
            customer.uuid().into(),
            after.map(|(at, _)| at).into(),
            after.map(|(_, friend)| friend.uuid()).into(),
            page.probe().into(),
        ];
        let rows = self.db().query_all_raw(statement(include_str!("sql/friends.sql"), values)).await?;
        let mut friends = Vec::with_capacity(rows.len());
        for row in &rows {
            let (state, review): (String, String) = (row.try_get("", "state")?, row.try_get("", "review")?);
            let name: Option<String> = row.try_get("", "name")?;
            let qualified_at: Option<DateTime<Utc>> = row.try_get("", "qualified_at")?;
            let friend = ReferralFriend {
                name: name.as_deref().and_then(shortened),
                state: stored(state.parse(), "referrals.state")?,
                review: stored(review.parse(), "referrals.review")?,
                registered_at: row.try_get("", "registered_at")?,
                qualified_at,
                held_until: qualified_at.map(|at| held_until(&policy, at)),
                rewarded_at: row.try_get("", "rewarded_at")?,
                purchases: row.try_get::<Option<i64>>("", "purchases")?.unwrap_or(0),
                milestones: Vec::new(),
            };
            friends.push((CustomerId::from_uuid(row.try_get("", "friend_id")?), friend));
        }
        let counting = friends.iter().filter(|(_, friend)| !friend.state.is_final()).map(|(id, _)| *id);
        let (counting, now): (Vec<CustomerId>, _) = (counting.collect(), self.now(cx.merchant()));
        let mut milestones = friend_milestones(self.db(), cx.merchant(), &counting, now).await?;
        for (id, friend) in &mut friends {
            friend.milestones = milestones.remove(id).unwrap_or_default();
        }
        let page = page.page(friends, |(id, friend)| (friend.registered_at, *id));
        Ok(page.map(|(_, friend)| friend))
    }

    /// How far the friends of a customer have come. A customer may ask for the own ones.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn referral_summary(&self, cx: &Cx, customer: CustomerId) -> Result<ReferralSummary, Error> {
        cx.require_for(Action::ReferralsRead, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let sql = "SELECT
                       count(*) FILTER (WHERE state = 'registered') AS registered,
                       count(*) FILTER (WHERE state = 'qualified') AS qualified,
                       count(*) FILTER (WHERE state = 'rewarded') AS rewarded,
                       count(*) FILTER (WHERE review = 'waiting' AND state IN ('registered', 'qualified')) AS waiting
                   FROM referrals WHERE merchant_id = $1 AND advocate_id = $2";
        let values = [cx.merchant().uuid().into(), customer.uuid().into()];
        let Some(row) = self.db().query_one_raw(statement(sql, values)).await? else {
            return Ok(ReferralSummary::default());
        };
        Ok(ReferralSummary {
            registered: row.try_get("", "registered")?,
            qualified: row.try_get("", "qualified")?,
            rewarded: row.try_get("", "rewarded")?,
            waiting: row.try_get("", "waiting")?,
        })
    }

    /// What a merchant's customers can share beside the program itself.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn referral_targets(&self, cx: &Cx) -> Result<Vec<SharingTarget>, Error> {
        if cx.customer().is_none() {
            cx.require(Action::ReferralsRead)?;
        }
        Ok(self.merchant_settings_in(self.db(), cx.merchant()).await?.referrals.targets)
    }
}

/// `Maya Kaminski` is `Maya K.` to others.
fn shortened(name: &str) -> Option<String> {
    let mut words = name.split_whitespace();
    let first = words.next()?;
    Some(match words.last().and_then(|last| last.chars().next()) {
        Some(initial) => format!("{first} {initial}."),
        None => first.to_owned(),
    })
}

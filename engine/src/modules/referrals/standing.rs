//! A referral under lock, what becomes of it, and who has to know.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::codes::ReferralCode;
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId};
use perennial_domain::referrals::{CameBy, ReferralEvent, ReferralPolicy, ReferralState, Review, Risk};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::refer::{Txn, lock};
use super::statement;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::{Happening, announce};
use crate::modules::{self, policies};
use crate::stored::stored;

/// The advocate of a friend, as whoever gives rewards needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Advocacy {
    pub advocate: CustomerId,
    pub state: ReferralState,
    pub review: Review,
    /// Whether something may be given for it now. Not while a person has to look at it: then it waits for the message
    /// `approved` or `rejected`.
    pub pays: bool,
    /// Nothing is given before this; known once the friend has bought something.
    pub held_until: Option<DateTime<Utc>>,
}

/// The advocates of those of these customers who have one.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn advocates_of(
    db: &impl ConnectionTrait,
    engine: &Engine,
    merchant: MerchantId,
    friends: &[CustomerId],
) -> Result<BTreeMap<CustomerId, Advocacy>, Error> {
    if friends.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<Uuid> = friends.iter().map(|friend| friend.uuid()).collect();
    let rows = db
        .query_all_raw(statement(include_str!("sql/advocates.sql"), [merchant.uuid().into(), ids.into()]))
        .await?;
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let policy = engine.merchant_settings_in(db, merchant).await?.referrals;
    let mut advocates = BTreeMap::new();
    for row in &rows {
        let state: String = row.try_get("", "state")?;
        let review: String = row.try_get("", "review")?;
        let state: ReferralState = stored(state.parse(), "referrals.state")?;
        let review: Review = stored(review.parse(), "referrals.review")?;
        let is_banned: bool = row.try_get("", "is_banned")?;
        let qualified_at: Option<DateTime<Utc>> = row.try_get("", "qualified_at")?;
        let friend = CustomerId::from_uuid(row.try_get("", "friend_id")?);
        advocates.insert(
            friend,
            Advocacy {
                advocate: CustomerId::from_uuid(row.try_get("", "advocate_id")?),
                state,
                review,
                pays: !state.is_final() && review.lets_pay() && !is_banned,
                held_until: qualified_at.map(|at| held_until(&policy, at)),
            },
        );
    }
    Ok(advocates)
}

/// Until when nothing is given for a friend who bought for the first time then.
pub(super) fn held_until(policy: &ReferralPolicy, qualified_at: DateTime<Utc>) -> DateTime<Utc> {
    qualified_at + TimeDelta::days(policy.hold_days.into())
}

/// The advocates were given something for the referrals of these friends. Whoever gave it holds the balances of the advocates.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn rewarded(
    txn: &DatabaseTransaction,
    engine: &Engine,
    merchant: MerchantId,
    friends: &[CustomerId],
) -> Result<(), Error> {
    lock(&mut Txn(txn), &BTreeSet::from([merchant])).await?;
    let mut changes = Changes::new(engine, merchant);
    for standing in read(txn, merchant, friends).await? {
        changes.apply(standing, ReferralEvent::Paid);
    }
    changes.write(txn).await
}

/// A referral that nobody else changes before the end of the transaction.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub friend: CustomerId,
    pub advocate: CustomerId,
    pub code: ReferralCode,
    pub came_by: CameBy,
    pub state: ReferralState,
    pub review: Review,
    pub risk: Vec<Risk>,
    pub score: i16,
    /// The friend's first purchase, and when it was credited, while the referral is only registered.
    pub first: Option<(PurchaseId, DateTime<Utc>)>,
    /// Whether nothing is left of the first purchase.
    pub is_returned: bool,
}

/// These referrals, which are locked, in the order of the friends.
pub(super) async fn read(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    friends: &[CustomerId],
) -> Result<Vec<Standing>, Error> {
    let ids: Vec<Uuid> = friends.iter().map(|friend| friend.uuid()).collect();
    let values = [merchant.uuid().into(), ids.into()];
    let rows = txn.query_all_raw(statement(include_str!("sql/standing.sql"), values)).await?;
    rows.iter().map(standing).collect()
}

fn standing(row: &QueryResult) -> Result<Standing, Error> {
    let (code, came_by, state, review): (String, String, String, String) = (
        row.try_get("", "code")?,
        row.try_get("", "came_by")?,
        row.try_get("", "state")?,
        row.try_get("", "review")?,
    );
    let first: Option<Uuid> = row.try_get("", "first_id")?;
    let credited_at: Option<DateTime<Utc>> = row.try_get("", "credited_at")?;
    Ok(Standing {
        friend: CustomerId::from_uuid(row.try_get("", "friend_id")?),
        advocate: CustomerId::from_uuid(row.try_get("", "advocate_id")?),
        code: stored(ReferralCode::new(&code), "referrals.code")?,
        came_by: stored(came_by.parse(), "referrals.came_by")?,
        state: stored(state.parse(), "referrals.state")?,
        review: stored(review.parse(), "referrals.review")?,
        risk: stored(serde_json::from_value(row.try_get("", "risk")?), "referrals.risk")?,
        score: row.try_get("", "score")?,
        first: first.map(PurchaseId::from_uuid).zip(credited_at),
        is_returned: row.try_get("", "is_returned")?,
    })
}

/// What becomes of referrals in one transaction: rows, events, and news for those who give rewards.
pub(super) struct Changes<'e> {
    engine: &'e Engine,
    merchant: MerchantId,
    now: DateTime<Utc>,
    rows: BTreeMap<CustomerId, Row>,
    happenings: Vec<Happening>,
    news: Vec<serde_json::Value>,
}

/// A row of `advance.sql`.
#[derive(Debug, Serialize)]
struct Row {
    friend_id: CustomerId,
    state: ReferralState,
    review: Review,
    risk: Vec<Risk>,
    score: i16,
    qualified_at: Option<DateTime<Utc>>,
    first_purchase_id: Option<PurchaseId>,
    reviewed_by: Option<String>,
}

impl<'e> Changes<'e> {
    pub fn new(engine: &'e Engine, merchant: MerchantId) -> Self {
        let now = engine.now(merchant);
        Self { engine, merchant, now, rows: BTreeMap::new(), happenings: Vec::new(), news: Vec::new() }
    }

    /// Has an event happen to a referral, which comes back as it is afterwards; one that changes nothing is not told.
    pub fn apply(&mut self, mut standing: Standing, event: ReferralEvent) -> Standing {
        let Some(after) = standing.state.after(event) else { return standing };
        if after == ReferralState::Rewarded && !standing.review.lets_pay() {
            return standing;
        }
        standing.state = after;
        match event {
            ReferralEvent::Bought => {
                self.tell(&standing, EventKind::ReferralQualified);
                self.inform(&standing, "qualified");
            }
            ReferralEvent::Paid => self.tell(&standing, EventKind::ReferralRewarded),
            ReferralEvent::Returned => {
                self.tell(&standing, EventKind::ReferralReversed);
                self.inform(&standing, "reversed");
            }
            ReferralEvent::Refused => {
                self.tell(&standing, EventKind::ReferralRejected);
                self.inform(&standing, "rejected");
            }
        }
        self.keep(&standing, None);
        standing
    }

    /// Writes the referral down as it is now, and who decided about it.
    pub fn keep(&mut self, standing: &Standing, reviewed_by: Option<&str>) {
        let row = self.rows.entry(standing.friend).or_insert_with(|| Row {
            friend_id: standing.friend,
            state: standing.state,
            review: standing.review,
            risk: Vec::new(),
            score: 0,
            qualified_at: None,
            first_purchase_id: None,
            reviewed_by: None,
        });
        row.state = standing.state;
        row.review = standing.review;
        row.risk.clone_from(&standing.risk);
        row.score = standing.score;
        // Nobody qualifies by being refused.
        let has_qualified =
            matches!(row.state, ReferralState::Qualified | ReferralState::Rewarded | ReferralState::Reversed);
        if let Some((id, at)) = standing.first.filter(|_| has_qualified) {
            (row.qualified_at, row.first_purchase_id) = (Some(at), Some(id));
        }
        if let Some(name) = reviewed_by {
            row.reviewed_by = Some(name.to_owned());
        }
    }

    /// An event of the advocate.
    pub fn tell(&mut self, standing: &Standing, kind: EventKind) {
        let friend = standing.friend;
        let data = match (kind, standing.first) {
            (EventKind::ReferralRegistered, _) => json!({"friend_id": friend, "came_by": standing.came_by}),
            (EventKind::ReferralQualified, Some((purchase, _))) => {
                json!({"friend_id": friend, "purchase_id": purchase})
            }
            _ => json!({"friend_id": friend}),
        };
        self.happenings.push(Happening { customer: Some(standing.advocate), kind, data, sequence: None });
    }

    /// News for those who give rewards.
    pub fn inform(&mut self, standing: &Standing, what: &'static str) {
        self.news.push(json!({"friend": standing.friend, "what": what}));
    }

    /// Writes everything. The balances of the advocates are locked.
    pub async fn write(self, txn: &DatabaseTransaction) -> Result<(), Error> {
        let Self { engine, merchant, now, rows, happenings, news } = self;
        if !rows.is_empty() {
            let rows: Vec<Row> = rows.into_values().collect();
            metrics::counter!("referral_changes_total").increment(rows.len() as u64);
            let rows = stored(serde_json::to_value(rows), "referrals")?;
            let values = [merchant.uuid().into(), rows.into(), now.into()];
            txn.execute_raw(statement(include_str!("sql/advance.sql"), values)).await?;
        }
        if !happenings.is_empty() {
            announce(txn, engine, merchant, happenings).await?;
        }
        if !news.is_empty() {
            modules::tell(txn, merchant, &[(policies::NAME, json!({"referrals": news}))]).await?;
        }
        Ok(())
    }
}

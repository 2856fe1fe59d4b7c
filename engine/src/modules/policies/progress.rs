//! How far somebody is: what was counted, and what comes next.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId, PolicyId};
use perennial_domain::policies::{Beneficiary, PolicyEvent, PolicyTerms, sentence};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use super::view::Names;
use super::{ids, running, statement};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

/// What a running policy has counted of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyProgress {
    /// The policy.
    pub policy_id: PolicyId,
    /// What it is called.
    pub name: String,
    /// What it says, in a sentence.
    pub summary: String,
    /// Its event: what counts, and of whom.
    pub on: String,
    /// What is given: `points`, `cashback`, `credits`, `reward`, `discount`, `email`.
    pub kinds: Vec<String>,
    /// Whether it is about what friends do.
    pub of_friends: bool,
    /// `purchases` or `units`, where something is counted.
    pub unit: Option<String>,
    /// What was counted, where there is one count: of the customer, or of all friends together.
    pub counted: Option<i64>,
    /// The number that is passed next.
    pub next: Option<i64>,
    /// How often it was given to the customer.
    pub given: i64,
}

/// How far a friend is to the next number at which something is given to whoever brought the friend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FriendMilestone {
    /// The policy.
    pub policy_id: PolicyId,
    /// What it is called.
    pub name: String,
    /// `purchases` or `units`.
    pub unit: String,
    /// What was counted of the friend.
    pub counted: i64,
    /// The number that is passed next.
    pub next: i64,
}

/// What running policies about the purchases of each friend have counted of these, for whoever brought them; where there is a
/// next number.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn friend_milestones(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    friends: &[CustomerId],
    now: DateTime<Utc>,
) -> Result<BTreeMap<CustomerId, Vec<FriendMilestone>>, Error> {
    if friends.is_empty() {
        return Ok(BTreeMap::new());
    }
    let policies = running::policies(db, merchant).await?;
    let terms = policies.iter().filter_map(|policy| Some((policy.id, &policy.at(now)?.terms)));
    // What only the friend is given is no business of whoever brought the friend.
    let counts = |terms: &PolicyTerms| {
        matches!(terms.event, PolicyEvent::FriendCount(..)) && terms.to != Beneficiary::Friend
    };
    let terms: Vec<_> = terms.filter(|&(_, terms)| counts(terms)).collect();
    if terms.is_empty() {
        return Ok(BTreeMap::new());
    }
    let values = [merchant.uuid().into(), ids(friends.iter().copied())];
    let mut counted: BTreeMap<(CustomerId, PolicyId), i64> = BTreeMap::new();
    for row in db.query_all_raw(statement(include_str!("sql/friends_counted.sql"), values)).await? {
        let friend = CustomerId::from_uuid(row.try_get("", "subject_id")?);
        let policy = PolicyId::from_uuid(row.try_get("", "policy_id")?);
        counted.insert((friend, policy), row.try_get("", "counted")?);
    }
    let of = |friend: CustomerId| {
        let milestone = |(policy, terms): &(PolicyId, &PolicyTerms)| {
            let counted = counted.get(&(friend, *policy)).copied().unwrap_or(0);
            let next = terms.event.milestones()?.next(counted.unsigned_abs())?;
            Some(FriendMilestone {
                policy_id: *policy,
                name: terms.name.to_string(),
                unit: terms.event.counting()?.unit.as_str().to_owned(),
                counted,
                next: i64::try_from(next).ok()?,
            })
        };
        (friend, terms.iter().filter_map(milestone).collect())
    };
    Ok(friends.iter().copied().map(of).collect())
}

impl Engine {
    /// The running policies that this customer can have something of, and how far it is to that. A customer reads only what
    /// is the customer's own.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a customer of nobody or of another merchant.
    pub async fn customer_progress(
        &self,
        cx: &Cx,
        customer: CustomerId,
    ) -> Result<Vec<PolicyProgress>, Error> {
        cx.require_for(perennial_domain::access::Action::CustomersRead, customer)?;
        self.customer_must_exist(cx, customer).await?;
        let (merchant, now) = (cx.merchant(), self.now(cx.merchant()));
        let settings = self.merchant_settings_in(self.db(), merchant).await?;
        let names = Names::read(self.db(), merchant).await?;
        let values = [merchant.uuid().into(), customer.uuid().into()];
        let rows = self.db().query_all_raw(statement(include_str!("sql/progress.sql"), values)).await?;
        let mut counts = BTreeMap::new();
        for row in &rows {
            let counted: Option<i64> = row.try_get("", "counted")?;
            let given: i64 = row.try_get("", "given")?;
            counts.insert(PolicyId::from_uuid(row.try_get("", "id")?), (counted.unwrap_or(0), given));
        }
        let mut progress = Vec::new();
        for policy in running::policies(self.db(), merchant).await? {
            let Some(terms) = policy.at(now).map(|version| &version.terms) else { continue };
            let (counted, given) = counts.get(&policy.id).copied().unwrap_or((0, 0));
            let has_count = matches!(terms.event, PolicyEvent::OwnCount(..) | PolicyEvent::FriendsCount(..));
            let milestones = terms.event.milestones().filter(|_| has_count);
            let next = milestones.and_then(|milestones| milestones.next(counted.unsigned_abs()));
            progress.push(PolicyProgress {
                policy_id: policy.id,
                name: terms.name.to_string(),
                summary: sentence(terms, settings.currency, &names),
                on: terms.event.word().to_owned(),
                kinds: terms.effects.iter().map(|effect| effect.word().to_owned()).collect(),
                of_friends: terms.to.needs_referral(),
                unit: terms.event.counting().map(|counting| counting.unit.as_str().to_owned()),
                counted: milestones.map(|_| counted),
                next: next.and_then(|next| i64::try_from(next).ok()),
                given,
            });
        }
        Ok(progress)
    }
}

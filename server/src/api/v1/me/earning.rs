//! What promotions and reward policies promise the customer, and what came of them.

use chrono::{DateTime, Utc};
use perennial_domain::ids::{AwardId, PolicyId, PurchaseId, VoucherId};
use perennial_engine::policies::{Award, AwardState, PolicyProgress};
use perennial_engine::promotions::PromotionOffer;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Me,
    call::{Answer, found},
    params::{Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(ways)).routes(routes!(milestones)).routes(routes!(awards))
}

/// What the customer can earn by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyWaysToEarn)]
struct Ways {
    /// The promotions that are for the customer now, the one that is over first in front.
    promotions: Vec<PromotionOffer>,
}

/// How far the customer is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyProgress)]
struct Progress {
    /// The policies that run.
    policies: Vec<PolicyProgress>,
}

/// Something that a policy gave, is to give, or did not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyAward)]
struct Given {
    /// The award.
    id: AwardId,
    /// Of which policy.
    policy_id: PolicyId,
    /// What the policy is called.
    policy_name: String,
    /// What is given, all of it, for people.
    gives: String,
    /// `points`, `cashback`, `credits`, `reward`, `discount` or `email`.
    kind: String,
    /// How much: points, minor units or credits; 1 of all else.
    amount: i64,
    /// Where it is in its life.
    state: AwardState,
    /// The customer's own purchase that caused it.
    purchase_id: Option<PurchaseId>,
    /// The voucher that was given.
    voucher_id: Option<VoucherId>,
    /// When it was earned.
    awarded_at: DateTime<Utc>,
    /// When it is, or was, to be given.
    due_at: DateTime<Utc>,
    /// When it was given.
    paid_at: Option<DateTime<Utc>>,
}

impl From<Award> for Given {
    fn from(award: Award) -> Self {
        Self {
            id: award.id,
            policy_id: award.policy_id,
            policy_name: award.policy_name,
            gives: award.gives,
            kind: award.kind,
            amount: award.amount,
            state: award.state,
            // What a friend bought is the friend's.
            purchase_id: award.purchase_id.filter(|_| award.friend_id.is_none()),
            voucher_id: award.voucher_id,
            awarded_at: award.awarded_at,
            due_at: award.due_at,
            paid_at: award.paid_at,
        }
    }
}

/// Read what I can earn by
///
/// The promotions that are for everybody or for my tier and are not used up, with what is left of my limits.
#[utoipa::path(
    get, path = "/me/ways-to-earn", operation_id = "read_my_ways_to_earn", tag = "Client apps",
    responses((status = 200, description = "The promotions that run for me.", body = Ways)),
)]
async fn ways(me: Me) -> Answer {
    let promotions = me.engine().customer_promotions(&me.call.cx, me.id).await;
    found(promotions.map(|promotions| Ways { promotions }))
}

/// Read how far I am with each reward policy
#[utoipa::path(
    get, path = "/me/milestones", operation_id = "read_my_milestones", tag = "Client apps",
    responses((status = 200, description = "What was counted, and what comes next.", body = Progress)),
)]
async fn milestones(me: Me) -> Answer {
    let progress = me.engine().customer_progress(&me.call.cx, me.id).await;
    found(progress.map(|policies| Progress { policies }))
}

/// List what I was given by reward policies
///
/// Newest first; what is held until it is due, too.
#[utoipa::path(
    get, path = "/me/awards", operation_id = "list_my_awards", tag = "Client apps", params(Paging),
    responses((status = 200, description = "A page of awards.", body = ListOf<Given>)),
)]
async fn awards(me: Me, Params(page): Params<Paging>) -> Answer {
    let awards = me.engine().customer_awards(&me.call.cx, me.id, &page.request()?).await;
    found(awards.map(|awards| awards.map(Given::from)))
}

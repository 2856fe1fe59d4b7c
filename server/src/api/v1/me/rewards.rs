//! What the customer can have for points, and the vouchers that came of it.

use perennial_domain::rewards::{Eligibility, RewardMissReason};
use perennial_engine::rewards::{RewardOffer, Voucher};
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
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(vouchers))
}

/// A reward, as one customer sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyReward)]
struct Offer {
    #[serde(flatten)]
    offer: RewardOffer,
    /// How many points are missing; 0 where there are enough, whatever else may be missing.
    missing_points: i64,
}

impl From<RewardOffer> for Offer {
    fn from(offer: RewardOffer) -> Self {
        let missing_points = match &offer.eligibility {
            Eligibility::Eligible => 0,
            Eligibility::Missing { reasons } => reasons
                .iter()
                .find_map(|miss| match &miss.reason {
                    RewardMissReason::InsufficientPoints { missing, .. } => Some(missing.get()),
                    _ => None,
                })
                .unwrap_or(0),
        };
        Self { offer, missing_points }
    }
}

/// List the rewards, with what I can have
///
/// What the customer can have now comes first, then what only points are missing for, the nearest first; then the rest, with
/// everything that is missing.
#[utoipa::path(
    get, path = "/me/rewards", operation_id = "list_my_rewards", tag = "Client apps", params(Paging),
    responses((status = 200, description = "A page of rewards.", body = ListOf<Offer>)),
)]
async fn list(me: Me, Params(page): Params<Paging>) -> Answer {
    let offers = me.engine().reward_shelf(&me.call.cx, me.id, &page.request()?).await;
    found(offers.map(|offers| offers.map(Offer::from)))
}

/// List my vouchers
///
/// Newest first, with their codes; those that were used or are over, too.
#[utoipa::path(
    get, path = "/me/vouchers", operation_id = "list_my_vouchers", tag = "Client apps", params(Paging),
    responses((status = 200, description = "A page of vouchers.", body = ListOf<Voucher>)),
)]
async fn vouchers(me: Me, Params(page): Params<Paging>) -> Answer {
    found(me.engine().customer_vouchers(&me.call.cx, me.id, &page.request()?).await)
}

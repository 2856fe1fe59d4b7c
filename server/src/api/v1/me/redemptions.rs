//! Points for rewards, by the customer.

use perennial_domain::{
    access::Action,
    customer::CustomerRef,
    ids::{RedemptionId, RewardId},
};
use perennial_engine::rewards::{NewRedemption, Redeemed, Redemption, RedemptionFilter};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::super::redemptions::redeem;
use crate::api::{
    ApiState,
    auth::{Bare, Me, Once},
    call::{Answer, Mode, found},
    json::Json,
    params::{DryRun, Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read)).routes(routes!(cancel))
}

/// List what I have redeemed
///
/// Newest first, with the codes of the vouchers.
#[utoipa::path(
    get, path = "/me/redemptions", operation_id = "list_my_redemptions", tag = "Client apps", params(Paging),
    responses((status = 200, description = "A page of redemptions.", body = ListOf<Redemption>)),
)]
async fn list(me: Me, Params(page): Params<Paging>) -> Answer {
    let filter = RedemptionFilter { customer: Some(me.id), ..RedemptionFilter::default() };
    found(me.engine().redemption_list(&me.call.cx, &filter, &page.request()?).await)
}

/// What is redeemed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MyNewRedemption)]
struct RedemptionInput {
    /// The reward.
    reward: RewardId,
    /// How many points, where the reward leaves that to the customer.
    #[serde(default)]
    points: Option<i64>,
}

/// Redeem a reward
///
/// Takes the points and gives the voucher, at once. Send an `Idempotency-Key`, a new one for each time that the customer
/// decides: the same again then has one effect and gets the same voucher. A dry run shows no code.
#[utoipa::path(
    post, path = "/me/redemptions", operation_id = "create_my_redemption", tag = "Client apps", params(DryRun),
    request_body = RedemptionInput,
    responses(
        (status = 201, description = "The redemption, and what the customer has now.", body = Redeemed),
        (status = 409, description = "What is missing: `insufficient_points`, `out_of_stock`, `limit_reached`, `tier`, \
            `not_started`, `over`; or the reward is archived (`archived`)."),
    ),
)]
async fn create(
    me: Me,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<RedemptionInput>,
) -> Answer {
    let Json { value: RedemptionInput { reward, points }, bytes } = input;
    let mode = Mode { remember: once.with(Action::RedemptionsWrite, &bytes), dry_run };
    let new = NewRedemption { reward, points, hold_seconds: None };
    redeem(&me.call, mode, CustomerRef::Id(me.id), new).await
}

/// Read something that I have redeemed
#[utoipa::path(
    get, path = "/me/redemptions/{id}", operation_id = "read_my_redemption", tag = "Client apps",
    params(("id" = RedemptionId, Path, description = "Id of the redemption.")),
    responses((status = 200, description = "The redemption.", body = Redemption)),
)]
async fn read(me: Me, Id(id): Id<RedemptionId>) -> Answer {
    found(me.engine().redemption_get(&me.call.cx, id).await)
}

/// Give back what I have redeemed
///
/// While it is unused: the points go back into the lots that they came from. One that is cancelled already stays as it is.
#[utoipa::path(
    post, path = "/me/redemptions/{id}/cancel", operation_id = "cancel_my_redemption", tag = "Client apps",
    params(("id" = RedemptionId, Path, description = "Id of the redemption."), DryRun),
    responses(
        (status = 200, description = "The redemption, and what the customer has now.", body = Redeemed),
        (status = 409, description = "Its voucher was used (`voucher_used`), is over (`voucher_expired`) or is being used \
            (`voucher_reserved`), it is on its way (`wrong_state`), or only the merchant can take it back (`not_cancellable`)."),
    ),
)]
async fn cancel(
    me: Me,
    Id(id): Id<RedemptionId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    bare: Bare,
) -> Answer {
    let mode = Mode { remember: bare.with(Action::RedemptionsWrite), dry_run };
    me.call.change(mode, move |engine, txn, cx| Box::pin(engine.redemption_cancel_in(txn, cx, id))).await
}

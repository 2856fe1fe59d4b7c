//! `/redemptions`: points for rewards, at once or in two phases, and what becomes of them.

use perennial_domain::{
    access::Action,
    customer::{CustomerInput, CustomerRef},
    error::FieldError,
    ids::{CustomerId, RedemptionId, RewardId},
    rewards::RedemptionState,
};
use perennial_engine::{
    Error, What,
    rewards::{NewRedemption, Redeemed, Redemption, RedemptionFilter, Stage},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::{Bare, Once},
    call::{Answer, Call, Mode, found},
    json::Json,
    params::{DryRun, Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read))
        .routes(routes!(capture))
        .routes(routes!(cancel))
        .routes(routes!(advance))
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Only of this customer.
    customer: Option<CustomerId>,
    /// Only of this reward.
    reward: Option<RewardId>,
    /// Only in this state.
    state: Option<RedemptionState>,
    /// Only what somebody has to prepare, send or hand over.
    #[serde(default)]
    to_fulfil: bool,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List redemptions
///
/// Newest first. Codes of vouchers are only shown to keys that may redeem.
#[utoipa::path(
    get, path = "/redemptions", operation_id = "list_redemptions", tag = "Rewards", params(ListParams),
    responses((status = 200, description = "A page of redemptions.", body = ListOf<Redemption>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let filter = RedemptionFilter {
        customer: params.customer,
        reward: params.reward,
        state: params.state,
        to_fulfil: params.to_fulfil,
    };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    found(call.engine().redemption_list(&call.cx, &filter, &page).await)
}

/// What is redeemed, and by whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRedemption)]
struct RedemptionInput {
    /// Who redeems: exactly one of the fields.
    #[serde(deserialize_with = "perennial_domain::objects::one")]
    customer: CustomerInput,
    /// The reward.
    reward: RewardId,
    /// How many points, where the reward leaves that to the customer.
    #[serde(default)]
    points: Option<i64>,
    /// For how many seconds the points are only held until the redemption is captured, 1 to 604,800. They are spent at
    /// once unless given.
    #[serde(default)]
    hold_seconds: Option<u32>,
}

/// Redeem a reward
///
/// Takes the points, one of the stock and, for a pool, a code, and gives a voucher; the last one goes to exactly one. With
/// `hold_seconds` points and stock are held until it is captured, cancelled, or the time is over. A dry run shows no code.
#[utoipa::path(
    post, path = "/redemptions", operation_id = "create_redemption", tag = "Rewards", params(DryRun),
    request_body = RedemptionInput,
    responses(
        (status = 201, description = "The redemption, and what the customer has now.", body = Redeemed),
        (status = 404, description = "There is no such customer (`customer_not_found`)."),
        (status = 409, description = "What is missing: `insufficient_points`, `out_of_stock`, `limit_reached`, `tier`, \
            `not_started`, `over`; or the reward is archived (`archived`)."),
    ),
)]
async fn create(
    call: Call,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<RedemptionInput>,
) -> Answer {
    let Json { value: RedemptionInput { customer, reward, points, hold_seconds }, bytes } = input;
    let snapshot = call.engine().snapshot(&call.cx).await?;
    let home = snapshot.settings.default_country.as_ref();
    let customer = customer.check("/customer", home).map_err(Error::Invalid)?;
    let mode = Mode { remember: once.with(Action::RedemptionsWrite, &bytes), dry_run };
    redeem(&call, mode, customer, NewRedemption { reward, points, hold_seconds }).await
}

/// Redeems a reward, for whoever asks; the answer to a dry run has no code.
pub(super) async fn redeem(call: &Call, mode: Mode, customer: CustomerRef, new: NewRedemption) -> Answer {
    let dry_run = mode.dry_run;
    call.create(mode, move |engine, txn, cx| {
        Box::pin(async move {
            let redeemed = engine.redeem_in(txn, cx, &customer, new).await.map_err(unknown_reward)?;
            Ok(if dry_run { conceal(redeemed) } else { redeemed })
        })
    })
    .await
}

/// What a dry run shows: a code of a pool is good although nobody has paid for it.
fn conceal(mut redeemed: Redeemed) -> Redeemed {
    if let Some(voucher) = &mut redeemed.redemption.voucher {
        voucher.code = None;
    }
    redeemed
}

/// What a body names and there is not is wrong content, not a wrong address.
fn unknown_reward(error: Error) -> Error {
    match error {
        Error::NotFound(What::Reward) => {
            Error::Invalid(vec![FieldError::new("/reward", "unknown_reward", "There is no such reward")])
        }
        other => other,
    }
}

/// Read a redemption
#[utoipa::path(
    get, path = "/redemptions/{id}", operation_id = "read_redemption", tag = "Rewards",
    params(("id" = RedemptionId, Path, description = "Id of the redemption.")),
    responses((status = 200, description = "The redemption.", body = Redemption)),
)]
async fn read(call: Call, Id(id): Id<RedemptionId>) -> Answer {
    found(call.engine().redemption_get(&call.cx, id).await)
}

/// Capture a redemption
///
/// Spends the points that are held, and gives the voucher. One that is captured already stays as it is. A dry run shows no
/// code.
#[utoipa::path(
    post, path = "/redemptions/{id}/capture", operation_id = "capture_redemption", tag = "Rewards",
    params(("id" = RedemptionId, Path, description = "Id of the redemption."), DryRun),
    responses(
        (status = 200, description = "The redemption, and what the customer has now.", body = Redeemed),
        (status = 409, description = "Its time is over or it was let go (`hold_over`), or it is past that (`wrong_state`)."),
    ),
)]
async fn capture(
    call: Call,
    Id(id): Id<RedemptionId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    bare: Bare,
) -> Answer {
    let mode = Mode { remember: bare.with(Action::RedemptionsWrite), dry_run };
    call.change(mode, move |engine, txn, cx| {
        Box::pin(async move {
            let redeemed = engine.redemption_capture_in(txn, cx, id).await?;
            Ok(if dry_run { conceal(redeemed) } else { redeemed })
        })
    })
    .await
}

/// Cancel a redemption
///
/// Lets go of what is held, or takes back what was not used: the points go back into the lots that they came from, and
/// expire at once where the day of a lot is over. One that is cancelled already stays as it is.
#[utoipa::path(
    post, path = "/redemptions/{id}/cancel", operation_id = "cancel_redemption", tag = "Rewards",
    params(("id" = RedemptionId, Path, description = "Id of the redemption."), DryRun),
    responses(
        (status = 200, description = "The redemption, and what the customer has now.", body = Redeemed),
        (status = 409, description = "Its voucher was used (`voucher_used`), is over (`voucher_expired`) or is being used \
            (`voucher_reserved`), or it is on its way (`wrong_state`)."),
    ),
)]
async fn cancel(
    call: Call,
    Id(id): Id<RedemptionId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    bare: Bare,
) -> Answer {
    let mode = Mode { remember: bare.with(Action::RedemptionsWrite), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.redemption_cancel_in(txn, cx, id))).await
}

/// How far people have come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Advance {
    /// What it has come to.
    to: Stage,
}

/// Advance a redemption
///
/// For rewards that people prepare, send or hand over. Stages may be left out, none can be taken back.
#[utoipa::path(
    post, path = "/redemptions/{id}/advance", operation_id = "advance_redemption", tag = "Rewards",
    request_body = Advance, params(("id" = RedemptionId, Path, description = "Id of the redemption."), DryRun),
    responses(
        (status = 200, description = "The redemption as it is now.", body = Redemption),
        (status = 409, description = "It is a voucher (`not_by_people`), or past that already (`wrong_state`)."),
    ),
)]
async fn advance(
    call: Call,
    Id(id): Id<RedemptionId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<Advance>,
) -> Answer {
    let Json { value: Advance { to }, bytes } = input;
    let mode = Mode { remember: once.with(Action::RedemptionsWrite, &bytes), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.redemption_advance_in(txn, cx, id, to))).await
}

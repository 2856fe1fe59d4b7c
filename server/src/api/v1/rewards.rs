//! `/rewards`: what customers can have for points.

use perennial_domain::{access::Action, ids::RewardId, rewards::RewardInput};
use perennial_engine::{
    Edit,
    customers::CustomerPath,
    rewards::{CodeCounts, CodesAdded, Reward, RewardOffer, Voucher},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, Mode, found},
    csv::Csv,
    json::{Json, JsonBytes},
    params::{Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change, archive))
        .routes(routes!(codes, add_codes))
        .routes(routes!(of_customer))
        .routes(routes!(vouchers_of_customer))
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// With those that are archived.
    #[serde(default)]
    archived: bool,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List rewards
///
/// Newest first.
#[utoipa::path(
    get, path = "/rewards", operation_id = "list_rewards", tag = "Rewards", params(ListParams),
    responses((status = 200, description = "A page of rewards.", body = ListOf<Reward>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    found(call.engine().reward_list(&call.cx, params.archived, &page).await)
}

/// Create a reward
///
/// `kind` says what `value` is: minor units for `money_off`, a decimal for `percent`, a sku for `free_product`. A
/// `voucher_pool` has as many as it has codes, which are uploaded; an `external` reward is prepared and sent by people.
#[utoipa::path(
    post, path = "/rewards", operation_id = "create_reward", tag = "Rewards", request_body = RewardInput,
    responses((status = 201, description = "The new reward.", body = Reward)),
)]
async fn create(call: Call, once: Once, input: Json<RewardInput>) -> Answer {
    let Json { value, bytes } = input;
    call.create(once.with(Action::RewardsWrite, &bytes), move |engine, txn, cx| {
        Box::pin(engine.reward_create_in(txn, cx, value))
    })
    .await
}

/// Read a reward
#[utoipa::path(
    get, path = "/rewards/{id}", operation_id = "read_reward", tag = "Rewards",
    params(("id" = RewardId, Path, description = "Id of the reward.")),
    responses((status = 200, description = "The reward.", body = Reward)),
)]
async fn read(call: Call, Id(id): Id<RewardId>) -> Answer {
    found(call.engine().reward_get(&call.cx, id).await)
}

/// Change a reward
///
/// What is not given stays; `null` takes it away. Whoever has redeemed it keeps what it said then. `stock` is how many are
/// left from now on.
#[utoipa::path(
    patch, path = "/rewards/{id}", operation_id = "change_reward", tag = "Rewards", request_body = RewardInput,
    params(("id" = RewardId, Path, description = "Id of the reward.")),
    responses(
        (status = 200, description = "The reward as it is now.", body = Reward),
        (status = 409, description = "It is archived (`archived`)."),
    ),
)]
async fn change(call: Call, Id(id): Id<RewardId>, JsonBytes(bytes): JsonBytes) -> Answer {
    let edit = Edit::from_json(&bytes)?;
    call.change(Mode::default(), move |engine, txn, cx| {
        Box::pin(engine.reward_update_in(txn, cx, id, edit, None))
    })
    .await
}

/// Archive a reward
///
/// For good: nobody can have it any more. What was redeemed stays good.
#[utoipa::path(
    delete, path = "/rewards/{id}", operation_id = "archive_reward", tag = "Rewards",
    params(("id" = RewardId, Path, description = "Id of the reward.")),
    responses((status = 200, description = "The archived reward.", body = Reward)),
)]
async fn archive(call: Call, Id(id): Id<RewardId>) -> Answer {
    found(call.engine().reward_archive(&call.cx, id).await)
}

/// Count the codes of a pool
#[utoipa::path(
    get, path = "/rewards/{id}/codes", operation_id = "count_reward_codes", tag = "Rewards",
    params(("id" = RewardId, Path, description = "Id of the reward.")),
    responses((status = 200, description = "How many codes there are, by what became of them.", body = CodeCounts)),
)]
async fn codes(call: Call, Id(id): Id<RewardId>) -> Answer {
    found(call.engine().reward_code_counts(&call.cx, id).await)
}

/// Add codes to a pool
///
/// One code a line, in the first column; a first line `code` is a heading. At most 100,000 codes at once. Codes that are
/// there already are left as they are, so that a file can be sent again.
#[utoipa::path(
    post, path = "/rewards/{id}/codes", operation_id = "add_reward_codes", tag = "Rewards",
    params(("id" = RewardId, Path, description = "Id of the reward.")),
    request_body(content = String, content_type = "text/csv", description = "The codes.", example = "code\nCIN-7F3A\nCIN-9C02\n"),
    responses(
        (status = 200, description = "What was added.", body = CodesAdded),
        (status = 409, description = "It is of another kind (`not_a_pool`) or archived (`archived`)."),
    ),
)]
async fn add_codes(call: Call, Id(id): Id<RewardId>, once: Once, Csv(file): Csv) -> Answer {
    call.change(once.with(Action::RewardsWrite, &file), move |engine, txn, cx| {
        Box::pin(async move { engine.reward_codes_add_in(txn, cx, id, &file).await })
    })
    .await
}

/// List what a customer can have
///
/// Rewards that are not archived, newest first, with what the customer lacks for each.
#[utoipa::path(
    get, path = "/customers/{customer}/rewards", operation_id = "list_customer_rewards", tag = "Rewards",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), Paging),
    responses((status = 200, description = "A page of rewards.", body = ListOf<RewardOffer>)),
)]
async fn of_customer(call: Call, Id(customer): Id<CustomerPath>, Params(page): Params<Paging>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().reward_offers(&call.cx, id, &page.request()?).await)
}

/// List the vouchers of a customer
///
/// Newest first, with their codes: those that were redeemed and those that were given, those that were used or are over, too.
/// What can be used now is in a quote.
#[utoipa::path(
    get, path = "/customers/{customer}/vouchers", operation_id = "list_customer_vouchers", tag = "Rewards",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), Paging),
    responses((status = 200, description = "A page of vouchers.", body = ListOf<Voucher>)),
)]
async fn vouchers_of_customer(
    call: Call,
    Id(customer): Id<CustomerPath>,
    Params(page): Params<Paging>,
) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_vouchers(&call.cx, id, &page.request()?).await)
}

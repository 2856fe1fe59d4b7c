//! `/tiers`: what customers reach by what they do, and where each of them stands.

use perennial_domain::{access::Action, ids::TierId, tiers::TierInput};
use perennial_engine::{
    Edit, Page,
    customers::CustomerPath,
    tiers::{CustomerTier, TierEdited, TierMove, TierPin, TierStep, TierView},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, Mode, found},
    json::{Json, JsonBytes, OptionalJson},
    params::{DryRun, Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change, delete))
        .routes(routes!(of_customer))
        .routes(routes!(promote))
        .routes(routes!(demote))
        .routes(routes!(pin))
        .routes(routes!(moves))
}

/// List tiers
///
/// All of them, the lowest first; there are at most 50. How they are reached, kept and lost is in the merchant's settings.
#[utoipa::path(
    get, path = "/tiers", operation_id = "list_tiers", tag = "Tiers",
    responses((status = 200, description = "The tiers.", body = ListOf<TierView>)),
)]
async fn list(call: Call) -> Answer {
    found(call.engine().tier_list(&call.cx).await.map(|data| Page { data, next: None }))
}

/// Create a tier
///
/// It is reached exactly at its threshold, which is in what the merchant's tiers count: points, minor units, purchases or
/// referral credits. Who has reached it already moves there and is told so; `moves` says who. With the first tier,
/// everything that was bought before counts, which takes its time where that is much.
#[utoipa::path(
    post, path = "/tiers", operation_id = "create_tier", tag = "Tiers", request_body = TierInput, params(DryRun),
    responses(
        (status = 201, description = "The new tier, and who moved.", body = TierEdited),
        (status = 409, description = "Another tier has this threshold (`threshold_taken`) or name (`name_taken`), or there are 50 (`too_many`)."),
    ),
)]
async fn create(
    call: Call,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<TierInput>,
) -> Answer {
    let Json { value, bytes } = input;
    let mode = Mode { remember: once.with(Action::TiersWrite, &bytes), dry_run };
    call.create(mode, move |engine, txn, cx| Box::pin(engine.tier_create_in(txn, cx, value, dry_run))).await
}

/// Read a tier
#[utoipa::path(
    get, path = "/tiers/{id}", operation_id = "read_tier", tag = "Tiers",
    params(("id" = TierId, Path, description = "Id of the tier.")),
    responses((status = 200, description = "The tier.", body = TierView)),
)]
async fn read(call: Call, Id(id): Id<TierId>) -> Answer {
    found(call.engine().tier_get(&call.cx, id).await)
}

/// Change a tier
///
/// What is not given stays; `null` takes it away. A new name, multiplier, discount or benefit moves nobody. By another
/// threshold customers move at once, as `moves` says; a dry run says the same before.
#[utoipa::path(
    patch, path = "/tiers/{id}", operation_id = "change_tier", tag = "Tiers", request_body = TierInput,
    params(("id" = TierId, Path, description = "Id of the tier."), DryRun),
    responses(
        (status = 200, description = "The tier as it is now, and who moved.", body = TierEdited),
        (status = 409, description = "Another tier has this threshold (`threshold_taken`) or name (`name_taken`)."),
    ),
)]
async fn change(
    call: Call,
    Id(id): Id<TierId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    JsonBytes(bytes): JsonBytes,
) -> Answer {
    let edit = Edit::from_json(&bytes)?;
    let mode = Mode { remember: None, dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.tier_update_in(txn, cx, id, edit, dry_run)))
        .await
}

/// Delete a tier
///
/// Its customers move to the next lower one at once, pinned or not, and each is told once; `moves` says who. A dry run
/// says the same before.
#[utoipa::path(
    delete, path = "/tiers/{id}", operation_id = "delete_tier", tag = "Tiers",
    params(("id" = TierId, Path, description = "Id of the tier."), DryRun),
    responses(
        (status = 200, description = "Who moved; the tier itself is not there any more.", body = TierEdited),
        (status = 409, description = "A promotion, a reward or a reward policy names it (`tier_in_use`)."),
    ),
)]
async fn delete(call: Call, Id(id): Id<TierId>, Params(DryRun { dry_run }): Params<DryRun>) -> Answer {
    found(call.engine().tier_delete(&call.cx, id, dry_run).await)
}

/// Read a customer's tier
///
/// Which it is, until when, and how far it is to the next one and to keeping this one.
#[utoipa::path(
    get, path = "/customers/{customer}/tier", operation_id = "read_customer_tier", tag = "Tiers",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "Where the customer stands.", body = CustomerTier)),
)]
async fn of_customer(call: Call, Id(customer): Id<CustomerPath>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_tier(&call.cx, id).await)
}

/// Promote a customer
///
/// One tier up, kept to the end of the period, then looked at as any other; with `pinned_until` to that day at least.
#[utoipa::path(
    post, path = "/customers/{customer}/tier/promote", operation_id = "promote_customer", tag = "Tiers",
    request_body = TierStep,
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), DryRun),
    responses(
        (status = 200, description = "Where the customer stands now.", body = CustomerTier),
        (status = 409, description = "There is no higher tier (`at_top`)."),
    ),
)]
async fn promote(
    call: Call,
    Id(customer): Id<CustomerPath>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: OptionalJson<TierStep>,
) -> Answer {
    call.cx.require(Action::TiersAssign)?;
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    let OptionalJson { value, bytes } = input;
    let mode = Mode { remember: once.with(Action::TiersAssign, &bytes), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.customer_tier_promote_in(txn, cx, id, value)))
        .await
}

/// Demote a customer
///
/// One tier down. To the end of the period the customer does not rise again by what is reached already; with
/// `pinned_until` nothing but staff moves the customer to that day.
#[utoipa::path(
    post, path = "/customers/{customer}/tier/demote", operation_id = "demote_customer", tag = "Tiers",
    request_body = TierStep,
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), DryRun),
    responses(
        (status = 200, description = "Where the customer stands now.", body = CustomerTier),
        (status = 409, description = "There is nothing below (`at_bottom`)."),
    ),
)]
async fn demote(
    call: Call,
    Id(customer): Id<CustomerPath>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: OptionalJson<TierStep>,
) -> Answer {
    call.cx.require(Action::TiersAssign)?;
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    let OptionalJson { value, bytes } = input;
    let mode = Mode { remember: once.with(Action::TiersAssign, &bytes), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.customer_tier_demote_in(txn, cx, id, value)))
        .await
}

/// Pin a customer
///
/// Holds the customer on the tier until a day, inclusive, and to the end of the period of that day; without a day lets the
/// customer go.
#[utoipa::path(
    post, path = "/customers/{customer}/tier/pin", operation_id = "pin_customer", tag = "Tiers",
    request_body = TierPin,
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), DryRun),
    responses(
        (status = 200, description = "Where the customer stands now.", body = CustomerTier),
        (status = 409, description = "The account of the customer was closed (`customer_erased`)."),
    ),
)]
async fn pin(
    call: Call,
    Id(customer): Id<CustomerPath>,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: OptionalJson<TierPin>,
) -> Answer {
    call.cx.require(Action::TiersAssign)?;
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    let OptionalJson { value, bytes } = input;
    let mode = Mode { remember: once.with(Action::TiersAssign, &bytes), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.customer_tier_pin_in(txn, cx, id, value))).await
}

/// List a customer's tier moves
///
/// Every real change of the tier, newest first: from where, to where, why, and who did it.
#[utoipa::path(
    get, path = "/customers/{customer}/tier-moves", operation_id = "list_customer_tier_moves", tag = "Tiers",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), Paging),
    responses((status = 200, description = "A page of moves.", body = ListOf<TierMove>)),
)]
async fn moves(call: Call, Id(customer): Id<CustomerPath>, Params(page): Params<Paging>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_tier_moves(&call.cx, id, &page.request()?).await)
}

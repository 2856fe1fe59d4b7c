//! `/reward-policies`: what a merchant promises for what customers and their friends do, and what came of it.

use perennial_domain::{access::Action, ids::PolicyId, policies::PolicyInput};
use perennial_engine::{
    Edit,
    customers::CustomerPath,
    policies::{Award, PolicyFilter, PolicyProgress, PolicyState, PolicyVersionView, PolicyView, Trial},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::{Bare, Once},
    call::{Answer, Call, Mode, found},
    json::{Json, JsonBytes},
    params::{DryRun, Id, Paging, Params},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(try_out))
        .routes(routes!(read, change, archive))
        .routes(routes!(versions))
        .routes(routes!(publish))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(awards))
        .routes(routes!(of_customer))
        .routes(routes!(progress))
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Part of the name.
    search: Option<String>,
    /// In this state; in all but `archived` when it is not given.
    state: Option<PolicyState>,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List reward policies
///
/// Newest first, each with the terms of its draft, or else of what was published last.
#[utoipa::path(
    get, path = "/reward-policies", operation_id = "list_reward_policies", tag = "Reward policies", params(ListParams),
    responses((status = 200, description = "A page of policies.", body = ListOf<PolicyView>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let filter = PolicyFilter { search: params.search, state: params.state };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    found(call.engine().policy_list(&call.cx, &filter, &page).await)
}

/// Draft a reward policy
///
/// A name, an event and one effect are required. Nothing of it counts before it is published.
#[utoipa::path(
    post, path = "/reward-policies", operation_id = "create_reward_policy", tag = "Reward policies",
    params(DryRun), request_body = PolicyInput,
    responses((status = 201, description = "The new draft.", body = PolicyView)),
)]
async fn create(
    call: Call,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<PolicyInput>,
) -> Answer {
    let Json { value, bytes } = input;
    let mode = Mode { remember: once.with(Action::PromotionsWrite, &bytes), dry_run };
    call.create(mode, move |engine, txn, cx| Box::pin(engine.policy_create_in(txn, cx, value))).await
}

/// Over which time a policy is tried out.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TryParams {
    /// The last so many days, 1 to 366; 90 unless given.
    #[serde(default = "ninety")]
    days: u32,
}

const fn ninety() -> u32 {
    90
}

/// Try a reward policy out
///
/// What it would have given in the last days, counted from nothing over what is stored; at most 20,000 purchases. The policy
/// need not be stored, and nothing is.
#[utoipa::path(
    post, path = "/reward-policies/try", operation_id = "try_reward_policy", tag = "Reward policies",
    params(TryParams), request_body = PolicyInput,
    responses((status = 200, description = "What it would have given.", body = Trial)),
)]
async fn try_out(call: Call, Params(params): Params<TryParams>, input: Json<PolicyInput>) -> Answer {
    found(call.engine().policy_try(&call.cx, input.value, params.days).await)
}

/// Read a reward policy
#[utoipa::path(
    get, path = "/reward-policies/{id}", operation_id = "read_reward_policy", tag = "Reward policies",
    params(("id" = PolicyId, Path, description = "Id of the policy.")),
    responses((status = 200, description = "The policy.", body = PolicyView)),
)]
async fn read(call: Call, Id(id): Id<PolicyId>) -> Answer {
    found(call.engine().policy_get(&call.cx, id).await)
}

/// Change a reward policy
///
/// What is not given stays; `null` takes it away. The change of a published policy is a draft, which counts for nothing before
/// it is published; its event cannot change any more.
#[utoipa::path(
    patch, path = "/reward-policies/{id}", operation_id = "change_reward_policy", tag = "Reward policies",
    params(("id" = PolicyId, Path, description = "Id of the policy."), DryRun), request_body = PolicyInput,
    responses(
        (status = 200, description = "The policy with its draft.", body = PolicyView),
        (status = 409, description = "It is archived (`archived`)."),
    ),
)]
async fn change(
    call: Call,
    Id(id): Id<PolicyId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    JsonBytes(bytes): JsonBytes,
) -> Answer {
    let edit = Edit::from_json(&bytes)?;
    let mode = Mode { remember: None, dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.policy_update_in(txn, cx, id, edit))).await
}

/// Archive a reward policy
///
/// For good: what happens from now on counts for nothing. What is held is still given, and returns still take back.
#[utoipa::path(
    delete, path = "/reward-policies/{id}", operation_id = "archive_reward_policy", tag = "Reward policies",
    params(("id" = PolicyId, Path, description = "Id of the policy."), DryRun),
    responses((status = 200, description = "The archived policy.", body = PolicyView)),
)]
async fn archive(call: Call, Id(id): Id<PolicyId>, Params(DryRun { dry_run }): Params<DryRun>) -> Answer {
    let mode = Mode { remember: None, dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.policy_archive_in(txn, cx, id))).await
}

/// List the versions of a reward policy
///
/// What was published, newest first.
#[utoipa::path(
    get, path = "/reward-policies/{id}/versions", operation_id = "list_reward_policy_versions", tag = "Reward policies",
    params(("id" = PolicyId, Path, description = "Id of the policy."), Paging),
    responses((status = 200, description = "A page of versions.", body = ListOf<PolicyVersionView>)),
)]
async fn versions(call: Call, Id(id): Id<PolicyId>, Params(page): Params<Paging>) -> Answer {
    found(call.engine().policy_versions(&call.cx, id, &page.request()?).await)
}

/// Publish the draft of a reward policy
///
/// It counts for what comes in from now on.
#[utoipa::path(
    post, path = "/reward-policies/{id}/publish", operation_id = "publish_reward_policy", tag = "Reward policies",
    params(("id" = PolicyId, Path, description = "Id of the policy."), DryRun),
    responses(
        (status = 200, description = "The policy.", body = PolicyView),
        (status = 409, description = "There is no draft (`no_draft`), or it is archived (`archived`)."),
    ),
)]
async fn publish(
    call: Call,
    Id(id): Id<PolicyId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    bare: Bare,
) -> Answer {
    let mode = Mode { remember: bare.with(Action::PromotionsWrite), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.policy_publish_in(txn, cx, id))).await
}

/// Pause a reward policy
///
/// What happens until it is resumed counts for nothing. What is held is given all the same.
#[utoipa::path(
    post, path = "/reward-policies/{id}/pause", operation_id = "pause_reward_policy", tag = "Reward policies",
    params(("id" = PolicyId, Path, description = "Id of the policy."), DryRun),
    responses(
        (status = 200, description = "The policy.", body = PolicyView),
        (status = 409, description = "It does not run (`not_running`)."),
    ),
)]
async fn pause(
    call: Call,
    Id(id): Id<PolicyId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    bare: Bare,
) -> Answer {
    let mode = Mode { remember: bare.with(Action::PromotionsWrite), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.policy_pause_in(txn, cx, id))).await
}

/// Resume a reward policy
#[utoipa::path(
    post, path = "/reward-policies/{id}/resume", operation_id = "resume_reward_policy", tag = "Reward policies",
    params(("id" = PolicyId, Path, description = "Id of the policy."), DryRun),
    responses(
        (status = 200, description = "The policy.", body = PolicyView),
        (status = 409, description = "It is not paused (`not_paused`)."),
    ),
)]
async fn resume(
    call: Call,
    Id(id): Id<PolicyId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    bare: Bare,
) -> Answer {
    let mode = Mode { remember: bare.with(Action::PromotionsWrite), dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.policy_resume_in(txn, cx, id))).await
}

/// List what a reward policy gave
///
/// Newest first: what was given, is held, was taken back, or could not be given and why.
#[utoipa::path(
    get, path = "/reward-policies/{id}/awards", operation_id = "list_reward_policy_awards", tag = "Reward policies",
    params(("id" = PolicyId, Path, description = "Id of the policy."), Paging),
    responses((status = 200, description = "A page of awards.", body = ListOf<Award>)),
)]
async fn awards(call: Call, Id(id): Id<PolicyId>, Params(page): Params<Paging>) -> Answer {
    found(call.engine().policy_awards(&call.cx, id, &page.request()?).await)
}

/// List what a customer was given by reward policies
#[utoipa::path(
    get, path = "/customers/{customer}/awards", operation_id = "list_customer_awards", tag = "Reward policies",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id."), Paging),
    responses((status = 200, description = "A page of awards, newest first.", body = ListOf<Award>)),
)]
async fn of_customer(call: Call, Id(customer): Id<CustomerPath>, Params(page): Params<Paging>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_awards(&call.cx, id, &page.request()?).await)
}

/// How far a customer is.
#[derive(Debug, Serialize, ToSchema)]
struct Progress {
    /// The policies that run.
    policies: Vec<PolicyProgress>,
}

/// Read how far a customer is with each reward policy
#[utoipa::path(
    get, path = "/customers/{customer}/milestones", operation_id = "read_customer_milestones", tag = "Reward policies",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "What was counted, and what comes next.", body = Progress)),
)]
async fn progress(call: Call, Id(customer): Id<CustomerPath>) -> Answer {
    let id = call.engine().customer_resolve(&call.cx, &customer).await?;
    found(call.engine().customer_progress(&call.cx, id).await.map(|policies| Progress { policies }))
}

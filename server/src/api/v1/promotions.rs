//! `/promotions`: versioned rules that turn purchases into points, and their life.

mod life;
mod replay;

use perennial_domain::{
    access::Action,
    ids::PromotionId,
    promotion::{PromotionInput, PromotionTerms},
};
use perennial_engine::Edit;
use perennial_engine::promotions::{PromotionFilter, PromotionState, PromotionVersionView, PromotionView};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, Mode, found},
    json::{Json, JsonBytes},
    params::{DryRun, Id, Paging, Params},
    problem::{Code, FieldProblem, Problem},
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, change))
        .routes(routes!(versions))
        .merge(life::routes())
        .merge(replay::routes())
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Part of the name.
    search: Option<String>,
    /// In this state; in all but `archived` when it is not given.
    state: Option<PromotionState>,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List promotions
///
/// Newest first, each with the terms of its draft, or else of its newest version.
#[utoipa::path(
    get, path = "/promotions", operation_id = "list_promotions", tag = "Promotions", params(ListParams),
    responses((status = 200, description = "A page of promotions.", body = ListOf<PromotionView>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let filter = PromotionFilter { search: params.search, state: params.state };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    found(call.engine().promotion_list(&call.cx, &filter, &page).await)
}

/// Draft a promotion
///
/// Only a name and one effect (`award_rate`, `multiplier` or `flat_points`) are required. Nothing of it counts
/// before it is published.
#[utoipa::path(
    post, path = "/promotions", operation_id = "create_promotion", tag = "Promotions",
    params(DryRun), request_body = PromotionInput,
    responses((status = 201, description = "The new draft.", body = PromotionView)),
)]
async fn create(
    call: Call,
    Params(DryRun { dry_run }): Params<DryRun>,
    once: Once,
    input: Json<PromotionInput>,
) -> Answer {
    let terms = checked(&input.value)?;
    let mode = Mode { remember: once.with(Action::PromotionsWrite, &input.bytes), dry_run };
    call.create(mode, move |engine, txn, cx| Box::pin(engine.promotion_create_in(txn, cx, terms))).await
}

/// Read a promotion
#[utoipa::path(
    get, path = "/promotions/{id}", operation_id = "read_promotion", tag = "Promotions",
    params(("id" = PromotionId, Path, description = "Id of the promotion.")),
    responses((status = 200, description = "The promotion.", body = PromotionView)),
)]
async fn read(call: Call, Id(id): Id<PromotionId>) -> Answer {
    found(call.engine().promotion_get(&call.cx, id).await)
}

/// Change a promotion
///
/// What is not given stays as it is in the draft, or else in the newest version, also what others change at the same
/// time; `null` takes it away; another effect takes the place of the one before. A published version never changes: the change drafts the next one,
/// which counts for nothing before it is published.
#[utoipa::path(
    patch, path = "/promotions/{id}", operation_id = "change_promotion", tag = "Promotions",
    params(("id" = PromotionId, Path, description = "Id of the promotion."), DryRun), request_body = PromotionInput,
    responses(
        (status = 200, description = "The promotion with its draft.", body = PromotionView),
        (status = 409, description = "It was ended or archived (`promotion_over`)."),
    ),
)]
async fn change(
    call: Call,
    Id(id): Id<PromotionId>,
    Params(DryRun { dry_run }): Params<DryRun>,
    JsonBytes(bytes): JsonBytes,
) -> Answer {
    let edit = Edit::from_json(&bytes)?;
    let mode = Mode { remember: None, dry_run };
    call.change(mode, move |engine, txn, cx| Box::pin(engine.promotion_edit_in(txn, cx, id, edit))).await
}

/// List the versions of a promotion
///
/// Newest first, a draft included. Old versions stay and explain the purchases of their time.
#[utoipa::path(
    get, path = "/promotions/{id}/versions", operation_id = "list_promotion_versions", tag = "Promotions",
    params(("id" = PromotionId, Path, description = "Id of the promotion."), Paging),
    responses((status = 200, description = "A page of versions.", body = ListOf<PromotionVersionView>)),
)]
async fn versions(call: Call, Id(id): Id<PromotionId>, Params(page): Params<Paging>) -> Answer {
    found(call.engine().promotion_versions(&call.cx, id, &page.request()?).await)
}

/// The terms, or everything that is wrong with them.
fn checked(input: &PromotionInput) -> Result<PromotionTerms, Problem> {
    input
        .check()
        .map_err(|errors| Problem::new(Code::Invalid).errors(errors.into_iter().map(FieldProblem::from)))
}

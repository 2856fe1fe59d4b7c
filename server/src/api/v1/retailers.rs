//! `/retailers`: the stores of a merchant.

use axum::{extract::State, response::Response};
use http::StatusCode;
use perennial_domain::ids::RetailerId;
use perennial_engine::retailers::{NewRetailer, Retailer, RetailerFilter, RetailerPatch};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::{ApiCx, Once},
    json::{Json, answer},
    params::{Id, Paging, Params},
    problem::Problem,
    schema::ListOf,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, change, archive))
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Part of the name, or the beginning of the code.
    search: Option<String>,
    /// With those that no longer take part.
    #[serde(default)]
    archived: bool,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List retailers
///
/// In order of their code.
#[utoipa::path(
    get, path = "/retailers", operation_id = "list_retailers", tag = "Retailers", params(ListParams),
    responses((status = 200, description = "A page of retailers.", body = ListOf<Retailer>)),
)]
async fn list(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    Params(params): Params<ListParams>,
) -> Result<Response, Problem> {
    let filter = RetailerFilter { search: params.search, with_archived: params.archived };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    Ok(answer(StatusCode::OK, &state.engine().retailer_list(&cx, &filter, &page).await?))
}

/// Create a retailer
///
/// Purchases may name it as soon as this has answered.
#[utoipa::path(
    post, path = "/retailers", operation_id = "create_retailer", tag = "Retailers", request_body = NewRetailer,
    responses((status = 201, description = "The new retailer.", body = Retailer)),
)]
async fn create(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    once: Once,
    input: Json<NewRetailer>,
) -> Result<Response, Problem> {
    let engine = state.engine().clone();
    let by = cx.clone();
    state
        .write(&cx, once.with(&input.bytes).into(), move |txn| {
            Box::pin(async move {
                Ok((StatusCode::CREATED, engine.retailer_create_in(txn, &by, input.value).await?))
            })
        })
        .await
}

/// Read a retailer
#[utoipa::path(
    get, path = "/retailers/{id}", operation_id = "read_retailer", tag = "Retailers",
    params(("id" = RetailerId, Path, description = "Id of the retailer.")),
    responses((status = 200, description = "The retailer.", body = Retailer)),
)]
async fn read(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    Id(id): Id<RetailerId>,
) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &state.engine().retailer_get(&cx, id).await?))
}

/// Change a retailer
///
/// What is not given stays. The code never changes. `archived` ends its part in the program or lets it take part
/// again.
#[utoipa::path(
    patch, path = "/retailers/{id}", operation_id = "change_retailer", tag = "Retailers", request_body = RetailerPatch,
    params(("id" = RetailerId, Path, description = "Id of the retailer.")),
    responses((status = 200, description = "The retailer as it is now.", body = Retailer)),
)]
async fn change(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    Id(id): Id<RetailerId>,
    patch: Json<RetailerPatch>,
) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &state.engine().retailer_update(&cx, id, patch.value).await?))
}

/// Archive a retailer
///
/// It takes no more new purchases; what was bought there stays, and a repeated purchase is still answered.
#[utoipa::path(
    delete, path = "/retailers/{id}", operation_id = "archive_retailer", tag = "Retailers",
    params(("id" = RetailerId, Path, description = "Id of the retailer.")),
    responses((status = 200, description = "The archived retailer.", body = Retailer)),
)]
async fn archive(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    Id(id): Id<RetailerId>,
) -> Result<Response, Problem> {
    let patch = RetailerPatch { archived: Some(true), ..RetailerPatch::default() };
    Ok(answer(StatusCode::OK, &state.engine().retailer_update(&cx, id, patch).await?))
}

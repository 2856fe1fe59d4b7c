//! `/products`: what a merchant sells.

use axum::{extract::State, response::Response};
use http::StatusCode;
use perennial_domain::ids::ProductId;
use perennial_engine::products::{NewProduct, Product, ProductFilter, ProductPatch};
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
    /// Part of the name, or the beginning of the sku.
    search: Option<String>,
    /// Of this category.
    category: Option<String>,
    /// With those that are no longer sold.
    #[serde(default)]
    archived: bool,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List products
///
/// In order of their sku.
#[utoipa::path(
    get, path = "/products", operation_id = "list_products", tag = "Products", params(ListParams),
    responses((status = 200, description = "A page of products.", body = ListOf<Product>)),
)]
async fn list(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    Params(params): Params<ListParams>,
) -> Result<Response, Problem> {
    let filter =
        ProductFilter { search: params.search, category: params.category, with_archived: params.archived };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    Ok(answer(StatusCode::OK, &state.engine().product_list(&cx, &filter, &page).await?))
}

/// Create a product
///
/// Promotions see it in purchases as soon as this has answered.
#[utoipa::path(
    post, path = "/products", operation_id = "create_product", tag = "Products", request_body = NewProduct,
    responses((status = 201, description = "The new product.", body = Product)),
)]
async fn create(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    once: Once,
    input: Json<NewProduct>,
) -> Result<Response, Problem> {
    let engine = state.engine().clone();
    let by = cx.clone();
    state
        .write(&cx, once.with(&input.bytes).into(), move |txn| {
            Box::pin(async move {
                Ok((StatusCode::CREATED, engine.product_create_in(txn, &by, input.value).await?))
            })
        })
        .await
}

/// Read a product
#[utoipa::path(
    get, path = "/products/{id}", operation_id = "read_product", tag = "Products",
    params(("id" = ProductId, Path, description = "Id of the product.")),
    responses((status = 200, description = "The product.", body = Product)),
)]
async fn read(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    Id(id): Id<ProductId>,
) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &state.engine().product_get(&cx, id).await?))
}

/// Change a product
///
/// What is not given stays. The sku never changes. `archived` says whether it is no longer sold.
#[utoipa::path(
    patch, path = "/products/{id}", operation_id = "change_product", tag = "Products", request_body = ProductPatch,
    params(("id" = ProductId, Path, description = "Id of the product.")),
    responses((status = 200, description = "The product as it is now.", body = Product)),
)]
async fn change(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    Id(id): Id<ProductId>,
    patch: Json<ProductPatch>,
) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &state.engine().product_update(&cx, id, patch.value).await?))
}

/// Archive a product
///
/// Purchases of it are accepted as of any unknown product; what was bought before stays.
#[utoipa::path(
    delete, path = "/products/{id}", operation_id = "archive_product", tag = "Products",
    params(("id" = ProductId, Path, description = "Id of the product.")),
    responses((status = 200, description = "The archived product.", body = Product)),
)]
async fn archive(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    Id(id): Id<ProductId>,
) -> Result<Response, Problem> {
    let patch = ProductPatch { archived: Some(true), ..ProductPatch::default() };
    Ok(answer(StatusCode::OK, &state.engine().product_update(&cx, id, patch).await?))
}

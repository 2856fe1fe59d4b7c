//! `/products`: what a merchant sells.

use perennial_domain::{access::Action, ids::ProductId};
use perennial_engine::products::{NewProduct, Product, ProductFilter, ProductPatch};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::Once,
    call::{Answer, Call, found},
    json::Json,
    params::{Id, Paging, Params},
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
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let filter =
        ProductFilter { search: params.search, category: params.category, with_archived: params.archived };
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    found(call.engine().product_list(&call.cx, &filter, &page).await)
}

/// Create a product
///
/// Promotions see it in purchases as soon as this has answered.
#[utoipa::path(
    post, path = "/products", operation_id = "create_product", tag = "Products", request_body = NewProduct,
    responses(
        (status = 201, description = "The new product.", body = Product),
        (status = 409, description = "Another product has this sku (`sku_taken`); it may be archived."),
    ),
)]
async fn create(call: Call, once: Once, input: Json<NewProduct>) -> Answer {
    let Json { value, bytes } = input;
    call.create(once.with(Action::CatalogueWrite, &bytes), move |engine, txn, cx| {
        Box::pin(engine.product_create_in(txn, cx, value))
    })
    .await
}

/// Read a product
#[utoipa::path(
    get, path = "/products/{id}", operation_id = "read_product", tag = "Products",
    params(("id" = ProductId, Path, description = "Id of the product.")),
    responses((status = 200, description = "The product.", body = Product)),
)]
async fn read(call: Call, Id(id): Id<ProductId>) -> Answer {
    found(call.engine().product_get(&call.cx, id).await)
}

/// Change a product
///
/// What is not given stays. The sku never changes. `archived` says whether it is no longer sold.
#[utoipa::path(
    patch, path = "/products/{id}", operation_id = "change_product", tag = "Products", request_body = ProductPatch,
    params(("id" = ProductId, Path, description = "Id of the product.")),
    responses((status = 200, description = "The product as it is now.", body = Product)),
)]
async fn change(call: Call, Id(id): Id<ProductId>, patch: Json<ProductPatch>) -> Answer {
    found(call.engine().product_update(&call.cx, id, patch.value).await)
}

/// Archive a product
///
/// Purchases of it are accepted as of any unknown product; what was bought before stays.
#[utoipa::path(
    delete, path = "/products/{id}", operation_id = "archive_product", tag = "Products",
    params(("id" = ProductId, Path, description = "Id of the product.")),
    responses((status = 200, description = "The archived product.", body = Product)),
)]
async fn archive(call: Call, Id(id): Id<ProductId>) -> Answer {
    let patch = ProductPatch { archived: Some(true), ..ProductPatch::default() };
    found(call.engine().product_update(&call.cx, id, patch).await)
}

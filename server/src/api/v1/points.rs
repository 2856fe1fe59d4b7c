//! Where a customer stands: `/points/{customer}`, also as `/customers/{customer}/points`.

use axum::{extract::State, response::Response};
use http::StatusCode;
use perennial_engine::{customers::CustomerPath, points::PointsSummary};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{ApiState, auth::ApiCx, json::answer, params::Id, problem::Problem};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(read_of_customer))
}

/// Read a customer's points
///
/// Always read from the books: it includes every purchase that was answered before.
#[utoipa::path(
    get, path = "/points/{customer}", operation_id = "read_points", tag = "Points",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "Where the customer stands.", body = PointsSummary)),
)]
async fn read(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    Id(customer): Id<CustomerPath>,
) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &state.engine().customer_points(&cx, &customer).await?))
}

/// Read the points of a customer, below the customer
///
/// The same as `/points/{customer}`.
#[utoipa::path(
    get, path = "/customers/{customer}/points", operation_id = "read_customer_points", tag = "Points",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "Where the customer stands.", body = PointsSummary)),
)]
async fn read_of_customer(
    state: State<ApiState>,
    cx: ApiCx,
    customer: Id<CustomerPath>,
) -> Result<Response, Problem> {
    read(state, cx, customer).await
}

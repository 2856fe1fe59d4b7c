//! Where a customer stands: `/points/{customer}`, also as `/customers/{customer}/points`.

use perennial_engine::{customers::CustomerPath, points::PointsSummary};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    call::{Answer, Call, found},
    params::Id,
};

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
async fn read(call: Call, Id(customer): Id<CustomerPath>) -> Answer {
    found(call.engine().customer_points(&call.cx, &customer).await)
}

/// Read the points of a customer, below the customer
///
/// The same as `/points/{customer}`.
#[utoipa::path(
    get, path = "/customers/{customer}/points", operation_id = "read_customer_points", tag = "Points",
    params(("customer" = String, Path, description = "Id of the customer, or `ext:` and the external id.")),
    responses((status = 200, description = "Where the customer stands.", body = PointsSummary)),
)]
async fn read_of_customer(call: Call, customer: Id<CustomerPath>) -> Answer {
    read(call, customer).await
}

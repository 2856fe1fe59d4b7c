//! `/merchant`: the settings of the program.

use axum::{extract::State, response::Response};
use http::StatusCode;
use perennial_domain::settings::{MerchantPatch, MerchantSettings};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::ApiCx,
    json::{Json, answer},
    problem::Problem,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(read, change))
}

/// Read the settings
#[utoipa::path(
    get, path = "/merchant", operation_id = "read_merchant", tag = "Merchant",
    responses((status = 200, description = "The settings of the merchant.", body = MerchantSettings)),
)]
async fn read(State(state): State<ApiState>, ApiCx(cx): ApiCx) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &state.engine().merchant_settings(&cx).await?))
}

/// Change the settings
///
/// What is not given stays; `null` clears what can be absent. Purchases are treated by the new settings as soon as
/// this has answered, except those that were posted before: they keep their first answer.
#[utoipa::path(
    patch, path = "/merchant", operation_id = "change_merchant", tag = "Merchant", request_body = MerchantPatch,
    responses(
        (status = 200, description = "The settings as they are now.", body = MerchantSettings),
        (status = 409, description = "The currency cannot change once there are purchases (`currency_in_use`)."),
    ),
)]
async fn change(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    patch: Json<MerchantPatch>,
) -> Result<Response, Problem> {
    Ok(answer(StatusCode::OK, &state.engine().merchant_update(&cx, patch.value).await?))
}

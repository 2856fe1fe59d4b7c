//! A receipt without a customer, claimed by the customer.

use perennial_domain::{access::Action, codes::ClaimCode, customer::CustomerRef};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::super::claims::{ClaimAnswer, claim, may_guess, wrong_code};
use crate::api::{
    ApiState,
    auth::{Me, Once},
    call::Answer,
    json::Json,
    problem::{Code, Problem},
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(create))
}

/// What is claimed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MyNewClaim)]
struct ClaimInput {
    /// The code on the receipt; spaces, dashes and the case of letters do not matter.
    claim_code: String,
}

/// Claim a purchase
///
/// Credits the purchase on a receipt that has a code, once. Claiming again gives the same answer with status 200 and the
/// header `Idempotent-Replayed: true`. Wrong codes are throttled.
#[utoipa::path(
    post, path = "/me/claims", operation_id = "create_my_claim", tag = "Client apps", request_body = ClaimInput,
    responses(
        (status = 201, description = "The purchase was credited.", body = ClaimAnswer),
        (status = 200, description = "The customer had claimed it before.", body = ClaimAnswer),
        (status = 404, description = "There is no such code (`not_found`)."),
        (status = 409, description = "Somebody else has claimed it (`claim_used`), or it is too late (`claim_expired`)."),
    ),
)]
async fn create(me: Me, once: Once, input: Json<ClaimInput>) -> Answer {
    may_guess(&me.call)?;
    let code = ClaimCode::new(&input.value.claim_code);
    let code = code.map_err(|error| Problem::new(Code::Invalid).errors([wrong_code(error)]))?;
    claim(&me.call, once.with(Action::ClaimsWrite, &input.bytes), code, CustomerRef::Id(me.id)).await
}

//! `/quotes`: what a basket would earn and cost.

use perennial_domain::quote::QuoteInput;
use perennial_engine::quotes::QuoteAnswer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState,
    auth::BelievedCx,
    call::{Answer, found},
    json::Json,
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(create))
}

/// Quote a purchase
///
/// What a basket would earn in points and cashback, what the customer would pay after the discount of the tier, and the
/// rewards that the customer can have now. Nothing is written or held, so no `Idempotency-Key` is needed; ask as often as
/// you like. A key with `quotes` or `purchases:write` may ask. Post the lines of the purchase with `price_after` to earn
/// what was quoted.
///
/// Without a customer it says what could be claimed. A customer whom nobody knows is quoted as a new one, as nobody, or
/// refused with 404, as the merchant's `unknown_customer` says.
///
/// While the database is away, quotes for customers who were asked for lately go on from memory, with `stale: true`; for
/// others there is 503 with `Retry-After`.
#[utoipa::path(
    post, path = "/quotes", operation_id = "create_quote", tag = "Quotes", request_body = QuoteInput,
    responses(
        (status = 200, description = "What the basket would earn and cost.", body = QuoteAnswer),
        (status = 404, description = "There is no such customer (`customer_not_found`)."),
        (status = 503, description = "The database is away, and nothing is known of the customer."),
    ),
)]
async fn create(call: BelievedCx, input: Json<QuoteInput>) -> Answer {
    let BelievedCx { cx, from_memory, state, .. } = call;
    if from_memory {
        return found(state.engine().quote_from_memory(&cx, input.value));
    }
    found(state.engine().quote(&cx, input.value).await)
}

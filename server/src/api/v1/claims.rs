//! `/claims`: crediting a purchase that came without a customer.

use std::time::Instant;

use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode};
use perennial_domain::{
    access::Action,
    codes::{ClaimCode, CodeError},
    customer::{CustomerInput, CustomerRef},
    ids::ClaimId,
};
use perennial_engine::{
    Actor, Cx, Error, Remember,
    claims::Claimed,
    purchase_record::{PurchaseAnswer, PurchaseStatus},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::api::{
    ApiState, REPLAYED,
    auth::Once,
    call::{Answer, Call},
    json::Json,
    problem::{Code, FieldProblem, Problem},
};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(create))
}

/// What is claimed, and by whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewClaim)]
struct ClaimInput {
    /// The code on the receipt; spaces, dashes and the case of letters do not matter.
    claim_code: String,
    /// Who claims: exactly one of the fields.
    #[serde(deserialize_with = "perennial_domain::objects::one")]
    customer: CustomerInput,
}

/// The purchase after its claim.
#[derive(Serialize, ToSchema)]
#[schema(as = Claim)]
pub(super) struct ClaimAnswer<'c> {
    /// The claim.
    claim_id: ClaimId,
    /// When it was claimed.
    claimed_at: DateTime<Utc>,
    /// The purchase as it was credited.
    purchase: PurchaseAnswer<'c>,
}

impl<'c> From<&'c Claimed> for ClaimAnswer<'c> {
    fn from(claimed: &'c Claimed) -> Self {
        let claim = &claimed.claim;
        let purchase = PurchaseAnswer {
            customer_id: Some(claim.customer_id),
            status: PurchaseStatus::Credited,
            points_earned: claim.points,
            points_pending: claim.points_pending,
            points_claimable: None,
            claim_code: None,
            balance: Some(claim.balance),
            lines: &claim.lines,
            applied: &claim.applied,
            ..PurchaseAnswer::from(&*claimed.purchase)
        };
        Self { claim_id: claim.id, claimed_at: claim.claimed_at, purchase }
    }
}

/// Claim a purchase
///
/// Credits a purchase that came without a known customer, once. The same customer claiming again gets the same
/// answer with status 200 and the header `Idempotent-Replayed: true`. Wrong codes are throttled.
#[utoipa::path(
    post, path = "/claims", operation_id = "create_claim", tag = "Claims", request_body = ClaimInput,
    responses(
        (status = 201, description = "The purchase was credited.", body = ClaimAnswer),
        (status = 200, description = "The same customer had claimed it before.", body = ClaimAnswer),
        (status = 404, description = "There is no such code (`not_found`), or no such customer (`customer_not_found`)."),
        (status = 409, description = "Somebody else has claimed it (`claim_used`), or it is too late (`claim_expired`)."),
    ),
)]
async fn create(call: Call, once: Once, input: Json<ClaimInput>) -> Answer {
    may_guess(&call)?;
    let snapshot = call.engine().snapshot(&call.cx).await?;
    let home = snapshot.settings.default_country.as_ref();
    let code = ClaimCode::new(&input.value.claim_code);
    let customer = input.value.customer.check("/customer", home);
    match (code, customer) {
        (Ok(code), Ok(customer)) => {
            claim(&call, once.with(Action::ClaimsWrite, &input.bytes), code, customer).await
        }
        (code, customer) => {
            let wrong_customer = customer.err().into_iter().flatten().map(FieldProblem::from);
            Err(Problem::new(Code::Invalid)
                .errors(code.err().map(wrong_code).into_iter().chain(wrong_customer)))
        }
    }
}

/// What is wrong with a code that is none.
pub(super) fn wrong_code(error: CodeError) -> FieldProblem {
    FieldProblem::new("/claim_code", error.code(), format!("Not a claim code: {error}"))
}

/// Refuses whoever has guessed too often.
pub(super) fn may_guess(call: &Call) -> Result<(), Problem> {
    match call.state.claim_throttle() {
        Some(throttle) => Ok(throttle.check(guesser(&call.cx), Instant::now())?),
        None => Ok(()),
    }
}

/// Claims a purchase for a customer, and counts a code that nobody has.
pub(super) async fn claim(
    call: &Call,
    remember: Option<Remember>,
    code: ClaimCode,
    customer: CustomerRef,
) -> Answer {
    let claimed = call
        .write(remember, move |engine, txn, cx| {
            Box::pin(async move {
                let claimed = engine.claim_in(txn, cx, &code, &customer).await?;
                let status = if claimed.replayed { StatusCode::OK } else { StatusCode::CREATED };
                let body = serde_json::to_value(ClaimAnswer::from(&claimed))
                    .map_err(|error| Error::Inconsistent(format!("a claim is not JSON: {error}")))?;
                Ok((status, body))
            })
        })
        .await;
    match claimed {
        Ok(mut response) => {
            if response.status() == StatusCode::OK {
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            }
            Ok(response)
        }
        Err(problem) => {
            if problem.status() == 404
                && let Some(throttle) = call.state.claim_throttle()
            {
                // This answer is on its way already; the next guess will have to wait.
                throttle.take(guesser(&call.cx), Instant::now()).ok();
            }
            Err(problem)
        }
    }
}

/// Whose guesses are counted together.
fn guesser(cx: &Cx) -> Option<Uuid> {
    match cx.actor() {
        Actor::ApiKey { id, .. } => Some(id.uuid()),
        Actor::Customer { id } => Some(id.uuid()),
        Actor::Staff { .. } | Actor::System => None,
    }
}

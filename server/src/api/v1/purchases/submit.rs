//! `POST /purchases` and `POST /purchases/batch`: the path that tills take, and the only hot one.
//!
//! The body is parsed once, from its bytes, into the type that the domain checks; the answer is written from the
//! stored record. Everything between is the engine's.

use axum::{extract::State, response::Response};
use http::{HeaderValue, StatusCode, header};
use perennial_domain::purchase::PurchaseInput;
use perennial_engine::{
    Cx, Error,
    intake::{SubmitOptions, Submitted},
    purchase_record::PurchaseAnswer,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::batch::Batch;
use crate::api::{
    ApiState, REPLAYED,
    auth::ApiCx,
    json::{self, JsonBytes},
    problem::{Problem, WireProblem, come_back},
    trace::Trace,
};

/// Post a purchase
///
/// Credits the points before it answers. The key is `transaction_id` within the retailer, kept for ever: the same
/// purchase again answers 200 with the first answer and the header `Idempotent-Replayed: true`; the same key with
/// other content answers 409 and names each field that differs.
///
/// Vouchers, points and cashback of the customer can pay a part; what they leave to pay is what earns. What cannot be
/// paid so is refused as a whole, and the field is named: `voucher_unknown`, `voucher_used`, `voucher_expired`,
/// `voucher_not_applicable`, `insufficient_points`, `insufficient_cashback`, `exceeds_amount`.
#[utoipa::path(
    post, path = "/purchases", operation_id = "create_purchase", tag = "Purchases", request_body = PurchaseInput,
    responses(
        (status = 201, description = "The purchase was stored.", body = PurchaseAnswer),
        (status = 200, description = "The purchase was there already; this is the first answer again.", body = PurchaseAnswer,
            headers(("Idempotent-Replayed" = String, description = "`true`"))),
        (status = 404, description = "There is no such customer, and the merchant takes nobody unknown (`customer_not_found`)."),
        (status = 409, description = "The transaction id is taken by another purchase (`transaction_conflict`), or the account of the \
            customer was closed (`customer_erased`)."),
        (status = 413, description = "More than 10,000 lines or 8 MiB."),
    ),
)]
pub(super) async fn create(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    trace: Trace,
    JsonBytes(bytes): JsonBytes,
) -> Result<Response, Problem> {
    let input: PurchaseInput = json::parse_object(&bytes).inspect_err(|_| trace.called_in(&bytes))?;
    // The parsed purchase owns its texts; the bytes need not wait for the database with it.
    drop(bytes);
    trace.called(&input.transaction_id);
    let submitted = submit(&state, &cx, input).await?;
    trace.about(submitted.record.id);
    let status = if submitted.replayed { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = json::answer(status, &PurchaseAnswer::from(&*submitted.record));
    if submitted.replayed {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Checks one purchase and stores it: what every door for a single purchase does.
pub(crate) async fn submit(state: &ApiState, cx: &Cx, input: PurchaseInput) -> Result<Submitted, Problem> {
    let options = SubmitOptions::default();
    let mut checks = state.engine().purchase_checks(cx);
    let (purchase, sent) = checks.check(input).await?;
    let mut answers = state.engine().purchases_submit(cx, vec![purchase], options).await;
    // One purchase, one answer; without one its outcome is not known, and asking again will tell.
    let answer = answers.pop().unwrap_or_else(unknown);
    Ok(checks.as_it_was(&sent, answer, options).await?)
}

fn unknown() -> Result<Submitted, Error> {
    Err(Error::Busy { retry_after: std::time::Duration::from_secs(1) })
}

/// One item's answer.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResult)]
pub(super) struct BatchItem<'a> {
    /// The HTTP status that the purchase would have got on its own.
    status: u16,
    /// Whether it was there already.
    replayed: bool,
    /// The purchase, when it was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase: Option<PurchaseAnswer<'a>>,
    /// Why it was refused, otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::api::openapi::ProblemDocument>)]
    problem: Option<WireProblem<'a>>,
}

/// The answers of a batch.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResults)]
pub(super) struct BatchAnswer<'a> {
    /// One for each purchase, in their order.
    results: Vec<BatchItem<'a>>,
}

/// Post up to 1,000 purchases
///
/// Each stands for itself: the refusal of one leaves the others alone. They are credited in their order. A batch
/// may be sent again as it is; what was stored answers as it did the first time. When there was no time for some of them,
/// `Retry-After` says when to do that.
#[utoipa::path(
    post, path = "/purchases/batch", operation_id = "create_purchases", tag = "Purchases",
    request_body = Vec<PurchaseInput>,
    responses(
        (status = 200, description = "One result for each purchase, in order.", body = BatchAnswer,
            headers(("Retry-After" = u64, description = "Seconds to wait before the same batch is sent again, when there was no \
                time for some of it (503)."))),
        (status = 413, description = "More than 1,000 purchases or 8 MiB."),
    ),
)]
pub(super) async fn create_batch(
    State(state): State<ApiState>,
    ApiCx(cx): ApiCx,
    trace: Trace,
    JsonBytes(bytes): JsonBytes,
) -> Result<Response, Problem> {
    cx.require(perennial_domain::access::Action::PurchasesWrite)?;
    let inputs = Batch::read(&bytes)?;
    let options = SubmitOptions::default();
    let mut checks = state.engine().purchase_checks(&cx);
    let mut problems = Vec::with_capacity(inputs.len());
    let mut purchases = Vec::with_capacity(inputs.len());
    let mut all_sent = Vec::with_capacity(inputs.len());
    let mut names = Vec::with_capacity(inputs.len());
    for (input, name) in inputs {
        let checked = match input {
            Ok(input) => {
                names.push(Some(input.transaction_id.clone()));
                checks.check(input).await.map_err(Problem::from)
            }
            Err(problem) => {
                names.push(name);
                Err(problem)
            }
        };
        match checked {
            Ok((purchase, sent)) => {
                purchases.push(purchase);
                all_sent.push(sent);
                problems.push(None);
            }
            Err(problem) => problems.push(Some(problem)),
        }
    }
    drop(bytes);
    let answers = if purchases.is_empty() {
        Vec::new()
    } else {
        state.engine().purchases_submit(&cx, purchases, options).await
    };
    let mut submitted = Vec::with_capacity(answers.len());
    for (answer, sent) in answers.into_iter().zip(&all_sent) {
        submitted.push(checks.as_it_was(sent, answer, options).await);
    }
    let mut submitted = submitted.into_iter();
    let outcomes: Vec<Result<Submitted, Problem>> = problems
        .into_iter()
        .map(|problem| match problem {
            Some(problem) => Err(problem),
            None => submitted.next().unwrap_or_else(unknown).map_err(Problem::from),
        })
        .collect();
    for (place, (outcome, name)) in outcomes.iter().zip(names).enumerate() {
        if let Err(problem) = outcome {
            trace.refused(Some(place), name, problem);
        }
    }
    let results = outcomes.iter().map(item).collect();
    let mut response = json::answer(StatusCode::OK, &BatchAnswer { results });
    if let Some(seconds) = come_back(&outcomes) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

fn item(outcome: &Result<Submitted, Problem>) -> BatchItem<'_> {
    match outcome {
        Ok(submitted) => BatchItem {
            status: if submitted.replayed { 200 } else { 201 },
            replayed: submitted.replayed,
            purchase: Some(PurchaseAnswer::from(&*submitted.record)),
            problem: None,
        },
        Err(problem) => BatchItem {
            status: problem.status(),
            replayed: false,
            purchase: None,
            problem: Some(problem.wire(None)),
        },
    }
}

//! `/requests`: what programs and apps have asked, and why they were refused.

use chrono::{DateTime, Utc};
use http::StatusCode;
use perennial_domain::ids::{ApiKeyId, CustomerId, PurchaseId};
use perennial_engine::requests::{
    LoggedRequest, RequestBy, RequestClass, RequestFilter, RequestProblem, RequestTotals, RequestsOf,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use crate::api::{
    ApiState,
    call::{Answer, Call, found},
    json::answer,
    params::{Id, Paging, Params},
    problem::{Code, FieldProblem, Problem},
    schema::ListOf,
};

/// Hours that the counts tell of.
const HOURS: u16 = 24;

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(totals)).routes(routes!(read))
}

/// The key with which a request was made.
#[derive(Debug, Serialize, ToSchema)]
struct RequestKey {
    /// Its id.
    id: ApiKeyId,
    /// What the merchant calls it.
    name: String,
    /// How its secret begins.
    prefix: String,
}

/// A request that wrote something or was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Request)]
struct RequestAnswer {
    /// Its place in the log.
    id: Uuid,
    /// The id that its answer carried in the header `X-Request-Id`. The items of a batch share it.
    request_id: String,
    /// When it was answered.
    at: DateTime<Utc>,
    /// The key with which it was made; not there for one of a customer's app.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<RequestKey>,
    /// The customer with whose token an app has made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<CustomerId>,
    /// The method.
    method: String,
    /// The pattern of the address; what stood in the place of ids is not kept.
    route: String,
    /// The status of the answer; of an item of a batch, the one that it would have got on its own.
    status: u16,
    /// How long it took, in microseconds.
    duration_us: u64,
    /// Of a batch: the place of the one item that was refused, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<u32>,
    /// The header `Idempotency-Key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<String>,
    /// The caller's own name for what it sent: the `transaction_id` of a purchase or return, the `id` of an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// The purchase that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_id: Option<PurchaseId>,
    /// Why it was refused, without the values that were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::api::openapi::ProblemDocument>)]
    problem: Option<Value>,
}

impl From<LoggedRequest> for RequestAnswer {
    fn from(logged: LoggedRequest) -> Self {
        let LoggedRequest { id, by, ended_at, request } = logged;
        let (key, customer_id) = match by {
            RequestBy::Key { id, name, prefix } => (Some(RequestKey { id, name, prefix }), None),
            RequestBy::App { customer } => (None, Some(customer)),
        };
        let problem = request.problem.map(|problem| {
            // Plain texts and numbers: writing them as a value cannot fail.
            serde_json::to_value(Problem::from(problem).wire(Some(&request.request_id))).unwrap_or_default()
        });
        Self {
            id,
            at: ended_at,
            key,
            customer_id,
            method: request.method,
            route: request.route,
            status: request.status,
            duration_us: u64::try_from(request.took.as_micros()).unwrap_or(u64::MAX),
            request_id: request.request_id,
            item: request.item,
            idempotency_key: request.idempotency_key,
            reference: request.reference,
            purchase_id: request.purchase,
            problem,
        }
    }
}

impl From<RequestProblem> for Problem {
    fn from(problem: RequestProblem) -> Self {
        let kind = Code::ALL.iter().find(|code| code.code() == problem.kind).copied();
        let errors = problem
            .errors
            .into_iter()
            .map(|error| FieldProblem::new(error.pointer, error.code, error.detail));
        Self::new(kind.unwrap_or(Code::Internal)).code(problem.code).detail(problem.detail).errors(errors)
    }
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Exactly this request id, idempotency key, reference, or id of a purchase or customer.
    q: Option<String>,
    /// Only requests that ended so: `answered`, `refused`, `4xx` or `5xx`.
    status: Option<RequestClass>,
    /// Only requests of the key with this id; `apps`: only those that apps have made with tokens of customers.
    #[param(value_type = Option<String>)]
    key: Option<RequestsOf>,
    /// Only requests of this pattern of an address: `/api/v1/purchases`.
    route: Option<String>,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List requests
///
/// Requests of API keys and of customers' apps in the last 30 days that wrote something or were refused, newest first; reads
/// that were answered are not there. Of those that were refused there is every one, up to 60 a minute of a key and of all
/// apps together; of those that were answered the first 20 of each minute, and as many of apps, which is all of them at a
/// small shop and a sample at a large chain. Every one is counted: see the totals. A request is here about a second after
/// its answer.
#[utoipa::path(
    get, path = "/requests", operation_id = "list_requests", tag = "Requests", params(ListParams),
    responses((status = 200, description = "A page of requests.", body = ListOf<RequestAnswer>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    let search = params.q.filter(|text| !text.is_empty());
    let filter = RequestFilter { search, class: params.status, of: params.key, route: params.route };
    found(
        call.engine().request_list(&call.cx, &filter, &page).await.map(|page| page.map(RequestAnswer::from)),
    )
}

/// Read a request
///
/// With the problem that it was answered with. There are no bodies in the log.
#[utoipa::path(
    get, path = "/requests/{id}", operation_id = "read_request", tag = "Requests",
    params(("id" = Uuid, Path, description = "Its place in the log.")),
    responses((status = 200, description = "The request.", body = RequestAnswer)),
)]
async fn read(call: Call, Id(id): Id<Uuid>) -> Answer {
    found(call.engine().request_get(&call.cx, id).await.map(RequestAnswer::from))
}

/// How many requests a key has made, or all apps together.
#[derive(Debug, Serialize, ToSchema)]
struct RequestCount {
    /// The key; not there for the apps of customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<RequestKey>,
    /// Requests that wrote something.
    answered: i64,
    /// Requests that were refused.
    refused: i64,
    /// How long one took on average, in microseconds.
    mean_us: i64,
    /// How long the slowest took, in microseconds.
    slowest_us: i32,
}

impl From<RequestTotals> for RequestCount {
    fn from(totals: RequestTotals) -> Self {
        let key = match totals.of {
            RequestsOf::Key(id) => Some(RequestKey { id, name: totals.key_name, prefix: totals.key_prefix }),
            RequestsOf::Apps => None,
        };
        Self {
            key,
            answered: totals.answered,
            refused: totals.refused,
            mean_us: totals.duration_us / (totals.answered + totals.refused).max(1),
            slowest_us: totals.slowest_us,
        }
    }
}

/// How many there were.
#[derive(Debug, Serialize, ToSchema)]
struct RequestCounts {
    /// One row for each key and one for the apps of customers, most refusals first.
    data: Vec<RequestCount>,
}

/// Count requests
///
/// Of the last 24 whole hours and this one, by key, and of the apps of all customers together: every request that wrote something or was refused, also those that
/// are not in the list. Up to ten seconds behind.
#[utoipa::path(
    get, path = "/requests/totals", operation_id = "count_requests", tag = "Requests",
    responses((status = 200, description = "The counts of each key.", body = RequestCounts)),
)]
async fn totals(call: Call) -> Answer {
    let totals = call.engine().request_totals(&call.cx, HOURS).await?;
    let data = totals.into_iter().map(RequestCount::from).collect();
    Ok(answer(StatusCode::OK, &RequestCounts { data }))
}

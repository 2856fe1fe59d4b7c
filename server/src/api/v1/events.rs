//! `/events`: what other systems tell has happened.
//!
//! [`envelope`] reads an event in whichever form it comes; the engine writes it down, and only then it is acknowledged.

mod envelope;

use axum::{extract::Request, response::Response};
use chrono::{DateTime, Utc};
use http::{HeaderValue, StatusCode, header};
use perennial_domain::access::Action;
use perennial_engine::{
    Error,
    inbox::{Event, EventFilter, EventState, NewEvent, Outcome, Received, Refusal},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::{
    ApiState, REPLAYED,
    auth::Bare,
    call::{Answer, Call, found},
    json::answer,
    params::{Paging, Params, Segments},
    problem::{Code, FieldProblem, Problem, come_back},
    schema::ListOf,
};
use envelope::{CloudEvent, EventBridgeEvent, Sent};

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(send, list))
        .routes(routes!(read))
        .routes(routes!(retry))
        .routes(routes!(discard))
}

/// An event as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
struct EventAnswer {
    /// Who told it.
    source: String,
    /// The name that the source gave it.
    id: String,
    /// What it is about.
    r#type: String,
    /// When the source says that it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<DateTime<Utc>>,
    /// `received`, `done`, `refused` or `discarded`.
    state: EventState,
    /// When it was written down.
    received_at: DateTime<Utc>,
    /// When it came to its state.
    changed_at: DateTime<Utc>,
    /// What it has caused, once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    /// Why it was refused: the problem that the direct call would have been answered with, its pointers leading into the
    /// event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::api::openapi::ProblemDocument>)]
    problem: Option<Value>,
}

impl From<Event> for EventAnswer {
    fn from(event: Event) -> Self {
        // Plain texts and numbers: writing them as a value cannot fail.
        let problem = event
            .problem
            .map(|refusal| serde_json::to_value(Problem::from(refusal).wire(None)).unwrap_or_default());
        Self {
            source: event.source,
            id: event.id,
            r#type: event.kind,
            time: event.time,
            state: event.state,
            received_at: event.received_at,
            changed_at: event.changed_at,
            outcome: event.outcome,
            problem,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = Code::ALL.iter().find(|code| code.code() == refusal.kind).copied();
        let errors = refusal.errors.into_iter().map(|error| FieldProblem {
            stored: error.stored,
            received: error.received,
            ..FieldProblem::new(error.pointer, error.code, error.detail)
        });
        let problem = Self::new(kind.unwrap_or(Code::Internal)).detail(refusal.detail).errors(errors);
        match refusal.code {
            Some(code) => problem.code(code),
            None => problem,
        }
    }
}

/// One event's answer.
#[derive(Serialize, ToSchema)]
#[schema(as = EventResult)]
struct EventItem {
    /// The HTTP status that the event would have got on its own.
    status: u16,
    /// Whether it was there already.
    replayed: bool,
    /// The event, when it was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventAnswer>,
    /// Why it was refused at the door, otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::api::openapi::ProblemDocument>)]
    problem: Option<Value>,
}

/// The answers of a batch.
#[derive(Serialize, ToSchema)]
#[schema(as = EventResults)]
struct BatchAnswer {
    /// One for each event, in their order.
    results: Vec<EventItem>,
}

/// Send events
///
/// CloudEvents 1.0 in each form of its HTTP binding: one event as JSON, an array of up to 1,000, or attributes in headers
/// `ce-…` with the data as body. Extension attributes are accepted. What Amazon EventBridge sends to an API destination is
/// accepted, too, as `application/json`: `detail-type` is the type, written as `order completed`, and `detail` the data.
///
/// | `type` | `data` |
/// |---|---|
/// | `order.completed` | the body of `POST /purchases` |
/// | `order.returned` | the body of `POST /returns` |
/// | `customer.registered` | the body of `POST /customers` |
/// | `order.placed.v1` | an order of a shop: `id`, `customerId`, `merchantId`, `productId`, `amount` in major units, optionally `currency` and `retailerId`; `time` of the envelope is when it happened |
///
/// 202 says that the event is stored durably, whatever will become of it; that is told under `source` and `id`. They name
/// the event: the same again is answered 202 with the header `Idempotent-Replayed: true` and has no second effect, other
/// content under that name is refused. Events may come in any order, and may tell of what was posted directly: a purchase
/// is credited once. In a batch each event stands for itself.
#[utoipa::path(
    post, path = "/events", operation_id = "send_events", tag = "Events",
    request_body(content(
        (CloudEvent = "application/cloudevents+json", example = json!({
            "specversion": "1.0", "id": "A-1042", "source": "/shop/orders", "type": "order.completed",
            "time": "2026-11-21T17:00:00Z",
            "data": {"transaction_id": "A-1042", "retailer": "vienna-1", "customer": {"email": "ada@example.com"},
                "amount": 1999, "currency": "USD"},
        })),
        (Vec<CloudEvent> = "application/cloudevents-batch+json", example = json!([{
            "specversion": "1.0", "id": "C-7", "source": "/shop/accounts", "type": "customer.registered",
            "data": {"name": "Ada Lovelace", "email": "ada@example.com"},
        }])),
        (EventBridgeEvent = "application/json", example = json!({
            "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "order completed",
            "source": "shop.orders", "account": "111122223333", "time": "2026-11-21T17:00:00Z", "region": "eu-west-1",
            "resources": [],
            "detail": {"transaction_id": "A-1043", "retailer": "vienna-1", "customer": {"email": "ada@example.com"},
                "amount": 1250, "currency": "USD"},
        })),
    )),
    responses(
        (status = 202, description = "The event is stored; of a batch, one result for each.", body = EventAnswer,
            headers(("Retry-After" = u64, description = "Seconds to wait before the same batch is sent again, when there was no \
                room for some of it (503)."))),
        (status = 409, description = "An event of this source and id was received with other content (`event_conflict`)."),
    ),
)]
async fn send(call: Call, request: Request) -> Answer {
    call.cx.require(Action::EventsWrite)?;
    match envelope::read(request).await? {
        Sent::One(event) => {
            call.trace.called(event.id());
            let mut answers = receive(&call, vec![*event]).await?;
            let Received { event, replayed } = answers.pop().unwrap_or_else(|| Err(busy()))?;
            let mut response = answer(StatusCode::ACCEPTED, &EventAnswer::from(event));
            if replayed {
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            }
            Ok(response)
        }
        Sent::Many(events) => many(&call, events).await,
    }
}

/// Receives what can be read of a batch, and answers each event in its place.
async fn many(call: &Call, events: Vec<Result<NewEvent, Problem>>) -> Answer {
    let mut refused = Vec::with_capacity(events.len());
    let mut readable = Vec::with_capacity(events.len());
    let mut names = Vec::with_capacity(events.len());
    for event in events {
        names.push(event.as_ref().ok().map(|event| event.id().to_owned()));
        match event {
            Ok(event) => {
                readable.push(event);
                refused.push(None);
            }
            Err(problem) => refused.push(Some(problem)),
        }
    }
    let mut received = receive(call, readable).await?.into_iter();
    let outcomes: Vec<_> = refused
        .into_iter()
        .map(|refused| match refused {
            Some(problem) => Err(problem),
            None => received.next().unwrap_or_else(|| Err(busy())).map_err(Problem::from),
        })
        .collect();
    for (place, (outcome, name)) in outcomes.iter().zip(names).enumerate() {
        if let Err(problem) = outcome {
            call.trace.refused(Some(place), name, problem);
        }
    }
    let seconds = come_back(&outcomes);
    let results = outcomes.into_iter().map(item).collect();
    let mut response = answer(StatusCode::ACCEPTED, &BatchAnswer { results });
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

async fn receive(call: &Call, events: Vec<NewEvent>) -> Result<Vec<Result<Received, Error>>, Error> {
    call.engine().events_receive(&call.cx, events).await
}

fn busy() -> Error {
    Error::Busy { retry_after: std::time::Duration::from_secs(1) }
}

fn item(outcome: Result<Received, Problem>) -> EventItem {
    match outcome {
        Ok(Received { event, replayed }) => {
            EventItem { status: 202, replayed, event: Some(event.into()), problem: None }
        }
        Err(problem) => EventItem {
            status: problem.status(),
            replayed: false,
            event: None,
            problem: Some(serde_json::to_value(problem.wire(None)).unwrap_or_default()),
        },
    }
}

/// What a list is narrowed to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Only events of this state.
    state: Option<EventState>,
    /// Only events about this: `order.completed`.
    r#type: Option<String>,
    /// Only events that this source told.
    source: Option<String>,
    /// Only events with this id, whatever their source.
    id: Option<String>,
    /// At most so many rows, 1 to 200; 50 unless given.
    limit: Option<u32>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// List events
///
/// Those of the last 30 days, newest first.
#[utoipa::path(
    get, path = "/events", operation_id = "list_events", tag = "Events", params(ListParams),
    responses((status = 200, description = "A page of events.", body = ListOf<EventAnswer>)),
)]
async fn list(call: Call, Params(params): Params<ListParams>) -> Answer {
    let page = Paging { limit: params.limit, after: params.after }.request()?;
    let filter =
        EventFilter { state: params.state, kind: params.r#type, source: params.source, id: params.id };
    found(call.engine().event_list(&call.cx, &filter, &page).await.map(|page| page.map(EventAnswer::from)))
}

/// Read what has become of an event
#[utoipa::path(
    get, path = "/events/{source}/{event}", operation_id = "read_event", tag = "Events",
    params(
        ("source" = String, Path, description = "The source, with `/` written as `%2F`."),
        ("event" = String, Path, description = "The id that the source gave it."),
    ),
    responses((status = 200, description = "The event.", body = EventAnswer)),
)]
async fn read(call: Call, Segments((source, id)): Segments<(String, String)>) -> Answer {
    Ok(told(call.engine().event_get(&call.cx, &source, &id).await?))
}

/// Try a refused event again
///
/// For when its cause is mended: the retailer that was unknown exists now. It is processed as if it had just come; whether
/// it is too late still counts from when it was received.
#[utoipa::path(
    post, path = "/events/{source}/{event}/retry", operation_id = "retry_event", tag = "Events",
    params(
        ("source" = String, Path, description = "The source, with `/` written as `%2F`."),
        ("event" = String, Path, description = "The id that the source gave it."),
    ),
    responses(
        (status = 200, description = "It waits to be processed.", body = EventAnswer),
        (status = 409, description = "It was not refused (`event_not_refused`), or could not even be read (`event_unreadable`)."),
    ),
)]
async fn retry(call: Call, Segments((source, id)): Segments<(String, String)>, bare: Bare) -> Answer {
    call.change(bare.with(Action::EventsWrite), move |engine, txn, cx| {
        Box::pin(async move { Ok(EventAnswer::from(engine.event_retry_in(txn, cx, &source, &id).await?)) })
    })
    .await
}

/// Throw a refused event away
///
/// What it should have caused will not happen.
#[utoipa::path(
    post, path = "/events/{source}/{event}/discard", operation_id = "discard_event", tag = "Events",
    params(
        ("source" = String, Path, description = "The source, with `/` written as `%2F`."),
        ("event" = String, Path, description = "The id that the source gave it."),
    ),
    responses(
        (status = 200, description = "It is discarded.", body = EventAnswer),
        (status = 409, description = "It was not refused (`event_not_refused`)."),
    ),
)]
async fn discard(call: Call, Segments((source, id)): Segments<(String, String)>, bare: Bare) -> Answer {
    call.change(bare.with(Action::EventsWrite), move |engine, txn, cx| {
        Box::pin(async move { Ok(EventAnswer::from(engine.event_discard_in(txn, cx, &source, &id).await?)) })
    })
    .await
}

fn told(event: Event) -> Response {
    answer(StatusCode::OK, &EventAnswer::from(event))
}

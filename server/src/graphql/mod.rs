//! `/graphql`: the purchase, return and quote of tills, the merge of two customers, and what apps read, as one graph.
//!
//! A second door to the same engine: the same keys, the same context, the same parsing and checking of what is sent, the
//! same codes for what is refused. The order in which to read:
//!
//! * [`schema`] puts [`queries`] and [`mutations`] together; [`limits`] says how much one request may ask for;
//! * [`variables`] and [`input`] are what is sent, [`purchasing`], [`returning`], [`merging`] and [`quote`](mod@quote) what becomes of it;
//! * [`customer`], [`purchase`], [`voucher`], [`explanation`] and [`promotion`] are the graph, [`loaders`] keeps it from asking row by row;
//! * [`errors`] tells the expected from the unexpected.

mod caller;
mod customer;
mod errors;
mod explanation;
mod graphiql;
mod input;
mod limits;
mod loaders;
mod merging;
mod mutations;
mod naming;
mod paging;
mod promotion;
mod purchase;
mod purchasing;
mod queries;
mod quote;
mod returning;
mod scalars;
mod schema;
mod variables;
mod voucher;

use std::time::Duration;

use async_graphql::{Request as Query, Response as Graph, Variables};
use axum::{
    Router,
    extract::{FromRequest as _, FromRequestParts as _, Request, State},
    response::Response,
    routing::{MethodRouter, post},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use crate::api::{
    ApiState,
    auth::BelievedCx,
    json::{self, JsonBytes},
    problem::{Code, Problem},
};
use caller::Caller;
use schema::Schema;
use variables::Given;

pub use schema::sdl;

/// How long reading may take in all: as long as Postgres gives one statement. What changes something is never ended
/// half-way; each mutation has the deadline of its own door.
const DEADLINE: Duration = Duration::from_secs(30);

/// The media type of answers whose status says how it went; a client that accepts it gets it.
pub const MEDIA_TYPE: &str = "application/graphql-response+json";

#[derive(Clone)]
struct Served {
    api: ApiState,
    schema: Schema,
    in_development: bool,
}

/// The route `/graphql`: `POST` for everybody with a key; in development also a page to try it on, and the description of
/// the schema without a key.
pub fn router(api: ApiState, in_development: bool) -> Router {
    let mut route: MethodRouter<Served> = post(answer);
    let mut router = Router::new();
    if in_development {
        route = route.get(graphiql::page);
        router = router.merge(graphiql::files());
    }
    router.route("/graphql", route).with_state(Served { api, schema: schema::schema(), in_development })
}

/// What a client sends.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    query: String,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<Given>,
}

async fn answer(State(served): State<Served>, request: Request) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let caller = if served.in_development && !parts.headers.contains_key(header::AUTHORIZATION) {
        None
    } else {
        Some(Caller::new(BelievedCx::from_request_parts(&mut parts, &served.api).await?))
    };
    let has_status = wants_status(&parts.headers);
    let JsonBytes(bytes) = JsonBytes::from_request(Request::from_parts(parts, body), &()).await?;
    let sent: Sent = json::parse_object(&bytes)?;
    drop(bytes);
    let trace = caller.as_ref().map(|caller| caller.trace.clone());
    let mut response = match understand(sent) {
        Ok(query) => Box::pin(execute(&served.schema, query, caller)).await,
        Err(refused) => *refused,
    };
    errors::complete(&mut response);
    if let Some(trace) = trace {
        errors::trace(&response, &trace);
    }
    Ok(written(&response, has_status))
}

/// The request as it is executed, when it is within the limits.
fn understand(sent: Sent) -> Result<Query, Box<Graph>> {
    limits::check_text(&sent.query).map_err(|problem| Box::new(errors::refusal(&problem)))?;
    let given = sent.variables.unwrap_or_default();
    if given.too_many {
        let problem = Problem::new(Code::BodyTooLarge).detail("The variables hold too many values.");
        return Err(Box::new(errors::refusal(&problem)));
    }
    let variables = Variables::from_json(given.values.into());
    let mut query = Query::new(sent.query).variables(variables);
    query.operation_name = sent.operation_name;
    let document = query.parsed_query().map_err(|error| Box::new(Graph::from_errors(vec![error])))?;
    limits::check(document).map_err(|problem| Box::new(errors::refusal(&problem)))?;
    Ok(query)
}

async fn execute(schema: &Schema, mut query: Query, caller: Option<Caller>) -> Graph {
    let name = query.operation_name.clone();
    let only_reads = query.parsed_query().is_ok_and(|document| limits::only_reads(document, name.as_deref()));
    let query = match caller {
        Some(caller) => {
            if only_reads {
                caller.trace.only_reads();
            }
            query.data(caller)
        }
        // Every field of the root asks who it is; what describes the schema does not.
        None => query,
    };
    let executing = schema.execute(query);
    if !only_reads {
        return executing.await;
    }
    tokio::time::timeout(DEADLINE, executing).await.unwrap_or_else(|_elapsed| {
        errors::refusal(
            &Problem::new(Code::Busy).detail("The query took too long.").retry_after(Duration::from_secs(1)),
        )
    })
}

/// Whether a client reads the status; all others get 200 with whatever was wrong in `errors`, as clients of GraphQL have
/// always got it.
fn wants_status(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok())
        .flat_map(|accept| accept.split(','))
        .any(|kind| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(MEDIA_TYPE)))
}

fn written(graph: &Graph, has_status: bool) -> Response {
    let was_refused = graph.data == async_graphql::Value::Null && !graph.errors.is_empty();
    let status = match has_status && was_refused {
        true => StatusCode::from_u16(errors::status(graph)).unwrap_or(StatusCode::BAD_REQUEST),
        false => StatusCode::OK,
    };
    let mut response = json::answer(status, graph);
    if has_status {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    }
    response
}

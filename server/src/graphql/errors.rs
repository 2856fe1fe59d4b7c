//! Problems of the API as GraphQL has them.
//!
//! What a client has to expect (wrong content, a conflict, an unknown customer) is a member of the result's union.
//! Everything else, which no till can do anything about, is an error with the same `code` as in the REST API below
//! `extensions`.

use async_graphql::{ErrorExtensions as _, Pos, Response, ServerError, SimpleObject};
use perennial_domain::purchase::FieldValue;
use perennial_engine::{Error, requests::RequestProblem};
use serde_json::Value;

use super::naming::pointer_in_camel_case;
use crate::api::{
    problem::{Code, FieldProblem, Problem},
    trace::{Refused, Trace},
};

/// One wrong field of what was sent.
#[derive(Debug, Clone, SimpleObject)]
pub struct WrongField {
    /// Where: a JSON pointer into the input, for example `/lines/0/amount`; empty for the whole.
    pub pointer: String,
    /// A stable word for programs.
    pub code: String,
    /// What is wrong, for people.
    pub detail: String,
    /// On a conflict: what is stored, as JSON.
    pub stored: Option<String>,
    /// On a conflict: what was received, as JSON.
    pub received: Option<String>,
}

impl From<&FieldProblem> for WrongField {
    fn from(problem: &FieldProblem) -> Self {
        let text =
            |value: &Option<FieldValue>| value.as_ref().and_then(|value| serde_json::to_string(value).ok());
        Self {
            pointer: pointer_in_camel_case(&problem.pointer),
            code: problem.code.to_string(),
            detail: problem.detail.clone(),
            stored: text(&problem.stored),
            received: text(&problem.received),
        }
    }
}

/// Refused, with nothing changed. The same again is refused again.
#[derive(Debug, Clone, SimpleObject)]
pub struct Rejected {
    /// A stable word for programs, the one of the REST API: `invalid`, `unknown_retailer`, …
    pub code: String,
    /// The HTTP status that the REST API would have answered with.
    pub status: i32,
    /// What is wrong, for people.
    pub detail: String,
    /// What is wrong, field by field.
    pub errors: Vec<WrongField>,
}

impl From<&Problem> for Rejected {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.name().to_owned(),
            status: i32::from(problem.status()),
            detail: problem.text().to_owned(),
            errors: problem.fields().iter().map(WrongField::from).collect(),
        }
    }
}

/// No customer is known by what was sent. Of a purchase and a quote it is said only where the merchant's program takes nobody
/// whom it does not know.
#[derive(Debug, Clone, SimpleObject)]
pub struct CustomerNotFound {
    /// `customer_not_found`.
    pub code: String,
    /// The same for people.
    pub detail: String,
}

impl From<&Problem> for CustomerNotFound {
    fn from(problem: &Problem) -> Self {
        Self { code: problem.name().to_owned(), detail: problem.text().to_owned() }
    }
}

/// Whether a problem is one that a client has to expect, and so a member of a union.
pub fn is_expected(problem: &Problem) -> bool {
    matches!(problem.status(), 404 | 409 | 413 | 422)
}

/// A problem as an error of GraphQL.
pub fn error(problem: &Problem) -> async_graphql::Error {
    async_graphql::Error::new(problem.text()).extend_with(|_, extensions| {
        extensions.set("code", problem.name());
        extensions.set("status", i32::from(problem.status()));
        if let Some(seconds) = problem.seconds() {
            extensions.set("retryAfter", seconds);
        }
        let fields: Vec<_> = problem.fields().iter().map(field).collect();
        if !fields.is_empty() {
            extensions.set("errors", async_graphql::Value::List(fields));
        }
    })
}

fn field(problem: &FieldProblem) -> async_graphql::Value {
    let field = WrongField::from(problem);
    let json = serde_json::json!({"pointer": field.pointer, "code": field.code, "detail": field.detail});
    async_graphql::Value::from_json(json).unwrap_or_default()
}

/// An error of the engine as one of GraphQL.
pub fn failed(cause: Error) -> async_graphql::Error {
    error(&Problem::from(cause))
}

/// A problem as a whole answer, for what is refused before anything is resolved.
pub fn refusal(problem: &Problem) -> Response {
    Response::from_errors(vec![error(problem).into_server_error(Pos::default())])
}

/// What the library says of an operation that costs more than [`COMPLEXITY_MAX`](super::limits::COMPLEXITY_MAX).
const TOO_COMPLEX: &str = "Query is too complex.";

/// Gives the errors of GraphQL itself (no such field, a missing argument) the code that a request which could not be
/// understood has everywhere.
pub fn complete(response: &mut Response) {
    for error in &mut response.errors {
        if has_code(error) {
            continue;
        }
        let (code, status) = if error.message == TOO_COMPLEX {
            ("query_too_complex", Code::Invalid.status())
        } else {
            (Code::MalformedRequest.code(), Code::MalformedRequest.status())
        };
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", code);
        extensions.set("status", i32::from(status));
    }
}

fn has_code(error: &ServerError) -> bool {
    error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some())
}

/// The status with which the whole request was refused, for clients that read it: the worst of its errors.
pub fn status(response: &Response) -> u16 {
    let of = |error: &ServerError| {
        let status = error.extensions.as_ref()?.get("status")?.clone().into_json().ok()?;
        status.as_u64().and_then(|status| u16::try_from(status).ok())
    };
    response.errors.iter().filter_map(of).max().unwrap_or(400)
}

/// Lets the request log know of an error that no mutation has told it of already.
pub fn trace(response: &Response, trace: &Trace) {
    let Some(error) = response.errors.first() else { return };
    let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
    let code = match code {
        Some(async_graphql::Value::String(code)) => code.as_str(),
        _ => Code::Internal.code(),
    };
    let kind = Code::ALL.iter().find(|kind| kind.code() == code).copied().unwrap_or(Code::Invalid);
    trace.add_once(Refused {
        item: None,
        status: status(response),
        reference: None,
        problem: RequestProblem {
            kind: kind.code().to_owned(),
            code: code.to_owned(),
            title: kind.title().to_owned(),
            detail: error.message.clone(),
            errors: Vec::new(),
        },
    });
}

/// What was read, or nothing where there is nothing; everything else is an error.
///
/// # Errors
/// All of the engine's but [`Error::NotFound`] and [`Error::CustomerNotFound`].
pub fn optional<T>(read: Result<T, Error>) -> async_graphql::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(Error::NotFound(_) | Error::CustomerNotFound) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// A word of a closed enum of the domain, as the REST API writes it.
pub fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

//! Errors as RFC 9457 `application/problem+json`, with the table of all codes.
//!
//! A handler returns a [`Problem`]; it travels to the edge as an extension of an empty response and is written
//! out there by [`finish`], where the id of the request is known. Answers which axum makes itself (no such
//! route, wrong method) become problems on the same way.

use std::{borrow::Cow, time::Duration};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use perennial_domain::{error::FieldError, purchase::FieldValue};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! codes {
    ($($name:ident $status:literal $code:literal $title:literal)+) => {
        /// What kind of problem: decides the status, the `code` and the title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $title] $name,)+
        }

        impl Code {
            /// All codes, for the documentation.
            pub const ALL: &[Code] = &[$(Code::$name),+];

            /// The HTTP status.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Code::$name => $status,)+ }
            }

            /// The stable machine-readable name.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Code::$name => $code,)+ }
            }

            /// The same for every occurrence, for people.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)+ }
            }
        }
    };
}

codes! {
    MalformedJson        400 "malformed_json"         "The body is not valid JSON."
    MalformedRequest     400 "malformed_request"      "The request could not be understood."
    MalformedQuery       400 "malformed_query"        "The query of the address is wrong."
    Unauthorized         401 "unauthorized"           "A valid key or token is needed."
    Forbidden            403 "forbidden"              "The API key does not allow this."
    NotFound             404 "not_found"              "There is nothing at this address."
    CustomerNotFound     404 "customer_not_found"     "There is no such customer."
    MethodNotAllowed     405 "method_not_allowed"     "The address does not take this method."
    RequestTimeout       408 "request_timeout"        "The request did not arrive in time."
    Conflict             409 "conflict"               "The request does not fit the present state."
    TransactionConflict  409 "transaction_conflict"   "A purchase with this transaction id exists and differs."
    ReturnExceeds        409 "return_exceeds_purchase" "More is returned than is left of the purchase."
    BodyTooLarge         413 "body_too_large"         "The body is longer than 8 MiB, or than 64 KiB where no API key is needed."
    TooManyLines         413 "too_many_lines"         "A purchase may have up to 10,000 lines."
    TooManyItems         413 "too_many_items"         "A batch may have up to 1,000 purchases."
    TooManyCodes         413 "too_many_codes"         "One upload may have up to 100,000 codes."
    UnsupportedMediaType 415 "unsupported_media_type" "The body is not of the media type that is expected here."
    Invalid              422 "invalid"                "The request has wrong content."
    UnknownRetailer      422 "unknown_retailer"       "There is no such retailer."
    IdempotencyKeyReused 422 "idempotency_key_reused" "The idempotency key was used for another request."
    TooManyRequests      429 "too_many_requests"      "Too many requests; wait a little."
    Internal             500 "internal"               "Something went wrong on our side."
    Busy                 503 "busy"                   "The server is busy; try again."
}

/// One wrong field.
#[derive(Debug, Clone, Serialize, PartialEq, ToSchema)]
#[schema(as = ProblemError)]
pub struct FieldProblem {
    /// JSON pointer into the request body; empty for the body as a whole.
    pub pointer: String,
    /// Stable machine-readable name.
    #[schema(value_type = String)]
    pub code: Cow<'static, str>,
    /// What is wrong, for people.
    pub detail: String,
    /// On a conflict: what is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<FieldValue>,
    /// On a conflict: what was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<FieldValue>,
}

impl FieldProblem {
    /// A wrong field without values to compare.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            detail: detail.into(),
            stored: None,
            received: None,
        }
    }
}

impl From<FieldError> for FieldProblem {
    fn from(error: FieldError) -> Self {
        Self::new(error.pointer, error.code, error.detail)
    }
}

/// A refusal, on its way to the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone, PartialEq)]
struct Inner {
    kind: Code,
    /// Narrower than the kind's own, for conflicts and invalid content.
    code: Option<Cow<'static, str>>,
    detail: Option<String>,
    errors: Vec<FieldProblem>,
    retry_after: Option<u64>,
}

/// A problem as it is written out.
#[derive(Serialize)]
pub struct WireProblem<'p> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'p str,
    code: &'p str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'p [FieldProblem],
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'p str>,
}

impl Problem {
    /// A problem with nothing more to say than its title.
    #[must_use]
    pub fn new(kind: Code) -> Self {
        Self(Box::new(Inner { kind, code: None, detail: None, errors: Vec::new(), retry_after: None }))
    }

    /// Says what happened this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Gives a narrower code than the kind's own.
    #[must_use]
    pub fn code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Names the wrong fields.
    #[must_use]
    pub fn errors(mut self, errors: impl IntoIterator<Item = FieldProblem>) -> Self {
        self.0.errors = errors.into_iter().collect();
        self
    }

    /// Says when to come back, in whole seconds, at least one.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0 || wait.is_zero()));
        self
    }

    /// One wrong field of the body.
    #[must_use]
    pub fn field(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self::new(Code::Invalid).errors([FieldProblem::new(pointer, code, detail)])
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.kind.status()
    }

    /// What kind of problem it is.
    #[must_use]
    pub fn kind(&self) -> Code {
        self.0.kind
    }

    /// The stable machine-readable name: the narrower code, if there is one.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.code.as_deref().unwrap_or_else(|| self.0.kind.code())
    }

    /// What happened, for people.
    #[must_use]
    pub fn text(&self) -> &str {
        match (&self.0.detail, self.0.errors.as_slice()) {
            (Some(detail), _) => detail.as_str(),
            (None, [only]) => only.detail.as_str(),
            (None, _) => self.0.kind.title(),
        }
    }

    /// The wrong fields.
    #[must_use]
    pub fn fields(&self) -> &[FieldProblem] {
        &self.0.errors
    }

    /// After how many seconds it is worth to ask again.
    #[must_use]
    pub fn seconds(&self) -> Option<u64> {
        self.0.retry_after
    }

    /// The problem as it is written out.
    #[must_use]
    pub fn wire<'p>(&'p self, request_id: Option<&'p str>) -> WireProblem<'p> {
        WireProblem {
            // The kind has a page; a narrower code only says more.
            r#type: format!("/api/problems/{}", self.0.kind.code()),
            title: self.0.kind.title(),
            status: self.0.kind.status(),
            detail: self.text(),
            code: self.name(),
            errors: self.fields(),
            request_id,
        }
    }
}

/// After how many seconds it is worth to send a batch again: when there is time for the last part of it.
#[must_use]
pub fn come_back<T>(outcomes: &[Result<T, Problem>]) -> Option<u64> {
    outcomes.iter().filter_map(|outcome| outcome.as_ref().err()?.seconds()).max()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() =
            StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes out the problem that a response carries, and makes one of a bare error status. Gives it back, for the request
/// log.
pub fn finish(response: &mut Response, request_id: &HeaderValue) -> Option<Problem> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if is_problem(response) => return None,
        None => bare(status),
    };
    // Serialising a closed structure of texts and numbers cannot fail; an empty body would still be an answer.
    let body = serde_json::to_vec(&problem.wire(request_id.to_str().ok())).unwrap_or_default();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Some(seconds) = problem.0.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"perennial\""));
    }
    *response.body_mut() = Body::from(body);
    Some(problem)
}

/// Whether an answer says already what was wrong: as a problem, or as GraphQL does.
fn is_problem(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind == MEDIA_TYPE || kind == crate::graphql::MEDIA_TYPE)
}

/// A problem for a status that came without one.
fn bare(status: StatusCode) -> Problem {
    Problem::new(match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::UNAUTHORIZED => Code::Unauthorized,
        StatusCode::FORBIDDEN => Code::Forbidden,
        StatusCode::REQUEST_TIMEOUT => Code::RequestTimeout,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        StatusCode::UNPROCESSABLE_ENTITY => Code::Invalid,
        StatusCode::SERVICE_UNAVAILABLE => Code::Busy,
        status if status.is_client_error() => Code::MalformedRequest,
        _ => Code::Internal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_worth_sending_again_when_there_is_time_for_the_last_of_it() {
        let busy = |seconds| -> Result<(), Problem> {
            Err(Problem::new(Code::Busy).retry_after(Duration::from_secs(seconds)))
        };
        let wrong = || -> Result<(), Problem> { Err(Problem::new(Code::Invalid)) };
        assert_eq!(come_back(&[busy(2), wrong(), busy(5), Ok(()), busy(1)]), Some(5));
        assert_eq!(come_back(&[wrong(), Ok(())]), None);
    }
}

//! JSON in and out: bodies parsed once from their bytes, errors that point at the wrong field.
//!
//! Reading is the engine's, which finds the wrong field; here its errors become problems. Unknown and duplicate fields are
//! refused by the types themselves: every one of them denies unknown fields, and a known field twice is an error of
//! serde's.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use perennial_engine::json::{self, JsonError};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::problem::{Code, FieldProblem, Problem};
use crate::http::body::{BodyError, DISCARD};

/// The bytes of a JSON body: of the right media type, complete and not too long.
#[derive(Debug)]
pub struct JsonBytes(pub Bytes);

impl<S: Sync> FromRequest<S> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        require_media_type(request.headers(), JSON)?;
        read(request.into_body()).await.map(Self)
    }
}

/// A JSON body of type `T`, with its bytes.
#[derive(Debug)]
pub struct Json<T> {
    /// What was sent.
    pub value: T,
    /// How it was sent; idempotency keys compare it.
    pub bytes: Bytes,
}

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let JsonBytes(bytes) = JsonBytes::from_request(request, state).await?;
        Ok(Self { value: parse_object(&bytes)?, bytes })
    }
}

/// A JSON body that may be left out altogether.
#[derive(Debug)]
pub struct OptionalJson<T> {
    /// What was sent, or the default.
    pub value: T,
    /// How it was sent.
    pub bytes: Bytes,
}

impl<S: Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let described = require_media_type(request.headers(), JSON);
        let bytes = read(request.into_body()).await?;
        if bytes.is_empty() {
            return Ok(Self { value: T::default(), bytes });
        }
        described?;
        Ok(Self { value: parse_object(&bytes)?, bytes })
    }
}

const JSON: &str = "application/json";

/// Refuses a body that is not described as one of this media type, or is compressed.
pub(super) fn require_media_type(headers: &HeaderMap, wanted: &str) -> Result<(), Problem> {
    if media_type(headers)? == wanted {
        return Ok(());
    }
    Err(Problem::new(Code::UnsupportedMediaType).detail(format!("The body must be sent as {wanted}.")))
}

/// The media type that a body is described as, without parameters and in small letters; a compressed one is refused.
pub(super) fn media_type(headers: &HeaderMap) -> Result<String, Problem> {
    if let Some(encoding) = headers.get(header::CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(Problem::new(Code::UnsupportedMediaType).detail("Bodies are accepted uncompressed only."));
    }
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let essence = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    Ok(String::from_utf8_lossy(essence).to_ascii_lowercase())
}

/// Collects a body; the edge has put its limits of size and time around it.
pub(super) async fn read(mut body: Body) -> Result<Bytes, Problem> {
    match (&mut body).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(match find::<BodyError>(&error) {
            Some(BodyError::TooLarge) => {
                // A client that is still sending would lose the answer with the connection: take the rest.
                let rest = async { while body.frame().await.is_some() {} };
                tokio::time::timeout(DISCARD.1, rest).await.ok();
                Problem::new(Code::BodyTooLarge)
            }
            Some(BodyError::TooSlow) => Problem::new(Code::RequestTimeout),
            Some(BodyError::Broken(_)) | None => {
                Problem::new(Code::MalformedRequest).detail("The body ended before it was complete.")
            }
        }),
    }
}

/// The first error of a type in a chain of causes.
fn find<'e, E: std::error::Error + 'static>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// Parses a JSON object into a type.
///
/// # Errors
/// As [`parse`].
pub fn parse_object<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, Problem> {
    json::parse_object(bytes).map_err(Problem::from)
}

/// Parses JSON into a type.
///
/// # Errors
/// 400 when it is not JSON, 422 with a pointer when it does not fit the type.
pub fn parse<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, Problem> {
    json::parse(bytes).map_err(Problem::from)
}

impl From<JsonError> for Problem {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Malformed(why) => {
                Self::new(Code::MalformedJson).detail(format!("The body is not valid JSON: {why}."))
            }
            JsonError::Field(error) => Self::new(Code::Invalid).errors([FieldProblem::from(error)]),
        }
    }
}

/// A JSON answer.
pub fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    // Most answers fit; longer ones grow a few times.
    let mut bytes = Vec::with_capacity(1024);
    match serde_json::to_writer(&mut bytes, body) {
        Ok(()) => raw_answer(status, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            axum::response::IntoResponse::into_response(Problem::new(Code::Internal))
        }
    }
}

/// An answer that is JSON already.
pub fn raw_answer(status: StatusCode, json: impl Into<Body>) -> Response {
    let mut response = Response::new(json.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Basket {
        id: String,
        #[serde(default)]
        lines: Vec<Line>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        amount: i64,
        #[serde(default, rename = "odd/name~")]
        odd: Option<bool>,
    }

    fn refused(body: &str) -> (u16, String, String) {
        let problem = parse_object::<Basket>(body.as_bytes()).unwrap_err();
        let wire = serde_json::to_value(problem.wire(None)).unwrap();
        let error = &wire["errors"][0];
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let code = if error.is_null() { text(&wire["code"]) } else { text(&error["code"]) };
        (problem.status(), code, text(&error["pointer"]))
    }

    #[test]
    fn a_body_is_read_with_what_may_be_left_out() {
        let read = |body: &str| parse_object::<Basket>(body.as_bytes()).unwrap();
        let lines = vec![Line { amount: 1, odd: Some(true) }, Line { amount: 2, odd: None }];
        let body = r#"{"id": "a", "lines": [{"amount": 1, "odd/name~": true}, {"amount": 2}]}"#;
        assert_eq!(read(body), Basket { id: "a".to_owned(), lines });
        assert_eq!(read(r#"{"id": "a"}"#), Basket { id: "a".to_owned(), lines: Vec::new() });
    }

    #[test]
    fn errors_point_at_the_wrong_field() {
        for (body, status, code, pointer) in [
            (
                r#"{"id": "a", "lines": [{"amount": 1}, {"amount": "2"}]}"#,
                422,
                "wrong_type",
                "/lines/1/amount",
            ),
            (r#"{"id": "a", "lines": [{"amount": 19.99}]}"#, 422, "wrong_type", "/lines/0/amount"),
            (r#"{"id": "a", "lines": [{"amount": 1e400}]}"#, 422, "out_of_range", "/lines/0/amount"),
            (
                r#"{"id": "a", "lines": [{"amount": 1, "amuont": 2}]}"#,
                422,
                "unknown_field",
                "/lines/0/amuont",
            ),
            (
                r#"{"id": "a", "lines": [{"amount": 1, "amount": 2}]}"#,
                422,
                "duplicate_field",
                "/lines/0/amount",
            ),
            (r#"{"id": "a", "id": "b"}"#, 422, "duplicate_field", "/id"),
            (r#"{"lines": [{}]}"#, 422, "required", "/lines/0/amount"),
            (r#"{"lines": []}"#, 422, "required", "/id"),
            (
                r#"{"id": "a", "lines": [{"amount": 1, "odd/name~": 3}]}"#,
                422,
                "wrong_type",
                "/lines/0/odd~1name~0",
            ),
            (r#"{"id": "a", "a/b~c": 3}"#, 422, "unknown_field", "/a~1b~0c"),
            (r#"{"id": "a""#, 400, "malformed_json", ""),
            (r#"{"id": "a"} extra"#, 400, "malformed_json", ""),
            (r#"{"id": "\ud800"}"#, 400, "malformed_json", ""),
            ("", 400, "malformed_json", ""),
            (r#"["a", []]"#, 422, "wrong_type", ""),
            (r#"["a", []"#, 400, "malformed_json", ""),
            ("7", 422, "wrong_type", ""),
        ] {
            assert_eq!(refused(body), (status, code.to_owned(), pointer.to_owned()), "{body}");
        }
    }

    #[test]
    fn a_hundred_thousand_brackets_are_malformed_not_fatal() {
        assert_eq!(refused(&"[".repeat(100_000)).0, 400);
    }

    #[test]
    fn a_coding_that_changes_nothing_is_written_in_any_case() {
        for (coding, is_fine) in [("identity", true), ("Identity", true), ("gzip", false), ("br", false)] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
            assert_eq!(require_media_type(&headers, JSON).is_ok(), is_fine, "{coding}");
        }
    }

    #[test]
    fn the_media_type_may_have_parameters_and_capitals() {
        let check = |kind: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            require_media_type(&headers, JSON).is_ok()
        };
        assert!(check("application/json"));
        assert!(check("Application/JSON; charset=utf-8"));
        assert!(!check("application/x-www-form-urlencoded"));
        assert!(!check("application/jsonp"));
        assert!(require_media_type(&HeaderMap::new(), JSON).is_err());
    }
}

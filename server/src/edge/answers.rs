//! What every answer says, whoever has given it.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

/// After how many seconds to come back, where an answer asks for that and nobody knows better.
const COME_BACK: &str = "5";
/// For how long browsers remember to come by https: a year, in seconds. What else the host's owner serves is not ours to bind.
const ONLY_HTTPS: &str = "max-age=31536000";

/// Adds it: when to come back, and, where browsers come by https, that they are to come by nothing else.
pub fn complete(response: &mut Response, by_https: bool) {
    let asks_to_wait =
        matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    if asks_to_wait {
        headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static(COME_BACK));
    }
    if by_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONLY_HTTPS));
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    #[test]
    fn an_answer_that_asks_to_wait_says_for_how_long() {
        let completed = |mut response: Response| {
            complete(&mut response, false);
            let header = response.headers().get(header::RETRY_AFTER);
            header.map(|seconds| seconds.to_str().unwrap().to_owned())
        };
        for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
            assert_eq!(completed(status.into_response()).as_deref(), Some(COME_BACK));
            let known = (status, [(header::RETRY_AFTER, "60")]).into_response();
            assert_eq!(completed(known).as_deref(), Some("60"), "who knows better has said so");
        }
        for status in [StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::INTERNAL_SERVER_ERROR] {
            assert_eq!(completed(status.into_response()), None, "{status}");
        }
    }
}

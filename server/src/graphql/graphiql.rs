//! GraphiQL, the page on which people try queries; in development only.

use axum::{Router, response::Response, routing::get};
use http::{HeaderValue, header};

const PAGE: &str = include_str!("graphiql/page.html");
const START: &str = include_str!("graphiql/start.js");

/// The files of others, packed; see `graphiql/README.md`.
const PACKED: [(&str, &str, &[u8]); 4] = [
    ("/graphql/graphiql.js", "text/javascript", include_bytes!("graphiql/graphiql.js.gz")),
    ("/graphql/graphiql.css", "text/css", include_bytes!("graphiql/graphiql.css.gz")),
    ("/graphql/react.js", "text/javascript", include_bytes!("graphiql/react.js.gz")),
    ("/graphql/react-dom.js", "text/javascript", include_bytes!("graphiql/react-dom.js.gz")),
];

/// Nothing from elsewhere. The editor styles what it draws, hence the inline styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub async fn page() -> Response {
    let mut response = file("text/html; charset=utf-8", PAGE.as_bytes());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// What the page loads.
pub fn files<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let start = get(async || file("text/javascript", START.as_bytes()));
    PACKED.into_iter().fold(Router::new().route("/graphql/start.js", start), |router, (path, kind, bytes)| {
        let packed = async move || {
            let mut response = file(kind, bytes);
            // Every browser that runs it can unpack it.
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        };
        router.route(path, get(packed))
    })
}

fn file(kind: &'static str, bytes: &'static [u8]) -> Response {
    let mut response = Response::new(bytes.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

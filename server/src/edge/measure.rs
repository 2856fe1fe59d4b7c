//! Counts and times requests by area, with handles made once: a request costs a few atomic additions.

use std::{sync::OnceLock, time::Duration};

use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// The first path segment after `/api/v1/`, or a word for what is outside the API. A closed list, so that
/// nobody can grow the number of time series by asking for odd paths.
const AREAS: [&str; 20] = [
    "purchases",
    "returns",
    "quotes",
    "claims",
    "events",
    "customers",
    "points",
    "redemptions",
    "vouchers",
    "me",
    "retailers",
    "products",
    "promotions",
    "api-keys",
    "merchant",
    "reconciliation",
    "graphql",
    "api",
    "health",
    "pages",
];
/// How many of them are the first segment of a path of the API; these come first.
const NOUNS: usize = 16;
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Installs the recorder of the process, once.
///
/// # Errors
/// When another recorder was installed before.
pub fn recorder() -> anyhow::Result<PrometheusHandle> {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = RECORDER.get() {
        return Ok(handle.clone());
    }
    // From half a millisecond (a read) to ten seconds (a client that waited out the queue).
    let buckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &buckets)?
        .install_recorder()?;
    Ok(RECORDER.get_or_init(|| handle).clone())
}

#[derive(Debug)]
struct Area {
    classes: Vec<Counter>,
    seconds: Histogram,
}

/// The handles of all areas.
#[derive(Debug)]
pub struct Measures(Vec<Area>);

impl Default for Measures {
    fn default() -> Self {
        let area = |name: &'static str| Area {
            classes: CLASSES
                .iter()
                .map(|class| metrics::counter!("http_requests_total", "area" => name, "status" => *class))
                .collect(),
            seconds: metrics::histogram!("http_request_seconds", "area" => name),
        };
        Self(AREAS.iter().map(|name| area(name)).collect())
    }
}

impl Measures {
    /// Counts one request.
    pub fn record(&self, path: &str, status: http::StatusCode, took: Duration) {
        let name = area(path);
        let index = AREAS.iter().position(|known| *known == name).unwrap_or(AREAS.len() - 1);
        let Some(area) = self.0.get(index) else { return };
        area.seconds.record(took.as_secs_f64());
        if let Some(class) = area.classes.get(usize::from(status.as_u16() / 100).saturating_sub(1)) {
            class.increment(1);
        }
    }
}

/// The area of a path: one of a closed list.
pub(super) fn area(path: &str) -> &str {
    if let Some(rest) = path.strip_prefix("/api/v1/") {
        let noun = rest.split('/').next().unwrap_or_default();
        return AREAS.iter().take(NOUNS).find(|known| **known == noun).copied().unwrap_or("api");
    }
    match path {
        "/livez" | "/readyz" | "/metrics" => "health",
        "/graphql" => "graphql",
        _ if path.starts_with("/api") => "api",
        _ => "pages",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fall_into_a_closed_list_of_areas() {
        for (path, expected) in [
            ("/api/v1/purchases", "purchases"),
            ("/api/v1/purchases/batch", "purchases"),
            ("/api/v1/api-keys/1", "api-keys"),
            ("/api/v1/reconciliation", "reconciliation"),
            ("/api/v1/quotes", "quotes"),
            ("/api/v1/me/points", "me"),
            ("/api/v1/graphql", "api"),
            ("/graphql", "graphql"),
            ("/graphql/start.js", "pages"),
            ("/api/v1/health", "api"),
            ("/api/v1/odd/path", "api"),
            ("/api/openapi.json", "api"),
            ("/readyz", "health"),
            ("/p/corner-shop", "pages"),
            ("/", "pages"),
        ] {
            assert_eq!(area(path), expected, "{path}");
        }
    }
}

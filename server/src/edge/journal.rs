//! Which requests go into the request log, and as what.

use std::time::Duration;

use http::{HeaderValue, Method, Uri};
use perennial_domain::ids::PurchaseId;
use perennial_engine::{
    Engine,
    requests::{Answered, EndedRequest},
};
use uuid::Uuid;

use crate::api::{
    problem::Problem,
    trace::{Known, Refused, Trace, told},
};

/// Addresses that only read, whatever their method.
const READS: [&str; 2] = ["/api/v1/quotes", "/api/v1/promotions/{id}/replay"];
/// What all addresses that do not exist are counted as.
const NOWHERE: &str = "no such address";

/// A request that was answered.
pub struct Ended<'r> {
    /// What those who answered it have noted.
    pub trace: &'r Trace,
    /// Its method.
    pub method: &'r Method,
    /// Its address.
    pub uri: &'r Uri,
    /// The header `Idempotency-Key`.
    pub idempotency_key: Option<&'r HeaderValue>,
    /// The id that the answer carries.
    pub id: &'r HeaderValue,
    /// The status of the answer.
    pub status: u16,
    /// Why it was refused.
    pub problem: Option<&'r Problem>,
    /// How long it took.
    pub took: Duration,
}

/// Hands a request to the log of its merchant, if it belongs there. Who is not known belongs to no merchant.
pub fn note(engine: &Engine, ended: &Ended<'_>) {
    let Some(Known { cx, route }) = ended.trace.caller() else { return };
    let path = route.as_ref().map(|route| route.as_str());
    let refused = ended.trace.take_refused();
    let is_refusal = ended.status >= 400 || !refused.is_empty();
    let only_reads = matches!(*ended.method, Method::GET | Method::HEAD)
        || path.is_some_and(|path| READS.contains(&path))
        || ended.trace.has_only_read();
    if only_reads && !is_refusal {
        return;
    }
    // An answer of GraphQL is 200 whatever it says: then what it says counts.
    let whole = refused.iter().find(|refused| refused.item.is_none()).map(|refused| refused.status);
    let answered = Answered {
        method: ended.method.as_str(),
        route: path.unwrap_or(NOWHERE),
        status: whole.unwrap_or(ended.status),
        is_refusal,
        took: ended.took,
    };
    if engine.request_counted(cx, answered) {
        engine.request_ended(cx, rows(ended, path, refused, whole.is_none()));
    }
}

/// The request, and each item of it that was refused.
fn rows(ended: &Ended<'_>, path: Option<&str>, refused: Vec<Refused>, with_whole: bool) -> Vec<EndedRequest> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let whole = EndedRequest {
        method: ended.method.as_str().to_owned(),
        route: path.map_or_else(|| nowhere(ended.uri.path()), str::to_owned),
        status: ended.status,
        took: ended.took,
        request_id: text(ended.id),
        item: None,
        idempotency_key: ended.idempotency_key.map(text),
        reference: ended.trace.reference(),
        purchase: ended.trace.purchase().or_else(|| purchase_in(path?, ended.uri.path(), ended.status)),
        problem: ended.problem.map(told),
    };
    let item = |refused: Refused| EndedRequest {
        status: refused.status,
        item: refused.item,
        reference: refused.reference,
        purchase: None,
        problem: Some(refused.problem),
        ..whole.clone()
    };
    let mut rows: Vec<_> = refused.into_iter().map(item).collect();
    if with_whole {
        rows.push(whole);
    }
    rows
}

/// The purchase that an address is about, if there is one.
fn purchase_in(route: &str, path: &str, status: u16) -> Option<PurchaseId> {
    route.strip_prefix("/api/v1/purchases/{id}").filter(|_| status != 404)?;
    path.split('/').nth(4)?.parse().ok()
}

/// An address that does not exist, as far as it says nothing of anybody: its first word behind the version.
fn nowhere(path: &str) -> String {
    let Some(rest) = path.strip_prefix("/api/v1/") else { return "/api/…".to_owned() };
    let (noun, more) = rest.split_once('/').map_or((rest, ""), |(noun, _)| (noun, "/…"));
    if is_word(noun) { format!("/api/v1/{noun}{more}") } else { "/api/v1/…".to_owned() }
}

/// A path as the server's own log has it: its words and our ids. What else stands in paths are addresses of people, and
/// codes and tokens that open something.
pub fn nameless(path: &str) -> String {
    let is_known =
        |step: &str| is_word(step) || step == "v1" || (step.len() == 36 && step.parse::<Uuid>().is_ok());
    let steps = path.split('/').map(|step| if is_known(step) { step } else { "…" });
    steps.collect::<Vec<_>>().join("/")
}

fn is_word(step: &str) -> bool {
    step.len() <= 40 && step.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_does_not_exist_says_nothing_of_anybody() {
        for (path, kept) in [
            ("/api/v1/purchase", "/api/v1/purchase"),
            ("/api/v1/customer/ada@example.com", "/api/v1/customer/…"),
            ("/api/v1/ada@example.com", "/api/v1/…"),
            ("/api/v1/4111111111111111/x", "/api/v1/…"),
            ("/api/v2/purchases", "/api/…"),
        ] {
            assert_eq!(nowhere(path), kept, "{path}");
        }
    }

    #[test]
    fn the_log_of_the_server_names_nobody_and_holds_nothing_that_opens_something() {
        for (path, logged) in [
            ("/", "/"),
            ("/livez", "/livez"),
            ("/api/v1/purchases/batch", "/api/v1/purchases/batch"),
            (
                "/api/v1/customers/0193a0b2-6c1d-7aaa-8bbb-1234567890ab/points",
                "/api/v1/customers/0193a0b2-6c1d-7aaa-8bbb-1234567890ab/points",
            ),
            ("/api/v1/customers/ext:ada/points", "/api/v1/customers/…/points"),
            ("/api/v1/customers/ada@example.com", "/api/v1/customers/…"),
            ("/api/v1/vouchers/K7QF-2M9X", "/api/v1/vouchers/…"),
            ("/r/K7QF2M9XTB", "/r/…"),
            ("/u/AZOgsmwdeqqLuxI0VniQqwGToLJsHXqqi7sSNFZ4kKs", "/u/…"),
            ("/p/hearth/activity", "/p/hearth/activity"),
        ] {
            assert_eq!(nameless(path), logged, "{path}");
        }
    }

    #[test]
    fn the_purchase_of_an_address_is_known() {
        let id = "0193a0b2-6c1d-7aaa-8bbb-1234567890ab";
        let path = format!("/api/v1/purchases/{id}/returns");
        assert_eq!(purchase_in("/api/v1/purchases/{id}/returns", &path, 422), Some(id.parse().unwrap()));
        assert_eq!(purchase_in("/api/v1/purchases/{id}/returns", &path, 404), None, "it may be anybody's");
        assert_eq!(purchase_in("/api/v1/purchases/batch", "/api/v1/purchases/batch", 200), None);
        assert_eq!(purchase_in("/api/v1/purchases/{id}", "/api/v1/purchases/nonsense", 400), None);
    }
}

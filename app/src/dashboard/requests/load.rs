//! Requests of the log, in words.

use super::super::clock;
use super::super::format::plural;
use super::super::load::{chosen, searched};
use super::super::session::{self, Staff};
use super::dto::{By, Day, Ending, Problem, RequestDetail, RequestRow, RequestsData};
use crate::error::PageError;
use crate::ui::grouped;
use chrono::{DateTime, SecondsFormat, Utc};
use perennial_engine::PageRequest;
use perennial_engine::requests::{
    LoggedRequest, RequestBy, RequestFilter, RequestProblem, RequestTotals, RequestsOf,
};
use serde_json::json;
use std::time::Duration;

/// Hours that the figures tell of.
const DAY: u16 = 24;
/// What the apps of all customers are called.
const APPS: &str = "Apps of customers";
/// Hours in which a key or a route has to have been used to be offered in the filters.
const LATELY: u16 = 7 * 24;

/// A page of requests.
pub async fn list(
    q: &str,
    status: &str,
    key: &str,
    route: &str,
    after: String,
) -> Result<RequestsData, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let filter = RequestFilter {
        search: searched(q),
        class: chosen(status, "status")?,
        of: chosen(key, "key")?,
        route: searched(route),
    };
    let page = engine.request_list(&cx, &filter, &PageRequest::new(None, Some(after))?).await?;
    let day = engine.request_totals(&cx, DAY).await?;
    let mut keys: Vec<(String, String)> = engine
        .request_totals(&cx, LATELY)
        .await?
        .into_iter()
        .map(|totals| (totals.of.to_string(), of_whom(&totals)))
        .collect();
    keys.sort_unstable_by(|one, other| one.1.cmp(&other.1));
    if let Some(of) = filter.of
        && !keys.iter().any(|(id, _)| id == key)
    {
        let name = if of == RequestsOf::Apps { APPS } else { "Another key" };
        keys.push((key.to_owned(), name.to_owned()));
    }
    let mut routes = engine.request_routes(&cx, LATELY).await?;
    if !route.is_empty() && !routes.iter().any(|known| known == route) {
        routes.push(route.to_owned());
    }
    // Requests happen in the time of the world, also those of a program whose clock was set.
    let now = engine.clock().now();
    Ok(RequestsData {
        rows: page.data.iter().map(|of| row(of, now)).collect(),
        next: page.next,
        keys,
        routes,
        day: in_words(&day),
    })
}

/// One request.
pub async fn find(id: &str) -> Result<RequestDetail, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let logged = engine.request_get(&cx, id.parse().map_err(|_| PageError::NotFound)?).await?;
    let row = row(&logged, engine.clock().now());
    let LoggedRequest { by, ended_at, request, .. } = logged;
    Ok(RequestDetail {
        row,
        at: ended_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        by: match by {
            RequestBy::Key { id, prefix, .. } => By::Key(id.to_string(), prefix),
            RequestBy::App { customer } => By::App(customer.to_string()),
        },
        problem: request.problem.map(|problem| trouble(problem, request.status, &request.request_id)),
        request_id: request.request_id,
        idempotency_key: request.idempotency_key,
        purchase: request.purchase.map(|id| id.to_string()),
    })
}

/// Whose requests are counted together.
fn of_whom(totals: &RequestTotals) -> String {
    match totals.of {
        RequestsOf::Key(_) => called(&totals.key_name, &totals.key_prefix),
        RequestsOf::Apps => APPS.to_owned(),
    }
}

/// What a key is called; one that is gone has no name any more.
fn called(name: &str, prefix: &str) -> String {
    if name.is_empty() { format!("{prefix}…") } else { name.to_owned() }
}

fn row(logged: &LoggedRequest, now: DateTime<Utc>) -> RequestRow {
    let request = &logged.request;
    RequestRow {
        id: logged.id.to_string(),
        method: request.method.clone(),
        route: request.route.clone(),
        ending: match request.status {
            0..400 => Ending::Answered,
            400..500 => Ending::Refused,
            _ => Ending::Failed,
        },
        status: request.status,
        reference: request.reference.clone().unwrap_or_default(),
        problem: request.problem.as_ref().map(|problem| problem.detail.clone()).unwrap_or_default(),
        by: match &logged.by {
            RequestBy::Key { name, prefix, .. } => called(name, prefix),
            RequestBy::App { .. } => "App of a customer".to_owned(),
        },
        ago: clock::ago(now, logged.ended_at),
        took: millis(request.took),
        item: request.item.map(|item| format!("item {} of a batch", u64::from(item) + 1)).unwrap_or_default(),
    }
}

/// `0.8 ms`, `12 ms`, `1,250 ms`.
fn millis(took: Duration) -> String {
    let micros = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
    match micros {
        ..100 => "under 0.1 ms".to_owned(),
        100..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{} ms", grouped(micros / 1_000)),
    }
}

/// The figures of all together.
fn in_words(totals: &[RequestTotals]) -> Option<Day> {
    let answered: i64 = totals.iter().map(|of| of.answered).sum();
    let refused: i64 = totals.iter().map(|of| of.refused).sum();
    let all = answered + refused;
    if all == 0 {
        return None;
    }
    let micros = |micros: i64| millis(Duration::from_micros(micros.unsigned_abs()));
    // In tenths of a percent, rounded up, so that a refusal is never nothing.
    let share = (refused * 1_000 + all - 1) / all;
    let worst = totals.iter().max_by_key(|of| of.refused).filter(|of| of.refused > 0);
    Some(Day {
        answered: grouped(answered),
        refused: grouped(refused),
        share: format!("{}.{}% of all", share / 10, share % 10),
        worst: worst.map(|of| (of_whom(of), plural(of.refused, "refusal", "refusals"))),
        mean: micros(totals.iter().map(|of| of.duration_us).sum::<i64>() / all),
        slowest: micros(totals.iter().map(|of| i64::from(of.slowest_us)).max().unwrap_or_default()),
    })
}

fn trouble(problem: RequestProblem, status: u16, request_id: &str) -> Problem {
    let fields = problem
        .errors
        .iter()
        .map(|error| {
            let pointer = if error.pointer.is_empty() { "The whole body" } else { error.pointer.as_str() };
            (pointer.to_owned(), error.detail.clone())
        })
        .collect();
    let document = json!({
        "type": format!("/api/problems/{}", problem.kind),
        "title": problem.title,
        "status": status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": problem.errors,
        "request_id": request_id,
    });
    Problem {
        code: problem.code,
        detail: problem.detail,
        fields,
        // A JSON value that was made here can be written.
        document: serde_json::to_string_pretty(&document).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_exactly_as_helps() {
        for (micros, said) in [
            (40, "under 0.1 ms"),
            (850, "0.8 ms"),
            (9_999, "9.9 ms"),
            (12_400, "12 ms"),
            (1_250_000, "1,250 ms"),
        ] {
            assert_eq!(millis(Duration::from_micros(micros)), said);
        }
    }
}

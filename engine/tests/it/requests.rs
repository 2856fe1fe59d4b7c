//! The request log on a real database: written together, found, kept apart, and not for ever.

use std::time::Duration;

use perennial_domain::access::Scope;
use perennial_domain::ids::PurchaseId;
use perennial_engine::requests::{
    Answered, EndedRequest, LoggedRequest, RequestBy, RequestClass, RequestError, RequestFilter,
    RequestProblem, RequestTotals, RequestsOf,
};
use perennial_engine::{Cx, Error, What};
use sqlx::PgPool;

use crate::support::{House, first};

fn ended(request_id: &str, status: u16) -> EndedRequest {
    EndedRequest {
        method: "POST".to_owned(),
        route: "/api/v1/purchases".to_owned(),
        status,
        took: Duration::from_micros(1_500),
        request_id: request_id.to_owned(),
        item: None,
        idempotency_key: None,
        reference: None,
        purchase: None,
        problem: None,
    }
}

fn refused(request_id: &str) -> EndedRequest {
    let error = RequestError {
        pointer: "/amount".to_owned(),
        code: "wrong_type".to_owned(),
        detail: "Invalid type: string \"nineteen\", expected i64".to_owned(),
    };
    EndedRequest {
        item: Some(3),
        idempotency_key: Some("once".to_owned()),
        reference: Some("R-1".to_owned()),
        purchase: Some(PurchaseId::new(7, [7; 10])),
        problem: Some(RequestProblem {
            kind: "invalid".to_owned(),
            code: "invalid".to_owned(),
            title: "The request has wrong content.".to_owned(),
            detail: "Invalid type: string \"nineteen\", expected i64".to_owned(),
            errors: vec![error],
        }),
        ..ended(request_id, 422)
    }
}

/// Waits until so many rows are there.
async fn rows(pool: &PgPool, wanted: i64) {
    let there = async {
        while sqlx::query_scalar::<_, i64>("SELECT count(*) FROM request_log").fetch_one(pool).await.unwrap()
            < wanted
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), there).await.expect("the rows are written");
}

/// Waits until so much of what one asker asked is counted, and gives it. It may be written in parts.
async fn counted(house: &House, answered: i64) -> RequestTotals {
    let there = async {
        loop {
            let totals = house.engine.request_totals(&house.cx, 24).await.unwrap();
            if let [total] = totals.as_slice()
                && total.answered >= answered
            {
                return total.clone();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), there).await.expect("counts are written")
}

async fn found(house: &House, cx: &Cx, filter: RequestFilter) -> Vec<LoggedRequest> {
    house.engine.request_list(cx, &filter, &first()).await.unwrap().data
}

#[tokio::test]
async fn requests_are_written_together_and_found_by_each_of_their_names() {
    let house = House::new().await;
    let key = house.key(&[Scope::PurchasesWrite], None).await;
    house.engine.request_ended(&key, vec![ended("a", 201), refused("b")]);
    house.engine.request_ended(&key, vec![ended("c", 503)]);
    // Neither a person nor the operator has a place in it.
    house.engine.request_ended(&house.cx, vec![ended("d", 500)]);
    rows(&house.db.pool, 3).await;
    let all = found(&house, &house.cx, RequestFilter::default()).await;
    assert_eq!(all.len(), 3);

    let logged = all.iter().find(|logged| logged.request.request_id == "b").unwrap();
    let kept = "Invalid type: string \"…\", expected i64";
    let mut expected = refused("b");
    let problem = expected.problem.as_mut().unwrap();
    problem.detail = kept.to_owned();
    problem.errors[0].detail = kept.to_owned();
    assert_eq!(logged.request, expected, "all of it comes back, but what it quoted");
    let RequestBy::Key { id, name, prefix } = &logged.by else { panic!("{logged:?}") };
    assert!(!name.is_empty() && prefix.starts_with("prn_"));
    let of_key = RequestFilter { of: Some(RequestsOf::Key(*id)), ..RequestFilter::default() };
    assert_eq!(found(&house, &house.cx, of_key).await.len(), 3);
    let of_apps = RequestFilter { of: Some(RequestsOf::Apps), ..RequestFilter::default() };
    assert!(found(&house, &house.cx, of_apps).await.is_empty());
    for search in ["b", "once", "R-1", "00000000-0007-7707-8707-070707070707"] {
        let filter = RequestFilter { search: Some(search.to_owned()), ..RequestFilter::default() };
        let ids: Vec<_> = found(&house, &house.cx, filter).await.into_iter().map(|found| found.id).collect();
        assert_eq!(ids, [logged.id], "{search}");
    }
    for (class, ids) in [
        (RequestClass::Answered, vec!["a"]),
        (RequestClass::Refused, vec!["b", "c"]),
        (RequestClass::ByUs, vec!["b"]),
        (RequestClass::Failed, vec!["c"]),
    ] {
        let filter = RequestFilter { class: Some(class), ..RequestFilter::default() };
        let mut of: Vec<_> = found(&house, &house.cx, filter)
            .await
            .into_iter()
            .map(|found| found.request.request_id)
            .collect();
        of.sort_unstable();
        assert_eq!(of, ids, "{class:?}");
    }
    let other = RequestFilter { route: Some("/api/v1/customers".to_owned()), ..RequestFilter::default() };
    assert!(found(&house, &house.cx, other).await.is_empty());
    assert_eq!(house.engine.request_get(&house.cx, logged.id).await.unwrap(), *logged);
}

#[tokio::test]
async fn nobody_sees_the_requests_of_another_merchant() {
    let house = House::new().await;
    let key = house.key(&[Scope::PurchasesWrite], None).await;
    let answered = Answered {
        method: "POST",
        route: "/api/v1/purchases",
        status: 201,
        is_refusal: false,
        took: Duration::from_micros(10),
    };
    assert!(house.engine.request_counted(&key, answered));
    assert!(house.engine.request_counted(&key, answered));
    assert!(!house.engine.request_counted(&house.cx, answered), "only what a key asks is counted");
    house.engine.request_ended(&key, vec![ended("a", 201)]);
    rows(&house.db.pool, 1).await;
    let id = found(&house, &house.cx, RequestFilter::default()).await[0].id;
    let neighbour = Cx::system(house.neighbour().await.merchant_id);
    assert!(found(&house, &neighbour, RequestFilter::default()).await.is_empty());
    let search = RequestFilter { search: Some("a".to_owned()), ..RequestFilter::default() };
    assert!(found(&house, &neighbour, search).await.is_empty());
    let read = house.engine.request_get(&neighbour, id).await;
    assert!(matches!(read, Err(Error::NotFound(What::Request))));

    let total = counted(&house, 2).await;
    assert_eq!((total.answered, total.refused, total.duration_us, total.slowest_us), (2, 0, 20, 10));
    assert!(house.engine.request_totals(&neighbour, 24).await.unwrap().is_empty());
}

#[tokio::test]
async fn apps_are_logged_by_their_customer_and_counted_together() {
    let house = House::new().await;
    let key = house.key(&[Scope::PurchasesWrite], None).await;
    let mut customers = Vec::new();
    for email in ["maya@example.com", "ben@example.com"] {
        let new = serde_json::from_value(serde_json::json!({"email": email})).unwrap();
        let customer = house.engine.customer_create(&house.cx, new).await.unwrap().customer.id;
        let app = house.engine.customer_cx(house.merchant, customer).await.unwrap();
        let answered = Answered {
            method: "POST",
            route: "/api/v1/me/redemptions",
            status: 201,
            is_refusal: false,
            took: Duration::from_micros(10),
        };
        assert!(house.engine.request_counted(&app, answered));
        house.engine.request_ended(&app, vec![ended(email.split('@').next().unwrap(), 201)]);
        customers.push(customer);
    }
    house.engine.request_ended(&key, vec![ended("till", 201)]);
    rows(&house.db.pool, 3).await;
    let of_apps = RequestFilter { of: Some(RequestsOf::Apps), ..RequestFilter::default() };
    let mut by: Vec<_> = found(&house, &house.cx, of_apps).await.into_iter().map(|found| found.by).collect();
    by.sort_by_key(|by| format!("{by:?}"));
    let mut expected: Vec<_> =
        customers.iter().map(|customer| RequestBy::App { customer: *customer }).collect();
    expected.sort_by_key(|by| format!("{by:?}"));
    assert_eq!(by, expected);
    let mayas = RequestFilter { search: Some(customers[0].to_string()), ..RequestFilter::default() };
    let mayas = found(&house, &house.cx, mayas).await;
    let [one] = mayas.as_slice() else { panic!("{mayas:?}") };
    assert_eq!(
        (one.request.request_id.as_str(), &one.by),
        ("maya", &RequestBy::App { customer: customers[0] })
    );
    assert_eq!(house.engine.request_get(&house.cx, one.id).await.unwrap(), *one);

    let total = counted(&house, 2).await;
    assert_eq!((total.of, total.answered, total.key_name.as_str()), (RequestsOf::Apps, 2, ""));
    for (text, of) in [("apps", Some(RequestsOf::Apps)), ("odd", None), ("", None)] {
        assert_eq!(text.parse::<RequestsOf>().ok(), of, "{text}");
    }
}

//! Events from elsewhere and the request log in the dashboard, as a browser without scripts sees them.

use std::time::Duration;

use crate::support::desk::{colleague, opened, signed_in};
use crate::support::{House, STUCK};
use http::StatusCode;
use perennial_domain::access::{Role, Scope};
use perennial_domain::codes::Label;
use perennial_engine::api_keys::NewApiKey;
use perennial_engine::inbox::{Event, EventFilter, EventState, NewEvent};
use perennial_engine::requests::{Answered, EndedRequest, RequestError, RequestFilter, RequestProblem};
use perennial_engine::{Cx, PageRequest};
use serde_json::{Value, json};

/// An order of a shop that has come in.
async fn told(house: &House, cx: &Cx, id: &str, retailer: &str) {
    let event = json!({
        "specversion": "1.0", "type": "order.completed", "source": "/shop/orders", "id": id, "time": "2026-11-21T09:59:00Z",
        "data": {"transaction_id": id, "retailer": retailer, "customer": {"email": "ada@example.com"}, "amount": 1999,
            "currency": "USD"},
    });
    let event = NewEvent::structured(event.to_string().as_bytes()).unwrap();
    house.engine.events_receive(cx, vec![event]).await.unwrap().pop().unwrap().unwrap();
}

/// The event, when it has come to this state.
async fn settled(house: &House, cx: &Cx, id: &str, state: EventState) -> Event {
    let filter = EventFilter { id: Some(id.to_owned()), ..EventFilter::default() };
    let there = async {
        loop {
            let found = house.engine.event_list(cx, &filter, &PageRequest::default()).await.unwrap().data;
            if let Some(event) = found.into_iter().find(|event| event.state == state) {
                return event;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(STUCK, there).await.unwrap_or_else(|_| panic!("{id} is stuck"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_event_says_why_and_is_tried_again_or_discarded() {
    let (house, cx, mut owner) = opened("sola").await;
    let empty = owner.get("/dashboard/events").await;
    assert!(empty.text.contains("No events yet") && empty.text.contains("application/cloudevents+json"));
    assert!(empty.text.contains("http://shop.test/api/v1/events"));
    // The id of the event and that of the order in it, where they are read and where they are copied from: whoever calls it
    // again tells of another order.
    assert_eq!(empty.text.matches("try-'$(date +%s)'").count(), 4);

    told(&house, &cx, "E-1", "riverside").await;
    told(&house, &cx, "E-2", "nowhere").await;
    let workers = house.engine.workers();
    let first = settled(&house, &cx, "E-1", EventState::Refused).await;
    let second = settled(&house, &cx, "E-2", EventState::Refused).await;

    let list = owner.get("/dashboard/events?state=refused").await;
    for expected in ["E-1", "E-2", "/shop/orders", "order.completed", "There is no such retailer"] {
        assert!(list.text.contains(expected), "{expected} in {}", list.text);
    }
    let searched = owner.get("/dashboard/events?q=E-2").await;
    assert!(
        searched.text.contains(&second.key.to_string()) && !searched.text.contains(&first.key.to_string())
    );
    assert!(owner.get("/dashboard/events?state=done").await.text.contains("Nothing here"));
    assert_eq!(owner.get("/dashboard/events?state=odd").await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let here = format!("/dashboard/events/{}", first.key);
    let page = owner.get(&here).await;
    for expected in ["/data/retailer", "ada@example.com", "specversion", "Add the retailer", "Try again"] {
        assert!(page.text.contains(expected), "{expected} in {}", page.text);
    }
    // Whoever may only look sees no buttons, and is refused without them.
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    let seen = analyst.get(&here).await;
    assert!(seen.text.contains("There is no such retailer") && !seen.text.contains("Try again"));
    assert_eq!(analyst.post(&here, "do=retry").await.status, StatusCode::FORBIDDEN);

    house.open_shop(&cx).await;
    let retried = owner.post(&here, "do=retry").await;
    assert_eq!(retried.location(), format!("{here}?done=event-retried"));
    let done = settled(&house, &cx, "E-1", EventState::Done).await;
    let purchase = done.outcome.unwrap().purchase_id.unwrap();
    let page = owner.get(&here).await;
    assert!(page.text.contains(&format!("href=\"/dashboard/purchases/{purchase}\"")), "{}", page.text);
    assert!(page.text.contains("Forgotten") && !page.text.contains("ada@example.com"));
    let again = owner.post(&here, "do=discard").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("Only an event that was refused waits for somebody"));

    let there = format!("/dashboard/events/{}", second.key);
    assert_eq!(owner.post(&there, "do=discard").await.location(), format!("{there}?done=event-discarded"));
    let page = owner.get(&there).await;
    assert!(page.text.contains("Discarded") && !page.text.contains("Try again"), "{}", page.text);

    // Another merchant sees nothing of it.
    house.merchant("hops").await;
    let mut stranger = signed_in(&house, "owner@hops.example").await;
    assert_eq!(stranger.get(&here).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.post(&there, "do=retry").await.status, StatusCode::NOT_FOUND);
    assert!(!stranger.get("/dashboard/events").await.text.contains("E-1"));
    workers.stop().await;
}

fn refused(reference: &str) -> EndedRequest {
    let problem: Value = json!({
        "kind": "invalid", "code": "invalid", "title": "The request has wrong content.", "detail": "Required",
        "errors": [{"pointer": "/currency", "code": "required", "detail": "Missing field `currency`"}],
    });
    let problem: RequestProblem = serde_json::from_value(problem).unwrap();
    assert!(matches!(problem.errors.as_slice(), [RequestError { .. }]));
    EndedRequest {
        method: "POST".to_owned(),
        route: "/api/v1/purchases".to_owned(),
        status: 422,
        took: Duration::from_micros(1_500),
        request_id: "till-7-1".to_owned(),
        item: None,
        idempotency_key: Some("once-1".to_owned()),
        reference: Some(reference.to_owned()),
        purchase: None,
        problem: Some(problem),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_is_found_by_each_of_its_names() {
    let (house, cx, mut owner) = opened("sola").await;
    assert!(owner.get("/dashboard/requests").await.text.contains("No requests yet"));
    let key = NewApiKey {
        name: Label::new("Till 7").unwrap(),
        scopes: vec![Scope::PurchasesWrite],
        retailer: None,
    };
    let (key, secret) = house.engine.api_key_create(&cx, key).await.unwrap();
    let till = house.engine.authenticate(secret.expose()).await.unwrap();
    let answered =
        EndedRequest { status: 201, problem: None, request_id: "till-7-2".to_owned(), ..refused("R-2") };
    house.engine.request_ended(&till, vec![refused("R-1"), answered]);
    let there = async {
        while house
            .engine
            .request_list(&cx, &RequestFilter::default(), &PageRequest::default())
            .await
            .unwrap()
            .data
            .len()
            < 2
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(STUCK, there).await.expect("they are written down");

    for query in ["q=R-1", "q=till-7-1", "status=refused", "status=4xx&q=once-1"] {
        let found = owner.get(&format!("/dashboard/requests?{query}")).await;
        assert!(found.text.contains("R-1") && found.text.contains("Required"), "{query}: {}", found.text);
        assert!(!found.text.contains("R-2"), "{query}");
    }
    for query in ["status=answered", "q=R-2"] {
        assert!(
            !owner.get(&format!("/dashboard/requests?{query}")).await.text.contains("Required"),
            "{query}"
        );
    }
    let of_key = format!("/dashboard/requests?key={}&route=%2Fapi%2Fv1%2Fpurchases", key.id);
    assert!(owner.get(&of_key).await.text.contains("Till 7"));
    assert!(owner.get("/dashboard/requests?status=5xx").await.text.contains("Nothing here"));
    assert_eq!(owner.get("/dashboard/requests?key=odd").await.status, StatusCode::UNPROCESSABLE_ENTITY);

    let search = RequestFilter { search: Some("R-1".to_owned()), ..RequestFilter::default() };
    let id = house.engine.request_list(&cx, &search, &PageRequest::default()).await.unwrap().data[0].id;
    let page = owner.get(&format!("/dashboard/requests/{id}")).await;
    for expected in [
        "Why it was refused",
        "/currency",
        "once-1",
        "till-7-1",
        "1.5 ms",
        &key.prefix,
        "/api/problems/invalid",
    ] {
        assert!(page.text.contains(expected), "{expected} in {}", page.text);
    }
    house.merchant("hops").await;
    let mut stranger = signed_in(&house, "owner@hops.example").await;
    assert_eq!(stranger.get(&format!("/dashboard/requests/{id}")).await.status, StatusCode::NOT_FOUND);
    assert!(!stranger.get("/dashboard/requests?q=R-1").await.text.contains("till-7-1"));
    let mut support = colleague(&house, &cx, Role::Support).await;
    assert_eq!(support.get("/dashboard/requests").await.status, StatusCode::OK, "support looks for causes");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_asked_leads_to_its_customer() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let ada = house.buy(&cx, "t-1", Some("ada@example.com")).await.customer_id.unwrap();
    let app = house.engine.customer_cx(cx.merchant(), ada).await.unwrap();
    house.engine.request_ended(&app, vec![refused("A-1")]);
    let of_app = RequestFilter { search: Some("A-1".to_owned()), ..RequestFilter::default() };
    let there = async {
        loop {
            let found = house.engine.request_list(&cx, &of_app, &PageRequest::default()).await.unwrap().data;
            if let Some(request) = found.first() {
                return request.id;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let id = tokio::time::timeout(STUCK, there).await.expect("it is written down");
    for query in ["key=apps".to_owned(), format!("q={ada}")] {
        let list = owner.get(&format!("/dashboard/requests?{query}")).await;
        assert!(list.text.contains("A-1") && list.text.contains("App of a customer"), "{}", list.text);
    }
    assert!(owner.get("/dashboard/requests?key=apps").await.text.contains("Apps of customers"));
    let page = owner.get(&format!("/dashboard/requests/{id}")).await;
    for expected in
        [format!("href=\"/dashboard/customers/{ada}\""), format!("href=\"/dashboard/requests?q={ada}\"")]
    {
        assert!(page.text.contains(&expected), "{expected} in {}", page.text);
    }
    assert!(!page.text.contains("API key</dt>"), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_day_is_summed_up() {
    let (house, cx, mut owner) = opened("sola").await;
    let key = NewApiKey {
        name: Label::new("Till 7").unwrap(),
        scopes: vec![Scope::PurchasesWrite],
        retailer: None,
    };
    let (_, secret) = house.engine.api_key_create(&cx, key).await.unwrap();
    let till = house.engine.authenticate(secret.expose()).await.unwrap();
    let count = |status: u16| {
        let answered = Answered {
            method: "POST",
            route: "/api/v1/purchases",
            status,
            is_refusal: status >= 400,
            took: Duration::from_millis(2),
        };
        house.engine.request_counted(&till, answered)
    };
    let kept = (0..999).filter(|_| count(201)).count();
    assert!((1..999).contains(&kept), "a sample is written down, and all are counted: {kept}");
    assert!(count(422));
    let there = async {
        while house.engine.request_totals(&cx, 24).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(STUCK, there).await.expect("the counts are written down");
    let page = owner.get("/dashboard/requests").await;
    for expected in ["999", "0.1% of all", "Till 7", "1 refusal", "2.0 ms", "/api/v1/purchases"] {
        assert!(page.text.contains(expected), "{expected} in {}", page.text);
    }
}

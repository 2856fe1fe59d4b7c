//! Traces, as a collector receives them.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, routing::post};
use perennial_testkit::TestDb;
use serde_json::json;

use crate::tools_support::{Installation, client, stop};

/// The trace of a till, and the span in it that waits for us.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

#[tokio::test]
async fn a_purchase_is_part_of_the_trace_of_its_till() {
    let received: Arc<Mutex<Vec<u8>>> = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let collector = Router::new().route(
        "/v1/traces",
        post({
            let received = Arc::clone(&received);
            async move |spans: Bytes| received.lock().unwrap().extend_from_slice(&spans)
        }),
    );
    tokio::spawn(async move { axum::serve(listener, collector).await.unwrap() });

    let db = TestDb::new().await;
    let house = Installation::on(&db.url).with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    let key = house.merchant().await;
    let server = house.serve().await;
    house.furnish(&key).await;
    received.lock().unwrap().clear();
    let purchase = json!({
        "transaction_id": "traced-1", "retailer": "north", "currency": "USD", "customer": {"email": "ada@example.com"},
        "lines": [{"product": "tea", "quantity": 1, "amount": 500}],
    });
    let sent = client()
        .post(format!("{}/api/v1/purchases", house.base_url()))
        .bearer_auth(&key)
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .json(&purchase)
        .send();
    assert_eq!(sent.await.unwrap().status(), 201);
    assert!(house.run(&["queues", "wait"]).await.status.success());
    // Whoever stops sends what is left.
    stop(server).await;

    let received = received.lock().unwrap();
    let times = |part: &[u8]| received.windows(part.len()).filter(|there| *there == part).count();
    let bytes = |digits: &str| -> Vec<u8> {
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    };
    assert!(times(b"POST /api/v1/purchases") > 0, "the request by its route");
    assert!(times(b"perennial") > 0 && times(b"queue announcements") > 0, "who it is, and what followed");
    assert_eq!(times(&bytes(PARENT)), 1, "the span that it was sent in is the parent of one");
    assert_eq!(times(&bytes(TRACE)), 2, "the request, and the batch that is linked with it");
    for secret in ["ada@example.com", key.as_str()] {
        assert_eq!(times(secret.as_bytes()), 0, "{secret}");
    }
}

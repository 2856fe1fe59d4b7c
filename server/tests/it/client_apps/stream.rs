//! `/me/events`: nothing is missed, nothing is told twice, nobody else's is told.

use http::StatusCode;
use serde_json::json;

use crate::support::{TestServer, purchase};

#[tokio::test]
async fn a_stream_goes_on_where_it_was_cut_off() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let bought = async |number: &str, amount| {
        let posted = api.post("/purchases", purchase(number, "ada@example.com", amount)).await;
        posted.ok(StatusCode::CREATED);
    };
    bought("1", 1_000).await;
    let token = server.token(&merchant, "ada@example.com").await;
    let mut stream = server.listen(&token, None).await;
    let (first, data) = stream.next().await.unwrap();
    assert_eq!((&data["points"], &data["change"], &data["id"]), (&json!(100), &json!(0), &json!(first)));
    bought("2", 500).await;
    let mut points = 100;
    let mut last = first;
    while points < 150 {
        let (id, data) = stream.next().await.unwrap();
        // The welcome, which moves no counter, may come in between.
        assert!(id >= last, "{id} after {last}");
        (last, points) = (id, data["points"].as_i64().unwrap());
    }
    drop(stream);

    // What happens while nobody listens is in the first frame afterwards, and all of it.
    bought("3", 200).await;
    bought("4", 300).await;
    let mut again = server.listen(&token, Some(last)).await;
    let (id, data) = again.next().await.unwrap();
    assert!(id > last);
    assert_eq!((&data["points"], &data["change"]), (&json!(200), &json!(50)));
    drop(again);
    // Whoever has everything hears nothing until something happens. The welcome may have come meanwhile.
    let newest = newest(&server, &token).await;
    let mut idle = server.listen(&token, Some(newest)).await;
    assert!(idle.is_quiet().await);
    bought("5", 100).await;
    let (_, data) = idle.next().await.unwrap();
    assert_eq!((&data["points"], &data["change"]), (&json!(210), &json!(10)));
    server.stop().await;
}

/// The id of the newest frame, once what follows a purchase has been done.
async fn newest(server: &TestServer, token: &str) -> i64 {
    server.drained().await;
    let mut stream = server.listen(token, None).await;
    stream.next().await.unwrap().0
}

#[tokio::test]
async fn a_newer_stream_takes_the_place_and_an_ended_token_hears_nothing_more() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let bought = async |number: &str, email: &str| {
        api.post("/purchases", purchase(number, email, 1_000)).await.ok(StatusCode::CREATED);
    };
    bought("1", "ada@example.com").await;
    let token = server.token(&merchant, "ada@example.com").await;
    let mut older = server.listen(&token, None).await;
    older.next().await.unwrap();
    let mut newer = server.listen(&token, None).await;
    newer.next().await.unwrap();
    while older.next().await.is_some() {}

    // Somebody else's purchase is nobody's news.
    let id = newest(&server, &token).await;
    let mut stream = server.listen(&token, Some(id)).await;
    bought("2", "bea@example.com").await;
    assert!(stream.is_quiet().await);

    let other = server.token(&merchant, "ada@example.com").await;
    let mut kept = server.listen(&other, Some(id)).await;
    server.api_with(Some(&token)).delete("/me/token").await.ok(StatusCode::OK);
    bought("3", "ada@example.com").await;
    assert_eq!(kept.next().await.unwrap().1["points"], 200, "another token of the same customer goes on");
    assert_eq!(stream.next().await, None);
    server.stop().await;
}

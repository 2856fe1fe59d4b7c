//! The leaderboard in the dashboard: opened, read, closed; only by those who may.

use crate::support::desk::{colleague, opened};
use http::StatusCode;
use perennial_domain::access::Role;

const PATH: &str = "/dashboard/leaderboard";

#[tokio::test(flavor = "multi_thread")]
async fn the_leaderboard_is_opened_read_and_closed() {
    let (house, shop, mut owner) = opened("sola").await;
    house.open_shop(&shop).await;
    let bought = house.buy(&shop, "T-1", Some("maya@example.com")).await;
    let maya = bought.customer_id.unwrap();
    let named = serde_json::from_value(serde_json::json!({"name": "Maya Angelou"})).unwrap();
    house.engine.customer_update(&shop, maya, named).await.unwrap();

    let closed = owner.get(PATH).await;
    assert!(closed.text.contains("No leaderboard yet") && closed.text.contains("Open the leaderboard"));
    let mut analyst = colleague(&house, &shop, Role::Analyst).await;
    assert!(!analyst.get(PATH).await.text.contains("Open the leaderboard"));
    assert_eq!(analyst.post(PATH, "do=open").await.status, StatusCode::FORBIDDEN);

    let done = owner.post(PATH, "do=open").await;
    assert_eq!(done.location(), format!("{PATH}?done=leaderboard-opened"));
    for (address, about) in
        [(PATH.to_owned(), "1 customer with points"), (format!("{PATH}?period=ever"), "Ever")]
    {
        let page = owner.get(&address).await;
        for told in ["Maya A.", &maya.to_string(), about, "Close the leaderboard"] {
            assert!(page.text.contains(told), "{told}: {}", page.text);
        }
    }
    let seen = analyst.get(PATH).await;
    assert!(seen.text.contains("Maya A.") && !seen.text.contains("Close the leaderboard"));
    assert_eq!(owner.post(PATH, "do=close").await.location(), format!("{PATH}?done=leaderboard-closed"));
    assert!(owner.get(PATH).await.text.contains("No leaderboard yet"));
}

//! The leaderboard in the dashboard: opened, read, closed; only by those who may.
#![cfg(feature = "ssr")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use http::StatusCode;
use perennial_domain::access::Role;
use perennial_engine::staff::NewStaff;
use support::House;

const PATH: &str = "/dashboard/leaderboard";
const SECRET: &str = "a long enough secret";

#[tokio::test(flavor = "multi_thread")]
async fn the_leaderboard_is_opened_read_and_closed() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let bought = house.buy(&shop, "T-1", Some("maya@example.com")).await;
    let maya = bought.customer_id.unwrap();
    let named = serde_json::from_value(serde_json::json!({"name": "Maya Angelou"})).unwrap();
    house.engine.customer_update(&shop, maya, named).await.unwrap();

    let mut owner = house.browser();
    let sign_in = "email=owner%40sola.example&password=a+long+enough+secret";
    assert_eq!(owner.post("/dashboard/sign-in", sign_in).await.status, StatusCode::SEE_OTHER);
    let closed = owner.get(PATH).await;
    assert!(closed.text.contains("No leaderboard yet") && closed.text.contains("Open the leaderboard"));
    let analyst = NewStaff {
        email: "analyst@sola.example".parse().unwrap(),
        name: None,
        role: Role::Analyst,
        password: SECRET.to_owned(),
    };
    house.engine.staff_add(&shop, analyst).await.unwrap();
    let mut analyst = house.browser();
    let sign_in = "email=analyst%40sola.example&password=a+long+enough+secret";
    assert_eq!(analyst.post("/dashboard/sign-in", sign_in).await.status, StatusCode::SEE_OTHER);
    assert!(!analyst.get(PATH).await.text.contains("Open the leaderboard"));
    assert_eq!(analyst.post(PATH, "do=open").await.status, StatusCode::FORBIDDEN);

    let opened = owner.post(PATH, "do=open").await;
    assert_eq!(opened.location(), format!("{PATH}?done=leaderboard-opened"));
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

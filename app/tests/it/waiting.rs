//! Points that cannot be spent: those that wait for their day, and those that are owed after a return.

use crate::support::House;
use crate::support::desk::signed_in;
use perennial_domain::returns::ReturnInput;
use perennial_engine::Cx;
use serde_json::json;

async fn set(house: &House, cx: &Cx, settings: serde_json::Value) {
    house.engine.merchant_update(cx, serde_json::from_value(settings).unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_and_staff_read_when_what_waits_can_be_spent() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    set(&house, &shop, json!({"pending_days": 3})).await;
    let ada = house.buy(&shop, "T-1", Some("ada@example.com")).await.customer_id.unwrap();
    let mut browser = house.browser();
    browser.sign_in(&house, "sola", "ada@example.com").await;
    let home = browser.get("/p/sola").await;
    assert!(home.text.contains("<b>72<!></b> more from "), "{}", home.text);
    assert!(!home.text.contains(", 72 later"), "{}", home.text);

    // The second ones wait longer.
    set(&house, &shop, json!({"pending_days": 5})).await;
    house.buy(&shop, "T-2", Some("ada@example.com")).await;
    let home = browser.get("/p/sola").await;
    let line = home.text.split_once("<b>72<!></b> more from ").expect("the first ones come first").1;
    assert!(line.split_once("</p>").unwrap().0.contains(", 72 later"), "{line}");

    let mut owner = signed_in(&house, "owner@sola.example").await;
    let page = owner.get(&format!("/dashboard/customers/{ada}")).await;
    assert!(page.text.contains(">144 pending, 72 of them until "), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debt_is_said_in_words() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let bought = house.buy(&shop, "T-1", Some("ada@example.com")).await;
    let ada = bought.customer_id.unwrap();
    let (page, list) = (format!("/dashboard/customers/{ada}"), "/dashboard/customers?state=owing");
    let mut browser = house.browser();
    browser.sign_in(&house, "sola", "ada@example.com").await;
    let mut owner = signed_in(&house, "owner@sola.example").await;
    assert!(!browser.get("/p/sola").await.text.contains("You owe"));
    assert!(!owner.get(&page).await.text.contains("owed after a return"));
    assert!(!owner.get("/dashboard").await.text.contains("owes points"));
    assert!(!owner.get(list).await.text.contains("ada@example.com"));

    let spent = serde_json::from_value(json!({"points": -15, "reason": "Spent at the counter"})).unwrap();
    house.engine.adjustment_create(&shop, ada, spent).await.unwrap();
    let back: ReturnInput = serde_json::from_value(json!({"return_id": "R-1"})).unwrap();
    house.engine.return_purchase(&shop, bought.id, &back.check().unwrap(), false).await.unwrap();

    let home = browser.get("/p/sola").await;
    let words = "You owe 15 points after a return; what you earn next settles them<";
    assert!(home.text.contains(">−15<") && home.text.contains(words), "{}", home.text);
    let shown = owner.get(&page).await;
    assert!(shown.text.contains("15 points owed after a return"), "{}", shown.text);
    // The first page of the dashboard leads to whom it is about.
    let shown = owner.get("/dashboard").await;
    assert!(shown.text.contains("1 customer owes points") && shown.text.contains(list), "{}", shown.text);
    house.buy(&shop, "T-2", Some("bo@example.com")).await;
    let shown = owner.get(list).await;
    assert!(
        shown.text.contains("ada@example.com") && !shown.text.contains("bo@example.com"),
        "{}",
        shown.text
    );
    let file = owner.get("/dashboard/customers.csv?state=owing").await;
    assert!(file.text.contains("ada@example.com") && !file.text.contains("bo@example.com"), "{}", file.text);
    for (search, found) in [("ada%40", true), ("bo%40", false)] {
        let shown = owner.get(&format!("{list}&q={search}")).await;
        assert_eq!(shown.text.contains(&format!("/dashboard/customers/{ada}")), found, "{search}");
    }

    house.buy(&shop, "T-3", Some("ada@example.com")).await;
    assert!(!browser.get("/p/sola").await.text.contains("You owe"), "the next purchase has settled it");
    assert!(!owner.get(list).await.text.contains("ada@example.com"));
}

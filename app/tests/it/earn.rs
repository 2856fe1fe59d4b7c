//! Ways to earn, as a customer meets them.

use crate::support::House;
use http::StatusCode;
use perennial_domain::policies::Template;
use perennial_engine::Cx;
use serde_json::{Value, json};

async fn promote(house: &House, shop: &Cx, promotion: Value) {
    let input = serde_json::from_value(promotion).unwrap();
    let created = house.engine.promotion_create(shop, input).await.unwrap();
    house.engine.promotion_publish(shop, created.id, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_reads_what_there_is_to_earn_by() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let patch = serde_json::from_value(json!({"points_name": "crumbs"})).unwrap();
    house.engine.merchant_update(&shop, patch).await.unwrap();
    let mut maya = house.browser();
    assert_eq!(maya.get("/p/sola/earn").await.status, StatusCode::SEE_OTHER, "not without a session");
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let home = maya.get("/p/sola").await.text;
    assert!(home.contains("href=\"/p/sola/earn\"") && !home.contains("For you"), "{home}");

    promote(
        &house,
        &shop,
        json!({
            "name": "Loaf days", "multiplier": "2", "products": {"include": ["category:loaves"]},
            "retailers": ["riverside"], "ends_at": "2999-01-01T00:00:00",
            "max_points_per_customer": {"points": 300, "per": "day"},
        }),
    )
    .await;
    promote(&house, &shop, json!({"name": "Not yet", "multiplier": "3", "starts_at": "2998-01-01T00:00:00"}))
        .await;
    let birthday = house.engine.policy_create(&shop, Template::BirthdayPoints.draft(None)).await.unwrap().id;
    house.engine.policy_publish(&shop, birthday).await.unwrap();

    let page = maya.get("/p/sola/earn").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for said in [
        "Ways to earn",
        "4 crumbs for each $1 on everything.",
        "Loaf days",
        "2× crumbs on “loaves”, at Riverside.",
        "Until Dec 31, 2998",
        "300 of 300 crumbs left today",
        "500 points on the birthday. Tell us the day",
        "Invite a friend",
        "Type its code and the crumbs are yours",
    ] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert!(!page.text.contains("Not yet"), "{}", page.text);
    // The home page shows what is special, and leads there.
    let home = maya.get("/p/sola").await.text;
    assert!(home.contains("For you") && home.contains("2× crumbs on “loaves”"), "{home}");
    assert!(!home.contains("4 crumbs for each"), "what every purchase earns is no news: {home}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_another_merchants_offers() {
    let house = House::open("http://shop.test").await;
    let sola = house.merchant("sola").await;
    house.open_shop(&sola).await;
    let fern = house.merchant("fern").await;
    house.open_shop(&fern).await;
    promote(&house, &fern, json!({"name": "Fern days", "multiplier": "5"})).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    for path in ["/p/sola", "/p/sola/earn"] {
        assert!(!maya.get(path).await.text.contains("Fern days"), "{path}");
    }
    // A session of one program opens no other.
    assert_eq!(maya.get("/p/fern/earn").await.status, StatusCode::SEE_OTHER);
    let asked = maya.post("/rpc/portal/page", "slug=fern&tail=earn&query=").await;
    assert!(!asked.status.is_success() && !asked.text.contains("Fern days"), "{}", asked.text);
    let mut bea = house.browser();
    bea.sign_in(&house, "fern", "bea@example.com").await;
    assert!(bea.get("/p/fern/earn").await.text.contains("Fern days"));
}

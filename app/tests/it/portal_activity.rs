//! The activity of a customer: what is of one sort, page by page, in the portal and as the staff see it.

use crate::support::desk::signed_in;
use crate::support::form::between;
use crate::support::{House, Page};
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::CustomerId;
use perennial_engine::Cx;
use perennial_engine::rewards::NewRedemption;
use serde_json::json;

/// Spends 50 points on a reward.
async fn redeem(house: &House, shop: &Cx, customer: CustomerId) {
    let terms = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 50});
    let reward = house.engine.reward_create(shop, serde_json::from_value(terms).unwrap()).await.unwrap().id;
    let what = NewRedemption { reward, points: None, hold_seconds: None };
    house.engine.redeem(shop, &CustomerRef::Id(customer), what).await.unwrap();
}

/// The chip of what is shown.
fn chosen(page: &Page) -> &str {
    let chips = between(page, "aria-label=\"Filter\"", "</nav>");
    let mut chosen = chips.split("<a").filter(|chip| chip.contains("aria-current=\"true\""));
    let chip = chosen.next().expect("one is chosen");
    assert!(chosen.next().is_none(), "only one: {chips}");
    chip.split_once('>').unwrap().1.split('<').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn chips_narrow_the_activity_and_its_pages_keep_what_was_chosen() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let mut bought = None;
    for number in 0..27 {
        bought = house.buy(&shop, &format!("T-{number}"), Some("maya@example.com")).await.customer_id;
    }
    redeem(&house, &shop, bought.unwrap()).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let receipts = |page: &Page| page.text.matches("receipt T-").count();

    let all = maya.get("/p/sola/activity").await;
    assert_eq!((chosen(&all), receipts(&all)), ("All", 24));
    assert!(all.text.contains("Redeemed: Five off"), "{}", all.text);
    let list = between(&all, "aria-label=\"Filter\"", "aria-label=\"Pages\"");
    assert_eq!(list.matches(">points<").count(), 1, "what the figures count is said once: {list}");
    let spent = maya.get("/p/sola/activity?show=spent").await;
    assert_eq!((chosen(&spent), receipts(&spent)), ("Spent", 0));
    assert!(spent.text.contains("Redeemed: Five off") && !spent.text.contains(">Older<"), "{}", spent.text);

    let earned = maya.get("/p/sola/activity?show=earned").await;
    assert_eq!((chosen(&earned), receipts(&earned)), ("Earned", 25));
    assert!(!earned.text.contains("Redeemed: Five off"), "{}", earned.text);
    let after = between(&earned, "/p/sola/activity?show=earned&amp;after=", "\"");
    let older = maya.get(&format!("/p/sola/activity?show=earned&after={after}")).await;
    assert_eq!((chosen(&older), receipts(&older)), ("Earned", 2));
    let pages = between(&older, "aria-label=\"Pages\"", "</nav>");
    assert!(pages.contains("\"/p/sola/activity?show=earned\"") && pages.contains(">Newest<"), "{pages}");

    let expired = maya.get("/p/sola/activity?show=expired").await;
    assert_eq!(chosen(&expired), "Expired");
    assert!(expired.text.contains("Nothing has expired") && expired.text.contains("Show all activity"));
    assert_eq!(chosen(&maya.get("/p/sola/activity?show=nonsense").await), "All");

    // Before anything has happened there is nothing to choose from.
    let mut omar = house.browser();
    omar.sign_in(&house, "sola", "omar@example.com").await;
    let nothing = omar.get("/p/sola/activity").await;
    assert!(nothing.text.contains("Nothing yet") && !nothing.text.contains("aria-label=\"Filter\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_the_way_says_until_when() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    house.buy(&shop, "T-1", Some("maya@example.com")).await;
    let waiting = serde_json::from_value(json!({"pending_days": 3})).unwrap();
    house.engine.merchant_update(&shop, waiting).await.unwrap();
    house.buy(&shop, "T-2", Some("maya@example.com")).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;

    let way = maya.get("/p/sola/activity?show=pending").await;
    assert_eq!(chosen(&way), "On the way");
    assert!(way.text.contains(", on the way until ") && way.text.contains("receipt T-2"), "{}", way.text);
    assert!(!way.text.contains("receipt T-1"), "{}", way.text);
    assert!(maya.get("/p/sola/activity").await.text.contains(", on the way until "));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_the_entries_of_one_sort_and_what_was_spent_on_a_day() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let maya = house.buy(&shop, "T-1", Some("maya@example.com")).await.customer_id.unwrap();
    redeem(&house, &shop, maya).await;
    let mut owner = signed_in(&house, "owner@sola.example").await;
    let path = format!("/dashboard/customers/{maya}?tab=entries");
    let all = owner.get(&path).await;
    assert!(all.text.contains("+72") && all.text.contains("−50"), "{}", all.text);
    let spent = owner.get(&format!("{path}&show=spent")).await;
    assert!(!spent.text.contains("+72") && spent.text.contains("−50"), "{}", spent.text);
    assert!(spent.text.contains("tab=entries&amp;show=earned\""), "{}", spent.text);
    assert!(owner.get(&format!("{path}&show=expired")).await.text.contains("No such entries"));

    let home = owner.get("/dashboard").await;
    assert!(home.text.contains(" Points redeemed: 50 in all; most on "), "{}", home.text);
    assert!(home.text.contains("Redeemed is what customers spent on rewards"), "{}", home.text);
    assert!(!home.text.contains("gave back"), "{}", home.text);
}

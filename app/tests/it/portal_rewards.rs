//! Rewards in the portal: what can be had, redeeming it once, the voucher, and giving it back.

use crate::support::form::once;
use crate::support::{Browser, House, Page};
use http::StatusCode;
use perennial_domain::ids::{RedemptionId, RewardId};
use perennial_engine::Cx;
use perennial_engine::rewards::Stage;
use serde_json::{Value, json};

/// A shop where `maya@example.com` has 72 points, and her browser.
async fn shop() -> (House, Cx, Browser) {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    house.buy(&shop, "T-1", Some("maya@example.com")).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    (house, shop, maya)
}

async fn reward(house: &House, shop: &Cx, terms: Value) -> RewardId {
    house.engine.reward_create(shop, serde_json::from_value(terms).unwrap()).await.unwrap().id
}

/// $5 off for 50 points, for 30 days, at most `stock` of them.
async fn five_off(house: &House, shop: &Cx, stock: Option<i64>) -> RewardId {
    let terms = json!({
        "name": "Five off", "description": "Food and drinks.", "kind": "money_off", "value": 500, "points_cost": 50,
        "valid_days": 30, "stock": stock,
    });
    reward(house, shop, terms).await
}

fn redeem_path(reward: RewardId) -> String {
    format!("/p/sola/rewards/{reward}/redeem")
}

/// Redeems as a person does, and gives the address of what came of it, and its redemption.
async fn redeem(maya: &mut Browser, path: &str) -> (String, RedemptionId) {
    let look = maya.get(path).await;
    let done = maya.post(path, &format!("once={}", once(&look))).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let page = done.location().split('?').next().unwrap().to_owned();
    let id = page.rsplit('/').next().unwrap().parse().unwrap();
    (page, id)
}

/// Fails unless the texts stand on the page in this order.
fn in_order(page: &Page, texts: &[&str]) {
    let mut rest = page.text.as_str();
    for text in texts {
        let (_, after) = rest.split_once(text).unwrap_or_else(|| panic!("{text} is missing: {}", page.text));
        rest = after;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_had_stands_first_and_the_rest_says_what_is_missing() {
    let (house, shop, mut maya) = shop().await;
    let dinner = json!({"name": "Dinner for two", "kind": "external", "points_cost": 200, "description": "Four courses."});
    let dinner = reward(&house, &shop, dinner).await;
    let future = json!({"name": "Winter tea", "kind": "free_product", "value": "tea", "points_cost": 10,
        "valid_from": "2999-12-01T00:00"});
    let past = json!({"name": "Summer tea", "kind": "percent", "value": "0.125", "points_cost": 10,
        "valid_until": "2001-08-31T23:59"});
    let tea = json!({"sku": "tea", "name": "Pot of tea"});
    house.engine.product_create(&shop, serde_json::from_value(tea).unwrap()).await.unwrap();
    reward(&house, &shop, future).await;
    reward(&house, &shop, past).await;
    reward(&house, &shop, json!({"name": "Last biscuit", "kind": "external", "points_cost": 20, "stock": 0}))
        .await;
    five_off(&house, &shop, None).await;
    reward(&house, &shop, json!({"name": "Ten off", "kind": "percent", "value": "0.1", "points_cost": 60}))
        .await;

    let list = maya.get("/p/sola/rewards").await;
    let ready = ["Ready now", "Ten off", "10% off a purchase", "Five off", "$5.00 off a purchase"];
    let closer = ["Getting closer", "Dinner for two", "128 points missing"];
    in_order(&list, &[&ready[..], &closer[..]].concat());
    for locked in ["Winter tea", "Pot of tea, free", "Starts on Dec 1, 2999", "All gone for now"] {
        assert!(list.text.contains(locked), "{locked}: {}", list.text);
    }
    assert!(!list.text.contains("Summer tea"), "what is over for everybody is left out");

    let page = maya.get(&format!("/p/sola/rewards/{dinner}")).await;
    in_order(
        &page,
        &["Dinner for two", "Four courses.", "200 points", "You have 72 points.", "128 points missing"],
    );
    assert!(!page.text.contains("/redeem"), "nothing leads to what cannot be had: {}", page.text);
    let look = maya.get(&redeem_path(dinner)).await;
    assert!(
        look.text.contains("128 points missing.")
            && !look.text.contains("<form method=\"post\" action=\"/p/sola/rewards")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tier_opens_a_reward() {
    let (house, shop, mut maya) = shop().await;
    let mut tiers = Vec::new();
    for (name, threshold) in [("Silver", 1_000), ("Gold", 2_000), ("Oak", 3_000)] {
        let tier = serde_json::from_value(json!({"name": name, "threshold": threshold})).unwrap();
        tiers.push(house.engine.tier_create(&shop, tier, false).await.unwrap().tier.unwrap().id);
    }
    for (name, tiers) in [("Upper", &tiers[1..]), ("Lower", &tiers[..2]), ("Middle", &tiers[1..2])] {
        let terms = json!({"name": name, "kind": "external", "points_cost": 10, "tiers": tiers});
        reward(&house, &shop, terms).await;
    }
    let list = maya.get("/p/sola/rewards").await;
    for text in ["Opens with Gold", "For Silver and Gold", "For Gold"] {
        assert!(list.text.contains(text), "{text}: {}", list.text);
    }
    assert!(!list.text.contains("Ready now"));
    assert!(
        !maya.get("/p/sola").await.text.contains("Rewards on your way"),
        "points alone do not lead there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_redeems_once_however_often_it_is_sent() {
    let (house, shop, mut maya) = shop().await;
    let reward = five_off(&house, &shop, None).await;
    let look = maya.get(&redeem_path(reward)).await;
    in_order(
        &look,
        &["You have", ">72<", "It costs", "−50 points", "You keep", "22 points", "works once, until"],
    );
    let form = format!("once={}", once(&look));
    let (mut same, path) = (Browser::clone_of(&maya), redeem_path(reward));
    let (first, second) = tokio::join!(maya.post(&path, &form), same.post(&path, &form));
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    assert_eq!(first.location(), second.location(), "both lead to the one voucher");
    let third = maya.post(&path, &form).await;
    assert_eq!(first.location(), third.location());
    assert!(maya.get("/p/sola").await.text.contains(">22<"), "taken once");

    let voucher = maya.get(first.location()).await;
    in_order(
        &voucher,
        &["It is yours.", "You have 22 points left.", "$5.00 off a purchase", "QR code of Five off"],
    );
    assert!(
        voucher.text.contains("Ready to use") && voucher.text.contains("30 more days"),
        "{}",
        voucher.text
    );
    let activity = maya.get("/p/sola/activity").await;
    let page = first.location().split('?').next().unwrap();
    in_order(&activity, &[page, "Redeemed: Five off", "−50"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_its_mark_takes_nothing() {
    let (house, shop, mut maya) = shop().await;
    let reward = five_off(&house, &shop, None).await;
    for form in ["", "once=", "once=again"] {
        let refused = maya.post(&redeem_path(reward), form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        in_order(&refused, &["Please check it", "You keep"]);
    }
    assert!(maya.get("/p/sola").await.text.contains(">72<"));
    assert_eq!(maya.get(&redeem_path(RewardId::new(0, [0; 10]))).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_too_late_keeps_the_points() {
    let (house, shop, mut maya) = shop().await;
    house.buy(&shop, "T-2", Some("omar@example.com")).await;
    let mut omar = house.browser();
    omar.sign_in(&house, "sola", "omar@example.com").await;
    let path = redeem_path(five_off(&house, &shop, Some(1)).await);
    let look = maya.get(&path).await;
    redeem(&mut omar, &path).await;
    let late = maya.post(&path, &format!("once={}", once(&look))).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    in_order(&late, &["All gone for now."]);
    assert!(maya.get("/p/sola").await.text.contains(">72<"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_is_given_back_while_it_is_unused() {
    let (house, shop, mut maya) = shop().await;
    house.buy(&shop, "T-2", Some("omar@example.com")).await;
    let mut omar = house.browser();
    omar.sign_in(&house, "sola", "omar@example.com").await;
    let path = redeem_path(five_off(&house, &shop, None).await);
    let (page, id) = redeem(&mut maya, &path).await;
    assert_eq!(omar.get(&page).await.status, StatusCode::NOT_FOUND, "nobody sees somebody else's");
    assert_eq!(omar.post(&page, "").await.status, StatusCode::NOT_FOUND);
    assert!(maya.get(&page).await.text.contains("Give it back for 50 points"));
    for _ in 0..2 {
        let back = maya.post(&page, "").await;
        assert_eq!(back.location(), format!("{page}?done=returned"));
    }
    let over = maya.get(&format!("{page}?done=returned")).await;
    in_order(&over, &["It is given back.", "You have 72 points now.", "Given back"]);
    assert!(!over.text.contains("Give it back"), "{}", over.text);
    in_order(
        &maya.get("/p/sola/activity").await,
        &["Given back: Five off", "+50", "Redeemed: Five off", "−50"],
    );

    let (used, used_id) = redeem(&mut maya, &path).await;
    assert_ne!(id, used_id);
    let list = maya.get("/p/sola/vouchers").await;
    in_order(&list, &["Yours to use", used.as_str(), "Until", ">Earlier<", page.as_str(), "Given back"]);
    let code = house.engine.redemption_get(&shop, used_id).await.unwrap().voucher.unwrap().code.unwrap();
    assert!(list.text.contains(&code));
    house.engine.voucher_use(&shop, &code.parse().unwrap()).await.unwrap();
    let refused = maya.post(&used, "").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    in_order(&refused, &["It was used already", "Used ", code.as_str()]);
    // Between the use and the page it may have become midnight.
    assert!(
        ["Used today", "Used yesterday"].iter().any(|told| refused.text.contains(told)),
        "{}",
        refused.text
    );
    assert!(!refused.text.contains("QR code"), "what is used is not shown to be used again");
    assert!(maya.get("/p/sola").await.text.contains(">22<"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_chooses_how_many_points() {
    let (house, shop, mut maya) = shop().await;
    let choice = json!({"name": "Money off", "kind": "money_off", "value": 100,
        "points_cost": {"step": 10, "min": 20, "max": 100}});
    let reward = reward(&house, &shop, choice).await;
    let page = maya.get(&format!("/p/sola/rewards/{reward}")).await;
    in_order(
        &page,
        &["$1.00 off for each 10 points", "From 20 to 100 points, in steps of 10", r#"min="20" max="70""#],
    );
    for wrong in ["", "?points=25", "?points=10", "?points=110", "?points=many"] {
        let look = maya.get(&format!("{}{wrong}", redeem_path(reward))).await;
        assert!(look.text.contains("Choose") && !look.text.contains("You keep"), "{wrong}: {}", look.text);
    }
    let path = format!("{}?points=60", redeem_path(reward));
    in_order(&maya.get(&path).await, &["$6.00 off a purchase", "−60 points", "12 points"]);
    let (voucher, _) = redeem(&mut maya, &path).await;
    in_order(&maya.get(&voucher).await, &["$6.00 off a purchase", "60 points"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_prepare_shows_how_far_it_is() {
    let (house, shop, mut maya) = shop().await;
    let mug = json!({"name": "Mug", "kind": "external", "points_cost": 50, "limit_per_customer": 1});
    let reward = reward(&house, &shop, mug).await;
    let (page, id) = redeem(&mut maya, &redeem_path(reward)).await;
    let ordered = maya.get(&page).await;
    in_order(
        &ordered,
        &["How far it is", "is-reached", "Redeemed", "is-next", "Being prepared", "Give it back"],
    );
    house.engine.redemption_advance(&shop, id, Stage::Preparing).await.unwrap();
    let prepared = maya.get(&page).await;
    assert!(!prepared.text.contains("Give it back"), "somebody is at work: {}", prepared.text);
    let refused = maya.post(&page, "").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Only the staff can take this back"));
    house.engine.redemption_advance(&shop, id, Stage::Fulfilled).await.unwrap();
    in_order(&maya.get("/p/sola/vouchers").await, &[">Earlier<", "Mug", "You have it"]);
    assert!(maya.get("/p/sola/rewards").await.text.contains("You have had yours"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_the_next_reward_is_on_the_home_page() {
    let (house, shop, mut maya) = shop().await;
    assert!(!maya.get("/p/sola").await.text.contains("Rewards on your way"), "no rewards, no way");
    assert!(maya.get("/p/sola/rewards").await.text.contains("Nothing to choose yet"));
    assert!(maya.get("/p/sola/vouchers").await.text.contains("Nothing yet"));
    for (name, points) in [("Tea", 20), ("Cake", 70), ("Dinner", 172), ("Feast", 500)] {
        reward(&house, &shop, json!({"name": name, "kind": "external", "points_cost": points})).await;
    }
    let gone = json!({"name": "Gone", "kind": "external", "points_cost": 90, "stock": 0});
    reward(&house, &shop, gone).await;
    let home = maya.get("/p/sola").await;
    in_order(
        &home,
        &[
            "100 more for Dinner",
            "You have enough for Cake now.",
            "Tea",
            "Cake",
            "is-next",
            "--fill:1%",
            "172",
            "Feast",
        ],
    );
    assert!(!home.text.contains("Gone"), "points alone do not lead there");
}

//! Friends, the leaderboard and notifications, as a customer meets them.

use crate::support::{Browser, House};
use http::StatusCode;
use perennial_domain::referrals::ReferralState;
use perennial_engine::{Cx, PageRequest};
use serde_json::json;

/// The code of the customer who is signed in, as the link of the page has it.
async fn code_of(browser: &mut Browser) -> String {
    let page = browser.get("/p/sola/invite").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let (_, rest) = page.text.split_once("://shop.test/r/").expect("a link");
    rest.chars().take_while(char::is_ascii_alphanumeric).collect()
}

async fn shop(house: &House) -> Cx {
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    shop
}

#[tokio::test(flavor = "multi_thread")]
async fn a_friend_comes_by_a_link_and_is_listed() {
    let house = House::open("http://shop.test").await;
    let shop = shop(&house).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let code = code_of(&mut maya).await;
    assert_eq!(code_of(&mut maya).await, code, "the code stays");

    let mut omar = house.browser();
    let followed = omar.get(&format!("/r/{}", code.to_lowercase())).await;
    assert_eq!(followed.status, StatusCode::SEE_OTHER);
    let door = followed.location().to_owned();
    assert_eq!(door, format!("/p/sola/sign-in?ref={code}"));
    assert!(omar.get(&door).await.text.contains("A friend invites you"));
    omar.sign_in(&house, "sola", "omar@example.com").await;

    let page = maya.get("/p/sola/invite").await;
    assert!(page.text.contains("A friend") && page.text.contains("no purchase yet"), "{}", page.text);
    assert!(!page.text.contains("omar@example.com"), "an address is nobody else's business");
    let found =
        house.engine.referral_list(&shop, &Default::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(found.data.first().map(|referral| referral.state), Some(ReferralState::Registered));
}

/// Where pages come by https, no cookie is anything that another host of the domain could set, or could be sent.
#[tokio::test(flavor = "multi_thread")]
async fn every_cookie_of_a_site_with_https_is_bound_to_its_host() {
    let house = House::open("https://shop.test").await;
    shop(&house).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let code = code_of(&mut maya).await;
    let mut omar = house.browser();
    let followed = omar.get(&format!("/r/{code}")).await;
    let set = followed.header("set-cookie").to_owned();
    assert!(set.contains("; Secure") && set.contains("; HttpOnly") && set.contains("Path=/"), "{set}");
    assert!(omar.get("/p/sola/sign-in").await.text.contains("A friend invites you"));
    assert_eq!(omar.post("/theme", "theme=dark&return=/p/sola/sign-in").await.status, StatusCode::SEE_OTHER);
    assert!(omar.get("/p/sola/sign-in").await.text.contains("data-theme=\"dark\""));
    omar.sign_in(&house, "sola", "omar@example.com").await;
    for name in omar.cookies.keys() {
        assert!(name.starts_with("__Host-"), "{name} can be set by another host of the domain");
    }
    assert_eq!(omar.cookies.len(), 3, "{:?}", omar.cookies);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_leads_only_where_the_merchant_lets_it() {
    let house = House::open("http://shop.test").await;
    let shop = shop(&house).await;
    let patch = json!({"referrals": {
        "allowed_origins": ["https://shop.example"],
        "targets": [{"name": "Scones", "url": "https://shop.example/scones?size=2"}],
    }});
    house.engine.merchant_update(&shop, serde_json::from_value(patch).unwrap()).await.unwrap();
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let code = code_of(&mut maya).await;

    let mut guest = house.browser();
    let scones = "https%3A%2F%2Fshop.example%2Fscones%3Fsize%3D2";
    let led = guest.get(&format!("/r/{code}?to={scones}")).await;
    assert_eq!(led.location(), format!("https://shop.example/scones?size=2&ref={code}"));
    for elsewhere in ["https%3A%2F%2Fevil.example%2F", "%2F%2Fevil.example", "javascript%3Aalert(1)"] {
        let led = guest.get(&format!("/r/{code}?to={elsewhere}")).await;
        assert_eq!(led.location(), format!("/p/sola/sign-in?ref={code}"), "{elsewhere}");
    }
    assert_eq!(guest.get("/r/AAAAAAAAAA").await.status, StatusCode::NOT_FOUND);
    assert_eq!(guest.get("/r/nonsense!").await.status, StatusCode::NOT_FOUND);

    let chosen = maya.get(&format!("/p/sola/invite?to={scones}")).await;
    assert!(chosen.text.contains(&format!("http://shop.test/r/{code}?to={scones}")), "{}", chosen.text);
    let refused = maya.get("/p/sola/invite?to=https%3A%2F%2Fevil.example%2F").await;
    assert!(refused.text.contains("Links cannot lead to this page"));
    assert!(!refused.text.contains("to=https%3A%2F%2Fevil"), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_a_friend_is_typed_and_a_wrong_one_keeps_nobody_out() {
    let house = House::open("http://shop.test").await;
    let shop = shop(&house).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let code = code_of(&mut maya).await;

    let mut omar = house.browser();
    let door = omar.get("/p/sola/sign-in").await.text;
    assert!(door.contains("A friend’s code") && !door.contains("A friend invites you"), "{door}");
    for wrong in ["nonsense!", "AAAAAAAAAA"] {
        let refused = omar.post("/p/sola/sign-in", &format!("email=omar@example.com&friend={wrong}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        for kept in ["Nobody has this code", "omar@example.com", wrong, "<details open class=\"undo\""] {
            assert!(refused.text.contains(kept), "{kept}: {}", refused.text);
        }
    }
    let typed = format!("{}-{}", &code[..5].to_lowercase(), &code[5..]);
    let sent = omar.post("/p/sola/sign-in", &format!("email=omar@example.com&friend={typed}")).await;
    let next = format!("/p/sola/sign-in?ref={code}");
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, next.as_str()), "{}", sent.text);
    assert!(omar.get(&next).await.text.contains("A friend invites you"));
    // Sent once more, and mistyped in between: the friend is not forgotten.
    assert_eq!(omar.post(&next, "email=omar@example.com").await.location(), next);
    assert_eq!(omar.post(&next, "code=000000").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let number = house.code_for("omar@example.com").await;
    assert_eq!(omar.post(&next, &format!("code={number}")).await.location(), "/p/sola");
    let found =
        house.engine.referral_list(&shop, &Default::default(), &PageRequest::default()).await.unwrap().data;
    let came: Vec<_> = found.iter().map(|referral| (referral.came_by.as_str(), referral.state)).collect();
    assert_eq!(came, [("signup", ReferralState::Registered)]);

    // Somebody who is a customer already comes in all the same, and nobody is made a friend of.
    let mut ada = house.browser();
    house.buy(&shop, "T-1", Some("ada@example.com")).await;
    let sent = ada.post("/p/sola/sign-in", &format!("email=ada@example.com&friend={code}")).await;
    let next = sent.location().to_owned();
    let number = house.code_for("ada@example.com").await;
    assert_eq!(ada.post(&next, &format!("code={number}")).await.location(), "/p/sola");
    let page = PageRequest::default();
    assert_eq!(house.engine.referral_list(&shop, &Default::default(), &page).await.unwrap().data.len(), 1);

    let patch = serde_json::from_value(json!({"referrals": {"enabled": false}})).unwrap();
    house.engine.merchant_update(&shop, patch).await.unwrap();
    assert!(!house.browser().get("/p/sola/sign-in").await.text.contains("A friend’s code"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_referrals_there_is_no_way_to_invite() {
    let house = House::open("http://shop.test").await;
    let shop = shop(&house).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let code = code_of(&mut maya).await;
    let patch = serde_json::from_value(json!({"referrals": {"enabled": false}})).unwrap();
    house.engine.merchant_update(&shop, patch).await.unwrap();
    let page = maya.get("/p/sola/invite").await;
    assert!(page.text.contains("No invitations just now") && !page.text.contains(&code), "{}", page.text);
    assert!(!page.text.contains(">Invite<"), "the tab is gone");
    assert_eq!(house.browser().get(&format!("/r/{code}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_leaderboard_shows_who_wants_to_be_seen() {
    let house = House::open("http://shop.test").await;
    let shop = shop(&house).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    assert_eq!(maya.get("/p/sola/leaderboard").await.status, StatusCode::NOT_FOUND);
    assert!(!maya.get("/p/sola").await.text.contains("Leaderboard"));
    house.engine.leaderboard_set(&shop, true).await.unwrap();

    let page = maya.get("/p/sola/leaderboard?period=week").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("Nobody yet") && page.text.contains("Do not show me here"), "{}", page.text);
    let hidden = maya.post("/p/sola/leaderboard", "hidden=true").await;
    assert_eq!(hidden.location(), "/p/sola/leaderboard");
    let page = maya.get("/p/sola/leaderboard").await;
    assert!(page.text.contains("You are not on it") && page.text.contains("Show me here"), "{}", page.text);
    maya.post("/p/sola/leaderboard", "hidden=false").await;
    assert!(maya.get("/p/sola/leaderboard").await.text.contains("Do not show me here"));
    assert!(maya.get("/p/sola").await.text.contains("Leaderboard"));
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_are_new_until_they_are_looked_at() {
    let house = House::open("http://shop.test").await;
    let shop = shop(&house).await;
    let purchase = house.buy(&shop, "T-1", Some("maya@example.com")).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    // Whatever the program has told so far is read.
    let page = maya.get("/p/sola/notifications").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let home = maya.get("/p/sola").await.text;
    assert!(home.contains("aria-label=\"Notifications\""), "{} {home}", page.text);

    let given = serde_json::from_value(json!({"points": 40, "reason": "Birthday"})).unwrap();
    house.engine.adjustment_create(&shop, purchase.customer_id.unwrap(), given).await.unwrap();
    assert!(maya.get("/p/sola").await.text.contains("aria-label=\"Notifications, 1 new\""));
    let page = maya.get("/p/sola/notifications").await;
    assert!(page.text.contains("You were given 40 points") && page.text.contains("New"), "{}", page.text);
    assert!(maya.get("/p/sola").await.text.contains("aria-label=\"Notifications\""));
}

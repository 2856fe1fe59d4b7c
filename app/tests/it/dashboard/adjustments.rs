//! Points that staff give and take by hand.

use crate::support::desk::{colleague, opened, signed_in};
use crate::support::form::{form, once};
use http::StatusCode;
use perennial_domain::access::Role;

/// Points are given in two steps: what it would do, then the deed, which happens once however often it is sent.
#[tokio::test(flavor = "multi_thread")]
async fn points_are_adjusted_after_a_look_and_only_once() {
    let (house, cx, mut browser) = opened("sola").await;
    let ada = serde_json::from_value(serde_json::json!({"email": "ada@example.com"})).unwrap();
    let ada = house.engine.customer_create(&cx, ada).await.unwrap().customer.id;
    let (customer, path) =
        (format!("/dashboard/customers/{ada}"), format!("/dashboard/customers/{ada}/adjust"));
    assert!(browser.get(&customer).await.text.contains(&path), "the page of the customer leads there");
    let token = once(&browser.get(&path).await);
    let sent = |step: &'static str, points: &'static str, reason: &'static str| {
        form(&[
            ("do", step),
            ("once", &token),
            ("points", points),
            ("reason", reason),
            ("preview.after", "9"),
        ])
    };
    let balance = async || house.engine.customer_get(&cx, ada).await.unwrap().points;

    let wrong = browser.post(&path, &sent("preview", "some", "")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Type a whole number") && !wrong.text.contains("This is what it does"));
    let look = browser.post(&path, &sent("preview", "1,500", "The card was not scanned")).await;
    assert_eq!(look.status, StatusCode::OK, "{}", look.text);
    assert!(look.text.contains("+1,500 points: 0 before, 1,500 after."), "{}", look.text);
    assert!(look.text.contains("The card was not scanned"), "what was typed stays");
    assert_eq!(balance().await, 0, "a look changes nothing");

    for _ in 0..2 {
        let made = browser.post(&path, &sent("adjust", "1,500", "The card was not scanned")).await;
        assert_eq!(made.location(), format!("{customer}?done=points-adjusted"), "{}", made.text);
    }
    assert_eq!(balance().await, 1_500);
    let too_much = browser.post(&path, &sent("preview", "-1,501", "Too much")).await;
    assert_eq!(too_much.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(too_much.text.contains("1501 are needed"), "{}", too_much.text);
    let lots = browser.get(&format!("{customer}?tab=lots")).await;
    for words in ["The card was not scanned", "Points never expire", "For ever", "1,500"] {
        assert!(lots.text.contains(words), "{words}: {}", lots.text);
    }
    let timeline = browser.get(&customer).await.text;
    let (_, said) = timeline.split_once(">Adjustment<").expect("the timeline says it in a word");
    assert!(said.contains("class=\"timeline__why breaks\">The card was not scanned"), "and why: {said}");
    let mut ada = house.browser();
    ada.sign_in(&house, "sola", "ada@example.com").await;
    let activity = ada.get("/p/sola/activity").await.text;
    assert!(activity.contains("Corrected by the staff"), "{activity}");
    assert!(!activity.contains("The card was not scanned"), "what colleagues wrote is theirs");

    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    assert!(!analyst.get(&customer).await.text.contains(&path));
    assert_eq!(analyst.post(&path, &sent("adjust", "5", "No")).await.status, StatusCode::FORBIDDEN);
    house.merchant("hops").await;
    let mut other = signed_in(&house, "owner@hops.example").await;
    assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.post(&path, &sent("adjust", "5", "No")).await.status, StatusCode::NOT_FOUND);
}

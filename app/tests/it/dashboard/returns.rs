//! Returning a purchase.

use crate::support::desk::{colleague, opened};
use crate::support::form::{form, hidden, once};
use http::StatusCode;
use perennial_domain::access::Role;

/// A purchase comes back in two steps: what it would take back, then the deed, which happens once however often it is
/// sent. Whoever may not post purchases may not return them.
#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_is_returned_after_a_look_and_only_once() {
    let (house, cx, mut browser) = opened("sola").await;
    house.open_shop(&cx).await;
    let bought = house.buy(&cx, "t-1", Some("ada@example.com")).await;
    let earned = bought.points_earned.get();
    assert!(earned > 0 && bought.amount.get() > 100);
    // Everything before the ladder counts at once.
    let by_year = serde_json::json!({"tiers": {"window": {"kind": "calendar_year"}}});
    house.engine.merchant_update(&cx, serde_json::from_value(by_year).unwrap()).await.unwrap();
    for (name, threshold) in [("Guest", 1), ("Regular", earned)] {
        let tier = serde_json::json!({"name": name, "threshold": threshold});
        house.engine.tier_create(&cx, serde_json::from_value(tier).unwrap(), false).await.unwrap();
    }
    let (purchase, path) =
        (format!("/dashboard/purchases/{}", bought.id), format!("/dashboard/purchases/{}/return", bought.id));
    assert!(browser.get(&purchase).await.text.contains(&path), "the page of the purchase leads there");
    let token = once(&browser.get(&path).await);
    let sent = |step: &'static str, field: &'static str, value: &'static str| {
        form(&[("do", step), ("once", &token), (field, value), ("preview.after", "9")])
    };
    let customer = bought.customer_id.unwrap();
    let balance = async || house.engine.customer_get(&cx, customer).await.unwrap().points;

    for (field, value, told) in [
        ("units.0", "some", "Type a whole number"),
        ("amount", "1.234", "decimal places"),
        ("amount", "999999", "is left"),
        ("return_id", "r-1", "Say what comes back"),
    ] {
        let wrong = browser.post(&path, &sent("preview", field, value)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", wrong.text);
        assert!(wrong.text.contains(told) && !wrong.text.contains("This is what it does"), "{}", wrong.text);
    }
    let look = browser.post(&path, &sent("preview", "everything", "yes")).await;
    assert_eq!(look.status, StatusCode::OK, "{}", look.text);
    assert!(look.text.contains(&format!("{earned} before, 0 after.")), "{}", look.text);
    for (what, value) in [("Tier", "Regular"), ("Missing by", "then ")] {
        let said = look.text.split_once("What changes").and_then(|(_, rest)| rest.split_once(what));
        assert!(said.is_some_and(|(_, rest)| rest.contains(value)), "{what}: {}", look.text);
    }
    assert_eq!(balance().await, earned, "a look changes nothing");

    // What nobody has looked at is shown first, whether nothing was looked at or something else.
    let seen = hidden(&look, "looked_at").to_owned();
    let book = |seen: &str, field: &str, value: &str| {
        form(&[("do", "return"), ("once", &token), ("looked_at", seen), (field, value)])
    };
    let unseen = browser.post(&path, &book("", "everything", "yes")).await;
    assert_eq!(unseen.status, StatusCode::OK);
    assert!(unseen.text.contains("This is what it does.") && hidden(&unseen, "looked_at") == seen);
    let other = browser.post(&path, &book(&seen, "amount", "1.00")).await;
    assert_eq!(other.status, StatusCode::OK);
    assert!(other.text.contains("The fields have changed since the last look."), "{}", other.text);
    assert!(hidden(&other, "looked_at") != seen);
    let numbered = form(&[
        ("do", "return"),
        ("once", &token),
        ("looked_at", &seen),
        ("everything", "yes"),
        ("return_id", "another"),
    ]);
    assert!(
        browser.post(&path, &numbered).await.text.contains("The fields have changed since the last look.")
    );
    let wrong = browser.post(&path, &book(&seen, "amount", "999999")).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && !wrong.text.contains("name=\"looked_at\""));
    assert_eq!(balance().await, earned, "nothing of this was booked");

    for _ in 0..2 {
        let made = browser.post(&path, &book(&seen, "everything", "yes")).await;
        assert_eq!(made.location(), format!("{purchase}?done=returned"), "{}", made.text);
    }
    assert_eq!(balance().await, 0);
    let detail = browser.get(&purchase).await;
    assert!(detail.text.contains("What was returned, oldest first") && !detail.text.contains(&path));
    assert!(browser.get(&path).await.text.contains("Nothing is left of purchase"));
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    assert_eq!(analyst.post(&path, &sent("return", "everything", "yes")).await.status, StatusCode::FORBIDDEN);
}

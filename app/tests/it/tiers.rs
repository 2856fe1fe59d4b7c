//! Tiers on both sides, as a browser without scripts sees them: the ladder in the dashboard, the customer's own in the
//! portal.

use crate::support::desk::{self, colleague};
use crate::support::form::hidden;
use crate::support::{Browser, House, Page};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_engine::Cx;

/// A shop that gives four points a dollar, with its owner signed in.
async fn opened() -> (House, Cx, Browser) {
    let (house, cx, owner) = desk::opened("sola").await;
    house.open_shop(&cx).await;
    (house, cx, owner)
}

/// Makes a tier with the form, after the look at who would move.
async fn tier(owner: &mut Browser, form: &str) {
    let look = owner.post("/dashboard/tiers/new", &format!("{form}&do=preview")).await;
    assert_eq!(look.status, StatusCode::OK, "{}", look.text);
    assert!(look.text.contains("What saving would change"), "{}", look.text);
    let looked_at = hidden(&look, "looked_at");
    let answer = owner.post("/dashboard/tiers/new", &format!("{form}&do=save&looked_at={looked_at}")).await;
    assert_eq!(answer.location(), "/dashboard/tiers?done=tier-added", "{}", answer.text);
}

/// The address of a tier, from the ladder.
async fn address(owner: &mut Browser, name: &str) -> String {
    let ladder = owner.get("/dashboard/tiers").await.text;
    let link = ladder
        .split("href=\"/dashboard/tiers/")
        .skip(1)
        .find(|link| link.split("</a>").next().is_some_and(|link| link.contains(name)))
        .unwrap_or_else(|| panic!("{name} is not in {ladder}"));
    format!("/dashboard/tiers/{}", link.split('"').next().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ladder_is_built_after_a_look_at_who_moves() {
    let (house, cx, mut owner) = opened().await;
    assert!(owner.get("/dashboard/tiers").await.text.contains("No tiers yet"));
    // 72 points each, long before there is a ladder.
    house.buy(&cx, "1", Some("ada@example.com")).await;
    house.buy(&cx, "2", Some("ben@example.com")).await;
    house.buy(&cx, "3", Some("ben@example.com")).await;

    tier(&mut owner, "name=Guest&threshold=0").await;
    let look = owner.post("/dashboard/tiers/new", "name=Regular&threshold=70&do=preview").await;
    assert!(look.text.contains("Save and move 2"), "{}", look.text);
    assert!(look.text.contains("72 points") && look.text.contains("144 points"), "{}", look.text);
    assert_eq!(
        owner.get("/dashboard/tiers").await.text.matches("class=\"tier\"").count(),
        1,
        "nothing happened"
    );
    tier(&mut owner, "name=Regular&threshold=70&multiplier=1.5&discount=5&benefits=Birthday+pint").await;
    tier(&mut owner, "name=Gold&threshold=140").await;

    let ladder = owner.get("/dashboard/tiers").await.text;
    for told in ["for everybody", "from 70 points, 50%", "from 140 points, 50%", "5% off", "Birthday pint"] {
        assert!(ladder.contains(told), "{told} in {ladder}");
    }
    assert!(ladder.contains("Customers climb by the points they earned in the last 12 months, at once."));

    // What is wrong stays in the form, by field.
    for (form, wrong) in [
        ("name=Regular&threshold=500", "Another tier has this name"),
        ("name=Other&threshold=140", "Another tier begins there"),
        ("name=Other&threshold=much", "Type a whole number"),
        ("name=&threshold=5", "name"),
        ("name=Other&threshold=5&discount=lots", "Type a number, such as"),
    ] {
        let refused = owner.post("/dashboard/tiers/new", &format!("{form}&do=save")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(refused.text.contains(wrong), "{form}: {}", refused.text);
    }

    // A preview is the engine's word, never the form's.
    let gold = address(&mut owner, "Gold").await;
    let forged = owner.post(&gold, "name=Gold&threshold=140&preview.moves=%5B%5D&do=preview").await;
    assert!(forged.text.contains("Nobody would move."), "{}", forged.text);

    let fall = owner.post(&gold, "do=preview-delete").await;
    assert!(fall.text.contains("What deleting would change"), "{}", fall.text);
    assert!(fall.text.contains("Delete and move 1") && fall.text.contains("value=\"Gold\""), "{}", fall.text);
    assert_eq!(owner.post(&gold, "do=delete").await.location(), "/dashboard/tiers?done=tier-deleted");
    assert!(owner.get("/dashboard/tiers").await.text.contains("from 70 points, 100%"));
    assert_eq!(owner.get(&gold).await.status, StatusCode::NOT_FOUND);
}

/// Changes how customers move, after the look at who would.
async fn look_and_save(owner: &mut Browser, form: &str) -> Page {
    let look = owner.post("/dashboard/tiers", &format!("{form}&do=preview")).await;
    assert_eq!(look.status, StatusCode::OK, "{}", look.text);
    assert!(look.text.contains("What saving would change"), "{}", look.text);
    let looked_at = hidden(&look, "looked_at");
    owner.post("/dashboard/tiers", &format!("{form}&do=save&looked_at={looked_at}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tier_is_saved_only_as_it_was_looked_at() {
    let (house, cx, mut owner) = opened().await;
    house.buy(&cx, "1", Some("ada@example.com")).await;
    let new = "/dashboard/tiers/new";
    // Whoever has not looked is shown it first.
    let look = owner.post(new, "name=Regular&threshold=500&do=save").await;
    assert_eq!(look.status, StatusCode::OK, "{}", look.text);
    assert!(look.text.contains("Nobody would move.") && !look.text.contains("since the last look"));
    let looked_at = hidden(&look, "looked_at").to_owned();
    // Another threshold moves somebody whom nobody was told of.
    let changed = owner.post(new, &format!("name=Regular&threshold=70&do=save&looked_at={looked_at}")).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert!(changed.text.contains("since the last look"), "{}", changed.text);
    assert!(changed.text.contains("Save and move 1"), "{}", changed.text);
    assert!(owner.get("/dashboard/tiers").await.text.contains("No tiers yet"));
    let looked_at = hidden(&changed, "looked_at").to_owned();
    let saved = owner.post(new, &format!("name=Regular&threshold=70&do=save&looked_at={looked_at}")).await;
    assert_eq!(saved.location(), "/dashboard/tiers?done=tier-added", "{}", saved.text);

    // So it is with a tier that there is: what was looked at of another one does not count.
    let regular = address(&mut owner, "Regular").await;
    let other =
        owner.post(&regular, &format!("name=Regular&threshold=70&do=save&looked_at={looked_at}")).await;
    assert!(other.text.contains("since the last look"), "{}", other.text);
    let look = owner.post(&regular, "name=Regular&threshold=500&do=preview").await;
    assert!(look.text.contains("Save and move 1"), "{}", look.text);
    let looked_at = hidden(&look, "looked_at").to_owned();
    let changed =
        owner.post(&regular, &format!("name=Other&threshold=500&do=save&looked_at={looked_at}")).await;
    assert!(changed.text.contains("since the last look"), "{}", changed.text);
    assert!(owner.get("/dashboard/tiers").await.text.contains("from 70 points"));
    let saved =
        owner.post(&regular, &format!("name=Regular&threshold=500&do=save&looked_at={looked_at}")).await;
    assert_eq!(saved.location(), "/dashboard/tiers?done=tiers-saved", "{}", saved.text);
}

/// Thresholds keep their numbers: by another basis they are something else.
#[tokio::test(flavor = "multi_thread")]
async fn who_would_move_by_another_policy_is_seen_before_it_is_saved() {
    let (house, cx, mut owner) = opened().await;
    // 72 points for eighteen dollars.
    house.buy(&cx, "1", Some("ada@example.com")).await;
    tier(&mut owner, "name=Guest&threshold=0").await;
    tier(&mut owner, "name=Gold&threshold=500").await;
    let rest = "window=rolling_months&months=12&demotion=one_step&grace_days=0";
    let spend = format!("basis=spend&{rest}");
    for unseen in ["preview", "save"] {
        let look = owner.post("/dashboard/tiers", &format!("{spend}&do={unseen}")).await;
        assert_eq!(look.status, StatusCode::OK, "{}", look.text);
        for told in ["Save and move 1", "Thresholds keep their numbers: Gold from $5.00.", "Look again"] {
            assert!(look.text.contains(told), "{told} in {}", look.text);
        }
        let ladder = owner.get("/dashboard/tiers").await.text;
        assert!(ladder.contains("by the points they earned"), "nothing has happened: {ladder}");
    }
    // What was looked at is another policy.
    let look = owner.post("/dashboard/tiers", &format!("{spend}&do=preview")).await;
    let looked_at = hidden(&look, "looked_at").to_owned();
    let other = format!("basis=purchases&{rest}&do=save&looked_at={looked_at}");
    let other = owner.post("/dashboard/tiers", &other).await;
    assert!(other.text.contains("since the last look"), "{}", other.text);
    assert!(other.text.contains("Nobody would move now."), "{}", other.text);

    let saved = look_and_save(&mut owner, &spend).await;
    assert_eq!(saved.location(), "/dashboard/tiers?done=tiers-saved", "{}", saved.text);
    house.engine.jobs_run().await.unwrap();
    assert!(owner.get("/dashboard/tiers").await.text.contains("from $5.00, 100%"));
}

#[tokio::test(flavor = "multi_thread")]
async fn how_customers_move_is_chosen() {
    let (_house, _cx, mut owner) = opened().await;
    tier(&mut owner, "name=Guest&threshold=0").await;
    let refused = owner
        .post(
            "/dashboard/tiers",
            "basis=spend&window=rolling_months&months=99&demotion=straight&grace_days=5",
        )
        .await;
    assert!(refused.text.contains("Must be between 1 and 60"), "{}", refused.text);
    let form = "basis=spend&window=calendar_year&months=&demotion=straight&grace_days=5";
    let saved = look_and_save(&mut owner, form).await;
    assert_eq!(saved.location(), "/dashboard/tiers?done=tiers-saved", "{}", saved.text);
    let ladder = owner.get("/dashboard/tiers").await.text;
    let rules = "by what they spent in the calendar year, at once. They fall only at the end of the period, straight to where they belong, after 5 days of grace.";
    assert!(ladder.contains(rules), "{ladder}");
    // Thresholds are money now.
    tier(&mut owner, "name=Gold&threshold=1%2C200.50").await;
    assert!(owner.get("/dashboard/tiers").await.text.contains("from $1,200.50"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_moved_by_hand_and_sees_it() {
    let (house, cx, mut owner) = opened().await;
    for form in [
        "name=Guest&threshold=0",
        "name=Regular&threshold=100&benefits=Birthday+pint",
        "name=Gold&threshold=500",
    ] {
        tier(&mut owner, form).await;
    }
    let bought = house.buy(&cx, "1", Some("ada@example.com")).await;
    let customer = format!("/dashboard/customers/{}", bought.customer_id.unwrap());
    let here = format!("{customer}/tier");
    house.engine.jobs_run().await.unwrap();
    let page = owner.get(&here).await.text;
    assert!(page.contains("28 points more, at 100 points"), "{page}");
    let glance = owner.get(&customer).await.text;
    assert!(
        glance.contains(&format!("href=\"{here}\"")) && glance.contains("28 points more for Regular"),
        "{glance}"
    );
    let home = owner.get("/dashboard").await.text;
    assert!(home.contains("Customers by tier"), "{home}");

    assert_eq!(owner.post(&here, "do=demote").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(owner.post(&here, "do=promote").await.location(), format!("{here}?done=tier-promoted"));
    assert!(owner.post(&here, "do=pin").await.text.contains("Say until which day"));
    let past = owner.post(&here, "do=pin&until=2001-01-01").await;
    assert!(past.text.contains("This day is over"), "{}", past.text);
    for step in ["promote", "demote", "pin"] {
        let far = owner.post(&here, &format!("do={step}&until=9999-12-31")).await;
        assert_eq!(far.status, StatusCode::UNPROCESSABLE_ENTITY, "{step}");
        assert!(far.text.contains("Must be at most 100 years away"), "{step}: {}", far.text);
    }
    assert_eq!(
        owner.post(&here, "do=pin&until=2099-12-31").await.location(),
        format!("{here}?done=tier-pinned")
    );
    let page = owner.get(&here).await.text;
    assert!(page.contains("<h2>Regular<") && page.contains("Let go"), "{page}");
    assert!(page.contains("<s>Guest<") && page.contains("<b>Regular<"), "{page}");

    let mut ada = house.browser();
    ada.sign_in(&house, "sola", "ada@example.com").await;
    let home = ada.get("/p/sola").await.text;
    assert!(home.contains("aria-label=\"Your tier\"") && home.contains("Regular"), "{home}");
    let tiers = ada.get("/p/sola/tiers").await.text;
    for told in ["All tiers", "Birthday pint", "Yours until ", "Dec 31, 2099", "from 500 points"] {
        assert!(tiers.contains(told), "{told} in {tiers}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_change_the_ladder_only_reads_it() {
    let (house, cx, mut owner) = opened().await;
    tier(&mut owner, "name=Guest&threshold=0").await;
    let path = address(&mut owner, "Guest").await;
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    let ladder = analyst.get("/dashboard/tiers").await.text;
    assert!(
        ladder.contains("Guest") && !ladder.contains("New tier") && !ladder.contains("See who would move"),
        "{ladder}"
    );
    for (path, form) in [
        (path.as_str(), "do=delete"),
        ("/dashboard/tiers/new", "name=Mine&threshold=1&do=save"),
        ("/dashboard/tiers", "basis=spend&window=ever&demotion=straight&grace_days=0"),
    ] {
        assert_eq!(analyst.post(path, form).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

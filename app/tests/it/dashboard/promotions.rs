//! The editor of promotions: writing, publishing, trying.

use crate::support::desk::{base_earn, opened, retailer};
use crate::support::form::{form, once};
use http::StatusCode;
use perennial_domain::settings::MerchantPatch;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_is_written_published_changed_and_explained_by_its_versions() {
    let (_house, _, mut browser) = opened("sola").await;
    let blank = browser.get("/dashboard/promotions/new").await;
    let token = once(&blank);
    let saved = browser.post("/dashboard/promotions/new", &form(&base_earn(&token, "save"))).await;
    let place = saved.location().to_owned();
    let place = place.strip_suffix("?done=draft-saved").expect("a draft was saved").to_owned();
    let twice = browser.post("/dashboard/promotions/new", &form(&base_earn(&token, "save"))).await;
    assert!(twice.location().starts_with(&place), "the same form again makes no second promotion");

    let draft = browser.get(&place).await;
    assert!(draft.text.contains("Version 1 draft") && draft.text.contains("4 points per $1 on everything."));
    let published = browser.post(&place, &form(&base_earn(&once(&draft), "publish"))).await;
    assert_eq!(published.location(), format!("{place}?done=published"));
    let running = browser.get(&place).await;
    assert!(running.text.contains("Version 1 running"));

    let mut edit = base_earn("another", "publish");
    edit.retain(|(name, _)| *name != "effect_value");
    edit.extend([("effect_value", "5"), ("include.0", "tag:draft")]);
    assert_eq!(browser.post(&place, &form(&edit)).await.location(), format!("{place}?done=published"));
    let changed = browser.get(&place).await;
    for told in ["Version 2 running", "4 points per $1", "5 points per $1", "everything", "tag:draft"] {
        assert!(changed.text.contains(told), "{told}");
    }

    assert!(!changed.text.contains("Discard draft"), "there is none");
    let mut edit = base_earn("a third", "save");
    edit.retain(|(name, _)| *name != "effect_value");
    edit.push(("effect_value", "9"));
    assert_eq!(browser.post(&place, &form(&edit)).await.location(), format!("{place}?done=draft-saved"));
    let drafted = browser.get(&place).await;
    assert!(drafted.text.contains("Version 3 draft") && drafted.text.contains("Discard draft"));
    let discarded = browser.post(&place, &form(&[("do", "discard")])).await;
    assert_eq!(discarded.location(), format!("{place}?done=draft-discarded"));
    let left = browser.get(&place).await;
    assert!(
        left.text.contains("Version 2 running") && !left.text.contains("Version 3 draft"),
        "{}",
        left.text
    );

    for (verb, word, state) in [
        ("pause", "paused", "Paused"),
        ("resume", "resumed", "Running"),
        ("end", "ended", "Ended"),
        ("archive", "archived", "Archived"),
    ] {
        let step = browser.post(&place, &form(&[("do", verb)])).await;
        assert_eq!(step.location(), format!("{place}?done={word}"), "{}", step.text);
        let list = browser.get(&format!("/dashboard/promotions?state={}", state.to_lowercase())).await;
        assert!(list.text.contains("Base earn"), "{state}");
    }
    assert!(
        !browser.get("/dashboard/promotions").await.text.contains(">Base earn<"),
        "archived ones are put away"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_that_cannot_stand_says_so_at_each_word() {
    let (_house, _, mut browser) = opened("sola").await;
    let sent = form(&[
        ("do", "publish"),
        ("name", "Happy hour"),
        ("effect", "multiplier"),
        ("effect_value", "lots"),
        ("include.0", "tag:draft"),
        ("minimum", "1.234"),
        ("starts_at", "2026-04-02T17:00"),
        ("ends_at", "2026-04-01T17:00"),
        ("retailer.0", "nowhere"),
    ]);
    let answer = browser.post("/dashboard/promotions/new", &sent).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in [
        "value=\"Happy hour\"",
        "value=\"lots\"",
        "value=\"tag:draft\"",
        "value=\"1.234\"",
        "value=\"nowhere\"",
    ] {
        assert!(answer.text.contains(kept), "{kept}");
    }
    assert!(answer.text.contains("The end must be after the beginning"));
    assert!(answer.text.contains("USD has 2 decimal places"));
    assert!(answer.text.contains("No open retailer has the code"));
}

/// Where the merchant carries over, a basket that is tried says what each line leaves for the next.
#[tokio::test(flavor = "multi_thread")]
async fn a_basket_that_is_tried_tells_what_is_carried_over() {
    let (house, cx, mut browser) = opened("sola").await;
    let settings = MerchantPatch { carry_over: Some(true), ..MerchantPatch::default() };
    house.engine.merchant_update(&cx, settings).await.unwrap();
    retailer(&mut browser, "riverside").await;
    let mut fields = base_earn("x", "try");
    fields.extend([
        ("try.store", "riverside"),
        ("try.when", "2026-05-14T17:42"),
        ("try.amount.0", "0.35"),
        ("try.amount.1", "0.20"),
    ]);
    let tried = browser.post("/dashboard/promotions/new", &form(&fields)).await;
    assert!(tried.text.contains("2 points"), "1.4 and 0.8 with 0.4 of before: {}", tried.text);
    for told in ["0.4 carried on", "0.4 carried from before, 0.2 carried on"] {
        assert!(tried.text.contains(told), "{told}: {}", tried.text);
    }
    assert!(!tried.text.contains("rounded down"), "nothing is lost: {}", tried.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_basket_is_tried_without_scripts() {
    let (_house, _, mut browser) = opened("sola").await;
    retailer(&mut browser, "riverside").await;
    let mut fields = base_earn("x", "try");
    fields.extend([
        ("try.store", "riverside"),
        ("try.when", "2026-05-14T17:42"),
        ("try.amount.0", "20.00"),
        ("try.amount.1", "0.30"),
    ]);
    let tried = browser.post("/dashboard/promotions/new", &form(&fields)).await;
    assert_eq!(tried.status, StatusCode::OK);
    assert!(tried.text.contains("81 points"), "80 for $20.00, 1 for $0.30 rounded down");
    assert!(tried.text.contains("1.2 rounded down"));
    let list = browser.get("/dashboard/promotions").await;
    assert!(list.text.contains("Nothing earns points yet"), "trying saves nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_begins_as_the_other_one_without_its_dates() {
    let (_house, _, mut browser) = opened("sola").await;
    let token = once(&browser.get("/dashboard/promotions/new").await);
    let mut fields = base_earn(&token, "save");
    fields.extend([("include.0", "tag:draft"), ("ends_at", "2099-05-01T00:00")]);
    let saved = browser.post("/dashboard/promotions/new", &form(&fields)).await;
    let place = saved.location().strip_suffix("?done=draft-saved").expect("a draft was saved").to_owned();
    let copy = place.replace("/promotions/", "/promotions/new?like=");
    let page = browser.get(&place).await;
    assert!(page.text.contains(&format!("\"{copy}\"")) && page.text.contains("2099-05-01"), "{}", page.text);

    let blank = browser.get(&copy).await;
    assert!(
        blank.text.contains("\"Copy of Base earn\"") && blank.text.contains("tag:draft"),
        "{}",
        blank.text
    );
    assert!(!blank.text.contains("2099-05-01"), "{}", blank.text);
    let token = once(&blank);
    let mut fields = base_earn(&token, "save");
    fields.retain(|(name, _)| *name != "name");
    fields.push(("name", "Copy of Base earn"));
    let second = browser.post("/dashboard/promotions/new", &form(&fields)).await;
    assert!(!second.location().starts_with(&place), "a promotion of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_shows_how_far_it_is_given_and_is_told_when_it_is_nearly_gone() {
    let (house, cx, mut browser) = opened("sola").await;
    house.open_shop(&cx).await;
    let terms = json!({"name": "Eighty", "flat_points": 80, "budget": {"points": 100}});
    let eighty = house.engine.promotion_create(&cx, serde_json::from_value(terms).unwrap()).await.unwrap().id;
    house.engine.promotion_publish(&cx, eighty, None).await.unwrap();
    let list = browser.get("/dashboard/promotions").await;
    assert!(list.text.contains(">0%<") && list.text.contains("No limit"), "{}", list.text);

    house.buy(&cx, "T-1", Some("maya@example.com")).await;
    let list = browser.get("/dashboard/promotions").await;
    assert!(list.text.contains(">80%<") && list.text.contains("of 100"), "{}", list.text);
    let home = browser.get("/dashboard").await;
    let told = ["Eighty: 80% of its budget", "80 of 100 points are given."];
    assert!(told.iter().all(|told| home.text.contains(told)), "{}", home.text);
    assert!(home.text.contains(&format!("\"/dashboard/promotions/{eighty}\"")), "{}", home.text);
}

//! Two people at the same form: what one has changed, the other does not undo unseen.

use crate::support::desk::{base_earn, colleague, opened};
use crate::support::form::{form, hidden, once};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_domain::ids::{OfferId, PromotionId, TierId};
use perennial_domain::tiers::TierInput;
use serde_json::json;

/// The fields of a promotion of so many points a dollar, by somebody whose page had these marks.
fn promotion(once: &str, seen: &str, name: &str, rate: &str, verb: &str) -> String {
    form(&[
        ("once", once),
        ("seen", seen),
        ("do", verb),
        ("name", name),
        ("effect", "rate"),
        ("effect_value", rate),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_that_a_colleague_changed_meanwhile_comes_back_with_what_was_typed() {
    let (house, cx, mut browser) = opened("sola").await;
    let mut rita = colleague(&house, &cx, Role::Manager).await;
    let token = once(&browser.get("/dashboard/promotions/new").await);
    let saved = browser.post("/dashboard/promotions/new", &form(&base_earn(&token, "save"))).await;
    let place = saved.location().strip_suffix("?done=draft-saved").expect("a draft").to_owned();
    let id: PromotionId = place.rsplit('/').next().unwrap().parse().unwrap();
    let stored = async || {
        let view = house.engine.promotion_get(&cx, id).await.unwrap();
        (view.terms.name.to_string(), view.version, serde_json::to_value(&view.terms).unwrap())
    };

    let mine = browser.get(&place).await;
    let (token, seen) = (once(&mine), hidden(&mine, "seen").to_owned());
    assert!(!seen.is_empty(), "the form says what it has shown");
    let hers = rita.get(&place).await;
    let sent = promotion(&once(&hers), hidden(&hers, "seen"), "Base earn", "5", "save");
    assert_eq!(rita.post(&place, &sent).await.location(), format!("{place}?done=draft-saved"));

    // For another reason first: what is wrong is told, and what was seen stays what it was.
    let wrong = browser.post(&place, &promotion(&token, &seen, "Base earn", "lots", "save")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(hidden(&wrong, "seen"), seen);

    for verb in ["save", "publish"] {
        let late = browser.post(&place, &promotion(&token, &seen, "Earn everywhere", "4", verb)).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "{verb}");
        for told in ["Rita has changed this meanwhile", "See what it says now", "value=\"Earn everywhere\""] {
            assert!(late.text.contains(told), "{told} in {}", late.text);
        }
        let (name, version, terms) = stored().await;
        assert_eq!((name.as_str(), version, &terms["award_rate"]), ("Base earn", 1, &json!("5")));
    }

    // Whoever has been told and sends it again means it.
    let late = browser.post(&place, &promotion(&token, &seen, "Earn everywhere", "4", "save")).await;
    let again = promotion(&once(&late), hidden(&late, "seen"), "Earn everywhere", "4", "save");
    assert_eq!(browser.post(&place, &again).await.location(), format!("{place}?done=draft-saved"));
    assert_eq!(stored().await.0, "Earn everywhere");
    let page = browser.get(&place).await;
    assert!(!page.text.contains("See what it says now"), "only after a refusal");
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_and_tiers_are_not_undone_unseen_either() {
    let (house, cx, mut browser) = opened("sola").await;
    let mut rita = colleague(&house, &cx, Role::Manager).await;
    let offer = json!({"name": "Beer days", "percentage": "0.1"});
    let offer: OfferId =
        house.engine.cashback_offer_create(&cx, serde_json::from_value(offer).unwrap()).await.unwrap().id;
    let place = format!("/dashboard/cashback/{offer}");
    let seen = hidden(&browser.get(&place).await, "seen").to_owned();
    assert_eq!(rita.post(&place, "do=pause").await.location(), format!("{place}?done=offer-paused"));
    let typed =
        |seen: &str| format!("seen={seen}&do=save&name=Beer+weeks&percentage=10&active=on&valid_days=30");
    let late = browser.post(&place, &typed(&seen)).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text.contains("Rita has changed this meanwhile") && late.text.contains("Beer weeks"));
    let stored = house.engine.cashback_offer_get(&cx, offer).await.unwrap().terms;
    assert_eq!((stored.name.as_str(), stored.active), ("Beer days", false));
    let again = browser.post(&place, &typed(hidden(&late, "seen"))).await;
    assert_eq!(again.location(), format!("{place}?done=offer-saved"));
    // The same form a second time finds its own terms.
    let twice = browser.post(&place, &typed(hidden(&late, "seen"))).await;
    assert_eq!(twice.location(), format!("{place}?done=offer-saved"));

    let gold = TierInput { name: "Gold".to_owned(), threshold: Some(500), ..TierInput::default() };
    let gold: TierId = house.engine.tier_create(&cx, gold, false).await.unwrap().tier.unwrap().id;
    let place = format!("/dashboard/tiers/{gold}");
    let seen = hidden(&browser.get(&place).await, "seen").to_owned();
    let hers = format!("seen={seen}&name=Gold&threshold=500&multiplier=2");
    let look = rita.post(&place, &format!("{hers}&do=preview")).await;
    assert_eq!(hidden(&look, "seen"), seen, "what it is based on stays what it was");
    let looked_at = hidden(&look, "looked_at");
    let saved = rita.post(&place, &format!("{hers}&looked_at={looked_at}&do=save")).await;
    assert_eq!(saved.location(), "/dashboard/tiers?done=tiers-saved", "{}", saved.text);
    for verb in ["preview", "save"] {
        let mine = format!("seen={seen}&name=Golden&threshold=500&do={verb}");
        let late = browser.post(&place, &mine).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "{verb}");
        assert!(late.text.contains("Rita has changed this meanwhile") && late.text.contains("Golden"));
    }
    let stored = house.engine.tier_get(&cx, gold).await.unwrap().terms;
    assert_eq!((stored.name.as_str(), stored.multiplier.as_deref()), ("Gold", Some("2")));
}

//! What a module gave up.

use crate::support::desk::{colleague, opened, signed_in};
use crate::support::form::form;
use http::StatusCode;
use perennial_domain::access::Role;

/// What a module gave up is tried again or discarded, by whoever may and for no other merchant.
#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_tried_again_or_discarded() {
    let (house, cx, mut browser) = opened("sola").await;
    let bury = async |id: i64| {
        let letter = format!(
            "INSERT INTO dead_letters VALUES ('{}', 'nobody', {id}, '{{\"purchases\": []}}', now(), now(), 10, 'It broke')",
            cx.merchant()
        );
        sqlx::query(sqlx::AssertSqlSafe(letter)).execute(house.engine.pool()).await.unwrap();
    };
    assert!(browser.get("/dashboard/queues").await.text.contains("No dead letters"));
    bury(7).await;
    bury(8).await;
    let page = browser.get("/dashboard/queues").await;
    for words in ["It broke", "10 attempts", "Needs you", "purchases"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let settle =
        |step: &'static str, id: &'static str| form(&[("do", step), ("module", "nobody"), ("id", id)]);
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    let seen = analyst.get("/dashboard/queues").await;
    assert!(seen.text.contains("It broke") && !seen.text.contains("Try again"));
    assert_eq!(analyst.post("/dashboard/queues", &settle("retry", "7")).await.status, StatusCode::FORBIDDEN);
    house.merchant("hops").await;
    let mut other = signed_in(&house, "owner@hops.example").await;
    assert!(!other.get("/dashboard/queues").await.text.contains("It broke"));
    let foreign = other.post("/dashboard/queues", &settle("discard", "7")).await;
    assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);

    let retried = browser.post("/dashboard/queues", &settle("retry", "7")).await;
    assert_eq!(retried.location(), "/dashboard/queues?done=letter-retried");
    let discarded = browser.post("/dashboard/queues", &settle("discard", "8")).await;
    assert_eq!(discarded.location(), "/dashboard/queues?done=letter-discarded");
    let waiting = house.engine.queue_list(&cx).await.unwrap();
    let nobody = waiting.iter().find(|state| state.module == "nobody").unwrap();
    assert_eq!((nobody.waiting, nobody.dead), (1, 0));
    let late = browser.post("/dashboard/queues", &settle("retry", "7")).await;
    assert!(late.text.contains("Somebody else has tried it again"), "{}", late.text);

    // All of a module at once, when it is chosen.
    for id in 9..12 {
        bury(id).await;
    }
    assert!(!browser.get("/dashboard/queues").await.text.contains("Try all"));
    assert!(browser.get("/dashboard/queues?module=tiers").await.text.contains("No dead letters"));
    let chosen = browser.get("/dashboard/queues?module=nobody").await;
    assert!(chosen.text.contains("Try all 3 again") && chosen.text.contains("It broke"), "{}", chosen.text);
    assert!(!analyst.get("/dashboard/queues?module=nobody").await.text.contains("Try all"));
    let all = form(&[("do", "retry-all"), ("module", "nobody")]);
    assert_eq!(analyst.post("/dashboard/queues", &all).await.status, StatusCode::FORBIDDEN);
    let retried = browser.post("/dashboard/queues", &all).await;
    assert_eq!(retried.location(), "/dashboard/queues?done=letters-retried");
    let waiting = house.engine.queue_list(&cx).await.unwrap();
    let nobody = waiting.iter().find(|state| state.module == "nobody").unwrap();
    assert_eq!((nobody.waiting, nobody.dead), (4, 0));
}

//! Endpoints of other systems.

use crate::support::desk::{colleague, opened};
use crate::support::form::{between, form, once};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_engine::webhooks::{DeliveryFilter, WebhookFilter};

/// Webhooks: the secret is shown once, a test event stands in the log, and whoever may only look changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_entered_tested_changed_and_deleted() {
    let (house, cx, mut browser) = opened("hooks").await;
    let token = once(&browser.get("/dashboard/webhooks").await);
    let wrong = [("do", "create"), ("once", token.as_str()), ("url", "shop.example")];
    let refused = browser.post("/dashboard/webhooks", &form(&wrong)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("begins with https://"), "{}", refused.text);
    let fields = [
        ("do", "create"),
        ("once", token.as_str()),
        ("url", "https://shop.example/hooks"),
        ("kind.tier.changed", "on"),
    ];
    let made = browser.post("/dashboard/webhooks", &form(&fields)).await;
    assert_eq!(made.status, StatusCode::OK);
    let secret = format!("whsec_{}", between(&made, "<pre tabindex=\"0\">whsec_", "<"));
    assert_eq!(secret.len(), 50);
    let again = browser.post("/dashboard/webhooks", &form(&fields)).await;
    assert!(again.text.contains("This form was sent before"), "{}", again.text);
    let first = perennial_engine::PageRequest::default();
    let endpoints = house.engine.webhook_list(&cx, &WebhookFilter::default(), &first).await.unwrap().data;
    assert_eq!(endpoints.len(), 1);
    let path = format!("/dashboard/webhooks/{}", endpoints[0].id);
    for (query, is_there) in
        [("q=shop", true), ("q=elsewhere", false), ("state=active", true), ("state=failing", false)]
    {
        let list = browser.get(&format!("/dashboard/webhooks?{query}")).await;
        assert_eq!(list.text.contains(&format!("href=\"{path}\"")), is_there, "{query}");
        let file = browser.get(&format!("/dashboard/webhooks.csv?{query}")).await;
        assert_eq!(file.text.contains(&endpoints[0].id.to_string()), is_there, "{query}");
    }

    let page = browser.get(&path).await;
    assert!(page.text.contains("tier.changed") && !page.text.contains(&secret));
    let token = once(&page);
    let tested = browser.post(&path, &form(&[("do", "test"), ("once", &token)])).await;
    assert_eq!(tested.location(), format!("{path}?done=webhook-tested"));
    let all = DeliveryFilter::default();
    let log = house.engine.webhook_delivery_list(&cx, endpoints[0].id, &all, &first).await.unwrap().data;
    let delivery = format!("/dashboard/webhooks/deliveries/{}", log[0].id);
    let page = browser.get(&path).await;
    assert!(page.text.contains(&delivery), "{}", page.text);
    // The log is narrowed by state and type, and what was given up is sent again from there.
    for (asked, is_there) in [
        ("state=waiting", true),
        ("state=failed", false),
        ("type=endpoint.test", true),
        ("state=waiting&type=tier.changed", false),
    ] {
        let page = browser.get(&format!("{path}?{asked}")).await;
        assert_eq!(page.text.contains(&delivery), is_there, "{asked}: {}", page.text);
        assert!(!page.text.contains("resend-failed"), "{asked}");
    }
    assert_eq!(browser.get(&format!("{path}?state=lost")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    sqlx::query("UPDATE webhook_deliveries SET state = 'failed'").execute(house.engine.pool()).await.unwrap();
    let failed = browser.get(&format!("{path}?state=failed")).await;
    assert!(failed.text.contains(&delivery) && failed.text.contains("resend-failed"), "{}", failed.text);
    let fields = [("do", "resend-failed"), ("once", &once(&failed)), ("type", "")];
    let resent = browser.post(&path, &form(&fields)).await;
    assert_eq!(resent.location(), format!("{path}?done=webhook-resent-failed"));
    assert!(browser.get(&format!("{path}?state=waiting")).await.text.contains(&delivery));
    let page = browser.get(&delivery).await;
    assert!(page.text.contains("endpoint.test") && page.text.contains("Not sent yet"), "{}", page.text);
    let resent = browser.post(&delivery, &form(&[("once", &once(&page))])).await;
    assert_eq!(resent.location(), format!("{delivery}?done=webhook-resent"));
    let rotated = browser.post(&path, &form(&[("do", "rotate"), ("once", &token)])).await;
    assert!(!rotated.text.contains(&secret) && rotated.text.contains("whsec_"));

    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    let seen = analyst.get(&path).await;
    assert!(seen.text.contains("https://shop.example/hooks") && !seen.text.contains("Delete the endpoint"));
    assert_eq!(analyst.post(&path, &form(&[("do", "delete")])).await.status, StatusCode::FORBIDDEN);
    let off = browser.post(&path, &form(&[("do", "off")])).await;
    assert_eq!(off.location(), format!("{path}?done=webhook-off"));
    assert!(browser.get(&path).await.text.contains("Switched off"));
    let deleted = browser.post(&path, &form(&[("do", "delete")])).await;
    assert_eq!(deleted.location(), "/dashboard/webhooks?done=webhook-deleted");
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
}

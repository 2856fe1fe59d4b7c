//! Endpoints and their secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use perennial_domain::ids::WebhookId;
use perennial_engine::webhooks::{Post, WebhookChange, WebhookFilter, WebhookState, WhyDisabled};
use perennial_engine::{Error, PageRequest, What};
use serde_json::{Value, json};

use super::{Shop, customer, sequences};

/// Whether a request is signed with this secret, by its own reading of the specification.
fn is_signed(post: &Post, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let content = format!("{}.{}.{}", post.id, post.timestamp, post.body);
    let signature = format!("v1,{}", STANDARD.encode(hmac(&key, content.as_bytes())));
    post.signature.split(' ').any(|given| given == signature)
}

/// HMAC-SHA256, written down once more.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    assert!(key.len() <= 64);
    let pad =
        |with: u8| -> Vec<u8> { (0..64).map(|place| key.get(place).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    Sha256::digest([pad(0x5c), inner.to_vec()].concat()).to_vec()
}

#[tokio::test]
async fn a_secret_that_was_replaced_signs_along_for_a_day() {
    let shop = Shop::open().await;
    let input = serde_json::from_value(json!({"url": "https://shop.example/hooks"})).unwrap();
    let (endpoint, first) = shop.engine.webhook_create(&shop.cx, input).await.unwrap();
    let (rotated, second) = shop.engine.webhook_rotate(&shop.cx, endpoint.id).await.unwrap();
    let now = shop.engine.clock().now();
    assert_eq!(rotated.old_secret_until, Some(now + TimeDelta::hours(24)));
    shop.event(customer(1), 1).await;
    let post = shop.round().await.pop().unwrap();
    assert_eq!(post.timestamp, now.timestamp());
    assert!(is_signed(&post, &first.expose()) && is_signed(&post, &second.expose()));

    shop.event(customer(1), 2).await;
    let post = shop.after(TimeDelta::hours(24)).await.pop().unwrap();
    assert!(!is_signed(&post, &first.expose()) && is_signed(&post, &second.expose()));
    let known = shop.engine.webhook_get(&shop.cx, endpoint.id).await.unwrap();
    assert_eq!(known.old_secret_until, None);
    let all = serde_json::to_string(&known).unwrap();
    assert!(!all.contains("whsec_") && !all.contains(&second.expose()[6..]));
}

#[tokio::test]
async fn addresses_that_cannot_be_sent_to_are_refused_at_their_field() {
    let shop = Shop::open().await;
    let long = format!("https://{}", "x".repeat(2_000));
    for (url, code) in [
        ("", "required"),
        ("shop.example", "invalid"),
        ("https://shop.example/a b", "invalid"),
        (long.as_str(), "too_long"),
        ("https://inside.example/", "not_allowed"),
    ] {
        let input = serde_json::from_value(json!({ "url": url })).unwrap();
        let Err(Error::Invalid(errors)) = shop.engine.webhook_create(&shop.cx, input).await else {
            panic!("{url} was taken");
        };
        assert_eq!((errors[0].pointer.as_str(), errors[0].code.as_ref()), ("/url", code), "{url}");
    }
    let unknown: Result<perennial_engine::webhooks::NewWebhook, _> =
        serde_json::from_value(json!({"url": "https://shop.example", "events": ["points.lost"]}));
    assert!(unknown.is_err());
}

#[tokio::test]
async fn an_endpoint_is_changed_switched_off_and_deleted() {
    let shop = Shop::open().await;
    let endpoint = shop.endpoint().await;
    let change = |value: Value| -> WebhookChange { serde_json::from_value(value).unwrap() };
    let update = async |value: Value| shop.engine.webhook_update(&shop.cx, endpoint.id, change(value)).await;
    let changed = update(json!({"events": ["tier.changed", "points.adjusted"]})).await.unwrap();
    assert_eq!(changed.events.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().len(), 2);
    assert_eq!(changed.url, endpoint.url);
    let off = update(json!({"enabled": false})).await.unwrap();
    assert_eq!((off.state, off.disabled_why), (WebhookState::Disabled, Some(WhyDisabled::Merchant)));
    shop.event(customer(1), 1).await;
    assert_eq!(shop.round().await, []);
    let Err(Error::Conflict { code: "webhook_disabled", .. }) =
        shop.engine.webhook_test(&shop.cx, endpoint.id).await
    else {
        panic!("a test was sent to an endpoint that is switched off");
    };
    update(json!({"enabled": true})).await.unwrap();
    shop.event(customer(1), 2).await;
    assert_eq!(sequences(&shop.round().await), [2]);

    let test = shop.engine.webhook_test(&shop.cx, endpoint.id).await.unwrap();
    let post = shop.round().await.pop().unwrap();
    assert_eq!(post.id, test.event_id.to_string());
    assert!(post.body.contains("endpoint.test"));

    shop.event(customer(1), 3).await;
    let deleted = shop.engine.webhook_delete(&shop.cx, endpoint.id).await.unwrap();
    assert_eq!(deleted.id, endpoint.id);
    assert_eq!(shop.round().await, []);
    for outcome in [
        shop.engine.webhook_get(&shop.cx, endpoint.id).await.err(),
        shop.engine.webhook_delivery_get(&shop.cx, test.id).await.err(),
        shop.engine.webhook_resend(&shop.cx, test.id).await.err(),
        shop.engine.webhook_rotate(&shop.cx, WebhookId::new(0, [0; 10])).await.err(),
    ] {
        assert!(
            matches!(outcome, Some(Error::NotFound(What::Webhook | What::WebhookDelivery))),
            "{outcome:?}"
        );
    }
    let all = (WebhookFilter::default(), PageRequest::default());
    assert_eq!(shop.engine.webhook_list(&shop.cx, &all.0, &all.1).await.unwrap().data, []);
}

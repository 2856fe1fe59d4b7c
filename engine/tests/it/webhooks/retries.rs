//! What fails: when it is tried again, and when it is given up.

use std::time::Duration;

use chrono::TimeDelta;
use perennial_engine::PageRequest;
use perennial_engine::webhooks::{Answer, DeliveryState, WebhookState, WhyDisabled};

use super::{Shop, customer, sequences};

/// Longer than the first pause of a delivery, shorter than the second.
const SOON: TimeDelta = TimeDelta::seconds(10);

#[tokio::test]
async fn a_retry_blocks_nothing() {
    let shop = Shop::open().await;
    let endpoint = shop.endpoint().await;
    let poison = shop.event(customer(1), 1).await.to_string();
    let refuses = poison.clone();
    shop.receiver.answers(move |post| {
        let status = if post.id == refuses { 500 } else { 200 };
        Answer { status: Some(status), ..Answer::default() }
    });
    for sequence in 2..=5 {
        shop.event(customer(1), sequence).await;
    }
    assert_eq!(sequences(&shop.round().await), [1, 2, 3, 4, 5]);
    // The same request again, for about three days; with the longest of all pauses that takes 96 hours.
    let mut attempts = 1;
    for hour in 0..100 {
        // The endpoint is well: it takes everything else.
        let other = shop.event(customer(2), hour + 1).await.to_string();
        let posts = shop.after(TimeDelta::hours(1)).await;
        assert_eq!(posts.iter().filter(|post| post.id == other).count(), 1);
        attempts += posts.iter().filter(|post| post.id == poison).count();
    }
    assert_eq!(attempts, 10);
    let page = PageRequest::new(Some(200), None).unwrap();
    let log = shop.engine.webhook_delivery_list(&shop.cx, endpoint.id, &page).await.unwrap();
    let states: Vec<DeliveryState> = log.data.iter().map(|delivery| delivery.state).collect();
    assert_eq!(states.iter().filter(|state| **state == DeliveryState::Delivered).count(), 104);
    let failed = log.data.iter().find(|delivery| delivery.state == DeliveryState::Failed).unwrap();
    assert_eq!((failed.sequence, failed.attempts, failed.status), (Some(1), 10, Some(500)));
}

#[tokio::test]
async fn every_attempt_is_in_the_log_and_can_be_made_again_by_hand() {
    let shop = Shop::open().await;
    let endpoint = shop.endpoint().await;
    let event = shop.event(customer(1), 1).await;
    shop.receiver.answers(|_| Answer {
        status: Some(503),
        body: "ä".repeat(2_000),
        retry_after: Some(Duration::from_secs(60)),
        ..Answer::default()
    });
    assert_eq!(shop.round().await.len(), 1);
    // It asked to be left alone for a minute.
    assert_eq!(shop.after(SOON).await, []);
    shop.receiver.says(200);
    assert_eq!(shop.after(TimeDelta::minutes(1)).await.len(), 1);
    let log =
        shop.engine.webhook_delivery_list(&shop.cx, endpoint.id, &PageRequest::default()).await.unwrap();
    let delivery = shop.engine.webhook_delivery_get(&shop.cx, log.data[0].id).await.unwrap();
    assert_eq!(delivery.delivery.event_id, event);
    let seen: Vec<_> = delivery.log.iter().map(|attempt| (attempt.number, attempt.status)).collect();
    assert_eq!(seen, [(2, Some(200)), (1, Some(503))]);
    assert_eq!((delivery.log[1].answer.len(), delivery.log[1].duration_ms), (1_024, 7));

    let again = shop.engine.webhook_resend(&shop.cx, delivery.delivery.id).await.unwrap();
    assert_eq!((again.state, again.attempts), (DeliveryState::Waiting, 2));
    let posts = shop.round().await;
    assert_eq!((posts.len(), posts[0].id.as_str()), (1, event.to_string().as_str()));
    assert_eq!(shop.after(TimeDelta::days(1)).await, []);
}

#[tokio::test]
async fn a_resend_asks_at_once_whether_an_endpoint_is_back() {
    let shop = Shop::open().await;
    let endpoint = shop.endpoint().await;
    shop.receiver.is_away();
    for sequence in 1..=5 {
        shop.event(customer(1), sequence).await;
    }
    // After three that failed, no more are tried.
    assert_eq!(sequences(&shop.round().await), [1, 2, 3]);
    assert_eq!(shop.round().await, []);
    shop.receiver.says(200);
    let log =
        shop.engine.webhook_delivery_list(&shop.cx, endpoint.id, &PageRequest::default()).await.unwrap();
    shop.engine.webhook_resend(&shop.cx, log.data[0].id).await.unwrap();
    assert_eq!(sequences(&shop.round().await), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn gone_switches_an_endpoint_off_at_once_and_the_owner_hears_of_it() {
    let shop = Shop::open().await;
    let endpoint = shop.endpoint().await;
    shop.receiver.says(410);
    shop.event(customer(1), 1).await;
    shop.event(customer(1), 2).await;
    assert_eq!(sequences(&shop.round().await), [1]);
    let now = shop.engine.webhook_get(&shop.cx, endpoint.id).await.unwrap();
    assert_eq!((now.state, now.disabled_why), (WebhookState::Disabled, Some(WhyDisabled::Gone)));
    let mail = shop.engine.mailbox_list(Some("owner@corner.example"), &PageRequest::default()).await.unwrap();
    let about: Vec<&str> = mail.data.iter().map(|letter| letter.subject.as_str()).collect();
    assert_eq!(about, ["A webhook of corner was switched off"]);
    assert!(
        !shop.engine.snapshot(&shop.cx).await.unwrap().modules.iter().any(|name| name == "announcements")
    );

    // Switched on again, it gets what waited, and nothing of the meantime.
    shop.event(customer(1), 3).await;
    shop.receiver.says(200);
    assert_eq!(shop.round().await, []);
    let on = serde_json::from_str(r#"{"enabled": true}"#).unwrap();
    let now = shop.engine.webhook_update(&shop.cx, endpoint.id, on).await.unwrap();
    assert_eq!((now.state, now.disabled_why), (WebhookState::Active, None));
    shop.event(customer(2), 1).await;
    let mut sent = sequences(&shop.round().await);
    sent.sort_unstable();
    assert_eq!(sent, [1, 2]);
}

#[tokio::test]
async fn five_days_of_failing_switch_an_endpoint_off_and_four_do_not() {
    let shop = Shop::open().await;
    let endpoint = shop.endpoint().await;
    shop.receiver.is_away();
    let mut state = WebhookState::Active;
    for day in 0..6 {
        shop.event(customer(1), day + 1).await;
        assert!(day > 5 || state != WebhookState::Disabled, "on day {day}");
        for _part in 0..4 {
            shop.after(TimeDelta::hours(6)).await;
        }
        let now = shop.engine.webhook_get(&shop.cx, endpoint.id).await.unwrap();
        state = now.state;
        if day == 3 {
            assert_eq!(state, WebhookState::Failing);
        }
    }
    let now = shop.engine.webhook_get(&shop.cx, endpoint.id).await.unwrap();
    assert_eq!((now.state, now.disabled_why), (WebhookState::Disabled, Some(WhyDisabled::Failing)));
    let mail = shop.engine.mailbox_list(Some("owner@corner.example"), &PageRequest::default()).await.unwrap();
    assert_eq!(mail.data.len(), 1);
}

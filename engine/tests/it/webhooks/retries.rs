//! What fails: when it is tried again, and when it is given up.

use std::time::Duration;

use chrono::TimeDelta;
use perennial_engine::PageRequest;
use perennial_engine::webhooks::{
    Answer, Delivery, DeliveryFilter, DeliveryState, RESENT_MAX, Webhook, WebhookState, WhyDisabled,
};

use super::{Shop, customer, sequences};

/// Longer than the first pause of a delivery, shorter than the second.
const SOON: TimeDelta = TimeDelta::seconds(10);

/// No filter.
fn all() -> DeliveryFilter {
    DeliveryFilter::default()
}

/// The newest deliveries that pass a filter.
async fn listed(shop: &Shop, endpoint: &Webhook, filter: DeliveryFilter) -> Vec<Delivery> {
    let page = PageRequest::default();
    shop.engine.webhook_delivery_list(&shop.cx, endpoint.id, &filter, &page).await.unwrap().data
}

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
    let log = shop.engine.webhook_delivery_list(&shop.cx, endpoint.id, &all(), &page).await.unwrap();
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
    let log = listed(&shop, &endpoint, all()).await;
    let delivery = shop.engine.webhook_delivery_get(&shop.cx, log[0].id).await.unwrap();
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
    let log = listed(&shop, &endpoint, all()).await;
    shop.engine.webhook_resend(&shop.cx, log[0].id).await.unwrap();
    assert_eq!(sequences(&shop.round().await), [1, 2, 3, 4, 5]);
}

/// The log is narrowed by state and type, a page at a time; what was given up of one type is sent again, and nothing else.
#[tokio::test]
async fn what_was_given_up_is_found_and_sent_again_by_type() {
    let shop = Shop::open().await;
    let endpoint = shop.endpoint().await;
    let kinds = ["points.adjusted", "tier.changed"];
    let mut events = Vec::new();
    for number in 1..=6_u8 {
        let kind = kinds[usize::from(number % 2)];
        events.push(shop.event_alone(customer(number), 1, kind).await);
    }
    shop.message(&events).await;
    assert_eq!(shop.round().await.len(), 6);
    // As if nine retries had failed.
    sqlx::query("UPDATE webhook_deliveries SET state = 'failed' WHERE customer_id <> $1")
        .bind(customer(1).uuid())
        .execute(&shop.db.pool)
        .await
        .unwrap();
    let of = |state, kind: Option<&str>| DeliveryFilter { state, kind: kind.map(str::to_owned) };
    let failed = Some(DeliveryState::Failed);
    assert_eq!(listed(&shop, &endpoint, all()).await.len(), 6);
    assert_eq!(listed(&shop, &endpoint, of(failed, None)).await.len(), 5);
    assert_eq!(listed(&shop, &endpoint, of(failed, Some("tier.changed"))).await.len(), 2);
    assert_eq!(listed(&shop, &endpoint, of(None, Some("tier.changed"))).await.len(), 3);
    assert_eq!(listed(&shop, &endpoint, of(None, Some("tier.chang%"))).await, []);
    assert_eq!(listed(&shop, &endpoint, of(Some(DeliveryState::Waiting), None)).await, []);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest::new(Some(2), after).unwrap();
        let list = shop.engine.webhook_delivery_list(&shop.cx, endpoint.id, &all(), &page).await.unwrap();
        paged.extend(list.data);
        after = list.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, listed(&shop, &endpoint, all()).await);

    let kind = Some("tier.changed".to_owned());
    let resent = shop.engine.webhook_resend_failed(&shop.cx, endpoint.id, kind.clone()).await.unwrap();
    assert_eq!((resent.resent, resent.more), (2, false));
    let posts = shop.round().await;
    assert_eq!(posts.len(), 2);
    assert!(posts.iter().all(|post| post.body.contains("tier.changed")));
    assert_eq!(shop.engine.webhook_resend_failed(&shop.cx, endpoint.id, kind).await.unwrap().resent, 0);
    let resent = shop.engine.webhook_resend_failed(&shop.cx, endpoint.id, None).await.unwrap();
    assert_eq!((resent.resent, shop.round().await.len()), (3, 3));
}

/// What is sent again by hand is bounded, however much was given up.
#[tokio::test]
async fn a_thousand_are_sent_again_at_a_time() {
    let shop = Shop::open().await;
    let endpoint = shop.endpoint().await;
    sqlx::query(
        "INSERT INTO webhook_deliveries
             (merchant_id, endpoint_id, event_id, id, kind, body, created_at, due_at, started_at, state)
         SELECT $1, $2, gen_random_uuid(), gen_random_uuid(), 'endpoint.test', '{}', $4, $4, $4, 'failed'
         FROM generate_series(1, $3::bigint + 1)",
    )
    .bind(shop.merchant.uuid())
    .bind(endpoint.id.uuid())
    .bind(RESENT_MAX)
    .bind(shop.engine.clock().now())
    .execute(&shop.db.pool)
    .await
    .unwrap();
    for expected in [(1_000, true), (1, false), (0, false)] {
        let resent = shop.engine.webhook_resend_failed(&shop.cx, endpoint.id, None).await.unwrap();
        assert_eq!((resent.resent, resent.more), expected);
    }
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

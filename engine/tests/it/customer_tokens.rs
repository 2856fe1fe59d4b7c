//! Tokens of customers: whom they speak for, until when, and what is stored of them.

use chrono::TimeDelta;
use futures::FutureExt;
use perennial_domain::access::Scope;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_engine::customer_tokens::{LIFETIME_BY_CODE, LIFETIME_SECONDS_MAX, SignIn};
use perennial_engine::customers::NewCustomer;
use perennial_engine::privacy::EraseInput;
use perennial_engine::{Cx, Error, Remember};
use serde_json::json;

use crate::support::{House, code, first};

async fn customer(house: &House, email: &str) -> CustomerId {
    let new = NewCustomer { email: Some(email.to_owned()), ..NewCustomer::default() };
    house.engine.customer_create(&house.cx, new).await.unwrap().customer.id
}

/// The code in the newest letter that has one.
async fn code_of(house: &House, email: &str) -> String {
    let letters = house.engine.mailbox_list(Some(email), &first()).await.unwrap().data;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    letters.iter().map(|letter| digits(&letter.subject)).find(|code| code.len() == 6).unwrap()
}

fn is_refused<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Unauthenticated))
}

#[tokio::test]
async fn a_token_speaks_for_its_customer_until_its_time_is_over() {
    let house = House::fixed("2026-11-21T10:00:00Z").await;
    let maya = customer(&house, "maya@example.com").await;
    let ben = customer(&house, "ben@example.com").await;
    let (token, secret) = house.engine.customer_token_create(&house.cx, maya, Some(90)).await.unwrap();
    assert_eq!(token.expires_at - token.created_at, TimeDelta::seconds(90));
    let holder = house.engine.authenticate_customer(secret.expose()).await.unwrap();
    assert_eq!((holder.customer, holder.token, holder.cx.customer()), (maya, token.id, Some(maya)));
    assert_eq!(holder.cx.merchant(), house.merchant);
    house.engine.customer_get(&holder.cx, maya).await.unwrap();
    assert!(matches!(house.engine.customer_get(&holder.cx, ben).await, Err(Error::NotFound(_))));
    // Another server knows it, too.
    house.another_engine().await.authenticate_customer(secret.expose()).await.unwrap();

    house.engine.clock().advance(TimeDelta::seconds(89));
    assert!(house.engine.authenticate_customer(secret.expose()).await.is_ok());
    assert!(house.engine.token_is_live(&holder).await.unwrap());
    house.engine.clock().advance(TimeDelta::seconds(1));
    assert!(is_refused(&house.engine.authenticate_customer(secret.expose()).await));
    assert!(!house.engine.token_is_live(&holder).await.unwrap());
    assert!(house.engine.customer_token_list(&house.cx, maya, &first()).await.unwrap().data.is_empty());
}

#[tokio::test]
async fn a_token_lives_for_an_hour_at_most_and_only_for_a_customer_of_the_merchant() {
    let house = House::fixed("2026-11-21T10:00:00Z").await;
    let maya = customer(&house, "maya@example.com").await;
    let create = async |cx: &Cx, lifetime| house.engine.customer_token_create(cx, maya, lifetime).await;
    for lifetime in [0, LIFETIME_SECONDS_MAX + 1, u32::MAX] {
        assert_eq!(code(create(&house.cx, Some(lifetime)).await), "/expires_in out_of_range");
    }
    let (token, _) = create(&house.cx, None).await.unwrap();
    assert_eq!(token.expires_at - token.created_at, TimeDelta::hours(1));
    let neighbour = Cx::system(house.neighbour().await.merchant_id);
    assert!(matches!(create(&neighbour, None).await, Err(Error::NotFound(_))));
    assert!(matches!(
        house.engine.customer_token_end(&neighbour, maya, token.id).await,
        Err(Error::NotFound(_))
    ));
    // Whoever has a token cannot make its life longer.
    let own = house.engine.customer_cx(house.merchant, maya).await.unwrap();
    assert!(matches!(create(&own, None).await, Err(Error::Forbidden(_))));
    let weak = house.key(&[Scope::CustomersRead, Scope::CustomersWrite, Scope::KeysWrite], None).await;
    assert!(matches!(create(&weak, None).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn the_secret_is_stored_nowhere_and_what_is_ended_is_gone() {
    let house = House::new().await;
    let maya = customer(&house, "maya@example.com").await;
    let ben = customer(&house, "ben@example.com").await;
    let make = async |customer| house.engine.customer_token_create(&house.cx, customer, None).await.unwrap();
    let ((one, first_secret), (_, second_secret), (_, bens)) =
        (make(maya).await, make(maya).await, make(ben).await);
    let stored: String = sqlx::query_scalar(
        "SELECT string_agg(t, ' ') FROM (SELECT c::text AS t FROM customer_tokens c UNION ALL
         SELECT d::text FROM directory_customer_tokens d) AS t",
    )
    .fetch_one(&house.db.pool)
    .await
    .unwrap();
    assert!(stored.contains(&one.id.to_string()));
    assert!(!stored.contains(&first_secret.expose()[4..]));

    assert!(matches!(house.engine.customer_token_end(&house.cx, ben, one.id).await, Err(Error::NotFound(_))));
    house.engine.customer_token_end(&house.cx, maya, one.id).await.unwrap();
    assert!(is_refused(&house.engine.authenticate_customer(first_secret.expose()).await));
    assert!(house.engine.authenticate_customer(second_secret.expose()).await.is_ok());
    assert_eq!(house.engine.customer_tokens_end(&house.cx, maya).await.unwrap(), 1);
    assert!(is_refused(&house.engine.authenticate_customer(second_secret.expose()).await));
    assert!(house.engine.authenticate_customer(bens.expose()).await.is_ok());
    assert_eq!(house.number("SELECT count(*) FROM customer_tokens").await, 1);
    assert_eq!(house.number("SELECT count(*) FROM directory_customer_tokens").await, 1);
}

#[tokio::test]
async fn a_code_is_traded_once_within_ten_minutes_where_it_was_asked_for() {
    let house = House::fixed("2026-11-21T10:00:00Z").await;
    let engine = &house.engine;
    let neighbour = house.neighbour().await.merchant_id;
    let email = "maya@example.com";
    let sign_in = async |merchant: MerchantId, code: &str, challenge: &str| {
        let sign_in = SignIn { email, code, challenge, referral_code: Some("no such code") };
        engine.customer_token_by_code(merchant, sign_in, None).await
    };
    let sent = engine.customer_code_request(house.merchant, email, None).await.unwrap();
    assert_eq!(sent.expires_at - engine.clock().now(), TimeDelta::minutes(10));
    let right = code_of(&house, email).await;
    let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 1) % 1_000_000);
    let elsewhere = engine.customer_code_request(neighbour, email, None).await.unwrap().challenge;
    for (merchant, tried, challenge) in [
        (house.merchant, wrong.as_str(), sent.challenge.as_str()),
        (house.merchant, &right, &elsewhere),
        (house.merchant, &right, "!"),
        (house.merchant, &right, ""),
        (neighbour, &right, &sent.challenge),
    ] {
        assert_eq!(code(sign_in(merchant, tried, challenge).await), "/code code_invalid");
    }
    assert_eq!(house.number("SELECT count(*) FROM customer_tokens").await, 0);
    let (token, secret) = sign_in(house.merchant, &right, &sent.challenge).await.unwrap();
    assert_eq!((token.issued_by.as_str(), token.expires_at - token.created_at), ("code", LIFETIME_BY_CODE));
    let holder = engine.authenticate_customer(secret.expose()).await.unwrap();
    assert_eq!(engine.customer_get(&holder.cx, holder.customer).await.unwrap().email.as_deref(), Some(email));
    assert_eq!(code(sign_in(house.merchant, &right, &sent.challenge).await), "/code code_invalid");

    // Too late is as wrong as wrong.
    // Letters of one instant have no order.
    engine.clock().advance(TimeDelta::milliseconds(1));
    let late = engine.customer_code_request(house.merchant, email, None).await.unwrap();
    let code_sent_last = code_of(&house, email).await;
    engine.clock().advance(TimeDelta::minutes(10));
    assert_eq!(code(sign_in(house.merchant, &code_sent_last, &late.challenge).await), "/code code_invalid");

    engine.clock().advance(LIFETIME_BY_CODE - TimeDelta::minutes(10) - TimeDelta::milliseconds(2));
    assert!(engine.authenticate_customer(secret.expose()).await.is_ok());
    engine.clock().advance(TimeDelta::milliseconds(1));
    assert!(is_refused(&engine.authenticate_customer(secret.expose()).await));
}

#[tokio::test]
async fn whoever_is_erased_has_no_token_and_gets_none() {
    let house = House::new().await;
    let maya = customer(&house, "maya@example.com").await;
    let (_, secret) = house.engine.customer_token_create(&house.cx, maya, None).await.unwrap();
    let erasure = house.engine.customer_erase(&house.cx, maya, EraseInput::default()).await.unwrap();
    assert_eq!(erasure.removed.get("tokens"), Some(&1));
    assert!(is_refused(&house.engine.authenticate_customer(secret.expose()).await));
    assert_eq!(code(house.engine.customer_token_create(&house.cx, maya, None).await), "customer_erased");
    assert_eq!(house.number("SELECT count(*) FROM directory_customer_tokens").await, 0);
}

#[tokio::test]
async fn the_idempotency_keys_of_a_customer_are_the_customers_own() {
    let house = House::new().await;
    let maya = customer(&house, "maya@example.com").await;
    let ben = customer(&house, "ben@example.com").await;
    let answer = async |cx: &Cx, said: &'static str| {
        let remember = Remember { key: "tap-1".to_owned(), request_hash: [7; 32], needs: None };
        let written = house
            .engine
            .write(cx, Some(remember), false, move |_| async move { Ok((200, json!(said))) }.boxed());
        let answer = written.await.unwrap();
        (answer.body, answer.replayed)
    };
    let mayas = house.engine.customer_cx(house.merchant, maya).await.unwrap();
    let bens = house.engine.customer_cx(house.merchant, ben).await.unwrap();
    assert_eq!(answer(&mayas, "Maya's").await, (json!("Maya's"), false));
    assert_eq!(answer(&bens, "Ben's").await, (json!("Ben's"), false));
    assert_eq!(answer(&house.cx, "the merchant's").await, (json!("the merchant's"), false));
    assert_eq!(answer(&mayas, "never").await, (json!("Maya's"), true));
}

#[tokio::test]
async fn a_code_that_confirms_works_once_with_the_token_that_asked_for_it() {
    let house = House::fixed("2026-11-21T10:00:00Z").await;
    let engine = &house.engine;
    let maya = customer(&house, "maya@example.com").await;
    let holder = async || {
        let (_, secret) = engine.customer_token_create(&house.cx, maya, None).await.unwrap();
        engine.authenticate_customer(secret.expose()).await.unwrap()
    };
    let (phone, tablet) = (holder().await, holder().await);
    let until = engine.customer_confirmation_send(&phone, None).await.unwrap();
    assert_eq!(until - engine.clock().now(), TimeDelta::minutes(10));
    let right = code_of(&house, "maya@example.com").await;
    let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 1) % 1_000_000);
    for (with, sent) in [(&phone, wrong.as_str()), (&tablet, right.as_str()), (&phone, "")] {
        assert_eq!(code(engine.customer_confirm(with, sent, None).await), "/code code_invalid");
    }
    engine.customer_confirm(&phone, &right, None).await.unwrap();
    assert_eq!(code(engine.customer_confirm(&phone, &right, None).await), "/code code_invalid");

    // It is over after ten minutes, and does not open anything else.
    engine.clock().advance(TimeDelta::minutes(11));
    engine.customer_confirmation_send(&phone, None).await.unwrap();
    let late = code_of(&house, "maya@example.com").await;
    assert!(!format!("{phone:?}").contains("binding: Binding(["), "{phone:?}");
    engine.clock().advance(TimeDelta::minutes(10));
    assert_eq!(code(engine.customer_confirm(&phone, &late, None).await), "/code code_invalid");

    let new = NewCustomer { external_id: Some("crm-1".to_owned()), ..NewCustomer::default() };
    let nameless = engine.customer_create(&house.cx, new).await.unwrap().customer.id;
    let (_, secret) = engine.customer_token_create(&house.cx, nameless, None).await.unwrap();
    let nameless = engine.authenticate_customer(secret.expose()).await.unwrap();
    assert_eq!(code(engine.customer_confirmation_send(&nameless, None).await), "email_required");
    assert_eq!(code(engine.customer_confirm(&nameless, "123456", None).await), "email_required");
}

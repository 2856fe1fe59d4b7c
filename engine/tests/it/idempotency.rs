//! Remembered answers and dry runs.

use futures::FutureExt;
use perennial_engine::promotions::PromotionFilter;
use perennial_engine::retailers::NewRetailer;
use perennial_engine::{Answer, Engine, Error, Remember};
use serde_json::{Value, json};

use crate::intake_support::patiently;
use crate::support::{House, code, first};

fn remember(key: &str, hash: u8) -> Option<Remember> {
    Some(Remember { key: key.to_owned(), request_hash: [hash; 32], needs: None })
}

async fn create(
    engine: &Engine,
    house: &House,
    remember: Option<Remember>,
    dry_run: bool,
) -> Result<Answer, Error> {
    let input: NewRetailer = serde_json::from_value(json!({"code": "south", "name": "South"})).unwrap();
    let (engine, cx) = (engine.clone(), house.cx.clone());
    let owner = engine.clone();
    let owner_cx = cx.clone();
    engine
        .write(&cx, remember, dry_run, move |txn| {
            async move {
                let retailer = owner.retailer_create_in(txn, &owner_cx, input).await?;
                Ok((201, serde_json::to_value(retailer).unwrap()))
            }
            .boxed()
        })
        .await
}

#[tokio::test]
async fn a_repeated_request_gives_the_first_answer_and_has_one_effect() {
    let house = House::new().await;
    let first = create(&house.engine, &house, remember("k", 1), false).await.unwrap();
    assert_eq!((first.status, first.replayed), (201, false));
    let again = create(&house.engine, &house, remember("k", 1), false).await.unwrap();
    assert_eq!((again.status, again.replayed, again.body), (201, true, first.body));
    assert_eq!(code(create(&house.engine, &house, None, false).await), "code_taken");
    let other = create(&house.engine, &house, remember("k", 2), false).await;
    assert!(matches!(other, Err(Error::IdempotencyKeyReused)));
}

#[tokio::test]
async fn of_many_at_once_one_runs_and_all_get_its_answer() {
    let house = House::new().await;
    let other = house.another_engine().await;
    let requests = (0..10).map(|n| {
        let engine = if n % 2 == 0 { &house.engine } else { &other };
        let house = &house;
        async move { patiently!(create(engine, house, remember("k", 1), false)) }
    });
    let answers: Vec<_> = futures::future::join_all(requests).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
}

#[tokio::test]
async fn a_failure_is_not_remembered() {
    let house = House::new().await;
    create(&house.engine, &house, None, false).await.unwrap();
    assert_eq!(code(create(&house.engine, &house, remember("k", 1), false).await), "code_taken");
    assert_eq!(house.number("SELECT count(*) FROM idempotency_keys").await, 0);
}

#[tokio::test]
async fn a_key_is_one_merchants_own() {
    let house = House::new().await;
    create(&house.engine, &house, remember("k", 1), false).await.unwrap();
    let neighbour = perennial_engine::Cx::system(house.neighbour().await.merchant_id);
    let answer = house
        .engine
        .write(&neighbour, remember("k", 2), false, |_| async { Ok((200, Value::Null)) }.boxed())
        .await
        .unwrap();
    assert!(!answer.replayed);
    for bad in ["", "line\nbreak"] {
        let refused = house
            .engine
            .write(&neighbour, remember(bad, 1), false, |_| async { Ok((200, Value::Null)) }.boxed())
            .await;
        assert_eq!(code(refused), " idempotency_key_invalid");
    }
}

#[tokio::test]
async fn a_dry_run_gives_the_real_answer_and_leaves_no_trace() {
    let house = House::new().await;
    let dry = create(&house.engine, &house, remember("k", 1), true).await.unwrap();
    assert_eq!((dry.status, &dry.body["code"]), (201, &json!("south")));
    assert_eq!(house.number("SELECT count(*) FROM idempotency_keys").await, 0);
    assert_eq!(house.engine.retailer_count(&house.cx).await.unwrap(), 1);
    let real = create(&house.engine, &house, remember("k", 1), false).await.unwrap();
    assert!(!real.replayed);

    let draft = house.draft(json!({})).await;
    let version = house.engine.snapshot(&house.cx).await.unwrap().rules_version;
    let (engine, cx) = (house.engine.clone(), house.cx.clone());
    let dry = house
        .engine
        .write(&house.cx, None, true, move |txn| {
            async move {
                let view = engine.promotion_publish_in(txn, &cx, draft.id, None).await?;
                Ok((200, serde_json::to_value(view).unwrap()))
            }
            .boxed()
        })
        .await
        .unwrap();
    assert_eq!(dry.body["state"], "running");
    assert_eq!(house.engine.snapshot(&house.cx).await.unwrap().rules_version, version);
    let listed = house.engine.promotion_list(&house.cx, &PromotionFilter::default(), &first()).await.unwrap();
    assert!(listed.data[0].is_draft);
}

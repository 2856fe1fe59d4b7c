//! The life of a promotion.

use chrono::TimeDelta;
use perennial_engine::promotions::{PromotionFilter, PromotionState};
use perennial_engine::{Error, PageRequest};
use serde_json::json;

use crate::support::{House, code, first, instant, product, terms};

const NOON: &str = "2026-11-21T12:00:00Z";

#[tokio::test]
async fn a_promotion_lives_from_draft_to_archive() {
    let house = House::fixed(NOON).await;
    let (engine, cx) = (&house.engine, &house.cx);
    let draft = house.draft(json!({"starts_at": "2026-11-22T00:00:00"})).await;
    assert_eq!((draft.state, draft.version, draft.is_draft), (PromotionState::Draft, 1, true));
    assert_eq!(draft.version_in_force, None);

    let id = draft.id;
    let published = engine.promotion_publish(cx, id, None).await.unwrap();
    assert_eq!((published.state, published.is_draft), (PromotionState::Scheduled, false));
    assert_eq!(published.published_at, Some(instant(NOON)));
    assert_eq!(
        published.effective_from, None,
        "a first version is in force for any purchase its dates allow"
    );

    // Midnight in New York, the merchant's zone.
    engine.clock().advance(TimeDelta::hours(17) - TimeDelta::seconds(1));
    assert_eq!(engine.promotion_get(cx, id).await.unwrap().state, PromotionState::Scheduled);
    engine.clock().advance(TimeDelta::seconds(1));
    assert_eq!(engine.promotion_get(cx, id).await.unwrap().state, PromotionState::Running);

    let paused = engine.promotion_pause(cx, id).await.unwrap();
    assert_eq!(paused.state, PromotionState::Paused);
    assert_eq!(engine.promotion_pause(cx, id).await.unwrap(), paused, "pausing twice changes nothing");
    engine.clock().advance(TimeDelta::hours(1));
    let resumed = engine.promotion_resume(cx, id).await.unwrap();
    assert_eq!(resumed.state, PromotionState::Running);
    assert_eq!(resumed.pauses[0].to, Some(engine.clock().now()));
    assert_eq!(engine.promotion_resume(cx, id).await.unwrap(), resumed, "resuming twice changes nothing");

    assert_eq!(code(engine.promotion_archive(cx, id).await), "not_ended");
    let ended = engine.promotion_end(cx, id).await.unwrap();
    assert_eq!(ended.state, PromotionState::Ended);
    engine.clock().advance(TimeDelta::hours(1));
    assert_eq!(engine.promotion_end(cx, id).await.unwrap().ended_at, ended.ended_at, "the first end counts");
    for refused in [
        engine.promotion_pause(cx, id).await,
        engine.promotion_resume(cx, id).await,
        engine.promotion_edit(cx, id, terms(json!({"award_rate": "20"}))).await,
        engine.promotion_publish(cx, id, None).await,
    ] {
        assert_eq!(code(refused), "promotion_over");
    }
    let archived = engine.promotion_archive(cx, id).await.unwrap();
    assert_eq!(archived.state, PromotionState::Archived);
    assert_eq!(engine.promotion_archive(cx, id).await.unwrap(), archived);
    assert_eq!(code(engine.promotion_end(cx, id).await), "promotion_over");
}

#[tokio::test]
async fn what_was_never_published_can_only_be_published_or_archived() {
    let house = House::fixed(NOON).await;
    let (engine, cx) = (&house.engine, &house.cx);
    let id = house.draft(json!({})).await.id;
    assert_eq!(code(engine.promotion_pause(cx, id).await), "not_published");
    assert_eq!(code(engine.promotion_resume(cx, id).await), "not_published");
    assert_eq!(code(engine.promotion_end(cx, id).await), "not_published");
    assert_eq!(code(engine.promotion_discard(cx, id).await), "not_published");
    assert_eq!(engine.promotion_archive(cx, id).await.unwrap().state, PromotionState::Archived);
    assert_eq!(code(engine.promotion_publish(cx, id, None).await), "promotion_over");
}

#[tokio::test]
async fn an_edit_of_a_published_promotion_drafts_the_next_version() {
    let house = House::fixed(NOON).await;
    let (engine, cx) = (&house.engine, &house.cx);
    let id = house.published(json!({"award_rate": "10"})).await;
    let same = engine.promotion_edit(cx, id, terms(json!({"award_rate": "10"}))).await.unwrap();
    assert_eq!((same.version, same.is_draft), (1, false), "the same terms draft nothing");

    let edited =
        engine.promotion_edit(cx, id, terms(json!({"award_rate": "20", "name": "Double"}))).await.unwrap();
    assert_eq!((edited.version, edited.is_draft, edited.version_in_force), (2, true, Some(1)));
    assert_eq!(edited.state, PromotionState::Running, "what runs goes on");
    let edited =
        engine.promotion_edit(cx, id, terms(json!({"award_rate": "30", "name": "Triple"}))).await.unwrap();
    assert_eq!(edited.version, 2, "there is one draft");

    let discarded = engine.promotion_discard(cx, id).await.unwrap();
    assert_eq!((discarded.version, discarded.terms.name.as_str()), (1, "Base"));
    assert_eq!(code(engine.promotion_discard(cx, id).await), "no_draft");
    assert_eq!(code(engine.promotion_publish(cx, id, None).await), "no_draft");

    engine.promotion_edit(cx, id, terms(json!({"award_rate": "40"}))).await.unwrap();
    engine.clock().advance(TimeDelta::hours(1));
    let published = engine.promotion_publish(cx, id, None).await.unwrap();
    assert_eq!(published.effective_from, Some(engine.clock().now()), "a later version counts from now on");
    assert_eq!(published.version_in_force, Some(2));

    let versions = engine.promotion_versions(cx, id, &first()).await.unwrap().data;
    let rates: Vec<_> = versions.iter().map(|version| (version.version, version.is_in_force)).collect();
    assert_eq!(rates, [(2, true), (1, false)]);
    assert_eq!(versions[1].terms, terms(json!({"award_rate": "10"})), "an old version stays as it was");
    assert_eq!(versions[0].created_by, "system");
    let last = engine.promotion_versions(cx, id, &PageRequest::new(Some(1), None).unwrap()).await.unwrap();
    let second = PageRequest::new(Some(1), last.next).unwrap();
    assert_eq!(engine.promotion_versions(cx, id, &second).await.unwrap().data, versions[1..]);
}

#[tokio::test]
async fn a_later_version_is_never_in_force_from_the_past() {
    let house = House::fixed(NOON).await;
    let (engine, cx) = (&house.engine, &house.cx);
    let id = house.draft(json!({})).await.id;
    let long_ago = instant("2026-01-01T00:00:00Z");
    let published = engine.promotion_publish(cx, id, Some(long_ago)).await.unwrap();
    assert_eq!(published.effective_from, Some(long_ago), "a first version may be");

    engine.promotion_edit(cx, id, terms(json!({"award_rate": "20"}))).await.unwrap();
    let past = instant(NOON) - TimeDelta::seconds(1);
    assert_eq!(code(engine.promotion_publish(cx, id, Some(past)).await), "/effective_from in_past");
    let future = instant(NOON) + TimeDelta::days(1);
    let published = engine.promotion_publish(cx, id, Some(future)).await.unwrap();
    assert_eq!((published.version, published.version_in_force), (2, Some(1)));
    engine.clock().advance(TimeDelta::days(1));
    assert_eq!(engine.promotion_get(cx, id).await.unwrap().version_in_force, Some(2));
}

#[tokio::test]
async fn a_published_version_cannot_change_even_by_two_edits_at_once() {
    let house = House::fixed(NOON).await;
    let (engine, cx) = (&house.engine, &house.cx);
    let id = house.draft(json!({})).await.id;
    let (published, edited) = tokio::join!(
        engine.promotion_publish(cx, id, None),
        engine.promotion_edit(cx, id, terms(json!({"award_rate": "99"}))),
    );
    let (published, edited) = (published.unwrap(), edited.unwrap());
    // Either the edit came first and was published, or it drafted version 2.
    let versions = engine.promotion_versions(cx, id, &first()).await.unwrap().data;
    match edited.version {
        1 => assert_eq!((versions.len(), published.terms), (1, edited.terms)),
        _ => assert_eq!((versions.len(), &versions[1].terms), (2, &published.terms)),
    }
}

#[tokio::test]
async fn references_to_what_the_merchant_lacks_are_named() {
    let house = House::fixed(NOON).await;
    let (engine, cx) = (&house.engine, &house.cx);
    engine.product_create(cx, product("apple", json!({}))).await.unwrap();
    let wrong = terms(json!({
        "retailers": ["north", "nowhere"],
        "products": {"include": ["category:fruit", "apple", "pear"], "exclude": ["whatever the till says"]},
    }));
    let Err(Error::Invalid(errors)) = engine.promotion_create(cx, wrong).await else { panic!("refused") };
    let named: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code.as_ref())).collect();
    assert_eq!(named, [("/retailers/1", "unknown_retailer"), ("/products/include/2", "unknown_product")]);
    assert_eq!(house.number("SELECT count(*) FROM promotions").await, 0);
    let right = terms(json!({"retailers": ["north"], "products": {"include": ["apple"]}}));
    engine.promotion_create(cx, right).await.unwrap();
}

#[tokio::test]
async fn promotions_are_searched_and_filtered_by_state_across_pages() {
    let house = House::fixed(NOON).await;
    let (engine, cx) = (&house.engine, &house.cx);
    for number in 0..7 {
        // Ids are made from time: without it, those of one instant would be in any order.
        engine.clock().advance(TimeDelta::milliseconds(1));
        let name = format!("Apple {number}%");
        match number % 2 {
            0 => drop(house.published(json!({"name": name})).await),
            _ => drop(house.draft(json!({"name": name})).await),
        }
    }
    let archived = house.draft(json!({"name": "Apple archived"})).await.id;
    engine.promotion_archive(cx, archived).await.unwrap();

    let names = async |filter: PromotionFilter, limit: u32| {
        let mut names = Vec::new();
        let mut after = None;
        loop {
            let page = PageRequest::new(Some(limit), after).unwrap();
            let page = engine.promotion_list(cx, &filter, &page).await.unwrap();
            assert!(page.data.len() <= page_limit(limit));
            names.extend(page.data.into_iter().map(|view| view.terms.name.to_string()));
            after = page.next;
            if after.is_none() {
                return names;
            }
        }
    };
    let by_state = |state| PromotionFilter { state: Some(state), search: None };
    for limit in [1, 2, 50] {
        let running = names(by_state(PromotionState::Running), limit).await;
        assert_eq!(running, ["Apple 6%", "Apple 4%", "Apple 2%", "Apple 0%"], "by {limit}");
        assert_eq!(names(by_state(PromotionState::Draft), limit).await.len(), 3);
        assert_eq!(names(by_state(PromotionState::Archived), limit).await, ["Apple archived"]);
        assert_eq!(names(PromotionFilter::default(), limit).await.len(), 7, "archived ones are out of sight");
    }
    let search = |text: &str| PromotionFilter { search: Some(text.to_owned()), state: None };
    assert_eq!(names(search(" apple 3"), 50).await, ["Apple 3%"]);
    assert_eq!(names(search("3%"), 50).await, ["Apple 3%"], "a per cent sign stands for itself");
    assert!(names(search("_pple"), 50).await.is_empty());
}

fn page_limit(limit: u32) -> usize {
    usize::try_from(limit).unwrap()
}

//! API keys: what they stand for, and that revoking them works everywhere.

use std::time::{Duration, Instant};

use perennial_domain::access::{Action, Scope};
use perennial_domain::ids::RetailerId;
use perennial_engine::api_keys::{ApiKeyFilter, ApiKeyPatch, ApiKeyState, NewApiKey};
use perennial_engine::{Actor, Cx, Error, PageRequest};

use crate::support::{House, code, first, retailer};

fn key(scopes: &[Scope]) -> NewApiKey {
    NewApiKey { name: "till".parse().unwrap(), scopes: scopes.to_vec(), retailer: None }
}

#[tokio::test]
async fn a_key_stands_for_its_merchant_scopes_and_retailer() {
    let house = House::new().await;
    let cx = house.key(&[Scope::PurchasesWrite, Scope::PurchasesWrite], Some(house.retailer)).await;
    assert_eq!(cx.merchant(), house.merchant);
    assert_eq!(cx.retailer(), Some(house.retailer));
    assert!(cx.may(Action::PurchasesWrite) && !cx.may(Action::PurchasesRead));
    let Actor::ApiKey { scopes, .. } = cx.actor() else { panic!("a key") };
    assert_eq!(scopes, &[Scope::PurchasesWrite], "a scope given twice is one scope");
}

#[tokio::test]
async fn the_first_key_of_a_merchant_may_do_everything_a_key_can() {
    let house = House::new().await;
    let cx = house.engine.authenticate(house.created.api_key_secret.expose()).await.unwrap();
    let staff_only = [Action::StaffRead, Action::StaffWrite, Action::TillPage];
    for action in Action::ALL {
        assert_eq!(cx.may(action), !staff_only.contains(&action), "{action:?}");
    }
}

#[tokio::test]
async fn what_is_no_key_of_ours_is_refused() {
    let house = House::new().await;
    let mut wrong = house.created.api_key_secret.expose().to_owned();
    wrong.replace_range(wrong.len() - 1.., if wrong.ends_with('A') { "B" } else { "A" });
    for text in ["", "prn_", "Bearer x", wrong.as_str()] {
        assert!(matches!(house.engine.authenticate(text).await, Err(Error::Unauthenticated)), "{text}");
    }
}

#[tokio::test]
async fn the_secret_is_stored_nowhere() {
    let house = House::new().await;
    let secret = &house.created.api_key_secret.expose()[13..];
    let row: String = sqlx::query_scalar(
        "SELECT string_agg(t::text, ' ') FROM (SELECT k::text FROM api_keys k UNION ALL
         SELECT d::text FROM directory_api_keys d UNION ALL SELECT m::text FROM merchants m) t",
    )
    .fetch_one(&house.db.pool)
    .await
    .unwrap();
    assert!(row.contains(house.created.api_key_secret.prefix()));
    assert!(!row.contains(secret));
}

#[tokio::test]
async fn a_revoked_key_ends_here_at_once_and_elsewhere_within_two_seconds() {
    let house = House::new().await;
    let other_server = house.another_engine().await;
    let (key, secret) = house.engine.api_key_create(&house.cx, key(&[Scope::PurchasesRead])).await.unwrap();
    house.engine.authenticate(secret.expose()).await.unwrap();
    other_server.authenticate(secret.expose()).await.unwrap();

    let revoked = house.engine.api_key_revoke(&house.cx, key.id).await.unwrap();
    let since = Instant::now();
    assert!(revoked.revoked_at.is_some());
    assert!(matches!(house.engine.authenticate(secret.expose()).await, Err(Error::Unauthenticated)));
    // The other server asks again and again, so that it is not the idle time that ends the key there.
    loop {
        // When it was asked counts, and not when a busy machine came to the answer.
        let asked = since.elapsed();
        if other_server.authenticate(secret.expose()).await.is_err() {
            break;
        }
        assert!(asked < Duration::from_secs(2), "still believed after two seconds");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let again = house.engine.api_key_revoke(&house.cx, key.id).await.unwrap();
    assert_eq!(again.revoked_at, revoked.revoked_at, "revoking twice changes nothing");
}

#[tokio::test]
async fn the_last_use_is_written_down_when_the_engine_stops() {
    let house = House::fixed("2026-11-21T10:00:00Z").await;
    house.engine.authenticate(house.created.api_key_secret.expose()).await.unwrap();
    let reader = house.another_engine().await;
    let id = house.created.api_key_id;
    assert_eq!(reader.api_key_get(&house.cx, id).await.unwrap().last_used_at, None);
    house.engine.shutdown().await;
    let last_used = reader.api_key_get(&house.cx, id).await.unwrap().last_used_at;
    assert_eq!(last_used, Some(reader.clock().now()));
}

#[tokio::test]
async fn a_key_cannot_make_a_key_that_may_do_more() {
    let house = House::new().await;
    let south = retailer(&house.engine, &house.cx, "south").await.id;
    let cx = house.key(&[Scope::KeysWrite, Scope::PurchasesWrite], Some(house.retailer)).await;
    let make = async |cx: &Cx, scopes: &[Scope], retailer: Option<RetailerId>| {
        let retailer = retailer.map(|id| id.to_string());
        house.engine.api_key_create(cx, NewApiKey { retailer, ..key(scopes) }).await
    };
    assert_eq!(code(make(&cx, &[Scope::SettingsWrite], Some(house.retailer)).await), "/scopes not_granted");
    assert_eq!(code(make(&cx, &[Scope::PurchasesWrite], None).await), "/retailer not_granted");
    assert_eq!(code(make(&cx, &[Scope::PurchasesWrite], Some(south)).await), "/retailer not_granted");
    assert_eq!(code(make(&cx, &[], Some(house.retailer)).await), "/scopes required");
    make(&cx, &[Scope::PurchasesWrite], Some(house.retailer)).await.unwrap();
}

#[tokio::test]
async fn a_key_is_changed_at_once_and_keeps_its_secret() {
    let house = House::new().await;
    let (till, secret) = house.engine.api_key_create(&house.cx, key(&[Scope::PurchasesRead])).await.unwrap();
    let cx = house.engine.authenticate(secret.expose()).await.unwrap();
    assert!(cx.may(Action::PurchasesRead) && cx.retailer().is_none());
    let change = async |by: &Cx, patch: serde_json::Value| {
        let patch: ApiKeyPatch = serde_json::from_value(patch).unwrap();
        house.engine.api_key_update(by, till.id, patch).await
    };
    let scopes = serde_json::json!({"scopes": ["purchases:write", "purchases:write"], "retailer": "north"});
    let changed = change(&house.cx, scopes).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.scopes.as_slice()), ("till", &[Scope::PurchasesWrite][..]));
    assert_eq!((changed.prefix, changed.retailer), (till.prefix.clone(), Some(house.retailer)));
    let cx = house.engine.authenticate(secret.expose()).await.unwrap();
    assert!(cx.may(Action::PurchasesWrite) && !cx.may(Action::PurchasesRead), "at once");
    assert_eq!(cx.retailer(), Some(house.retailer));

    let same = change(&house.cx, serde_json::json!({})).await.unwrap();
    assert_eq!((same.scopes, same.retailer), (vec![Scope::PurchasesWrite], Some(house.retailer)));
    let named = change(&house.cx, serde_json::json!({"name": "Door", "retailer": null})).await.unwrap();
    assert_eq!((named.name.as_str(), named.retailer), ("Door", None));
    assert_eq!(code(change(&house.cx, serde_json::json!({"scopes": []})).await), "/scopes required");
    let unknown = change(&house.cx, serde_json::json!({"retailer": "nowhere"})).await;
    assert!(matches!(unknown, Err(Error::UnknownRetailer)), "{unknown:?}");

    // A key makes no other into one that may do more than itself.
    let weak = house.key(&[Scope::KeysWrite, Scope::PurchasesWrite], Some(house.retailer)).await;
    let more = serde_json::json!({"scopes": ["settings:write"], "retailer": "north"});
    assert_eq!(code(change(&weak, more).await), "/scopes not_granted");
    assert_eq!(code(change(&weak, serde_json::json!({"name": "Mine"})).await), "/retailer not_granted");
    change(&weak, serde_json::json!({"retailer": "north"})).await.unwrap();

    house.engine.api_key_revoke(&house.cx, till.id).await.unwrap();
    let revoked = change(&house.cx, serde_json::json!({"name": "Again"})).await;
    assert!(matches!(revoked, Err(Error::Conflict { code: "revoked", .. })), "{revoked:?}");
    assert!(matches!(house.engine.authenticate(secret.expose()).await, Err(Error::Unauthenticated)));
}

#[tokio::test]
async fn a_key_is_bound_to_a_retailer_by_code_or_id() {
    let house = House::new().await;
    let make = async |named: &str| {
        let input = NewApiKey { retailer: Some(named.to_owned()), ..key(&[Scope::PurchasesWrite]) };
        house.engine.api_key_create(&house.cx, input).await.map(|(key, _)| key.retailer)
    };
    assert_eq!(make("north").await.unwrap(), Some(house.retailer));
    assert_eq!(make(&house.retailer.to_string()).await.unwrap(), Some(house.retailer));
    for unknown in ["south", "", "North\0", &RetailerId::new(0, [0; 10]).to_string()] {
        assert!(matches!(make(unknown).await, Err(Error::UnknownRetailer)), "{unknown}");
    }
}

#[tokio::test]
async fn keys_are_listed_newest_first_page_by_page() {
    let house = House::new().await;
    for _ in 0..4 {
        house.engine.api_key_create(&house.cx, key(&[Scope::PurchasesRead])).await.unwrap();
    }
    let all = house.engine.api_key_list(&house.cx, &ApiKeyFilter::default(), &first()).await.unwrap();
    assert_eq!((all.data.len(), all.next), (5, None));
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = PageRequest::new(Some(2), after).unwrap();
        let page = house.engine.api_key_list(&house.cx, &ApiKeyFilter::default(), &page).await.unwrap();
        seen.extend(page.data);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, all.data);
}

#[tokio::test]
async fn keys_are_found_by_name_retailer_beginning_and_state() {
    let house = House::new().await;
    let cx = &house.cx;
    let named = |name: &str, retailer: Option<String>| NewApiKey {
        name: name.parse().unwrap(),
        retailer,
        ..key(&[Scope::PurchasesWrite])
    };
    let (app, _) = house.engine.api_key_create(cx, named("App 100%", None)).await.unwrap();
    let till = named("Till 7", Some("north".to_owned()));
    let (till, _) = house.engine.api_key_create(cx, till).await.unwrap();
    house.engine.api_key_revoke(cx, app.id).await.unwrap();
    let found = async |search: &str, state| {
        let search = Some(search.to_owned()).filter(|search| !search.is_empty());
        let filter = ApiKeyFilter { search, state };
        let page = house.engine.api_key_list(cx, &filter, &first()).await.unwrap();
        page.data.into_iter().map(|key| key.name).collect::<std::collections::BTreeSet<_>>()
    };
    let only = |name: &str| std::collections::BTreeSet::from([name.to_owned()]);
    assert_eq!(found("till", None).await, only("Till 7"));
    assert_eq!(found("north", None).await, only("Till 7"), "the name of its retailer");
    assert_eq!(found(&till.prefix, None).await, only("Till 7"), "how it begins");
    assert_eq!(found("100%", None).await, only("App 100%"), "a wildcard stands for itself");
    assert_eq!(found("", Some(ApiKeyState::Revoked)).await, only("App 100%"));
    assert!(found("till", Some(ApiKeyState::Revoked)).await.is_empty());
    assert!(found("", Some(ApiKeyState::Active)).await.contains("Till 7"));
    assert!(!found("", Some(ApiKeyState::Active)).await.contains("App 100%"));
}

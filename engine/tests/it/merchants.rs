//! Merchants and their settings.

use perennial_domain::access::Role;
use perennial_domain::settings::MerchantPatch;
use perennial_engine::{Error, PageRequest};
use serde_json::{Value, json};

use crate::intake_support::PATIENT;
use crate::support::{House, PASSWORD, code, first, new_merchant};

fn patch(fields: Value) -> MerchantPatch {
    serde_json::from_value(fields).unwrap()
}

/// Such a name could be entered before names were looked at so closely, and everything of the merchant is read with it.
#[tokio::test]
async fn a_name_that_was_stored_with_a_hidden_character_is_read_without_it() {
    let house = House::new().await;
    let hidden = "Free\u{202E}Wine\u{200B}";
    sqlx::query("UPDATE merchants SET name = $1").bind(hidden).execute(&house.db.pool).await.unwrap();
    let settings = house.engine.merchant_settings(&house.cx).await.unwrap();
    assert_eq!(settings.name.as_str(), "FreeWine");
    assert!(
        serde_json::from_value::<MerchantPatch>(json!({"name": hidden})).is_err(),
        "and nobody enters one"
    );
    let changed = house.engine.merchant_update(&house.cx, patch(json!({"claim_days": 31}))).await.unwrap();
    assert_eq!(changed.name.as_str(), "FreeWine");
}

#[tokio::test]
async fn a_merchant_begins_with_an_owner_and_sensible_settings() {
    let house = House::new().await;
    let login = house.engine.staff_sign_in("owner@corner.example", PASSWORD, None).await.unwrap();
    assert_eq!(login.id, house.created.owner_id);
    assert_eq!((login.memberships[0].merchant_id, login.memberships[0].role), (house.merchant, Role::Owner));
    let settings = serde_json::to_value(house.engine.merchant_settings(&house.cx).await.unwrap()).unwrap();
    assert_eq!(
        settings,
        json!({
            "name": "corner", "currency": "USD", "time_zone": "America/New_York", "points_name": "points",
            "brand_color": null, "unknown_customer": "create", "claim_days": 30, "accepted_lateness_days": 7,
            "rounding": "floor", "carry_over": false, "point_value": null, "default_country": null,
            "return_policy": "allow_negative", "expiry": {"kind": "never"}, "pending_days": 0,
            "tiers": {
                "basis": "points_earned", "window": {"kind": "rolling_months", "months": 12},
                "demotion": "one_step", "grace_days": 0,
            },
            "cashback_mode": "all",
            "referrals": {
                "enabled": true, "attribution_days": 30, "touch": "last", "hold_days": 14, "same_person": "review",
                "max_per_hour": 10, "max_per_day": 50, "allowed_origins": [], "targets": [],
            },
            "allowed_origins": [],
        })
    );
}

#[tokio::test]
async fn settings_are_changed_field_by_field() {
    let house = House::new().await;
    let change = json!({
        "name": "Corner & Co", "currency": "EUR", "time_zone": "Europe/Berlin", "points_name": "leaves",
        "brand_color": "#B3472B", "unknown_customer": "hold", "claim_days": 60, "accepted_lateness_days": 0,
        "rounding": "half_even", "carry_over": true, "point_value": {"points": 100, "amount": 50},
        "default_country": "DE",
        "return_policy": "pending_until_return_window", "pending_days": 14, "cashback_mode": "best",
        "expiry": {"kind": "calendar", "dates": ["06-30", "12-31"], "held_months": 12},
        "tiers": {"basis": "spend", "window": {"kind": "calendar_year"}, "demotion": "straight", "grace_days": 30},
    });
    let changed = house.engine.merchant_update(&house.cx, patch(change)).await.unwrap();
    assert_eq!(house.engine.merchant_settings(&house.cx).await.unwrap(), changed);
    assert_eq!(serde_json::to_value(&changed).unwrap()["brand_color"], "#b3472b");
    let cleared = patch(json!({"brand_color": null, "point_value": null, "default_country": null}));
    let cleared = house.engine.merchant_update(&house.cx, cleared).await.unwrap();
    assert_eq!((cleared.brand_color, cleared.point_value, cleared.default_country), (None, None, None));
    assert_eq!(cleared.claim_days, 60);

    let version = house.engine.snapshot(&house.cx).await.unwrap().rules_version;
    house.engine.merchant_update(&house.cx, patch(json!({"claim_days": 60}))).await.unwrap();
    assert_eq!(house.engine.snapshot(&house.cx).await.unwrap().rules_version, version, "nothing has changed");
    let wrong = patch(json!({"claim_days": 0}));
    assert_eq!(code(house.engine.merchant_update(&house.cx, wrong).await), "/claim_days out_of_range");
}

#[tokio::test]
async fn only_pages_of_the_merchants_own_list_may_call() {
    let house = House::new().await;
    let change = json!({"allowed_origins": ["https://app.corner.example", "http://127.0.0.1:8080"]});
    let changed = house.engine.merchant_update(&house.cx, patch(change)).await.unwrap();
    assert_eq!(house.engine.merchant_settings(&house.cx).await.unwrap(), changed);
    let other = house.engine.merchant_create(new_merchant("second")).await.unwrap().merchant_id;
    for (merchant, origin, allowed) in [
        (house.merchant, "https://app.corner.example", true),
        (house.merchant, "http://127.0.0.1:8080", true),
        (house.merchant, "http://127.0.0.1", false),
        (house.merchant, "https://corner.example", false),
        (house.merchant, "", false),
        (other, "https://app.corner.example", false),
    ] {
        assert_eq!(house.engine.origin_is_allowed(merchant, origin).await, allowed, "{origin}");
    }
    house.engine.merchant_update(&house.cx, patch(json!({"allowed_origins": []}))).await.unwrap();
    assert!(!house.engine.origin_is_allowed(house.merchant, "https://app.corner.example").await);
}

#[tokio::test]
async fn the_currency_stays_once_there_are_purchases() {
    let house = House::new().await;
    house.published(json!({})).await;
    let purchase = json!({"transaction_id": "1", "retailer": "north", "amount": 100, "currency": "USD"});
    let purchase: perennial_domain::purchase::PurchaseInput = serde_json::from_value(purchase).unwrap();
    let checked = vec![purchase.check(None).unwrap()];
    let submitted = house.engine.purchases_submit(&house.cx, checked, PATIENT).await;
    submitted.into_iter().for_each(|each| drop(each.unwrap()));
    let change = house.engine.merchant_update(&house.cx, patch(json!({"currency": "EUR"}))).await;
    assert_eq!(code(change), "currency_in_use");
    house
        .engine
        .merchant_update(&house.cx, patch(json!({"currency": "USD", "claim_days": 5})))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_slug_belongs_to_one_merchant_and_an_owner_may_have_several() {
    let house = House::new().await;
    assert_eq!(code(house.engine.merchant_create(new_merchant("corner")).await), "slug_taken");
    let mut second = new_merchant("second");
    second.owner_email = "owner@corner.example".parse().unwrap();
    second.owner_password = "another password of mine".to_owned();
    house.engine.merchant_create(second).await.unwrap();
    let login = house.engine.staff_sign_in("owner@corner.example", PASSWORD, None).await.unwrap();
    let slugs: Vec<_> = login.memberships.iter().map(|membership| membership.slug.as_str()).collect();
    assert_eq!(slugs, ["corner", "second"]);
    let other = house.engine.staff_sign_in("owner@corner.example", "another password of mine", None).await;
    assert!(matches!(other, Err(Error::Unauthenticated)), "an account keeps its password");

    let mut weak = new_merchant("third");
    weak.owner_password = "password".to_owned();
    assert_eq!(code(house.engine.merchant_create(weak).await), "/owner_password password_common");
    let page = house.engine.merchant_list(&PageRequest::new(Some(1), None).unwrap()).await.unwrap();
    assert_eq!((page.data[0].slug.as_str(), page.next.is_some()), ("corner", true));
    assert_eq!(house.engine.merchant_list(&first()).await.unwrap().data.len(), 2);
}

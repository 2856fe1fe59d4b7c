//! A merchant's settings and their changes.

use perennial_domain::settings::{MerchantPatch, MerchantSettings};
use serde_json::{Value, json};

fn settings() -> MerchantSettings {
    MerchantSettings::new(
        "Hearth & Hops".parse().unwrap(),
        "USD".parse().unwrap(),
        "America/New_York".parse().unwrap(),
        "leaves".parse().unwrap(),
    )
}

fn patched(patch: Value) -> Result<MerchantSettings, Vec<(String, String)>> {
    settings()
        .with(serde_json::from_value(patch).unwrap())
        .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code.into_owned())).collect())
}

#[test]
fn what_is_not_given_stays() {
    assert_eq!(patched(json!({})).unwrap(), settings());
    let changed =
        patched(json!({"claim_days": 60, "rounding": "half_up", "unknown_customer": "hold"})).unwrap();
    assert_eq!((changed.claim_days, changed.rounding.as_str()), (60, "half_up"));
    assert_eq!(changed.unknown_customer.as_str(), "hold");
    assert_eq!(changed.points_name, settings().points_name);
}

#[test]
fn null_clears_what_can_be_absent() {
    let coloured = patched(json!({"brand_color": "#2F6B4F", "default_country": "us"})).unwrap();
    assert_eq!(coloured.brand_color.as_ref().unwrap().as_str(), "#2f6b4f");
    let patch: MerchantPatch = serde_json::from_value(json!({"brand_color": null})).unwrap();
    let cleared = coloured.with(patch).unwrap();
    assert_eq!(cleared.brand_color, None);
    assert_eq!(cleared.default_country.unwrap().as_str(), "US");
}

#[test]
fn bounds_are_checked() {
    for (patch, pointer) in [
        (json!({"claim_days": 0}), "/claim_days"),
        (json!({"claim_days": 3_651}), "/claim_days"),
        (json!({"accepted_lateness_days": 3_651}), "/accepted_lateness_days"),
        (json!({"point_value": {"points": 0, "amount": 1}}), "/point_value/points"),
        (json!({"point_value": {"points": 100, "amount": 0}}), "/point_value/amount"),
    ] {
        assert_eq!(patched(patch), Err(vec![(pointer.to_owned(), "out_of_range".to_owned())]));
    }
    for patch in [
        json!({"claim_days": 1}),
        json!({"claim_days": 3_650, "accepted_lateness_days": 0}),
        json!({"accepted_lateness_days": 3_650, "point_value": {"points": 1, "amount": 1}}),
    ] {
        assert!(patched(patch).is_ok());
    }
}

#[test]
fn unknown_fields_and_values_are_refused() {
    for patch in [
        json!({"carry_over": true}),
        json!({"return_policy": "allow_negative"}),
        json!({"unknown_customer": "ignore"}),
        json!({"rounding": "bankers"}),
        json!({"claim_days": -1}),
        json!({"time_zone": "Berlin"}),
        json!({"currency": "dollars"}),
        json!({"name": ""}),
    ] {
        assert!(serde_json::from_value::<MerchantPatch>(patch.clone()).is_err(), "{patch}");
    }
}

#[test]
fn settings_and_patches_survive_json() {
    let settings =
        patched(json!({"point_value": {"points": 100, "amount": 1}, "default_country": "US"})).unwrap();
    let json = serde_json::to_value(&settings).unwrap();
    assert_eq!(serde_json::from_value::<MerchantSettings>(json).unwrap(), settings);
    let patch: MerchantPatch = serde_json::from_value(json!({"brand_color": null, "claim_days": 3})).unwrap();
    assert_eq!(serde_json::to_value(&patch).unwrap(), json!({"brand_color": null, "claim_days": 3}));
}

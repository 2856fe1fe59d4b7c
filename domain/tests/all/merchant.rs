//! A merchant's settings and their changes.

use perennial_domain::codes::AppOrigin;
use perennial_domain::settings::{MAX_ALLOWED_ORIGINS, MerchantPatch, MerchantSettings};
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
fn what_rounding_leaves_is_carried_over_when_the_merchant_says_so() {
    assert!(!settings().carry_over);
    let on = patched(json!({"carry_over": true})).unwrap();
    assert!(on.carry_over);
    assert!(on.with(MerchantPatch::default()).unwrap().carry_over);
    let off = on.with(serde_json::from_value(json!({"carry_over": false})).unwrap()).unwrap();
    assert_eq!(off, settings());
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
    for (patch, pointer, code) in [
        (json!({"pending_days": 3_651}), "/pending_days", "out_of_range"),
        (
            json!({"return_policy": "pending_until_return_window"}),
            "/pending_days",
            "required_by_return_policy",
        ),
        (json!({"expiry": {"kind": "after_months", "months": 0}}), "/expiry/months", "out_of_range"),
        (json!({"expiry": {"kind": "inactivity", "months": 121}}), "/expiry/months", "out_of_range"),
        (json!({"expiry": {"kind": "calendar", "dates": []}}), "/expiry/dates", "required"),
        (json!({"expiry": {"kind": "calendar", "dates": vec!["12-31"; 21]}}), "/expiry/dates", "too_many"),
        (
            json!({"expiry": {"kind": "calendar", "dates": ["12-31"], "held_months": 121}}),
            "/expiry/held_months",
            "out_of_range",
        ),
        (
            json!({"tiers": {"window": {"kind": "rolling_months", "months": 0}}}),
            "/tiers/window/months",
            "out_of_range",
        ),
        (
            json!({"tiers": {"window": {"kind": "rolling_months", "months": 61}}}),
            "/tiers/window/months",
            "out_of_range",
        ),
        (json!({"tiers": {"grace_days": 366}}), "/tiers/grace_days", "out_of_range"),
    ] {
        assert_eq!(patched(patch), Err(vec![(pointer.to_owned(), code.to_owned())]));
    }
    for patch in [
        json!({"return_policy": "pending_until_return_window", "pending_days": 1}),
        json!({"expiry": {"kind": "after_months", "months": 120}, "pending_days": 3_650}),
        json!({"expiry": {"kind": "calendar", "dates": vec!["12-31"; 20], "held_months": 120}}),
        json!({"tiers": {"window": {"kind": "rolling_months", "months": 60}, "grace_days": 365}}),
        json!({"claim_days": 1}),
        json!({"claim_days": 3_650, "accepted_lateness_days": 0}),
        json!({"accepted_lateness_days": 3_650, "point_value": {"points": 1, "amount": 1}}),
    ] {
        assert!(patched(patch).is_ok());
    }
}

#[test]
fn an_origin_is_kept_as_browsers_write_it() {
    for (text, kept) in [
        ("https://app.shop.example", "https://app.shop.example"),
        ("  HTTPS://App.Shop.Example/ ", "https://app.shop.example"),
        ("https://app.shop.example:443", "https://app.shop.example"),
        ("https://app.shop.example:8443", "https://app.shop.example:8443"),
        ("https://app.shop.example:08443", "https://app.shop.example:8443"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://192.0.2.7", "https://192.0.2.7"),
        ("https://localhost", "https://localhost"),
        ("http://localhost", "http://localhost"),
        ("http://localhost:80/", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:5173", "http://127.0.0.1:5173"),
    ] {
        assert_eq!(AppOrigin::new(text).map(String::from).as_deref(), Ok(kept), "{text}");
    }
    for wrong in [
        "",
        "*",
        "null",
        "app.shop.example",
        "//app.shop.example",
        "http://app.shop.example",
        "http://localhost.shop.example",
        "http://192.168.1.10:3000",
        "ftp://app.shop.example",
        "capacitor://localhost",
        "https://",
        "https://*.shop.example",
        "https://app.shop.example/path",
        "https://app.shop.example//",
        "https://app.shop.example?x",
        "https://app.shop.example#top",
        "https://me@app.shop.example",
        "https://app.shop.example:0",
        "https://app.shop.example:65536",
        "https://app.shop.example:+443",
        "https://app.shop.example:",
        "https://app shop.example",
        "https://bücher.example",
        "https://app.shop.example https://other.example",
    ] {
        assert!(AppOrigin::new(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_list_of_origins_is_bounded_and_names_each_once() {
    let list =
        |count: usize| (0..count).map(|number| format!("https://app{number}.example")).collect::<Vec<_>>();
    let origins = patched(json!({"allowed_origins": list(MAX_ALLOWED_ORIGINS)})).unwrap().allowed_origins;
    assert_eq!(origins.len(), MAX_ALLOWED_ORIGINS);
    let wrong = |origins: Value| patched(json!({"allowed_origins": origins})).unwrap_err();
    let error = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    assert_eq!(wrong(json!(list(MAX_ALLOWED_ORIGINS + 1))), [error("/allowed_origins", "too_many")]);
    assert_eq!(
        wrong(json!([
            "https://a.example",
            "https://b.example",
            "https://A.example:443",
            "https://a.example"
        ])),
        [error("/allowed_origins/2", "duplicate"), error("/allowed_origins/3", "duplicate")],
    );
    let emptied = settings().with(serde_json::from_value(json!({"allowed_origins": []})).unwrap()).unwrap();
    assert_eq!(emptied, settings());
}

#[test]
fn unknown_fields_and_values_are_refused() {
    for patch in [
        json!({"carry_over": "yes"}),
        json!({"return_policy": "forgive"}),
        json!({"expiry": {}}),
        json!({"expiry": {"kind": "never", "months": 12}}),
        json!({"expiry": {"kind": "calendar", "dates": ["12-32"]}}),
        json!({"pending_days": -1}),
        json!({"tiers": {"basis": "balance"}}),
        json!({"tiers": {"window": "ever"}}),
        json!({"tiers": {"window": {"kind": "calendar_year", "months": 12}}}),
        json!({"tiers": {"rate": 1}}),
        json!({"cashback_mode": "first"}),
        json!({"unknown_customer": "ignore"}),
        json!({"rounding": "bankers"}),
        json!({"claim_days": -1}),
        json!({"time_zone": "Berlin"}),
        json!({"currency": "dollars"}),
        json!({"name": ""}),
        json!({"allowed_origins": ["https://shop.example/path"]}),
        json!({"allowed_origins": "https://shop.example"}),
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

#[test]
fn settings_of_before_load_with_what_was_so_without_them() {
    let stored = json!({
        "name": "Hearth & Hops", "currency": "USD", "time_zone": "America/New_York", "points_name": "leaves",
        "unknown_customer": "create", "claim_days": 30, "accepted_lateness_days": 7, "rounding": "floor",
    });
    let loaded: MerchantSettings = serde_json::from_value(stored).unwrap();
    assert_eq!(loaded, settings());
    let written = serde_json::to_value(&loaded).unwrap();
    for (field, value) in [
        ("carry_over", json!(false)),
        ("return_policy", json!("allow_negative")),
        ("expiry", json!({"kind": "never"})),
        ("pending_days", json!(0)),
        (
            "tiers",
            json!({
                "basis": "points_earned", "window": {"kind": "rolling_months", "months": 12},
                "demotion": "one_step", "grace_days": 0,
            }),
        ),
        ("cashback_mode", json!("all")),
        ("allowed_origins", json!([])),
    ] {
        assert_eq!(written[field], value, "{field}");
    }
}

#[test]
fn a_change_of_the_tiers_leaves_what_it_does_not_name() {
    let years = patched(json!({"tiers": {"window": {"kind": "calendar_year"}, "grace_days": 14}})).unwrap();
    let patch: MerchantPatch =
        serde_json::from_value(json!({"tiers": {"basis": "spend", "demotion": "straight"}})).unwrap();
    let changed = serde_json::to_value(years.with(patch).unwrap().tiers).unwrap();
    let expected = json!({
        "basis": "spend", "window": {"kind": "calendar_year"}, "demotion": "straight", "grace_days": 14,
    });
    assert_eq!(changed, expected);
}

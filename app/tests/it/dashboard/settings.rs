//! The settings of the program.

use crate::support::Page;
use crate::support::desk::opened;
use crate::support::form::form;
use http::StatusCode;

/// What the form says of a shop that changes nothing else.
const BAKERY: [(&str, &str); 8] = [
    ("name", "Sola"),
    ("points_name", "points"),
    ("time_zone", "Europe/Lisbon"),
    ("currency", "USD"),
    ("rounding", "floor"),
    ("unknown_customer", "create"),
    ("claim_days", "30"),
    ("accepted_lateness_days", "7"),
];

#[tokio::test(flavor = "multi_thread")]
async fn settings_hold_at_once_and_a_wrong_one_changes_nothing() {
    let (house, cx, mut browser) = opened("sola").await;
    let fields = |points: &'static str, days: &'static str| {
        vec![
            ("do", "save"),
            ("name", "Sola Bakery"),
            ("points_name", points),
            ("brand_color", "#b3472b"),
            ("time_zone", "Europe/Lisbon"),
            ("default_country", "pt"),
            ("currency", "EUR"),
            ("rounding", "half_up"),
            ("point_value.points", "100"),
            ("point_value.amount", "1.00"),
            ("unknown_customer", "hold"),
            ("claim_days", days),
            ("accepted_lateness_days", "3"),
        ]
    };
    let wrong = browser.post("/dashboard/settings", &form(&fields("stars", "0"))).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("value=\"stars\"") && wrong.text.contains("Must be between 1 and 3650"));
    assert_eq!(house.engine.merchant_settings(&cx).await.unwrap().points_name.as_str(), "points");

    let saved = browser.post("/dashboard/settings", &form(&fields("stars", "14"))).await;
    assert_eq!(saved.location(), "/dashboard/settings?done=settings-saved", "{}", saved.text);
    let settings = house.engine.merchant_settings(&cx).await.unwrap();
    assert_eq!((settings.points_name.as_str(), settings.claim_days), ("stars", 14));
    assert_eq!(settings.default_country.unwrap().to_string(), "PT");
    assert!(browser.get("/dashboard/settings?done=settings-saved").await.text.contains("Settings saved"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rounding_leaves_is_dropped_or_kept() {
    let (house, cx, mut browser) = opened("sola").await;
    let fields = |kept: Option<&'static str>| {
        let mut fields: Vec<(&str, &str)> = BAKERY.to_vec();
        fields.extend(kept.map(|kept| ("carry_over", kept)));
        form(&fields)
    };
    let is_kept = async || house.engine.merchant_settings(&cx).await.unwrap().carry_over;
    assert!(browser.get("/dashboard/settings").await.text.contains("Leftover fractions"));
    for (sent, kept) in [(Some("true"), true), (None, true), (Some("false"), false)] {
        let saved = browser.post("/dashboard/settings", &fields(sent)).await;
        assert_eq!(saved.location(), "/dashboard/settings?done=settings-saved", "{}", saved.text);
        assert_eq!(is_kept().await, kept, "{sent:?}");
    }
    let refused = browser.post("/dashboard/settings", &fields(Some("perhaps"))).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Choose one of the two"), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn sites_of_apps_are_written_one_a_line() {
    let (house, cx, mut browser) = opened("sola").await;
    let fields = |origins: Option<&'static str>| {
        let mut fields: Vec<(&str, &str)> = BAKERY.to_vec();
        fields.extend(origins.map(|origins| ("allowed_origins", origins)));
        form(&fields)
    };
    let kept = async || {
        let origins = house.engine.merchant_settings(&cx).await.unwrap().allowed_origins;
        origins.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let two = "https://app.sola.example/\r\n\r\nhttp://localhost:3000\r\n";
    let saved = browser.post("/dashboard/settings", &fields(Some(two))).await;
    assert_eq!(saved.location(), "/dashboard/settings?done=settings-saved", "{}", saved.text);
    assert_eq!(kept().await, ["https://app.sola.example", "http://localhost:3000"]);
    let page = browser.get("/dashboard/settings").await;
    assert!(page.text.contains("https://app.sola.example\nhttp://localhost:3000"), "{}", page.text);
    for (wrong, told) in [
        ("https://app.sola.example/path", "“https://app.sola.example/path” must be"),
        ("http://app.sola.example", "http is only for localhost"),
        ("https://a.example\nhttps://A.example", "https://a.example is given twice"),
    ] {
        let refused = browser.post("/dashboard/settings", &fields(Some(wrong))).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(told), "{told}: {}", refused.text);
    }
    browser.post("/dashboard/settings", &fields(None)).await;
    assert_eq!(kept().await.len(), 2, "a form that does not have the field leaves it");
    browser.post("/dashboard/settings", &fields(Some(""))).await;
    assert!(kept().await.is_empty());
}

/// Every policy that the form offers is saved as it reads, and comes back to the form.
#[tokio::test(flavor = "multi_thread")]
async fn expiry_waiting_and_returns_are_set_on_the_settings_page() {
    let (house, cx, mut browser) = opened("sola").await;
    let fields = |later: &[(&str, &str)]| {
        let mut fields: Vec<(&str, &str)> = BAKERY.to_vec();
        fields.extend(later);
        form(&fields)
    };
    let seen = |page: &Page| {
        let (_, rest) = page.text.split_once("name=\"expiry.seen\" value=\"").expect("what was looked at");
        rest.split('"').next().unwrap().replace("&quot;", "\"")
    };
    let cases: [(&[(&str, &str)], &str); 4] = [
        (
            &[("expiry.kind", "after_months"), ("expiry.months", "12"), ("expiry.month_end", "on")],
            "Points expire after 12 months, at the end of the month",
        ),
        (
            &[("expiry.kind", "calendar"), ("expiry.dates", "06-30, 12-31"), ("expiry.held_months", "6")],
            "Points expire every year on 06-30, 12-31, once they are 6 months old",
        ),
        (
            &[("expiry.kind", "inactivity"), ("expiry.months", "18")],
            "Points expire after 18 months without activity",
        ),
        (&[("expiry.kind", "never"), ("expiry.months", "nonsense")], "Points never expire"),
    ];
    house.open_shop(&cx).await;
    house.buy(&cx, "t-1", Some("ada@example.com")).await;
    for (later, sentence) in cases {
        let before = house.engine.merchant_settings(&cx).await.unwrap().expiry;
        let looked = browser.post("/dashboard/settings", &fields(later)).await;
        assert_eq!(looked.status, StatusCode::OK, "{}", looked.text);
        assert!(
            looked.text.contains("Nothing has happened yet.") && looked.text.contains(sentence),
            "{}",
            looked.text
        );
        assert_eq!(
            house.engine.merchant_settings(&cx).await.unwrap().expiry,
            before,
            "a look changes nothing"
        );
        let seen = seen(&looked);
        let other = [later, &[("expiry.seen", "[]"), ("preview.expiry", "{}")]].concat();
        let unseen = browser.post("/dashboard/settings", &fields(&other)).await;
        assert_eq!(unseen.status, StatusCode::OK, "what was not looked at is not saved: {}", unseen.text);
        let confirmed = [later, &[("expiry.seen", seen.as_str())]].concat();
        let saved = browser.post("/dashboard/settings", &fields(&confirmed)).await;
        assert_eq!(saved.location(), "/dashboard/settings?done=settings-saved", "{}", saved.text);
        assert_eq!(house.engine.merchant_settings(&cx).await.unwrap().expiry.text(), sentence);
        assert!(browser.get("/dashboard/settings").await.text.contains(sentence), "{sentence}");
    }
    for (later, wrong) in [
        (vec![("expiry.kind", "after_months"), ("expiry.months", "0")], "Must be between 1 and 120"),
        (vec![("expiry.kind", "calendar"), ("expiry.dates", "13-01")], "Must be a month and a day"),
        (vec![("expiry.kind", "calendar"), ("expiry.dates", "")], "At least one date is required"),
        (
            vec![("return_policy", "pending_until_return_window"), ("pending_days", "0")],
            "Must be at least 1 while points wait for the return window",
        ),
    ] {
        let refused = browser.post("/dashboard/settings", &fields(&later)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{later:?}");
        assert!(refused.text.contains(wrong), "{wrong}: {}", refused.text);
    }
    let waiting = [("return_policy", "pending_until_return_window"), ("pending_days", "14")];
    browser.post("/dashboard/settings", &fields(&waiting)).await;
    let settings = house.engine.merchant_settings(&cx).await.unwrap();
    assert_eq!((settings.return_policy.as_str(), settings.pending_days), ("pending_until_return_window", 14));
}

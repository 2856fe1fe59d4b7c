//! The dashboard over HTTP, as a browser without scripts sees it: pages, forms, roles, tenants.
#![cfg(feature = "ssr")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod support;

use http::StatusCode;
use perennial_app::address::sign_in;
use perennial_domain::access::{Role, Scope};
use perennial_domain::codes::{Email, Label};
use perennial_engine::Cx;
use perennial_engine::api_keys::NewApiKey;
use perennial_engine::staff::NewStaff;
use support::{Browser, House, Page};

const PASSWORD: &str = "a long enough secret";

/// A form's body; names and values are encoded.
fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

async fn signed_in(house: &House, email: &str) -> Browser {
    let mut browser = house.browser();
    let answer = browser.post("/dashboard/sign-in", &form(&[("email", email), ("password", PASSWORD)])).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/dashboard"), "{}", answer.text);
    browser
}

/// A merchant with its owner signed in.
async fn opened(slug: &str) -> (House, Cx, Browser) {
    let house = House::open("http://shop.test").await;
    let cx = house.merchant(slug).await;
    let browser = signed_in(&house, &format!("owner@{slug}.example")).await;
    (house, cx, browser)
}

async fn colleague(house: &House, cx: &Cx, role: Role) -> Browser {
    let email = format!("{role}@staff.example");
    let staff =
        NewStaff { email: Email::new(&email).unwrap(), name: None, role, password: PASSWORD.to_owned() };
    house.engine.staff_add(cx, staff).await.unwrap();
    signed_in(house, &email).await
}

async fn retailer(browser: &mut Browser, code: &str) {
    let fields = form(&[
        ("do", "save"),
        ("name", code),
        ("code", code),
        ("time_zone", "America/Denver"),
        ("business_day_start", "04:00"),
    ]);
    let answer = browser.post("/dashboard/retailers/new", &fields).await;
    assert_eq!(answer.location(), "/dashboard/retailers?done=retailer-added");
}

/// What stands between `before` and `after`, the first time.
fn between<'p>(page: &'p Page, before: &str, after: &str) -> &'p str {
    let start =
        page.text.find(before).unwrap_or_else(|| panic!("no {before} in {}", page.text)) + before.len();
    let rest = page.text.get(start..).unwrap();
    rest.get(..rest.find(after).unwrap()).unwrap()
}

/// The hidden field that makes a form work once.
fn once(page: &Page) -> String {
    let field = between(page, "name=\"once\"", ">");
    let value = field.split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

const PAGES: [&str; 35] = [
    "/dashboard",
    "/dashboard/customers",
    "/dashboard/purchases",
    "/dashboard/promotions",
    "/dashboard/promotions/new",
    "/dashboard/policies",
    "/dashboard/policies/new",
    "/dashboard/policies/new?template=every-hundredth",
    "/dashboard/cashback",
    "/dashboard/cashback/new",
    "/dashboard/cashback.csv",
    "/dashboard/rewards",
    "/dashboard/rewards/new",
    "/dashboard/rewards/new?kind=money_off",
    "/dashboard/rewards.csv",
    "/dashboard/redemptions",
    "/dashboard/redemptions?state=all",
    "/dashboard/redemptions/voucher",
    "/dashboard/redemptions.csv",
    "/dashboard/referrals",
    "/dashboard/referrals?state=qualified",
    "/dashboard/leaderboard",
    "/dashboard/products",
    "/dashboard/products/new",
    "/dashboard/retailers",
    "/dashboard/retailers/new",
    "/dashboard/keys",
    "/dashboard/webhooks",
    "/dashboard/messages",
    "/dashboard/messages/welcome",
    "/dashboard/ledger",
    "/dashboard/queues",
    "/dashboard/settings",
    "/dashboard/more",
    "/dashboard/purchases.csv",
];

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_a_page_without_signing_in() {
    let (house, _, mut owner) = opened("sola").await;
    let mut stranger = house.browser();
    for path in PAGES {
        let shown = owner.get(path).await;
        assert_eq!(shown.status, StatusCode::OK, "{path}");
        let refused = stranger.get(path).await;
        if path.ends_with(".csv") {
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path}");
        } else {
            let door = sign_in("/dashboard", Some(path));
            assert_eq!(
                (refused.status, refused.location()),
                (StatusCode::SEE_OTHER, door.as_str()),
                "{path}"
            );
            assert!(!refused.text.contains("Shop sola"), "{path}");
        }
    }
    let posted = stranger.post("/dashboard/settings", "do=save").await;
    assert_eq!(posted.location(), "/dashboard/sign-in?next=%2Fdashboard%2Fsettings");

    let stale = owner.cookies.clone();
    assert_eq!(owner.post("/dashboard/sign-out", "").await.location(), "/dashboard/sign-in");
    owner.cookies = stale;
    assert_eq!(owner.get("/dashboard").await.status, StatusCode::SEE_OTHER, "the session itself is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_keeps_the_e_mail_and_tells_nothing() {
    let house = House::open("http://shop.test").await;
    house.merchant("sola").await;
    let mut browser = house.browser();
    for email in ["owner@sola.example", "nobody@sola.example", "no address"] {
        let answer = browser
            .post("/dashboard/sign-in", &form(&[("email", email), ("password", "wrong secret 1")]))
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("E-mail or password is wrong"), "{email}");
        assert!(answer.text.contains(&format!("value=\"{email}\"")));
        assert!(!answer.text.contains("wrong secret 1"), "a password never comes back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_comes_back_to_the_page_that_asked_for_it() {
    let (house, sola, _) = opened("sola").await;
    let credentials = form(&[("email", "owner@sola.example"), ("password", PASSWORD)]);
    let mut browser = house.browser();
    let asked = browser.get("/dashboard/customers?q=a%20b").await;
    let door = asked.location().to_owned();
    assert_eq!(door, "/dashboard/sign-in?next=%2Fdashboard%2Fcustomers%3Fq%3Da%2520b");
    assert!(browser.get(&door).await.text.contains("<form method=\"post\" class"), "posted to where it is");
    assert_eq!(browser.post(&door, &credentials).await.location(), "/dashboard/customers?q=a%20b");

    for elsewhere in [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "/%5Cevil.test",
        "%2F%2Fevil.test",
        "/dashboard/../..//evil.test",
        "/dashboard//evil.test/%2e%2e",
        "/dashboardevil",
        "/dashboard\r\nlocation: https://evil.test",
        "/p/sola",
        "javascript:alert(1)",
    ] {
        let door = format!("/dashboard/sign-in?{}", form(&[("next", elsewhere)]));
        let mut browser = house.browser();
        assert_eq!(browser.post(&door, &credentials).await.location(), "/dashboard", "{elsewhere}");
    }

    let hops = house.merchant("hops").await;
    for cx in [&sola, &hops] {
        let staff = NewStaff {
            email: Email::new("both@staff.example").unwrap(),
            name: None,
            role: Role::Manager,
            password: PASSWORD.to_owned(),
        };
        house.engine.staff_add(cx, staff).await.unwrap();
    }
    let both = form(&[("email", "both@staff.example"), ("password", PASSWORD)]);
    let choice = browser.post("/dashboard/sign-in?next=%2Fdashboard%2Fkeys", &both).await;
    let choice = choice.location().to_owned();
    assert_eq!(choice, "/dashboard/sign-in/merchant?next=%2Fdashboard%2Fkeys");
    assert!(browser.get(&choice).await.text.contains("<form method=\"post\">"), "posted to where it is");
    let chosen = browser.post(&choice, &form(&[("merchant", &hops.merchant().to_string())])).await;
    assert_eq!(chosen.location(), "/dashboard/keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_of_several_merchants_chooses_one_and_only_of_them() {
    let (house, sola, _) = opened("sola").await;
    let hops = house.merchant("hops").await;
    let other = house.merchant("other").await;
    for cx in [&sola, &hops] {
        let staff = NewStaff {
            email: Email::new("both@staff.example").unwrap(),
            name: None,
            role: Role::Manager,
            password: PASSWORD.to_owned(),
        };
        house.engine.staff_add(cx, staff).await.unwrap();
    }
    let mut browser = house.browser();
    let answer = browser
        .post("/dashboard/sign-in", &form(&[("email", "both@staff.example"), ("password", PASSWORD)]))
        .await;
    assert_eq!(answer.location(), "/dashboard/sign-in/merchant");
    let choice = browser.get("/dashboard/sign-in/merchant").await;
    assert!(choice.text.contains("Shop sola") && choice.text.contains("Shop hops"));
    assert!(!choice.text.contains("Shop other"));

    let foreign = browser
        .post("/dashboard/sign-in/merchant", &form(&[("merchant", &other.merchant().to_string())]))
        .await;
    assert_ne!(foreign.status, StatusCode::SEE_OTHER);
    let chosen = browser
        .post("/dashboard/sign-in/merchant", &form(&[("merchant", &hops.merchant().to_string())]))
        .await;
    assert_eq!(chosen.location(), "/dashboard");
    let home = browser.get("/dashboard").await;
    assert!(home.text.contains("Shop hops") && home.text.contains("Another merchant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_comes_back_as_it_was_sent() {
    let (_house, _, mut browser) = opened("sola").await;
    let sent = form(&[
        ("do", "save"),
        ("name", "Riverside & Sons"),
        ("code", ""),
        ("region", "Coast"),
        ("time_zone", "Mars/Olympus"),
        ("business_day_start", "4 o'clock"),
    ]);
    let answer = browser.post("/dashboard/retailers/new", &sent).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in ["value=\"Riverside &amp; Sons\"", "value=\"Coast\"", "value=\"Mars/Olympus\""] {
        assert!(answer.text.contains(kept), "{kept}");
    }
    assert_eq!(answer.text.matches("field__error").count(), 3, "code, zone and time");

    retailer(&mut browser, "riverside").await;
    let again = form(&[
        ("do", "save"),
        ("name", "Again"),
        ("code", "riverside"),
        ("time_zone", "UTC"),
        ("business_day_start", "00:00"),
    ]);
    let taken = browser.post("/dashboard/retailers/new", &again).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.text.contains("Another retailer has this code"));
}

/// The fields of a simple promotion.
fn base_earn<'f>(once: &'f str, verb: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![("once", once), ("do", verb), ("name", "Base earn"), ("effect", "rate"), ("effect_value", "4")]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_is_written_published_changed_and_explained_by_its_versions() {
    let (_house, _, mut browser) = opened("sola").await;
    let blank = browser.get("/dashboard/promotions/new").await;
    let token = once(&blank);
    let saved = browser.post("/dashboard/promotions/new", &form(&base_earn(&token, "save"))).await;
    let place = saved.location().to_owned();
    let place = place.strip_suffix("?done=draft-saved").expect("a draft was saved").to_owned();
    let twice = browser.post("/dashboard/promotions/new", &form(&base_earn(&token, "save"))).await;
    assert!(twice.location().starts_with(&place), "the same form again makes no second promotion");

    let draft = browser.get(&place).await;
    assert!(draft.text.contains("Version 1 draft") && draft.text.contains("4 points per $1 on everything."));
    let published = browser.post(&place, &form(&base_earn(&once(&draft), "publish"))).await;
    assert_eq!(published.location(), format!("{place}?done=published"));
    let running = browser.get(&place).await;
    assert!(running.text.contains("Version 1 running"));

    let mut edit = base_earn("another", "publish");
    edit.retain(|(name, _)| *name != "effect_value");
    edit.extend([("effect_value", "5"), ("include.0", "tag:draft")]);
    assert_eq!(browser.post(&place, &form(&edit)).await.location(), format!("{place}?done=published"));
    let changed = browser.get(&place).await;
    for told in ["Version 2 running", "4 points per $1", "5 points per $1", "everything", "tag:draft"] {
        assert!(changed.text.contains(told), "{told}");
    }

    for (verb, word, state) in [
        ("pause", "paused", "Paused"),
        ("resume", "resumed", "Running"),
        ("end", "ended", "Ended"),
        ("archive", "archived", "Archived"),
    ] {
        let step = browser.post(&place, &form(&[("do", verb)])).await;
        assert_eq!(step.location(), format!("{place}?done={word}"), "{}", step.text);
        let list = browser.get(&format!("/dashboard/promotions?state={}", state.to_lowercase())).await;
        assert!(list.text.contains("Base earn"), "{state}");
    }
    assert!(
        !browser.get("/dashboard/promotions").await.text.contains(">Base earn<"),
        "archived ones are put away"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sentence_that_cannot_stand_says_so_at_each_word() {
    let (_house, _, mut browser) = opened("sola").await;
    let sent = form(&[
        ("do", "publish"),
        ("name", "Happy hour"),
        ("effect", "multiplier"),
        ("effect_value", "lots"),
        ("include.0", "tag:draft"),
        ("minimum", "1.234"),
        ("starts_at", "2026-04-02T17:00"),
        ("ends_at", "2026-04-01T17:00"),
        ("retailer.0", "nowhere"),
    ]);
    let answer = browser.post("/dashboard/promotions/new", &sent).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for kept in [
        "value=\"Happy hour\"",
        "value=\"lots\"",
        "value=\"tag:draft\"",
        "value=\"1.234\"",
        "value=\"nowhere\"",
    ] {
        assert!(answer.text.contains(kept), "{kept}");
    }
    assert!(answer.text.contains("The end must be after the beginning"));
    assert!(answer.text.contains("USD has 2 decimal places"));
    assert!(answer.text.contains("No open retailer has the code"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_basket_is_tried_without_scripts() {
    let (_house, _, mut browser) = opened("sola").await;
    retailer(&mut browser, "riverside").await;
    let mut fields = base_earn("x", "try");
    fields.extend([
        ("try.store", "riverside"),
        ("try.when", "2026-05-14T17:42"),
        ("try.amount.0", "20.00"),
        ("try.amount.1", "0.30"),
    ]);
    let tried = browser.post("/dashboard/promotions/new", &form(&fields)).await;
    assert_eq!(tried.status, StatusCode::OK);
    assert!(tried.text.contains("81 points"), "80 for $20.00, 1 for $0.30 rounded down");
    assert!(tried.text.contains("1.2 rounded down"));
    let list = browser.get("/dashboard/promotions").await;
    assert!(list.text.contains("Nothing earns points yet"), "trying saves nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_its_test_purchase_is_real() {
    let (house, cx, mut browser) = opened("sola").await;
    retailer(&mut browser, "riverside").await;
    let token = once(&browser.get("/dashboard/promotions/new").await);
    browser.post("/dashboard/promotions/new", &form(&base_earn(&token, "publish"))).await;

    let keys = browser.get("/dashboard/keys").await;
    let token = once(&keys);
    let fields = [
        ("do", "create"),
        ("once", token.as_str()),
        ("name", "Riverside tills"),
        ("scope.purchases:write", "on"),
    ];
    let made = browser.post("/dashboard/keys", &form(&fields)).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(made.header("cache-control"), "no-store");
    let secret = format!("prn_{}", between(&made, "<pre tabindex=\"0\">prn_", "<"));
    assert!(made.text.contains(&format!("Authorization: Bearer {secret}")), "the command carries the key");
    assert!(house.engine.authenticate(&secret).await.is_ok());

    let later = browser.get("/dashboard/keys").await;
    assert!(later.text.contains("Riverside tills") && !later.text.contains(&secret));
    let again = browser.post("/dashboard/keys", &form(&fields)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("This form was sent before"));

    let test = [
        ("do", "test"),
        ("fresh.name", "Riverside tills"),
        ("fresh.secret", secret.as_str()),
        ("fresh.curl", "curl"),
        ("transaction", "test-1"),
        ("test_retailer", "riverside"),
        ("test_amount", "39.50"),
        ("test_email", "maya@example.com"),
    ];
    let sent = browser.post("/dashboard/keys", &form(&test)).await;
    assert_eq!(sent.status, StatusCode::OK);
    assert!(sent.text.contains("201.") && sent.text.contains("158 points were credited"), "{}", sent.text);
    let replayed = browser.post("/dashboard/keys", &form(&test)).await;
    assert!(replayed.text.contains("200.") && replayed.text.contains("nothing was counted twice"));

    let list = browser.get("/dashboard/purchases?q=test-1").await;
    assert!(list.text.contains("maya@example.com") || list.text.contains("test-1"));
    // An id begins with the time, which begins with a zero for some centuries.
    let place = format!("/dashboard/purchases/0{}", between(&list, "href=\"/dashboard/purchases/0", "\""));
    let detail = browser.get(&place).await;
    for told in ["Why 158 points", "Base earn", "Riverside tills", "points_earned"] {
        assert!(detail.text.contains(told), "{told}");
    }
    let customers = browser.get("/dashboard/customers?q=maya").await;
    assert!(customers.text.contains("maya@example.com") && customers.text.contains("158"));

    let foreign = house.merchant("hops").await;
    let key = NewApiKey { name: Label::new("Theirs").unwrap(), scopes: Scope::ALL.to_vec(), retailer: None };
    let (_, theirs) = house.engine.api_key_create(&foreign, key).await.unwrap();
    let mut stolen = test.to_vec();
    stolen.retain(|(name, _)| !name.starts_with("fresh"));
    stolen.push(("key", theirs.expose()));
    let refused = browser.post("/dashboard/keys", &form(&stolen)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("This key is not known here"));
    assert!(!refused.text.contains(theirs.expose()), "a pasted key never comes back");
    let _ = cx;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_look_finds_no_buttons_and_is_refused_all_the_same() {
    let (house, cx, mut owner) = opened("sola").await;
    retailer(&mut owner, "riverside").await;
    for role in [Role::Analyst, Role::Support] {
        let mut browser = colleague(&house, &cx, role).await;
        for path in
            ["/dashboard/promotions", "/dashboard/retailers", "/dashboard/products", "/dashboard/settings"]
        {
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{role} {path}");
            for button in ["New promotion", "New retailer", "New product", "Save settings"] {
                assert!(!page.text.contains(button), "{role} {path}: {button}");
            }
        }
        for path in [
            "/dashboard/promotions/new",
            "/dashboard/retailers/new",
            "/dashboard/products/new",
            "/dashboard/keys",
        ] {
            assert_eq!(browser.get(path).await.status, StatusCode::FORBIDDEN, "{role} {path}");
        }
        for path in [
            "/dashboard/promotions/new",
            "/dashboard/retailers/new",
            "/dashboard/products/new",
            "/dashboard/settings",
            "/dashboard/keys",
        ] {
            let answer = browser.post(path, "do=save&name=x").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} {path}");
        }
    }
    let mut manager = colleague(&house, &cx, Role::Manager).await;
    let keys = manager.get("/dashboard/keys").await;
    assert_eq!(keys.status, StatusCode::OK);
    assert!(!keys.text.contains("Create key"), "a manager sees keys and makes none");
    assert_eq!(manager.post("/dashboard/keys", "do=create&name=x").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_merchant_does_not_exist() {
    let (house, _, mut owner) = opened("sola").await;
    retailer(&mut owner, "riverside").await;
    let token = once(&owner.get("/dashboard/promotions/new").await);
    let saved = owner.post("/dashboard/promotions/new", &form(&base_earn(&token, "publish"))).await;
    let promotion = saved.location().split('?').next().unwrap().to_owned();
    let list = owner.get("/dashboard/retailers").await;
    let store =
        format!("/dashboard/retailers/{}", between(&list, "<td><a href=\"/dashboard/retailers/", "\""));

    house.merchant("hops").await;
    let mut other = signed_in(&house, "owner@hops.example").await;
    for path in [&promotion, &store] {
        assert_eq!(owner.get(path).await.status, StatusCode::OK);
        assert_eq!(other.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for id in ["/dashboard/customers/", "/dashboard/purchases/"] {
        let foreign = format!("{id}{}", promotion.rsplit('/').next().unwrap());
        assert_eq!(other.get(&foreign).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.get(&format!("{id}nonsense")).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(other.post(&promotion, "do=end").await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.post(&store, "do=archive").await.status, StatusCode::NOT_FOUND);
    for path in ["/dashboard/retailers.csv", "/dashboard/promotions.csv"] {
        let file = other.get(path).await;
        assert_eq!(file.status, StatusCode::OK);
        assert!(!file.text.contains("riverside") && !file.text.contains("Base earn"));
    }
}

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
async fn a_file_is_no_program() {
    let (_house, _, mut browser) = opened("sola").await;
    let fields = form(&[
        ("do", "save"),
        ("name", "=HYPERLINK(\"http://evil.example\")"),
        ("sku", "+1"),
        ("tags", "a, b"),
    ]);
    let answer = browser.post("/dashboard/products/new", &fields).await;
    assert_eq!(answer.location(), "/dashboard/products?done=product-added");
    let file = browser.get("/dashboard/products.csv").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").contains("products.csv"));
    assert!(file.text.contains(r#""'=HYPERLINK(""http://evil.example"")""#), "{}", file.text);
    assert!(file.text.contains(r#""'+1""#), "{}", file.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_merchant_is_shown_the_way() {
    let (_house, _, mut browser) = opened("sola").await;
    let home = browser.get("/dashboard").await;
    for told in
        ["First steps", "0 of 4 done", "Add a retailer", "Write the first promotion", "Create an API key"]
    {
        assert!(home.text.contains(told), "{told}");
    }
    assert!(home.text.contains("Ledger not checked yet"));
    retailer(&mut browser, "riverside").await;
    assert!(browser.get("/dashboard").await.text.contains("1 of 4 done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_are_checked_on_demand_and_what_is_wrong_is_named() {
    let (house, cx, mut owner) = opened("sola").await;
    assert!(owner.get("/dashboard/ledger").await.text.contains("Not checked yet"));
    let asked = owner.post("/dashboard/ledger", "do=ask").await;
    assert_eq!(asked.location(), "/dashboard/ledger?done=check-asked", "{}", asked.text);
    assert!(owner.get("/dashboard/ledger").await.text.contains("A check is under way"));

    house.engine.reconcile(&cx, |_| {}).await.unwrap();
    let page = owner.get("/dashboard/ledger").await;
    assert!(page.text.contains("Every posting sums to zero") && page.text.contains("Holds"), "{}", page.text);
    assert!(!page.text.contains("1 wrong"));

    // One point that came from nowhere.
    sqlx::query("INSERT INTO balances (merchant_id, customer_id, available) VALUES ($1, $2, 1)")
        .bind(cx.merchant().uuid())
        .bind(uuid::Uuid::from_u128(7))
        .execute(house.engine.pool())
        .await
        .unwrap();
    house.engine.reconcile(&cx, |_| {}).await.unwrap();
    let page = owner.get("/dashboard/ledger").await;
    let customer = "/dashboard/customers/00000000-0000-0000-0000-000000000007";
    assert!(page.text.contains("1 wrong") && page.text.contains(customer), "{}", page.text);

    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    assert!(!analyst.get("/dashboard/ledger").await.text.contains("Check now"));
    assert_eq!(analyst.post("/dashboard/ledger", "do=ask").await.status, StatusCode::FORBIDDEN);
}

/// Points are given in two steps: what it would do, then the deed, which happens once however often it is sent.
#[tokio::test(flavor = "multi_thread")]
async fn points_are_adjusted_after_a_look_and_only_once() {
    let (house, cx, mut browser) = opened("sola").await;
    let ada = serde_json::from_value(serde_json::json!({"email": "ada@example.com"})).unwrap();
    let ada = house.engine.customer_create(&cx, ada).await.unwrap().customer.id;
    let (customer, path) =
        (format!("/dashboard/customers/{ada}"), format!("/dashboard/customers/{ada}/adjust"));
    assert!(browser.get(&customer).await.text.contains(&path), "the page of the customer leads there");
    let token = once(&browser.get(&path).await);
    let sent = |step: &'static str, points: &'static str, reason: &'static str| {
        form(&[
            ("do", step),
            ("once", &token),
            ("points", points),
            ("reason", reason),
            ("preview.after", "9"),
        ])
    };
    let balance = async || house.engine.customer_get(&cx, ada).await.unwrap().points;

    let wrong = browser.post(&path, &sent("preview", "some", "")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Type a whole number") && !wrong.text.contains("This is what it does"));
    let look = browser.post(&path, &sent("preview", "1,500", "The card was not scanned")).await;
    assert_eq!(look.status, StatusCode::OK, "{}", look.text);
    assert!(look.text.contains("+1,500 points: 0 before, 1,500 after."), "{}", look.text);
    assert!(look.text.contains("The card was not scanned"), "what was typed stays");
    assert_eq!(balance().await, 0, "a look changes nothing");

    for _ in 0..2 {
        let made = browser.post(&path, &sent("adjust", "1,500", "The card was not scanned")).await;
        assert_eq!(made.location(), format!("{customer}?done=points-adjusted"), "{}", made.text);
    }
    assert_eq!(balance().await, 1_500);
    let too_much = browser.post(&path, &sent("preview", "-1,501", "Too much")).await;
    assert_eq!(too_much.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(too_much.text.contains("1501 are needed"), "{}", too_much.text);
    let lots = browser.get(&format!("{customer}?tab=lots")).await;
    for words in ["The card was not scanned", "Points never expire", "For ever", "1,500"] {
        assert!(lots.text.contains(words), "{words}: {}", lots.text);
    }
    assert!(browser.get(&customer).await.text.contains("Adjustment"), "the timeline says it in a word");

    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    assert!(!analyst.get(&customer).await.text.contains(&path));
    assert_eq!(analyst.post(&path, &sent("adjust", "5", "No")).await.status, StatusCode::FORBIDDEN);
    house.merchant("hops").await;
    let mut other = signed_in(&house, "owner@hops.example").await;
    assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.post(&path, &sent("adjust", "5", "No")).await.status, StatusCode::NOT_FOUND);
}

/// Every policy that the form offers is saved as it reads, and comes back to the form.
#[tokio::test(flavor = "multi_thread")]
async fn expiry_waiting_and_returns_are_set_on_the_settings_page() {
    let (house, cx, mut browser) = opened("sola").await;
    let fields = |later: &[(&'static str, &'static str)]| {
        let mut fields = vec![
            ("name", "Sola"),
            ("points_name", "points"),
            ("time_zone", "Europe/Lisbon"),
            ("currency", "EUR"),
            ("rounding", "floor"),
            ("unknown_customer", "create"),
            ("claim_days", "30"),
            ("accepted_lateness_days", "7"),
        ];
        fields.extend(later);
        form(&fields)
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
    for (later, sentence) in cases {
        let saved = browser.post("/dashboard/settings", &fields(later)).await;
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

/// What a module gave up is tried again or discarded, by whoever may and for no other merchant.
#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_tried_again_or_discarded() {
    let (house, cx, mut browser) = opened("sola").await;
    let bury = async |id: i64| {
        let letter = format!(
            "INSERT INTO dead_letters VALUES ('{}', 'nobody', {id}, '{{\"purchases\": []}}', now(), now(), 10, 'It broke')",
            cx.merchant()
        );
        sqlx::query(sqlx::AssertSqlSafe(letter)).execute(house.engine.pool()).await.unwrap();
    };
    assert!(browser.get("/dashboard/queues").await.text.contains("No dead letters"));
    bury(7).await;
    bury(8).await;
    let page = browser.get("/dashboard/queues").await;
    for words in ["It broke", "10 attempts", "Needs you", "purchases"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let settle =
        |step: &'static str, id: &'static str| form(&[("do", step), ("module", "nobody"), ("id", id)]);
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    let seen = analyst.get("/dashboard/queues").await;
    assert!(seen.text.contains("It broke") && !seen.text.contains("Try again"));
    assert_eq!(analyst.post("/dashboard/queues", &settle("retry", "7")).await.status, StatusCode::FORBIDDEN);
    house.merchant("hops").await;
    let mut other = signed_in(&house, "owner@hops.example").await;
    assert!(!other.get("/dashboard/queues").await.text.contains("It broke"));
    let foreign = other.post("/dashboard/queues", &settle("discard", "7")).await;
    assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);

    let retried = browser.post("/dashboard/queues", &settle("retry", "7")).await;
    assert_eq!(retried.location(), "/dashboard/queues?done=letter-retried");
    let discarded = browser.post("/dashboard/queues", &settle("discard", "8")).await;
    assert_eq!(discarded.location(), "/dashboard/queues?done=letter-discarded");
    let waiting = house.engine.queue_list(&cx).await.unwrap();
    let nobody = waiting.iter().find(|state| state.module == "nobody").unwrap();
    assert_eq!((nobody.waiting, nobody.dead), (1, 0));
    let late = browser.post("/dashboard/queues", &settle("retry", "7")).await;
    assert!(late.text.contains("Somebody else has tried it again"), "{}", late.text);
}

/// A purchase comes back in two steps: what it would take back, then the deed, which happens once however often it is
/// sent. Whoever may not post purchases may not return them.
#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_is_returned_after_a_look_and_only_once() {
    let (house, cx, mut browser) = opened("sola").await;
    house.open_shop(&cx).await;
    let bought = house.buy(&cx, "t-1", Some("ada@example.com")).await;
    let earned = bought.points_earned.get();
    assert!(earned > 0 && bought.amount.get() > 100);
    // Everything before the ladder counts at once.
    let by_year = serde_json::json!({"tiers": {"window": {"kind": "calendar_year"}}});
    house.engine.merchant_update(&cx, serde_json::from_value(by_year).unwrap()).await.unwrap();
    for (name, threshold) in [("Guest", 1), ("Regular", earned)] {
        let tier = serde_json::json!({"name": name, "threshold": threshold});
        house.engine.tier_create(&cx, serde_json::from_value(tier).unwrap(), false).await.unwrap();
    }
    let (purchase, path) =
        (format!("/dashboard/purchases/{}", bought.id), format!("/dashboard/purchases/{}/return", bought.id));
    assert!(browser.get(&purchase).await.text.contains(&path), "the page of the purchase leads there");
    let token = once(&browser.get(&path).await);
    let sent = |step: &'static str, field: &'static str, value: &'static str| {
        form(&[("do", step), ("once", &token), (field, value), ("preview.after", "9")])
    };
    let customer = bought.customer_id.unwrap();
    let balance = async || house.engine.customer_get(&cx, customer).await.unwrap().points;

    for (field, value, told) in [
        ("units.0", "some", "Type a whole number"),
        ("amount", "1.234", "decimal places"),
        ("amount", "999999", "is left"),
        ("return_id", "r-1", "Say what comes back"),
    ] {
        let wrong = browser.post(&path, &sent("preview", field, value)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", wrong.text);
        assert!(wrong.text.contains(told) && !wrong.text.contains("This is what it does"), "{}", wrong.text);
    }
    let look = browser.post(&path, &sent("preview", "everything", "yes")).await;
    assert_eq!(look.status, StatusCode::OK, "{}", look.text);
    assert!(look.text.contains(&format!("{earned} before, 0 after.")), "{}", look.text);
    for (what, value) in [("Tier", "Regular"), ("Missing by", "then ")] {
        let said = look.text.split_once("What changes").and_then(|(_, rest)| rest.split_once(what));
        assert!(said.is_some_and(|(_, rest)| rest.contains(value)), "{what}: {}", look.text);
    }
    assert_eq!(balance().await, earned, "a look changes nothing");

    for _ in 0..2 {
        let made = browser.post(&path, &sent("return", "everything", "yes")).await;
        assert_eq!(made.location(), format!("{purchase}?done=returned"), "{}", made.text);
    }
    assert_eq!(balance().await, 0);
    let detail = browser.get(&purchase).await;
    assert!(detail.text.contains("What was returned, oldest first") && !detail.text.contains(&path));
    assert!(browser.get(&path).await.text.contains("Nothing is left of purchase"));
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    assert_eq!(analyst.post(&path, &sent("return", "everything", "yes")).await.status, StatusCode::FORBIDDEN);
}

/// Reward policies: from a template to the one that runs, with a look at what it would have given.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_drafted_tried_and_published() {
    let (house, cx, mut browser) = opened("policies").await;
    let new = browser.get("/dashboard/policies/new?template=refer-a-friend").await;
    assert!(new.text.contains("friend and advocate each get 500 points, after 14 days."), "{}", new.text);
    let once = once(&new);
    let draft = |numbers: &str| {
        form(&[
            ("once", &once),
            ("name", "Every tenth"),
            ("on", "own_count"),
            ("numbers", numbers),
            ("effects.0.give", "points"),
            ("effects.0.amount", "200"),
            ("cap_per", "ever"),
        ])
    };
    let wrong = browser.post("/dashboard/policies/new", &draft("often")).await;
    assert!(wrong.text.contains("Type numbers such as 1, 100, 1000, or every 100"), "{}", wrong.text);
    let saved = browser.post("/dashboard/policies/new", &draft("every 10")).await;
    assert_eq!(saved.location(), "/dashboard/policies?done=draft-saved");
    let filter = perennial_engine::policies::PolicyFilter::default();
    let first = perennial_engine::PageRequest::default();
    let policies = house.engine.policy_list(&cx, &filter, &first).await.unwrap().data;
    let path = format!("/dashboard/policies/{}", policies.first().unwrap().id);
    let tried = browser.get(&format!("{path}?try=90")).await;
    assert!(tried.text.contains("The last 90 days would have given nobody anything."), "{}", tried.text);
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    let refused = analyst.post(&path, &form(&[("do", "publish")])).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let published = browser.post(&path, &form(&[("do", "publish")])).await;
    assert_eq!(published.location(), format!("{path}?done=published"));
    let page = browser.get(&path).await;
    assert!(page.text.contains("What a published policy is about stays"), "{}", page.text);
    let paused = browser.post(&path, &form(&[("do", "pause")])).await;
    assert_eq!(paused.location(), format!("{path}?done=policy-paused"));
    let list = browser.get("/dashboard/policies?state=paused").await;
    assert!(list.text.contains("every 10th purchase, the customer gets 200 points."), "{}", list.text);
}

/// Webhooks: the secret is shown once, a test event stands in the log, and whoever may only look changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_entered_tested_changed_and_deleted() {
    let (house, cx, mut browser) = opened("hooks").await;
    let token = once(&browser.get("/dashboard/webhooks").await);
    let wrong = [("do", "create"), ("once", token.as_str()), ("url", "shop.example")];
    let refused = browser.post("/dashboard/webhooks", &form(&wrong)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("begins with https://"), "{}", refused.text);
    let fields = [
        ("do", "create"),
        ("once", token.as_str()),
        ("url", "https://shop.example/hooks"),
        ("kind.tier.changed", "on"),
    ];
    let made = browser.post("/dashboard/webhooks", &form(&fields)).await;
    assert_eq!(made.status, StatusCode::OK);
    let secret = format!("whsec_{}", between(&made, "<pre tabindex=\"0\">whsec_", "<"));
    assert_eq!(secret.len(), 50);
    let again = browser.post("/dashboard/webhooks", &form(&fields)).await;
    assert!(again.text.contains("This form was sent before"), "{}", again.text);
    let first = perennial_engine::PageRequest::default();
    let endpoints = house.engine.webhook_list(&cx, &first).await.unwrap().data;
    assert_eq!(endpoints.len(), 1);
    let path = format!("/dashboard/webhooks/{}", endpoints[0].id);

    let page = browser.get(&path).await;
    assert!(page.text.contains("tier.changed") && !page.text.contains(&secret));
    let token = once(&page);
    let tested = browser.post(&path, &form(&[("do", "test"), ("once", &token)])).await;
    assert_eq!(tested.location(), format!("{path}?done=webhook-tested"));
    let log = house.engine.webhook_delivery_list(&cx, endpoints[0].id, &first).await.unwrap().data;
    let delivery = format!("/dashboard/webhooks/deliveries/{}", log[0].id);
    let page = browser.get(&path).await;
    assert!(page.text.contains(&delivery), "{}", page.text);
    let page = browser.get(&delivery).await;
    assert!(page.text.contains("endpoint.test") && page.text.contains("Not sent yet"), "{}", page.text);
    let resent = browser.post(&delivery, &form(&[("once", &once(&page))])).await;
    assert_eq!(resent.location(), format!("{delivery}?done=webhook-resent"));
    let rotated = browser.post(&path, &form(&[("do", "rotate"), ("once", &token)])).await;
    assert!(!rotated.text.contains(&secret) && rotated.text.contains("whsec_"));

    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    let seen = analyst.get(&path).await;
    assert!(seen.text.contains("https://shop.example/hooks") && !seen.text.contains("Delete the endpoint"));
    assert_eq!(analyst.post(&path, &form(&[("do", "delete")])).await.status, StatusCode::FORBIDDEN);
    let off = browser.post(&path, &form(&[("do", "off")])).await;
    assert_eq!(off.location(), format!("{path}?done=webhook-off"));
    assert!(browser.get(&path).await.text.contains("Switched off"));
    let deleted = browser.post(&path, &form(&[("do", "delete")])).await;
    assert_eq!(deleted.location(), "/dashboard/webhooks?done=webhook-deleted");
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
}

//! A merchant with its staff at the desk, and what the tests read off a page.

use crate::support::{Browser, House, Page};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_domain::codes::Email;
use perennial_engine::Cx;
use perennial_engine::staff::NewStaff;

pub const PASSWORD: &str = "a long enough secret";

/// A form's body; names and values are encoded.
pub fn form(fields: &[(&str, &str)]) -> String {
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

pub async fn signed_in(house: &House, email: &str) -> Browser {
    let mut browser = house.browser();
    let answer = browser.post("/dashboard/sign-in", &form(&[("email", email), ("password", PASSWORD)])).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/dashboard"), "{}", answer.text);
    browser
}

/// A merchant with its owner signed in.
pub async fn opened(slug: &str) -> (House, Cx, Browser) {
    let house = House::open("http://shop.test").await;
    let cx = house.merchant(slug).await;
    let browser = signed_in(&house, &format!("owner@{slug}.example")).await;
    (house, cx, browser)
}

pub async fn colleague(house: &House, cx: &Cx, role: Role) -> Browser {
    let email = format!("{role}@staff.example");
    let staff =
        NewStaff { email: Email::new(&email).unwrap(), name: None, role, password: PASSWORD.to_owned() };
    house.engine.staff_add(cx, staff).await.unwrap();
    signed_in(house, &email).await
}

pub async fn retailer(browser: &mut Browser, code: &str) {
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
pub fn between<'p>(page: &'p Page, before: &str, after: &str) -> &'p str {
    let start =
        page.text.find(before).unwrap_or_else(|| panic!("no {before} in {}", page.text)) + before.len();
    let rest = page.text.get(start..).unwrap();
    rest.get(..rest.find(after).unwrap()).unwrap()
}

/// The hidden field that makes a form work once.
pub fn once(page: &Page) -> String {
    let field = between(page, "name=\"once\"", ">");
    let value = field.split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

/// The fields of a simple promotion.
pub fn base_earn<'f>(once: &'f str, verb: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![("once", once), ("do", verb), ("name", "Base earn"), ("effect", "rate"), ("effect_value", "4")]
}

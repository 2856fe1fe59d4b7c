//! A merchant with its staff at the desk, and the first things that they enter.

use super::form::form;
use super::{Browser, House};
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_domain::codes::{Email, PersonName};
use perennial_engine::Cx;
use perennial_engine::staff::NewStaff;

pub const PASSWORD: &str = "a long enough secret";

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

/// Rita, who is new, with a role that is not the owner's.
pub async fn colleague(house: &House, cx: &Cx, role: Role) -> Browser {
    let email = format!("{role}@staff.example");
    let staff = NewStaff {
        email: Email::new(&email).unwrap(),
        name: Some(PersonName::new("Rita").unwrap()),
        role,
        password: PASSWORD.to_owned(),
    };
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

/// The fields of a simple promotion.
pub fn base_earn<'f>(once: &'f str, verb: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![("once", once), ("do", verb), ("name", "Base earn"), ("effect", "rate"), ("effect_value", "4")]
}

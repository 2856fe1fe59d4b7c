//! Signing in: who may not, where it leads back to, and which merchant.

use crate::support::House;
use crate::support::desk::{PASSWORD, opened};
use crate::support::form::form;
use http::StatusCode;
use perennial_domain::access::Role;
use perennial_domain::codes::Email;
use perennial_engine::staff::NewStaff;

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

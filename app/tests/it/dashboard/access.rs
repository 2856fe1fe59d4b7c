//! Who may look and who may not; what is another merchant's does not exist.

use crate::support::desk::{base_earn, colleague, opened, retailer, signed_in};
use crate::support::form::{between, form, once};
use http::StatusCode;
use perennial_domain::access::Role;

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
    let store = format!(
        "/dashboard/retailers/{}",
        between(&list, "<td role=\"cell\"><a href=\"/dashboard/retailers/", "\"")
    );

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

//! The till over HTTP, as a browser without scripts sees it.

use crate::support::desk::{PASSWORD, colleague, opened};
use crate::support::form::{between, form, hidden};
use crate::support::{Browser, House, Page};
use chrono::{TimeDelta, Utc};
use http::StatusCode;
use perennial_app::dashboard_paths;
use perennial_domain::access::Role;
use perennial_domain::codes::{Email, PersonName};
use perennial_domain::ids::CustomerId;
use perennial_domain::rewards::RewardInput;
use perennial_engine::purchases::PurchaseFilter;
use perennial_engine::staff::NewStaff;
use perennial_engine::{Cx, PageRequest};
use serde_json::json;

/// Somebody with this role, at the sign-in that `next` leads to; and where it leads afterwards.
async fn comes(house: &House, cx: &Cx, role: Role, next: &str) -> (Browser, String) {
    let email = format!("{role}.{}@staff.example", next.len());
    let staff = NewStaff {
        email: Email::new(&email).unwrap(),
        name: Some(PersonName::new("Sofia Marsh").unwrap()),
        role,
        password: PASSWORD.to_owned(),
    };
    house.engine.staff_add(cx, staff).await.unwrap();
    let mut browser = house.browser();
    let answer = browser.post(next, &form(&[("email", &email), ("password", PASSWORD)])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let to = answer.location().to_owned();
    (browser, to)
}

async fn maya(house: &House, cx: &Cx) -> CustomerId {
    let input = json!({"name": "Maya Okafor", "email": "maya@example.com", "phone": "+12025550142", "card": "6035884"});
    house.engine.customer_create(cx, serde_json::from_value(input).unwrap()).await.unwrap().customer.id
}

async fn points(house: &House, cx: &Cx, id: CustomerId) -> i64 {
    house.engine.customer_get(cx, id).await.unwrap().points
}

async fn sold(house: &House, cx: &Cx) -> usize {
    let filter = PurchaseFilter::default();
    house.engine.purchase_list(cx, &filter, &PageRequest::default()).await.unwrap().data.len()
}

/// What the button of a sale sends with its fields.
fn sale<'f>(page: &'f Page, fields: &[(&'f str, &'f str)]) -> String {
    let confirm = hidden(page, "confirm");
    assert!(confirm.starts_with("till-"), "{}", page.text);
    let all: Vec<(&str, &str)> = fields.iter().copied().chain([("confirm", confirm)]).collect();
    form(&all)
}

/// The number of the sale that a page is about.
fn number(page: &Page) -> &str {
    hidden(page, "confirm").split(' ').next().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_is_made_once_and_can_be_undone() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let id = maya(&house, &cx).await;
    for who in ["maya@example.com", "(202) 555-0142", "+12025550142", "6035884", &id.to_string()] {
        let found = owner.get(&format!("/till?{}", form(&[("amount", "39.50"), ("who", who)]))).await;
        if who.starts_with('(') && found.text.contains("Nobody is known by") {
            // The merchant has no country of its own, so that this is no number.
            continue;
        }
        // By what somebody was looked for stays in no history.
        assert_eq!(found.location(), format!("/till?amount=39.50&customer={id}"), "{}", found.text);
        let page = owner.get(found.location()).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        for told in ["Maya O.", "phone ends in 0142", "+158", "Confirm $39.50"] {
            assert!(page.text.contains(told), "{who}: {told}: {}", page.text);
        }
        for secret in ["Okafor", "maya@example.com", "2025550142"] {
            assert!(!page.text.contains(secret), "{secret} is nobody's business: {}", page.text);
        }
    }
    let customer = id.to_string();
    let page = owner.get(&format!("/till?{}", form(&[("amount", "39.50"), ("customer", &customer)]))).await;
    let sent = sale(&page, &[("amount", "39.50"), ("customer", &customer)]);

    let made = owner.post("/till", &sent).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let receipt = made.location().to_owned();
    assert_eq!(owner.post("/till", &sent).await.location(), receipt, "pressed twice, sold once");
    assert_eq!((sold(&house, &cx).await, points(&house, &cx, id).await), (1, 158));
    // Stopped before the answer came, corrected and pressed again: neither lost nor taken for the sale that is there.
    let corrected = hidden(&page, "confirm").replace(" 3950 ", " 9350 ");
    let fields = [("amount", "93.50"), ("customer", customer.as_str()), ("confirm", corrected.as_str())];
    let told = owner.post("/till", &form(&fields)).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told.text);
    assert!(
        told.text.contains("Sold before.") && told.text.contains("is made already, for $39.50"),
        "{}",
        told.text
    );
    assert_ne!(number(&told), number(&page), "it would be another one");
    assert_eq!(sold(&house, &cx).await, 1);
    let shown = owner.get(&receipt).await;
    for told in ["Maya O. earned 158", "$39.50", "Next sale", "Undo"] {
        assert!(shown.text.contains(told), "{told}: {}", shown.text);
    }
    let shift = owner.get("/till/shift").await;
    assert!(shift.text.contains(&receipt) && shift.text.contains("$39.50"), "{}", shift.text);

    for _ in 0..2 {
        assert_eq!(owner.post(&receipt, "do=undo").await.status, StatusCode::SEE_OTHER);
        assert_eq!(points(&house, &cx, id).await, 0);
    }
    assert!(owner.get(&receipt).await.text.contains("All of it came back."));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_minute_it_is_a_refund() {
    let (house, cx, mut owner) = opened("sola").await;
    house.engine.sandbox_make(cx.merchant()).await.unwrap();
    house.open_shop(&cx).await;
    let customer = maya(&house, &cx).await.to_string();
    let page = owner.get(&format!("/till?{}", form(&[("amount", "10"), ("customer", &customer)]))).await;
    let made = owner.post("/till", &sale(&page, &[("amount", "10"), ("customer", &customer)])).await;
    let receipt = made.location().to_owned();
    let later = Utc::now() + TimeDelta::minutes(5);
    house.engine.sandbox_set_clock(cx.merchant(), later).await.unwrap();
    let late = owner.post(&receipt, "do=undo").await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", late.text);
    assert!(late.text.contains("The minute is over."), "{}", late.text);

    let number = between(&late, "<span class=\"mono\">", "<").to_lowercase();
    let way = format!("/till/refund/{}", receipt.rsplit('/').next().unwrap());
    for typed in [number.as_str(), &number[..9], &number["till-".len()..]] {
        let found = owner.get(&format!("/till/refund?{}", form(&[("number", typed)]))).await;
        assert!(found.text.contains(&way), "{typed}: {}", found.text);
    }
    assert!(owner.get("/till/refund?number=till-0").await.text.contains("No such purchase"));
    let look = owner.post(&way, "do=preview&once=look&everything=yes").await;
    assert!(look.text.contains("40 before, 0 after."), "{}", look.text);
    let seen = hidden(&look, "looked_at").to_owned();
    let booked = owner.post(&way, &format!("do=return&once=look&everything=yes&looked_at={seen}")).await;
    assert_eq!(booked.location(), "/till/refund?done=returned", "{}", booked.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn vouchers_rewards_and_points_pay_and_what_cannot_says_why() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let settings = json!({"point_value": {"points": 1, "amount": 10}});
    house.engine.merchant_update(&cx, serde_json::from_value(settings).unwrap()).await.unwrap();
    let id = maya(&house, &cx).await;
    let bought = house.buy(&cx, "t-1", Some("maya@example.com")).await;
    assert_eq!(bought.points_earned.get(), 72);
    let reward = async |terms: serde_json::Value| {
        let made = house.engine.reward_create(&cx, serde_json::from_value(terms).unwrap()).await;
        made.unwrap().id.to_string()
    };
    let five =
        reward(json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 50})).await;
    reward(json!({"name": "Bottle", "kind": "money_off", "value": 2_500, "points_cost": 1_000})).await;
    house
        .engine
        .product_create(&cx, serde_json::from_value(json!({"sku": "refill", "name": "Refill"})).unwrap())
        .await
        .unwrap();
    reward(json!({"name": "Refill", "kind": "free_product", "value": "refill", "points_cost": 1})).await;

    let customer = id.to_string();
    let chosen = format!("use.r.{five}");
    let fields =
        [("amount", "20"), ("customer", customer.as_str()), (chosen.as_str(), "on"), ("pay_points", "20")];
    let page = owner.get(&format!("/till?{}", form(&fields))).await;
    for told in ["Takes $5.00 off", "928 points missing", "Would take $0.00", "Confirm $13.00"] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    // What is confirmed is what was shown.
    let other = [("amount", "21"), fields[1], fields[2], fields[3]];
    let changed = owner.post("/till", &sale(&page, &other)).await;
    assert_eq!(changed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(changed.text.contains("It comes to $14.00 now."), "{}", changed.text);
    assert_eq!(points(&house, &cx, id).await, 72, "nothing was redeemed for it");
    // It stays the same sale: somebody who pressed twice may have sold it by then.
    assert_eq!(number(&changed), number(&page));
    let cost = async |points: i64| {
        let terms = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": points});
        let terms: RewardInput = serde_json::from_value(terms).unwrap();
        house.engine.reward_update(&cx, five.parse().unwrap(), terms, None).await.unwrap();
    };
    cost(51).await;
    let dearer = owner.post("/till", &sale(&page, &fields)).await;
    assert!(dearer.text.contains("It costs 71 points now."), "{}", dearer.text);
    assert_eq!(points(&house, &cx, id).await, 72, "nothing was redeemed for it");
    cost(50).await;

    let sent = sale(&page, &fields);
    let made = owner.post("/till", &sent).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    assert_eq!(owner.post("/till", &sent).await.location(), made.location());
    // 72, less 50 and 20, and four for each of 13 dollars.
    assert_eq!((sold(&house, &cx).await, points(&house, &cx, id).await), (2, 54));
    let receipt = owner.get(made.location()).await;
    for told in ["Five off", "−$5.00", "−$2.00", "$13.00"] {
        assert!(receipt.text.contains(told), "{told}: {}", receipt.text);
    }
}

/// The reward is redeemed, and nobody hears whether the sale was made: what is confirmed once more is the same sale.
#[tokio::test(flavor = "multi_thread")]
async fn a_sale_of_which_nothing_was_heard_takes_its_reward_when_it_is_confirmed_again() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let id = maya(&house, &cx).await;
    assert_eq!(house.buy(&cx, "t-1", Some("maya@example.com")).await.points_earned.get(), 72);
    let five = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 50});
    let five = house.engine.reward_create(&cx, serde_json::from_value(five).unwrap()).await.unwrap();
    let (customer, chosen) = (id.to_string(), format!("use.r.{}", five.id));
    let fields = [("amount", "20"), ("customer", customer.as_str()), (chosen.as_str(), "on")];
    let page = owner.get(&format!("/till?{}", form(&fields))).await;
    assert!(page.text.contains("Confirm $15.00"), "{}", page.text);

    let mut away = house.db.pool.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE purchase_keys IN EXCLUSIVE MODE").execute(&mut *away).await.unwrap();
    let unsure = owner.post("/till", &sale(&page, &fields)).await;
    away.rollback().await.unwrap();
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unsure.text);
    for told in ["Perhaps sold, perhaps not.", "Confirm $15.00"] {
        assert!(unsure.text.contains(told), "{told}: {}", unsure.text);
    }
    assert_eq!(number(&unsure), number(&page), "it stays the same sale");
    let voucher = format!("use.v.{}", between(&unsure, "name=\"use.v.", "\""));
    let fields = [fields[0], fields[1], (voucher.as_str(), "on")];
    let made = owner.post("/till", &sale(&unsure, &fields)).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    // 72, less 50, and four for each of 15 dollars.
    assert_eq!((sold(&house, &cx).await, points(&house, &cx, id).await), (2, 82));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_member_there_is_a_code_and_a_stranger_can_join() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let page = owner.get("/till?amount=10&who=nobody@example.com").await;
    assert!(page.text.contains("Nobody is known by nobody@example.com."), "{}", page.text);
    let made = owner.post("/till", &sale(&page, &[("amount", "10"), ("who", "nobody@example.com")])).await;
    let receipt = owner.get(made.location()).await;
    assert!(receipt.text.contains("QR code that claims the points"), "{}", receipt.text);
    for wrong in ["0", "ten", "1.234"] {
        let page = owner.get(&format!("/till?amount={wrong}")).await;
        assert!(page.text.contains("field__error") && !page.text.contains("name=\"confirm\""), "{wrong}");
    }

    let joined = owner
        .post("/till/join", &form(&[("amount", "10"), ("phone", "+12025550199"), ("name", "Luis Hart")]))
        .await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.text);
    let page = owner.get(joined.location()).await;
    assert!(page.text.contains("Luis H.") && page.text.contains("Confirm $10.00"), "{}", page.text);
    let wrong = owner.post("/till/join", &form(&[("phone", "12")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);

    // Whose session has ended meanwhile comes back to this sale.
    let action = between(&page, "formaction=\"", "\"").replace("&amp;", "&");
    let away = house.browser().post(&action, &sale(&page, &[("amount", "10")])).await;
    let back = away.location().split_once("next=").expect("a page to come back to").1;
    let sale_of = format!("{}&sale={}", joined.location(), number(&page));
    assert_eq!(back, form(&[("", &sale_of)]).trim_start_matches('='), "{}", away.location());
    // Whoever comes that way, or loads the address once more, confirms the same sale and not a second one.
    let shown = owner.get(&sale_of).await;
    assert_eq!(number(&shown), number(&page), "{}", shown.text);
    assert_ne!(number(&owner.get(joined.location()).await), number(&page));

    // Twelve digits of another till are no number of this one.
    let bought = house.buy(&cx, "202605140001", None).await;
    let found = owner.get("/till/refund?number=202605140001").await;
    assert!(found.text.contains(&format!("/till/refund/{}", bought.id)), "{}", found.text);

    // Somebody who is named and was not looked at is looked at first.
    let page = owner.get("/till?amount=10").await;
    let named = owner.post("/till", &sale(&page, &[("amount", "10"), ("who", "+12025550199")])).await;
    assert_eq!(named.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(named.text.contains("Is this the member?") && named.text.contains("Luis H."), "{}", named.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_has_one_store_and_one_merchant() {
    let (house, cx, mut owner) = opened("sola").await;
    house.open_shop(&cx).await;
    let mill = json!({"code": "old-mill", "name": "Old Mill"});
    let mill = house.engine.retailer_create(&cx, serde_json::from_value(mill).unwrap()).await.unwrap();
    assert_eq!(owner.get("/till").await.location(), "/till/store");
    assert!(owner.get("/till/store?q=mill").await.text.contains("Old Mill"));
    let chosen = owner.post("/till/store", &form(&[("store", &mill.id.to_string())])).await;
    assert_eq!(chosen.location(), "/till");
    assert!(owner.get("/till").await.text.contains("Old Mill"));

    // Drawn in one store, confirmed after the device was moved to another one.
    let drawn = owner.get("/till?amount=10").await;
    let stores = house.engine.retailer_list(&cx, &Default::default(), &PageRequest::default()).await.unwrap();
    let riverside = stores.data.iter().find(|store| store.id != mill.id).unwrap().id.to_string();
    owner.post("/till/store", &form(&[("store", &riverside)])).await;
    let moved = owner.post("/till", &sale(&drawn, &[("amount", "10")])).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", moved.text);
    assert!(moved.text.contains("This till is in Riverside now."), "{}", moved.text);
    assert_eq!(sold(&house, &cx).await, 0);
    owner.post("/till/store", &form(&[("store", &mill.id.to_string())])).await;
    // Sold, and pressed again on an old page after the device was moved: not sold in both.
    owner.post("/till", &sale(&drawn, &[("amount", "10")])).await;
    owner.post("/till/store", &form(&[("store", &riverside)])).await;
    let moved = owner.post("/till", &sale(&drawn, &[("amount", "10")])).await;
    assert!(moved.text.contains("in the store where this till was"), "{}", moved.text);
    assert_eq!(sold(&house, &cx).await, 1);
    owner.post("/till/store", &form(&[("store", &mill.id.to_string())])).await;
    // A button of another time.
    let old = format!("amount=10&confirm={}+1000", number(&drawn));
    assert_eq!(owner.post("/till", &old).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    // Bought in the other store.
    let bought = house.buy(&cx, "t-1", None).await;
    assert_eq!(owner.get(&format!("/till/receipt/{}", bought.id)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(owner.get(&format!("/till/refund/{}", bought.id)).await.status, StatusCode::NOT_FOUND);
    assert!(owner.get("/till/refund?number=t-1").await.text.contains("No such purchase"));

    let hops = house.merchant("hops").await;
    house.open_shop(&hops).await;
    let foreign = maya(&house, &hops).await.to_string();
    let page = owner.get(&format!("/till?{}", form(&[("amount", "10"), ("customer", &foreign)]))).await;
    assert!(!page.text.contains("Maya"), "{}", page.text);
    let page = owner.get("/till?amount=10&who=maya@example.com").await;
    assert!(page.text.contains("Nobody is known by"), "{}", page.text);
    let sent = sale(&page, &[("amount", "10"), ("customer", &foreign)]);
    assert_eq!(owner.post("/till", &sent).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let theirs =
        house.engine.retailer_list(&hops, &Default::default(), &PageRequest::default()).await.unwrap();
    let theirs = theirs.data[0].id.to_string();
    assert_eq!(owner.post("/till/store", &form(&[("store", &theirs)])).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cashier_has_the_till_and_nothing_else() {
    let (house, cx, _) = opened("sola").await;
    house.open_shop(&cx).await;
    let (mut cashier, to) = comes(&house, &cx, Role::Cashier, "/dashboard/sign-in").await;
    assert_eq!(to, "/till");
    for path in ["/till", "/till/shift", "/till/refund", "/till/join", "/till/store", "/dashboard/account"] {
        assert_eq!(cashier.get(path).await.status, StatusCode::OK, "{path}");
    }
    // The menu has only names of pages.
    let open = ["/dashboard/sign-in", "/dashboard/sign-in/merchant", "/dashboard/account", "/dashboard/more"];
    for path in dashboard_paths() {
        if path.starts_with("/dashboard") && !path.contains(['{', ':']) && !open.contains(&path.as_str()) {
            assert_eq!(cashier.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert_eq!(cashier.post("/dashboard/settings", "name=x").await.status, StatusCode::FORBIDDEN);
    assert_eq!(cashier.get("/dashboard/customers.csv").await.status, StatusCode::FORBIDDEN);
    let page = cashier.get("/till?amount=10").await;
    let made = cashier.post("/till", &sale(&page, &[("amount", "10")])).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);

    let (mut support, to) = comes(&house, &cx, Role::Support, "/dashboard/sign-in?next=%2Ftill").await;
    assert_eq!(to, "/till");
    assert_eq!(support.get("/till").await.status, StatusCode::OK);
    let mut analyst = colleague(&house, &cx, Role::Analyst).await;
    for path in ["/till", "/till/shift", "/till/store"] {
        assert_eq!(analyst.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/till", "/till/store", "/till/join", &format!("/till/receipt/{}", cx.merchant())] {
        assert_eq!(analyst.post(path, "amount=10").await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

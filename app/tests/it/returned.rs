//! What a return took back, as the customer and the staff see it on the purchase.

use crate::support::desk::signed_in;
use crate::support::{House, PATIENT, Page, STUCK};
use http::StatusCode;
use perennial_domain::ids::PurchaseId;
use perennial_domain::purchase::PurchaseInput;
use perennial_domain::returns::ReturnInput;
use perennial_engine::Cx;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

async fn give_back(house: &House, cx: &Cx, purchase: PurchaseId, input: Value) {
    let checked = serde_json::from_value::<ReturnInput>(input).unwrap().check().unwrap();
    house.engine.return_purchase(cx, purchase, &checked, false).await.unwrap();
}

/// The page has all of this, in this order.
#[track_caller]
fn tells(page: &Page, told: &[&str]) {
    assert_eq!(page.status, StatusCode::OK);
    let mut rest = page.text.as_str();
    for text in told {
        rest = rest.split_once(text).unwrap_or_else(|| panic!("no “{text}” in {rest}")).1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_return_says_what_came_back_and_what_that_took_back() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let bought = house.buy(&shop, "T-1", Some("maya@example.com")).await.id;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let path = format!("/p/sola/activity/{bought}");
    let whole = maya.get(&path).await;
    assert!(!maya.get("/p/sola/activity").await.text.contains("eturned"));
    assert!(whole.text.contains("Earned") && !whole.text.contains("eturned"), "{}", whole.text);

    give_back(&house, &shop, bought, json!({"return_id": "r-1", "lines": [{"line": 0, "quantity": 1}]}))
        .await;
    tells(
        &maya.get(&path).await,
        &[
            "A part was returned.",
            "$9.00 of $18.00: what it had earned was taken back.",
            "Why 72 points?",
            "−36 points",
            "Of the 72 that the purchase earned",
            "Left of it",
            "36 points",
            "The return",
            "Draft, 1 of 2",
            "$9.00",
            "Takes back 36 points",
        ],
    );
    tells(&maya.get("/p/sola/activity").await, &[", partly returned"]);
    let mut owner = signed_in(&house, "owner@sola.example").await;
    tells(&owner.get("/dashboard/purchases?status=partly_returned").await, &["T-1", "Partly returned"]);
    assert!(!owner.get("/dashboard/purchases?status=returned").await.text.contains("T-1"));
    give_back(&house, &shop, bought, json!({"return_id": "r-2", "amount": 100})).await;
    give_back(&house, &shop, bought, json!({"return_id": "r-3"})).await;
    tells(
        &maya.get(&path).await,
        &[
            "Everything was returned.",
            "$18.00 of $18.00",
            "−72 points",
            "Left of it",
            "0 points",
            "Returns",
            "Takes back 36 points",
            "Draft, a part",
            "$1.00",
            "Takes back 4 points",
            "$8.00",
            "Takes back 32 points",
        ],
    );
    tells(&maya.get("/p/sola/activity").await, &[", returned"]);
    tells(&owner.get("/dashboard/purchases?status=returned").await, &["T-1", "Returned"]);
    let file = owner.get("/dashboard/purchases.csv?status=returned").await.text;
    assert!(file.contains("returned,returned_amount,returned_points"), "{file}");
    assert!(file.contains(",returned,1800,72"), "{file}");
    tells(
        &owner.get(&format!("/dashboard/purchases/{bought}")).await,
        &[
            "Returned",
            "72 were taken back by what was returned; 0 are left",
            "What r-1 took back",
            "Draft, 1 of 2",
            "Takes back 36 points",
            "What r-2 took back",
            "What r-3 took back",
            "Takes back 32 points",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_paid_comes_back_and_what_was_spent_is_owed() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let settings = serde_json::from_value(json!({"point_value": {"points": 1, "amount": 10}})).unwrap();
    house.engine.merchant_update(&shop, settings).await.unwrap();
    let offer = json!({"name": "Tenth back", "percentage": "0.1"});
    house.engine.cashback_offer_create(&shop, serde_json::from_value(offer).unwrap()).await.unwrap();
    let workers = house.engine.workers();
    // Cashback follows the purchase at its own pace.
    let settled = async |purchase: PurchaseId| {
        let began = Instant::now();
        while house.engine.purchase_cashback(&shop, purchase).await.unwrap().is_none() {
            assert!(began.elapsed() < STUCK, "no cashback was counted");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let first = house.buy(&shop, "T-1", Some("maya@example.com")).await.id;
    settled(first).await;
    let buy = async |transaction: &str, tenders: Value| {
        let mut input = json!({
            "transaction_id": transaction, "retailer": "riverside", "currency": "USD",
            "customer": {"email": "maya@example.com"}, "lines": [{"product": "Tart", "amount": 1_000}],
        });
        input.as_object_mut().unwrap().extend(tenders.as_object().unwrap().clone());
        let input = serde_json::from_value::<PurchaseInput>(input).unwrap();
        let checked = vec![input.check(None).unwrap()];
        let bought = house.engine.purchases_submit(&shop, checked, PATIENT).await.remove(0);
        bought.unwrap().record.id
    };
    // Ten dollars: $5.00 in points, $1.00 in cashback, $4.00 in money, which earns 16 points and $0.40.
    let bought = buy("T-2", json!({"pay_with_points": 50, "pay_with_cashback": 100})).await;
    settled(bought).await;
    // 72 − 50 + 16 points are left; all but 8 of them are spent.
    buy("T-3", json!({"pay_with_points": 30, "lines": [{"product": "Tart", "amount": 300}]})).await;

    give_back(&house, &shop, bought, json!({"return_id": "r-1"})).await;
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let receipt = maya.get(&format!("/p/sola/activity/{bought}")).await;
    tells(
        &receipt,
        &[
            "Everything was returned.",
            "Why 16 points?",
            "−16 points",
            "0 points",
            "Cashback that is left",
            "The return",
            "Tart",
            "$10.00",
            "Takes back 16 points",
            "−$0.40",
            "+50 points",
            "Back where they came from",
            "+$1.00",
            "Back in the wallet",
            "Paid back in money",
            "$4.00",
            "Taken back",
            "16 points",
        ],
    );
    // 8 + 50 − 16 points are there, the first purchase had earned 72.
    give_back(&house, &shop, first, json!({"return_id": "r-1"})).await;
    let mut owner = signed_in(&house, "owner@sola.example").await;
    for (browser, path, owed) in [
        (&mut maya, format!("/p/sola/activity/{first}"), "What you earn next settles them"),
        (&mut owner, format!("/dashboard/purchases/{first}"), "Owed: what is earned next settles them"),
    ] {
        let told = ["Takes back 72 points", "Spent already", "30 of them", owed, "−$1.80", "72 points"];
        tells(&browser.get(&path).await, &told);
    }
    workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_returned_before_the_claim_is_told_too() {
    let house = House::open("http://shop.test").await;
    let shop = house.merchant("sola").await;
    house.open_shop(&shop).await;
    let bought = house.buy(&shop, "T-1", None).await;
    give_back(&house, &shop, bought.id, json!({"return_id": "r-1", "lines": [{"line": 0, "quantity": 1}]}))
        .await;
    let mut owner = signed_in(&house, "owner@sola.example").await;
    tells(
        &owner.get(&format!("/dashboard/purchases/{}", bought.id)).await,
        &["What r-1 took back", "Draft, 1 of 2", "Not claimed yet"],
    );
    let mut maya = house.browser();
    maya.sign_in(&house, "sola", "maya@example.com").await;
    let code = bought.claim_code.as_ref().unwrap().grouped();
    let claimed = maya.post("/p/sola/claim", &format!("code={code}")).await;
    let page = maya.get(claimed.location()).await;
    tells(
        &page,
        &[
            "A part was returned.",
            "−36 points",
            "Of the 72 that the purchase earned",
            "36 when the purchase was claimed: something had been returned before",
            "Left of it",
            "36 points",
        ],
    );
    assert!(!page.text.contains("72 points are yours"), "what was returned is not promised: {}", page.text);
}

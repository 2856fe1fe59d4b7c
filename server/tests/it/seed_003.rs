//! “Referrals and Rewards”: Farmacy Food lets customers share codes and links, and rewards them for what their friends buy.
//! The test follows the document: capability, the example of a policy, use cases, components.

use std::time::Duration;

use http::{Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::support::{Api, STUCK, TestServer};

/// The meal status message at the finalisation of a purchase; the first one of somebody who was referred has the code.
fn meals(id: &str, customer: &str, quantity: i64, code: Option<&str>) -> Value {
    let mut data = json!({"transaction_id": id, "retailer": "main", "currency": "USD", "customer": {"email": customer},
        "lines": [{"product": "MEAL", "quantity": quantity, "unit_price": 1_000}]});
    if let Some(code) = code {
        data["referral_code"] = json!(code);
    }
    json!({"specversion": "1.0", "id": id, "source": "/purchase-session", "type": "order.completed", "data": data})
}

/// “The Referrals and Rewards Engine would consume the message”: and has done everything about it.
async fn consume(server: &TestServer, api: &Api<'_>, message: Value) {
    api.event(message).await;
    settle(server, api).await;
}

/// Waits until everything is given. What depends on a purchase that the referrals have not come to is held for seconds, outside
/// of any queue; whoever gives it has something to say to the queues again.
async fn settle(server: &TestServer, api: &Api<'_>) {
    api.settle().await;
    let held = async {
        let held = "SELECT count(*) FROM policy_awards WHERE state = 'held'";
        while sqlx::query_scalar::<_, i64>(held).fetch_one(server.pool()).await.unwrap() > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(STUCK, held).await.expect("what is held is given");
    api.settle().await;
}

/// Where a link leads.
async fn follow(server: &TestServer, path: &str) -> String {
    let uri = format!("{}{path}", server.server.base_url);
    let led = server.send(Request::get(uri).body(Full::default()).unwrap()).await;
    assert_eq!(led.status, 303, "{led:?}");
    led.header("location").to_owned()
}

/// The customer's credits, the ranking by them, and how many free meals there are to have.
async fn standing(api: &Api<'_>, app: &Api<'_>, customer: &str) -> (i64, Value, usize) {
    let tier = api.get(&format!("/customers/{customer}/tier")).await;
    let tier = tier.ok(StatusCode::OK);
    let vouchers = app.get("/me/vouchers").await.ok(StatusCode::OK)["data"].clone();
    let free = vouchers.as_array().unwrap().iter().filter(|voucher| voucher["name"] == "Free meal").count();
    (tier["progress"].as_i64().unwrap(), tier["tier"]["name"].clone(), free)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_003_friends_bring_credits_ranking_discounts_and_free_meals() {
    let server = TestServer::start().await;
    let merchant = server.merchant("farmacy").await;
    let api = server.api(&merchant);
    // “Customers can refer their friends and family to the Farmacy Food main site, or even to send them a link to a
    // particular public meal plan, expert.” Nothing is held back here, so that the story can be told in one go.
    let site = "https://farmacyfood.example";
    let referrals = json!({"allowed_origins": [site], "hold_days": 0});
    let ranking = json!({"basis": "referral_credits", "window": {"kind": "ever"}});
    api.patch("/merchant", json!({"referrals": referrals, "tiers": ranking})).await.ok(StatusCode::OK);
    // “Increasing his credit ranking, and offer discounts and other rewards according to ranking.”
    for (name, threshold, discount) in
        [("Friend", 0, "0"), ("Good friend", 1, "0.05"), ("Ambassador", 100, "0.1")]
    {
        api.create("/tiers", json!({"name": name, "threshold": threshold, "discount": discount})).await;
    }
    // “Reward Policy Management API. CRUD reward policies.” The two of the example: 1 and 2.
    let meal = json!({"name": "Free meal", "kind": "percent", "value": "1", "points_cost": 1_000});
    let meal = api.create("/rewards", meal).await;
    let credit = json!({"name": "A credit for each referred meal", "event": {"on": "friend_purchase", "count": "units"},
        "effects": [{"give": "credits", "credits": 1}], "to": "advocate"});
    api.published("/reward-policies", credit).await;
    let free = json!({"name": "A free meal", "event": {"on": "friend_count", "at": [1, 100, 1_000], "count": "units"},
        "effects": [{"give": "reward", "reward": meal}], "to": "advocate"});
    let free = api.published("/reward-policies", free).await;
    // “Special rewards for the 100th or even a 1000th purchase by their friends or family members”, of all together.
    let all = json!({"name": "All friends together", "event": {"on": "friends_count", "at": [4]},
        "effects": [{"give": "points", "points": 777}], "to": "advocate"});
    let all = api.published("/reward-policies", all).await;

    // “Referral Code Creation API.”
    let ada = api.create("/customers", json!({"email": "ada@example.com", "name": "Ada"})).await;
    let app = server.app(&merchant, &ada).await;
    let created = api.post("/referral-codes", json!({"customer": {"id": ada}})).await;
    created.ok(StatusCode::CREATED);
    let code = created.text("code");
    assert_eq!(follow(&server, &created.text("path")).await, format!("/p/farmacy/sign-in?ref={code}"));
    // “Allow the customer to share referral codes”: from the app.
    let shared = app.get("/me/referral-code").await;
    assert_eq!(shared.ok(StatusCode::OK)["code"], code);
    assert!(shared.text("link").ends_with(&created.text("path")), "{shared:?}");
    for page in ["", "plans/mediterranean?week=2", "experts/dr-green"] {
        let to = format!("{site}/{page}");
        let link = api.post("/referral-codes", json!({"customer": {"id": ada}, "to": to})).await;
        let sign = if page.contains('?') { '&' } else { '?' };
        assert_eq!(follow(&server, &link.text("path")).await, format!("{to}{sign}ref={code}"));
    }

    // “A successful referral is a registration and a completion of the first purchase”; the code travels with the message.
    consume(&server, &api, meals("1", "ben@example.com", 1, Some(&code))).await;
    let referral = api.get(&format!("/referrals?advocate={ada}")).await.ok(StatusCode::OK)["data"][0].clone();
    assert_eq!(referral["state"], "rewarded", "{referral}");
    assert_eq!(standing(&api, &app, &ada).await, (1, json!("Good friend"), 1));
    // “The referral code would be stored in the new customer profile”: from now on no code is needed, and none counts.
    let other =
        api.post("/referral-codes", json!({"customer": {"email": "ben@example.com"}})).await.text("code");
    consume(&server, &api, meals("2", "ben@example.com", 98, Some(&other))).await;
    assert_eq!(standing(&api, &app, &ada).await, (99, json!("Good friend"), 1), "99 meals");
    consume(&server, &api, meals("3", "ben@example.com", 1, None)).await;
    assert_eq!(standing(&api, &app, &ada).await, (100, json!("Ambassador"), 2), "the 100th");
    consume(&server, &api, meals("4", "ben@example.com", 900, None)).await;
    assert_eq!(standing(&api, &app, &ada).await, (1_000, json!("Ambassador"), 3), "the 1000th");
    // The bus may bring a message again: nothing is given twice. The four purchases are counted, too.
    api.event(meals("4", "ben@example.com", 900, None)).await;
    api.post("/purchases", meals("4", "ben@example.com", 900, None)["data"].clone()).await.ok(StatusCode::OK);
    settle(&server, &api).await;
    assert_eq!(standing(&api, &app, &ada).await, (1_000, json!("Ambassador"), 3));
    let given = |policy: &str| format!("/reward-policies/{policy}/awards");
    let causes = api.get(&given(&free)).await.ok(StatusCode::OK)["data"].clone();
    assert_eq!(causes.as_array().unwrap().len(), 3, "{causes}");
    assert_eq!(api.get(&given(&all)).await.ok(StatusCode::OK)["data"][0]["amount"], 777);
    // “Credits API”, “Credits DB”: what the customer has by now.
    assert_eq!(api.get(&format!("/points/{ada}")).await.ok(StatusCode::OK)["points"], 777);

    // “The calculated price obtained by Purchase Session from Pricing is further modified by the purchase session according
    // to customer's reward policy”: by the ranking, asked before, and by a free meal, said with the purchase.
    let lines = json!([{"product": "MEAL", "quantity": 1, "unit_price": 1_000}]);
    let basket = json!({"retailer": "main", "customer": {"id": ada}, "lines": lines});
    let quote = api.post("/quotes", basket).await;
    assert_eq!(quote.ok(StatusCode::OK)["price_after"], 900, "{}", quote.body);
    assert_eq!(quote.body["discounts"][0]["name"], "Ambassador");
    let voucher = app.get("/me/vouchers").await.body["data"][0]["code"].clone();
    let bought = json!({"transaction_id": "5", "retailer": "main", "currency": "USD", "customer": {"id": ada}, "lines": lines,
        "vouchers": [voucher]});
    let bought = api.post("/purchases", bought).await;
    assert_eq!(bought.ok(StatusCode::CREATED)["tenders"]["paid"], 0, "{}", bought.body);
    assert!(server.server.engine.reconcile(&merchant.cx, |_| {}).await.unwrap().is_clean());
    server.stop().await;
}

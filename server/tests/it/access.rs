//! Keys: none, wrong ones, revoked ones, and exactly what each scope allows.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use perennial_domain::access::Scope;
use perennial_server::api::openapi::{self, Credential};
use serde_json::{Value, json};

use crate::support::{Api, Merchant, Reply, TestServer, purchase};

/// An operation of the API description.
pub struct Operation {
    pub id: String,
    pub method: Method,
    pub path: String,
}

/// All operations that the description has.
pub fn operations() -> Vec<Operation> {
    let document = openapi::document();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations.push(Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
            });
        }
    }
    assert!(operations.len() >= 30, "the description has lost operations");
    operations
}

/// Ids of one merchant's things, to fill into paths.
pub struct Things {
    pub retailer: String,
    pub product: String,
    pub customer: String,
    pub promotion: String,
    pub offer: String,
    pub policy: String,
    pub tier: String,
    pub reward: String,
    pub redemption: String,
    pub voucher: String,
    pub purchase: String,
    pub returned: String,
    pub key: String,
    pub claim_code: String,
    /// Source and id, as a path has them.
    pub event: String,
    pub friend: String,
    pub referral_code: String,
    pub webhook: String,
    pub delivery: String,
    /// A refused one.
    pub request: String,
    /// A token of the customer, by its id.
    pub token: String,
}

impl Things {
    /// Makes one of everything.
    pub async fn make(api: &Api<'_>, name: &str) -> Self {
        let retailer = api.create("/retailers", json!({"code": format!("{name}-2"), "name": "Second"})).await;
        let product = api.create("/products", json!({"sku": format!("SKU-{name}"), "name": "Thing"})).await;
        let promotion = api.ten_points_a_dollar().await;
        let offer = api
            .create("/cashback-offers", json!({"name": format!("Offer of {name}"), "percentage": "0.1"}))
            .await;
        let policy = json!({"name": format!("Policy of {name}"), "event": {"on": "enrolment"},
            "effects": [{"give": "points", "points": 5}]});
        let policy = api.create("/reward-policies", policy).await;
        let tier = api.create("/tiers", json!({"name": format!("Tier of {name}"), "threshold": 50})).await;
        let posted = api.post("/purchases", purchase("t-1", "ada@example.com", 1000)).await;
        posted.ok(StatusCode::CREATED);
        let path = format!("/purchases/{}/returns", posted.text("id"));
        let returned = api.create(&path, json!({"return_id": "made", "amount": 1})).await;
        let reward = json!({"name": format!("Reward of {name}"), "kind": "money_off", "value": 500, "points_cost": 10});
        let reward = api.create("/rewards", reward).await;
        let redeemed = json!({"customer": {"id": posted.text("customer_id")}, "reward": reward});
        let redeemed = api.post("/redemptions", redeemed).await;
        redeemed.ok(StatusCode::CREATED);
        let unclaimed =
            json!({"transaction_id": "u-1", "retailer": "main", "currency": "USD", "amount": 500});
        let unclaimed = api.post("/purchases", unclaimed).await;
        // What has happened so far is told before anybody listens: of nothing but the test an attempt is under way later.
        api.settle().await;
        let webhook = json!({"url": format!("https://{name}.invalid/hooks"), "events": ["tier.changed"]});
        let webhook = api.create("/webhooks", webhook).await;
        let delivery = api.create(&format!("/webhooks/{webhook}/test"), json!({})).await;
        // Nobody answers there. Switched off after the first attempt, it stays as it is.
        while api.get(&format!("/webhooks/deliveries/{delivery}")).await.body["attempts"] == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        api.patch(&format!("/webhooks/{webhook}"), json!({"enabled": false})).await.ok(StatusCode::OK);
        let event = json!({"id": "made", "source": name, "detail-type": "order completed", "detail": {}});
        api.post("/events", event).await.ok(StatusCode::ACCEPTED);
        api.post("/purchases", json!({"transaction_id": "refused"})).await.problem(422, "invalid");
        let request = api.logged("refused").await;
        let key = api.create("/api-keys", json!({"name": name, "scopes": ["purchases:read"]})).await;
        let advocate = json!({"customer": {"id": posted.text("customer_id")}});
        let referral_code = api.post("/referral-codes", advocate).await;
        referral_code.ok(StatusCode::CREATED);
        let mut first = purchase("f-1", "finn@example.com", 700);
        first["referral_code"] = referral_code.body["code"].clone();
        let friend = api.post("/purchases", first).await;
        friend.ok(StatusCode::CREATED);
        let token = format!("/customers/{}/tokens", posted.text("customer_id"));
        let token = api.create(&token, json!({})).await;
        // Last, so that everything counts from the beginning.
        let open = Some(json!({"enabled": true}));
        api.call(Method::PUT, "/leaderboards", open.as_ref(), &[]).await.ok(StatusCode::OK);
        Self {
            retailer,
            product,
            customer: posted.text("customer_id"),
            promotion,
            offer,
            policy,
            tier,
            reward,
            redemption: redeemed.text("id"),
            voucher: redeemed.body["voucher"]["code"].as_str().unwrap().to_owned(),
            purchase: posted.text("id"),
            returned,
            key,
            claim_code: unclaimed.text("claim_code"),
            event: format!("{name}/made"),
            friend: friend.text("customer_id"),
            referral_code: referral_code.text("code"),
            webhook,
            delivery,
            request: request["id"].as_str().unwrap().to_owned(),
            token,
        }
    }

    /// The path of an operation with these things in it.
    pub fn path(&self, operation: &Operation) -> String {
        let id = match operation.path.split('/').nth(3).unwrap() {
            "retailers" => &self.retailer,
            "products" => &self.product,
            "promotions" => &self.promotion,
            "cashback-offers" => &self.offer,
            "reward-policies" => &self.policy,
            "tiers" => &self.tier,
            "rewards" => &self.reward,
            "redemptions" => &self.redemption,
            "purchases" => &self.purchase,
            "returns" => &self.returned,
            "requests" => &self.request,
            "api-keys" => &self.key,
            "webhooks" if operation.path.contains("deliveries/{id}") => &self.delivery,
            "webhooks" => &self.webhook,
            _ => &self.customer,
        };
        // Nobody has a dead letter of this number.
        let path = operation.path.replace("{module}/{id}", "tiers/7").replace("{module}", "tiers");
        let path = path.replace("{period}", "week");
        let path = path.replace("{kind}", "welcome");
        let path = path.replace("{source}/{event}", &self.event);
        let code = if path.contains("referral-codes") { &self.referral_code } else { &self.voucher };
        let path = path.replace("{friend}", &self.friend).replace("{code}", code);
        let path = path.replace("{token}", &self.token).replace("{merchant}", "nobody");
        path.replace("{id}", id).replace("{customer}", &self.customer)
    }
}

async fn call(api: &Api<'_>, operation: &Operation, path: &str) -> Reply {
    let body = openapi::example_request(&operation.id);
    let body = match (&operation.method, body) {
        (_, Some(body)) => Some(body),
        (&Method::POST, None) => Some(json!({})),
        _ => None,
    };
    send(api, operation, path, body.as_ref()).await
}

/// Sends an operation with a body: JSON, but for the one that takes a file.
pub async fn send(api: &Api<'_>, operation: &Operation, path: &str, body: Option<&Value>) -> Reply {
    if operation.id == "add_reward_codes" {
        let file = Some(b"code\nONE\n".to_vec());
        return api.raw(Method::POST, path, file, &[("content-type", "text/csv")]).await;
    }
    api.call(operation.method.clone(), path, body, &[]).await
}

#[tokio::test]
async fn every_operation_needs_a_valid_key() {
    // So many failures from one address would be throttled; that has a test of its own.
    let server = TestServer::start_with(&[("PERENNIAL_RATE_PER_IP", "0")]).await;
    let merchant = server.merchant("shop").await;
    let things = Things::make(&server.api(&merchant), "a").await;
    for operation in operations() {
        let path = things.path(&operation);
        let reply = call(&server.api_with(None), &operation, &path).await;
        match Credential::of(&operation.path) {
            Credential::ApiKey | Credential::CustomerToken => drop(reply.problem(401, "unauthorized")),
            // There is no such merchant.
            Credential::Nothing => drop(reply.problem(404, "not_found")),
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn wrong_malformed_and_revoked_keys_are_all_the_same() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let created = api.post("/api-keys", json!({"name": "Till 7", "scopes": ["customers:read"]})).await;
    created.ok(StatusCode::CREATED);
    assert_eq!(created.header("cache-control"), "no-store");
    let secret = created.text("secret");
    assert!(secret.starts_with(&created.text("prefix")));
    let till = server.api_with(Some(&secret));
    till.get("/customers").await.ok(StatusCode::OK);
    let read = api.get(&format!("/api-keys/{}", created.text("id"))).await;
    assert!(read.ok(StatusCode::OK).get("secret").is_none() && !read.body.to_string().contains(&secret));

    let mut wrong = secret.clone();
    wrong.pop();
    wrong.push(if secret.ends_with('A') { 'B' } else { 'A' });
    let mut bodies = Vec::new();
    for key in [wrong.as_str(), "prn_short", "nonsense", &"x".repeat(5_000)] {
        let reply = server.api_with(Some(key)).get("/customers").await;
        reply.problem(401, "unauthorized");
        bodies.push(reply.body["detail"].clone());
    }
    api.delete(&format!("/api-keys/{}", created.text("id"))).await.ok(StatusCode::OK);
    let revoked = till.get("/customers").await;
    revoked.problem(401, "unauthorized");
    bodies.push(revoked.body["detail"].clone());
    assert!(bodies.iter().all(|detail| *detail == bodies[0]), "no answer tells which it was: {bodies:?}");
    server.stop().await;
}

/// Which scopes open an operation. A new operation has to be entered here.
fn scopes_of(operation: &str) -> &'static [Scope] {
    match operation {
        "create_purchase" | "create_purchases" | "create_claim" => &[Scope::PurchasesWrite],
        // A till that posts purchases also asks what they would earn.
        "create_quote" => &[Scope::PurchasesWrite, Scope::Quotes],
        "send_events" | "list_events" | "read_event" | "retry_event" | "discard_event" => {
            &[Scope::EventsWrite]
        }
        "list_requests" | "read_request" | "count_requests" => &[Scope::RequestsRead],
        // And returns them.
        "create_purchase_return" | "create_return" => &[Scope::PurchasesWrite, Scope::ReturnsWrite],
        "list_purchases"
        | "read_purchase"
        | "read_purchase_cashback"
        | "explain_purchase"
        | "list_purchase_returns"
        | "read_return" => &[Scope::PurchasesRead],
        "list_customers"
        | "read_customer"
        | "read_points"
        | "read_customer_points"
        | "read_customer_cashback"
        | "read_customer_tier"
        | "list_customer_awards"
        | "list_reward_policy_awards"
        | "read_customer_milestones"
        | "list_customer_tier_moves"
        | "read_leaderboards"
        | "read_leaderboard"
        | "read_leaderboard_customer"
        | "list_customer_entries"
        | "list_customer_lots"
        | "list_customer_adjustments"
        | "list_customer_merges"
        | "read_message_preferences" => &[Scope::CustomersRead],
        "create_customer" => &[Scope::CustomersWrite],
        // The customer in the path is looked up first, which is reading.
        "change_customer"
        | "create_customer_adjustment"
        | "change_message_preferences"
        | "set_customer_leaderboard"
        | "export_customer"
        | "merge_customer"
        | "erase_customer" => &[],
        "list_retailers" | "read_retailer" | "list_products" | "read_product" => &[Scope::CatalogueRead],
        "create_retailer" | "change_retailer" | "archive_retailer" | "create_product" | "change_product"
        | "archive_product" => &[Scope::CatalogueWrite],
        "list_promotions"
        | "read_promotion"
        | "list_promotion_versions"
        | "list_cashback_offers"
        | "list_reward_policies"
        | "try_reward_policy"
        | "read_reward_policy"
        | "list_reward_policy_versions"
        | "read_cashback_offer" => &[Scope::PromotionsRead],
        "create_cashback_offer"
        | "change_cashback_offer"
        | "archive_cashback_offer"
        | "create_promotion"
        | "change_promotion"
        | "create_reward_policy"
        | "change_reward_policy"
        | "archive_reward_policy"
        | "publish_reward_policy"
        | "pause_reward_policy"
        | "resume_reward_policy"
        | "publish_promotion"
        | "discard_promotion"
        | "pause_promotion"
        | "resume_promotion"
        | "end_promotion"
        | "archive_promotion" => &[Scope::PromotionsWrite],
        // It reads promotions and purchases.
        "replay_promotion" => &[],
        "list_rewards" | "read_reward" | "count_reward_codes" | "list_redemptions" | "read_redemption" => {
            &[Scope::RewardsRead, Scope::RedemptionsWrite]
        }
        "list_tiers" | "read_tier" => &[Scope::TiersRead],
        "list_referrals" | "read_referral" | "read_referral_code" => &[Scope::ReferralsRead],
        "create_referral_code"
        | "ban_advocate"
        | "unban_advocate"
        | "approve_referral"
        | "reject_referral" => &[Scope::ReferralsWrite],
        "create_tier" | "change_tier" | "delete_tier" => &[Scope::TiersWrite],
        // The customer is looked up before anything is changed.
        "promote_customer" | "demote_customer" | "pin_customer" => &[],
        "create_reward" | "change_reward" | "archive_reward" | "add_reward_codes" => &[Scope::RewardsWrite],
        "create_redemption" | "capture_redemption" | "cancel_redemption" | "advance_redemption"
        | "read_voucher" | "use_voucher" => &[Scope::RedemptionsWrite],
        // The customer is looked up first.
        "list_customer_rewards" | "list_customer_vouchers" => &[],
        "read_merchant" | "read_reconciliation" | "list_queues" | "list_dead_letters" => {
            &[Scope::SettingsRead]
        }
        "change_merchant"
        | "set_leaderboards"
        | "retry_dead_letter"
        | "retry_dead_letters"
        | "discard_dead_letter" => &[Scope::SettingsWrite],
        "list_message_templates" | "read_message_template" | "preview_message_template" => {
            &[Scope::MessagesRead]
        }
        "change_message_template" | "reset_message_template" | "test_message_template" => {
            &[Scope::MessagesWrite]
        }
        "list_webhooks" | "read_webhook" | "list_webhook_deliveries" | "read_webhook_delivery" => {
            &[Scope::WebhooksRead]
        }
        "create_webhook"
        | "change_webhook"
        | "delete_webhook"
        | "rotate_webhook"
        | "test_webhook"
        | "resend_webhook_delivery"
        | "resend_failed_webhook_deliveries" => &[Scope::WebhooksWrite],
        "list_api_keys" | "read_api_key" | "create_api_key" | "change_api_key" | "revoke_api_key" => {
            &[Scope::KeysWrite]
        }
        "create_customer_token" | "list_customer_tokens" | "end_customer_token" | "end_customer_tokens" => {
            &[Scope::TokensWrite]
        }
        unknown => panic!("{unknown} is a new operation: say here which scopes open it"),
    }
}

#[tokio::test]
async fn each_scope_opens_its_operations_and_no_other() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let things = Things::make(&server.api(&merchant), "a").await;
    let mut keys = BTreeMap::new();
    for scope in Scope::ALL {
        keys.insert(scope, server.key(&merchant, &[scope], None).await);
    }
    for operation in operations() {
        let path = things.path(&operation);
        let open = match Credential::of(&operation.path) {
            Credential::ApiKey => scopes_of(&operation.id),
            // No key opens what is for customers.
            Credential::CustomerToken => &[],
            Credential::Nothing => continue,
        };
        for (scope, key) in &keys {
            let reply = call(&server.api_with(Some(key)), &operation, &path).await;
            if open.contains(scope) {
                assert_ne!(reply.status, 403, "{} with {scope}: {reply:?}", operation.id);
                assert_ne!(reply.status, 401, "{} with {scope}: {reply:?}", operation.id);
            } else {
                reply.problem(403, "forbidden");
            }
        }
    }
    let both = server.key(&merchant, &[Scope::CustomersRead, Scope::CustomersWrite], None).await;
    let path = format!("/customers/{}", things.customer);
    server.api_with(Some(&both)).patch(&path, json!({"name": "Ada"})).await.ok(StatusCode::OK);
    server.stop().await;
}

#[tokio::test]
async fn a_key_is_bound_to_a_retailer_by_code_or_id() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let id = api.create("/retailers", json!({"code": "riverside", "name": "Riverside"})).await;
    let make = async |retailer: Value| {
        let input = json!({"name": "Till 7", "scopes": ["purchases:write"], "retailer": retailer});
        api.post("/api-keys", input).await
    };
    for named in [json!("riverside"), json!(id)] {
        let made = make(named).await;
        assert_eq!(made.ok(StatusCode::CREATED)["retailer"], json!(id));
    }
    assert_eq!(make(json!("uptown")).await.problem(422, "unknown_retailer")[0].0, "/retailer");
    server.stop().await;
}

#[tokio::test]
async fn a_key_cannot_make_a_stronger_one() {
    let server = TestServer::start().await;
    let merchant: Merchant = server.merchant("shop").await;
    let weak = server.key(&merchant, &[Scope::KeysWrite, Scope::CustomersRead], None).await;
    let weak = server.api_with(Some(&weak));
    let make = async |scopes: Value| weak.post("/api-keys", json!({"name": "New", "scopes": scopes})).await;
    make(json!(["customers:read"])).await.ok(StatusCode::CREATED);
    let refused = make(json!(["customers:read", "settings:write"])).await;
    assert_eq!(refused.problem(422, "invalid")[0].0, "/scopes");
    make(json!([])).await.problem(422, "invalid");
    make(json!(["everything"])).await.problem(422, "invalid");
    server.stop().await;
}

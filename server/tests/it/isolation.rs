//! Nothing of one merchant is visible to another, on any route that the API description has.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use perennial_server::api::openapi::Credential;
use serde_json::{Value, json};

use crate::{
    access::{Operation, Things, operations, send},
    support::{Api, STUCK, TestServer},
};

/// How an operation is tried with another merchant's key. A new operation has to be entered here.
enum Attempt {
    /// The path names a thing of the other merchant: there is no such thing. With this body.
    Foreign(Option<Value>),
    /// The answer must not mention anything of the other merchant.
    Silent,
    /// Sends this; the status must be one of these.
    Send(Vec<(Value, &'static [u16])>),
}

fn attempt(operation: &str, victim: &Things) -> Attempt {
    let foreign = |body: Value| Attempt::Foreign(Some(body));
    match operation {
        "list_purchases"
        | "list_customers"
        | "list_retailers"
        | "list_products"
        | "list_promotions"
        | "list_cashback_offers"
        | "list_reward_policies"
        | "list_tiers"
        | "list_referrals"
        | "read_leaderboards"
        | "read_leaderboard"
        | "list_rewards"
        | "list_redemptions"
        | "list_api_keys"
        | "list_webhooks"
        | "read_merchant"
        | "list_queues"
        | "list_dead_letters"
        | "list_events"
        | "list_message_templates"
        | "read_message_template"
        | "list_requests"
        | "count_requests"
        | "read_reconciliation" => Attempt::Silent,
        "read_purchase"
        | "explain_purchase"
        | "list_purchase_returns"
        | "read_return"
        | "read_customer"
        | "read_points"
        | "read_customer_points"
        | "read_customer_cashback"
        | "read_purchase_cashback"
        | "read_cashback_offer"
        | "archive_cashback_offer"
        | "read_reward_policy"
        | "archive_reward_policy"
        | "list_reward_policy_versions"
        | "list_reward_policy_awards"
        | "list_customer_awards"
        | "read_customer_milestones"
        | "read_tier"
        | "read_referral"
        | "read_referral_code"
        | "delete_tier"
        | "read_customer_tier"
        | "read_leaderboard_customer"
        | "list_customer_tier_moves"
        | "list_customer_rewards"
        | "list_customer_vouchers"
        | "read_reward"
        | "archive_reward"
        | "count_reward_codes"
        | "add_reward_codes"
        | "read_redemption"
        | "read_voucher"
        | "list_customer_entries"
        | "list_customer_lots"
        | "list_customer_adjustments"
        | "list_customer_merges"
        | "export_customer"
        | "retry_dead_letter"
        | "discard_dead_letter"
        | "read_event"
        | "read_request"
        | "retry_event"
        | "discard_event"
        | "read_retailer"
        | "archive_retailer"
        | "read_product"
        | "archive_product"
        | "read_promotion"
        | "list_promotion_versions"
        | "read_api_key"
        | "read_webhook"
        | "delete_webhook"
        | "rotate_webhook"
        | "test_webhook"
        | "list_webhook_deliveries"
        | "read_webhook_delivery"
        | "resend_webhook_delivery"
        | "resend_failed_webhook_deliveries"
        | "read_message_preferences"
        | "list_customer_tokens"
        | "end_customer_tokens"
        | "end_customer_token"
        | "revoke_api_key" => Attempt::Foreign(None),
        "retry_dead_letters" => Attempt::Send(vec![(json!({}), &[200])]),
        "create_purchase_return" => foreign(json!({"return_id": "x-1"})),
        "create_return" => Attempt::Send(vec![
            (json!({"return_id": "x-2", "transaction_id": "t-1", "retailer": victim.retailer}), &[422]),
            (json!({"return_id": "x-3", "transaction_id": "t-9", "retailer": "main"}), &[202]),
        ]),
        "change_message_preferences" => {
            foreign(json!({"preferences": [{"kind": "tier_up", "email": false}]}))
        }
        "change_message_template" => {
            Attempt::Send(vec![(json!({"subject": "Mine", "text": "Mine"}), &[200])])
        }
        "preview_message_template" | "reset_message_template" => Attempt::Send(vec![(json!({}), &[200])]),
        "test_message_template" => Attempt::Send(vec![(json!({"to": "eve@example.com"}), &[200])]),
        "set_customer_leaderboard" => foreign(json!({"hidden": true})),
        "erase_customer" => foreign(json!({"reason": "other"})),
        "merge_customer" => foreign(json!({"from": {"id": victim.customer}})),
        "create_customer_token" => foreign(json!({"expires_in": 60})),
        "set_leaderboards" => Attempt::Send(vec![(json!({"enabled": true}), &[200])]),
        "create_customer_adjustment" => foreign(json!({"points": 1, "reason": "Mine"})),
        "change_customer" | "change_retailer" | "change_product" | "change_api_key" => {
            foreign(json!({"name": "Stolen"}))
        }
        "capture_redemption" | "cancel_redemption" | "use_voucher" => foreign(json!({})),
        "advance_redemption" => foreign(json!({"to": "fulfilled"})),
        "change_reward" => foreign(json!({"name": "Stolen"})),
        "ban_advocate" | "unban_advocate" | "approve_referral" | "reject_referral" => foreign(json!({})),
        "create_referral_code" => Attempt::Send(vec![(json!({"customer": {"id": victim.customer}}), &[404])]),
        "change_tier" => foreign(json!({"threshold": 1})),
        "promote_customer" | "demote_customer" | "pin_customer" => foreign(json!({})),
        // The threshold that is taken there is free here.
        "create_tier" => Attempt::Send(vec![(json!({"name": "Mine", "threshold": 50}), &[201])]),
        "create_reward" => Attempt::Send(vec![(
            json!({"name": "Mine", "kind": "money_off", "value": 1, "points_cost": 1}),
            &[201],
        )]),
        "create_redemption" => Attempt::Send(vec![(
            json!({"customer": {"id": victim.customer}, "reward": victim.reward}),
            &[422],
        )]),
        "change_cashback_offer" | "change_reward_policy" => foreign(json!({"name": "Stolen"})),
        "publish_reward_policy" | "pause_reward_policy" | "resume_reward_policy" => foreign(json!({})),
        "change_promotion" => foreign(json!({"name": "Stolen"})),
        "publish_promotion" | "discard_promotion" | "pause_promotion" | "resume_promotion"
        | "end_promotion" | "archive_promotion" | "replay_promotion" => foreign(json!({})),
        "create_purchase" => Attempt::Send(vec![
            (purchase("x-1", json!(victim.retailer), json!({"email": "eve@example.com"})), &[422]),
            (purchase("x-2", json!("a-2"), json!({"email": "eve@example.com"})), &[422]),
            (purchase("x-3", json!("main"), json!({"id": victim.customer})), &[404]),
            // The same number at a retailer of the same code: another purchase.
            (purchase("t-1", json!("main"), json!({"email": "ada@example.com"})), &[201, 200]),
        ]),
        "create_purchases" => Attempt::Send(vec![(
            json!([purchase("x-4", json!(victim.retailer), json!({"id": victim.customer}))]),
            &[200],
        )]),
        // What it says of the other merchant is refused later, as if there were no such thing.
        "send_events" => Attempt::Send(vec![(
            json!({"id": "x", "source": "/x", "detail-type": "order completed", "detail": {"retailer": victim.retailer}}),
            &[202],
        )]),
        "create_quote" => Attempt::Send(vec![
            (json!({"retailer": victim.retailer, "amount": 100}), &[422]),
            (json!({"retailer": "a-2", "amount": 100}), &[422]),
            (json!({"retailer": "main", "amount": 100, "customer": {"id": victim.customer}}), &[404]),
            // Somebody of the same address there is nobody here.
            (json!({"retailer": "main", "amount": 100, "customer": {"email": "ada@example.com"}}), &[200]),
        ]),
        "create_claim" => Attempt::Send(vec![(
            json!({"claim_code": victim.claim_code, "customer": {"email": "eve@example.com"}}),
            &[404],
        )]),
        // What is taken there is free here.
        "create_customer" => Attempt::Send(vec![(json!({"email": "ada@example.com"}), &[201, 200])]),
        "create_retailer" => Attempt::Send(vec![(json!({"code": "a-2", "name": "Mine"}), &[201])]),
        "create_product" => Attempt::Send(vec![(json!({"sku": "SKU-a", "name": "Mine"}), &[201])]),
        "create_cashback_offer" => {
            Attempt::Send(vec![(json!({"name": "Mine", "percentage": "0.1"}), &[201])])
        }
        "create_reward_policy" => Attempt::Send(vec![
            (policy(json!({"give": "reward", "reward": victim.reward})), &[422]),
            (policy(json!({"give": "points", "points": 1})), &[201]),
        ]),
        "try_reward_policy" => {
            Attempt::Send(vec![(policy(json!({"give": "reward", "reward": victim.reward})), &[200])])
        }
        "create_promotion" => Attempt::Send(vec![
            (json!({"name": "Mine", "award_rate": "1", "retailers": ["only-a"]}), &[422]),
            (json!({"name": "Mine", "award_rate": "1"}), &[201]),
        ]),
        "create_api_key" => Attempt::Send(vec![(
            json!({"name": "K", "scopes": ["purchases:write"], "retailer": victim.retailer}),
            &[422, 404],
        )]),
        "create_webhook" => Attempt::Send(vec![(json!({"url": "https://a.invalid/hooks"}), &[201])]),
        "change_webhook" => foreign(json!({"enabled": false})),
        "change_merchant" => Attempt::Send(vec![(json!({"points_name": "stars"}), &[200])]),
        unknown => panic!("{unknown} is a new operation: say here how another merchant would try it"),
    }
}

fn policy(gives: Value) -> Value {
    json!({"name": "Mine", "event": {"on": "enrolment"}, "effects": [gives]})
}

fn purchase(transaction: &str, retailer: Value, customer: Value) -> Value {
    json!({
        "transaction_id": transaction, "retailer": retailer, "customer": customer, "currency": "USD", "amount": 100,
    })
}

/// Waits until nothing changes by itself any more: what has happened has had its effect, and the books, which are checked some
/// seconds after a server has started, and then once a day, have been.
async fn stands_still(server: &TestServer, api: &Api<'_>) {
    server.drained().await;
    let began = Instant::now();
    while api.get("/reconciliation").await.ok(StatusCode::OK)["clean"].is_null() {
        assert!(began.elapsed() < STUCK, "the books are not checked");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Everything that a merchant can see of itself, without what changes by looking.
async fn everything(api: &Api<'_>, things: &Things) -> Vec<(String, Value)> {
    let mut seen = Vec::new();
    // Requests come into their log by themselves, a moment after their answer.
    let is_no_log =
        |operation: &&Operation| !["list_requests", "count_requests"].contains(&operation.id.as_str());
    let with_a_key = |operation: &&Operation| Credential::of(&operation.path) == Credential::ApiKey;
    let all = operations();
    let reads = all.iter().filter(|operation| operation.method == Method::GET);
    for operation in reads.filter(is_no_log).filter(with_a_key) {
        let reply = api.get(&things.path(operation)).await;
        assert_eq!(reply.status, 200, "{} {reply:?}", operation.id);
        let mut body = reply.body;
        forget(&mut body, &["as_of", "last_used_at", "exported_at"]);
        seen.push((operation.id.clone(), body));
    }
    seen
}

fn forget(value: &mut Value, fields: &[&str]) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| !fields.contains(&name.as_str()));
            map.values_mut().for_each(|value| forget(value, fields));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| forget(value, fields)),
        _ => {}
    }
}

#[tokio::test]
async fn no_route_shows_or_changes_anything_of_another_merchant() {
    let server = TestServer::start().await;
    let victim = server.merchant("victim").await;
    let attacker = server.merchant("attacker").await;
    let (victims, attackers) = (server.api(&victim), server.api(&attacker));
    let things = Things::make(&victims, "a").await;
    victims.create("/retailers", json!({"code": "only-a", "name": "Only there"})).await;
    // Without one of its own there would be nothing to look into.
    let open = Some(json!({"enabled": true}));
    attackers.call(Method::PUT, "/leaderboards", open.as_ref(), &[]).await.ok(StatusCode::OK);
    stands_still(&server, &victims).await;
    let before = everything(&victims, &things).await;
    let secrets = [
        &things.retailer,
        &things.product,
        &things.customer,
        &things.promotion,
        &things.offer,
        &things.reward,
        &things.redemption,
        &things.voucher,
        &things.purchase,
        &things.key,
        &things.webhook,
        &things.delivery,
        &things.claim_code,
        &things.friend,
        &things.referral_code,
    ];
    let silent = |operation: &Operation, text: &str| {
        for secret in secrets {
            assert!(!text.contains(secret.as_str()), "{} shows {secret}: {text}", operation.id);
        }
    };
    for operation in operations() {
        let path = things.path(&operation);
        // What customers do, with their tokens or on the way to one, has tests of its own.
        if Credential::of(&operation.path) != Credential::ApiKey {
            continue;
        }
        match attempt(&operation.id, &things) {
            Attempt::Silent => {
                let reply = attackers.get(&path).await;
                assert_eq!(reply.status, 200, "{} {reply:?}", operation.id);
                silent(&operation, &reply.body.to_string());
            }
            Attempt::Foreign(body) => {
                send(&attackers, &operation, &path, body.as_ref()).await.problem(404, "not_found");
            }
            Attempt::Send(tries) => {
                for (body, statuses) in tries {
                    let reply = attackers.call(operation.method.clone(), &path, Some(&body), &[]).await;
                    assert!(statuses.contains(&reply.status), "{} {body}: {reply:?}", operation.id);
                    // What was sent may be named again; everything else must not appear.
                    if reply.status < 400 {
                        let results = reply.body["results"].as_array().cloned().unwrap_or_default();
                        assert!(
                            results.iter().all(|result| result["status"] == 422 || result["status"] == 404)
                        );
                        silent(&operation, &reply.body.to_string());
                    }
                }
            }
        }
    }
    assert_eq!(everything(&victims, &things).await, before, "nothing of the victim has changed");
    let other = attackers.get("/customers?search=ada@example.com").await;
    let other = other.ok(StatusCode::OK)["data"][0]["id"].clone();
    assert_ne!(other, json!(things.customer), "the same e-mail is another customer");
    server.stop().await;
}

//! Examples for the API description, by operation. Tests send every request example to a real server.

use serde_json::{Value, json};

const RETAILER: &str = "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c01";
const PRODUCT: &str = "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c02";
const CUSTOMER: &str = "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c03";
const PROMOTION: &str = "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c04";
const PURCHASE: &str = "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c05";
const REWARD: &str = "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c07";
const TOKEN: &str = "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c08";
const KEY: &str = "019a9f4e-3b00-7c11-8f2a-5d0e6b7a9c06";

/// An example of a request body.
#[must_use]
pub fn request(operation: &str) -> Option<Value> {
    Some(match operation {
        "create_purchase" => purchase_request("7-20261121-0042"),
        "create_purchases" => json!([
            purchase_request("7-20261121-0043"),
            {"transaction_id": "7-20261121-0044", "retailer": "vienna-1", "amount": 1250, "currency": "USD"},
        ]),
        "create_quote" => json!({
            "retailer": "vienna-1", "customer": {"email": "ada@example.com"},
            "lines": [
                {"product": "SEED-APPLE", "quantity": 2, "unit_price": 450},
                {"product": "POT-CLAY-12", "quantity": 1, "unit_price": 1290},
            ],
        }),
        "create_claim" => {
            json!({"claim_code": "7K3M-9QXT-2WDF-8RBN", "customer": {"email": "ada@example.com"}})
        }
        "create_purchase_return" => {
            json!({"return_id": "7-20261122-0003", "lines": [{"line": 0, "quantity": 1}]})
        }
        "create_return" => json!({
            "retailer": "vienna-1", "transaction_id": "7-20261121-0042", "return_id": "7-20261122-0004", "amount": 100,
        }),
        "create_customer" => json!({
            "name": "Ada Lovelace", "email": "ada@example.com", "phone": "+436601234567", "external_id": "crm-1815",
            "card": "2900123456785", "birthday": "1990-12-10",
        }),
        "change_customer" => json!({"name": "Ada King", "phone": null}),
        "merge_customer" => json!({
            "from": {"email": "ada.lovelace@example.org"}, "note": "She signed up twice",
        }),
        "erase_customer" => json!({"reason": "requested"}),
        "create_customer_adjustment" => json!({"points": 150, "reason": "The card was not scanned on May 3"}),
        "create_retailer" => json!({
            "code": "vienna-1", "name": "Vienna, Main Street", "region": "east", "time_zone": "Europe/Vienna",
            "business_day_start": "04:00",
        }),
        "change_retailer" => json!({"name": "Vienna, Market Square", "region": null}),
        "create_product" => json!({
            "sku": "SEED-APPLE", "name": "Apple seeds", "category": "seeds", "tags": ["organic", "spring"],
        }),
        "change_product" => json!({"tags": ["organic"]}),
        "create_promotion" => json!({
            "name": "Double points on seeds", "multiplier": "2", "products": {"include": ["category:seeds"]},
            "weekdays": ["sat", "sun"], "starts_at": "2026-11-21T00:00:00", "max_points_per_purchase": 500,
        }),
        "change_promotion" => {
            json!({"name": "Triple points on seeds", "multiplier": "3", "max_points_per_purchase": null})
        }
        "create_cashback_offer" => json!({
            "name": "Five per cent on seeds", "percentage": "0.05", "products": ["category:seeds"],
            "expires_at": "2027-01-01T00:00:00", "cap_per_month": 2000, "valid_days": 90,
        }),
        "change_cashback_offer" => json!({"percentage": "0.1", "cap_per_month": null}),
        "create_reward_policy" | "try_reward_policy" => json!({
            "name": "Every tenth order", "event": {"on": "own_count", "every": 10, "minimum_amount": 500},
            "effects": [{"give": "points", "points": 200}], "cap": {"times": 5, "per": "year"}, "hold_days": 14,
        }),
        "change_reward_policy" => json!({"effects": [{"give": "points", "points": 300}], "cap": null}),
        "create_tier" => json!({
            "name": "Gold", "threshold": 1000, "multiplier": "1.5", "discount": "0.05", "benefits": ["Early booking"],
        }),
        "change_tier" => json!({"threshold": 1200, "discount": null}),
        "promote_customer" | "demote_customer" => json!({"pinned_until": "2099-12-31"}),
        "pin_customer" => json!({"until": "2099-12-31"}),
        "create_reward" => json!({
            "name": "Five dollars off", "kind": "money_off", "value": 500, "points_cost": 400, "stock": 100,
            "limit_per_customer": 2, "valid_days": 30,
        }),
        "change_reward" => json!({"name": "Six dollars off", "value": 600, "stock": null}),
        "create_redemption" => {
            json!({"customer": {"email": "ada@example.com"}, "reward": REWARD, "hold_seconds": 900})
        }
        "advance_redemption" => json!({"to": "shipped"}),
        "create_referral_code" => json!({"customer": {"email": "ada@example.com"}}),
        "publish_promotion" => json!({"effective_from": "2099-01-01T00:00:00Z"}),
        "replay_promotion" => json!({"version": 1}),
        "create_api_key" => json!({"name": "Till 7", "scopes": ["purchases:write"]}),
        "change_api_key" => json!({"name": "Till 7, by the door"}),
        "create_customer_token" => json!({"expires_in": 900}),
        "send_sign_in_code" => json!({"email": "ada@example.com"}),
        "sign_in" => json!({
            "email": "ada@example.com", "code": "482 913", "challenge": "qLw0mJm3T5yJ0uY5aV8bXf3n1r2wq9d7kP6sZ4tG0hE",
            "referral_code": "K7QF2-M9XTB",
        }),
        "erase_me" => json!({"code": "482 913"}),
        "create_my_redemption" => json!({"reward": REWARD}),
        "create_my_claim" => json!({"claim_code": "7K3M-9QXT-2WDF-8RBN"}),
        "create_my_referral_link" => json!({"to": "https://shop.example.com/plans/7"}),
        "read_my_notifications" => json!({"up_to": 42}),
        "hide_me" => json!({"hidden": true}),
        "tell_my_birthday" => json!({"birthday": "1990-12-10"}),
        "create_webhook" => {
            json!({"url": "https://shop.example.com/hooks", "events": ["points.credited", "tier.changed"]})
        }
        "change_webhook" => json!({"enabled": false}),
        "change_message_template" => json!({
            "subject": "Welcome to {shop}",
            "text": "Hello {name},\n\nGood that you are here. What you buy earns you {points_name}.\n\n{page}\n\n{shop}",
        }),
        "preview_message_template" => json!({"subject": "Good that you are here"}),
        "test_message_template" => json!({"to": "ada@example.com"}),
        "change_message_preferences" | "change_my_message_preferences" => {
            json!({"preferences": [{"kind": "points_expiring", "email": false}]})
        }
        "set_leaderboards" => json!({"enabled": true}),
        "set_customer_leaderboard" => json!({"hidden": true}),
        "change_merchant" => json!({"points_name": "leaves", "accepted_lateness_days": 14}),
        _ => return None,
    })
}

/// An example of an answer.
#[must_use]
pub fn response(operation: &str) -> Option<Value> {
    Some(match operation {
        "create_purchase" => purchase_answer(),
        "create_quote" => json!({
            "points": 437, "cashback": 42, "currency": "USD", "price": 2190,
            "discounts": [
                {"kind": "tier", "name": "Gold", "percentage": "0.05", "amount": 109, "text": "5% off for Gold: $1.09"},
            ],
            "price_after": 2081,
            "lines": [
                {"product": "SEED-APPLE", "price": 900, "price_after": 855, "earns": 180, "cashback": 42,
                 "why": "Double points on seeds: 180"},
                {"product": "POT-CLAY-12", "price": 1290, "price_after": 1226, "earns": 257, "cashback": 0, "why": "257 points"},
            ],
            "rewards_due": [],
            "redeemable": [{"reward_id": REWARD, "name": "Five dollars off", "points_cost": 500}],
            "stale": false,
        }),
        "create_customer_token" | "sign_in" => json!({
            "id": TOKEN, "customer_id": CUSTOMER, "issued_by": if operation == "sign_in" { "code" } else { "merchant" },
            "created_at": "2026-11-21T09:00:00Z", "expires_at": "2026-11-21T09:15:00Z", "token": "prc_…",
        }),
        "create_retailer" | "read_retailer" => json!({
            "id": RETAILER, "code": "vienna-1", "name": "Vienna, Main Street", "region": "east",
            "time_zone": "Europe/Vienna", "business_day_start": "04:00", "created_at": "2026-11-21T09:00:00Z",
            "archived_at": null,
        }),
        "create_product" | "read_product" => json!({
            "id": PRODUCT, "sku": "SEED-APPLE", "name": "Apple seeds", "category": "seeds",
            "tags": ["organic", "spring"], "created_at": "2026-11-21T09:00:00Z", "archived_at": null,
        }),
        "create_api_key" => json!({
            "id": KEY, "name": "Till 7", "prefix": "prn_k3v9x2ab", "scopes": ["purchases:write"], "retailer": null,
            "created_at": "2026-11-21T09:00:00Z", "last_used_at": null, "revoked_at": null,
            "secret": "prn_k3v9x2ab_…",
        }),
        "read_points" | "read_customer_points" | "read_my_points" => json!({
            "customer_id": CUSTOMER, "points": 1240, "pending": 120, "reserved": 0, "debt": 0, "lifetime": 1360,
            "expiring": [], "maturing": [{"matures_at": "2026-12-03T16:20:31Z", "points": 120}],
            "as_of": "2026-11-21T16:20:31.512043Z",
        }),
        _ => return None,
    })
}

fn purchase_request(transaction_id: &str) -> Value {
    json!({
        "transaction_id": transaction_id,
        "retailer": "vienna-1",
        "customer": {"email": "ada@example.com"},
        "lines": [
            {"product": "SEED-APPLE", "quantity": 2, "unit_price": 450},
            {"product": "POT-20", "quantity": 1, "amount": 1099, "discount": 100},
        ],
        "currency": "USD",
    })
}

fn purchase_answer() -> Value {
    let applied = |points: i64| {
        json!([{
            "promotion_id": PROMOTION, "version": 1, "name": "Ten points a dollar", "effect": {"award_rate": "10"},
            "points": points,
        }])
    };
    json!({
        "id": PURCHASE, "transaction_id": "7-20261121-0042", "retailer_id": RETAILER, "customer_id": CUSTOMER,
        "status": "credited", "amount": 1899, "currency": "USD", "occurred_at": "2026-11-21T16:20:31.498211Z",
        "points_earned": 189, "points_pending": 0, "balance": {"points": 1240, "pending": 0},
        "lines": [
            {"product": "SEED-APPLE", "product_id": PRODUCT, "quantity": 2, "unit_price": 450, "amount": 900,
             "discount": 0, "points": 90, "applied": applied(90)},
            {"product": "POT-20", "quantity": 1, "amount": 1099, "discount": 100, "points": 99, "applied": applied(99)},
        ],
        "applied": [], "warnings": [],
    })
}

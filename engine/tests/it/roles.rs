//! Who may do what, for every operation. The table is meant to be read by people: see `roles.txt`.

use std::fmt::Write;

use perennial_domain::access::{Role, Scope, allows, scope_allows};
use perennial_domain::ids::CustomerId;
use perennial_engine::{Actor, Cx, Error};

use crate::operations::{Ids, operations};
use crate::support::House;

/// `UPDATE_ROLES=1` writes the table anew; read the difference before you commit it.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/roles.txt");

#[tokio::test]
async fn every_operation_asks_for_its_action_first() {
    let house = House::new().await;
    let mut actors = Vec::new();
    for role in Role::ALL {
        actors.push((role.to_string(), house.staff(role).await));
    }
    for scope in Scope::ALL {
        actors.push((scope.to_string(), Cx::clone(&*house.key(&[scope], None).await)));
    }
    // With ids of nobody: an operation that is allowed finds nothing, one that is not never looks.
    let ids = Ids::of_nobody();
    let mut table = String::from("Which roles and which scopes of an API key allow each operation.\n\n");
    for operation in operations() {
        let mut allowed = Vec::new();
        for (name, cx) in &actors {
            let outcome = (operation.run)(&house.engine, cx, &ids).await;
            let is_allowed = match outcome {
                Err(Error::Forbidden(action)) => {
                    assert_eq!(action, operation.action, "{}", operation.name);
                    false
                }
                _ => true,
            };
            let by_policy = match cx.actor() {
                Actor::Staff { role, .. } => allows(*role, operation.action),
                Actor::ApiKey { scopes, .. } => scope_allows(scopes, operation.action),
                other => panic!("{other:?}"),
            };
            assert_eq!(is_allowed, by_policy, "{} by {name}", operation.name);
            if is_allowed {
                allowed.push(name.as_str());
            }
        }
        writeln!(table, "{:<20} {}", operation.name, allowed.join(" ")).unwrap();
    }
    if std::env::var_os("UPDATE_ROLES").is_some() {
        std::fs::write(FILE, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap_or_default(), table, "UPDATE_ROLES=1 writes {FILE} anew");
}

#[tokio::test]
async fn a_customer_may_read_what_is_the_customers_own_and_nothing_else() {
    let house = House::new().await;
    let input = serde_json::from_value(serde_json::json!({"email": "maya@example.com"})).unwrap();
    let maya = house.engine.customer_create(&house.cx, input).await.unwrap().customer.id;
    let cx = house.engine.customer_cx(house.merchant, maya).await.unwrap();
    for operation in operations() {
        if operation.name == "customer_erase" {
            // It would be the last thing that she may do.
            continue;
        }
        let own = Ids { customer: maya, ..Ids::of_nobody() };
        let outcome = (operation.run)(&house.engine, &cx, &own).await;
        match operation.name {
            "birthday_set"
            | "leaderboard_hide"
            | "customer_erase_preview"
            | "customer_export"
            | "customer_lost"
            | "customer_get"
            | "customer_resolve"
            | "customer_awards"
            | "customer_progress"
            | "customer_promotions"
            | "customer_cashback"
            | "customer_cashback_entries"
            | "cashback_offers_running"
            | "customer_tier"
            | "customer_tier_moves"
            | "customer_rewards"
            | "customer_sign_out_elsewhere"
            | "customer_token_list"
            | "customer_tokens_end"
            | "customer_vouchers"
            | "message_preferences"
            | "message_preferences_change"
            | "redemption_list"
            | "referral_code_known"
            | "referral_code_of"
            | "referral_friends"
            | "referral_summary"
            | "referral_targets"
            | "reward_offers"
            | "reward_shelf"
            | "tier_list" => drop(outcome.unwrap()),
            // Of the customer's own purchases; this one is nobody's.
            "customer_reward"
            | "customer_token_end"
            | "purchase_cashback"
            | "redeem"
            | "redemption_cancel"
            | "redemption_get"
            | "leaderboard"
            | "leaderboard_standing"
            | "return_get"
            | "return_list"
            | "return_preview"
            | "return_purchase"
            | "return_state"
            | "voucher_get" => {
                assert!(matches!(outcome, Err(Error::NotFound(_))), "{outcome:?}")
            }
            name => assert!(matches!(outcome, Err(Error::Forbidden(_))), "{name}: {outcome:?}"),
        }
        if ["cashback_offers_running", "referral_targets", "tier_list"].contains(&operation.name) {
            // They are about no customer: all of them see the same.
            continue;
        }
        let others = Ids { customer: CustomerId::new(1, [1; 10]), ..Ids::of_nobody() };
        let outcome = (operation.run)(&house.engine, &cx, &others).await;
        assert!(
            matches!(outcome, Err(Error::Forbidden(_) | Error::NotFound(_))),
            "{}: {outcome:?}",
            operation.name
        );
    }
}

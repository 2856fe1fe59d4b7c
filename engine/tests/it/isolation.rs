//! I9: nothing of one merchant is visible to another, whatever ids it brings.

use perennial_domain::access::Role;
use perennial_domain::codes::TransactionId;
use perennial_domain::customer::CustomerRef;
use perennial_domain::returns::ReturnInput;
use perennial_engine::rewards::NewRedemption;
use perennial_engine::staff::NewStaff;
use perennial_engine::{Cx, Error};
use sea_orm::TransactionTrait as _;
use serde_json::json;

use crate::intake_support::{buy, purchase};
use crate::operations::{Foreign, Ids, operations};
use crate::support::{House, PASSWORD, product};

/// A word in every text of the first merchant.
const MARK: &str = "Marker";

#[tokio::test]
async fn no_operation_reaches_into_another_merchant() {
    let house = House::new().await;
    let ids = furnish(&house).await;
    let before = everything_of(&house).await;
    assert!(before.matches(MARK).count() >= 5, "the first merchant has something to find");

    let neighbour = house.neighbour().await;
    let cx = house.engine.staff_cx(neighbour.owner_id, neighbour.merchant_id).await.unwrap();
    for operation in operations() {
        let outcome = (operation.run)(&house.engine, &cx, &ids).await;
        match (operation.foreign, outcome) {
            (
                Foreign::NotFound,
                Err(Error::NotFound(_) | Error::CustomerNotFound | Error::UnknownRetailer),
            ) => {}
            (Foreign::Own, Ok(returned)) => {
                assert!(!returned.contains(MARK), "{} returned {returned}", operation.name);
            }
            (foreign, outcome) => panic!("{} should be {foreign:?}: {outcome:?}", operation.name),
        }
    }
    assert_eq!(everything_of(&house).await, before, "nothing of the first merchant was touched");
}

/// Gives the first merchant one of everything.
async fn furnish(house: &House) -> Ids {
    let (engine, cx) = (&house.engine, &house.cx);
    let retailer = serde_json::from_value(json!({"code": "shared", "name": MARK, "region": MARK})).unwrap();
    let customer = serde_json::from_value(json!({"external_id": "shared", "name": MARK})).unwrap();
    let offer = serde_json::from_value(json!({"name": MARK, "percentage": "0.1"})).unwrap();
    let tier = serde_json::from_value(json!({"name": MARK, "threshold": 50})).unwrap();
    let policy =
        json!({"name": MARK, "event": {"on": "enrolment"}, "effects": [{"give": "points", "points": 5}]});
    let policy = serde_json::from_value(policy).unwrap();
    let reward = json!({"name": MARK, "kind": "money_off", "value": 500, "points_cost": 100});
    let bought = purchase("1", 100, json!({"retailer": "shared", "customer": {"external_id": "shared"}}));
    let staff = NewStaff {
        email: "marker@corner.example".parse().unwrap(),
        name: Some(MARK.parse().unwrap()),
        role: Role::Owner,
        password: PASSWORD.to_owned(),
    };
    let retailer = engine.retailer_create(cx, retailer).await.unwrap().id;
    let customer = engine.customer_create(cx, customer).await.unwrap().customer.id;
    let reward = engine.reward_create(cx, serde_json::from_value(reward).unwrap()).await.unwrap().id;
    let points = serde_json::from_value(json!({"points": 100, "reason": MARK})).unwrap();
    engine.adjustment_create(cx, customer, points).await.unwrap();
    let redeeming = NewRedemption { reward, points: None, hold_seconds: None };
    let redeemed = engine.redeem(cx, &CustomerRef::Id(customer), redeeming).await.unwrap().redemption;
    let purchase = buy(engine, cx, bought).await.unwrap().record.id;
    let part: ReturnInput = serde_json::from_value(json!({"return_id": "part", "amount": 10})).unwrap();
    let part = part.check().unwrap();
    let returned = engine.return_purchase(cx, purchase, &part, false).await.unwrap().record.id;
    let txn = engine.db().begin().await.unwrap();
    let early = TransactionId::new("early").unwrap();
    engine.return_transaction_in(&txn, cx, retailer, &early, &part).await.unwrap();
    txn.commit().await.unwrap();
    engine.leaderboard_set(cx, true).await.unwrap();
    let webhook = serde_json::from_value(json!({"url": format!("https://{MARK}.example/hooks")})).unwrap();
    let webhook = engine.webhook_create(cx, webhook).await.unwrap().0.id;
    let delivery = engine.webhook_test(cx, webhook).await.unwrap().id;
    Ids {
        retailer,
        product: engine
            .product_create(cx, product("shared", json!({"name": MARK, "category": MARK})))
            .await
            .unwrap()
            .id,
        customer,
        staff: engine.staff_add(cx, staff).await.unwrap().id,
        key: house.created.api_key_id,
        promotion: house.published(json!({"name": MARK})).await,
        offer: engine.cashback_offer_create(cx, offer).await.unwrap().id,
        policy: engine.policy_create(cx, policy).await.unwrap().id,
        tier: engine.tier_create(cx, tier, false).await.unwrap().tier.unwrap().id,
        reward,
        redemption: redeemed.id,
        voucher: redeemed.voucher.unwrap().code.unwrap().parse().unwrap(),
        purchase,
        returned,
        webhook,
        delivery,
    }
}

/// Every row of the first merchant in every table that has a merchant, as text.
async fn everything_of(house: &House) -> String {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
          WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = 'merchant_id'
          ORDER BY 1",
    )
    .fetch_all(&house.db.pool)
    .await
    .unwrap();
    assert!(tables.len() > 15, "the schema is there");
    let mut everything = String::new();
    for table in tables {
        let sql = format!(
            "SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM {table} t WHERE merchant_id = $1"
        );
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(house.merchant.uuid())
            .fetch_one(&house.db.pool)
            .await
            .unwrap();
        everything.push_str(&rows);
    }
    everything
}

#[tokio::test]
async fn every_table_of_tenant_data_is_led_by_the_merchant() {
    let house = House::new().await;
    // Exceptions, by name: what is resolved before the tenant is known, and the queues' own tables.
    let exceptions = [
        "directory_api_keys",
        "directory_customer_tokens",
        "directory_referral_codes",
        "mail",
        "merchants",
        "outbox",
        "queue",
        "seaql_migrations",
        "sessions",
        "staff",
    ];
    let unled: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT c.relname::text FROM pg_class c
           JOIN pg_index i ON i.indrelid = c.oid AND (i.indisprimary OR i.indisunique)
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
          WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname <> 'merchant_id'
          ORDER BY 1",
    )
    .fetch_all(&house.db.pool)
    .await
    .unwrap();
    assert_eq!(unled, exceptions);
}

#[tokio::test]
async fn the_system_of_one_merchant_is_not_the_system_of_another() {
    let house = House::new().await;
    let neighbour = Cx::system(house.neighbour().await.merchant_id);
    assert!(matches!(house.engine.retailer_get(&neighbour, house.retailer).await, Err(Error::NotFound(_))));
}

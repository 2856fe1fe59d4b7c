//! What is stored of tiers: proved, found when it is wrong, and nothing for those who have none.

use perennial_engine::customers::CustomerPath;
use perennial_engine::reconcile::Invariant;
use serde_json::{Value, json};

use crate::intake_support::{Shop, purchase};
use crate::tiers::{by, create, earn, give_back, ladder, settle, shop, tier};

/// What I8 finds wrong.
async fn findings(shop: &Shop) -> Vec<String> {
    let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    let check = reconciliation.checks.into_iter().find(|check| check.invariant == Invariant::I8).unwrap();
    let mut found: Vec<String> = check
        .findings
        .into_iter()
        .map(|finding| format!("{}: {}", finding.subject, finding.detail))
        .collect();
    found.sort();
    found
}

/// A proof that cannot fail proves nothing: every kind of damage is found, and says where it is.
#[tokio::test]
async fn whatever_is_wrong_with_tiers_is_found() {
    let shop = shop().await;
    let [_, silver, gold] = ladder(&shop).await;
    let (bought, maya) = earn(&shop, "1", 60, json!({})).await;
    give_back(&shop, bought, "r", json!({"amount": 5})).await;
    settle(&shop).await;
    shop.swept().await;
    assert_eq!(findings(&shop).await, Vec::<String>::new());

    let day = "2026-11-21";
    let damages = [
        (
            "UPDATE tier_counted SET points = points + 1".to_owned(),
            "UPDATE tier_counted SET points = points - 1".to_owned(),
            vec![
                format!(
                    "customer {maya}, {day}: progress of 55 points, 55 spent, 1 purchases; its purchases count 56, 55, 1"
                ),
                format!("purchase {bought}: counts 56 points, 55 spent, 1 purchases; is 55, 55, 1"),
            ],
        ),
        (
            "UPDATE tier_activity SET spend = spend + 1".to_owned(),
            "UPDATE tier_activity SET spend = spend - 1".to_owned(),
            vec![format!(
                "customer {maya}, {day}: progress of 55 points, 56 spent, 1 purchases; its purchases count 55, 55, 1"
            )],
        ),
        (
            format!("UPDATE tier_memberships SET tier_id = '{gold}'"),
            format!("UPDATE tier_memberships SET tier_id = '{silver}'"),
            vec![format!("customer {maya}: stands on Gold, was last moved to Silver")],
        ),
        (
            "UPDATE tier_memberships SET moves = 2".to_owned(),
            "UPDATE tier_memberships SET moves = 1".to_owned(),
            vec![format!("customer {maya}: 1 moves, numbered to 1, counted 2")],
        ),
        (
            "UPDATE tier_memberships SET due_on = NULL".to_owned(),
            "UPDATE tier_memberships SET due_on = kept_until + 1".to_owned(),
            vec![format!("customer {maya}: has a period that nobody ends")],
        ),
    ];
    for (damage, repair, expected) in damages {
        sqlx::raw_sql(sqlx::AssertSqlSafe(damage)).execute(&shop.db.pool).await.unwrap();
        assert_eq!(findings(&shop).await, expected);
        sqlx::raw_sql(sqlx::AssertSqlSafe(repair)).execute(&shop.db.pool).await.unwrap();
    }
    assert_eq!(findings(&shop).await, Vec::<String>::new());
    sqlx::raw_sql("DELETE FROM tier_counted; DELETE FROM tier_activity")
        .execute(&shop.db.pool)
        .await
        .unwrap();
    assert_eq!(findings(&shop).await, [format!("purchase {bought}: does not count")]);
    shop.close().await;
}

/// Whoever has no tiers pays nothing for them: not a row, not a message.
#[tokio::test]
async fn without_tiers_nothing_is_written() {
    let shop = shop().await;
    let bought = shop.bought(purchase("1", 60, json!({}))).await;
    give_back(&shop, bought.id, "r", json!({"amount": 5})).await;
    let found = shop.bought(purchase("2", 60, json!({"customer": null}))).await;
    let maya = perennial_domain::customer::CustomerRef::Id(bought.customer_id.unwrap());
    shop.engine.claim(&shop.cx, found.claim_code.as_ref().unwrap(), &maya).await.unwrap();
    shop.engine.jobs_run().await.unwrap();
    for table in [
        "queue WHERE module = 'tiers'",
        "tier_ladders",
        "tier_memberships",
        "tier_counted",
        "tier_activity",
        "tier_moves",
    ] {
        assert_eq!(shop.count(table).await, 0, "{table}");
    }
    let facts = serde_json::to_value(&bought.facts).unwrap();
    assert_eq!(facts.get("tier"), None, "{facts}");
    let standing = shop.engine.customer_tier(&shop.cx, bought.customer_id.unwrap()).await.unwrap();
    assert_eq!((standing.tier, standing.next, standing.progress), (None, None, 0));
    shop.close().await;
}

/// Everywhere it is shown, the tier is the same one: with the points, on the page, in the counts.
#[tokio::test]
async fn the_tier_is_with_the_points() {
    let shop = shop().await;
    let (_, maya) = earn(&shop, "1", 60, json!({})).await;
    let tier_of = async |customer| {
        let points = shop.engine.customer_points(&shop.cx, &CustomerPath::Id(customer)).await.unwrap();
        points.tier.map(|tier| tier.name)
    };
    assert_eq!(tier_of(maya).await, None);
    create(&shop, tier("Silver", 50)).await;
    assert_eq!(tier_of(maya).await.as_deref(), Some("Silver"));
    let (_, noah) = earn(&shop, "2", 10, by("noah@example.com")).await;
    assert_eq!(tier_of(noah).await, None);
    create(&shop, tier("Bronze", 0)).await;
    assert_eq!(tier_of(noah).await.as_deref(), Some("Bronze"));
    let customer = json!({"email": "new@example.com"});
    let customer =
        shop.engine.customer_create(&shop.cx, serde_json::from_value(customer).unwrap()).await.unwrap();
    assert_eq!(tier_of(customer.customer.id).await.as_deref(), Some("Bronze"));
    let counted: Vec<Value> = shop
        .engine
        .tier_customers(&shop.cx)
        .await
        .unwrap()
        .iter()
        .map(|tier| json!([tier.tier.is_some(), tier.customers]))
        .collect();
    assert_eq!(counted, [json!([true, 2]), json!([true, 1])]);
    shop.close().await;
}

//! Points that somebody gives or takes by hand.

use futures::FutureExt;
use perennial_domain::access::Role;
use perennial_domain::ids::CustomerId;
use perennial_engine::adjustments::NewAdjustment;
use perennial_engine::{Error, What};
use serde_json::{Value, json};

use crate::support::{House, code, first};
use crate::support_ledger::assert_ledger_clean;

fn input(points: i64, with: Value) -> NewAdjustment {
    let mut input = json!({"points": points, "reason": "Spilt coffee"});
    input.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    serde_json::from_value(input).unwrap()
}

async fn customer(house: &House) -> CustomerId {
    let ada = serde_json::from_value(json!({"email": "ada@example.com"})).unwrap();
    house.engine.customer_create(&house.cx, ada).await.unwrap().customer.id
}

#[tokio::test]
async fn points_are_given_and_taken_with_a_reason_and_a_name() {
    let house = House::fixed("2027-01-10T12:00:00Z").await;
    let (ada, support) = (customer(&house).await, house.staff(Role::Support).await);
    let given = house
        .engine
        .adjustment_create(&support, ada, input(120, json!({"expires_on": "2027-01-10"})))
        .await
        .unwrap();
    assert_eq!((given.points_before, given.points_after, given.by.as_str()), (0, 120, "the-support"));
    house.engine.clock().advance(chrono::TimeDelta::seconds(1));
    let taken = house.engine.adjustment_create(&house.cx, ada, input(-20, json!({}))).await.unwrap();
    assert_eq!((taken.points_before, taken.points_after, taken.by.as_str()), (120, 100, "system"));
    let refused = house.engine.adjustment_create(&house.cx, ada, input(-101, json!({}))).await;
    assert_eq!(code(refused), "insufficient_points");

    let page = house.engine.adjustment_list(&house.cx, ada, &first()).await.unwrap().data;
    let listed: Vec<_> = page.iter().map(|row| (row.points, row.reason.as_str(), row.by.as_str())).collect();
    assert_eq!(listed, [(-20, "Spilt coffee", "system"), (120, "Spilt coffee", "the-support")]);
    let kinds = house.engine.customer_entries(&house.cx, ada, None, &first()).await.unwrap().data;
    assert!(kinds.iter().all(|entry| entry.kind == "adjustment"), "{kinds:?}");
    assert_eq!(
        house.number("SELECT lifetime FROM balances WHERE available = 100").await,
        0,
        "nothing was earned"
    );
    assert_ledger_clean(&house.db.pool).await;
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let house = House::fixed("2027-01-11T04:59:59Z").await;
    let ada = customer(&house).await;
    for (points, with, wrong) in [
        (0, json!({}), "/points out_of_range"),
        (i64::MAX, json!({}), "/points out_of_range"),
        (i64::MIN, json!({}), "/points out_of_range"),
        // In New York it is still the 10th.
        (1, json!({"expires_on": "2027-01-09"}), "/expires_on out_of_range"),
        (1, json!({"expires_on": "9999-12-31"}), "/expires_on out_of_range"),
        (-1, json!({"expires_on": "2027-02-01"}), "/expires_on not_allowed"),
    ] {
        let refused = house.engine.adjustment_create(&house.cx, ada, input(points, with)).await;
        assert_eq!(code(refused), wrong, "{points}");
    }
    for reason in ["", "two\nlines"] {
        assert!(serde_json::from_value::<NewAdjustment>(json!({"points": 1, "reason": reason})).is_err());
    }
    let nobody = CustomerId::new(0, [0; 10]);
    let missing = house.engine.adjustment_create(&house.cx, nobody, input(1, json!({}))).await;
    assert!(matches!(missing, Err(Error::NotFound(What::Customer))), "{missing:?}");
    assert_eq!(house.number("SELECT count(*) FROM adjustments").await, 0);
}

#[tokio::test]
async fn a_dry_run_tells_and_changes_nothing() {
    let house = House::fixed("2027-01-10T12:00:00Z").await;
    let ada = customer(&house).await;
    let (engine, cx) = (house.engine.clone(), house.cx.clone());
    let answer = house
        .engine
        .write(&house.cx, None, true, move |txn| {
            async move {
                let adjusted = engine.adjustment_create_in(txn, &cx, ada, input(50, json!({}))).await?;
                Ok((201, serde_json::to_value(adjusted).unwrap()))
            }
            .boxed()
        })
        .await
        .unwrap();
    assert_eq!((&answer.body["points_before"], &answer.body["points_after"]), (&json!(0), &json!(50)));
    assert_eq!(house.number("SELECT count(*) FROM adjustments").await, 0);
    assert_eq!(house.engine.customer_get(&house.cx, ada).await.unwrap().points, 0);
}

//! Points.

use chrono::TimeDelta;
use perennial_engine::Clock;
use serde_json::json;
use tokio::task::JoinSet;

use super::{adjust, answer, assert_reconciled, give_back, given_back, lots, shop_of};
use crate::intake_support::{Shop, at, basket, buy, buy_all, purchase, refusal};

#[tokio::test]
async fn points_pay_a_part_and_what_is_left_earns() {
    let (shop, _) = shop_of(1_000).await;
    let bought = shop.bought(purchase("1", 1_500, json!({"pay_with_points": 600}))).await;
    assert_eq!((bought.amount.get(), bought.points_earned.get()), (1_500, 900));
    assert_eq!(bought.balance.unwrap().points, 1_000 - 600 + 900);
    let answer = answer(&bought);
    assert_eq!(
        answer["tenders"],
        json!({"vouchers": [], "points": 600, "points_amount": 600, "cashback": 0, "paid": 900})
    );
    assert_eq!(answer["lines"][0]["paid"], 900);
    assert_eq!(shop.points_of("maya@example.com").await, 1_300);
    let (_, explanation) = shop.engine.purchase_explanation(&shop.cx, bought.id).await.unwrap();
    assert_eq!(explanation.points.get(), 900);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Repeated, it gets its first answer; with another tender under the same name it is another purchase.
#[tokio::test]
async fn a_repeated_purchase_spends_once_and_another_tender_is_a_conflict() {
    let (shop, _) = shop_of(1_000).await;
    let paid = purchase("1", 1_500, json!({"pay_with_points": 600}));
    let first = shop.bought(paid.clone()).await;
    let again = shop.buy(paid).await.unwrap();
    assert!(again.replayed);
    assert_eq!(answer(&again.record), answer(&first));
    let other = shop.buy(purchase("1", 1_500, json!({"pay_with_points": 500}))).await;
    assert_eq!(refusal(&other), "conflict /pay_with_points");
    let nothing = shop.buy(purchase("1", 1_500, json!({}))).await;
    assert_eq!(refusal(&nothing), "conflict /pay_with_points");
    let cashback =
        shop.buy(purchase("1", 1_500, json!({"pay_with_points": 600, "pay_with_cashback": 1}))).await;
    assert_eq!(refusal(&cashback), "conflict /pay_with_cashback");
    assert_eq!(shop.points_of("maya@example.com").await, 1_300);
    shop.close().await;
}

/// Of three points to the cent, ten are worth three cents, for which nine are enough.
#[tokio::test]
async fn points_are_never_spent_for_nothing() {
    let (shop, _) = shop_of(1_000).await;
    shop.set(json!({"point_value": {"points": 3, "amount": 1}})).await;
    let bought = shop.bought(purchase("1", 500, json!({"pay_with_points": 10}))).await;
    let tenders = answer(&bought)["tenders"].clone();
    assert_eq!((&tenders["points"], &tenders["points_amount"]), (&json!(9), &json!(3)));
    assert!(shop.buy(purchase("1", 500, json!({"pay_with_points": 10}))).await.unwrap().replayed);
    let few = shop.buy(purchase("2", 500, json!({"pay_with_points": 2}))).await;
    assert_eq!(refusal(&few), "/pay_with_points too_few");
    shop.close().await;
}

#[tokio::test]
async fn what_cannot_be_paid_is_refused_alone_and_leaves_no_trace() {
    let (shop, _) = shop_of(1_000).await;
    let nobody = json!({"customer": null, "pay_with_points": 10});
    let somebody_new = json!({"customer": {"email": "ben@example.com"}, "pay_with_points": 10});
    let answers = buy_all(
        &shop.engine,
        &shop.cx,
        vec![
            purchase("a", 100, json!({})),
            purchase("b", 5_000, json!({"pay_with_points": 1_200})),
            purchase("c", 500, json!({"pay_with_points": 501})),
            purchase("d", 500, nobody),
            purchase("e", 500, somebody_new),
            purchase("f", 500, json!({"pay_with_cashback": 1})),
            purchase("g", 500, json!({"pay_with_points": 400})),
        ],
    )
    .await;
    assert_eq!(refusal(&answers[1]), "/pay_with_points insufficient_points");
    assert_eq!(refusal(&answers[2]), "/pay_with_points exceeds_amount");
    assert_eq!(refusal(&answers[3]), "/customer required");
    assert_eq!(refusal(&answers[4]), "/pay_with_points insufficient_points");
    assert_eq!(refusal(&answers[5]), "/pay_with_cashback insufficient_cashback");
    assert_eq!(answers[0].as_ref().unwrap().record.balance.unwrap().points, 1_100);
    assert_eq!(answers[6].as_ref().unwrap().record.balance.unwrap().points, 1_100 - 400 + 100);
    assert_eq!(shop.count("purchases").await, 3);
    assert_eq!(shop.count("purchase_keys").await, 3);
    assert_eq!(shop.count("customers").await, 1, "nobody was created for a refused purchase");
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn a_merchant_without_a_value_of_points_takes_none() {
    let shop = Shop::open().await;
    let refused = shop.buy(purchase("1", 500, json!({"pay_with_points": 10}))).await;
    assert_eq!(refusal(&refused), "/pay_with_points no_point_value");
    shop.close().await;
}

/// Several of one batch: each sees what those before it have spent and earned.
#[tokio::test]
async fn purchases_of_a_batch_spend_one_after_the_other() {
    let (shop, _) = shop_of(1_000).await;
    let spend = |name: &str, amount, points| purchase(name, amount, json!({"pay_with_points": points}));
    let answers = buy_all(
        &shop.engine,
        &shop.cx,
        vec![
            spend("a", 900, 900),
            // 100 are left, and nothing was earned.
            spend("b", 500, 200),
            purchase("c", 300, json!({})),
            // What `c` has earned pays here.
            spend("d", 400, 400),
        ],
    )
    .await;
    assert_eq!(refusal(&answers[1]), "/pay_with_points insufficient_points");
    let balances: Vec<i64> = [0, 2, 3]
        .map(|place: usize| answers[place].as_ref().unwrap().record.balance.unwrap().points)
        .to_vec();
    assert_eq!(balances, [100, 400, 0]);
    assert_eq!(shop.points_of("maya@example.com").await, 0);
    assert_eq!(lots(&shop).await, []);
    // Somebody who was not known a moment ago.
    let ben = |name: &str, points| {
        let points = (points > 0).then_some(points);
        purchase(name, 300, json!({"customer": {"email": "ben@example.com"}, "pay_with_points": points}))
    };
    let answers = buy_all(&shop.engine, &shop.cx, vec![ben("e", 0), ben("f", 200), ben("g", 201)]).await;
    assert_eq!(answers[1].as_ref().unwrap().record.balance.unwrap().points, 300 - 200 + 100);
    assert_eq!(refusal(&answers[2]), "/pay_with_points insufficient_points");
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn what_is_over_does_not_pay_although_the_job_has_not_come() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.set(json!({"point_value": {"points": 1, "amount": 1}})).await;
    let customer = shop.bought(purchase("start", 100, json!({}))).await.customer_id.unwrap();
    adjust(&shop, customer, 50, Some("2026-11-22")).await;
    adjust(&shop, customer, 60, Some("2026-12-31")).await;
    clock.advance(TimeDelta::days(2));
    let refused = shop.buy(purchase("1", 100, json!({"pay_with_points": 61}))).await;
    assert_eq!(refusal(&refused), "/pay_with_points insufficient_points");
    shop.bought(purchase("2", 100, json!({"pay_with_points": 60}))).await;
    shop.engine.jobs_run().await.unwrap();
    assert_eq!(shop.points_of("maya@example.com").await, 0);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A hundred purchases at once, of which the points are enough for ten.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_at_once_never_spend_more_than_there_is() {
    let (shop, _) = shop_of(1_000).await;
    let other = shop.another_engine().await;
    let mut tills = JoinSet::new();
    for number in 0..100 {
        let engine = if number % 2 == 0 { shop.engine.clone() } else { other.clone() };
        let cx = shop.cx.clone();
        tills.spawn(async move {
            buy(&engine, &cx, purchase(format!("t{number}"), 100, json!({"pay_with_points": 100}))).await
        });
    }
    let mut paid = 0;
    while let Some(answer) = tills.join_next().await {
        match answer.unwrap() {
            Ok(_) => paid += 1,
            refused => assert_eq!(refusal(&refused), "/pay_with_points insufficient_points"),
        }
    }
    assert_eq!(paid, 10);
    assert_eq!(shop.points_of("maya@example.com").await, 0);
    assert_reconciled(&shop).await;
    other.shutdown().await;
    shop.close().await;
}

/// Three partial returns give the points back to the lots that they came from, the latest first, exactly.
#[tokio::test]
async fn returns_give_points_back_to_their_lots_from_the_end() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.set(json!({"point_value": {"points": 1, "amount": 1}})).await;
    let customer = shop.bought(purchase("start", 100, json!({}))).await.customer_id.unwrap();
    adjust(&shop, customer, 50, Some("2026-11-25")).await;
    adjust(&shop, customer, 60, Some("2026-12-31")).await;
    let bought = shop.bought(purchase("1", 300, json!({"pay_with_points": 100}))).await;
    assert_eq!(lots(&shop).await, [("2026-12-31".to_owned(), 10)]);
    let first = given_back(&shop, bought.id, json!({"return_id": "a", "amount": 100})).await;
    assert_eq!((first.tenders.points.get(), first.balance.unwrap().points), (34, 44));
    assert_eq!(lots(&shop).await, [("2026-12-31".to_owned(), 44)]);
    // The first lot is over by now: what goes back to it expires at once.
    clock.advance(TimeDelta::days(10));
    let second = given_back(&shop, bought.id, json!({"return_id": "b", "amount": 100})).await;
    assert_eq!((second.tenders.points.get(), second.tenders.points_expired.get()), (33, 17));
    assert_eq!(lots(&shop).await, [("2026-12-31".to_owned(), 60)]);
    let third = given_back(&shop, bought.id, json!({"return_id": "c"})).await;
    assert_eq!((third.tenders.points.get(), third.tenders.points_expired.get()), (33, 33));
    assert_eq!(third.balance.unwrap().points, 60);
    assert!(third.complete);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// G11, of points: those that paid come back once, those that were earned leave once, line by line.
#[tokio::test]
async fn g11_points_that_paid_come_back_once_and_earned_ones_leave_once() {
    let (shop, _) = shop_of(1_000).await;
    let order = json!({"lines": [{"amount": 700}, {"amount": 300}], "amount": null, "pay_with_points": 500});
    let bought = shop.bought(purchase("1", 0, order)).await;
    assert_eq!((bought.points_earned.get(), bought.balance.unwrap().points), (500, 1_000));
    let part = given_back(&shop, bought.id, json!({"return_id": "a", "lines": [{"line": 1}]})).await;
    assert_eq!((part.points_reversed.get(), part.tenders.points.get()), (150, 150));
    let rest = given_back(&shop, bought.id, json!({"return_id": "b"})).await;
    assert_eq!((rest.points_reversed.get(), rest.tenders.points.get()), (350, 350));
    let again = give_back(&shop, bought.id, json!({"return_id": "b"})).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.record, rest);
    assert_eq!(shop.points_of("maya@example.com").await, 1_000);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Points that come back repay first, so that nothing is owed that is there.
#[tokio::test]
async fn what_comes_back_pays_what_is_taken_back() {
    let (shop, customer) = shop_of(1_000).await;
    shop.set(json!({"return_policy": "floor_zero"})).await;
    let bought = shop.bought(purchase("1", 1_500, json!({"pay_with_points": 1_000}))).await;
    adjust(&shop, customer, -500, None).await;
    let record = given_back(&shop, bought.id, json!({"return_id": "r"})).await;
    assert_eq!(
        (record.points_reversed.get(), record.absorbed.get(), record.tenders.points.get()),
        (500, 0, 1_000)
    );
    let balances = record.balances().unwrap();
    assert_eq!((balances.before.points, balances.after.points), (0, 500));
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn a_basket_is_paid_line_by_line_to_the_cent() {
    let (shop, _) = shop_of(1_000).await;
    let mut order = basket("1", json!([{"amount": 100}, {"amount": 100, "discount": 50}, {"amount": 1}]));
    order["pay_with_points"] = json!(100);
    let bought = shop.bought(order).await;
    let parts: Vec<(i64, i64)> =
        bought.lines.iter().map(|line| (line.tendered.points.get(), line.paid().get())).collect();
    assert_eq!(parts.iter().map(|(part, _)| part).sum::<i64>(), 100);
    assert_eq!(parts, [(66, 34), (33, 17), (1, 0)]);
    assert_eq!(bought.points_earned.get(), 51);
    shop.close().await;
}

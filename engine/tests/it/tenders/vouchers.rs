//! Vouchers.

use chrono::TimeDelta;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, RewardId};
use perennial_engine::privacy::EraseInput;
use perennial_engine::rewards::{NewRedemption, RewardReturned};
use perennial_engine::{Clock, Engine, Error, PageRequest};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{answer, assert_reconciled, give_back, given_back, shop_of};
use crate::intake_support::{Shop, at, buy, buy_all, engine_on, purchase, refusal};

async fn reward(shop: &Shop, reward: Value) -> RewardId {
    let input = serde_json::from_value(reward).unwrap();
    shop.engine.reward_create(&shop.cx, input).await.unwrap().id
}

async fn free_pizza(shop: &Shop, points: i64) -> RewardId {
    let product = json!({"sku": "PIZZA", "name": "Pizza"});
    shop.engine.product_create(&shop.cx, serde_json::from_value(product).unwrap()).await.unwrap();
    let pizza = json!({"name": "Pizza", "kind": "free_product", "value": "PIZZA", "points_cost": points});
    reward(shop, pizza).await
}

/// The code of a voucher that the customer has redeemed.
async fn voucher(shop: &Shop, customer: CustomerId, reward: RewardId) -> String {
    let new = NewRedemption { reward, points: None, hold_seconds: None };
    let redeemed = shop.engine.redeem(&shop.cx, &CustomerRef::Id(customer), new).await.unwrap();
    redeemed.redemption.voucher.unwrap().code.unwrap()
}

/// A customer with 900 points and a voucher of five dollars, which has cost 100.
pub async fn five_dollars() -> (Shop, CustomerId, String) {
    let (shop, customer) = shop_of(1_000).await;
    let five = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100});
    let five = reward(&shop, five).await;
    let code = voucher(&shop, customer, five).await;
    (shop, customer, code)
}

/// What was told of redemptions: the state, and whether a voucher came back.
async fn told(shop: &Shop) -> Vec<(String, bool)> {
    let sql = "SELECT data ->> 'state', (data ->> 'restored')::boolean FROM events
               WHERE kind = 'redemption.changed' ORDER BY sequence";
    sqlx::query_as(sql).fetch_all(&shop.db.pool).await.unwrap()
}

async fn state(shop: &Shop, code: &str) -> String {
    let found = shop.engine.voucher_get(&shop.cx, &code.parse().unwrap()).await.unwrap();
    found.state.as_str().to_owned()
}

#[tokio::test]
async fn a_voucher_takes_off_what_it_is_worth_once() {
    let (shop, _, code) = five_dollars().await;
    let bought = shop.bought(purchase("1", 1_500, json!({"vouchers": [code]}))).await;
    assert_eq!((bought.points_earned.get(), bought.balance.unwrap().points), (1_000, 1_900));
    let tenders = answer(&bought)["tenders"].clone();
    assert_eq!((&tenders["vouchers"][0]["amount"], &tenders["paid"]), (&json!(500), &json!(1_000)));
    assert_eq!(tenders["vouchers"][0]["name"], "Five off");
    assert_eq!(state(&shop, &code).await, "used");
    assert_eq!(shop.count("redemptions WHERE state = 'fulfilled'").await, 1);
    assert_eq!(shop.count("vouchers WHERE purchase_id IS NOT NULL AND used_by = 'system'").await, 1);
    let again = shop.buy(purchase("1", 1_500, json!({"vouchers": [code.to_lowercase()]}))).await.unwrap();
    assert!(again.replayed);
    let second = shop.buy(purchase("2", 1_500, json!({"vouchers": [code]}))).await;
    assert_eq!(refusal(&second), "/vouchers/0 voucher_used");
    let other = shop.buy(purchase("1", 1_500, json!({}))).await;
    assert_eq!(refusal(&other), "conflict /vouchers/0");
    assert_eq!(shop.count("purchases").await, 2);
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn each_voucher_that_cannot_be_used_is_named() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let customer = shop.bought(purchase("start", 1_000, json!({}))).await.customer_id.unwrap();
    let day = json!({"name": "A day", "kind": "money_off", "value": 100, "points_cost": 10, "valid_days": 1});
    let day = reward(&shop, day).await;
    let (over, cancelled) = (voucher(&shop, customer, day).await, voucher(&shop, customer, day).await);
    let redemption = sqlx::query_scalar("SELECT redemption_id FROM vouchers WHERE code = $1")
        .bind(cancelled.replace('-', ""))
        .fetch_one(&shop.db.pool)
        .await
        .unwrap();
    let redemption = perennial_domain::ids::RedemptionId::from_uuid(redemption);
    shop.engine.redemption_cancel(&shop.cx, redemption).await.unwrap();
    clock.advance(TimeDelta::days(3));
    let pizza = free_pizza(&shop, 10).await;
    let pizza = voucher(&shop, customer, pizza).await;
    let answers = buy_all(
        &shop.engine,
        &shop.cx,
        vec![
            purchase("a", 500, json!({"vouchers": [over, cancelled, "NOBODYS"]})),
            purchase("b", 500, json!({"vouchers": [pizza]})),
            purchase("c", 500, json!({"customer": {"email": "ben@example.com"}, "vouchers": [pizza]})),
            purchase("d", 500, json!({"customer": null, "vouchers": [pizza]})),
            purchase("e", 500, json!({})),
        ],
    )
    .await;
    assert_eq!(
        refusal(&answers[0]),
        "/vouchers/0 voucher_expired, /vouchers/1 voucher_cancelled, /vouchers/2 voucher_unknown"
    );
    assert_eq!(refusal(&answers[1]), "/vouchers/0 voucher_not_applicable");
    assert_eq!(refusal(&answers[2]), "/vouchers/0 voucher_unknown", "it is somebody else's");
    assert_eq!(refusal(&answers[3]), "/customer required");
    assert!(answers[4].is_ok());
    assert_eq!(shop.count("purchases").await, 2);
    assert_eq!(shop.count("customers").await, 1);
    assert_eq!(state(&shop, &pizza).await, "issued");
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Everything at once: free product, then a part, then money off, then points.
#[tokio::test]
async fn vouchers_and_points_pay_together() {
    let (shop, customer) = shop_of(1_000).await;
    let two = json!({"name": "Two off", "kind": "money_off", "value": 200, "points_cost": 10});
    let half = json!({"name": "Half", "kind": "percent", "value": "0.5", "points_cost": 10});
    let rewards = [reward(&shop, two).await, reward(&shop, half).await, free_pizza(&shop, 10).await];
    let mut codes = Vec::new();
    for reward in rewards {
        codes.push(voucher(&shop, customer, reward).await);
    }
    let order = json!({
        "amount": null, "vouchers": codes, "pay_with_points": 300,
        "lines": [{"product": "PIZZA", "quantity": 2, "unit_price": 900}, {"amount": 1_100}],
    });
    let bought = shop.bought(purchase("1", 0, order)).await;
    let tenders = answer(&bought)["tenders"].clone();
    let off: Vec<i64> =
        (0..3).map(|place: usize| tenders["vouchers"][place]["amount"].as_i64().unwrap()).collect();
    assert_eq!(off, [200, 1_000, 900], "in the order in which they were sent");
    assert_eq!(tenders["paid"], 500);
    assert_eq!(bought.points_earned.get(), 500);
    assert_eq!(bought.balance.unwrap().points, 1_000 - 30 - 300 + 500);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Two purchases of one batch with one voucher: the first has it, the second is refused alone.
#[tokio::test]
async fn in_a_batch_the_first_has_the_voucher() {
    let (shop, _, code) = five_dollars().await;
    let with = |name: &str| purchase(name, 1_500, json!({"vouchers": [code]}));
    let answers =
        buy_all(&shop.engine, &shop.cx, vec![with("a"), purchase("b", 100, json!({})), with("c"), with("a")])
            .await;
    assert!(!answers[0].as_ref().unwrap().replayed);
    assert!(answers[1].is_ok());
    assert_eq!(refusal(&answers[2]), "/vouchers/0 voucher_used");
    assert!(answers[3].as_ref().unwrap().replayed);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A hundred tills on three servers with one voucher: exactly one has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_tills_at_once_use_a_voucher_once() {
    let (shop, _, code) = five_dollars().await;
    let mut engines: Vec<Engine> = vec![shop.engine.clone()];
    for _ in 0..2 {
        engines.push(engine_on(&shop.db.url, shop.engine.clock().clone()).await);
    }
    let mut tills = JoinSet::new();
    for number in 0..100 {
        let (engine, cx) = (engines[number % 3].clone(), shop.cx.clone());
        let order = purchase(format!("t{number}"), 1_500, json!({"vouchers": [code]}));
        tills.spawn(async move { buy(&engine, &cx, order).await });
    }
    let mut used = 0;
    while let Some(answer) = tills.join_next().await {
        match answer.unwrap() {
            Ok(_) => used += 1,
            refused => assert_eq!(refusal(&refused), "/vouchers/0 voucher_used"),
        }
    }
    assert_eq!(used, 1);
    assert_eq!(shop.count("purchases").await, 2);
    assert_eq!(shop.points_of("maya@example.com").await, 1_900);
    assert_reconciled(&shop).await;
    for engine in engines.into_iter().skip(1) {
        engine.shutdown().await;
    }
    shop.close().await;
}

/// G11: a refund of an order that was paid with a reward. What was spent comes back once, what was earned leaves once, in
/// whatever order the lines are returned, and whether or not the line of the reward is among the first.
#[tokio::test]
async fn g11_a_refund_of_an_order_paid_with_a_reward_gives_back_once() {
    let (shop, customer) = shop_of(1_000).await;
    let pizza = free_pizza(&shop, 100).await;
    // Of each return: the points that were earned, the points that had paid, the money, and the vouchers. The pizza was free.
    let lines = |line: Value| vec![json!({"return_id": "a", "lines": [line]}), json!({"return_id": "b"})];
    for (name, returns, expected) in [
        ("all", vec![json!({"return_id": "a"})], vec![(400, 200, 400, 1)]),
        ("reward first", lines(json!({"line": 0})), vec![(0, 0, 0, 1), (400, 200, 400, 0)]),
        ("reward last", lines(json!({"line": 1})), vec![(400, 200, 400, 0), (0, 0, 0, 1)]),
        (
            "half first",
            lines(json!({"line": 1, "amount": 300})),
            vec![(200, 100, 200, 0), (200, 100, 200, 1)],
        ),
        (
            "by amount",
            vec![json!({"return_id": "a", "amount": 1}), json!({"return_id": "b"})],
            vec![(0, 0, 0, 0), (400, 200, 400, 1)],
        ),
    ] {
        let before = shop.points_of("maya@example.com").await;
        let code = voucher(&shop, customer, pizza).await;
        let order = json!({
            "amount": null, "vouchers": [code], "pay_with_points": 200,
            "lines": [{"product": "PIZZA", "quantity": 1, "unit_price": 900}, {"amount": 600}],
        });
        let bought = shop.bought(purchase(name, 0, order)).await;
        assert_eq!(bought.points_earned.get(), 400);
        let mut told = Vec::new();
        let mut rewards: Vec<RewardReturned> = Vec::new();
        for input in returns {
            let preview = shop
                .engine
                .return_purchase(&shop.cx, bought.id, &super::returning(input.clone()), true)
                .await
                .unwrap();
            let record = given_back(&shop, bought.id, input.clone()).await;
            assert_eq!(preview.record.rewards_returned, record.rewards_returned, "{name}");
            let again = give_back(&shop, bought.id, input).await.unwrap();
            assert!(again.replayed);
            assert_eq!(again.record, record);
            assert_eq!(preview.record.paid_back, record.paid_back, "{name}");
            let (earned, spent) = (record.points_reversed.get(), record.tenders.points.get());
            told.push((earned, spent, record.paid_back.get(), record.rewards_returned.len()));
            rewards.extend(record.rewards_returned);
        }
        assert_eq!(told, expected, "{name}");
        assert_eq!(rewards.len(), 1, "{name}");
        assert!(rewards[0].usable, "{name}");
        assert_eq!(state(&shop, &code).await, "issued");
        assert_eq!(
            shop.points_of("maya@example.com").await,
            before - 100,
            "the voucher is the customer's again"
        );
        // It can be used once more, and only once.
        let order = json!({
            "amount": null, "vouchers": [code], "lines": [{"product": "PIZZA", "quantity": 1, "unit_price": 900}],
        });
        shop.bought(purchase(format!("{name}, again"), 0, order.clone())).await;
        let third = shop.buy(purchase(format!("{name}, once more"), 0, order)).await;
        assert_eq!(refusal(&third), "/vouchers/0 voucher_used");
    }
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// "Cancel while unused gives the points back": also of what was used and came back unused, as often as that happens.
#[tokio::test]
async fn a_voucher_that_came_back_can_be_cancelled_or_used_again() {
    let (shop, customer) = shop_of(1_000).await;
    let five = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100, "stock": 3});
    let five = reward(&shop, five).await;
    let new = NewRedemption { reward: five, points: None, hold_seconds: None };
    let redeemed = shop.engine.redeem(&shop.cx, &CustomerRef::Id(customer), new).await.unwrap().redemption;
    let code = redeemed.voucher.unwrap().code.unwrap();
    let counts = async || {
        let counts = shop.engine.reward_counts(&shop.cx, &[five]).await.unwrap();
        counts.get(&five).map_or((0, 0), |counts| (counts.claimed, counts.redeemed))
    };
    for (name, times) in [("once", 1), ("twice", 2)] {
        let bought = shop.bought(purchase(name, 500, json!({"vouchers": [code]}))).await;
        assert_eq!(counts().await, (1, 1));
        given_back(&shop, bought.id, json!({"return_id": "r"})).await;
        assert!(give_back(&shop, bought.id, json!({"return_id": "r"})).await.unwrap().replayed);
        assert_eq!(
            told(&shop).await,
            vec![("captured".to_owned(), true); times],
            "each time it is told once"
        );
        assert_eq!(state(&shop, &code).await, "issued");
        assert_eq!(counts().await, (1, 0), "it was not used after all");
        assert_reconciled(&shop).await;
    }
    let shown = shop.engine.redemption_get(&shop.cx, redeemed.id).await.unwrap();
    let steps: Vec<&str> = shown.steps.iter().map(|step| step.state.as_str()).collect();
    assert_eq!(steps, ["captured", "fulfilled", "captured", "fulfilled", "captured"]);
    let mine = shop.engine.customer_cx(shop.merchant, customer).await.unwrap();
    let cancelled = shop.engine.redemption_cancel(&mine, redeemed.id).await.unwrap();
    assert_eq!(cancelled.redemption.state.as_str(), "cancelled");
    assert_eq!(told(&shop).await.last().unwrap(), &("cancelled".to_owned(), false));
    let page = PageRequest::new(Some(200), None).unwrap();
    let list = shop.engine.notification_list(&mine, &page).await.unwrap().data;
    let again = list.iter().filter(|one| one.text == "Five off: you can use it once more");
    assert_eq!(again.count(), 2, "{list:?}");
    assert_eq!((cancelled.balance.points, counts().await), (1_000, (0, 0)));
    assert_eq!(state(&shop, &code).await, "cancelled");
    let refused = shop.buy(purchase("after", 500, json!({"vouchers": [code]}))).await;
    assert_eq!(refusal(&refused), "/vouchers/0 voucher_cancelled");
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A voucher that made a product free comes back with that line; what it pays for next is no business of the first purchase.
#[tokio::test]
async fn a_voucher_of_a_line_comes_back_with_its_line_once() {
    let (shop, customer) = shop_of(1_000).await;
    let pizza = free_pizza(&shop, 100).await;
    let code = voucher(&shop, customer, pizza).await;
    let lines = json!([{"product": "PIZZA", "quantity": 2, "unit_price": 900}, {"amount": 600}]);
    let order = json!({"amount": null, "vouchers": [code], "lines": lines});
    let first = shop.bought(purchase("1", 0, order.clone())).await;
    let one = json!({"return_id": "a", "lines": [{"line": 0, "quantity": 1}]});
    let record = given_back(&shop, first.id, one).await;
    assert_eq!((record.rewards_returned.len(), record.paid_back.get()), (0, 450), "a half of what was paid");
    let other = given_back(&shop, first.id, json!({"return_id": "b", "lines": [{"line": 0}]})).await;
    assert_eq!((other.rewards_returned.len(), other.paid_back.get()), (1, 450));
    assert_eq!(state(&shop, &code).await, "issued");
    assert_reconciled(&shop).await;
    let second = shop.bought(purchase("2", 0, order)).await;
    let rest = given_back(&shop, first.id, json!({"return_id": "c"})).await;
    assert!(rest.complete && rest.rewards_returned.is_empty());
    assert_eq!(state(&shop, &code).await, "used", "in the second purchase");
    assert_reconciled(&shop).await;
    let all = given_back(&shop, second.id, json!({"return_id": "a"})).await;
    assert_eq!(all.rewards_returned.len(), 1);
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// Money off is of the whole purchase, and comes back with that.
#[tokio::test]
async fn a_voucher_of_the_whole_comes_back_when_nothing_is_left() {
    let (shop, _, code) = five_dollars().await;
    let order = json!({"amount": null, "vouchers": [code], "lines": [{"amount": 1_000}, {"amount": 500}]});
    let bought = shop.bought(purchase("1", 0, order)).await;
    let part = given_back(&shop, bought.id, json!({"return_id": "a", "lines": [{"line": 0}]})).await;
    assert!(part.rewards_returned.is_empty());
    assert_eq!(state(&shop, &code).await, "used");
    let rest = given_back(&shop, bought.id, json!({"return_id": "b"})).await;
    assert_eq!((rest.rewards_returned.len(), part.paid_back.get() + rest.paid_back.get()), (1, 1_000));
    assert_reconciled(&shop).await;
    shop.close().await;
}

/// A voucher whose time is over when its purchase comes back: its points come back instead, into their own lot.
/// The vouchers of somebody who is erased end; one that is used then ends when its purchase comes back.
#[tokio::test]
async fn a_voucher_of_somebody_who_was_erased_does_not_come_back() {
    let (shop, customer, code) = five_dollars().await;
    let bought = shop.bought(purchase("1", 1_500, json!({"vouchers": [code]}))).await;
    shop.engine.customer_erase(&shop.cx, customer, EraseInput::default()).await.unwrap();
    let record = given_back(&shop, bought.id, json!({"return_id": "r"})).await;
    let [back] = record.rewards_returned.as_slice() else { panic!("{record:?}") };
    assert_eq!((back.usable, back.points), (false, 100));
    assert_eq!(state(&shop, &code).await, "reversed");
    let used = shop.engine.voucher_use(&shop.cx, &code.parse().unwrap()).await;
    assert!(matches!(used, Err(Error::Conflict { code: "voucher_cancelled", .. })), "{used:?}");
    assert_reconciled(&shop).await;
    shop.engine.shutdown().await;
}

#[tokio::test]
async fn a_voucher_that_is_over_comes_back_as_points() {
    let clock = Clock::fixed(at("2026-11-21T10:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let customer = shop.bought(purchase("start", 1_000, json!({}))).await.customer_id.unwrap();
    let day =
        json!({"name": "A day", "kind": "money_off", "value": 500, "points_cost": 100, "valid_days": 1});
    let day = reward(&shop, day).await;
    let code = voucher(&shop, customer, day).await;
    let bought = shop.bought(purchase("1", 1_500, json!({"vouchers": [code]}))).await;
    clock.advance(TimeDelta::days(3));
    let record = given_back(&shop, bought.id, json!({"return_id": "r"})).await;
    let [back] = record.rewards_returned.as_slice() else { panic!("{record:?}") };
    assert_eq!((back.usable, back.points), (false, 100));
    assert_eq!((record.points_reversed.get(), record.balance.unwrap().points), (1_000, 1_000));
    assert_eq!(record.balances().unwrap().before.points, 1_900);
    assert_eq!(state(&shop, &code).await, "reversed");
    assert_eq!(told(&shop).await, [("reversed".to_owned(), false)]);
    assert_reconciled(&shop).await;
    shop.close().await;
}

//! Many at once, exactly one winner.

use std::collections::BTreeMap;

use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::RedemptionId;
use perennial_engine::{Clock, Error};
use serde_json::json;
use tokio::task::JoinSet;

use super::{balance, close, held, left, now, redeem, reward, rich};
use crate::intake_support::{Shop, patiently};

const MANY: usize = 100;

/// How often each word was the answer; `ok` where there was no refusal.
async fn answers<T: 'static>(mut tasks: JoinSet<Result<T, Error>>) -> BTreeMap<String, usize> {
    let mut answers = BTreeMap::new();
    while let Some(answer) = tasks.join_next().await {
        let word = match answer.unwrap() {
            Ok(_) => "ok".to_owned(),
            Err(Error::Conflict { code, .. }) => code.to_owned(),
            Err(other) => panic!("{other:?}"),
        };
        *answers.entry(word).or_default() += 1;
    }
    answers
}

/// G19: the last one is claimed by a hundred customers at two tills at once: one gets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g19_the_last_one_goes_to_exactly_one() {
    let shop = Shop::open_at(Clock::system()).await;
    let last = reward(&shop, json!({"stock": 1})).await;
    let engines = [shop.engine.clone(), shop.another_engine().await];
    let mut customers = Vec::new();
    for number in 0..MANY {
        customers.push(rich(&shop, &format!("customer-{number}"), 100).await);
    }
    let mut tasks = JoinSet::new();
    for (number, customer) in customers.into_iter().enumerate() {
        let (engine, cx) = (engines[number % 2].clone(), shop.cx.clone());
        tasks.spawn(async move { patiently!(engine.redeem(&cx, &CustomerRef::Id(customer), now(last))) });
    }
    let answers = answers(tasks).await;
    assert_eq!(answers, [("ok".to_owned(), 1), ("out_of_stock".to_owned(), MANY - 1)].into());
    assert_eq!(left(&shop, last).await, Some(0));
    assert_eq!((shop.count("redemptions").await, shop.count("vouchers").await), (1, 1));
    engines[1].shutdown().await;
    close(shop).await;
}

/// G19: one code shown at a hundred tills at once is used at one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g19_a_code_is_used_exactly_once() {
    let shop = Shop::open_at(Clock::system()).await;
    let maya = rich(&shop, "maya", 100).await;
    let five_off = reward(&shop, json!({})).await;
    let redeemed = redeem(&shop, maya, now(five_off)).await.unwrap();
    let code: perennial_domain::codes::VoucherCode =
        redeemed.redemption.voucher.unwrap().code.unwrap().parse().unwrap();
    let engines = [shop.engine.clone(), shop.another_engine().await];
    let mut tasks = JoinSet::new();
    for number in 0..MANY {
        let (engine, cx, code) = (engines[number % 2].clone(), shop.cx.clone(), code.clone());
        tasks.spawn(async move { patiently!(engine.voucher_use(&cx, &code)) });
    }
    let answers = answers(tasks).await;
    assert_eq!(answers, [("ok".to_owned(), 1), ("voucher_used".to_owned(), MANY - 1)].into());
    assert_eq!(shop.count("redemption_steps WHERE state = 'fulfilled'").await, 1);
    engines[1].shutdown().await;
    close(shop).await;
}

/// The limit of one customer holds however many devices redeem at once, at any stock.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_per_customer_holds() {
    let shop = Shop::open_at(Clock::system()).await;
    let maya = rich(&shop, "maya", 10_000).await;
    let three = reward(&shop, json!({"limit_per_customer": 3})).await;
    let engines = [shop.engine.clone(), shop.another_engine().await];
    let mut tasks = JoinSet::new();
    for number in 0..40 {
        let (engine, cx) = (engines[number % 2].clone(), shop.cx.clone());
        let what = if number % 3 == 0 { held(three, 600) } else { now(three) };
        tasks.spawn(async move { patiently!(engine.redeem(&cx, &CustomerRef::Id(maya), what)) });
    }
    let answers = answers(tasks).await;
    assert_eq!(answers, [("limit_reached".to_owned(), 37), ("ok".to_owned(), 3)].into());
    let (points, reserved) = balance(&shop, maya).await;
    assert_eq!(points, 9_700);
    assert_eq!(reserved, 100 * shop.count("redemptions WHERE state = 'reserved'").await);
    engines[1].shutdown().await;
    close(shop).await;
}

/// Points are not spent twice, whatever they are spent on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn points_are_spent_once() {
    let shop = Shop::open_at(Clock::system()).await;
    let maya = rich(&shop, "maya", 250).await;
    let rewards = [reward(&shop, json!({"stock": 50})).await, reward(&shop, json!({})).await];
    let mut tasks = JoinSet::new();
    for number in 0..30 {
        let (engine, cx) = (shop.engine.clone(), shop.cx.clone());
        let reward = rewards[number % 2];
        tasks.spawn(async move { patiently!(engine.redeem(&cx, &CustomerRef::Id(maya), now(reward))) });
    }
    let answers = answers(tasks).await;
    assert_eq!(answers, [("insufficient_points".to_owned(), 28), ("ok".to_owned(), 2)].into());
    assert_eq!(balance(&shop, maya).await, (50, 0));
    close(shop).await;
}

/// Captured, let go and timed out at once, on two servers a hold has one end, and nobody waits for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hold_has_one_end() {
    let shop = super::shop().await;
    let maya = rich(&shop, "maya", 10_000).await;
    let pool = reward(&shop, json!({"kind": "voucher_pool"})).await;
    let csv = (0..40).map(|number| format!("CODE-{number}")).collect::<Vec<_>>().join("\n");
    shop.engine.reward_codes_add(&shop.cx, pool, csv.as_bytes()).await.unwrap();
    let engines = [shop.engine.clone(), shop.another_engine().await];
    let mut holds = Vec::new();
    for _ in 0..20 {
        holds.push(redeem(&shop, maya, held(pool, 600)).await.unwrap().redemption.id);
    }
    let (in_time, over) = holds.split_at(10);
    let race = |holds: &[RedemptionId], with_job: bool| {
        let mut tasks = JoinSet::new();
        for id in holds.iter().copied() {
            for (number, engine) in engines.iter().cycle().take(6).cloned().enumerate() {
                let cx = shop.cx.clone();
                tasks.spawn(async move {
                    match number {
                        0 | 1 => patiently!(engine.redemption_capture(&cx, id)).map(drop),
                        2 | 3 => patiently!(engine.redemption_cancel(&cx, id)).map(drop),
                        _ if with_job => patiently!(engine.rewards_end_due()).map(drop),
                        _ => Ok(()),
                    }
                });
            }
        }
        answers(tasks)
    };
    let (early, late) = (race(in_time, false).await, {
        super::set(&shop, "2026-11-21T12:10:00Z");
        race(over, true).await
    });
    let known = ["ok", "hold_over", "wrong_state"];
    assert!(
        early.keys().chain(late.keys()).all(|word| known.contains(&word.as_str())),
        "{early:?}, {late:?}"
    );
    assert_eq!(late["hold_over"], 20, "nothing is captured when its time is over");
    assert_eq!(shop.count("redemptions WHERE state = 'reserved'").await, 0);
    assert_eq!(
        shop.count("redemptions WHERE state = 'released'").await,
        20 - shop.count("redemption_steps WHERE state = 'captured'").await
    );
    let spent = 100 * shop.count("redemptions WHERE state = 'captured'").await;
    assert_eq!(balance(&shop, maya).await, (10_000 - spent, 0));
    engines[1].shutdown().await;
    close(shop).await;
}

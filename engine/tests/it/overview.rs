//! The dashboard's figures: which day something belongs to, and what lies before it.

use chrono::{NaiveDate, TimeDelta};
use perennial_domain::access::Scope;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, RedemptionId, RewardId};
use perennial_domain::returns::ReturnInput;
use perennial_engine::intake::{Source, SubmitOptions};
use perennial_engine::outbox::{self, Module};
use perennial_engine::retailers::NewRetailer;
use perennial_engine::rewards::NewRedemption;
use perennial_engine::statistics::{Figure, Overview};
use perennial_engine::{Clock, Error};
use serde_json::{Value, json};

use crate::intake_support::{PATIENT, Shop, at, checked, purchase};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

async fn bought_at(shop: &Shop, id: &str, cents: i64, occurred_at: &str, with: Value) {
    let mut purchase = purchase(id, cents, with);
    purchase["occurred_at"] = json!(occurred_at);
    let options = SubmitOptions { source: Source::Import, ..PATIENT };
    shop.engine.purchases_submit(&shop.cx, vec![checked(purchase)], options).await.remove(0).unwrap();
}

async fn overview(shop: &Shop, days: u16) -> Overview {
    outbox::drain(&shop.db.pool, Module::Statistics).await.unwrap();
    shop.engine.overview(&shop.cx, days, None).await.unwrap()
}

/// Date, purchases and points of the days on which something was bought.
fn busy(overview: &Overview) -> Vec<(String, i64, i64)> {
    let days = overview.days.iter().filter(|day| day.now.purchases > 0);
    days.map(|day| (day.date.to_string(), day.now.purchases, day.now.points)).collect()
}

#[tokio::test]
async fn days_are_those_of_the_stores_and_today_is_the_merchants() {
    // Friday, 22:00 in New York; Saturday, 04:00 in Berlin.
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T03:00:00Z"))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let night: NewRetailer =
        serde_json::from_value(json!({"code": "night", "name": "Night", "business_day_start": "04:00"}))
            .unwrap();
    let night = shop.engine.retailer_create(&shop.cx, night).await.unwrap().id;
    bought_at(&shop, "1", 10, "2026-11-20T04:59:59Z", json!({})).await; // 19th, 23:59:59 in New York
    bought_at(&shop, "2", 20, "2026-11-20T05:00:00Z", json!({})).await; // 20th, midnight
    bought_at(&shop, "3", 30, "2026-11-20T08:59:00Z", json!({"retailer": "night"})).await; // 20th, 03:59: still the 19th
    bought_at(&shop, "4", 40, "2026-11-20T22:59:00Z", json!({"retailer": "south"})).await; // 20th, 23:59 in Berlin
    bought_at(&shop, "5", 50, "2026-11-20T23:00:00Z", json!({"retailer": "south"})).await; // 21st, midnight in Berlin

    let week = overview(&shop, 7).await;
    assert_eq!(week.period, (date("2026-11-14"), date("2026-11-20")));
    assert_eq!(week.days.len(), 7, "quiet days, too");
    assert_eq!(busy(&week), [("2026-11-19".to_owned(), 2, 40), ("2026-11-20".to_owned(), 2, 60)]);
    assert_eq!((week.purchases, week.amount, week.points), (figure(4, 0), figure(100, 0), figure(100, 0)));
    assert_eq!(week.outstanding, 150, "what customers hold does not wait for the merchant's day");

    // Two hours and a bit later it is Saturday here as well.
    shop.engine.clock().advance(TimeDelta::minutes(121));
    let week = overview(&shop, 7).await;
    assert_eq!(week.period.1, date("2026-11-21"));
    assert_eq!(busy(&week).last(), Some(&("2026-11-21".to_owned(), 1, 50)));

    let one = shop.engine.overview(&shop.cx, 7, Some(night)).await.unwrap();
    assert_eq!(busy(&one), [("2026-11-19".to_owned(), 1, 30)]);
    // A key of one retailer counts that one.
    let bound = shop.key(&[Scope::PurchasesRead], Some("south")).await;
    let south = shop.engine.overview(&bound, 7, Some(night)).await.unwrap();
    assert_eq!(south.points.now, 90);
    shop.close().await;
}

fn figure(now: i64, before: i64) -> Figure {
    Figure { now, before }
}

#[tokio::test]
async fn a_period_stands_beside_the_one_before_it() {
    let clock = Clock::fixed(at("2026-11-20T17:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let of = |name: &str| json!({"customer": {"external_id": name}});
    bought_at(&shop, "too old", 1, "2026-11-06T17:00:00Z", of("a")).await; // 15 days
    bought_at(&shop, "first before", 2, "2026-11-07T17:00:00Z", of("a")).await;
    bought_at(&shop, "last before", 4, "2026-11-13T17:00:00Z", of("b")).await;
    bought_at(&shop, "first now", 8, "2026-11-14T17:00:00Z", of("c")).await;
    bought_at(&shop, "unclaimed", 16, "2026-11-15T17:00:00Z", json!({"customer": null})).await;
    let week = overview(&shop, 7).await;
    assert_eq!(week.purchases, figure(2, 2));
    assert_eq!(week.amount, figure(24, 6));
    assert_eq!(week.points, figure(8, 6), "nobody has the points of an unclaimed one yet");
    assert_eq!(week.active_customers, 1, "who bought within the period");
    assert_eq!(
        (week.customers, week.new_customers),
        (3, figure(3, 0)),
        "enrolled today, whenever they bought"
    );
    assert_eq!(week.days[0].before.points, 2);
    assert_eq!(week.days[6].before.points, 4);

    // A claim brings its points to the day of the purchase.
    let unclaimed =
        shop.engine.purchase_list(&shop.cx, &Default::default(), &Default::default()).await.unwrap();
    let id = unclaimed.data.iter().find(|row| row.status == "unclaimed").unwrap().id;
    let code: String = sqlx::query_scalar("SELECT claim_code FROM purchases WHERE id = $1")
        .bind(id)
        .fetch_one(&shop.db.pool)
        .await
        .unwrap();
    let customer = CustomerRef::Email("d@example.com".parse().unwrap());
    shop.engine.claim(&shop.cx, &code.parse().unwrap(), &customer).await.unwrap();
    let week = overview(&shop, 7).await;
    assert_eq!((week.points, week.purchases, week.amount), (figure(24, 6), figure(2, 2), figure(24, 6)));
    assert_eq!(week.days[1].now.points, 16);

    // A week later everything has moved to the period before.
    clock.advance(TimeDelta::days(7));
    let week = overview(&shop, 7).await;
    assert_eq!((week.points, week.new_customers), (figure(0, 24), figure(0, 4)));
    assert_eq!(week.active_customers, 0);
    shop.close().await;
}

/// Days on which something was spent, and how much.
fn spent(overview: &Overview) -> Vec<(String, i64)> {
    let days = overview.days.iter().filter(|day| day.redeemed != 0);
    days.map(|day| (day.date.to_string(), day.redeemed)).collect()
}

async fn five_off(shop: &Shop) -> RewardId {
    let terms = json!({"name": "Five off", "kind": "money_off", "value": 500, "points_cost": 100});
    shop.engine.reward_create(&shop.cx, serde_json::from_value(terms).unwrap()).await.unwrap().id
}

async fn redeemed(shop: &Shop, by: CustomerId, reward: RewardId, hold_seconds: Option<u32>) -> RedemptionId {
    let what = NewRedemption { reward, points: None, hold_seconds };
    shop.engine.redeem(&shop.cx, &CustomerRef::Id(by), what).await.unwrap().redemption.id
}

#[tokio::test]
async fn what_is_spent_stands_on_the_day_on_which_it_was_taken() {
    // Thursday noon in New York.
    let clock = Clock::fixed(at("2026-11-19T17:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.set(json!({"point_value": {"points": 1, "amount": 1}})).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let maya = shop.bought(purchase("1", 1_000, json!({}))).await.customer_id.unwrap();
    let reward = five_off(&shop).await;
    let first = redeemed(&shop, maya, reward, None).await;
    let held = redeemed(&shop, maya, reward, Some(86_400)).await;
    let paid = shop.bought(purchase("2", 500, json!({"pay_with_points": 40}))).await;
    let week = overview(&shop, 7).await;
    assert_eq!(spent(&week), [("2026-11-19".to_owned(), 140)], "what is only held is not spent");
    assert_eq!((week.redeemed, week.given_back), (140, 0));

    // A minute past midnight in New York: what was held is taken, and what was taken comes back.
    clock.advance(at("2026-11-20T05:01:00Z") - at("2026-11-19T17:00:00Z"));
    shop.engine.redemption_capture(&shop.cx, held).await.unwrap();
    shop.engine.redemption_cancel(&shop.cx, first).await.unwrap();
    let back: ReturnInput = serde_json::from_value(json!({"return_id": "r"})).unwrap();
    shop.engine.return_purchase(&shop.cx, paid.id, &back.check().unwrap(), false).await.unwrap();
    let week = overview(&shop, 7).await;
    assert_eq!(spent(&week), [("2026-11-19".to_owned(), 140), ("2026-11-20".to_owned(), 100)]);
    assert_eq!((week.redeemed, week.given_back), (240, 140));
    let today = overview(&shop, 1).await;
    assert_eq!((today.redeemed, today.given_back), (100, 140), "the day before is no part of it");
    shop.close().await;
}

/// Ids are given by the world's clock, days by that of the program.
#[tokio::test]
async fn what_is_spent_in_a_sandbox_is_found_however_far_it_is_ahead() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-19T17:00:00Z"))).await;
    shop.engine.sandbox_make(shop.merchant).await.unwrap();
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop.engine.sandbox_set_clock(shop.merchant, at("2028-05-05T17:00:00Z")).await.unwrap();
    let maya = shop.bought(purchase("1", 1_000, json!({}))).await.customer_id.unwrap();
    let reward = five_off(&shop).await;
    redeemed(&shop, maya, reward, None).await;
    assert_eq!(spent(&overview(&shop, 7).await), [("2028-05-05".to_owned(), 100)]);
    shop.close().await;
}

#[tokio::test]
async fn a_period_has_a_day_and_at_most_a_year() {
    let shop = Shop::open().await;
    for days in [0, 367] {
        let refused = shop.engine.overview(&shop.cx, days, None).await;
        assert!(
            matches!(&refused, Err(Error::Invalid(errors)) if errors[0].pointer == "/days"),
            "{refused:?}"
        );
    }
    assert_eq!(overview(&shop, 1).await.days.len(), 1);
    assert_eq!(overview(&shop, 366).await.days.len(), 366);
    shop.close().await;
}

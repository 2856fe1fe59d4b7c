//! Leaderboards, from a purchase to the rank.

mod books;
mod many;
mod time;

use perennial_domain::ids::CustomerId;
use perennial_domain::leaderboard::LeaderboardPeriod;
use perennial_engine::leaderboard::{Leaderboard, LeaderboardStanding};
use perennial_engine::{Cx, Error, PageRequest, What};
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, purchase};
use crate::tiers::{give_back, settle};
use LeaderboardPeriod::{Ever, Month, Week};

/// A Saturday in New York, where the shop is.
const START: &str = "2026-11-21T12:00:00Z";

/// A shop at a fixed time that gives a point per cent and has a leaderboard.
async fn shop() -> Shop {
    let shop = crate::tiers::shop().await;
    shop.engine.leaderboard_set(&shop.cx, true).await.unwrap();
    shop
}

async fn customer(shop: &Shop, name: &str) -> CustomerId {
    let new = json!({"external_id": name.to_lowercase().replace(' ', "-"), "name": name});
    shop.engine.customer_create(&shop.cx, serde_json::from_value(new).unwrap()).await.unwrap().customer.id
}

fn by(customer: CustomerId, occurred_at: &str) -> Value {
    json!({"customer": {"id": customer}, "occurred_at": occurred_at})
}

async fn read(shop: &Shop, period: LeaderboardPeriod) -> Leaderboard {
    shop.engine.leaderboard(&shop.cx, period, &PageRequest::default()).await.unwrap()
}

/// Rank, shortened name and points of everybody. Those of one rank stand in the order of their ids, which within one instant is
/// chance; here they are by name.
async fn list(shop: &Shop, period: LeaderboardPeriod) -> Vec<(i64, String, i64)> {
    let board = read(shop, period).await;
    assert_eq!(board.customers, i64::try_from(board.data.len()).unwrap());
    assert!(board.data.is_sorted_by_key(|row| row.rank));
    let mut rows: Vec<_> =
        board.data.into_iter().map(|row| (row.rank, row.name.unwrap_or_default(), row.points)).collect();
    rows.sort();
    rows
}

async fn standing(shop: &Shop, period: LeaderboardPeriod, customer: CustomerId) -> LeaderboardStanding {
    shop.engine.leaderboard_standing(&shop.cx, period, customer).await.unwrap()
}

async fn assert_clean(shop: &Shop) {
    shop.swept().await;
    let reconciliation = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciliation.is_clean(), "{:#?}", reconciliation.checks);
}

fn rows(rows: &[(i64, &str, i64)]) -> Vec<(i64, String, i64)> {
    rows.iter().map(|(rank, name, points)| (*rank, (*name).to_owned(), *points)).collect()
}

/// What was bought before counts at once, by the day on which it happened; who has as much has the same rank; spending
/// points costs no place, a return does, and a claim counts for whoever claims.
#[tokio::test]
async fn who_earned_most_stands_first() {
    let shop = crate::tiers::shop().await;
    let (ada, ben) = (customer(&shop, "Ada King Lovelace").await, customer(&shop, "Ben Okri").await);
    let cho = customer(&shop, "Cho").await;
    shop.bought(purchase("1", 300, by(ada, "2026-11-15T12:00:00Z"))).await;
    let closed = shop.engine.leaderboard(&shop.cx, Week, &PageRequest::default()).await;
    assert!(matches!(closed, Err(Error::NotFound(What::Leaderboard))));
    assert!(!shop.engine.has_leaderboard(&shop.cx).await.unwrap());
    let opened = shop.engine.leaderboard_set(&shop.cx, true).await.unwrap();
    assert_eq!(opened.opened_at, Some(at(START)));
    assert!(shop.engine.has_leaderboard(&shop.cx).await.unwrap());
    assert_eq!(list(&shop, Month).await, rows(&[(1, "Ada L.", 300)]));
    assert_eq!(list(&shop, Week).await, [], "that was on the Sunday before");

    let bought = shop.bought(purchase("2", 120, by(ben, START))).await;
    shop.bought(purchase("3", 100, by(ada, START))).await;
    shop.bought(purchase("4", 100, by(cho, START))).await;
    settle(&shop).await;
    let week = read(&shop, Week).await;
    assert_eq!((week.starts_on, week.ends_on), ("2026-11-16".parse().ok(), "2026-11-22".parse().ok()));
    assert_eq!((week.data[0].customer_id, week.next), (Some(ben), None));
    let week = rows(&[(1, "Ben O.", 120), (2, "Ada L.", 100), (2, "Cho", 100)]);
    assert_eq!(list(&shop, Week).await, week, "two second ones");
    let board = rows(&[(1, "Ada L.", 400), (2, "Ben O.", 120), (3, "Cho", 100)]);
    assert_eq!(list(&shop, Month).await, board);
    assert_eq!(list(&shop, Ever).await, board);
    let told = standing(&shop, Week, cho).await;
    assert_eq!((told.rank, told.points, told.behind, told.customers), (Some(2), 100, Some(20), 3));
    assert_eq!(standing(&shop, Ever, ada).await.behind, None);

    let spent = json!({"points": -90, "reason": "A gift"});
    shop.engine.adjustment_create(&shop.cx, ben, serde_json::from_value(spent).unwrap()).await.unwrap();
    give_back(&shop, bought.id, "r", json!({"amount": 21})).await;
    settle(&shop).await;
    assert_eq!(list(&shop, Week).await, rows(&[(1, "Ada L.", 100), (1, "Cho", 100), (3, "Ben O.", 99)]));
    give_back(&shop, bought.id, "s", json!({})).await;
    settle(&shop).await;
    let gone = standing(&shop, Ever, ben).await;
    assert_eq!((gone.rank, gone.points, gone.behind, gone.customers), (None, 0, Some(100), 2));

    let nobodys = shop.bought(purchase("5", 500, json!({"customer": null}))).await;
    settle(&shop).await;
    assert_eq!(list(&shop, Week).await.len(), 2);
    let code = nobodys.claim_code.clone().unwrap();
    shop.engine.claim(&shop.cx, &code, &perennial_domain::customer::CustomerRef::Id(ben)).await.unwrap();
    settle(&shop).await;
    assert_eq!(list(&shop, Week).await[0], (1, "Ben O.".to_owned(), 500));
    assert_clean(&shop).await;
    shop.close().await;
}

/// Who does not want to be seen is not, and moves nobody; who comes back has the old points.
#[tokio::test]
async fn who_does_not_want_to_be_seen_is_not() {
    let shop = shop().await;
    let (ada, ben) = (customer(&shop, "Ada Lovelace").await, customer(&shop, "Ben Okri").await);
    shop.bought(purchase("1", 300, by(ada, START))).await;
    shop.bought(purchase("2", 200, by(ben, START))).await;
    settle(&shop).await;
    let cx = shop.engine.customer_cx(shop.merchant, ada).await.unwrap();
    for _ in 0..2 {
        shop.engine.leaderboard_hide(&cx, ada, true).await.unwrap();
        assert_eq!(list(&shop, Week).await, rows(&[(1, "Ben O.", 200)]));
    }
    shop.bought(purchase("3", 50, by(ada, START))).await;
    settle(&shop).await;
    let told = shop.engine.leaderboard_standing(&cx, Week, ada).await.unwrap();
    assert_eq!((told.hidden, told.rank, told.points, told.behind), (true, None, 350, None));
    assert_eq!(standing(&shop, Week, ben).await.rank, Some(1));
    assert_clean(&shop).await;
    // Also where it is opened anew: that somebody is hidden outlives the scores.
    shop.engine.leaderboard_set(&shop.cx, false).await.unwrap();
    assert_eq!(shop.count("leaderboard_scores").await, 0);
    shop.engine.leaderboard_set(&shop.cx, true).await.unwrap();
    assert_eq!(list(&shop, Ever).await, rows(&[(1, "Ben O.", 200)]));
    shop.engine.leaderboard_hide(&shop.cx, ada, false).await.unwrap();
    assert_eq!(list(&shop, Ever).await, rows(&[(1, "Ada L.", 350), (2, "Ben O.", 200)]));
    assert_clean(&shop).await;

    // Somebody else's wish is nobody's business.
    let ben_cx = shop.engine.customer_cx(shop.merchant, ben).await.unwrap();
    let refused = shop.engine.leaderboard_hide(&ben_cx, ada, true).await;
    assert!(matches!(refused, Err(Error::NotFound(What::Customer))));
    assert!(shop.engine.leaderboard_standing(&ben_cx, Week, ada).await.is_err());
    shop.close().await;
}

/// A customer sees names and herself, and nobody's id.
#[tokio::test]
async fn customers_do_not_see_who_others_are() {
    let shop = shop().await;
    let (ada, ben) = (customer(&shop, "ada@example.com").await, customer(&shop, "Ben Okri").await);
    shop.bought(purchase("1", 300, by(ada, START))).await;
    shop.bought(purchase("2", 200, by(ben, START))).await;
    settle(&shop).await;
    let cx: Cx = shop.engine.customer_cx(shop.merchant, ben).await.unwrap();
    let board = shop.engine.leaderboard(&cx, Ever, &PageRequest::default()).await.unwrap();
    let seen: Vec<_> =
        board.data.iter().map(|row| (row.name.as_deref(), row.customer_id, row.is_you)).collect();
    assert_eq!(seen, [(None, None, false), (Some("Ben O."), None, true)]);
    assert!(!serde_json::to_string(&board.data[0]).unwrap().contains("customer_id"));
    shop.close().await;
}

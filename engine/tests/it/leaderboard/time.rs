//! Periods that begin, end and are forgotten.

use serde_json::json;

use super::{Ever, Month, START, Week, assert_clean, by, customer, list, read, rows, shop, standing};
use crate::intake_support::{at, purchase};
use crate::tiers::{give_back, settle};

/// Monday begins at midnight of the merchant; what arrives late counts where it happened, what comes back is taken from
/// there, and nothing is kept of what nobody can ask for.
#[tokio::test]
async fn a_week_begins_on_monday_at_the_merchants_midnight() {
    let shop = shop().await;
    let ada = customer(&shop, "Ada Lovelace").await;
    let go = |instant: &str| {
        let clock = shop.engine.clock();
        clock.advance(at(instant) - clock.now());
    };
    let bought = shop.bought(purchase("1", 300, by(ada, START))).await;
    settle(&shop).await;
    go("2026-11-23T04:59:59Z");
    assert_eq!(list(&shop, Week).await, rows(&[(1, "Ada L.", 300)]));
    go("2026-11-23T05:00:00Z");
    assert_eq!(list(&shop, Week).await, []);
    assert_eq!(read(&shop, Week).await.starts_on, "2026-11-23".parse().ok());
    // The last second of Sunday, told on Monday.
    shop.bought(purchase("2", 50, by(ada, "2026-11-23T04:59:59Z"))).await;
    shop.bought(purchase("3", 7, by(ada, "2026-11-23T05:00:00Z"))).await;
    settle(&shop).await;
    assert_eq!(standing(&shop, Week, ada).await.points, 7);
    assert_eq!(standing(&shop, Month, ada).await.points, 357);
    assert_clean(&shop).await;

    // A return in December of something from November leaves December alone.
    go("2026-12-01T05:00:00Z");
    give_back(&shop, bought.id, "r", json!({})).await;
    shop.bought(purchase("4", 11, by(ada, "2026-12-01T05:00:00Z"))).await;
    settle(&shop).await;
    assert_eq!(standing(&shop, Month, ada).await.points, 11);
    assert_eq!(standing(&shop, Ever, ada).await.points, 68);
    for _ in 0..2 {
        shop.engine.leaderboards_round().await.unwrap();
        assert_eq!(
            shop.count("leaderboard_scores WHERE period = 'week' AND starts_on < '2026-11-23'").await,
            0
        );
        assert_eq!(shop.count("leaderboard_nodes WHERE starts_on = '2026-11-16'").await, 0);
        assert_eq!(
            shop.count("leaderboard_scores WHERE period = 'month'").await,
            2,
            "November is the month before"
        );
    }
    assert_clean(&shop).await;

    // What comes back of a week that is forgotten counts where it is still known.
    go("2027-02-01T12:00:00Z");
    shop.engine.leaderboards_round().await.unwrap();
    let old = shop.bought(purchase("5", 13, by(ada, "2027-01-31T12:00:00Z"))).await;
    settle(&shop).await;
    assert_eq!(shop.count("leaderboard_scores WHERE period = 'month'").await, 1);
    go("2027-06-01T12:00:00Z");
    shop.engine.leaderboards_round().await.unwrap();
    give_back(&shop, old.id, "r", json!({})).await;
    settle(&shop).await;
    assert_eq!(shop.count("leaderboard_scores WHERE period <> 'ever'").await, 0);
    assert_eq!(standing(&shop, Ever, ada).await.points, 68);
    assert_clean(&shop).await;
    shop.close().await;
}

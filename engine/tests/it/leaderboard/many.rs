//! Many customers: pages, ranks against plain counting, and how long a million takes.

use std::time::Instant;

use perennial_domain::ids::CustomerId;
use perennial_engine::PageRequest;
use perennial_engine::leaderboard::LISTED_MAX;
use serde_json::json;

use super::{Ever, START, assert_clean, customer, shop, standing};
use crate::intake_support::{Shop, buy_all, purchase};
use crate::tiers::settle;

/// Ranks of scores of every size, with many that are equal, are those that counting gives; pages of every size are the
/// same list.
#[tokio::test]
async fn every_rank_is_the_one_that_counting_gives() {
    let shop = shop().await;
    // Edges of nodes, and powers of two between them.
    let amounts: Vec<i64> = (0..40_u32)
        .flat_map(|bits| [1_i64 << bits, (1 << bits) + 1, 255, 256, 65_536])
        .chain((0..20).map(|number| 1_000 + number % 7))
        .collect();
    let purchases = amounts.iter().enumerate().map(|(number, cents)| {
        purchase(number.to_string(), *cents, json!({"customer": {"external_id": format!("c{number}")}}))
    });
    let mut bought: Vec<(CustomerId, i64)> = Vec::new();
    for answer in buy_all(&shop.engine, &shop.cx, purchases.collect()).await {
        let record = answer.unwrap().record;
        bought.push((record.customer_id.unwrap(), record.points_earned.get()));
    }
    settle(&shop).await;
    for (customer, points) in &bought {
        let told = standing(&shop, Ever, *customer).await;
        let above = bought.iter().filter(|(_, other)| other > points).count();
        let next = bought.iter().map(|(_, other)| *other).filter(|other| other > points).min();
        assert_eq!(told.points, *points);
        assert_eq!(told.rank, Some(i64::try_from(above).unwrap() + 1), "of {points}");
        assert_eq!(told.behind, next.map(|next| next - points));
        assert_eq!(told.customers, i64::try_from(bought.len()).unwrap());
    }
    let all = pages(&shop, 200).await;
    assert_eq!(all.len(), bought.len());
    for (customer, rank) in &all {
        assert_eq!(standing(&shop, Ever, *customer).await.rank, Some(*rank));
    }
    for limit in [1, 7, 50] {
        assert_eq!(pages(&shop, limit).await, all, "{limit} a page");
    }
    assert_clean(&shop).await;
    shop.close().await;
}

/// Everybody and their ranks, so many a page.
async fn pages(shop: &Shop, limit: u32) -> Vec<(CustomerId, i64)> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest::new(Some(limit), after).unwrap();
        let board = shop.engine.leaderboard(&shop.cx, Ever, &page).await.unwrap();
        assert!(board.data.len() <= usize::try_from(limit).unwrap());
        seen.extend(board.data.iter().map(|row| (row.customer_id.unwrap(), row.rank)));
        after = board.next;
        if after.is_none() {
            return seen;
        }
    }
}

/// Writes scores and trees of so many customers as the module would, without their purchases.
async fn generate(shop: &Shop, customers: i64) {
    let generate = [
        "INSERT INTO customers (merchant_id, id, name, created_at)
         SELECT $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Customer Number', now()
         FROM generate_series(1, $2::bigint) AS n",
        // Few have much, and many have the same, as in a shop.
        "INSERT INTO leaderboard_scores (merchant_id, customer_id, period, starts_on, score, is_hidden)
         SELECT $1, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'ever', '0001-01-01',
                1 + (400000 / (1 + (n * 7919) % 4001)) + (n * 104729) % 997, false
         FROM generate_series(1, $2::bigint) AS n",
        "INSERT INTO leaderboard_nodes (merchant_id, period, starts_on, level, key, customers)
         SELECT $1, period, starts_on, level, score >> (8 * level), count(*)
         FROM leaderboard_scores CROSS JOIN generate_series(0, 6) AS level
         WHERE $2 > 0
         GROUP BY 2, 3, 4, 5",
    ];
    for sql in generate {
        sqlx::query(sql).bind(shop.merchant.uuid()).bind(customers).execute(&shop.db.pool).await.unwrap();
    }
    sqlx::query("ANALYZE").execute(&shop.db.pool).await.unwrap();
}

/// The list ends with the thousandth, also where many have as much.
#[tokio::test]
async fn the_list_ends_with_the_thousandth() {
    let shop = shop().await;
    generate(&shop, 2_500).await;
    let all = pages(&shop, 200).await;
    assert_eq!(all.len(), usize::try_from(LISTED_MAX).unwrap());
    assert_eq!(pages(&shop, 130).await, all);
    let last = CustomerId::from_uuid("00000000-0000-7000-8000-0000000009c4".parse().unwrap());
    let told = standing(&shop, Ever, last).await;
    let above: i64 = sqlx::query_scalar("SELECT count(*) FROM leaderboard_scores WHERE score > $1")
        .bind(told.points)
        .fetch_one(&shop.db.pool)
        .await
        .unwrap();
    assert_eq!((told.rank, told.customers), (Some(above + 1), 2_500));
    // Customers without purchases or addresses are nobody that the books know.
    shop.engine.shutdown().await;
}

/// How long the answers take among a million customers: `cargo test -p perennial-engine --test it -- --ignored --nocapture
/// a_million`. It measures and asserts nothing about time, because a machine may be busy.
#[tokio::test]
#[ignore = "measures; takes a minute"]
async fn a_million_customers_measured() {
    let shop = shop().await;
    generate(&shop, 1_000_000).await;
    let mut times = Vec::new();
    for round in 0..2_000_i64 {
        let number = 1 + (round * 499_979) % 1_000_000;
        let id = format!("00000000-0000-7000-8000-{number:012x}");
        let customer = CustomerId::from_uuid(id.parse().unwrap());
        let begun = Instant::now();
        let told = standing(&shop, Ever, customer).await;
        times.push(begun.elapsed());
        assert_eq!(told.customers, 1_000_000);
    }
    report("the rank of a customer", times);
    let mut times = Vec::new();
    for _ in 0..500 {
        let begun = Instant::now();
        let page = PageRequest::new(Some(100), None).unwrap();
        let board = shop.engine.leaderboard(&shop.cx, Ever, &page).await.unwrap();
        times.push(begun.elapsed());
        assert_eq!(board.data.len(), 100);
    }
    report("the first hundred", times);
    let ada = customer(&shop, "Ada Lovelace").await;
    let mut times = Vec::new();
    for number in 0..200 {
        shop.bought(purchase(number.to_string(), 10 + number, super::by(ada, START))).await;
        let begun = Instant::now();
        settle(&shop).await;
        times.push(begun.elapsed());
    }
    report("a purchase until it counts, workers started for it", times);
    // Customers without purchases or addresses are nobody that the books know.
    shop.engine.shutdown().await;
}

fn report(what: &str, mut times: Vec<std::time::Duration>) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 1_000];
    println!("{what}: median {:?}, p99 {:?}, most {:?}", at(500), at(990), at(1_000));
}

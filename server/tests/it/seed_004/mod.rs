//! “Consumer Loyalty Backend”: a brewery whose consumers earn points for its promoted beers at participating retailers
//! nationwide. The tests read like the document that asks for it, in its order: the challenge, the one deliverable with
//! its four demands, the assumptions, the questions about regions and time zones.

mod fixture;

use std::collections::BTreeSet;

use futures::future::join_all;
use http::StatusCode;
use serde_json::json;

use fixture::{Brewery, CUSTOMERS, RETAILERS, buy, earned};

/// “Customers receive points based on the award_rate of the current promotion per dollar spent on a qualifying product”:
/// a table of the beers of the fixture, by what their promotions are.
#[tokio::test]
async fn customers_receive_the_award_rate_of_the_current_promotion_per_dollar() {
    let brewery = Brewery::open().await;
    let till = brewery.till(0);
    for (beer, cents, expected, earns) in [
        ("LAGER", 1250, "Credited", 1250),
        ("LAGER", 99, "Credited", 99),
        // 50 points a dollar were published first, then 150: the later row counts, and only that.
        ("ALE", 1000, "Credited", 1500),
        ("PILSNER", 1000, "NotEligible", 0),
        ("STOUT", 1000, "NotEligible", 0),
        ("PORTER", 1000, "NotEligible", 0),
        // A later row that is over already ends the promotion; the row before it does not come back.
        ("WHEAT", 1000, "NotEligible", 0),
        ("CIDER", 1000, "NotEligible", 0),
    ] {
        let posted = brewery.buy(&till, &format!("rate-{beer}-{cents}"), 7, beer, cents).await;
        assert_eq!((&posted["__typename"], earned(&posted)), (&json!(expected), earns), "{beer}: {posted}");
    }
    // Why not, in words and for programs: the three beers without a current promotion have had one, or will.
    for (beer, code) in [("STOUT", "over"), ("PORTER", "not_started"), ("WHEAT", "over"), ("CIDER", "ended")]
    {
        let posted = brewery.buy(&till, &format!("why-{beer}"), 8, beer, 1000).await;
        let reasons = posted["reasons"].as_array().unwrap();
        let own =
            reasons.iter().find(|reason| reason["promotion"] == beer).unwrap_or_else(|| panic!("{posted}"));
        assert_eq!(own["missing"][0]["code"], code, "{posted}");
    }
    brewery.close().await;
}

/// A promotion belongs to a product and a retailer: the same beer is worth more or less, store by store.
#[tokio::test]
async fn the_promotion_is_that_of_the_product_at_the_retailer() {
    let brewery = Brewery::open().await;
    for store in 0..RETAILERS {
        let posted = brewery.buy(&brewery.till(store), "same-number", store, "LAGER", 1000).await;
        let rate = i64::try_from(100 + 10 * store).unwrap();
        assert_eq!(earned(&posted), rate * 10, "store {store}: {posted}");
    }
    brewery.close().await;
}

/// “Prevent double crediting if the same purchase is submitted twice”: a hundred times at once, in fact, by both doors.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_purchase_submitted_a_hundred_times_at_once_is_credited_once() {
    let brewery = Brewery::open().await;
    let till = brewery.till(3);
    let rest = json!({"transaction_id": "twice", "currency": "USD", "customer": {"external_id": "consumer-42"},
        "lines": [{"product": "LAGER", "quantity": 1, "amount": 2000}]});
    let by_graph = join_all((0..60).map(|_| brewery.buy(&till, "twice", 42, "LAGER", 2000)));
    let by_rest = join_all((0..40).map(|_| till.post("/purchases", rest.clone())));
    let (by_graph, by_rest) = tokio::join!(by_graph, by_rest);

    let credited = by_graph.iter().filter(|answer| answer["__typename"] == "Credited").count();
    let replayed = by_graph.iter().filter(|answer| answer["__typename"] == "Replayed").count();
    let created = by_rest.iter().filter(|reply| reply.status == 201).count();
    let again = by_rest.iter().filter(|reply| reply.status == 200).count();
    assert_eq!((credited + created, replayed + again), (1, 99));
    let ids: BTreeSet<_> = by_graph
        .iter()
        .map(|answer| answer["purchase"]["id"].as_str().unwrap())
        .chain(by_rest.iter().map(|reply| reply.body["id"].as_str().unwrap()))
        .collect();
    assert_eq!(ids.len(), 1, "all are told of the same purchase");
    assert_eq!(brewery.points(42).await, 2600);
    brewery.close().await;
}

/// “Update the customer's point balance atomically”: a hundred purchases of one customer at ten stores at once. Every
/// answer shows a balance that was true at its place in the order, no two the same, none skipped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_balance_is_updated_atomically() {
    let brewery = Brewery::open().await;
    let tills: Vec<_> = (0..RETAILERS).map(|store| brewery.till(store)).collect();
    let posted = join_all((0..100).map(|number| {
        let till = &tills[number % RETAILERS];
        async move { buy(till, &format!("at-once-{number}"), "consumer-1", "ALE", 100).await }
    }))
    .await;
    let balances: BTreeSet<i64> =
        posted.iter().map(|answer| answer["balance"]["points"].as_i64().unwrap()).collect();
    let steps: Vec<i64> = (1..=100).map(|step| step * 150).collect();
    assert_eq!(Vec::from_iter(balances), steps);
    assert_eq!(brewery.points(1).await, 15_000);
    brewery.close().await;
}

/// “Make as robust as possible”: what is wrong is refused with the place and the reason, and changes nothing.
#[tokio::test]
async fn what_is_wrong_changes_nothing() {
    let brewery = Brewery::open().await;
    let till = brewery.till(0);
    let first = brewery.buy(&till, "bill-1", 5, "LAGER", 1000).await;
    assert_eq!(first["__typename"], "Credited");
    let other = brewery.buy(&till, "bill-1", 5, "LAGER", 9000).await;
    assert_eq!(other["__typename"], "TransactionConflict");
    assert_eq!(other["differences"][0]["pointer"], "/lines/0/amount", "{other}");
    for (cents, transaction) in [(-1, "bill-2"), (i64::pow(2, 53), "bill-3")] {
        let reply = till
            .graph(fixture::PURCHASE, fixture::variables(transaction, "consumer-5", "LAGER", cents))
            .await;
        let refused =
            reply.body["errors"].is_array() || reply.body["data"]["purchase"]["__typename"] == "Rejected";
        assert!(refused, "{:?}", reply.body);
    }
    assert_eq!(brewery.points(5).await, 1000);
    brewery.close().await;
}

/// Retailers have auth tokens: the token says which store it is, and speaks for no other.
#[tokio::test]
async fn a_token_is_good_for_its_own_retailer() {
    let brewery = Brewery::open().await;
    let mut elsewhere = fixture::variables("elsewhere", "consumer-9", "LAGER", 1000);
    elsewhere["input"]["retailer"] = json!("store-5");
    let refused = brewery.till(4).graph(fixture::PURCHASE, elsewhere).await;
    assert!(
        refused.body["errors"].is_array() || refused.body["data"]["purchase"]["__typename"] == "Rejected",
        "{:?}",
        refused.body
    );
    let nobody = brewery.server().api_with(Some("prn_stolen"));
    nobody
        .graph(fixture::PURCHASE, fixture::variables("x", "consumer-9", "LAGER", 1000))
        .await
        .problem(401, "unauthorized");
    assert_eq!(brewery.points(9).await, 0);
    brewery.close().await;
}

/// “How would you support promotions based on retailer region?”
#[tokio::test]
async fn a_promotion_can_hold_in_some_regions_only() {
    let brewery = Brewery::open().await;
    let api = brewery.owner();
    let terms = json!({"name": "West coast", "award_rate": "20", "regions": ["West"], "products": {"include": ["PILSNER"]}});
    let id = api.create("/promotions", terms).await;
    api.post(&format!("/promotions/{id}/publish"), json!({})).await.ok(StatusCode::OK);
    for store in 0..RETAILERS {
        let posted = brewery.buy(&brewery.till(store), "region", store, "PILSNER", 1000).await;
        let expected = if fixture::region(store) == "West" { 200 } else { 0 };
        assert_eq!(earned(&posted), expected, "{}: {posted}", fixture::region(store));
    }
    brewery.close().await;
}

/// “How would we account for different timezones?” One instant, two stores, two dates: the store's own clock decides.
#[tokio::test]
async fn the_clock_of_the_store_decides_when_a_promotion_begins() {
    let brewery = Brewery::open().await;
    let api = brewery.owner();
    let (east, west) = (brewery.till(0), brewery.till(9));
    // A promotion that begins an hour ago by the clocks of New York begins in two hours by those of Los Angeles.
    let begins = fixture::local("America/New_York", -1);
    let terms = json!({"name": "From now on", "award_rate": "7", "starts_at": begins, "products": {"include": ["PILSNER"]}});
    let id = api.create("/promotions", terms).await;
    api.post(&format!("/promotions/{id}/publish"), json!({})).await.ok(StatusCode::OK);
    let in_the_east = brewery.buy(&east, "dawn", 1, "PILSNER", 1000).await;
    let in_the_west = brewery.buy(&west, "dawn", 2, "PILSNER", 1000).await;
    assert_eq!((earned(&in_the_east), earned(&in_the_west)), (70, 0), "{in_the_east} {in_the_west}");
    brewery.close().await;
}

/// “100s of customers”, all of them at work: nothing is miscounted, as an independent look at the books says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_all_customers_at_all_stores_adds_up() {
    let brewery = Brewery::open().await;
    let tills: Vec<_> = (0..RETAILERS).map(|store| brewery.till(store)).collect();
    let beers = ["LAGER", "ALE", "PILSNER", "STOUT"];
    let mut expected = 0;
    for chunk in 0..6 {
        let answers = join_all((0..50).map(|number| {
            let consumer = (chunk * 50 + number) % CUSTOMERS;
            let (till, beer) = (&tills[number % RETAILERS], beers[number % beers.len()]);
            let (transaction, consumer) = (format!("day-{chunk}-{number}"), format!("consumer-{consumer}"));
            async move { buy(till, &transaction, &consumer, beer, 500).await }
        }))
        .await;
        expected += answers.iter().map(earned).sum::<i64>();
    }
    assert!(expected > 0);
    let report = brewery.reconcile().await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(brewery.all_points().await, expected);
    brewery.close().await;
}

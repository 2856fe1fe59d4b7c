//! The return mutation and the quote.

use http::StatusCode;
use serde_json::{Value, json};

use super::{PURCHASE, purchase};
use crate::support::{Api, TestServer};

const RETURN: &str = "mutation Return($input: ReturnInput!) {
    return(input: $input) {
        __typename
        ... on Returned { id replayed dryRun amount pointsReversed complete policy by balance { points } tenders { points pointsExpired cashback } rewardsReturned { name usable } lines { line quantity amount points } }
        ... on ReturnWaiting { returnId transactionId until }
        ... on Rejected { code status errors { pointer code } }
    }
}";

async fn give_back(api: &Api<'_>, input: Value) -> Value {
    api.graph(RETURN, json!({"input": input})).await.data()["return"].clone()
}

#[tokio::test]
async fn a_return_takes_back_what_was_earned_once() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    api.graph(PURCHASE, purchase("t-1", "ada@example.com", 1000)).await.data();
    let part = json!({"retailer": "main", "transactionId": "t-1", "returnId": "r-1", "amount": 400});

    let mut trial = part.clone();
    trial["dryRun"] = json!(true);
    let shown = give_back(&api, trial).await;
    assert_eq!((&shown["dryRun"], &shown["pointsReversed"]), (&json!(true), &json!(40)), "{shown}");
    assert_eq!(shown["balance"]["points"], 60);

    let booked = give_back(&api, part.clone()).await;
    assert_eq!((&booked["__typename"], &booked["replayed"]), (&json!("Returned"), &json!(false)), "{booked}");
    assert_eq!((&booked["pointsReversed"], &booked["balance"]["points"]), (&json!(40), &json!(60)));
    assert_eq!(booked["lines"], json!([{"line": 0, "quantity": 0, "amount": 400, "points": 40}]));
    // Money alone had paid.
    assert_eq!(booked["tenders"], json!({"points": 0, "pointsExpired": 0, "cashback": 0}));
    assert_eq!(booked["rewardsReturned"], json!([]));
    let again = give_back(&api, part).await;
    assert_eq!((&again["replayed"], &again["id"]), (&json!(true), &booked["id"]));

    let too_much = json!({"retailer": "main", "transactionId": "t-1", "returnId": "r-2", "amount": 601});
    let refused = give_back(&api, too_much).await;
    assert_eq!(
        (&refused["code"], &refused["status"]),
        (&json!("return_exceeds_purchase"), &json!(409)),
        "{refused}"
    );
    let wrong = json!({"retailer": "main", "transactionId": "t-1", "returnId": ""});
    assert_eq!(give_back(&api, wrong).await["errors"][0]["pointer"], "/returnId");
    server.stop().await;
}

#[tokio::test]
async fn a_return_may_come_before_its_purchase() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let early = json!({"retailer": "main", "transactionId": "t-9", "returnId": "r-9"});
    let waiting = give_back(&api, early).await;
    assert_eq!((&waiting["__typename"], &waiting["transactionId"]), (&json!("ReturnWaiting"), &json!("t-9")));
    server.stop().await;
}

const QUOTE: &str = "query Quote($input: QuoteInput!) {
    quote(input: $input) {
        __typename
        ... on Quote { points price priceAfter currency stale lines { product earns why } redeemable { name pointsCost } nextReward { name missing } }
        ... on CustomerNotFound { code }
        ... on Rejected { code errors { pointer code } }
    }
}";

#[tokio::test]
async fn a_quote_says_what_the_purchase_will_earn() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let quoted = async |input: Value| api.graph(QUOTE, json!({"input": input})).await.data()["quote"].clone();
    let basket = json!({"retailer": "main", "customer": {"email": "ada@example.com"},
        "lines": [{"product": "APPLE", "amount": 1000}, {"product": "PEAR", "quantity": 2, "unitPrice": 125}]});
    let quote = quoted(basket.clone()).await;
    assert_eq!((&quote["__typename"], &quote["points"]), (&json!("Quote"), &json!(125)), "{quote}");
    assert_eq!(
        (&quote["price"], &quote["priceAfter"], &quote["stale"]),
        (&json!(1250), &json!(1250), &json!(false))
    );
    assert_eq!(quote["lines"][1]["earns"], 25);
    assert_eq!(api.get("/customers").await.body["data"], json!([]), "asking creates nobody");

    let mut bought = basket;
    bought["transactionId"] = json!("t-1");
    bought["currency"] = json!("USD");
    let posted = api.graph(PURCHASE, json!({"input": bought})).await;
    assert_eq!(posted.data()["purchase"]["pointsEarned"], 125);

    api.patch("/merchant", json!({"unknown_customer": "reject"})).await.ok(StatusCode::OK);
    let stranger = json!({"retailer": "main", "amount": 1, "customer": {"email": "nobody@example.com"}});
    assert_eq!(quoted(stranger).await["__typename"], "CustomerNotFound");
    assert_eq!(quoted(json!({"amount": 1})).await["errors"][0]["pointer"], "/retailer");
    server.stop().await;
}

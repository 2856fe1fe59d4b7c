//! Quotes: what they say is what happens, they touch nothing, and they go on while the database is away.

use std::time::{Duration, Instant};

use perennial_domain::access::{Action, Scope};
use perennial_domain::quote::Quote;
use perennial_engine::quotes::QuoteAnswer;
use perennial_engine::{Clock, Cx, Engine, EngineConfig, Error};
use perennial_testkit::Wire;
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, buy, engine_on, purchase};
use crate::tiers::{settle, tier};

const START: &str = "2026-11-21T12:00:00Z";

async fn ask(engine: &Engine, cx: &Cx, input: Value) -> Result<QuoteAnswer, Error> {
    engine.quote(cx, serde_json::from_value(input).unwrap()).await
}

/// Asks until the answer is fresh: an engine on a machine that stands still for seconds takes its database for away.
pub async fn until_fresh(engine: &Engine, cx: &Cx, input: Value) -> QuoteAnswer {
    let patience = Instant::now();
    loop {
        let answer = ask(engine, cx, input.clone()).await;
        if let Ok(fresh) = &answer
            && !fresh.stale
        {
            return fresh.clone();
        }
        assert!(patience.elapsed() < Duration::from_secs(60), "it does not come back: {answer:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A fresh quote.
async fn quote(shop: &Shop, input: Value) -> Quote {
    until_fresh(&shop.engine, &shop.cx, input).await.quote
}

/// A basket of one amount at `north`.
fn basket(email: &str, cents: i64) -> Value {
    json!({"retailer": "north", "customer": {"email": email}, "amount": cents})
}

async fn create(shop: &Shop, noun: &str, input: Value) {
    match noun {
        "offer" => {
            let input = serde_json::from_value(input).unwrap();
            shop.engine.cashback_offer_create(&shop.cx, input).await.map(drop).unwrap();
        }
        "reward" => {
            let input = serde_json::from_value(input).unwrap();
            shop.engine.reward_create(&shop.cx, input).await.map(drop).unwrap();
        }
        _ => {
            let input = serde_json::from_value(input).unwrap();
            shop.engine.product_create(&shop.cx, input).await.map(drop).unwrap();
        }
    }
}

/// Spreads a counter over all values, the same in every run.
fn scatter(number: u64) -> i64 {
    let mut z = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    i64::try_from(z >> 33).unwrap()
}

/// A merchant with everything that a basket can meet.
async fn rich_program() -> Shop {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    create(&shop, "product", json!({"sku": "WINE", "name": "Wine", "category": "wine"})).await;
    create(&shop, "product", json!({"sku": "BREAD", "name": "Bread", "category": "bakery"})).await;
    shop.set(json!({"pending_days": 3})).await;
    for promotion in [
        json!({"name": "Base", "award_rate": "1.7", "pending_days": 0}),
        json!({"name": "Wine", "award_rate": "2.3", "products": {"include": ["category:wine"]},
               "max_points_per_customer": {"points": 40, "per": "day"}}),
        json!({"name": "Welcome", "flat_points": 75, "first_purchase_only": true}),
        json!({"name": "All", "flat_points": 9, "budget": {"points": 60, "when_exhausted": "partial"}}),
        json!({"name": "Big", "flat_points": 5, "minimum_amount": 4000,
               "max_points_per_customer": {"points": 15, "per": "ever"}}),
    ] {
        shop.promote(promotion).await;
    }
    for (name, threshold, multiplier, discount) in
        [("Bronze", 0, "1", "0"), ("Silver", 150, "1.25", "0.03"), ("Gold", 400, "1.5", "0.1")]
    {
        let mut input = tier(name, threshold);
        input.multiplier = Some(multiplier.to_owned());
        input.discount = (discount != "0").then(|| discount.to_owned());
        shop.engine.tier_create(&shop.cx, input, false).await.unwrap();
    }
    create(&shop, "offer", json!({"name": "Tenth", "percentage": "0.1", "cap_per_month": 700})).await;
    create(&shop, "offer", json!({"name": "Bakery", "percentage": "0.05", "products": ["BREAD"]})).await;
    shop
}

/// What is quoted is what the purchase then earns: with limits, budgets, a welcome, waiting points, tiers and their
/// discounts, cashback and its caps, for customers old and new, and for nobody.
#[tokio::test]
async fn the_purchase_that_follows_earns_what_was_quoted() {
    let shop = rich_program().await;
    let mut discounted = 0;
    for number in 0..48_u64 {
        let chance = scatter(number);
        let products = ["WINE", "BREAD", "unknown to the catalogue"];
        let lines: Vec<Value> = (0..1 + chance % 3)
            .map(|line| {
                let product = products[usize::try_from((chance / 7 + line) % 3).unwrap()];
                json!({"product": product, "quantity": 1, "amount": 1 + scatter(number * 5 + u64::try_from(line).unwrap()) % 4_500})
            })
            .collect();
        let customer = (chance % 9 != 8).then(|| json!({"external_id": format!("crm-{}", chance % 4)}));
        let mut input = json!({"retailer": "north", "lines": lines});
        let mut bought = purchase(format!("t-{number}"), 0, json!({"amount": null, "customer": null}));
        if let Some(customer) = &customer {
            input["customer"] = customer.clone();
            bought["customer"] = customer.clone();
        }
        let quoted = quote(&shop, input).await;
        bought["lines"] = (lines.iter().zip(&quoted.lines))
            .map(|(line, quoted)| json!({"product": line["product"], "quantity": 1, "amount": quoted.price_after}))
            .collect();
        let record = shop.bought(bought).await;
        settle(&shop).await;
        assert_eq!(record.amount, quoted.price_after, "{number}");
        let earned = match customer {
            Some(_) => record.points_earned,
            None => record.points_claimable.unwrap(),
        };
        assert_eq!(earned, quoted.points, "{number}: {quoted:?}");
        let by_line: Vec<_> = record.lines.iter().map(|line| line.points).collect();
        assert_eq!(by_line, quoted.lines.iter().map(|line| line.earns).collect::<Vec<_>>(), "{number}");
        if customer.is_some() {
            let given = shop.engine.purchase_cashback(&shop.cx, record.id).await.unwrap().unwrap();
            let given = serde_json::to_value(given).unwrap();
            assert_eq!(given["amount"], json!(quoted.cashback), "{number}: {given}");
        }
        discounted += i32::from(!quoted.discounts.is_empty());
    }
    assert!(discounted > 5, "the tiers have been reached: {discounted}");
    assert!(shop.count("promotion_uses WHERE used >= 15").await > 0, "limits were met");
    assert_eq!(shop.count("promotion_budgets WHERE used = 60").await, 1, "and the budget spent");
    shop.close().await;
}

/// Through an engine to which the database lets nothing be written.
#[tokio::test]
async fn nothing_is_written() {
    let shop = Shop::open().await;
    shop.bought(purchase("1", 500, json!({}))).await;
    let url = format!("{}?options[default_transaction_read_only]=on", shop.db.url);
    let reader = engine_on(&url, shop.engine.clock().clone()).await;
    let refused = buy(&reader, &shop.cx, purchase("2", 500, json!({}))).await;
    assert!(refused.is_err(), "such an engine cannot write");
    for input in [
        basket("maya@example.com", 250),
        basket("new@example.com", 250),
        json!({"retailer": "north", "amount": 250}),
    ] {
        assert_eq!(until_fresh(&reader, &shop.cx, input).await.quote.points.get(), 250);
    }
    assert_eq!(shop.count("customers").await, 1, "whoever is quoted as new is not created");
    reader.shutdown().await;
    shop.close().await;
}

#[tokio::test]
async fn rules_that_were_just_published_are_used_by_every_server() {
    let shop = Shop::open().await;
    let other = shop.another_engine().await;
    let points = async |engine: &Engine| {
        until_fresh(engine, &shop.cx, basket("a@example.com", 100)).await.quote.points.get()
    };
    for engine in [&shop.engine, &other] {
        assert_eq!(points(engine).await, 100);
    }
    let promotion = shop.promote(json!({"name": "More", "flat_points": 7})).await;
    create(&shop, "product", json!({"sku": "NEW", "name": "New", "category": "new"})).await;
    for engine in [&other, &shop.engine] {
        assert_eq!(points(engine).await, 107);
    }
    shop.engine.promotion_pause(&shop.cx, promotion).await.unwrap();
    assert_eq!(points(&other).await, 100);
    other.shutdown().await;
    shop.close().await;
}

#[tokio::test]
async fn rewards_are_those_that_the_customer_can_have_and_the_next() {
    let shop = Shop::open().await;
    shop.bought(purchase("1", 600, json!({}))).await;
    for (name, cost, stock) in [
        ("Mug", 200, json!(3)),
        ("Cup", 500, json!(null)),
        ("Gone", 100, json!(0)),
        ("Far", 900, json!(null)),
        ("Near", 700, json!(1)),
    ] {
        let reward = json!({"name": name, "kind": "external", "points_cost": cost, "stock": stock, "limit_per_customer": 1});
        create(&shop, "reward", reward).await;
    }
    let names = |quote: &Quote| quote.redeemable.iter().map(|reward| reward.name.clone()).collect::<Vec<_>>();
    let quoted = quote(&shop, basket("maya@example.com", 100)).await;
    assert_eq!(names(&quoted), ["Cup", "Mug"]);
    let next = quoted.next_reward.unwrap();
    assert_eq!((next.name.as_str(), next.missing.get()), ("Near", 100));
    // What was redeemed counts towards the limit, and its points are gone.
    let mug = quoted.redeemable[1].reward_id;
    let maya = perennial_domain::customer::CustomerRef::Email("maya@example.com".parse().unwrap());
    let wanted = perennial_engine::rewards::NewRedemption { reward: mug, points: None, hold_seconds: None };
    shop.engine.redeem(&shop.cx, &maya, wanted).await.unwrap();
    let quoted = quote(&shop, basket("maya@example.com", 100)).await;
    assert!(names(&quoted).is_empty(), "{quoted:?}");
    assert_eq!(quoted.next_reward.unwrap().name, "Cup");
    // Nobody can have anything.
    let nobody = quote(&shop, json!({"retailer": "north", "amount": 100})).await;
    assert!(nobody.redeemable.is_empty() && nobody.next_reward.is_none());
    shop.close().await;
}

/// Points whose day is over are gone at midnight, and not only when the round of the night has come by: no till is promised a
/// reward that would be refused.
#[tokio::test]
async fn points_whose_day_is_over_can_have_no_reward() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    shop.set(json!({"expiry": {"kind": "calendar", "dates": ["12-31"]}})).await;
    shop.bought(purchase("1", 600, json!({}))).await;
    create(&shop, "reward", json!({"name": "Mug", "kind": "external", "points_cost": 200})).await;
    let mut seen = Vec::new();
    // The last minute of the year in New York, and the first of the next.
    for instant in ["2027-01-01T04:59:00Z", "2027-01-01T05:01:00Z"] {
        shop.engine.clock().advance(at(instant) - shop.engine.clock().now());
        let quoted = quote(&shop, basket("maya@example.com", 100)).await;
        seen.push((quoted.redeemable.len(), quoted.next_reward.map(|next| next.missing.get())));
    }
    assert_eq!(seen, [(1, None), (0, Some(200))]);
    shop.close().await;
}

#[track_caller]
fn code(answer: Result<QuoteAnswer, Error>) -> String {
    match answer.expect_err("was quoted") {
        Error::Invalid(errors) => format!("{} {}", errors[0].pointer, errors[0].code),
        Error::CustomerNotFound => "customer_not_found".to_owned(),
        Error::UnknownRetailer => "unknown_retailer".to_owned(),
        Error::Forbidden(action) => format!("forbidden {action:?}"),
        Error::Busy { retry_after } => {
            assert!(retry_after >= Duration::from_secs(1));
            "busy".to_owned()
        }
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_quote_is_refused_as_its_purchase_would_be() {
    let shop = Shop::open_at(Clock::fixed(at(START))).await;
    let refused = async |input: Value| code(ask(&shop.engine, &shop.cx, input).await);
    let nobody = "00000000-0000-7000-8000-000000000000";
    assert_eq!(refused(json!({"amount": 1})).await, "/retailer required");
    assert_eq!(refused(json!({"amount": 1, "retailer": "west"})).await, "unknown_retailer");
    assert_eq!(refused(json!({"retailer": "north"})).await, "/lines required");
    assert_eq!(
        refused(json!({"retailer": "north", "amount": 1, "currency": "EUR"})).await,
        "/currency currency_mismatch"
    );
    assert_eq!(
        refused(json!({"retailer": "north", "amount": 1, "occurred_at": "2026-11-21T13:00:00Z"})).await,
        "/occurred_at in_future"
    );
    let unknown = json!({"retailer": "north", "amount": 1, "customer": {"id": nobody}});
    assert_eq!(refused(unknown.clone()).await, "customer_not_found");
    shop.set(json!({"unknown_customer": "reject"})).await;
    assert_eq!(refused(basket("new@example.com", 1)).await, "customer_not_found");
    shop.promote(json!({"name": "Welcome", "flat_points": 5, "first_purchase_only": true})).await;
    shop.set(json!({"unknown_customer": "hold"})).await;
    assert_eq!(refused(unknown).await, "customer_not_found");
    assert_eq!(quote(&shop, basket("new@example.com", 1)).await.points.get(), 0, "nobody's first purchase");
    shop.set(json!({"unknown_customer": "create"})).await;
    assert_eq!(quote(&shop, basket("new@example.com", 1)).await.points.get(), 5);

    let north = shop.key(&[Scope::Quotes], Some("north")).await;
    let south = json!({"retailer": "south", "amount": 1});
    assert_eq!(code(ask(&shop.engine, &north, south).await), "forbidden QuotesRead");
    assert!(ask(&shop.engine, &north, json!({"amount": 1})).await.is_ok(), "the key implies its retailer");
    let reader = shop.key(&[Scope::CustomersRead], None).await;
    assert_eq!(
        code(ask(&shop.engine, &reader, json!({"amount": 1})).await),
        format!("forbidden {:?}", Action::QuotesRead)
    );
    shop.close().await;
}

/// A second server of the shop, whose wire to the database can be cut.
async fn far_away(shop: &Shop) -> (Wire, Engine) {
    let wire = Wire::to(&shop.db).await;
    let config = EngineConfig { connections: 3, lanes: 1, ..EngineConfig::new(&wire.url) };
    let engine = Engine::connect_at(config, shop.engine.clock().clone()).await.unwrap();
    (wire, engine)
}

#[tokio::test]
async fn what_is_known_is_quoted_while_the_database_is_away() {
    let shop = Shop::open().await;
    let maya = shop.bought(purchase("1", 600, json!({}))).await.customer_id.unwrap();
    let bea = shop
        .bought(purchase("2", 40, json!({"customer": {"external_id": "crm-2"}})))
        .await
        .customer_id
        .unwrap();
    create(&shop, "reward", json!({"name": "Cup", "kind": "external", "points_cost": 500})).await;
    let (wire, engine) = far_away(&shop).await;
    let before = until_fresh(&engine, &shop.cx, basket("maya@example.com", 100)).await;
    // Somebody whose points were read, and nothing else.
    engine.customer_points(&shop.cx, &"ext:crm-2".parse().unwrap()).await.unwrap();

    wire.cut();
    let stale = ask(&engine, &shop.cx, basket("maya@example.com", 100)).await.unwrap();
    assert_eq!(stale, QuoteAnswer { stale: true, ..before.clone() });
    for customer in [json!({"id": maya}), json!({"id": bea}), json!({"external_id": "crm-2"})] {
        let input = json!({"retailer": "north", "amount": 70, "customer": customer});
        let answer = ask(&engine, &shop.cx, input).await.unwrap();
        assert_eq!((answer.quote.points.get(), answer.stale), (70, true));
    }
    let nobody = ask(&engine, &shop.cx, json!({"retailer": "north", "amount": 70})).await.unwrap();
    assert!(nobody.stale);
    assert_eq!(code(ask(&engine, &shop.cx, basket("new@example.com", 1)).await), "busy");
    let wrong = json!({"retailer": "north", "amount": -1});
    assert!(
        matches!(ask(&engine, &shop.cx, wrong).await, Err(Error::Invalid(_))),
        "what is wrong stays wrong"
    );

    // Life went on elsewhere.
    shop.bought(purchase("3", 60, json!({}))).await;
    shop.promote(json!({"name": "More", "flat_points": 7})).await;
    assert_eq!(
        ask(&engine, &shop.cx, basket("maya@example.com", 100)).await.unwrap().quote.points.get(),
        100
    );
    wire.mend();
    let fresh = until_fresh(&engine, &shop.cx, basket("maya@example.com", 100)).await;
    assert_eq!(fresh.quote.points.get(), 107);
    until_fresh(&engine, &shop.cx, basket("new@example.com", 1)).await;
    engine.shutdown().await;
    shop.close().await;
}

#[tokio::test]
async fn a_key_is_believed_while_the_database_is_away_and_not_after_it_was_revoked() {
    let shop = Shop::open().await;
    let make = async |name: &str| {
        let key = perennial_engine::api_keys::NewApiKey {
            name: name.parse().unwrap(),
            scopes: vec![Scope::Quotes],
            retailer: None,
        };
        let (key, secret) = shop.engine.api_key_create(&shop.cx, key).await.unwrap();
        (key.id, secret.expose().to_owned())
    };
    let ((known, known_secret), (_, other_secret)) = (make("known").await, make("other").await);
    let (wire, engine) = far_away(&shop).await;
    let fresh = engine.authenticate_or_believe(&known_secret).await.unwrap();
    assert!(!fresh.from_memory);
    until_fresh(&engine, &fresh.cx, json!({"retailer": "north", "amount": 70})).await;

    wire.cut();
    // Longer than a key is believed without asking.
    let patience = Instant::now();
    let believed = loop {
        let believed = engine.authenticate_or_believe(&known_secret).await.unwrap();
        if believed.from_memory {
            break believed;
        }
        assert!(patience.elapsed() < Duration::from_secs(60), "the database is never missed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let input = serde_json::from_value(json!({"retailer": "north", "amount": 70})).unwrap();
    assert!(engine.quote_from_memory(&believed.cx, input).unwrap().stale);
    let refused = engine.authenticate(&known_secret).await;
    assert!(matches!(refused, Err(Error::Busy { .. })), "only quotes believe it: {refused:?}");
    assert!(matches!(engine.authenticate_or_believe(&other_secret).await, Err(Error::Busy { .. })));
    assert!(matches!(engine.authenticate_or_believe("prn_nonsense").await, Err(Error::Unauthenticated)));

    shop.engine.api_key_revoke(&shop.cx, known).await.unwrap();
    wire.mend();
    let patience = Instant::now();
    while !matches!(engine.authenticate_or_believe(&known_secret).await, Err(Error::Unauthenticated)) {
        assert!(patience.elapsed() < Duration::from_secs(60), "the revoked key is believed for ever");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    wire.cut();
    let gone = engine.authenticate_or_believe(&known_secret).await;
    assert!(gone.is_err(), "what the database called revoked is not believed again: {gone:?}");
    engine.shutdown().await;
    shop.close().await;
}

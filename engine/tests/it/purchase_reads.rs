//! Purchases as they are looked at: found, kept apart, explained.

use chrono::TimeDelta;
use perennial_domain::access::Scope;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, PurchaseId, RetailerId};
use perennial_domain::returns::ReturnInput;
use perennial_engine::intake::{Source, SubmitOptions};
use perennial_engine::purchase_record::PurchaseStatus;
use perennial_engine::purchases::{PurchaseFilter, PurchaseReturned, ReturnedPart};
use perennial_engine::{Clock, Cx, Error, PageRequest, What};
use serde_json::{Value, json};

use crate::intake_support::{PATIENT, Shop, at, basket, buy_all, checked, merchant, purchase};
use crate::support::instant;

/// The transaction ids that a filter leaves, by pages of three.
async fn found(shop: &Shop, cx: &Cx, filter: PurchaseFilter) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest::new(Some(3), after).unwrap();
        let page = shop.engine.purchase_list(cx, &filter, &request).await.unwrap();
        ids.extend(page.data.into_iter().map(|row| row.transaction_id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

async fn retailer(shop: &Shop, code: &str) -> RetailerId {
    shop.engine.snapshot(&shop.cx).await.unwrap().retailers.by_code(code).unwrap().id
}

fn of(email: &str) -> Value {
    json!({"customer": {"email": email}})
}

fn with(mut a: Value, b: Value) -> Value {
    a.as_object_mut().unwrap().extend(b.as_object().unwrap().clone());
    a
}

/// A past purchase, as an import brings it.
async fn imported(shop: &Shop, purchase: Value) {
    let options = SubmitOptions { source: Source::Import, ..PATIENT };
    shop.engine.purchases_submit(&shop.cx, vec![checked(purchase)], options).await.remove(0).unwrap();
}

#[tokio::test]
async fn each_condition_narrows_the_list() {
    let shop = Shop::open().await;
    let maya = shop.bought(purchase("A-1", 100, of("maya@example.com"))).await.customer_id.unwrap();
    shop.bought(purchase("A-2", 200, json!({"customer": null}))).await;
    let claimed = shop.bought(purchase("B-1", 300, json!({"customer": null, "retailer": "south"}))).await;
    shop.bought(purchase("B-2", 400, with(of("luis@example.com"), json!({"retailer": "south"})))).await;
    imported(
        &shop,
        purchase("old", 500, with(of("maya@example.com"), json!({"occurred_at": "2020-02-03T04:05:06Z"}))),
    )
    .await;
    let code = claimed.claim_code.clone().unwrap();
    shop.engine.claim(&shop.cx, &code, &CustomerRef::Id(maya)).await.unwrap();
    let (north, south) = (retailer(&shop, "north").await, retailer(&shop, "south").await);
    let none = PurchaseFilter::default;
    let old = at("2020-02-03T04:05:06Z");
    let later = at("2021-01-01T00:00:00Z");

    let cases: &[(&str, PurchaseFilter, &[&str])] = &[
        ("all, newest first", none(), &["old", "B-2", "B-1", "A-2", "A-1"]),
        ("retailer", PurchaseFilter { retailer: Some(south), ..none() }, &["B-2", "B-1"]),
        (
            "customer, also by claim",
            PurchaseFilter { customer: Some(maya), ..none() },
            &["old", "B-1", "A-1"],
        ),
        ("nobody", PurchaseFilter { customer: Some(CustomerId::new(0, [0; 10])), ..none() }, &[]),
        (
            "credited, also by claim",
            PurchaseFilter { status: Some(PurchaseStatus::Credited), ..none() },
            &["old", "B-2", "B-1", "A-1"],
        ),
        ("unclaimed", PurchaseFilter { status: Some(PurchaseStatus::Unclaimed), ..none() }, &["A-2"]),
        (
            "from is included",
            PurchaseFilter { from: Some(old), ..none() },
            &["old", "B-2", "B-1", "A-2", "A-1"],
        ),
        ("from", PurchaseFilter { from: Some(later), ..none() }, &["B-2", "B-1", "A-2", "A-1"]),
        ("until is not included", PurchaseFilter { until: Some(old), ..none() }, &[]),
        ("until", PurchaseFilter { until: Some(later), ..none() }, &["old"]),
        (
            "transaction begins",
            PurchaseFilter { transaction: Some("B-".to_owned()), ..none() },
            &["B-2", "B-1"],
        ),
        ("transaction, whole", PurchaseFilter { transaction: Some("A-1".to_owned()), ..none() }, &["A-1"]),
        ("transaction, case counts", PurchaseFilter { transaction: Some("b-".to_owned()), ..none() }, &[]),
        ("transaction, no pattern", PurchaseFilter { transaction: Some("%".to_owned()), ..none() }, &[]),
        (
            "transaction, nothing can match",
            PurchaseFilter { transaction: Some("A\0".to_owned()), ..none() },
            &[],
        ),
        ("number", PurchaseFilter { number: Some("A-1".to_owned()), ..none() }, &["A-1"]),
        ("number, only its beginning", PurchaseFilter { number: Some("A-".to_owned()), ..none() }, &[]),
        ("number, case counts", PurchaseFilter { number: Some("a-1".to_owned()), ..none() }, &[]),
        ("number, nothing can match", PurchaseFilter { number: Some("A-1\0".to_owned()), ..none() }, &[]),
        (
            "number at another retailer",
            PurchaseFilter { retailer: Some(south), number: Some("A-1".to_owned()), ..none() },
            &[],
        ),
        (
            "together",
            PurchaseFilter {
                retailer: Some(south),
                customer: Some(maya),
                status: Some(PurchaseStatus::Credited),
                from: Some(later),
                transaction: Some("B".to_owned()),
                until: None,
                number: None,
                returned: None,
            },
            &["B-1"],
        ),
        (
            "together, nothing is left",
            PurchaseFilter { retailer: Some(north), transaction: Some("B".to_owned()), ..none() },
            &[],
        ),
    ];
    for (name, filter, expected) in cases {
        assert_eq!(found(&shop, &shop.cx, filter.clone()).await, *expected, "{name}");
    }

    // A key of one retailer sees that one, whatever it asks for; a key without the right sees nothing.
    let bound = shop.key(&[Scope::PurchasesRead], Some("south")).await;
    assert_eq!(found(&shop, &bound, none()).await, ["B-2", "B-1"]);
    assert_eq!(found(&shop, &bound, PurchaseFilter { retailer: Some(north), ..none() }).await, [""; 0]);
    let by_text = PurchaseFilter { transaction: Some("A-".to_owned()), ..none() };
    assert_eq!(found(&shop, &bound, by_text).await, [""; 0]);
    let till = shop.key(&[Scope::PurchasesWrite], None).await;
    let refused = shop.engine.purchase_list(&till, &none(), &PageRequest::default()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let neighbour = Cx::system(merchant(&shop.engine, "neighbour", "USD").await);
    for filter in [none(), PurchaseFilter { retailer: Some(south), customer: Some(maya), ..none() }] {
        assert_eq!(found(&shop, &neighbour, filter).await, [""; 0]);
    }
    shop.close().await;
}

#[tokio::test]
async fn a_row_shows_the_purchase_as_it_is_now() {
    let shop = Shop::open().await;
    let maya = shop.bought(purchase("1", 100, json!({}))).await.customer_id.unwrap();
    let name = serde_json::from_value(json!({"name": "Maya Okafor"})).unwrap();
    shop.engine.customer_update(&shop.cx, maya, name).await.unwrap();
    let lines = json!([{"product": "a", "amount": 100}, {"product": "b", "amount": 200}]);
    let unclaimed =
        shop.bought(with(basket("2", lines), json!({"customer": null, "retailer": "south"}))).await;
    let list = async || {
        shop.engine
            .purchase_list(&shop.cx, &PurchaseFilter::default(), &PageRequest::default())
            .await
            .unwrap()
            .data
    };
    let before = list().await;
    assert_eq!(
        (before[0].status.as_str(), before[0].points, before[0].claimable),
        ("unclaimed", 0, Some(300))
    );
    assert_eq!((before[0].customer_id, before[0].lines, before[0].amount), (None, 2, 300));
    assert_eq!(
        (before[0].retailer_code.as_str(), before[0].retailer_zone.as_str()),
        ("south", "Europe/Berlin")
    );
    assert_eq!(before[1].customer_name.as_deref(), Some("Maya Okafor"));

    let code = unclaimed.claim_code.clone().unwrap();
    shop.engine.claim(&shop.cx, &code, &CustomerRef::Id(maya)).await.unwrap();
    let after = list().await;
    assert_eq!((after[0].status.as_str(), after[0].points, after[0].claimable), ("credited", 300, None));
    assert_eq!(
        (after[0].customer_id, after[0].customer_name.as_deref()),
        (Some(maya.uuid()), Some("Maya Okafor"))
    );
    shop.close().await;
}

/// What came back is told in the row and of the purchase itself, and the list is narrowed to it.
#[tokio::test]
async fn a_row_tells_what_came_back() {
    let shop = Shop::open().await;
    for (id, returns) in [
        ("none", vec![]),
        ("part", vec![json!({"return_id": "a", "amount": 30}), json!({"return_id": "b", "amount": 10})]),
        ("all", vec![json!({"return_id": "a", "amount": 30}), json!({"return_id": "b"})]),
        ("unclaimed", vec![json!({"return_id": "a", "amount": 50})]),
    ] {
        let customer = if id == "unclaimed" { json!({"customer": null}) } else { json!({}) };
        let bought = shop.bought(purchase(id, 100, customer)).await.id;
        for input in returns {
            let input = serde_json::from_value::<ReturnInput>(input).unwrap().check().unwrap();
            shop.engine.return_purchase(&shop.cx, bought, &input, false).await.unwrap();
        }
    }
    let sum = |amount, points, complete| Some(PurchaseReturned { amount, points, complete });
    let expected = [
        ("unclaimed", sum(50, 0, false)),
        ("all", sum(100, 100, true)),
        ("part", sum(40, 40, false)),
        ("none", None),
    ];
    let page = shop
        .engine
        .purchase_list(&shop.cx, &PurchaseFilter::default(), &PageRequest::default())
        .await
        .unwrap();
    let told: Vec<_> = page.data.iter().map(|row| (row.transaction_id.as_str(), row.returned)).collect();
    assert_eq!(told, expected);
    for (row, (_, returned)) in page.data.iter().zip(expected) {
        let view = shop.engine.purchase_get(&shop.cx, PurchaseId::from_uuid(row.id)).await.unwrap();
        assert_eq!(view.returned, returned);
    }
    let narrowed = async |part| {
        found(&shop, &shop.cx, PurchaseFilter { returned: Some(part), ..PurchaseFilter::default() }).await
    };
    assert_eq!(narrowed(ReturnedPart::Partly).await, ["unclaimed", "part"]);
    assert_eq!(narrowed(ReturnedPart::Wholly).await, ["all"]);
    shop.close().await;
}

/// A search that finds more than it looks up by key goes through the list instead, and finds the same.
#[tokio::test]
async fn a_broad_search_finds_the_newest_first() {
    let shop = Shop::open().await;
    for part in 0..5 {
        let purchases = (0..450).map(|n| purchase(format!("shift-{part}-{n:03}"), 1, json!({}))).collect();
        assert!(buy_all(&shop.engine, &shop.cx, purchases).await.iter().all(Result::is_ok));
    }
    shop.bought(purchase("other", 1, json!({}))).await;
    let filter = PurchaseFilter { transaction: Some("shift-".to_owned()), ..PurchaseFilter::default() };
    let page = shop
        .engine
        .purchase_list(&shop.cx, &filter, &PageRequest::new(Some(2), None).unwrap())
        .await
        .unwrap();
    let ids: Vec<_> = page.data.iter().map(|row| row.transaction_id.as_str()).collect();
    assert_eq!(ids, ["shift-4-449", "shift-4-448"]);
    let narrow = PurchaseFilter { transaction: Some("shift-3-44".to_owned()), ..filter };
    assert_eq!(found(&shop, &shop.cx, narrow).await.len(), 10);
    shop.close().await;
}

#[tokio::test]
async fn a_purchase_is_shown_to_those_whom_it_concerns() {
    let shop = Shop::open().await;
    let mayas = shop.bought(purchase("1", 100, of("maya@example.com"))).await;
    let luis = shop.bought(purchase("2", 100, of("luis@example.com"))).await.customer_id.unwrap();
    let unclaimed = shop.bought(purchase("3", 100, json!({"customer": null, "retailer": "south"}))).await;
    let maya = mayas.customer_id.unwrap();
    let get = async |cx: &Cx, id: PurchaseId| shop.engine.purchase_get(cx, id).await;
    let hidden = |result: Result<_, Error>| matches!(result, Err(Error::NotFound(What::Purchase)));

    let own = shop.engine.customer_cx(shop.merchant, maya).await.unwrap();
    let other = shop.engine.customer_cx(shop.merchant, luis).await.unwrap();
    assert_eq!(get(&own, mayas.id).await.unwrap().record, *mayas);
    assert!(hidden(get(&other, mayas.id).await));
    assert!(hidden(get(&own, unclaimed.id).await), "an unclaimed one is nobody's");
    let neighbour = Cx::system(merchant(&shop.engine, "neighbour", "USD").await);
    assert!(hidden(get(&neighbour, mayas.id).await));
    assert!(hidden(get(&shop.cx, PurchaseId::new(0, [0; 10])).await));
    let bound = shop.key(&[Scope::PurchasesRead], Some("south")).await;
    assert!(hidden(get(&bound, mayas.id).await));
    assert_eq!(get(&bound, unclaimed.id).await.unwrap().status(), PurchaseStatus::Unclaimed);
    let till = shop.key(&[Scope::PurchasesWrite], None).await;
    assert!(matches!(get(&till, mayas.id).await, Err(Error::Forbidden(_))));

    let code = unclaimed.claim_code.clone().unwrap();
    let claimed = shop.engine.claim(&own, &code, &CustomerRef::Id(maya)).await.unwrap().claim;
    let view = get(&own, unclaimed.id).await.unwrap();
    assert_eq!(view.record, *unclaimed, "the first answer stays what it was");
    assert_eq!((view.status(), view.customer_id()), (PurchaseStatus::Credited, Some(maya)));
    let claim = view.claim.unwrap();
    assert_eq!((claim.id, claim.points, claim.claimed_at), (claimed.id, 100, claimed.claimed_at));
    assert_eq!((view.retailer.code.as_str(), view.retailer.time_zone.as_str()), ("south", "Europe/Berlin"));
    assert!(hidden(get(&other, unclaimed.id).await));
    assert!(shop.engine.purchase_explanation(&other, unclaimed.id).await.is_err());
    shop.close().await;
}

/// I11 for readers: what is explained is what was stored, whatever the rules are by now.
#[tokio::test]
async fn an_explanation_gives_the_stored_points() {
    let shop = Shop::open_at(perennial_engine::Clock::fixed(at("2026-11-19T23:30:00Z"))).await;
    for sku in ["ipa", "toast"] {
        let category = if sku == "ipa" { "beer" } else { "kitchen" };
        let product = json!({"sku": sku, "name": sku, "category": category});
        shop.engine.product_create(&shop.cx, serde_json::from_value(product).unwrap()).await.unwrap();
    }
    let base = shop.promote(json!({"name": "Base", "award_rate": "1.25"})).await;
    shop.promote(json!({"name": "Thursday", "multiplier": "2", "weekdays": ["thu"], "products": {"include": ["category:beer"]}})).await;
    shop.promote(json!({"name": "Welcome", "flat_points": 70, "first_purchase_only": true})).await;
    shop.promote(
        json!({"name": "Big", "award_rate": "3", "minimum_amount": 5_000, "max_points_per_purchase": 40,
                        "stacking": {"group": "big", "mode": "best"}}),
    )
    .await;
    let lines = json!([{"product": "ipa", "quantity": 3, "unit_price": 799}, {"product": "toast", "amount": 2_501, "discount": 3},
                       {"product": "unknown thing", "amount": 999}, {"quantity": 0, "amount": 0}]);
    let mut bought =
        vec![shop.bought(basket("1", lines.clone())).await, shop.bought(basket("2", lines.clone())).await];
    bought.push(shop.bought(with(basket("3", lines.clone()), json!({"retailer": "south"}))).await);
    let unclaimed = shop.bought(with(basket("4", lines), json!({"customer": null}))).await;
    bought.push(unclaimed.clone());
    assert_ne!(bought[0].points_earned, bought[1].points_earned, "only the first is welcomed");
    assert_ne!(bought[1].points_earned, bought[2].points_earned, "it is Friday in Berlin");

    // From now on everything is different.
    let terms = serde_json::from_value(json!({"name": "Base", "award_rate": "9"})).unwrap();
    shop.engine.promotion_edit(&shop.cx, base, terms).await.unwrap();
    shop.engine.promotion_publish(&shop.cx, base, None).await.unwrap();
    shop.promote(json!({"name": "For ever", "flat_points": 1_000})).await;

    for record in &bought {
        let (view, explanation) = shop.engine.purchase_explanation(&shop.cx, record.id).await.unwrap();
        assert_eq!(view.record, **record);
        assert_eq!(explanation.points, record.points_claimable.unwrap_or(record.points_earned));
        let stored: Vec<_> = record.lines.iter().map(|line| (line.points, line.applied.clone())).collect();
        let explained: Vec<_> =
            explanation.lines.iter().map(|line| (line.points, line.applied.clone())).collect();
        assert_eq!(explained, stored);
        assert_eq!(explanation.applied, record.applied);
        assert_eq!(explanation.promotions.len(), 4, "those of its time, tried all of them");
        assert_eq!(explanation.business_date, record.business_date);
    }

    // A claimed one is explained as it was claimed: to somebody new it is a first purchase.
    let code = unclaimed.claim_code.clone().unwrap();
    let newcomer = CustomerRef::Email("ana@example.com".parse().unwrap());
    let claim = shop.engine.claim(&shop.cx, &code, &newcomer).await.unwrap().claim;
    let (_, explanation) = shop.engine.purchase_explanation(&shop.cx, unclaimed.id).await.unwrap();
    assert_eq!(explanation.points, claim.points);
    assert_eq!(explanation.applied, claim.applied);
    assert_eq!(claim.applied.len(), 1, "the welcome");
    shop.close().await;
}

/// Ids tell the time of the world, purchases that of the program.
#[tokio::test]
async fn a_purchase_is_found_by_the_date_of_a_clock_that_is_ahead() {
    let clock = Clock::fixed(instant("2026-11-21T12:00:00Z"));
    let shop = Shop::open_at(clock.clone()).await;
    shop.engine.sandbox_make(shop.merchant).await.unwrap();
    shop.bought(purchase("before", 100, json!({}))).await;
    let ahead = clock.now() + TimeDelta::days(30);
    shop.engine.sandbox_set_clock(shop.merchant, ahead).await.unwrap();
    shop.bought(purchase("ahead", 200, json!({}))).await;
    let from = PurchaseFilter { from: Some(ahead - TimeDelta::hours(1)), ..PurchaseFilter::default() };
    assert_eq!(found(&shop, &shop.cx, from).await, ["ahead"]);
    shop.close().await;
}

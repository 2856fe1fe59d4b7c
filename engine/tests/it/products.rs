//! Products and retailers, one by one and many at once.

use perennial_engine::PageRequest;
use perennial_engine::products::{NewProduct, ProductFilter, ProductPatch};
use perennial_engine::retailers::{NewRetailer, RetailerFilter, Upserted};
use serde_json::{Value, json};

use crate::support::{House, code, first, product};

#[tokio::test]
async fn a_second_import_of_the_same_products_changes_nothing() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    let products = |price: &str| -> Vec<NewProduct> {
        (0..500)
            .map(|n| match n % 3 {
                0 => product(&format!("sku-{n}"), json!({"category": price, "tags": ["b", "a"]})),
                _ => product(&format!("sku-{n}"), json!({"tags": []})),
            })
            .collect()
    };
    let upserted = engine.product_upsert(cx, products("cheap")).await.unwrap();
    assert_eq!(upserted, Upserted { created: 500, changed: 0, unchanged: 0 });
    let revision = engine.snapshot(cx).await.unwrap().catalogue.revision();

    let upserted = engine.product_upsert(cx, products("cheap")).await.unwrap();
    assert_eq!(upserted, Upserted { created: 0, changed: 0, unchanged: 500 });
    assert_eq!(
        engine.snapshot(cx).await.unwrap().catalogue.revision(),
        revision,
        "nobody has to load anything"
    );

    let upserted = engine.product_upsert(cx, products("dear")).await.unwrap();
    assert_eq!(upserted, Upserted { created: 0, changed: 167, unchanged: 333 });
    let snapshot = engine.snapshot(cx).await.unwrap();
    let known = &snapshot.catalogue.named("sku-3").unwrap().known;
    assert_eq!(known.category.as_ref().unwrap().as_str(), "dear");
    assert_eq!(known.tags.len(), 2);
    assert_eq!(snapshot.catalogue.named("sku-4").unwrap().known.category, None);
}

#[tokio::test]
async fn a_key_that_comes_twice_is_named_and_nothing_is_written() {
    let house = House::new().await;
    let twice = vec![product("a", json!({})), product("b", json!({})), product("a", json!({}))];
    assert_eq!(code(house.engine.product_upsert(&house.cx, twice).await), "/2/sku duplicate");
    assert_eq!(house.number("SELECT count(*) FROM products").await, 0);
    let many = (0..10_001).map(|n| product(&n.to_string(), json!({}))).collect();
    assert_eq!(code(house.engine.product_upsert(&house.cx, many).await), "too_many_rows");
    assert_eq!(house.engine.product_upsert(&house.cx, Vec::new()).await.unwrap(), Upserted::default());
}

#[tokio::test]
async fn a_sku_is_unique_within_its_merchant_only() {
    let house = House::new().await;
    let neighbour = perennial_engine::Cx::system(house.neighbour().await.merchant_id);
    house.engine.product_create(&house.cx, product("apple", json!({}))).await.unwrap();
    assert_eq!(code(house.engine.product_create(&house.cx, product("apple", json!({}))).await), "sku_taken");
    house.engine.product_create(&neighbour, product("apple", json!({}))).await.unwrap();
}

#[tokio::test]
async fn an_archived_product_is_unknown_to_tills_until_it_is_sold_again() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    let apple = engine.product_create(cx, product("apple", json!({"category": "fruit"}))).await.unwrap();
    let patch = |value: Value| -> ProductPatch { serde_json::from_value(value).unwrap() };
    let archived = engine.product_update(cx, apple.id, patch(json!({"archived": true}))).await.unwrap();
    assert!(archived.archived_at.is_some());
    assert!(engine.snapshot(cx).await.unwrap().catalogue.named("apple").is_none());
    assert!(engine.product_list(cx, &ProductFilter::default(), &first()).await.unwrap().data.is_empty());
    let with_archived = ProductFilter { with_archived: true, ..ProductFilter::default() };
    assert_eq!(
        engine.product_list(cx, &with_archived, &first()).await.unwrap().data,
        std::slice::from_ref(&archived)
    );
    let again = engine.product_update(cx, apple.id, patch(json!({"archived": true}))).await.unwrap();
    assert_eq!(again.archived_at, archived.archived_at);

    let upserted =
        engine.product_upsert(cx, vec![product("apple", json!({"category": "fruit"}))]).await.unwrap();
    assert_eq!(upserted.changed, 1);
    let changed =
        engine.product_update(cx, apple.id, patch(json!({"category": null, "name": "Cox"}))).await.unwrap();
    assert_eq!((changed.archived_at, changed.category, changed.name.as_str()), (None, None, "Cox"));
    assert_eq!(engine.snapshot(cx).await.unwrap().catalogue.named("apple").unwrap().name, "Cox");
}

#[tokio::test]
async fn products_are_searched_by_name_and_sku_page_by_page() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    let rows = (0..5)
        .map(|n| product(&format!("a-{n}"), json!({"name": format!("Apple {n}"), "category": "fruit"})));
    let rows = rows.chain([product("z", json!({"name": "A-1 sauce", "category": "sauces"}))]).collect();
    engine.product_upsert(cx, rows).await.unwrap();
    let find = async |filter: ProductFilter| {
        let mut skus = Vec::new();
        let mut after = None;
        loop {
            let page = PageRequest::new(Some(2), after).unwrap();
            let page = engine.product_list(cx, &filter, &page).await.unwrap();
            skus.extend(page.data.into_iter().map(|product| product.sku));
            after = page.next;
            if after.is_none() {
                return skus;
            }
        }
    };
    let search = |text: &str| ProductFilter { search: Some(text.to_owned()), ..ProductFilter::default() };
    assert_eq!(find(search("PPLE")).await, ["a-0", "a-1", "a-2", "a-3", "a-4"]);
    assert_eq!(find(search("a-1")).await, ["a-1", "z"]);
    assert_eq!(find(ProductFilter { category: Some("sauces".to_owned()), ..search("") }).await, ["z"]);
    assert_eq!(engine.product_categories(cx).await.unwrap(), ["fruit", "sauces"]);
    let too_many: Vec<_> = (0..51).map(|n| n.to_string()).collect();
    assert_eq!(
        code(engine.product_create(cx, product("t", json!({"tags": too_many}))).await),
        "/tags too_many"
    );
}

#[tokio::test]
async fn retailers_are_imported_changed_and_archived() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    let rows = |region: &str| -> Vec<NewRetailer> {
        let row = |code: &str, extra: Value| {
            let mut row = json!({"code": code, "name": code});
            row.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            serde_json::from_value(row).unwrap()
        };
        vec![
            row("east", json!({"region": region, "time_zone": "Asia/Tokyo", "business_day_start": "04:30"})),
            row("west", json!({})),
        ]
    };
    let upserted = engine.retailer_upsert(cx, rows("r1")).await.unwrap();
    assert_eq!(upserted, Upserted { created: 2, changed: 0, unchanged: 0 });
    let version = engine.snapshot(cx).await.unwrap().rules_version;
    assert_eq!(engine.retailer_upsert(cx, rows("r1")).await.unwrap().unchanged, 2);
    assert_eq!(engine.snapshot(cx).await.unwrap().rules_version, version, "nothing was published");
    assert_eq!(engine.retailer_upsert(cx, rows("r2")).await.unwrap().changed, 1);

    let snapshot = engine.snapshot(cx).await.unwrap();
    let east = snapshot.retailers.named("east").unwrap();
    assert_eq!(east.facts.zone.as_str(), "Asia/Tokyo");
    assert_eq!(east.facts.region.as_ref().unwrap().as_str(), "r2");
    assert_eq!(east.facts.business_day_start.to_string(), "04:30:00");
    let west = snapshot.retailers.named("west").unwrap();
    assert_eq!(west.facts.zone.as_str(), "America/New_York", "the merchant's zone");

    let filter = RetailerFilter { search: Some("ea".to_owned()), with_archived: false };
    let listed = engine.retailer_list(cx, &filter, &first()).await.unwrap().data;
    assert_eq!(serde_json::to_value(&listed[0]).unwrap()["business_day_start"], "04:30");
    assert_eq!(engine.retailer_count(cx).await.unwrap(), 3);
    let archive = serde_json::from_value(json!({"archived": true})).unwrap();
    engine.retailer_update(cx, listed[0].id, archive).await.unwrap();
    assert_eq!(engine.retailer_count(cx).await.unwrap(), 2);
    assert!(engine.retailer_list(cx, &filter, &first()).await.unwrap().data.is_empty());
    let taken = serde_json::from_value(json!({"code": "east", "name": "East"})).unwrap();
    assert_eq!(code(engine.retailer_create(cx, taken).await), "code_taken", "an archived one keeps its code");
}

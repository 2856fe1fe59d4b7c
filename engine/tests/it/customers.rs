//! Customers and their identities.

use perennial_domain::customer::CustomerRef;
use perennial_engine::customers::{Customer, CustomerFilter, CustomerPatch, CustomerPath, NewCustomer};
use perennial_engine::retailers::Upserted;
use perennial_engine::{Error, PageRequest};
use serde_json::{Value, json};

use crate::intake_support::patiently;
use crate::support::{House, code, first};

fn new(fields: Value) -> NewCustomer {
    serde_json::from_value(fields).unwrap()
}

fn patch(fields: Value) -> CustomerPatch {
    serde_json::from_value(fields).unwrap()
}

async fn maya(house: &House) -> Customer {
    let fields = json!({"name": "Maya Lind", "email": "Maya@Example.com", "external_id": "crm-1"});
    house.engine.customer_create(&house.cx, new(fields)).await.unwrap().customer
}

#[tokio::test]
async fn a_customer_is_entered_once_and_found_by_any_identity() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    let maya = maya(&house).await;
    assert_eq!(maya.email.as_deref(), Some("maya@example.com"));

    let again = engine
        .customer_create(cx, new(json!({"email": "MAYA@example.com", "card": "12-34 56"})))
        .await
        .unwrap();
    assert!(!again.is_new);
    assert_eq!(
        (again.customer.id, again.customer.card.as_deref()),
        (maya.id, Some("123456")),
        "what was missing is added"
    );
    assert_eq!(again.customer.name.as_deref(), Some("Maya Lind"));

    for reference in [
        CustomerRef::Id(maya.id),
        CustomerRef::Email("maya@example.com".parse().unwrap()),
        CustomerRef::ExternalId("crm-1".parse().unwrap()),
        CustomerRef::Card("123456".parse().unwrap()),
    ] {
        assert_eq!(engine.customer_find(cx, &reference).await.unwrap().unwrap().id, maya.id, "{reference:?}");
    }
    let nobody = CustomerRef::Email("nobody@example.com".parse().unwrap());
    assert!(engine.customer_find(cx, &nobody).await.unwrap().is_none());
    for path in [maya.id.to_string(), "ext:crm-1".to_owned()] {
        assert_eq!(engine.customer_resolve(cx, &path.parse().unwrap()).await.unwrap(), maya.id);
    }
    let unknown: CustomerPath = "ext:crm-2".parse().unwrap();
    assert!(matches!(engine.customer_resolve(cx, &unknown).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn identities_that_contradict_are_refused() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    maya(&house).await;
    engine.customer_create(cx, new(json!({"email": "ben@example.com"}))).await.unwrap();
    let differs = new(json!({"external_id": "crm-1", "email": "other@example.com"}));
    assert_eq!(code(engine.customer_create(cx, differs).await), "customer_differs");
    let two = new(json!({"external_id": "crm-1", "email": "ben@example.com"}));
    assert_eq!(code(engine.customer_create(cx, two).await), "customers_differ");
    assert_eq!(code(engine.customer_create(cx, new(json!({"name": "Nobody"}))).await), " identity_required");
    assert_eq!(engine.customer_count(cx).await.unwrap(), 2);
}

#[tokio::test]
async fn many_at_once_enter_one_customer() {
    let house = House::new().await;
    let other = house.another_engine().await;
    let create = (0..20).map(|n| {
        let engine = if n % 2 == 0 { &house.engine } else { &other };
        let maya = || new(json!({"email": "maya@example.com", "card": "77"}));
        let cx = &house.cx;
        async move { patiently!(engine.customer_create(cx, maya())) }
    });
    let created: Vec<_> =
        futures::future::join_all(create).await.into_iter().map(|created| created.unwrap()).collect();
    assert_eq!(created.iter().filter(|created| created.is_new).count(), 1);
    assert!(created.iter().all(|each| each.customer.id == created[0].customer.id));
    assert_eq!(house.number("SELECT count(*) FROM customers").await, 1);
    assert_eq!(house.number("SELECT count(*) FROM balances").await, 1);
}

#[tokio::test]
async fn telephone_numbers_are_read_as_at_home() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    assert_eq!(
        code(engine.customer_create(cx, new(json!({"phone": "030 1234567"}))).await),
        "/phone malformed"
    );
    engine
        .merchant_update(cx, serde_json::from_value(json!({"default_country": "DE"})).unwrap())
        .await
        .unwrap();
    let created = engine.customer_create(cx, new(json!({"phone": "030 1234567"}))).await.unwrap();
    assert_eq!(created.customer.phone.as_deref(), Some("+49301234567"));
}

#[tokio::test]
async fn a_customer_is_changed_and_keeps_at_least_one_identity() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    let maya = maya(&house).await;
    let ben = engine.customer_create(cx, new(json!({"email": "ben@example.com"}))).await.unwrap().customer;
    let changed = engine
        .customer_update(
            cx,
            maya.id,
            patch(json!({"name": null, "email": "m@example.com", "external_id": null})),
        )
        .await
        .unwrap();
    assert_eq!(
        (changed.name, changed.email.as_deref(), changed.external_id),
        (None, Some("m@example.com"), None)
    );
    engine
        .customer_create(cx, new(json!({"email": "maya@example.com"})))
        .await
        .expect("the old one is free again");

    let taken = engine.customer_update(cx, ben.id, patch(json!({"email": "m@example.com"}))).await;
    assert_eq!(code(taken), "identity_taken");
    let none = engine.customer_update(cx, ben.id, patch(json!({"email": null}))).await;
    assert_eq!(code(none), "identity_required");
    assert_eq!(engine.customer_get(cx, ben.id).await.unwrap(), ben, "a refused change leaves no trace");
    assert_eq!(
        code(engine.customer_update(cx, ben.id, patch(json!({"email": "no"}))).await),
        "/email malformed"
    );
}

#[tokio::test]
async fn customers_are_searched_by_name_and_by_the_beginning_of_an_identity() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    let rows = vec![
        new(json!({"name": "Maya Lind", "email": "maya@example.com", "phone": "+49 30 123456"})),
        new(json!({"name": "Ben Lindqvist", "external_id": "CRM-7"})),
        new(json!({"card": "9900 1122"})),
        new(json!({"name": "100% Öko", "email": "öko@example.com"})),
    ];
    engine.customer_upsert(cx, rows).await.unwrap();
    let find = async |text: &str| {
        let filter = CustomerFilter { search: Some(text.to_owned()), ..CustomerFilter::default() };
        engine.customer_list(cx, &filter, &first()).await.unwrap().data.len()
    };
    for (text, expected) in [
        ("lind", 2),
        ("MAYA@", 1),
        ("crm-7", 0),
        ("CRM-7", 1),
        ("+49 30 123456", 1),
        ("+4930", 1),
        ("9900-11", 1),
        ("%", 1),
        ("_", 0),
        ("ÖKO", 1),
        ("nobody", 0),
        ("  ", 4),
        ("xample.com", 0),
    ] {
        assert_eq!(find(text).await, expected, "{text:?}");
    }
    let one = PageRequest::new(Some(1), None).unwrap();
    let filter = CustomerFilter { search: Some("lind".to_owned()), ..CustomerFilter::default() };
    let page = engine.customer_list(cx, &filter, &one).await.unwrap();
    let next =
        engine.customer_list(cx, &filter, &PageRequest::new(Some(1), page.next).unwrap()).await.unwrap();
    assert_ne!(page.data[0].id, next.data[0].id);
    assert_eq!(next.next, None);
}

#[tokio::test]
async fn a_second_import_of_the_same_customers_changes_nothing() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    let rows = |domain: &str| -> Vec<NewCustomer> {
        (0..1_000)
            .map(|n| match n % 2 {
                0 => new(json!({"external_id": format!("crm-{n}"), "email": format!("c{n}@{domain}"), "name": format!("C {n}")})),
                _ => new(json!({"external_id": format!("crm-{n}")})),
            })
            .collect()
    };
    let upserted = engine.customer_upsert(cx, rows("a.example")).await.unwrap();
    assert_eq!(upserted, Upserted { created: 1_000, changed: 0, unchanged: 0 });
    assert_eq!(engine.customer_upsert(cx, rows("a.example")).await.unwrap().unchanged, 1_000);
    let upserted = engine.customer_upsert(cx, rows("b.example")).await.unwrap();
    assert_eq!(upserted, Upserted { created: 0, changed: 500, unchanged: 500 });
    assert_eq!(
        house.number("SELECT count(*) FROM customer_identities WHERE value LIKE '%@b.example'").await,
        500
    );
    assert_eq!(house.number("SELECT count(*) FROM balances").await, 1_000);
    let renamed =
        engine.customer_upsert(cx, vec![new(json!({"email": "c0@b.example", "name": "Zoë"}))]).await.unwrap();
    assert_eq!(renamed.changed, 1);
}

#[tokio::test]
async fn rows_that_contradict_are_named() {
    let house = House::new().await;
    let (engine, cx) = (&house.engine, &house.cx);
    maya(&house).await;
    let twice = vec![new(json!({"card": "1"})), new(json!({"email": "x@example.com", "card": "1"}))];
    assert_eq!(code(engine.customer_upsert(cx, twice).await), "/1/card duplicate");
    let same = vec![new(json!({"external_id": "crm-1"})), new(json!({"email": "maya@example.com"}))];
    assert_eq!(code(engine.customer_upsert(cx, same).await), "/1 duplicate");
    let stolen = vec![
        new(json!({"external_id": "crm-2", "card": "2"})),
        new(json!({"external_id": "crm-1", "email": "nobody"})),
    ];
    assert_eq!(code(engine.customer_upsert(cx, stolen).await), "/1/email malformed");
    engine.customer_create(cx, new(json!({"email": "ben@example.com"}))).await.unwrap();
    let stolen = vec![new(json!({"external_id": "crm-1", "email": "ben@example.com"}))];
    assert_eq!(code(engine.customer_upsert(cx, stolen).await), "/0/email identity_taken");
    assert_eq!(house.number("SELECT count(*) FROM customers").await, 2);
}

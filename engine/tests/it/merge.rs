//! Two accounts of one person become one: everything is there afterwards, once, and whoever names the old account means the
//! other. What program modules keep of a customer has tests of its own.

use std::collections::BTreeSet;
use std::pin::pin;

use chrono::TimeDelta;
use futures::{FutureExt as _, StreamExt as _};
use perennial_domain::access::Role;
use perennial_domain::codes::ClaimCode;
use perennial_domain::customer::CustomerRef;
use perennial_domain::ids::{CustomerId, RewardId};
use perennial_domain::returns::{CheckedReturn, ReturnInput};
use perennial_engine::customers::{CustomerFilter, CustomerPath, NewCustomer};
use perennial_engine::merge::{COLUMNS, Fate, MergeInput, Merged};
use perennial_engine::points::PointsSummary;
use perennial_engine::privacy::EraseInput;
use perennial_engine::rewards::NewRedemption;
use perennial_engine::{Clock, Cx, Error, PageRequest, Remember};
use serde_json::{Value, json};

use crate::intake_support::{Shop, at, merchant, purchase, refusal};
use crate::tiers::{earn, ladder, settle};

const ADA: &str = "ada@example.com";
const BEN: &str = "ben@example.com";

/// A request to merge whom `from` names.
pub fn named(from: Value) -> MergeInput {
    serde_json::from_value(json!({"from": from, "note": "One person"})).unwrap()
}

pub async fn enter(shop: &Shop, fields: Value) -> CustomerId {
    let input = serde_json::from_value(fields).unwrap();
    shop.engine.customer_create(&shop.cx, input).await.unwrap().customer.id
}

pub async fn merge(shop: &Shop, into: CustomerId, from: CustomerId) -> Result<Merged, Error> {
    shop.engine.customer_merge(&shop.cx, into, named(json!({"id": from}))).await
}

pub async fn points(shop: &Shop, customer: CustomerId) -> PointsSummary {
    shop.engine.customer_points(&shop.cx, &CustomerPath::Id(customer)).await.unwrap()
}

/// Every invariant holds, as an operator would ask.
pub async fn assert_reconciled(shop: &Shop) {
    let reconciled = shop.engine.reconcile(&shop.cx, |_| {}).await.unwrap();
    assert!(reconciled.is_clean(), "{:#?}", reconciled.checks);
}

fn returning(name: &str) -> CheckedReturn {
    serde_json::from_value::<ReturnInput>(json!({"return_id": name})).unwrap().check().unwrap()
}

fn bought_by(customer: Value) -> Value {
    json!({"customer": customer})
}

async fn reward(shop: &Shop, cost: i64) -> RewardId {
    let input = json!({"name": "Mug", "kind": "money_off", "value": 500, "points_cost": cost});
    shop.engine.reward_create(&shop.cx, serde_json::from_value(input).unwrap()).await.unwrap().id
}

#[track_caller]
fn conflict<T: std::fmt::Debug>(answer: Result<T, Error>) -> &'static str {
    match answer.expect_err("was accepted") {
        Error::Conflict { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn everything_that_the_one_has_is_the_others() {
    let shop = Shop::open_at(Clock::fixed(at("2026-11-21T12:00:00Z"))).await;
    shop.promote(json!({"name": "Base", "award_rate": "100"})).await;
    let product = json!({"sku": "late", "name": "Late"});
    shop.engine.product_create(&shop.cx, serde_json::from_value(product).unwrap()).await.unwrap();
    let later =
        json!({"name": "Later", "flat_points": 7, "pending_days": 30, "products": {"include": ["late"]}});
    shop.promote(later).await;
    shop.set(json!({"expiry": {"kind": "after_months", "months": 12}})).await;
    let reward = reward(&shop, 100).await;
    let ada = enter(&shop, json!({"email": ADA, "name": "Ada"})).await;
    let ben = enter(
        &shop,
        json!({"email": BEN, "phone": "+14155550101", "name": "Ben", "birthday": "1990-05-17", "external_id": "crm-2"}),
    )
    .await;
    shop.bought(purchase("a-1", 1_000, bought_by(json!({"id": ada})))).await;
    let first = shop.bought(purchase("b-1", 500, bought_by(json!({"email": BEN})))).await;
    let late = json!({"customer": {"email": BEN}, "amount": null,
                      "lines": [{"product": "late", "quantity": 1, "amount": 200}]});
    shop.bought(purchase("b-2", 0, late)).await;
    let unclaimed = shop.bought(purchase("b-3", 300, json!({"customer": null}))).await;
    let code: ClaimCode = unclaimed.claim_code.clone().unwrap();
    shop.engine.claim(&shop.cx, &code, &CustomerRef::Id(ben)).await.unwrap();
    let held = NewRedemption { reward, points: None, hold_seconds: Some(600) };
    let held = shop.engine.redeem(&shop.cx, &CustomerRef::Id(ben), held).await.unwrap();
    // 500, 200 and 300 of which 100 are held; 7 wait.
    assert_eq!((points(&shop, ben).await.points, points(&shop, ben).await.pending), (900, 7));

    let merged = merge(&shop, ada, ben).await.unwrap();
    let moved = &merged.merge.moved;
    assert_eq!((moved.points, moved.pending, moved.reserved, moved.debt), (900, 7, 100, 0));
    assert_eq!((moved.purchases, moved.identities, moved.redemptions), (3, 3, 1));
    assert_eq!(merged.merge.note.as_deref(), Some("One person"));
    let customer = &merged.customer;
    assert_eq!((customer.id, customer.points, customer.pending, customer.purchases), (ada, 1_900, 7, 4));
    assert_eq!(customer.name.as_deref(), Some("Ada"), "her own");
    assert!(customer.birthday.is_some(), "what she had not");
    assert_eq!(customer.email.as_deref(), Some(ADA));
    assert_eq!(customer.phone.as_deref(), Some("+14155550101"));
    let further: Vec<&str> = customer.other_identities.iter().map(|other| other.value.as_str()).collect();
    assert_eq!(further, [BEN]);
    let now = points(&shop, ada).await;
    assert_eq!((now.points, now.pending, now.reserved, now.lifetime), (1_900, 7, 100, 2_007));
    assert_eq!(now.expiring.iter().map(|lot| lot.points).collect::<Vec<_>>(), [1_900], "one day, one lot");
    assert_eq!(points(&shop, ben).await.customer_id, ada, "his id leads to her");

    // Whoever names the account by its id or by what found it means the one customer, also in what is sent again.
    let names =
        [json!({"id": ben}), json!({"email": BEN}), json!({"id": ada}), json!({"external_id": "crm-2"})];
    for (number, customer) in names.into_iter().enumerate() {
        let again = shop.buy(purchase("b-1", 500, bought_by(customer.clone()))).await.unwrap();
        assert!(again.replayed && again.record.id == first.id, "{customer}");
        let next = shop.bought(purchase(format!("n-{number}"), 100, bought_by(customer.clone()))).await;
        assert_eq!(next.customer_id, Some(ada), "{customer}");
    }
    let other = shop.buy(purchase("b-1", 500, bought_by(json!({"email": "eve@example.com"})))).await;
    assert_eq!(refusal(&other), "conflict /customer");
    assert!(shop.engine.claim(&shop.cx, &code, &CustomerRef::Id(ben)).await.unwrap().replayed);

    // What he had bought comes back from her, and what was held is captured.
    let back = shop.engine.return_purchase(&shop.cx, first.id, &returning("r-1"), false).await.unwrap();
    assert_eq!((back.record.customer_id, back.record.points_reversed.get()), (Some(ada), 500));
    let captured = shop.engine.redemption_capture(&shop.cx, held.redemption.id).await.unwrap();
    assert_eq!(captured.balance.points, 1_900 + 400 - 500);
    shop.engine.clock().advance(TimeDelta::days(39));
    shop.engine.mature_due().await.unwrap();
    assert_eq!((points(&shop, ada).await.points, points(&shop, ada).await.pending), (1_807, 0));

    // One of them is in lists and searches; the history is that of both, and comes to what she has.
    let found =
        |search: &str| CustomerFilter { search: Some(search.to_owned()), ..CustomerFilter::default() };
    for search in ["ada", "ben", "crm-2"] {
        let page =
            shop.engine.customer_list(&shop.cx, &found(search), &PageRequest::default()).await.unwrap();
        assert_eq!(page.data.iter().map(|customer| customer.id).collect::<Vec<_>>(), [ada], "{search}");
    }
    assert_eq!(shop.engine.customer_count(&shop.cx).await.unwrap(), 1);
    let history = shop.engine.customer_activity(&shop.cx, ada, None, &PageRequest::default()).await.unwrap();
    let kinds: Vec<&str> = history.data.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "merge").count(), 1, "{kinds:?}");
    // What is held was spent when it was held; what waited counts with its purchase and when it matures.
    let sum: i64 = history.data.iter().filter(|row| row.kind != "maturity").map(|row| row.points).sum();
    assert_eq!(sum, 1_807, "{:#?}", history.data);
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn what_one_of_them_owes_the_other_repays() {
    let shop = Shop::open().await;
    let reward = reward(&shop, 300).await;
    let spends = |customer: CustomerId| {
        let shop = &shop;
        async move {
            let name = format!("d-{customer}");
            let bought = shop.bought(purchase(&name, 300, bought_by(json!({"id": customer})))).await;
            let new = NewRedemption { reward, points: None, hold_seconds: None };
            shop.engine.redeem(&shop.cx, &CustomerRef::Id(customer), new).await.unwrap();
            shop.engine.return_purchase(&shop.cx, bought.id, &returning("r"), false).await.unwrap();
        }
    };
    for (number, has, owner_stays, expected) in [
        (1, 500, true, (200, 0)),
        (2, 500, false, (200, 0)),
        (3, 100, true, (-200, 200)),
        (4, 0, false, (-300, 300)),
    ] {
        let owes = enter(&shop, json!({"email": format!("owes-{number}@example.com")})).await;
        let owns = enter(&shop, json!({"email": format!("owns-{number}@example.com")})).await;
        spends(owes).await;
        if has > 0 {
            shop.bought(purchase(format!("h-{number}"), has, bought_by(json!({"id": owns})))).await;
        }
        assert_eq!((points(&shop, owes).await.points, points(&shop, owes).await.debt), (-300, 300));
        let (into, from) = if owner_stays { (owns, owes) } else { (owes, owns) };
        let merged = merge(&shop, into, from).await.unwrap();
        let now = points(&shop, into).await;
        assert_eq!((now.points, now.debt), expected, "{number}");
        assert_eq!(merged.merge.moved.debt, if owner_stays { 300 } else { 0 }, "{number}");
    }
    // Both owe: so does the one.
    let both = [1, 2].map(|number| json!({"email": format!("both-{number}@example.com")}));
    let [first, second] = both;
    let (first, second) = (enter(&shop, first).await, enter(&shop, second).await);
    spends(first).await;
    spends(second).await;
    merge(&shop, first, second).await.unwrap();
    assert_eq!((points(&shop, first).await.points, points(&shop, first).await.debt), (-600, 600));
    shop.bought(purchase("later", 700, bought_by(json!({"id": second})))).await;
    assert_eq!((points(&shop, first).await.points, points(&shop, first).await.debt), (100, 0));
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn merging_again_gives_the_first_answer_and_nonsense_is_refused() {
    let shop = Shop::open().await;
    let ada = enter(&shop, json!({"email": ADA})).await;
    let ben = enter(&shop, json!({"email": BEN, "card": "2900000000017"})).await;
    let cleo = enter(&shop, json!({"email": "cleo@example.com"})).await;
    shop.bought(purchase("b-1", 500, bought_by(json!({"id": ben})))).await;
    let into = |input: Value| shop.engine.customer_merge(&shop.cx, ada, named(input));

    assert_eq!(conflict(into(json!({"id": ada})).await), "same_customer");
    assert_eq!(conflict(into(json!({"email": ADA})).await), "same_customer", "by another reference");
    for nobody in [json!({"email": "eve@example.com"}), json!({"id": CustomerId::new(0, [0; 10])})] {
        let refused = into(nobody).await;
        assert!(matches!(refused, Err(Error::CustomerNotFound)), "{refused:?}");
    }
    for wrong in [json!({}), json!({"id": ben, "email": BEN}), json!({"email": "nobody"})] {
        let refused = into(wrong).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }

    let first = into(json!({"email": BEN})).await.unwrap();
    // By every word that named it, and from both ids.
    for again in [json!({"email": BEN}), json!({"card": "2900000000017"}), json!({"id": ben})] {
        assert_eq!(into(again).await.unwrap(), first);
    }
    assert_eq!(merge(&shop, ben, ben).await.unwrap(), first, "his id is hers by now");
    assert_eq!(conflict(merge(&shop, ben, ada).await), "same_customer");
    assert_eq!(conflict(merge(&shop, cleo, ben).await), "already_merged");
    assert_eq!(shop.count("merges").await, 1);

    // Who was erased is merged with nobody.
    shop.engine.customer_erase(&shop.cx, cleo, EraseInput::default()).await.unwrap();
    assert_eq!(conflict(into(json!({"id": cleo})).await), "customer_erased");
    assert_eq!(conflict(merge(&shop, cleo, ada).await), "customer_erased");
    // Of another merchant there is nobody.
    let neighbour = Cx::system(merchant(&shop.engine, "neighbour", "USD").await);
    let foreign = shop.engine.customer_merge(&neighbour, ada, named(json!({"email": BEN}))).await;
    assert!(matches!(foreign, Err(Error::NotFound(_))), "{foreign:?}");
    let input = serde_json::from_value(json!({"email": "nia@example.com"})).unwrap();
    let nia = shop.engine.customer_create(&neighbour, input).await.unwrap().customer.id;
    for theirs in [json!({"id": ada}), json!({"email": ADA})] {
        let foreign = shop.engine.customer_merge(&neighbour, nia, named(theirs)).await;
        assert!(matches!(foreign, Err(Error::CustomerNotFound)), "{foreign:?}");
    }
    assert_reconciled(&shop).await;
    shop.close().await;
}

#[tokio::test]
async fn a_preview_says_what_would_happen_and_changes_nothing() {
    let shop = Shop::open().await;
    let ada = enter(&shop, json!({"email": ADA})).await;
    let ben = enter(&shop, json!({"email": BEN, "name": "Ben"})).await;
    for (name, email) in [("a-1", ADA), ("b-1", BEN), ("b-2", BEN)] {
        shop.bought(purchase(name, 500, bought_by(json!({"email": email})))).await;
    }
    settle(&shop).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1",
    )
    .fetch_all(&shop.db.pool)
    .await
    .unwrap();
    let all = || async {
        let mut rows = Vec::new();
        for table in &tables {
            let sql = format!(
                "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} AS t"
            );
            let hash: String =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&shop.db.pool).await.unwrap();
            rows.push((table.clone(), hash));
        }
        rows
    };
    let before = all().await;
    let shown = shop.engine.customer_merge_preview(&shop.cx, ada, named(json!({"id": ben}))).await.unwrap();
    assert_eq!(all().await, before);
    let done = merge(&shop, ada, ben).await.unwrap();
    assert_eq!((&shown.merge.moved, &shown.merge.tier), (&done.merge.moved, &done.merge.tier));
    assert_eq!((shown.customer.points, shown.customer.purchases), (1_500, 3));
    assert_eq!(shown.customer, done.customer);
    assert_ne!(all().await, before);
    shop.close().await;
}

#[tokio::test]
async fn a_chain_of_merges_leads_to_its_end_and_is_forgotten_with_it() {
    let shop = Shop::open().await;
    let [ada, ben, cleo] = [
        enter(&shop, json!({"email": ADA})).await,
        enter(&shop, json!({"email": BEN})).await,
        enter(&shop, json!({"email": "cleo@example.com", "name": "Cleo"})).await,
    ];
    for (name, id) in [("a", ada), ("b", ben), ("c", cleo)] {
        shop.bought(purchase(name, 100, bought_by(json!({"id": id})))).await;
    }
    settle(&shop).await;
    merge(&shop, ben, ada).await.unwrap();
    merge(&shop, cleo, ben).await.unwrap();
    for id in [ada, ben, cleo] {
        let resolved = shop.engine.customer_resolve(&shop.cx, &CustomerPath::Id(id)).await.unwrap();
        assert_eq!(resolved, cleo);
        assert_eq!(points(&shop, id).await.points, 300);
        let own = shop.engine.customer_cx(shop.merchant, id).await.unwrap();
        assert_eq!(own.customer(), Some(cleo), "whoever is signed in goes on");
        let next = shop.bought(purchase(format!("n-{id}"), 100, bought_by(json!({"id": id})))).await;
        assert_eq!(next.customer_id, Some(cleo));
        assert_eq!(points(&shop, id).await.points, 400);
        shop.engine.return_purchase(&shop.cx, next.id, &returning("r"), false).await.unwrap();
    }
    let mut merges = Vec::new();
    let mut next = None;
    loop {
        let page = PageRequest::new(Some(1), next).unwrap();
        let page = shop.engine.customer_merges(&shop.cx, cleo, &page).await.unwrap();
        merges.extend(page.data);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let from: Vec<CustomerId> = merges.iter().map(|merge| merge.from_id).collect();
    assert_eq!(from, [ben, ada], "the newest first, also what came by way of another");
    assert!(merges.iter().all(|merge| merge.note.as_deref() == Some("One person")));
    settle(&shop).await;
    assert_reconciled(&shop).await;

    shop.engine.customer_erase(&shop.cx, cleo, EraseInput::default()).await.unwrap();
    for id in [ada, ben, cleo] {
        let refused = shop.buy(purchase(format!("late-{id}"), 100, bought_by(json!({"id": id})))).await;
        assert!(refusal(&refused).contains("customer_erased"), "{refused:?}");
        assert!(shop.engine.customer_is_erased(shop.merchant, id).await.unwrap());
    }
    for (what, rows) in [
        ("addresses", "customer_identities"),
        ("letters", "mail WHERE customer_id IS NOT NULL"),
        ("notes", "merges WHERE note <> ''"),
        ("what they were told", "events WHERE kind <> 'customer.erased'"),
    ] {
        assert_eq!(shop.count(rows).await, 0, "{what}");
    }
    assert_reconciled(&shop).await;
    // What was told is forgotten, and with it the numbers that it had: nobody counts them any more.
    shop.engine.shutdown().await;
}

/// What a customer has asked for in the account that ended is not done again by asking again.
#[tokio::test]
async fn a_request_of_before_is_not_carried_out_again() {
    let shop = Shop::open().await;
    let ada = enter(&shop, json!({"email": ADA})).await;
    let ben = enter(&shop, json!({"email": BEN})).await;
    let ask = async |customer, hash| {
        let own = shop.engine.customer_cx(shop.merchant, customer).await.unwrap();
        let remember = Remember { key: "k-1".to_owned(), request_hash: [hash; 32], needs: None };
        let answer = json!({"for": customer});
        shop.engine
            .write(&own, Some(remember), false, move |_| async move { Ok((201, answer)) }.boxed())
            .await
    };
    let first = ask(ben, 1).await.unwrap();
    assert!(!first.replayed);
    merge(&shop, ada, ben).await.unwrap();
    for customer in [ben, ada] {
        let again = ask(customer, 1).await.unwrap();
        assert_eq!((again.replayed, &again.body), (true, &first.body));
    }
    let other = ask(ada, 2).await;
    assert!(matches!(other, Err(Error::IdempotencyKeyReused)), "{other:?}");
    shop.close().await;
}

/// What stays under the ids of accounts that were merged is the customer's to take along, too.
#[tokio::test]
async fn an_export_holds_the_history_of_all_of_them() {
    let shop = Shop::open().await;
    ladder(&shop).await;
    let ten = serde_json::from_value(json!({"name": "Ten percent", "percentage": "0.1"})).unwrap();
    shop.engine.cashback_offer_create(&shop.cx, ten).await.unwrap();
    let (_, ada) = earn(&shop, "a", 600, bought_by(json!({"email": ADA}))).await;
    let (_, ben) = earn(&shop, "b", 800, bought_by(json!({"email": BEN}))).await;
    // She has nothing of her own.
    let cleo = enter(&shop, json!({"email": "cleo@example.com"})).await;
    merge(&shop, cleo, ben).await.unwrap();
    merge(&shop, ada, cleo).await.unwrap();
    settle(&shop).await;
    let mut export = pin!(shop.engine.customer_export(&shop.cx, ada).await.unwrap());
    let mut text = String::new();
    while let Some(piece) = export.next().await {
        text.push_str(&piece.unwrap());
    }
    let document: Value = serde_json::from_str(&text).unwrap();
    for (list, rows) in [
        ("entries", "entries WHERE unit = 'points' AND customer_id IS NOT NULL"),
        ("cashback_entries", "entries WHERE account = 'cashback'"),
        ("tier_history", "tier_moves"),
        ("purchases", "purchases"),
        ("merges", "merges"),
    ] {
        let count = i64::try_from(document[list].as_array().unwrap().len()).unwrap();
        assert!(count > 0, "{list}");
        assert_eq!(count, shop.count(rows).await, "{list}: {}", document[list]);
    }
    let told = document["notifications"].as_array().unwrap();
    let welcomed = told.iter().filter(|row| row["kind"] == "customer.created").count();
    assert_eq!(welcomed, 2, "of both: {told:#?}");
    shop.close().await;
}

#[tokio::test]
async fn further_addresses_are_the_customers_own() {
    let shop = Shop::open().await;
    let ada = enter(&shop, json!({"email": ADA})).await;
    let ben = enter(&shop, json!({"email": BEN, "card": "2900000000017"})).await;
    merge(&shop, ada, ben).await.unwrap();
    // Both find her, together too.
    assert_eq!(enter(&shop, json!({"email": BEN})).await, ada);
    assert_eq!(enter(&shop, json!({"email": BEN, "card": "2900000000017"})).await, ada);
    let taken = serde_json::from_value(json!({"email": "eve@example.com", "card": "2900000000017"})).unwrap();
    assert_eq!(conflict(shop.engine.customer_create(&shop.cx, taken).await), "customer_differs");
    // A further one becomes the first; what was the first is given up, as with any change.
    let patch = serde_json::from_value(json!({"email": BEN})).unwrap();
    let changed = shop.engine.customer_update(&shop.cx, ada, patch).await.unwrap();
    assert_eq!((changed.email.as_deref(), changed.other_identities.len()), (Some(BEN), 0));
    let eve = enter(&shop, json!({"email": ADA})).await;
    assert_ne!(eve, ada);
    // Who has two of a kind and wants none has none.
    merge(&shop, ada, eve).await.unwrap();
    let patch = serde_json::from_value(json!({"email": null})).unwrap();
    let changed = shop.engine.customer_update(&shop.cx, ada, patch).await.unwrap();
    assert_eq!((changed.email, changed.other_identities.len()), (None, 0));
    shop.close().await;
}

/// A file of another system that still has both accounts is imported again every night.
#[tokio::test]
async fn a_file_that_still_has_both_accounts_changes_nothing() {
    let shop = Shop::open().await;
    let file = |email: &str| -> Vec<NewCustomer> {
        let rows = json!([
            {"external_id": "crm-2", "email": email, "name": "Ben"},
            {"external_id": "crm-1", "email": ADA, "name": "Ada"},
        ]);
        serde_json::from_value(rows).unwrap()
    };
    let import = async |rows| {
        let upserted = shop.engine.customer_upsert(&shop.cx, rows).await.unwrap();
        (upserted.created, upserted.changed, upserted.unchanged)
    };
    assert_eq!(import(file(BEN)).await, (2, 0, 0));
    let ada = enter(&shop, json!({"external_id": "crm-1"})).await;
    let ben = enter(&shop, json!({"external_id": "crm-2"})).await;
    let merged = merge(&shop, ada, ben).await.unwrap();
    for email in [BEN, "ben@example.org"] {
        assert_eq!(import(file(email)).await, (0, 0, 2), "{email}");
    }
    assert_eq!(shop.engine.customer_get(&shop.cx, ada).await.unwrap(), merged.customer);
    let renamed = json!([{"external_id": "crm-1", "name": "Ada King"}]);
    assert_eq!(import(serde_json::from_value(renamed).unwrap()).await, (0, 1, 0));
    shop.close().await;
}

/// Also where the account that goes on had nothing of the kind by which the file names the other one.
#[tokio::test]
async fn a_row_that_is_found_by_what_came_along_changes_nothing() {
    let shop = Shop::open().await;
    let file = json!([
        {"external_id": "crm-2", "email": BEN, "name": "Ben"},
        {"email": ADA, "name": "Ada"},
    ]);
    let import = async || {
        let rows = serde_json::from_value(file.clone()).unwrap();
        let upserted = shop.engine.customer_upsert(&shop.cx, rows).await.unwrap();
        (upserted.created, upserted.changed, upserted.unchanged)
    };
    assert_eq!(import().await, (2, 0, 0));
    let ada = enter(&shop, json!({"email": ADA})).await;
    let ben = enter(&shop, json!({"email": BEN})).await;
    let merged = merge(&shop, ada, ben).await.unwrap();
    assert_eq!(merged.customer.external_id.as_deref(), Some("crm-2"), "she had none");
    assert_eq!(import().await, (0, 0, 2));
    assert_eq!(shop.engine.customer_get(&shop.cx, ada).await.unwrap(), merged.customer);
    // What the merchant gives her is her own.
    let own = serde_json::from_value(json!({"external_id": "crm-2"})).unwrap();
    shop.engine.customer_update(&shop.cx, ada, own).await.unwrap();
    let renamed = serde_json::from_value(json!([{"external_id": "crm-2", "name": "Ada King"}])).unwrap();
    let upserted = shop.engine.customer_upsert(&shop.cx, renamed).await.unwrap();
    assert_eq!((upserted.changed, upserted.unchanged), (1, 0));
    shop.close().await;
}

#[tokio::test]
async fn only_owners_and_managers_merge() {
    let shop = Shop::open().await;
    let ada = enter(&shop, json!({"email": ADA})).await;
    let ben = enter(&shop, json!({"email": BEN})).await;
    for role in [Role::Support, Role::Analyst, Role::Manager] {
        let member = perennial_engine::staff::NewStaff {
            email: format!("{role}@shop.example").parse().unwrap(),
            name: Some("Wren".parse().unwrap()),
            role,
            password: "seven brown foxes".to_owned(),
        };
        let member = shop.engine.staff_add(&shop.cx, member).await.unwrap();
        let cx = shop.engine.staff_cx(member.id, shop.merchant).await.unwrap();
        let answer = shop.engine.customer_merge(&cx, ada, named(json!({"id": ben}))).await;
        if role == Role::Manager {
            assert_eq!(answer.unwrap().merge.by, "Wren");
        } else {
            assert!(matches!(answer, Err(Error::Forbidden(_))), "{role}: {answer:?}");
        }
    }
    let own = shop.engine.customer_cx(shop.merchant, ada).await.unwrap();
    let refused = shop.engine.customer_merge(&own, ada, named(json!({"id": ben}))).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    shop.close().await;
}

/// The rows that never change follow a merge and nothing else, and nobody is credited on a closed account, whatever happens.
#[tokio::test]
async fn the_database_itself_keeps_a_closed_account_closed() {
    let shop = Shop::open().await;
    let ada = enter(&shop, json!({"email": ADA})).await;
    let ben = enter(&shop, json!({"email": BEN})).await;
    let cleo = enter(&shop, json!({"email": "cleo@example.com"})).await;
    let bought = shop.bought(purchase("b-1", 500, bought_by(json!({"id": ben})))).await;
    shop.engine.return_purchase(&shop.cx, bought.id, &returning("r-1"), false).await.unwrap();
    merge(&shop, ada, ben).await.unwrap();
    for (statement, says) in [
        (format!("UPDATE purchases SET customer_id = '{cleo}'"), "append-only"),
        (format!("UPDATE purchases SET customer_id = '{ada}', amount = 1"), "append-only"),
        ("UPDATE returns SET customer_id = NULL".to_owned(), "append-only"),
        (format!("UPDATE returns SET customer_id = '{cleo}'"), "append-only"),
        ("UPDATE merges SET moved = '{}'".to_owned(), "append-only"),
        ("DELETE FROM merges".to_owned(), "append-only"),
        (
            format!("UPDATE balances SET available = 1, undated = 1 WHERE customer_id = '{ben}'"),
            "balances_merged_check",
        ),
        (format!("UPDATE customers SET name = 'Ben' WHERE id = '{ben}'"), "customers_merged_check"),
    ] {
        let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.clone())).execute(&shop.db.pool).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(says), "{statement}: {refused}");
    }
    shop.close().await;
}

/// A table that comes later and names customers is entered in the list, and what the list says is so.
#[tokio::test]
async fn every_column_that_names_a_customer_has_its_fate() {
    let shop = Shop::open().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT c.table_name::text, c.column_name::text
         FROM information_schema.columns AS c
         JOIN information_schema.tables AS t USING (table_schema, table_name)
         WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.data_type = 'uuid'
           AND (c.column_name LIKE '%customer_id' OR c.column_name IN (
               'friend_id', 'advocate_id', 'subject_id', 'beneficiary_id', 'from_id', 'into_id', 'merged_into',
               'merged_from', 'taken_as'))",
    )
    .fetch_all(&shop.db.pool)
    .await
    .unwrap();
    let schema: BTreeSet<(&str, &str)> =
        columns.iter().map(|(table, column)| (table.as_str(), column.as_str())).collect();
    let listed: BTreeSet<(&str, &str)> = COLUMNS.iter().map(|(table, column, _)| (*table, *column)).collect();
    let (missing, gone): (Vec<_>, Vec<_>) =
        (schema.difference(&listed).collect(), listed.difference(&schema).collect());
    assert!(missing.is_empty() && gone.is_empty(), "not in the list: {missing:?}; in no table: {gone:?}");

    let ada = enter(&shop, json!({"email": ADA})).await;
    let ben = enter(&shop, json!({"email": BEN})).await;
    let bought = shop.bought(purchase("b-1", 500, bought_by(json!({"id": ben})))).await;
    shop.engine.return_purchase(&shop.cx, bought.id, &returning("r-1"), false).await.unwrap();
    let given = serde_json::from_value(json!({"points": 5, "reason": "For Ben"})).unwrap();
    shop.engine.adjustment_create(&shop.cx, ben, given).await.unwrap();
    settle(&shop).await;
    merge(&shop, ada, ben).await.unwrap();
    for (table, column, fate) in COLUMNS {
        if !matches!(fate, Fate::Stays(_)) {
            let left = shop.count(&format!("{table} WHERE {column} = '{ben}'")).await;
            assert_eq!(left, 0, "{table}.{column}");
        }
    }
    shop.close().await;
}

//! Two accounts of one person become one, over HTTP: the dry run, the answer, and what names the old account afterwards.

use http::{Method, StatusCode};
use perennial_domain::access::Scope;
use serde_json::{Value, json};

use crate::{
    support::{Api, Reply, TestServer, purchase},
    watcher::Watcher,
};

async fn merge(api: &Api<'_>, path: &str, from: Value) -> Reply {
    api.post(path, json!({"from": from, "note": "Signed up twice"})).await
}

#[tokio::test]
async fn a_second_account_is_merged_and_leads_to_the_first() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let ada = api.create("/customers", json!({"email": "ada@example.com", "external_id": "crm-1"})).await;
    let ben = api
        .create("/customers", json!({"email": "ben@example.com", "name": "Ada", "external_id": "crm-2"}))
        .await;
    api.post("/purchases", purchase("a-1", "ada@example.com", 1_000)).await.ok(StatusCode::CREATED);
    let bought = api.post("/purchases", purchase("b-1", "ben@example.com", 2_000)).await;
    let bought = bought.ok(StatusCode::CREATED).clone();
    let token = server.token(&merchant, "ben@example.com").await;
    server.drained().await;
    let path = format!("/customers/{ada}/merge");

    let shown = merge(&api, &format!("{path}?dry_run=true"), json!({"email": "ben@example.com"})).await;
    let shown = shown.ok(StatusCode::OK);
    assert_eq!(shown["dry_run"], true);
    assert_eq!((&shown["moved"]["points"], &shown["moved"]["purchases"]), (&json!(200), &json!(1)));
    assert_eq!(api.get(&format!("/customers/{ben}")).await.body["points"], 200, "nothing has happened");

    let body = json!({"from": {"email": "ben@example.com"}, "note": "Signed up twice"});
    let once = [("idempotency-key", "m-1")];
    let first = api.call(Method::POST, &path, Some(&body), &once).await;
    let merged = first.ok(StatusCode::OK);
    assert_eq!((&merged["customer_id"], &merged["from_id"]), (&json!(ada), &json!(ben)));
    assert_eq!((&merged["note"], &merged["moved"]["identities"]), (&json!("Signed up twice"), &json!(2)));
    let customer = &merged["customer"];
    assert_eq!((&customer["points"], &customer["name"]), (&json!(300), &json!("Ada")));
    let further = json!([
        {"kind": "email", "value": "ben@example.com"},
        {"kind": "external_id", "value": "crm-2"},
    ]);
    assert_eq!(customer["other_identities"], further);
    let again = api.call(Method::POST, &path, Some(&body), &once).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"));
    assert_eq!(again.bytes, first.bytes);
    let twice = merge(&api, &path, json!({"id": ben})).await;
    assert_eq!(twice.ok(StatusCode::OK), merged, "without the key, too");
    server.drained().await;

    // Every way to the old account leads to the one that there is.
    for named in [ben.as_str(), "ext:crm-2", "ext:crm-1", ada.as_str()] {
        assert_eq!(
            api.get(&format!("/customers/{named}")).await.ok(StatusCode::OK)["id"],
            json!(ada),
            "{named}"
        );
        let points = api.get(&format!("/points/{named}")).await;
        let points = points.ok(StatusCode::OK);
        assert_eq!((&points["customer_id"], &points["points"]), (&json!(ada), &json!(300)), "{named}");
    }
    let replayed = api.post("/purchases", purchase("b-1", "ben@example.com", 2_000)).await;
    assert_eq!((replayed.status, replayed.header("idempotent-replayed")), (200, "true"));
    assert_eq!((&replayed.body["id"], &replayed.body["customer_id"]), (&bought["id"], &json!(ada)));
    for customer in [json!({"id": ben}), json!({"email": "ben@example.com"})] {
        let mut next = purchase(&format!("n-{}", customer["id"].is_null()), "x@example.com", 100);
        next["customer"] = customer;
        let next = api.post("/purchases", next).await;
        assert_eq!(next.ok(StatusCode::CREATED)["customer_id"], json!(ada));
    }
    let quote = json!({"retailer": "main", "amount": 1_000, "customer": {"id": ben}});
    assert_eq!(api.post("/quotes", quote).await.ok(StatusCode::OK)["points"], 100);
    let returns = format!("/purchases/{}/returns", bought["id"].as_str().unwrap());
    let back = api.post(&returns, json!({"return_id": "r"})).await;
    assert_eq!(back.ok(StatusCode::CREATED)["balance"]["points"], 300 + 20 - 200);
    let list = api.get("/customers").await;
    assert_eq!(list.ok(StatusCode::OK)["data"].as_array().unwrap().len(), 1);
    let bought = api.get(&format!("/purchases?customer={ben}")).await;
    assert_eq!(bought.ok(StatusCode::OK)["data"].as_array().unwrap().len(), 4);

    // The books of both can be read: the newest of hers first, then what was posted for the account that ended.
    let mut entries = Vec::new();
    let mut next = format!("/customers/{ben}/entries?limit=2");
    loop {
        let page = api.get(&next).await.ok(StatusCode::OK).clone();
        entries.extend(page["data"].as_array().unwrap().clone());
        let Some(after) = page["next"].as_str() else { break };
        next = format!("/customers/{ben}/entries?limit=2&after={after}");
    }
    let of = |id: &str| entries.iter().filter(|entry| entry["customer_id"] == id).collect::<Vec<_>>();
    let sum = |id: &str| of(id).iter().map(|entry| entry["amount"].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum(&ada), sum(&ben)), (120, 0), "{entries:#?}");
    assert_eq!(
        of(&ben).iter().map(|entry| &entry["kind"]).collect::<Vec<_>>(),
        [&json!("merge"), &json!("purchase")]
    );
    assert_eq!(entries.iter().position(|entry| entry["customer_id"] == json!(ben)), Some(of(&ada).len()));

    // An app that speaks for the account that ended signs in again; what it would see is the one customer's.
    server.api_with(Some(&token)).get("/me").await.problem(401, "unauthorized");
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM events WHERE kind = 'customer.merged'")
        .fetch_one(server.pool())
        .await
        .unwrap();
    assert_eq!(told, 1);
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused_with_the_reason() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let [ada, ben, cleo] = [
        api.create("/customers", json!({"email": "ada@example.com"})).await,
        api.create("/customers", json!({"email": "ben@example.com"})).await,
        api.create("/customers", json!({"email": "cleo@example.com"})).await,
    ];
    let path = format!("/customers/{ada}/merge");
    merge(&api, &path, json!({"id": ada})).await.problem(409, "same_customer");
    merge(&api, &path, json!({"email": "ada@example.com"})).await.problem(409, "same_customer");
    merge(&api, &path, json!({"email": "eve@example.com"})).await.problem(404, "customer_not_found");
    for (wrong, pointer) in [
        (json!({}), "/from"),
        (json!({"id": ben, "email": "ben@example.com"}), "/from"),
        (json!({"email": "nobody"}), "/from/email"),
        (json!({"phone": "12"}), "/from/phone"),
    ] {
        let refused = merge(&api, &path, wrong.clone()).await;
        assert_eq!(refused.problem(422, "invalid")[0].0, pointer, "{wrong}");
    }
    let unknown = api.post(&path, json!({"from": {"id": ben}, "reason": "x"})).await;
    assert!((400..500).contains(&unknown.status), "{unknown:?}");
    merge(&api, &path, json!({"id": ben})).await.ok(StatusCode::OK);
    merge(&api, &format!("/customers/{cleo}/merge"), json!({"id": ben})).await.problem(409, "already_merged");
    merge(&api, &format!("/customers/{ben}/merge"), json!({"id": ada})).await.problem(409, "same_customer");
    api.post(&format!("/customers/{cleo}/erase"), json!({})).await.ok(StatusCode::OK);
    merge(&api, &path, json!({"id": cleo})).await.problem(409, "customer_erased");
    merge(&api, "/customers/ext:nobody/merge", json!({"id": ben})).await.problem(404, "not_found");
    server.stop().await;
}

/// It cannot be undone and moves points: no right to change customers, or to give points, is one to merge.
#[tokio::test]
async fn a_key_needs_the_scope_for_it() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let ada = api.create("/customers", json!({"email": "ada@example.com"})).await;
    let ben = api.create("/customers", json!({"email": "ben@example.com"})).await;
    let path = format!("/customers/{ada}/merge");
    let changes = [Scope::CustomersRead, Scope::CustomersWrite, Scope::PointsAdjust, Scope::Privacy];
    let changes = server.key(&merchant, &changes, None).await;
    let merges = server.key(&merchant, &[Scope::CustomersRead, Scope::CustomersMerge], None).await;
    for path in [path.clone(), format!("{path}?dry_run=true")] {
        merge(&server.api_with(Some(&changes)), &path, json!({"id": ben})).await.problem(403, "forbidden");
    }
    merge(&server.api_with(Some(&merges)), &path, json!({"id": ben})).await.ok(StatusCode::OK);
    let token = server.token(&merchant, "ada@example.com").await;
    merge(&server.api_with(Some(&token)), &path, json!({"id": ben})).await.problem(403, "forbidden");
    server.stop().await;
}

/// Newest first, a page at a time, by every id that leads to the customer, and by nobody else.
#[tokio::test]
async fn what_was_merged_into_a_customer_is_listed() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    let [ada, ben, cleo, dan] = [
        api.create("/customers", json!({"email": "ada@example.com", "external_id": "crm-1"})).await,
        api.create("/customers", json!({"email": "ben@example.com"})).await,
        api.create("/customers", json!({"email": "cleo@example.com"})).await,
        api.create("/customers", json!({"email": "dan@example.com"})).await,
    ];
    let path = format!("/customers/{ada}/merges");
    assert_eq!(*api.get(&path).await.ok(StatusCode::OK), json!({"data": [], "next": null}));
    // Cleo comes by way of Ben.
    for (into, from) in [(&ben, &cleo), (&ada, &ben), (&ada, &dan)] {
        merge(&api, &format!("/customers/{into}/merge"), json!({"id": from})).await.ok(StatusCode::OK);
    }
    for named in [ada.as_str(), "ext:crm-1", cleo.as_str()] {
        let list = api.get(&format!("/customers/{named}/merges")).await;
        let rows = list.ok(StatusCode::OK)["data"].as_array().unwrap().clone();
        let pairs: Vec<Value> = rows.iter().map(|row| json!([row["from_id"], row["customer_id"]])).collect();
        assert_eq!(json!(pairs), json!([[dan, ada], [ben, ada], [cleo, ben]]), "{named}");
        assert!(rows.iter().all(|row| row["note"] == "Signed up twice"), "{rows:?}");
    }
    let first = api.get(&format!("{path}?limit=2")).await;
    assert_eq!(first.ok(StatusCode::OK)["data"].as_array().unwrap().len(), 2);
    let rest = api.get(&format!("{path}?limit=2&after={}", first.text("next"))).await;
    let rest = rest.ok(StatusCode::OK);
    assert_eq!(
        (&rest["data"][0]["from_id"], &rest["data"][1], &rest["next"]),
        (&json!(cleo), &Value::Null, &Value::Null)
    );
    api.get(&format!("{path}?after=nonsense")).await.problem(422, "invalid");
    api.get(&format!("{path}?limit=0")).await.problem(422, "invalid");

    let reads = server.key(&merchant, &[Scope::CustomersRead], None).await;
    server.api_with(Some(&reads)).get(&path).await.ok(StatusCode::OK);
    let merges = server.key(&merchant, &[Scope::CustomersMerge, Scope::CustomersWrite], None).await;
    server.api_with(Some(&merges)).get(&path).await.problem(403, "forbidden");
    let neighbour = server.merchant("neighbour").await;
    for id in [&ada, &ben] {
        server.api(&neighbour).get(&format!("/customers/{id}/merges")).await.problem(404, "not_found");
    }
    server.stop().await;
}

/// Who is signed in to the account that ended goes on as the customer, and the open page shows what that has, also when the
/// counters of both have come to the same number.
#[tokio::test]
async fn an_open_page_goes_on_as_the_customer_who_goes_on() {
    let server = TestServer::start().await;
    let merchant = server.merchant("shop").await;
    let api = server.api(&merchant);
    api.ten_points_a_dollar().await;
    let ada = api.create("/customers", json!({"email": "ada@example.com"})).await;
    api.post("/purchases", purchase("a-1", "ada@example.com", 1_000)).await.ok(StatusCode::CREATED);
    api.post("/purchases", purchase("b-1", "ben@example.com", 2_000)).await.ok(StatusCode::CREATED);
    server.drained().await;
    let base = server.server.base_url.clone();
    let page = Watcher::sign_in(&base, server.pool(), "shop", "ben@example.com").await;
    let mut stream = page.listen(&base, None).await.unwrap();
    let last = stream.until(|moved| moved.points == 200).await;

    let path = format!("/customers/{ada}/merge");
    merge(&api, &path, json!({"email": "ben@example.com"})).await.ok(StatusCode::OK);
    while stream.next().await.is_some() {}
    server.drained().await;
    sqlx::query("UPDATE balances SET sequence = $1 WHERE customer_id = $2::text::uuid")
        .bind(last.id)
        .bind(&ada)
        .execute(server.pool())
        .await
        .unwrap();
    let mut stream = page.listen(&base, Some(&last.mark)).await.unwrap();
    let now = stream.until(|_| true).await;
    assert_eq!((now.id, now.points, now.told), (last.id, 300, Vec::new()), "as it is now");
    server.stop().await;
}

//! G27: somebody who has touched everything is erased. Nothing personal is left in any column of any table, every sum of the
//! ledger stays, and the portal says gone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use http::{Method, Request, StatusCode, header};
use http_body_util::Full;
use hyper::body::Bytes;
use perennial_domain::access::Scope;
use perennial_domain::ids::CustomerId;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, PgPool};

use crate::client_apps::code;
use crate::support::{Api, Merchant, Reply, STUCK, TestServer};

const NAME: &str = "Zerafina Quillhaven";
/// As tills write it; stored in small letters.
const EMAIL: &str = "Zera.Quillhaven@Markdom.Example";
const PHONE: &str = "(415) 555-0134";
const CARD: &str = "7788 9900-1122 3344";
const EXTERNAL: &str = "crm-quillhaven-77";
const FINGERPRINT: &str = "fp_quillhaven_4242";

/// What must not be found, in small letters: parts that every form of writing keeps.
const MARKS: [&str; 4] = ["zera", "quillhaven", "4155550134", "7788990011223344"];

/// Tables whose rows must not change at all when somebody is erased.
const BOOKS: [&str; 26] = [
    "entries",
    "lots",
    "pending_points",
    "purchase_keys",
    "claims",
    "returns",
    "return_states",
    "cashback_wallets",
    "cashback_credits",
    "cashback_lots",
    "cashback_month_uses",
    "promotion_uses",
    "promotion_budgets",
    "promotion_bookings",
    "carried_remainders",
    "redemptions",
    "redemption_steps",
    "tier_memberships",
    "tier_moves",
    "tier_counted",
    "tier_activity",
    "policy_counters",
    "policy_counted",
    "referrals",
    "referral_credits",
    "daily_totals",
];

#[tokio::test]
async fn g27_erasing_leaves_nothing_personal_and_every_sum() {
    let shop = Shop::open().await;
    shop.tells_others().await;
    let api = shop.server.api(&shop.merchant);
    let zera = Zera::lives(&shop, 3).await;
    let pool = shop.server.pool();

    let found = scan(pool, &shop.marks()).await;
    for place in [
        "adjustments.reason",
        "customer_identities.value",
        "customers.name",
        "idempotency_keys.body",
        "inbox.data",
        "login_codes.email",
        "mail.recipient",
        "payment_fingerprints.hash",
        "purchases.customer_key",
        "sessions.data",
        "webhook_attempts.answer",
    ] {
        assert!(found.contains_key(place), "the test has not put anything into {place}: {found:?}");
    }
    assert_eq!(count(pool, "customers WHERE birth_day = 309").await, 1);
    let held: i64 = count(pool, "purchases WHERE customer_id IS NULL AND customer_key <> ''").await;
    assert_eq!(held, 1, "a purchase is held under her address");
    let books = books(pool).await;

    // First what would come of it, which changes nothing.
    let path = format!("/customers/{}/erase", zera.id);
    let foreseen = api.post(&format!("{path}?dry_run=true"), json!({"reason": "requested"})).await;
    let foreseen = foreseen.ok(StatusCode::OK);
    assert_eq!(foreseen["dry_run"], true);
    assert!(foreseen["removed"]["identities"] == 4 && foreseen["removed"]["letters"].as_i64() > Some(1));
    assert!(foreseen["lost"]["points"].as_i64() > Some(0) && foreseen["lost"]["vouchers"] == 1);
    assert!(foreseen["lost"]["reserved"] == 10 && foreseen["lost"]["awards"] == 1, "{foreseen}");
    assert_eq!(scan(pool, &shop.marks()).await, found);

    let erased = api.post(&path, json!({"reason": "requested"})).await;
    let erased = erased.ok(StatusCode::OK);
    for field in ["removed", "kept", "lost", "reason"] {
        assert_eq!(erased[field], foreseen[field], "the preview tells the truth about {field}");
    }
    shop.settle().await;
    let left = scan(pool, &shop.marks()).await;
    assert!(left.is_empty(), "something personal is left: {left:?}");
    // A birthday is a number that others have, too: no scan finds it.
    assert_eq!(count(pool, "customers WHERE erased_at IS NOT NULL AND birth_day IS NULL").await, 1);
    assert_eq!(books_of(pool, &books).await, books, "no row of the books has changed");
    // The order that was refused still waits for somebody, without her; it would be told as given up.
    let thrown = shop.server.server.engine.event_discard(&shop.merchant.cx, "/till", "1").await;
    assert!(thrown.is_ok(), "{thrown:?}");
    let report = shop.server.server.engine.reconcile(&shop.merchant.cx, |_| {}).await.unwrap();
    assert!(report.is_clean(), "{report:?}");

    // The account is there under its id, and closed.
    let read = api.get(&format!("/customers/{}", zera.id)).await;
    let read = read.ok(StatusCode::OK);
    assert_eq!(read["erased_at"], erased["erased_at"]);
    assert_eq!((&read["name"], &read["email"], &read["points"]), (&Value::Null, &Value::Null, &zera.points));
    for list in ["/customers", "/customers?search=zera"] {
        assert!(!api.get(list).await.body.to_string().contains(&zera.id), "{list}");
    }
    zera.may_do_nothing_more(&api).await;
    zera.finds_the_portal_gone(&shop).await;

    // What she bought before is found again, and can be returned.
    let again = api.post("/purchases", zera.first.clone()).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"), "{again:?}");
    assert_eq!(again.text("customer_id"), zera.id);
    let returns = format!("/purchases/{}/returns", again.text("id"));
    api.post(&returns, json!({"return_id": "late"})).await.ok(StatusCode::CREATED);

    let twice = api.post(&path, json!({"reason": "other"})).await;
    assert_eq!(twice.ok(StatusCode::OK), erased, "a second time gives the first answer");
    // Only now: whoever comes with her address is somebody new, and has put marks back into the tables.
    let anew = api.post("/purchases", bought("t-9", json!({"email": EMAIL}), 900)).await;
    assert_ne!(anew.ok(StatusCode::CREATED)["customer_id"], zera.id.as_str());
    shop.server.stop().await;
}

#[tokio::test]
async fn an_export_is_one_document_with_everything() {
    let shop = Shop::open().await;
    let api = shop.server.api(&shop.merchant);
    let zera = Zera::lives(&shop, 250).await;
    let reply = api.get(&format!("/customers/{}/export", zera.id)).await;
    let document = reply.ok(StatusCode::OK);
    assert!(reply.header("content-disposition").contains(&format!("customer-{}.json", zera.id)));
    assert_eq!((&document["version"], &document["customer"]["name"]), (&json!(1), &json!(NAME)));
    assert_eq!(document["points"]["points"], zera.points);
    let rows =
        |list: &str| document[list].as_array().unwrap_or_else(|| panic!("no {list}: {document}")).len();
    for list in [
        "entries",
        "lots",
        "adjustments",
        "tier_history",
        "cashback_entries",
        "redemptions",
        "vouchers",
        "awards",
        "brought_by",
        "friends",
        "notifications",
        "letters",
        "message_preferences",
    ] {
        assert!(rows(list) > 0, "no {list}: {document}");
    }
    let purchases = document["purchases"].as_array().unwrap();
    assert_eq!(purchases.len(), 3 + 250, "more than fits on a page");
    assert!(purchases.iter().any(|purchase| purchase["claim"].is_object()));
    assert!(purchases.iter().any(|purchase| !purchase["returns"].as_array().unwrap().is_empty()));
    assert!(!reply.body["friends"].to_string().contains("finn@"), "a friend's address is the friend's own");

    // Reading customers is not enough for it, and asking about nobody is a plain 404.
    let reader = shop.server.key(&shop.merchant, &[Scope::CustomersRead, Scope::CustomersWrite], None).await;
    let reader = shop.server.api_with(Some(&reader));
    reader.get(&format!("/customers/{}/export", zera.id)).await.problem(403, "forbidden");
    reader.post(&format!("/customers/{}/erase", zera.id), json!({})).await.problem(403, "forbidden");
    let nobody = CustomerId::new(1, [1; 10]);
    api.get(&format!("/customers/{nobody}/export")).await.problem(404, "not_found");
    api.post(&format!("/customers/{nobody}/erase"), json!({})).await.problem(404, "not_found");
    shop.server.stop().await;
}

/// A merchant with one of everything.
struct Shop {
    server: TestServer,
    merchant: Merchant,
    /// Whom the receiver of webhooks knows by name.
    known: Arc<Mutex<Option<String>>>,
}

impl Shop {
    async fn open() -> Self {
        let server = TestServer::start_with(&[("PERENNIAL_WEBHOOKS_ALLOW_PRIVATE", "true")]).await;
        let merchant = server.merchant("shop").await;
        let api = server.api(&merchant);
        api.patch("/merchant", json!({"default_country": "US"})).await.ok(StatusCode::OK);
        api.ten_points_a_dollar().await;
        api.create("/tiers", json!({"name": "Silver", "threshold": 50})).await;
        api.create("/cashback-offers", json!({"name": "Tenth", "percentage": "0.1"})).await;
        let policy = json!({"name": "First", "event": {"on": "first_purchase"}, "hold_days": 30,
            "effects": [{"give": "points", "points": 5}]});
        let policy = api.create("/reward-policies", policy).await;
        api.post(&format!("/reward-policies/{policy}/publish"), json!({})).await.ok(StatusCode::OK);
        let open = Some(json!({"enabled": true}));
        api.call(Method::PUT, "/leaderboards", open.as_ref(), &[]).await.ok(StatusCode::OK);
        Self { server, merchant, known: Arc::default() }
    }

    /// A receiver of webhooks answers with the name of whom it is told, until it hears that it should forget it.
    async fn tells_others(&self) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let known = Arc::clone(&self.known);
        let answer = move |body: String| {
            let id = known.lock().unwrap().clone();
            let names = id.is_some_and(|id| body.contains(&id)) && !body.contains("customer.erased");
            async move { if names { format!("thank you, {NAME}") } else { "thank you".to_owned() } }
        };
        let router = Router::new().route("/hooks", post(answer));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        self.server.api(&self.merchant).create("/webhooks", json!({"url": url, "events": []})).await;
    }

    /// Waits until everything that follows from what happened has happened.
    async fn settle(&self) {
        let began = Instant::now();
        loop {
            // What has come in and had no effect yet first: its effect is in the queues, and what they do in webhooks.
            let received = count(self.server.pool(), "inbox WHERE state = 'received'").await;
            let is_drained = self.server.server.engine.queues_are_drained().await.unwrap();
            let waiting = count(self.server.pool(), "webhook_deliveries WHERE state = 'waiting'").await;
            if received + waiting == 0 && is_drained {
                return;
            }
            assert!(began.elapsed() < 2 * STUCK, "something still waits");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What is looked for: the marks as text and in hexadecimal digits, and hashes that whoever knows the value can look up.
    fn marks(&self) -> Vec<String> {
        let mut marks: Vec<String> = MARKS.iter().map(|mark| (*mark).to_owned()).collect();
        marks.extend(MARKS.iter().map(|mark| hex(mark.as_bytes())));
        let merchant = self.merchant.cx.merchant().uuid();
        let email = EMAIL.to_lowercase();
        let values = [
            ("email", email.as_str()),
            ("phone", "+14155550134"),
            ("card", MARKS[3]),
            ("external_id", EXTERNAL),
        ];
        for (kind, value) in values.into_iter().chain([("", FINGERPRINT), ("", NAME), ("email", EMAIL)]) {
            marks.push(hex(&Sha256::digest(value)[..16]));
            let named = [merchant.as_bytes().as_slice(), kind.as_bytes(), &[0], value.as_bytes()].concat();
            marks.push(hex(&Sha256::digest(named)[..16]));
            let of_merchant = [merchant.as_bytes().as_slice(), value.as_bytes()].concat();
            marks.push(hex(&Sha256::digest(of_merchant)[..16]));
        }
        marks
    }

    /// Sends a form of the portal from a browser with these cookies, and keeps what it is given.
    async fn form(&self, cookies: &Cookies, method: Method, path: &str, form: &str) -> Reply {
        let base = &self.server.server.base_url;
        let sent = cookies
            .0
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>();
        let request = Request::builder()
            .method(method)
            .uri(format!("{base}{path}"))
            .header(header::ORIGIN, base)
            .header(header::COOKIE, sent.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let reply = self.server.send(request.body(Full::new(Bytes::from(form.to_owned()))).unwrap()).await;
        for cookie in reply.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap_or_default();
            cookies.0.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
        reply
    }
}

/// A browser.
#[derive(Clone, Default)]
struct Cookies(Arc<Mutex<BTreeMap<String, String>>>);

/// Somebody who has done everything that one can do in a program.
struct Zera {
    id: String,
    /// Points that she has when all is done.
    points: Value,
    first: Value,
    browser: Cookies,
}

impl Zera {
    /// And has bought `many` things on one day.
    async fn lives(shop: &Shop, many: usize) -> Self {
        let api = shop.server.api(&shop.merchant);
        // A till names her before anybody knows her, and it is held.
        api.patch("/merchant", json!({"unknown_customer": "hold"})).await.ok(StatusCode::OK);
        api.post("/purchases", bought("t-0", json!({"email": EMAIL}), 100)).await.ok(StatusCode::CREATED);
        api.patch("/merchant", json!({"unknown_customer": "create"})).await.ok(StatusCode::OK);
        // A friend brings her.
        let ann = api.create("/customers", json!({"email": "ann@example.com", "name": "Ann"})).await;
        let code = api.post("/referral-codes", json!({"customer": {"id": ann}})).await;
        let mut first = bought("t-1", json!({"email": EMAIL}), 10_000);
        first["referral_code"] = code.body["code"].clone();
        first["payment_fingerprint"] = FINGERPRINT.into();
        let reply = api.post("/purchases", first.clone()).await;
        let id = reply.ok(StatusCode::CREATED)["customer_id"].as_str().unwrap().to_owned();
        *shop.known.lock().unwrap() = Some(id.clone());
        // The merchant completes her, under a key, and imports her again.
        let whole = json!({"name": NAME, "email": EMAIL, "phone": PHONE, "card": CARD, "external_id": EXTERNAL,
            "birthday": "1987-03-09"});
        let key = [("idempotency-key", "her-registration")];
        api.call(Method::POST, "/customers", Some(&whole), &key).await.ok(StatusCode::OK);
        let row = serde_json::from_value(whole.clone()).unwrap();
        shop.server.server.engine.customer_upsert(&shop.merchant.cx, vec![row]).await.unwrap();
        api.post("/purchases", bought("t-2", json!({"phone": PHONE}), 2_500)).await.ok(StatusCode::CREATED);
        let many: Vec<Value> =
            (0..many).map(|n| bought(&format!("m-{n}"), json!({"card": CARD}), 100)).collect();
        api.batch(&json!(many)).await;
        let receipt = json!({"transaction_id": "u-1", "retailer": "main", "currency": "USD", "amount": 500});
        let receipt = api.post("/purchases", receipt).await;
        let claim = json!({"claim_code": receipt.text("claim_code"), "customer": {"email": EMAIL}});
        api.post("/claims", claim).await.ok(StatusCode::CREATED);
        let part = json!({"return_id": "part", "amount": 1_000});
        api.create(&format!("/purchases/{}/returns", reply.text("id")), part).await;
        // Points by hand, with a text about her; a voucher, and points that are held.
        let given = json!({"points": 40, "reason": format!("{NAME} has called from {PHONE}")});
        api.create(&format!("/customers/{id}/adjustments"), given).await;
        let reward = json!({"name": "Coffee", "kind": "money_off", "value": 500, "points_cost": 10});
        let reward = api.create("/rewards", reward).await;
        api.create("/redemptions", json!({"customer": {"id": id}, "reward": reward})).await;
        let held = json!({"customer": {"email": EMAIL}, "reward": reward, "hold_seconds": 3_600});
        api.create("/redemptions", held).await;
        // She brings a friend herself.
        let code = api.post("/referral-codes", json!({"customer": {"external_id": EXTERNAL}})).await;
        let mut friend = bought("f-1", json!({"email": "finn@example.com"}), 700);
        friend["referral_code"] = code.body["code"].clone();
        api.post("/purchases", friend).await.ok(StatusCode::CREATED);
        // Other systems tell of her, and are refused.
        let order = bought("e-1", json!({"email": EMAIL}), 700);
        let order = json!({"specversion": "1.0", "id": "1", "source": "/till", "type": "order.completed",
            "data": {"retailer": "nowhere", "transaction_id": "e-1", "customer": order["customer"], "currency": "USD",
                "amount": 700, "payment_fingerprint": FINGERPRINT}});
        let registered = json!({"specversion": "1.0", "id": "2", "source": "/till", "type": "customer.registered",
            "data": {"email": EMAIL, "phone": "12"}});
        for event in [order, registered] {
            let kind = [("content-type", "application/cloudevents+json")];
            let body = Some(event.to_string().into_bytes());
            assert_eq!(api.raw(Method::POST, "/events", body, &kind).await.status, 202);
        }
        let browser = Self::signs_in(shop).await;
        let cx =
            shop.server.server.engine.customer_cx(shop.merchant.cx.merchant(), id.parse().unwrap()).await;
        shop.server.server.engine.notifications_read(&cx.unwrap(), 5).await.unwrap();
        shop.settle().await;
        let points = api.get(&format!("/points/{id}")).await.body["points"].clone();
        Self { id, points, first, browser }
    }

    /// In one browser; in another one she has only asked for a code.
    async fn signs_in(shop: &Shop) -> Cookies {
        let (browser, other) = (Cookies::default(), Cookies::default());
        let ask = format!("email={}", EMAIL.replace('@', "%40"));
        for cookies in [&other, &browser] {
            let asked = shop.form(cookies, Method::POST, "/p/shop/sign-in", &ask).await;
            assert_eq!(asked.status, 303, "{asked:?}");
        }
        // Other letters may come in between.
        let code = code(&shop.server, &EMAIL.to_lowercase()).await;
        let opened = shop.form(&browser, Method::POST, "/p/shop/sign-in", &format!("code={code}")).await;
        assert_eq!((opened.status, opened.header("location")), (303, "/p/shop"));
        assert_eq!(shop.form(&browser, Method::GET, "/p/shop", "").await.status, 200);
        browser
    }

    async fn may_do_nothing_more(&self, api: &Api<'_>) {
        let id = &self.id;
        let by_id = json!({"id": id});
        let reward = api.get("/rewards").await.body["data"][0]["id"].clone();
        for (method, path, body) in [
            (Method::POST, format!("/customers/{id}/adjustments"), json!({"points": 1, "reason": "r"})),
            (Method::POST, format!("/customers/{id}/tier/promote"), json!({})),
            (Method::PATCH, format!("/customers/{id}"), json!({"name": "Back"})),
            (Method::POST, "/purchases".into(), bought("t-8", by_id.clone(), 100)),
            (Method::POST, "/redemptions".into(), json!({"customer": by_id, "reward": reward})),
            (Method::POST, "/referral-codes".into(), json!({"customer": by_id})),
        ] {
            let reply = api.call(method, &path, Some(&body), &[]).await;
            reply.problem(409, "customer_erased");
        }
        let receipt = json!({"transaction_id": "u-2", "retailer": "main", "currency": "USD", "amount": 500});
        let receipt = api.post("/purchases", receipt).await;
        let claim = json!({"claim_code": receipt.text("claim_code"), "customer": by_id});
        api.post("/claims", claim).await.problem(409, "customer_erased");
    }

    async fn finds_the_portal_gone(&self, shop: &Shop) {
        for path in ["/p/shop", "/p/shop/activity"] {
            let page = shop.form(&self.browser, Method::GET, path, "").await;
            assert_eq!(page.status, 410, "{path}");
            let text = String::from_utf8_lossy(&page.bytes).into_owned();
            assert!(text.contains("Your account is closed"), "{text}");
        }
        assert_eq!(shop.form(&self.browser, Method::GET, "/p/shop/events", "").await.status, 204);
    }
}

fn bought(transaction: &str, customer: Value, amount: i64) -> Value {
    json!({
        "transaction_id": transaction, "retailer": "main", "customer": customer, "currency": "USD",
        "lines": [{"product": "APPLE", "quantity": 1, "amount": amount}],
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn count(pool: &PgPool, table_and_condition: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table_and_condition}");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap()
}

/// Where the marks are: every column of every table of every schema, as text and as bytes. A table that comes later is looked
/// through by itself.
async fn scan(pool: &PgPool, marks: &[String]) -> BTreeMap<String, Vec<String>> {
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT c.table_schema::text, c.table_name::text, c.column_name::text
         FROM information_schema.columns AS c
         JOIN information_schema.tables AS t USING (table_schema, table_name)
         WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
         ORDER BY 1, 2, c.ordinal_position",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(columns.len() > 400, "only {} columns", columns.len());
    let mut found = BTreeMap::new();
    for (schema, table, column) in columns {
        // The text of bytes are their hexadecimal digits. Spaces and hyphens are how people write numbers.
        let sql = format!(
            r#"SELECT DISTINCT mark FROM unnest($1::text[]) AS mark
               WHERE EXISTS (
                   SELECT FROM "{schema}"."{table}"
                   WHERE position(mark IN lower("{column}"::text)) > 0
                      OR position(mark IN translate(lower("{column}"::text), ' -()', '')) > 0)
               ORDER BY mark"#
        );
        let marks: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(marks).fetch_all(pool).await.unwrap();
        if !marks.is_empty() {
            found.insert(format!("{table}.{column}"), marks);
        }
    }
    found
}

/// The books by the rows there are, as one text a table; of balances and purchases what must stay as it is.
async fn books(pool: &PgPool) -> BTreeMap<String, Option<String>> {
    let mut books: BTreeMap<String, Option<String>> =
        BOOKS.iter().map(|table| ((*table).to_owned(), None)).collect();
    books.insert("balances".to_owned(), None);
    books.insert("purchases".to_owned(), None);
    books_of(pool, &books).await
}

async fn books_of(
    pool: &PgPool,
    tables: &BTreeMap<String, Option<String>>,
) -> BTreeMap<String, Option<String>> {
    let mut books = BTreeMap::new();
    for table in tables.keys() {
        // That somebody was erased is in the balance, and is an event with a number; the hash of a name is no sum.
        let sql = format!(
            "SELECT string_agg((to_jsonb(t) - '{{erased_at,sequence,customer_key}}'::text[])::text, E'\\n'
                               ORDER BY (to_jsonb(t) - '{{erased_at,sequence,customer_key}}'::text[])::text)
             FROM {table} AS t"
        );
        let rows: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap();
        books.insert(table.clone(), rows);
    }
    books
}

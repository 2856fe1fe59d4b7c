//! A router of pages on a database of its own, and a browser that keeps its cookies.

pub mod desk;
pub mod form;

use axum::Router;
use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use perennial_app::assets::Assets;
use perennial_app::{AppState, WebConfig, router};
use perennial_domain::codes::{Email, Label, Slug, Zone};
use perennial_domain::promotion::PromotionInput;
use perennial_domain::purchase::PurchaseInput;
use perennial_engine::intake::{Source, SubmitOptions};
use perennial_engine::merchants::NewMerchant;
use perennial_engine::purchase_record::PurchaseRecord;
use perennial_engine::{Cx, Engine, EngineConfig, PageRequest};
use perennial_testkit::TestDb;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;

/// How long anything may take here before it counts as stuck: the machine may be small, and busy with other tests.
pub const STUCK: Duration = Duration::from_secs(60);

/// A till that waits for a machine that is behind.
pub const PATIENT: SubmitOptions =
    SubmitOptions { source: Source::Api, deadline: Some(STUCK), accepted_at: None };

/// The pages over a database of their own.
pub struct House {
    pub engine: Engine,
    pub pages: Router,
    pub state: AppState,
    _site: TempDir,
    pub db: TestDb,
}

impl House {
    pub async fn open(base_url: &str) -> Self {
        let db = TestDb::new().await;
        let engine = Engine::connect(EngineConfig::new(db.url.clone())).await.unwrap();
        let site = TempDir::new().unwrap();
        let files = r#"{"app.css":"/app-1.css","portal.css":"/portal-1.css","portal.js":"/pkg/portal-1.js","portal.wasm":"/pkg/portal-1.wasm",
            "dashboard.js":"/pkg/dashboard-1.js","dashboard.wasm":"/pkg/dashboard-1.wasm"}"#;
        std::fs::write(site.path().join("assets.json"), files).unwrap();
        std::fs::write(site.path().join("app-1.css"), "body{}").unwrap();
        let config = WebConfig {
            base_url: base_url.to_owned(),
            secure_cookies: base_url.starts_with("https://"),
            dev_mailbox: true,
        };
        let state = AppState::new(engine.clone(), Assets::load(site.path()).unwrap(), config);
        let pages = router(state.clone());
        Self { engine, pages, state, _site: site, db }
    }

    /// A merchant without retailers or promotions.
    pub async fn merchant(&self, slug: &str) -> Cx {
        let created = self
            .engine
            .merchant_create(NewMerchant {
                name: Label::new(&format!("Shop {slug}")).unwrap(),
                slug: Slug::new(slug).unwrap(),
                currency: "USD".parse().unwrap(),
                time_zone: Zone::new("America/Los_Angeles").unwrap(),
                owner_email: Email::new(&format!("owner@{slug}.example")).unwrap(),
                owner_name: None,
                owner_password: "a long enough secret".to_owned(),
            })
            .await
            .unwrap();
        Cx::system(created.merchant_id)
    }

    /// A retailer `riverside`, and four points per dollar for everybody.
    pub async fn open_shop(&self, cx: &Cx) {
        let retailer = serde_json::from_value(json!({"code": "riverside", "name": "Riverside"})).unwrap();
        self.engine.retailer_create(cx, retailer).await.unwrap();
        let input: PromotionInput =
            serde_json::from_value(json!({"name": "Four a dollar", "award_rate": "4"})).unwrap();
        let promotion = self.engine.promotion_create(cx, input.check().unwrap()).await.unwrap();
        self.engine.promotion_publish(cx, promotion.id, None).await.unwrap();
    }

    /// A purchase of $18.00, by the till.
    pub async fn buy(&self, cx: &Cx, transaction: &str, email: Option<&str>) -> Arc<PurchaseRecord> {
        let input: PurchaseInput = serde_json::from_value(json!({
            "transaction_id": transaction, "retailer": "riverside", "currency": "USD",
            "customer": email.map(|email| json!({"email": email})),
            "lines": [{"product": "Draft", "quantity": 2, "unit_price": 900}],
        }))
        .unwrap();
        let submitted = self.engine.purchases_submit(cx, vec![input.check(None).unwrap()], PATIENT).await;
        submitted.into_iter().next().unwrap().unwrap().record
    }

    /// The newest code that was sent to an address.
    pub async fn code_for(&self, email: &str) -> String {
        let mail = self.engine.mailbox_list(Some(email), &PageRequest::default()).await.unwrap();
        // It stands alone in its line, in two groups of three. Other letters may have come since.
        let alone =
            |line: &&str| !line.trim().is_empty() && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
        let code = mail.data.iter().find_map(|letter| letter.body.lines().find(alone));
        code.expect("a code was sent").replace(' ', "")
    }

    pub fn browser(&self) -> Browser {
        Browser { pages: self.pages.clone(), cookies: BTreeMap::new() }
    }
}

/// A browser: cookies are kept, redirects are not followed.
pub struct Browser {
    pages: Router,
    pub cookies: BTreeMap<String, String>,
}

/// What came back.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    pub fn location(&self) -> &str {
        self.headers.get(LOCATION).expect("a redirect").to_str().unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_str().unwrap()
    }
}

impl Browser {
    /// Another window of the same browser.
    pub fn clone_of(other: &Self) -> Self {
        Self { pages: other.pages.clone(), cookies: other.cookies.clone() }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Request::builder().uri(path), Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, form: &str) -> Page {
        let request = Request::builder().method(Method::POST).uri(path).header(ORIGIN, "http://shop.test");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(form.to_owned())).await
    }

    pub async fn send(&mut self, request: http::request::Builder, body: Body) -> Page {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request =
            request.header(HOST, "shop.test").header(COOKIE, cookies.join("; ")).body(body).unwrap();
        let response = self.pages.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Page { status: parts.status, headers: parts.headers, text }
    }

    /// Signs in to a portal with the code from the mailbox.
    pub async fn sign_in(&mut self, house: &House, slug: &str, email: &str) {
        let path = format!("/p/{slug}/sign-in");
        let sent = self.post(&path, &format!("email={email}")).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        let code = house.code_for(email).await;
        let opened = self.post(&path, &format!("code={code}")).await;
        assert_eq!(
            (opened.status, opened.location()),
            (StatusCode::SEE_OTHER, format!("/p/{slug}").as_str())
        );
    }
}

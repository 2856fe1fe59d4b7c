//! API keys from the engine, in words.

use super::super::csv::{Cell, Csv};
use super::super::list::Listed;
use super::super::load::{StateSearch, chosen, searched};
use super::super::session::{self, Staff};
use super::super::{clock, money};
use super::dto::{KeyPage, KeyRow, ScopeChoice};
use crate::error::PageError;
use crate::session::app_state;
use axum::extract::Query;
use axum::response::Response;
use chrono::{DateTime, Utc};
use perennial_domain::access::{Action, Scope};
use perennial_domain::money::Currency;
use perennial_engine::PageRequest;
use perennial_engine::api_keys::{ApiKey, ApiKeyFilter};
use perennial_engine::snapshot::{Retailers, Snapshot};
use uuid::Uuid;

fn filter(q: &str, state: &str) -> Result<ApiKeyFilter, PageError> {
    Ok(ApiKeyFilter { search: searched(q), state: chosen(state, "state")? })
}

/// A page of the keys, and what a new one may be.
pub async fn page(q: &str, state: &str, after: String) -> Result<KeyPage, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let config = app_state()?.config;
    let snapshot = engine.snapshot(&cx).await?;
    let keys = engine.api_key_list(&cx, &filter(q, state)?, &PageRequest::new(None, Some(after))?).await?;
    let now = engine.clock().now();
    let retailers = open_retailers(&snapshot.retailers);
    let settings = &snapshot.settings;
    let curl =
        curl(&config.base_url, "YOUR_KEY", &snapshot, retailers.first().map(|(code, _)| code.as_str()));
    Ok(KeyPage {
        list: Listed::of(keys, |key| row(key, &snapshot, now), cx.may(Action::KeysWrite)),
        scopes: Scope::ALL.into_iter().map(choice).collect(),
        may_test: cx.may(Action::KeysWrite) && !retailers.is_empty(),
        retailers,
        once: Uuid::now_v7().to_string(),
        transaction: format!("test-{}", Uuid::now_v7().simple()),
        amount: money::plain(test_amount(settings.currency), settings.currency),
        curl,
    })
}

/// 39.50 in a currency with cents, 3,950 in one without.
fn test_amount(currency: Currency) -> i64 {
    if currency.minor_digits() == 3 { 39_500 } else { 3_950 }
}

fn open_retailers(retailers: &Retailers) -> Vec<(String, String)> {
    let mut open: Vec<(String, String)> = retailers
        .iter()
        .filter(|retailer| !retailer.archived)
        .map(|retailer| (retailer.code().to_owned(), retailer.name.clone()))
        .collect();
    open.sort_by(|one, other| one.1.cmp(&other.1));
    open
}

fn row(key: ApiKey, snapshot: &Snapshot, now: DateTime<Utc>) -> KeyRow {
    let zone = snapshot.settings.time_zone.tz();
    let retailer = retailer(&key, snapshot);
    let may = if key.scopes.len() == Scope::ALL.len() {
        "Everything".to_owned()
    } else {
        key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
    };
    KeyRow {
        id: key.id.to_string(),
        name: key.name,
        prefix: key.prefix,
        may,
        retailer,
        created: clock::day(key.created_at, zone, now),
        last_used: key.last_used_at.map(|at| clock::ago(now, at)),
        revoked: key.revoked_at.map(|at| clock::day(at, zone, now)),
    }
}

/// What the retailer that a key is bound to is called.
fn retailer(key: &ApiKey, snapshot: &Snapshot) -> Option<String> {
    let name = |id| snapshot.retailers.by_id(id).map(|retailer| retailer.name.clone());
    key.retailer.map(|id| name(id).unwrap_or_else(|| id.to_string()))
}

/// The list as CSV, every page of it.
pub async fn csv(staff: Staff, Query(query): Query<StateSearch>) -> Result<Response, PageError> {
    let snapshot = staff.engine.snapshot(&staff.cx).await?;
    let file = Csv {
        name: "api-keys",
        columns: &[
            "id",
            "name",
            "begins_with",
            "retailer",
            "scopes",
            "created_at",
            "last_used_at",
            "revoked_at",
        ],
    };
    file.of(
        staff,
        filter(&query.q, &query.state)?,
        |staff, filter, page| Box::pin(staff.engine.api_key_list(&staff.cx, filter, page)),
        move |key| cells(key, &snapshot),
    )
    .await
}

fn cells(key: ApiKey, snapshot: &Snapshot) -> Vec<Cell> {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    vec![
        key.id.to_string().into(),
        key.name.as_str().into(),
        key.prefix.as_str().into(),
        retailer(&key, snapshot).into(),
        scopes.join(" ").into(),
        key.created_at.to_rfc3339().into(),
        key.last_used_at.map(|at| at.to_rfc3339()).into(),
        key.revoked_at.map(|at| at.to_rfc3339()).into(),
    ]
}

/// What a scope allows, in a few words. Tills post purchases and look customers up.
fn choice(scope: Scope) -> ScopeChoice {
    let (about, usual) = match scope {
        Scope::PurchasesWrite => ("Post purchases, returns and claims", true),
        Scope::PurchasesRead => ("Read purchases and why they earned", true),
        Scope::ReturnsWrite => ("Return purchases", false),
        Scope::Quotes => ("Ask for quotes", false),
        Scope::RequestsRead => ("Read the request log", false),
        Scope::EventsWrite => ("Send events, and see what became of them", false),
        Scope::CustomersRead => ("Look up customers and balances", true),
        Scope::CustomersWrite => ("Enrol and change customers", false),
        Scope::CustomersMerge => ("Merge accounts of one person", false),
        Scope::Privacy => ("Export everything about customers, and erase them", false),
        Scope::PointsAdjust => ("Give points to customers and take them", false),
        Scope::CatalogueRead => ("Read retailers and products", false),
        Scope::CatalogueWrite => ("Change retailers and products", false),
        Scope::PromotionsRead => ("Read promotions", false),
        Scope::PromotionsWrite => ("Write and publish promotions", false),
        Scope::TiersRead => ("Read tiers", false),
        Scope::TiersWrite => ("Change tiers and move customers", false),
        Scope::RewardsRead => ("Read rewards and redemptions", false),
        Scope::RewardsWrite => ("Change rewards", false),
        Scope::RedemptionsWrite => ("Redeem rewards and use vouchers", false),
        Scope::ReferralsRead => ("Read referrals and their figures", false),
        Scope::ReferralsWrite => ("Review referrals", false),
        Scope::MessagesRead => ("Read what your e-mails say", false),
        Scope::MessagesWrite => ("Change what your e-mails say, and send them for a test", false),
        Scope::SettingsRead => ("Read settings and figures", false),
        Scope::SettingsWrite => ("Change settings", false),
        Scope::WebhooksRead => ("Read webhooks and what was sent to them", false),
        Scope::WebhooksWrite => ("Change webhooks, and send to them again", false),
        Scope::KeysWrite => ("Make and revoke keys", false),
        Scope::TokensWrite => ("Let apps act for customers", false),
        Scope::Backdate => ("Post purchases later than you accept", false),
        Scope::Till => ("Be used from a till in the browser", false),
    };
    ScopeChoice { name: scope.as_str().to_owned(), about: about.to_owned(), usual }
}

/// An id within the quotes of a command, another one with every call: the same would be a replay, which changes nothing.
pub const FRESH_ID: &str = "try-'$(date +%s)'";

/// A command that posts a purchase.
pub fn curl(base_url: &str, key: &str, snapshot: &Snapshot, retailer: Option<&str>) -> String {
    let currency = snapshot.settings.currency;
    // Inside single quotes a shell takes everything as it is, except a single quote.
    let retailer =
        serde_json::Value::from(retailer.unwrap_or("YOUR_RETAILER")).to_string().replace('\'', r"'\''");
    let amount = test_amount(currency);
    [
        format!("curl {base_url}/api/v1/purchases \\"),
        format!("  -H 'Authorization: Bearer {key}' \\"),
        "  -H 'Content-Type: application/json' \\".to_owned(),
        "  -d '{".to_owned(),
        format!("    \"transaction_id\": \"{FRESH_ID}\","),
        format!("    \"retailer\": {retailer},"),
        "    \"customer\": { \"email\": \"maya@example.com\" },".to_owned(),
        format!("    \"amount\": {amount}, \"currency\": \"{currency}\""),
        "  }'".to_owned(),
    ]
    .join("\n")
}

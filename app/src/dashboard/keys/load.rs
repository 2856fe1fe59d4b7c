//! API keys from the engine, in words.

use super::super::session::{self, Staff};
use super::super::{clock, money};
use super::dto::{KeyPage, KeyRow, ScopeChoice};
use crate::error::PageError;
use crate::session::app_state;
use chrono::{DateTime, Utc};
use perennial_domain::access::{Action, Scope};
use perennial_domain::money::Currency;
use perennial_engine::api_keys::ApiKey;
use perennial_engine::snapshot::{Retailers, Snapshot};
use perennial_engine::{LIMIT_MAX, PageRequest};
use uuid::Uuid;

/// The keys, and what a new one may be.
pub async fn page() -> Result<KeyPage, PageError> {
    let Staff { cx, engine } = session::staff().await?;
    let config = app_state()?.config;
    let snapshot = engine.snapshot(&cx).await?;
    // Nobody has hundreds of keys; the newest are those that matter.
    let keys = engine.api_key_list(&cx, &PageRequest::new(Some(LIMIT_MAX.into()), None)?).await?;
    let now = engine.clock().now();
    let retailers = open_retailers(&snapshot.retailers);
    let settings = &snapshot.settings;
    let curl =
        curl(&config.base_url, "YOUR_KEY", &snapshot, retailers.first().map(|(code, _)| code.as_str()));
    Ok(KeyPage {
        rows: keys.data.into_iter().map(|key| row(key, &snapshot, now)).collect(),
        scopes: Scope::ALL.into_iter().map(choice).collect(),
        may_edit: cx.may(Action::KeysWrite),
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
    let retailer = key.retailer.map(|id| {
        snapshot.retailers.by_id(id).map_or_else(|| id.to_string(), |retailer| retailer.name.clone())
    });
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
        // Another one each time: the same would be a replay, which moves no balance.
        "    \"transaction_id\": \"try-'$(date +%s)'\",".to_owned(),
        format!("    \"retailer\": {retailer},"),
        "    \"customer\": { \"email\": \"maya@example.com\" },".to_owned(),
        format!("    \"amount\": {amount}, \"currency\": \"{currency}\""),
        "  }'".to_owned(),
    ]
    .join("\n")
}

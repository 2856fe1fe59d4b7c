//! The cashback of Hearth & Hops: offers that run since before its first purchase, so that its customers have wallets.

use chrono::{DateTime, Days, NaiveDate, Utc};
use perennial_domain::cashback::OfferInput;
use perennial_engine::{Cx, Engine, PageRequest, cashback::OfferFilter};
use serde_json::{Value, json};

use crate::cli::explained;

/// Older than every purchase of the demo.
const SINCE: Days = Days::new(70);

/// Enters the offers that are missing, by their names.
pub(super) async fn prepare(engine: &Engine, cx: &Cx, created_at: DateTime<Utc>) -> anyhow::Result<()> {
    let all = OfferFilter { with_archived: true, ..OfferFilter::default() };
    let there = engine.cashback_offer_list(cx, &all, &PageRequest::default()).await?.data;
    for terms in offers(created_at) {
        let input: OfferInput = serde_json::from_value(terms)?;
        if there.iter().all(|offer| offer.terms.name != input.name) {
            engine.cashback_offer_create(cx, input).await.map_err(explained)?;
        }
    }
    Ok(())
}

fn offers(created_at: DateTime<Utc>) -> [Value; 4] {
    let midnight = |date: NaiveDate| format!("{date}T00:00:00");
    let today = created_at.date_naive();
    let since = midnight(today.checked_sub_days(SINCE).unwrap_or(today));
    let soon = midnight(today.checked_add_days(Days::new(10)).unwrap_or(today));
    let over = midnight(today.checked_sub_days(Days::new(30)).unwrap_or(today));
    [
        json!({"name": "Natural wine", "percentage": "0.05", "products": ["tag:natural wine"], "starts_at": since,
               "cap_per_month": 2_000, "valid_days": 90}),
        // As long as a shirt can be brought back, what it gave waits.
        json!({"name": "Shirts and glasses", "percentage": "0.2", "products": ["category:shop"], "starts_at": since,
               "cap_per_purchase": 1_000, "pending_days": 14, "valid_days": 180}),
        json!({"name": "Autumn cider", "percentage": "0.1", "products": ["category:cider"], "starts_at": since,
               "expires_at": over, "valid_days": 120}),
        json!({"name": "Fill the growler", "percentage": "0.15", "products": ["growler-fill"], "starts_at": soon,
               "cap_per_purchase": 500, "valid_days": 60}),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offer_of_the_demo_is_right() {
        for terms in offers("2026-11-21T12:00:00Z".parse().unwrap()) {
            let input: OfferInput = serde_json::from_value(terms).unwrap();
            assert!(input.check().is_ok(), "{input:?}");
        }
    }
}

//! Two months of evenings at Hearth & Hops, the same in every installation but for the dates.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use perennial_domain::{
    customer::CustomerInput,
    purchase::{CheckedPurchase, LineInput, PurchaseInput},
};
use perennial_engine::{
    Cx, Engine, Error, PageRequest,
    intake::{Source, SubmitOptions},
    purchases::PurchaseFilter,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom as _};

use super::hearth::{CUSTOMERS, PRODUCTS, external_id};
use crate::cli::explained;

const DAYS: u64 = 62;
/// One in this many purchases comes without a customer and waits for its claim.
const UNCLAIMED: u32 = 14;
/// Purchases per submission.
const BATCH: usize = 250;

/// Submits the purchases of the two months before the demo was created, as far as they are missing.
pub(super) async fn load(engine: &Engine, cx: &Cx, created_at: DateTime<Utc>) -> anyhow::Result<()> {
    let today = created_at.date_naive();
    let evenings = (1..=DAYS).rev().filter_map(|age| today.checked_sub_days(Days::new(age)));
    let mut purchases = Vec::new();
    for day in evenings {
        purchases.extend(evening(day, created_at)?);
    }
    // They are submitted in order: where the last one is, all are.
    if let Some(last) = purchases.last()
        && is_stored(engine, cx, last.transaction_id.as_str()).await?
    {
        return Ok(());
    }
    for batch in purchases.chunks(BATCH) {
        submit(engine, cx, batch.to_vec()).await?;
    }
    Ok(())
}

async fn is_stored(engine: &Engine, cx: &Cx, transaction: &str) -> anyhow::Result<bool> {
    let filter = PurchaseFilter { transaction: Some(transaction.to_owned()), ..PurchaseFilter::default() };
    let found = engine.purchase_list(cx, &filter, &PageRequest::new(Some(1), None)?).await?;
    Ok(!found.data.is_empty())
}

async fn submit(engine: &Engine, cx: &Cx, purchases: Vec<CheckedPurchase>) -> anyhow::Result<()> {
    let options = SubmitOptions {
        source: Source::Import,
        deadline: Some(Duration::from_secs(60)),
        ..SubmitOptions::default()
    };
    for outcome in engine.purchases_submit(cx, purchases, options).await {
        match outcome {
            // A load that an earlier version of this program began, with other baskets, is completed all the same.
            Ok(_) | Err(Error::TransactionConflict(_)) => {}
            Err(error) => return Err(explained(error)),
        }
    }
    Ok(())
}

/// The purchases of one evening, in the order of time, as far as they lie before `now`: an evening in New York ends after midnight UTC.
fn evening(day: NaiveDate, now: DateTime<Utc>) -> anyhow::Result<Vec<CheckedPurchase>> {
    // The date is the seed: an evening is the same however often it is made.
    let mut random = StdRng::seed_from_u64(u64::from(day.to_epoch_days().unsigned_abs()));
    let busy = match chrono::Datelike::weekday(&day) {
        chrono::Weekday::Mon | chrono::Weekday::Tue => 8..14,
        chrono::Weekday::Wed | chrono::Weekday::Sun => 12..18,
        chrono::Weekday::Thu => 20..28,
        chrono::Weekday::Fri | chrono::Weekday::Sat => 24..36,
    };
    let mut minutes: Vec<i64> = (0..random.random_range(busy)).map(|_| random.random_range(0..360)).collect();
    minutes.sort_unstable();
    // Evenings begin at 17:30 in New York, in winter at 16:30.
    let opening = day.and_hms_opt(21, 30, 0).unwrap_or_default().and_utc();
    minutes
        .iter()
        .map(|minute| opening + TimeDelta::minutes(*minute))
        .take_while(|occurred_at| *occurred_at <= now)
        .enumerate()
        .map(|(number, occurred_at)| purchase(&mut random, occurred_at, &transaction_id(day, number)))
        .collect()
}

fn transaction_id(day: NaiveDate, number: usize) -> String {
    format!("demo-{}-{number:03}", day.format("%Y%m%d"))
}

fn purchase(
    random: &mut StdRng,
    occurred_at: DateTime<Utc>,
    transaction_id: &str,
) -> anyhow::Result<CheckedPurchase> {
    let store =
        *["riverside", "riverside", "riverside", "old-mill", "old-mill", "station", "lakeview", "canyon"]
            .choose(random)
            .unwrap_or(&"riverside");
    let customer = (!random.random_ratio(1, UNCLAIMED)).then(|| {
        // Regulars come more often: the smaller of two draws.
        let number = random.random_range(0..CUSTOMERS).min(random.random_range(0..CUSTOMERS));
        CustomerInput { external_id: Some(external_id(number)), ..Default::default() }
    });
    let lines = (0..random.random_range(1..=4))
        .filter_map(|_| PRODUCTS.choose(random))
        .map(|(sku, _, _, _, price)| (sku, price))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(sku, price)| LineInput {
            product: Some((*sku).to_owned()),
            quantity: if random.random_ratio(1, 4) { 2 } else { 1 },
            unit_price: Some(*price),
            amount: None,
            discount: None,
        })
        .collect();
    PurchaseInput {
        transaction_id: transaction_id.to_owned(),
        retailer: Some(store.to_owned()),
        customer,
        lines: Some(lines),
        amount: None,
        currency: "USD".to_owned(),
        occurred_at: Some(occurred_at.fixed_offset()),
        ..PurchaseInput::default()
    }
    .check(None)
    .map_err(|fields| explained(Error::Invalid(fields)))
}

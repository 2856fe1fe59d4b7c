//! Two months of evenings at Hearth & Hops, the same in every installation but for the dates.

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

/// Where the stores are, as often as people live near them; whoever goes elsewhere stays in the region.
const HOMES: [(&str, &[&str]); 8] = [
    ("riverside", EAST),
    ("riverside", EAST),
    ("old-mill", EAST),
    ("riverside", EAST),
    ("station", EAST),
    ("lakeview", &["lakeview"]),
    ("old-mill", EAST),
    ("canyon", &["canyon"]),
];
const EAST: &[&str] = &["riverside", "old-mill", "station"];
/// One visit in this many is not at the own store.
const ELSEWHERE: u32 = 7;
/// One tab in this many is paid with points, by whoever has enough of them.
const WITH_POINTS: u32 = 3;
/// So many of the most loyal keep theirs for rewards.
const LOYAL: usize = 10;

const DAYS: u64 = 62;
/// Of many that were tried one with which regulars have what regulars may have: a tier each, and points for what they redeem.
const SEED: u64 = 40_000;
/// One in this many purchases comes without a customer and waits for its claim.
const UNCLAIMED: u32 = 14;

/// Submits the purchases of the two months before the demo was created, as far as they are missing.
pub(super) async fn load(engine: &Engine, cx: &Cx, created_at: DateTime<Utc>) -> anyhow::Result<()> {
    let today = created_at.date_naive();
    let mut evenings = Vec::new();
    for age in (1..=DAYS).rev() {
        let Some(day) = today.checked_sub_days(Days::new(age)) else { continue };
        evenings.push(evening(day, (age - 1) / 7, created_at));
    }
    evenings.retain(|evening| !evening.is_empty());
    // The last one is submitted when all others are there: where it is, all are.
    let Some(last) = evenings.last_mut().and_then(Vec::pop) else { return Ok(()) };
    if is_stored(engine, cx, &last.transaction_id).await? {
        return Ok(());
    }
    // Lists are in the order in which purchases came, and those of one submission come at once.
    for evening in evenings {
        submit(engine, cx, evening).await?;
    }
    submit(engine, cx, vec![last]).await
}

async fn is_stored(engine: &Engine, cx: &Cx, transaction: &str) -> anyhow::Result<bool> {
    let filter = PurchaseFilter { transaction: Some(transaction.to_owned()), ..PurchaseFilter::default() };
    let found = engine.purchase_list(cx, &filter, &PageRequest::new(Some(1), None)?).await?;
    Ok(!found.data.is_empty())
}

/// Submits them in their order. A tab that somebody could not pay with points after all is paid in money.
async fn submit(engine: &Engine, cx: &Cx, purchases: Vec<PurchaseInput>) -> anyhow::Result<()> {
    let mut in_money = Vec::new();
    let sent = purchases.iter().cloned().map(checked).collect::<Result<_, _>>()?;
    for (outcome, purchase) in engine.purchases_submit(cx, sent, options()).await.into_iter().zip(purchases) {
        match outcome {
            // A load that an earlier version of this program began, with other baskets, is completed all the same.
            Ok(_) | Err(Error::TransactionConflict(_)) => {}
            Err(Error::Invalid(_)) if purchase.pay_with_points.is_some() => {
                in_money.push(checked(PurchaseInput { pay_with_points: None, ..purchase })?);
            }
            Err(error) => return Err(explained(error)),
        }
    }
    for outcome in engine.purchases_submit(cx, in_money, options()).await {
        match outcome {
            Ok(_) | Err(Error::TransactionConflict(_)) => {}
            Err(error) => return Err(explained(error)),
        }
    }
    Ok(())
}

fn options() -> SubmitOptions {
    SubmitOptions { source: Source::Import, ..super::UNHURRIED }
}

fn checked(purchase: PurchaseInput) -> anyhow::Result<CheckedPurchase> {
    purchase.check(None).map_err(|fields| explained(Error::Invalid(fields)))
}

/// The purchases of the evening of a day that was so many weeks ago, in the order of time, as far as they lie before `now`: an evening in New York ends after midnight UTC.
fn evening(day: NaiveDate, weeks_ago: u64, now: DateTime<Utc>) -> Vec<PurchaseInput> {
    let weekday = chrono::Datelike::weekday(&day);
    // Which evening of which week it is makes it, and not the date: it is the same however often it is made, and in whichever
    // season a demo begins.
    let place = weeks_ago * 7 + u64::from(weekday.num_days_from_monday());
    let mut random = StdRng::seed_from_u64(SEED + place);
    let busy = match weekday {
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

fn purchase(random: &mut StdRng, occurred_at: DateTime<Utc>, transaction_id: &str) -> PurchaseInput {
    // Regulars come more often: the smaller of two draws.
    let number = random.random_range(0..CUSTOMERS).min(random.random_range(0..CUSTOMERS));
    let is_known = !random.random_ratio(1, UNCLAIMED);
    let lines = (0..random.random_range(1..=4)).filter_map(|_| line(random)).collect();
    let points = [400, 600, 1_000, 1_600].choose(random).copied();
    let points = points.filter(|_| random.random_ratio(1, WITH_POINTS) && number >= LOYAL);
    PurchaseInput {
        transaction_id: transaction_id.to_owned(),
        retailer: Some(store(random, number).to_owned()),
        customer: is_known
            .then(|| CustomerInput { external_id: Some(external_id(number)), ..CustomerInput::default() }),
        lines: Some(lines),
        currency: "USD".to_owned(),
        occurred_at: Some(occurred_at.fixed_offset()),
        pay_with_points: points.filter(|_| is_known),
        ..PurchaseInput::default()
    }
}

/// Where somebody goes tonight.
fn store(random: &mut StdRng, number: usize) -> &'static str {
    let (home, near) = HOMES.get(number % HOMES.len()).copied().unwrap_or(("riverside", EAST));
    match random.random_ratio(1, ELSEWHERE) {
        true => near.choose(random).copied().unwrap_or(home),
        false => home,
    }
}

/// Something that people have in the evening: mostly from the tap and from the kitchen, a shirt once in a while.
fn line(random: &mut StdRng) -> Option<LineInput> {
    let (sku, _, category, _, price) = PRODUCTS
        .choose_weighted(random, |(_, _, category, ..)| match *category {
            "beer" => 8,
            "cider" | "kitchen" => 6,
            "wine" | "soft" => 4,
            _ => 1,
        })
        .ok()?;
    let is_drink = matches!(*category, "beer" | "cider" | "soft" | "wine");
    Some(LineInput {
        product: Some((*sku).to_owned()),
        quantity: if is_drink && random.random_ratio(1, 3) { 2 } else { 1 },
        unit_price: Some(*price),
        amount: None,
        discount: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evening_is_the_same_however_often_it_is_made_and_can_be_posted() {
        let (day, now) = ("2026-11-20".parse().unwrap(), "2026-11-21T12:00:00Z".parse().unwrap());
        let evening =
            |_| evening(day, 0, now).into_iter().map(|input| checked(input).unwrap()).collect::<Vec<_>>();
        assert_eq!(evening(1), evening(2));
        assert!(evening(1).len() >= 20, "a Friday");
    }

    #[test]
    fn what_people_buy_does_not_depend_on_the_date_of_the_demo() {
        let bought = |friday: &str, weeks_ago| {
            let purchases = evening(friday.parse().unwrap(), weeks_ago, DateTime::<Utc>::MAX_UTC);
            let bought = |input: PurchaseInput| (input.retailer, input.pay_with_points, input.lines);
            purchases.into_iter().map(bought).map(|bought| format!("{bought:?}")).collect::<Vec<_>>()
        };
        assert_eq!(bought("2026-11-20", 3), bought("2028-02-25", 3));
        assert_ne!(bought("2026-11-20", 3), bought("2026-11-20", 4));
    }

    #[test]
    fn nobody_crosses_the_country_for_a_beer() {
        let mut random = StdRng::seed_from_u64(7);
        for number in 0..CUSTOMERS {
            let stores: std::collections::BTreeSet<_> = (0..40).map(|_| store(&mut random, number)).collect();
            assert!(!(stores.contains("canyon") && stores.len() > 1), "{number}: {stores:?}");
        }
    }
}

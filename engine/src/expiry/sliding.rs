//! The one date of all points of a customer whose merchant counts inactivity.
//!
//! It is worked out from what the customer did, never from when a job came by. Whoever is about to post an activity, or to
//! take points, first has set aside what is over ([`lock`]): it goes into the lot of its last day, which nobody spends and
//! the round books out. Else a customer who comes back late would bring back to life what was gone.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::expiry::{ExpiryPolicy, over_by};
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use crate::engine::Engine;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::points::{Expiring, PointsSummary};
use crate::statement::statement;

/// Sets aside what of customers is over and tells of how many there was something. Their balances are locked, by a statement
/// of its own before: this one sees what whoever held the lock before has committed.
pub(crate) const SET_ASIDE: &str = concat!(
    include_str!("asked.sql"),
    include_str!("activity.sql"),
    include_str!("until.sql"),
    include_str!("set_aside.sql"),
);
const UNTIL: &str = concat!(
    include_str!("asked.sql"),
    include_str!("activity.sql"),
    include_str!("until.sql"),
    "SELECT customer_id, until FROM until WHERE until IS NOT NULL",
);

/// A policy of inactivity at one moment, as the statements ask for it.
#[derive(Debug, Clone)]
pub(crate) struct Inactivity {
    /// The merchant's zone.
    pub zone: String,
    /// So long without activity, and points are gone.
    pub months: i32,
    /// The merchant's local day.
    pub today: NaiveDate,
    pub now: DateTime<Utc>,
}

impl Inactivity {
    /// Nothing where the merchant has another policy.
    pub fn of(settings: &MerchantSettings, now: DateTime<Utc>) -> Option<Self> {
        let ExpiryPolicy::Inactivity { months } = &settings.expiry else { return None };
        Some(Self {
            zone: settings.time_zone.as_str().to_owned(),
            months: i32::from(*months),
            today: local_date(now, settings.time_zone),
            now,
        })
    }

    /// The placeholders of the statements, in their order.
    fn values(&self, merchant: MerchantId, customers: &[CustomerId]) -> [Value; 6] {
        let customers: BTreeSet<CustomerId> = customers.iter().copied().collect();
        let customers: Vec<Uuid> = customers.into_iter().map(CustomerId::uuid).collect();
        [
            merchant.uuid().into(),
            customers.into(),
            self.zone.clone().into(),
            self.months.into(),
            self.today.into(),
            self.now.into(),
        ]
    }
}

/// Until when the points of each of these customers can be spent, also where that is over. Customers without a date are left
/// out: nobody's points expire before the merchant has said since when inactivity counts.
///
/// Asked for under the lock of their balances, the answer stays true until the commit: whatever is an activity takes
/// that lock.
pub(crate) async fn dates(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    settings: &MerchantSettings,
    customers: &[CustomerId],
    now: DateTime<Utc>,
) -> Result<HashMap<CustomerId, NaiveDate>, Error> {
    let Some(inactivity) = Inactivity::of(settings, now).filter(|_| !customers.is_empty()) else {
        return Ok(HashMap::new());
    };
    let rows = db.query_all_raw(statement(UNTIL, inactivity.values(merchant, customers))).await?;
    let date = |row: &sea_orm::QueryResult| {
        Ok((CustomerId::from_uuid(row.try_get("", "customer_id")?), row.try_get("", "until")?))
    };
    rows.iter().map(date).collect()
}

/// Locks customers like [`Ledger::lock`], with what is over by inactivity set aside. For whoever posts what is an activity, or
/// takes points. Where points live by days of their own it is the same.
pub(crate) async fn lock(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    settings: &MerchantSettings,
    customers: &[CustomerId],
    now: DateTime<Utc>,
) -> Result<Ledger, Error> {
    let ledger = Ledger::lock(txn, merchant, customers, now).await?;
    if set_aside(txn, merchant, settings, customers, now).await? {
        return Ledger::lock(txn, merchant, customers, now).await;
    }
    Ok(ledger)
}

/// Sets aside what of these customers is over, whose balances are locked. Tells whether there was any.
pub(crate) async fn set_aside(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    settings: &MerchantSettings,
    customers: &[CustomerId],
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let Some(inactivity) = Inactivity::of(settings, now).filter(|_| !customers.is_empty()) else {
        return Ok(false);
    };
    let row = txn.query_one_raw(statement(SET_ASIDE, inactivity.values(merchant, customers))).await?;
    let moved: Option<i64> = row.map(|row| row.try_get("", "customers")).transpose()?;
    Ok(moved.is_some_and(|customers| customers > 0))
}

/// Which of these points, each with the instant from which it could be spent, were gone before the job that lets them mature
/// came by, by their place; and their last day. Of a job that is in time, none.
pub(crate) async fn lapsed(
    txn: &impl ConnectionTrait,
    merchant: MerchantId,
    settings: &MerchantSettings,
    matured: &[(CustomerId, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> Result<HashMap<usize, NaiveDate>, Error> {
    let Some(Inactivity { zone, months, today, now }) = Inactivity::of(settings, now) else {
        return Ok(HashMap::new());
    };
    let last = over_by(now, settings.time_zone);
    let may_be_gone = |(_, instant): &(CustomerId, DateTime<Utc>)| {
        settings.expiry.expires_on(local_date(*instant, settings.time_zone)).is_some_and(|day| day <= last)
    };
    if !matured.iter().any(may_be_gone) {
        return Ok(HashMap::new());
    }
    let values: [Value; 7] = [
        merchant.uuid().into(),
        matured.iter().map(|(customer, _)| customer.uuid()).collect::<Vec<_>>().into(),
        zone.into(),
        months.into(),
        today.into(),
        matured.iter().map(|(_, instant)| *instant).collect::<Vec<_>>().into(),
        now.into(),
    ];
    let mut lapsed = HashMap::new();
    for row in txn.query_all_raw(statement(include_str!("lapsed.sql"), values)).await? {
        // Counted from one.
        let place: i64 = row.try_get("", "place")?;
        if let Ok(place) = usize::try_from(place - 1) {
            lapsed.insert(place, row.try_get("", "until")?);
        }
    }
    Ok(lapsed)
}

/// Days that a summary names at most.
const SHOWN: usize = 12;

/// Adds to summaries of customers when their points without a day of their own will be gone.
pub(crate) async fn show(
    engine: &Engine,
    merchant: MerchantId,
    summaries: &mut [&mut PointsSummary],
) -> Result<(), Error> {
    if summaries.is_empty() {
        return Ok(());
    }
    let settings = engine.merchant_settings_in(engine.db(), merchant).await?;
    let customers: Vec<_> = summaries.iter().map(|summary| summary.customer_id).collect();
    let dates = dates(engine.db(), merchant, &settings, &customers, engine.now(merchant)).await?;
    if dates.is_empty() {
        return Ok(());
    }
    let undated = undated(engine.db(), merchant, dates.keys().copied()).await?;
    for summary in summaries {
        let customer = summary.customer_id;
        if let Some((expires_on, points)) = Option::zip(dates.get(&customer), undated.get(&customer)) {
            add(summary, *expires_on, *points);
        }
    }
    Ok(())
}

/// The points without a day of their own that these customers have left.
async fn undated(
    db: &impl ConnectionTrait,
    merchant: MerchantId,
    customers: impl Iterator<Item = CustomerId>,
) -> Result<HashMap<CustomerId, i64>, Error> {
    let ids: Vec<Uuid> = customers.map(|id| id.uuid()).collect();
    let sql = "SELECT customer_id, undated FROM balances
        WHERE merchant_id = $1 AND customer_id = ANY ($2) AND undated > 0";
    let values = [merchant.uuid().into(), ids.into()];
    let rows = db.query_all_raw(statement(sql, values)).await?;
    rows.iter()
        .map(|row| {
            let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
            Ok((customer, row.try_get("", "undated")?))
        })
        .collect()
}

fn add(summary: &mut PointsSummary, expires_on: NaiveDate, points: i64) {
    match summary.expiring.iter_mut().find(|soon| soon.expires_on == expires_on) {
        Some(same) => same.points += points,
        None => summary.expiring.push(Expiring { expires_on, points }),
    }
    summary.expiring.sort_unstable_by_key(|soon| soon.expires_on);
    summary.expiring.truncate(SHOWN);
}

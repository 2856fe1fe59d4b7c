//! What a merchant sees at a glance: totals of a period beside the period before it.
//!
//! Everything comes from `daily_totals`, which the outbox keeps off the purchase path, from the balances, and of what was spent from
//! the ledger: nothing here reads purchases.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use perennial_domain::{access::Action, ids::RetailerId};
use serde::Serialize;

use crate::{Cx, Engine, error::Error, reconcile::first_id_of};

/// A figure now and in the period before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// In this period.
    pub now: i64,
    /// In the period of the same length before it.
    pub before: i64,
}

/// One day of the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Business date of the stores.
    pub date: NaiveDate,
    /// Credited on that day.
    pub now: DayTotals,
    /// Credited on the day that lies one period earlier.
    pub before: DayTotals,
    /// Points spent on this day, in the merchant's zone.
    pub redeemed: i64,
}

/// Sums of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DayTotals {
    /// Purchases.
    pub purchases: i64,
    /// What was paid, minor units.
    pub amount: i64,
    /// Points earned.
    pub points: i64,
}

/// The dashboard's first page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// First and last day, both included, in the merchant's zone.
    pub period: (NaiveDate, NaiveDate),
    /// Purchases of known customers and unclaimed ones.
    pub purchases: Figure,
    /// What was paid, minor units.
    pub amount: Figure,
    /// Points earned.
    pub points: Figure,
    /// Points spent in this period, on rewards and as a part of purchases; always those of the whole merchant, like customers.
    pub redeemed: i64,
    /// Points that cancellations and returns gave back in this period, of what was spent whenever.
    pub given_back: i64,
    /// Customers who enrolled.
    pub new_customers: Figure,
    /// Customers whose last purchase lies in this period. (There is no figure for the period before: only the last purchase is kept.)
    pub active_customers: i64,
    /// Customers in all.
    pub customers: i64,
    /// Points that customers hold now.
    pub outstanding: i64,
    /// Customers who owe points after a return.
    pub owing_customers: i64,
    /// What they owe.
    pub owed: i64,
    /// Every day of the period, oldest first, days without purchases too.
    pub days: Vec<Day>,
}

/// Days that an overview covers at most.
pub const PERIOD_DAYS_MAX: u16 = 366;
/// How much sooner than a day in UTC its first posting may have got its id: days begin sooner in the east, and clocks differ.
const SLACK: TimeDelta = TimeDelta::days(2);

impl Engine {
    /// Totals of the last `days` days up to today in the merchant's zone.
    ///
    /// With a retailer, purchases, amounts, points and days are those of that one; customers are always the merchant's.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/days` unless it is between 1 and [`PERIOD_DAYS_MAX`].
    pub async fn overview(
        &self,
        cx: &Cx,
        days: u16,
        retailer: Option<RetailerId>,
    ) -> Result<Overview, Error> {
        cx.require(Action::PurchasesRead)?;
        if !(1..=PERIOD_DAYS_MAX).contains(&days) {
            return Err(Error::field("/days", "out_of_range", "The period is between 1 and 366 days"));
        }
        let snapshot = self.snapshot(cx).await?;
        let zone = snapshot.settings.time_zone.tz();
        let today = self.now(cx.merchant()).with_timezone(&zone).date_naive();
        let first = back(today, days - 1);
        let first_before = back(first, days);

        let spent = self.overview_redeemed(cx, first, zone.name()).await?;
        let series: Vec<(NaiveDate, i64, i64, i64)> = sqlx::query_as(include_str!("sql/overview_days.sql"))
            .bind(cx.merchant().uuid())
            .bind(first_before)
            .bind(today)
            .bind(cx.retailer().or(retailer).map(|retailer| retailer.uuid()))
            .fetch_all(self.pool())
            .await?;
        let on = |date: NaiveDate| {
            series
                .binary_search_by_key(&date, |(day, ..)| *day)
                .ok()
                .and_then(|index| series.get(index))
                .map_or(DayTotals::default(), |&(_, purchases, amount, points)| DayTotals {
                    purchases,
                    amount,
                    points,
                })
        };
        let rows: Vec<Day> = first
            .iter_days()
            .take(usize::from(days))
            .map(|date| Day {
                date,
                now: on(date),
                before: on(back(date, days)),
                redeemed: spent.iter().find(|(day, ..)| *day == date).map_or(0, |(_, redeemed, _)| *redeemed),
            })
            .collect();

        let (active_customers, customers, outstanding, owing_customers, owed): (i64, i64, i64, i64, i64) =
            sqlx::query_as(include_str!("sql/overview_balances.sql"))
                .bind(cx.merchant().uuid())
                .bind(first)
                .bind(zone.name())
                .fetch_one(self.pool())
                .await?;
        let (enrolled, enrolled_before): (i64, i64) =
            sqlx::query_as(include_str!("sql/overview_enrolled.sql"))
                .bind(cx.merchant().uuid())
                .bind(first_before)
                .bind(first)
                .bind(zone.name())
                .fetch_one(self.pool())
                .await?;
        Ok(Overview {
            period: (first, today),
            purchases: sum(&rows, |totals| totals.purchases),
            amount: sum(&rows, |totals| totals.amount),
            points: sum(&rows, |totals| totals.points),
            redeemed: spent.iter().map(|(_, redeemed, _)| redeemed).sum(),
            given_back: spent.iter().map(|(.., given_back)| given_back).sum(),
            new_customers: Figure { now: enrolled, before: enrolled_before },
            active_customers,
            customers,
            outstanding,
            owing_customers,
            owed,
            days: rows,
        })
    }

    /// Day, points spent on it and points given back on it, from a day of the merchant on; quiet days are left out.
    async fn overview_redeemed(
        &self,
        cx: &Cx,
        first: NaiveDate,
        zone: &str,
    ) -> Result<Vec<(NaiveDate, i64, i64)>, Error> {
        // The clock of a sandbox is ahead of the one by which ids are given, and was never further ahead than now.
        let ahead = self.now(cx.merchant()) - self.clock().now();
        let oldest = first.and_time(NaiveTime::MIN).and_utc().checked_sub_signed(ahead + SLACK);
        let spent = sqlx::query_as(include_str!("sql/overview_redeemed.sql"))
            .bind(cx.merchant().uuid())
            .bind(first)
            .bind(zone)
            .bind(first_id_of(oldest.unwrap_or_default()))
            .fetch_all(self.pool())
            .await?;
        Ok(spent)
    }
}

fn back(date: NaiveDate, days: u16) -> NaiveDate {
    // Out of range only before the year -262143.
    date.checked_sub_days(Days::new(days.into())).unwrap_or(date)
}

fn sum(days: &[Day], of: impl Fn(&DayTotals) -> i64) -> Figure {
    Figure {
        now: days.iter().map(|day| of(&day.now)).sum(),
        before: days.iter().map(|day| of(&day.before)).sum(),
    }
}

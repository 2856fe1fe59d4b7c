//! Birthdays: found once a local day of the merchant, and given for once a year.
//!
//! A round tells the queue of everybody whose birthday it is, in batches, and remembers how far it has come in the same
//! transaction: it may run on any number of servers, twice, and go on after a crash. After an outage it makes up for the
//! last week; a present that comes later than that is none. A birthday that is written down on the day itself is told of by
//! whoever writes it.
//!
//! What a birthday causes is decided when it is heard of, from what is stored by then: it is still that day, and it was
//! written down before the day was over. Its cause has the year in it, so that nobody has it twice a year, and what was
//! given lately for the year before keeps a birthday that was moved over New Year from coming again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use perennial_domain::birthday::{Birthday, celebrating};
use perennial_domain::calendar::{end_of_date, local_date, start_of_date};
use perennial_domain::ids::{CustomerId, MerchantId, PolicyId};
use perennial_domain::policies::PolicyEvent;
use sea_orm::ConnectionTrait;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::award::Cause;
use super::follow::Work;
use super::{ids, statement};
use crate::engine::Engine;
use crate::error::Error;
use crate::jobs::{self, Job};

/// How often it is looked for merchants whose day has changed.
const JOB: Job = Job {
    every: Duration::from_secs(60),
    errors: "policy_birthdays_errors_total",
    failure: "birthdays could not be found",
};
/// Days that are made up for.
const LATE: Days = Days::new(7);
/// Customers of one transaction.
const BATCH: i64 = 2_000;
/// Real birthdays lie a year apart; less than this, the date was changed.
const APART: TimeDelta = TimeDelta::days(300);

/// Finds birthdays until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    jobs::repeat(JOB, stop, || engine.birthdays_round()).await;
}

/// Up to where a merchant's policies have heard.
struct Round {
    day: NaiveDate,
    after: Uuid,
    done: bool,
}

impl Engine {
    /// Tells the policies of every merchant that has some for it whose birthday it is, of each local day once, and tells of how
    /// many customers. Running it again, or elsewhere at the same time, tells of nobody more.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. What is wrong with one merchant keeps no other waiting and is told at the end.
    pub async fn birthdays_round(&self) -> Result<u64, Error> {
        let sql = "SELECT DISTINCT merchant_id FROM reward_policies WHERE hears = 'birthday' AND version > 0";
        let (mut told, mut failed) = (0, None);
        for row in self.db().query_all_raw(statement(sql, [])).await? {
            let merchant = MerchantId::from_uuid(row.try_get("", "merchant_id")?);
            loop {
                match self.birthdays_step(merchant).await {
                    Ok(Some(customers)) => told += customers,
                    Ok(None) => break,
                    Err(error) => {
                        tracing::warn!(%merchant, %error, "birthdays of a merchant could not be found");
                        failed = Some(error);
                        break;
                    }
                }
            }
        }
        if told > 0 {
            self.outbox_wake().wake();
        }
        failed.map_or(Ok(told), Err)
    }

    /// Tells of the next customers, at most of a batch, in a transaction of its own. Tells how many these were; nothing when
    /// all of today have been told of.
    async fn birthdays_step(&self, merchant: MerchantId) -> Result<Option<u64>, Error> {
        let txn = self.begin().await?;
        let zone = self.merchant_settings_in(&txn, merchant).await?.time_zone;
        let today = local_date(self.now(merchant), zone);
        // A merchant's first round begins today.
        let sql = "INSERT INTO birthday_rounds (merchant_id, day, after, done) VALUES ($1, $2, $3, false)
                   ON CONFLICT (merchant_id) DO NOTHING";
        txn.execute_raw(statement(sql, [merchant.uuid().into(), today.into(), Uuid::nil().into()])).await?;
        let sql = "SELECT day, after, done FROM birthday_rounds WHERE merchant_id = $1 FOR NO KEY UPDATE";
        let row = txn.query_one_raw(statement(sql, [merchant.uuid().into()])).await?;
        let row = row.ok_or_else(|| Error::Inconsistent("a round of birthdays is gone".to_owned()))?;
        let round = Round {
            day: row.try_get("", "day")?,
            after: row.try_get("", "after")?,
            done: row.try_get("", "done")?,
        };
        let Some((day, after)) = round.next(today) else { return Ok(None) };
        let values =
            [merchant.uuid().into(), day.into(), celebrating(day).into(), after.into(), BATCH.into()];
        let row = txn.query_one_raw(statement(include_str!("sql/birthdays_tell.sql"), values)).await?;
        let told: i64 = row.map(|row| row.try_get("", "told")).transpose()?.unwrap_or(0);
        txn.commit().await?;
        Ok(Some(told.unsigned_abs()))
    }
}

/// Has the next round of a merchant wait until the transaction ends. What is written down under it is seen by the round of
/// the day, or whoever writes it knows already that the day has begun: nobody falls between the two at midnight.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn hold_round(txn: &impl ConnectionTrait, merchant: MerchantId) -> Result<(), Error> {
    let sql = "SELECT FROM birthday_rounds WHERE merchant_id = $1 FOR SHARE";
    txn.query_one_raw(statement(sql, [merchant.uuid().into()])).await?;
    Ok(())
}

impl Round {
    /// The day whose birthdays are to be told of next, and behind which customer; nothing when all of today's have been.
    fn next(&self, today: NaiveDate) -> Option<(NaiveDate, Uuid)> {
        let first = today.checked_sub_days(LATE).unwrap_or(today);
        if self.day < first {
            return Some((first, Uuid::nil()));
        }
        if !self.done {
            return (self.day <= today).then_some((self.day, self.after));
        }
        let next = self.day.succ_opt().filter(|next| *next <= today)?;
        Some((next, Uuid::nil()))
    }
}

/// What these customers get for their birthdays.
pub(super) async fn causes<'w>(
    work: &Work<'w>,
    birthdays: &BTreeMap<NaiveDate, BTreeSet<Uuid>>,
) -> Result<Vec<Cause<'w>>, Error> {
    let is_birthday = |event: &PolicyEvent| matches!(event, PolicyEvent::Birthday);
    let mut causes = Vec::new();
    if birthdays.is_empty() || !work.listens(is_birthday) {
        return Ok(causes);
    }
    for (day, customers) in birthdays {
        let born = born(work, *day, customers).await?;
        let had = had(work, *day, &born).await?;
        let word = cause(day.year());
        for (customer, at) in born {
            let found = work.causes(customer, at, &word, is_birthday).into_iter();
            causes.extend(found.filter(|cause| !had.contains(&(cause.policy.id, customer))));
        }
    }
    Ok(causes)
}

/// The same whenever it is heard of in a year.
fn cause(year: i32) -> String {
    format!("birthday:{year}")
}

/// Those of these customers who really have their birthday on a day, and since when that has been known: what is written
/// down in the course of the day counts from then on. A day that has not begun here, because the clock of the server that
/// told of it is ahead of ours, counts from its beginning on, too: what it gives is due then.
async fn born(
    work: &Work<'_>,
    day: NaiveDate,
    customers: &BTreeSet<Uuid>,
) -> Result<BTreeMap<CustomerId, DateTime<Utc>>, Error> {
    let zone = work.settings.time_zone;
    let (begins, ends) = (start_of_date(day, zone), end_of_date(day, zone));
    let mut born = BTreeMap::new();
    let values = [work.merchant.uuid().into(), ids(customers.iter().copied())];
    for row in work.txn.query_all_raw(statement(include_str!("sql/birthdays.sql"), values)).await? {
        let customer = CustomerId::from_uuid(row.try_get("", "id")?);
        let set_at: DateTime<Utc> = row.try_get("", "birthday_set_at")?;
        let birthday = Birthday::stored(row.try_get("", "birth_day")?, row.try_get("", "birth_year")?);
        if set_at < ends && birthday.is_some_and(|birthday| birthday.is_on(day)) {
            born.insert(customer, begins.max(set_at));
        }
    }
    Ok(born)
}

/// Who was given something for this birthday, and by which policy.
async fn had(
    work: &Work<'_>,
    day: NaiveDate,
    born: &BTreeMap<CustomerId, DateTime<Utc>>,
) -> Result<BTreeSet<(PolicyId, CustomerId)>, Error> {
    let of_birthdays = work
        .policies
        .iter()
        .filter(|policy| policy.newest().is_some_and(|newest| newest.terms.event == PolicyEvent::Birthday));
    let values = [
        work.merchant.uuid().into(),
        ids(born.keys().copied()),
        ids(of_birthdays.map(|policy| policy.id)),
        cause(day.year()).into(),
        cause(day.year() - 1).into(),
        (start_of_date(day, work.settings.time_zone) - APART).into(),
    ];
    let rows = work.txn.query_all_raw(statement(include_str!("sql/birthdays_had.sql"), values)).await?;
    let row = |row: &sea_orm::QueryResult| {
        let policy = PolicyId::from_uuid(row.try_get("", "policy_id")?);
        Ok((policy, CustomerId::from_uuid(row.try_get("", "beneficiary_id")?)))
    };
    rows.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(day: &str, done: bool) -> Round {
        Round { day: day.parse().unwrap(), after: Uuid::max(), done }
    }

    #[test]
    fn a_round_goes_on_where_it_was_and_makes_up_for_a_week() {
        let today: NaiveDate = "2026-11-21".parse().unwrap();
        let next =
            |day: &str, done| round(day, done).next(today).map(|(day, after)| (day.to_string(), after));
        let from_the_beginning = |day: &str| Some((day.to_owned(), Uuid::nil()));
        assert_eq!(next("2026-11-21", true), None);
        assert_eq!(next("2026-11-21", false), Some(("2026-11-21".to_owned(), Uuid::max())));
        assert_eq!(next("2026-11-20", true), from_the_beginning("2026-11-21"));
        assert_eq!(next("2026-11-14", false), Some(("2026-11-14".to_owned(), Uuid::max())));
        assert_eq!(next("2026-11-13", true), from_the_beginning("2026-11-14"));
        assert_eq!(next("2025-01-01", true), from_the_beginning("2026-11-14"));
        // The merchant has moved to a zone where it is still yesterday.
        assert_eq!(next("2026-11-22", true), None);
        assert_eq!(next("2026-11-22", false), None);
    }
}

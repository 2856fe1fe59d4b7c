//! The round that books out what is over and warns of what will be: once a day for each merchant, soon after the
//! merchant's midnight.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use perennial_domain::calendar::local_date;
use perennial_domain::expiry::over_by;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait, EntityTrait, QueryResult, Value};
use tokio_util::sync::CancellationToken;
use uuid::{Builder, Uuid};

use super::{book_out, sliding, warnings};
use crate::engine::Engine;
use crate::entity::merchant;
use crate::error::Error;
use crate::jobs::{self, Job};
use crate::ledger::Ledger;
use crate::merchants;
pub(super) use crate::statement::statement;

/// How often it is looked for merchants whose day has changed.
const JOB: Job = Job {
    every: Duration::from_secs(60),
    errors: "expiry_errors_total",
    failure: "points could not be expired",
};
/// Customers of one transaction, and rows of one read.
pub(super) const BATCH: i64 = 200;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExpiryRound {
    /// Merchants whose day had changed.
    pub merchants: u64,
    /// Customers who lost points.
    pub customers: u64,
    /// Points that expired.
    pub points: i64,
    /// Warnings that were given.
    pub warnings: u64,
}

/// One merchant at one moment.
pub(super) struct Program<'a> {
    pub engine: &'a Engine,
    pub merchant: MerchantId,
    pub settings: MerchantSettings,
    pub now: DateTime<Utc>,
}

/// Makes rounds until `stop`.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    jobs::repeat(JOB, stop, || engine.expiry_round()).await;
}

impl Engine {
    /// Books out what is over and gives the warnings that are due, of every merchant whose local day has changed since
    /// the last complete round. Running it again, or on several servers at once, changes nothing.
    ///
    /// Only the operator of the installation can do this: it takes no context.
    ///
    /// # Errors
    /// When the database fails. A merchant whose round fails is logged, stops no other, and is tried again next time.
    pub async fn expiry_round(&self) -> Result<ExpiryRound, Error> {
        let mut round = ExpiryRound::default();
        for row in merchant::Entity::find().all(self.db()).await? {
            if let Err(error) = self.expiry_round_of(&row, &mut round).await {
                metrics::counter!("expiry_errors_total").increment(1);
                tracing::error!(merchant = %row.id, %error, "a merchant's points could not be expired");
            }
        }
        if round.warnings > 0 {
            self.inner.mail_wake.notify_one();
        }
        if round.customers > 0 {
            self.outbox_wake().wake();
        }
        metrics::counter!("expiry_points_total").increment(round.points.unsigned_abs());
        metrics::counter!("expiry_warnings_total").increment(round.warnings);
        Ok(round)
    }

    async fn expiry_round_of(&self, row: &merchant::Model, round: &mut ExpiryRound) -> Result<(), Error> {
        let merchant = MerchantId::from_uuid(row.id);
        let settings = merchants::settings(row)?;
        Program { engine: self, merchant, settings, now: self.now(merchant) }.round(round).await
    }
}

impl Program<'_> {
    /// The local day of the merchant.
    pub fn today(&self) -> NaiveDate {
        local_date(self.now, self.settings.time_zone)
    }

    async fn round(&self, round: &mut ExpiryRound) -> Result<(), Error> {
        let today = self.today();
        let done = self
            .rows("SELECT date FROM expiry_runs WHERE merchant_id = $1", [self.merchant.uuid().into()])
            .await?;
        if let Some(row) = done.first()
            && row.try_get::<NaiveDate>("", "date")? >= today
        {
            return Ok(());
        }
        round.merchants += 1;
        let mut complete = self.expire_dated(round).await?;
        complete &= self.expire_sliding(round).await?;
        round.warnings += warnings::give(self).await?;
        if complete {
            let remember = "INSERT INTO expiry_runs AS r (merchant_id, date) VALUES ($1, $2)
                ON CONFLICT (merchant_id) DO UPDATE SET date = greatest(r.date, excluded.date)";
            let values = [self.merchant.uuid().into(), today.into()];
            self.engine.db().execute_raw(statement(remember, values)).await?;
        }
        Ok(())
    }

    /// Lots whose own day is over. Tells whether all of them are booked out.
    async fn expire_dated(&self, round: &mut ExpiryRound) -> Result<bool, Error> {
        let last = over_by(self.now, self.settings.time_zone);
        let (mut after, mut complete) = (Uuid::nil(), true);
        loop {
            let values = [self.merchant.uuid().into(), last.into(), after.into(), BATCH.into()];
            let customers = customers(&self.rows(include_str!("over.sql"), values).await?)?;
            let Some(newest) = customers.last() else { return Ok(complete) };
            after = newest.uuid();
            complete &= self.expire(&customers, round).await?;
        }
    }

    /// Points of customers who have done nothing for long enough. Tells whether all of them are booked out.
    async fn expire_sliding(&self, round: &mut ExpiryRound) -> Result<bool, Error> {
        if !self.settings.expiry.is_sliding() {
            return Ok(true);
        }
        let last = over_by(self.now, self.settings.time_zone);
        let (mut after, mut complete) = (Uuid::nil(), true);
        loop {
            let values = [self.merchant.uuid().into(), after.into(), BATCH.into()];
            let customers = customers(&self.rows(include_str!("undated.sql"), values).await?)?;
            let Some(newest) = customers.last() else { return Ok(complete) };
            after = newest.uuid();
            let (db, settings) = (self.engine.db(), &self.settings);
            let dates = sliding::dates(db, self.merchant, settings, &customers, self.now).await?;
            let over: Vec<_> = customers
                .into_iter()
                .filter(|customer| dates.get(customer).is_some_and(|day| *day <= last))
                .collect();
            if !over.is_empty() {
                complete &= self.expire(&over, round).await?;
            }
        }
    }

    /// Books out what of these customers is over, together; where that fails, one by one, so that one customer whose
    /// rows contradict themselves stops no other. Tells whether it went well for all.
    async fn expire(&self, customers: &[CustomerId], round: &mut ExpiryRound) -> Result<bool, Error> {
        match self.expire_together(customers).await {
            Ok(expired) => {
                round.customers += expired.0;
                round.points += expired.1;
                return Ok(true);
            }
            Err(error @ Error::Busy { .. }) => return Err(error),
            Err(error) => tracing::warn!(%error, "a batch of customers could not be expired; one by one"),
        }
        let mut complete = true;
        for customer in customers {
            match self.expire_together(std::slice::from_ref(customer)).await {
                Ok(expired) => {
                    round.customers += expired.0;
                    round.points += expired.1;
                }
                Err(error) => {
                    complete = false;
                    metrics::counter!("expiry_errors_total").increment(1);
                    tracing::error!(%customer, %error, "a customer's points could not be expired");
                }
            }
        }
        Ok(complete)
    }

    /// One transaction: how many customers lost points, and how many points.
    async fn expire_together(&self, customers: &[CustomerId]) -> Result<(u64, i64), Error> {
        let last = over_by(self.now, self.settings.time_zone);
        let txn = self.engine.begin().await?;
        let mut ledger = Ledger::lock(&txn, self.merchant, customers, self.now).await?;
        // Asked for again under the lock: somebody may have bought something meanwhile.
        let sliding = sliding::dates(&txn, self.merchant, &self.settings, customers, self.now).await?;
        let mut expired = (0, 0);
        for customer in customers {
            let undated = sliding.get(customer).copied();
            let lots = ledger.balance(*customer)?.lots();
            let over = lots.into_iter().filter(|(day, _)| day.or(undated).is_some_and(|day| day <= last));
            let points = book_out(&mut ledger, *customer, self.new_id(), over)?;
            expired.0 += u64::from(points > 0);
            expired.1 += points;
        }
        ledger.write_and_announce(&txn, self.engine, Vec::new()).await?;
        txn.commit().await?;
        Ok(expired)
    }

    pub async fn rows(
        &self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>, Error> {
        Ok(self.engine.db().query_all_raw(statement(sql, values)).await?)
    }

    fn new_id(&self) -> Uuid {
        let (millis, random) = self.engine.id_parts();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// The customers of these rows, in their order.
pub(super) fn customers(rows: &[QueryResult]) -> Result<Vec<CustomerId>, Error> {
    rows.iter().map(|row| Ok(CustomerId::from_uuid(row.try_get("", "customer_id")?))).collect()
}

//! The job by which points mature.
//!
//! It may run on any number of servers, twice, or days late: what is due is decided by the engine's clock, and looked up
//! under the lock of the balances that change. Late points go into the lot of the day on which they were due, as if it
//! had been in time; under inactivity, into none, or, where they would be gone by now, into that of their last day.

use std::time::Duration;

use chrono::{DateTime, Utc};
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::settings::MerchantSettings;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use tokio_util::sync::CancellationToken;
use uuid::{Builder, Uuid};

use super::statement;
use crate::due::{Due, Found, Look};
use crate::engine::Engine;
use crate::error::Error;
use crate::expiry::{lot_day, sliding};
use crate::jobs::{self, Job};
use crate::ledger::{PostingKind, Side};

/// How often it is looked for what is due.
const JOB: Job = Job {
    every: Duration::from_secs(1),
    errors: "maturity_errors_total",
    failure: "points could not mature",
};
/// Rows that one transaction matures at most: short locks, whatever falls due in one night.
const ROWS: i64 = 500;
/// Who has points that are due.
const LOOK: Look = Look {
    what: "points that mature",
    sql: include_str!("due.sql"),
    id: "customer_id",
    rows: ROWS,
    rounds: 100,
};

/// Lets points mature until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    jobs::repeat(JOB, stop, || engine.mature_due()).await;
}

/// What a customer has waited for.
struct Waited {
    customer: CustomerId,
    purchase: Uuid,
    matures_at: DateTime<Utc>,
    points: i64,
}

impl Engine {
    /// Lets mature what is due, of all merchants, for a bounded time; the workers call it all the while. Tells how many
    /// rows matured. Running it again, or elsewhere at the same time, changes nothing more.
    ///
    /// # Errors
    /// When the database fails. What is wrong with one customer keeps no other waiting and is told at the end.
    pub async fn mature_due(&self) -> Result<u64, Error> {
        let (mut matured, mut due) = (0, Due::of(self, &LOOK));
        while let Some(found) = due.next(self).await? {
            match self.mature_customers(&found).await {
                Ok(rows) => matured += rows,
                Err(error) => due.failed(found, error),
            }
        }
        if matured > 0 {
            metrics::counter!("points_matured_total").increment(matured);
            self.outbox_wake().wake();
        }
        due.end().map(|()| matured)
    }

    async fn mature_customers(&self, found: &Found) -> Result<u64, Error> {
        let txn = self.begin().await?;
        let settings = self.merchant_settings_in(&txn, found.merchant).await?;
        let customers: Vec<CustomerId> = found.ids.iter().copied().map(CustomerId::from_uuid).collect();
        let matured = self.mature_in(&txn, found.merchant, &settings, &customers, found.now).await?;
        txn.commit().await?;
        Ok(matured)
    }

    async fn mature_in(
        &self,
        txn: &DatabaseTransaction,
        merchant: MerchantId,
        settings: &MerchantSettings,
        customers: &[CustomerId],
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let mut ledger = sliding::lock(txn, merchant, settings, customers, now).await?;
        // A statement of its own after the lock: it sees what whoever held the lock before has committed.
        let due = due(txn, merchant, customers, now).await?;
        let matured: Vec<_> = due.iter().map(|due| (due.customer, due.matures_at)).collect();
        let lapsed = sliding::lapsed(txn, merchant, settings, &matured, now).await?;
        let mut postings = Vec::with_capacity(due.len());
        for (place, due) in due.iter().enumerate() {
            let (millis, random) = self.id_parts();
            let id = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
            let mut posting = ledger.posting(PostingKind::Maturity, id, due.customer, Some(due.purchase))?;
            let day = lapsed.get(&place).copied().or_else(|| lot_day(settings, due.matures_at));
            posting.credit(Side::Pending, due.points, day)?;
            posting.done();
            postings.push(id);
        }
        if due.is_empty() {
            return Ok(0);
        }
        ledger.write_and_announce(txn, self, Vec::new()).await?;
        let values = [
            merchant.uuid().into(),
            due.iter().map(|due| due.purchase).collect::<Vec<_>>().into(),
            due.iter().map(|due| due.matures_at).collect::<Vec<_>>().into(),
            postings.into(),
        ];
        txn.execute_raw(statement(include_str!("matured.sql"), values)).await?;
        Ok(u64::try_from(due.len()).unwrap_or(u64::MAX))
    }
}

async fn due(
    txn: &DatabaseTransaction,
    merchant: MerchantId,
    customers: &[CustomerId],
    now: DateTime<Utc>,
) -> Result<Vec<Waited>, Error> {
    let customers: Vec<Uuid> = customers.iter().map(|customer| customer.uuid()).collect();
    let values = [merchant.uuid().into(), customers.into(), now.into(), ROWS.into()];
    let rows = txn.query_all_raw(statement(include_str!("due_of.sql"), values)).await?;
    rows.iter()
        .map(|row| {
            Ok(Waited {
                customer: CustomerId::from_uuid(row.try_get("", "customer_id")?),
                purchase: row.try_get("", "purchase_id")?,
                matures_at: row.try_get("", "matures_at")?,
                points: row.try_get("", "waiting")?,
            })
        })
        .collect()
}

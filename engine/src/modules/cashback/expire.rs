//! The job that lets go cashback that nobody spent in time.
//!
//! It may run on any number of servers, twice, or days late: what is due is looked up under the lock of the balances.

use std::time::Duration;

use perennial_domain::events::EventKind;
use perennial_domain::ids::CustomerId;
use perennial_domain::money::Currency;
use sea_orm::ConnectionTrait;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::statement;
use crate::due::{Due, Found, Look};
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Happening;
use crate::jobs::{self, Job};
use crate::ledger::{Direction, Ledger, PostingKind, Side};
use crate::stored::stored;

/// How often it is looked for what is due.
const JOB: Job = Job {
    every: Duration::from_secs(10),
    errors: "cashback_expiry_errors_total",
    failure: "cashback could not expire",
};
/// Who has cashback that is over, by lots.
const LOOK: Look = Look {
    what: "cashback that expires",
    sql: include_str!("due.sql"),
    id: "customer_id",
    rows: 500,
    rounds: 100,
};

/// Lets cashback expire until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    jobs::repeat(JOB, stop, || engine.cashback_expire_due()).await;
}

impl Engine {
    /// Lets expire what is due, of all merchants, for a bounded time. Tells how many customers lost something. Running it
    /// again, or elsewhere at the same time, changes nothing more.
    ///
    /// # Errors
    /// When the database fails. What is wrong with one customer keeps no other waiting and is told at the end.
    pub async fn cashback_expire_due(&self) -> Result<u64, Error> {
        let (mut expired, mut due) = (0, Due::of(self, &LOOK));
        while let Some(found) = due.next(self).await? {
            match self.cashback_expire(&found).await {
                Ok(customers) => expired += customers,
                Err(error) => due.failed(found, error),
            }
        }
        if expired > 0 {
            self.outbox_wake().wake();
        }
        due.end().map(|()| expired)
    }

    async fn cashback_expire(&self, found: &Found) -> Result<u64, Error> {
        let (merchant, now) = (found.merchant, found.now);
        let customers: Vec<CustomerId> = found.ids.iter().copied().map(CustomerId::from_uuid).collect();
        let txn = self.begin().await?;
        let mut ledger = Ledger::lock(&txn, merchant, &customers, now).await?;
        let values = [merchant.uuid().into(), found.ids.clone().into(), now.into()];
        let rows = txn.query_all_raw(statement(include_str!("expire.sql"), values)).await?;
        let mut told = Vec::with_capacity(rows.len());
        for row in &rows {
            let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
            let code: String = row.try_get("", "currency")?;
            let currency: Currency = stored(code.parse(), "cashback_lots.currency")?;
            let id = self.new_cashback_posting();
            let mut posting = ledger.posting(PostingKind::Cashback, id, customer, None)?;
            let amount: i64 = row.try_get("", "amount")?;
            posting.wallet(Side::Expired, Direction::Out, amount, currency)?;
            posting.done();
            let data = json!({ "amount": amount, "currency": currency.code() });
            let what = Happening::of(customer, EventKind::CashbackExpired, data);
            told.extend(ledger.sequence_of(id).map(|sequence| what.with(sequence)));
        }
        ledger.write_and_announce(&txn, self, told).await?;
        txn.commit().await?;
        Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
    }
}

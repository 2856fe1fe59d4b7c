//! The job that lets go cashback that nobody spent in time.
//!
//! It may run on any number of servers, twice, or days late: what is due is looked up under the lock of the balances.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use perennial_domain::events::EventKind;
use perennial_domain::ids::{CustomerId, MerchantId};
use perennial_domain::money::Currency;
use sea_orm::ConnectionTrait;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::statement;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Happening;
use crate::ledger::{Direction, Ledger, PostingKind, Side};
use crate::stored::stored;

/// How often it is looked for what is due.
const EVERY: Duration = Duration::from_secs(10);
/// Lots that one look takes at most: short locks, whatever falls due in one night.
const ROWS: i64 = 500;
/// How often it looks again for more in one run.
const ROUNDS: usize = 100;

/// Lets cashback expire until `stop`. Survives every error.
pub(crate) async fn run(engine: Engine, stop: CancellationToken) {
    loop {
        if let Err(error) = engine.cashback_expire_due().await {
            metrics::counter!("cashback_expiry_errors_total").increment(1);
            tracing::warn!(%error, "cashback could not expire; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl Engine {
    /// Lets expire what is due, of all merchants, for a bounded time. Tells how many customers lost something. Running it
    /// again, or elsewhere at the same time, changes nothing more.
    ///
    /// # Errors
    /// When the database fails. What is wrong with one merchant keeps no other waiting and is told at the end.
    pub async fn cashback_expire_due(&self) -> Result<u64, Error> {
        let (mut expired, mut failed) = (0, None);
        // One look for everybody, and one for each sandbox whose time is another.
        let sandboxes = self.clock().ahead();
        for only in std::iter::once(None).chain(sandboxes.iter().copied().map(Some)) {
            let now = only.map_or_else(|| self.clock().now(), |sandbox| self.now(sandbox));
            let elsewhere = if only.is_none() { sandboxes.as_slice() } else { &[] };
            let mut left_out: Vec<Uuid> = elsewhere.iter().map(|sandbox| sandbox.uuid()).collect();
            for _ in 0..ROUNDS {
                let due = self.cashback_due(now, only, &left_out).await?;
                if due.is_empty() {
                    break;
                }
                for (merchant, customers) in due {
                    match self.cashback_expire(merchant, &customers, now).await {
                        Ok(count) => expired += count,
                        Err(error) => {
                            tracing::warn!(%merchant, %error, "cashback of a merchant could not expire");
                            left_out.push(merchant.uuid());
                            failed = Some(error);
                        }
                    }
                }
            }
        }
        if expired > 0 {
            self.outbox_wake().wake();
        }
        failed.map_or(Ok(expired), Err)
    }

    /// Who has cashback that is over, of one merchant or of all but some.
    async fn cashback_due(
        &self,
        now: DateTime<Utc>,
        only: Option<MerchantId>,
        left_out: &[Uuid],
    ) -> Result<BTreeMap<MerchantId, Vec<CustomerId>>, Error> {
        let only = only.map(MerchantId::uuid);
        let values = [now.into(), ROWS.into(), left_out.to_vec().into(), only.into()];
        let rows = self.db().query_all_raw(statement(include_str!("due.sql"), values)).await?;
        let mut due: BTreeMap<MerchantId, Vec<CustomerId>> = BTreeMap::new();
        for row in rows {
            let merchant = MerchantId::from_uuid(row.try_get("", "merchant_id")?);
            due.entry(merchant).or_default().push(CustomerId::from_uuid(row.try_get("", "customer_id")?));
        }
        Ok(due)
    }

    async fn cashback_expire(
        &self,
        merchant: MerchantId,
        customers: &[CustomerId],
        now: DateTime<Utc>,
    ) -> Result<u64, Error> {
        let txn = self.begin().await?;
        let mut ledger = Ledger::lock(&txn, merchant, customers, now).await?;
        let customers: Vec<Uuid> = customers.iter().map(|customer| customer.uuid()).collect();
        let values = [merchant.uuid().into(), customers.into(), now.into()];
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

//! Proof that the ledger is right: its invariants, checked against what is stored.
//!
//! A run sees one moment: everything is read in a single read-only transaction, so that it can run beside full load. Sums are taken by
//! Postgres; purchases are evaluated again a page at a time. Nothing is ever repaired: a finding names the account or the purchase.
//!
//! A full run looks at everything. A recent one looks at what has an entry since the last run: postings and purchases from
//! there on, and every account that they touched; so it costs what has happened since, however large the books are.

mod evaluation;
mod invariant;
mod schedule;

use chrono::{DateTime, TimeDelta, Utc};
use perennial_domain::access::Action;
use perennial_domain::ids::MerchantId;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{Acquire, FromRow, PgConnection};
use uuid::{Builder, Uuid};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;

use evaluation::by_evaluation;
pub use invariant::Invariant;
use invariant::Proof;
pub(crate) use schedule::run;

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// What is wrong: `customer <id>`, `purchase <id>`, `posting <id>`.
    pub subject: String,
    /// How.
    pub detail: String,
}

/// The result of checking one invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// Which.
    pub invariant: Invariant,
    /// What happened before was not looked at; nothing stands for everything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<DateTime<Utc>>,
    /// When it was checked.
    pub checked_at: DateTime<Utc>,
    /// How many things were looked at.
    pub checked: i64,
    /// How many of them are wrong.
    pub violations: i64,
    /// The first of these.
    pub findings: Vec<Finding>,
}

/// The result of a run over one merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// The merchant.
    pub merchant_id: MerchantId,
    /// One check an invariant; a recent run leaves out what can only be proved of everything.
    pub checks: Vec<Check>,
}

impl Reconciliation {
    /// Whether every invariant holds.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.checks.iter().all(|check| check.violations == 0)
    }
}

/// Findings that are kept of each invariant.
const FINDINGS_MAX: usize = 20;
/// How far a recent run reaches back behind the last one: longer than any transaction or difference between clocks.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);

impl Engine {
    /// Checks every invariant of the acting merchant and stores the result. `progress` hears how many purchases have been
    /// evaluated again.
    ///
    /// # Errors
    /// When the database fails; a violated invariant is a result, not an error.
    pub async fn reconcile(&self, cx: &Cx, progress: impl Fn(u64) + Send) -> Result<Reconciliation, Error> {
        cx.require(Action::SettingsRead)?;
        self.check(cx.merchant(), None, progress).await
    }

    /// The same for what has happened since the last run that found nothing. What such a run has found stays in sight of
    /// the next. Before the first full run this is the first full run.
    ///
    /// # Errors
    /// As [`Engine::reconcile`].
    pub async fn reconcile_recent(
        &self,
        cx: &Cx,
        progress: impl Fn(u64) + Send,
    ) -> Result<Reconciliation, Error> {
        cx.require(Action::SettingsRead)?;
        let since = self.last_clean(cx.merchant()).await?.map(|last| last - OVERLAP);
        self.check(cx.merchant(), since, progress).await
    }

    async fn check(
        &self,
        merchant: MerchantId,
        since: Option<DateTime<Utc>>,
        progress: impl Fn(u64) + Send,
    ) -> Result<Reconciliation, Error> {
        let mut connection = self.pool().acquire().await?;
        stop_when_left(&mut connection).await;
        let mut transaction = connection.begin().await?;
        sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .execute(&mut *transaction)
            .await?;
        sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *transaction).await?;
        // One core at most: whoever buys at the same time comes first.
        sqlx::query("SET LOCAL max_parallel_workers_per_gather = 0").execute(&mut *transaction).await?;
        let from = since.map_or(Uuid::nil(), first_id_of);
        let mut checks = Vec::with_capacity(Invariant::ALL.len());
        for invariant in Invariant::ALL {
            let checked_at = self.clock().now();
            let (mut outcome, mut proved, mut partly) = (Outcome::default(), false, false);
            for proof in invariant.proofs() {
                let part = match *proof {
                    Proof::Whole(_) if since.is_some() => continue,
                    Proof::Whole(statement) | Proof::Standing(statement) => {
                        by_statement(&mut transaction, merchant, statement, None).await?
                    }
                    Proof::Since(statement) => {
                        by_statement(&mut transaction, merchant, statement, Some(from)).await?
                    }
                    Proof::Evaluation => by_evaluation(&mut transaction, merchant, from, &progress).await?,
                };
                proved = true;
                partly |= !matches!(proof, Proof::Standing(_));
                outcome.join(part);
            }
            if !proved {
                continue;
            }
            metrics::counter!("reconcile_violations_total", "invariant" => invariant.name())
                .increment(outcome.violations.unsigned_abs());
            let Outcome { checked, violations, findings } = outcome;
            let since = since.filter(|_| partly);
            checks.push(Check { invariant, since, checked_at, checked, violations, findings });
        }
        transaction.rollback().await?;
        drop(connection);
        self.store(merchant, &checks).await?;
        Ok(Reconciliation { merchant_id: merchant, checks })
    }

    /// The last result of each invariant over everything; empty before the first run.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read settings.
    pub async fn reconciliation(&self, cx: &Cx) -> Result<Vec<Check>, Error> {
        self.stored_checks(cx, false).await
    }

    /// The last result of each invariant over what happened since; empty before the first such run.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read settings.
    pub async fn reconciliation_recent(&self, cx: &Cx) -> Result<Vec<Check>, Error> {
        self.stored_checks(cx, true).await
    }

    async fn stored_checks(&self, cx: &Cx, recent: bool) -> Result<Vec<Check>, Error> {
        cx.require(Action::SettingsRead)?;
        let rows: Vec<Stored> = sqlx::query_as(
            "SELECT invariant, since, checked_at, checked, violations, findings
             FROM reconciliations WHERE merchant_id = $1 AND recent = $2",
        )
        .bind(cx.merchant().uuid())
        .bind(recent)
        .fetch_all(self.pool())
        .await?;
        Ok(Invariant::ALL
            .into_iter()
            .filter_map(|invariant| {
                let row = rows.iter().find(|row| row.invariant == invariant.name())?;
                Some(Check {
                    invariant,
                    since: row.since,
                    checked_at: row.checked_at,
                    checked: row.checked,
                    violations: row.violations,
                    findings: row.findings.0.clone(),
                })
            })
            .collect())
    }

    /// Up to when the books are known to be right, or were when they were last looked at; nothing before the first full
    /// run. A recent run that found something does not count: the next has to find it again.
    async fn last_clean(&self, merchant: MerchantId) -> Result<Option<DateTime<Utc>>, Error> {
        Ok(sqlx::query_scalar(include_str!("reconcile/last_clean.sql"))
            .bind(merchant.uuid())
            .bind(i64::try_from(Invariant::ALL.len()).unwrap_or(i64::MAX))
            .fetch_one(self.pool())
            .await?)
    }

    async fn store(&self, merchant: MerchantId, checks: &[Check]) -> Result<(), Error> {
        for check in checks {
            sqlx::query(include_str!("reconcile/store.sql"))
                .bind(merchant.uuid())
                .bind(check.invariant.name())
                .bind(check.since)
                .bind(check.checked_at)
                .bind(check.checked)
                .bind(check.violations)
                .bind(Json(&check.findings))
                .execute(self.pool())
                .await?;
        }
        Ok(())
    }
}

/// A statement that takes minutes ends when the server that asked has gone: it would go on to its end, and keep what has been deleted
/// since from being cleaned away. Not every system can tell; then it does go on.
async fn stop_when_left(connection: &mut PgConnection) {
    if let Err(error) = sqlx::query("SET client_connection_check_interval = '5s'").execute(connection).await {
        tracing::debug!(%error, "a check of the books goes on when nobody waits for it any more");
    }
}

/// A result as it is stored.
#[derive(FromRow)]
struct Stored {
    invariant: String,
    since: Option<DateTime<Utc>>,
    checked_at: DateTime<Utc>,
    checked: i64,
    violations: i64,
    findings: Json<Vec<Finding>>,
}

/// No posting of this instant, by the world's clock, has an id before this one.
pub(crate) fn first_id_of(instant: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(instant.timestamp_millis()).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

#[derive(Default)]
struct Outcome {
    checked: i64,
    violations: i64,
    findings: Vec<Finding>,
}

impl Outcome {
    fn join(&mut self, other: Self) {
        self.checked += other.checked;
        self.violations += other.violations;
        self.findings.extend(other.findings);
        self.findings.truncate(FINDINGS_MAX);
    }

    fn violation(&mut self, subject: String, detail: String) {
        self.violations += 1;
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { subject, detail });
        }
    }
}

async fn by_statement(
    connection: &mut PgConnection,
    merchant: MerchantId,
    statement: &'static str,
    from: Option<Uuid>,
) -> Result<Outcome, Error> {
    // Not kept as a prepared statement: what is looked at decides how to look for it.
    let mut query = sqlx::query_as(statement)
        .persistent(false)
        .bind(merchant.uuid())
        .bind(i64::try_from(FINDINGS_MAX).unwrap_or(i64::MAX));
    if let Some(from) = from {
        query = query.bind(from);
    }
    let (checked, violations, findings): (i64, i64, Option<Json<Vec<Finding>>>) =
        query.fetch_one(connection).await?;
    Ok(Outcome { checked, violations, findings: findings.map(|Json(findings)| findings).unwrap_or_default() })
}

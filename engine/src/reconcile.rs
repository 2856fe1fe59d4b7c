//! Proof that the ledger is right: the invariants of the specification, checked against what is stored.
//!
//! A run sees one moment: everything is read in a single read-only transaction, so that it can run beside full load. Sums are taken by
//! Postgres; purchases are evaluated again a page at a time. Nothing is ever repaired: a finding names the account or the purchase.

mod schedule;

use chrono::{DateTime, Utc};
use perennial_domain::{
    access::Action,
    evaluate::{LineAward, PurchaseFacts},
    ids::MerchantId,
    points::Points,
};
use serde::{Deserialize, Serialize};
use sqlx::{Acquire, FromRow, PgConnection, Row as _, postgres::PgRow, types::Json};
use uuid::Uuid;

use crate::{
    Cx, Engine,
    error::Error,
    purchase_record::{ClaimRecord, LineRecord, PurchaseRecord},
    replay::RuleShelf,
};

pub(crate) use schedule::run;

/// An invariant of SPEC §3 that stored data can prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Invariant {
    /// Every posting sums to zero per unit.
    I1,
    /// A stored balance is the sum of its entries.
    I2,
    /// Lots minus debt are what is available.
    I3,
    /// Every key has exactly one purchase, every purchase exactly the entries that it earned.
    I4,
    /// Every purchase can be answered again: its row is complete and adds up.
    I5,
    /// Nothing is below zero without a debt, no budget above its bound, and limits count what was given.
    I6,
    /// Returns are never more than their purchase, per line, and what they took back is what was posted.
    I7,
    /// Evaluating a purchase again from its stored facts gives the stored points.
    I11,
}

impl Invariant {
    /// All that are checked, in order.
    pub const ALL: [Self; 8] =
        [Self::I1, Self::I2, Self::I3, Self::I4, Self::I5, Self::I6, Self::I7, Self::I11];

    /// The name in the specification.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::I1 => "I1",
            Self::I2 => "I2",
            Self::I3 => "I3",
            Self::I4 => "I4",
            Self::I5 => "I5",
            Self::I6 => "I6",
            Self::I7 => "I7",
            Self::I11 => "I11",
        }
    }

    /// What holds, as a sentence.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::I1 => "Every posting sums to zero",
            Self::I2 => "Every balance is the sum of its entries",
            Self::I3 => "Lots add up to what is available",
            Self::I4 => "Every purchase is there once, with the entries that it earned",
            Self::I5 => "Every purchase can be answered again",
            Self::I6 => "No balance, limit or budget is overdrawn",
            Self::I7 => "Returns are at most what was bought",
            Self::I11 => "Evaluating a purchase again gives the stored points",
        }
    }

    /// What program modules prove of the same, in tables of their own.
    fn of_modules(self) -> &'static [&'static str] {
        match self {
            Self::I2 => &[crate::cashback::RECONCILE_I2],
            _ => &[],
        }
    }

    /// The statement that checks it; `None` for what code has to check.
    fn statement(self) -> Option<&'static str> {
        match self {
            Self::I1 => Some(include_str!("sql/reconcile_i1.sql")),
            Self::I2 => Some(include_str!("sql/reconcile_i2.sql")),
            Self::I3 => Some(include_str!("sql/reconcile_i3.sql")),
            Self::I4 => Some(include_str!("sql/reconcile_i4.sql")),
            Self::I5 => Some(include_str!("sql/reconcile_i5.sql")),
            Self::I6 => Some(include_str!("sql/reconcile_i6.sql")),
            Self::I7 => Some(include_str!("sql/reconcile_i7.sql")),
            Self::I11 => None,
        }
    }
}

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
    /// One check an invariant.
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
/// Purchases evaluated again at a time: few, since one may have ten thousand lines.
const PAGE: i64 = 100;

impl Engine {
    /// Checks every invariant of the acting merchant and stores the result. `progress` hears how many purchases have been evaluated again.
    ///
    /// # Errors
    /// When the database fails; a violated invariant is a result, not an error.
    pub async fn reconcile(&self, cx: &Cx, progress: impl Fn(u64) + Send) -> Result<Reconciliation, Error> {
        cx.require(Action::SettingsRead)?;
        let mut connection = self.pool().acquire().await?;
        let mut transaction = connection.begin().await?;
        sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .execute(&mut *transaction)
            .await?;
        sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *transaction).await?;
        let mut checks = Vec::with_capacity(Invariant::ALL.len());
        for invariant in Invariant::ALL {
            let checked_at = self.clock().now();
            let mut outcome = match invariant.statement() {
                Some(statement) => by_statement(&mut transaction, cx.merchant(), statement).await?,
                None => by_evaluation(&mut transaction, cx.merchant(), &progress).await?,
            };
            for statement in invariant.of_modules() {
                outcome.join(by_statement(&mut transaction, cx.merchant(), statement).await?);
            }
            metrics::counter!("reconcile_violations_total", "invariant" => invariant.name())
                .increment(outcome.violations.unsigned_abs());
            let Outcome { checked, violations, findings } = outcome;
            checks.push(Check { invariant, checked_at, checked, violations, findings });
        }
        transaction.rollback().await?;
        drop(connection);
        self.store(cx.merchant(), &checks).await?;
        Ok(Reconciliation { merchant_id: cx.merchant(), checks })
    }

    /// The last result of each invariant; empty before the first run.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to read settings.
    pub async fn reconciliation(&self, cx: &Cx) -> Result<Vec<Check>, Error> {
        cx.require(Action::SettingsRead)?;
        let rows: Vec<Stored> = sqlx::query_as(
            "SELECT invariant, checked_at, checked, violations, findings FROM reconciliations WHERE merchant_id = $1",
        )
        .bind(cx.merchant().uuid())
        .fetch_all(self.pool())
        .await?;
        Ok(Invariant::ALL
            .into_iter()
            .filter_map(|invariant| {
                let row = rows.iter().find(|row| row.invariant == invariant.name())?;
                Some(Check {
                    invariant,
                    checked_at: row.checked_at,
                    checked: row.checked,
                    violations: row.violations,
                    findings: row.findings.0.clone(),
                })
            })
            .collect())
    }

    async fn store(&self, merchant: MerchantId, checks: &[Check]) -> Result<(), Error> {
        for check in checks {
            sqlx::query(include_str!("sql/reconcile_store.sql"))
                .bind(merchant.uuid())
                .bind(check.invariant.name())
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

/// A result as it is stored.
#[derive(FromRow)]
struct Stored {
    invariant: String,
    checked_at: DateTime<Utc>,
    checked: i64,
    violations: i64,
    findings: Json<Vec<Finding>>,
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
) -> Result<Outcome, Error> {
    let (checked, violations, findings): (i64, i64, Option<Json<Vec<Finding>>>) = sqlx::query_as(statement)
        .bind(merchant.uuid())
        .bind(i64::try_from(FINDINGS_MAX).unwrap_or(i64::MAX))
        .fetch_one(connection)
        .await?;
    Ok(Outcome { checked, violations, findings: findings.map(|Json(findings)| findings).unwrap_or_default() })
}

/// I11: every purchase and every claim again, down to the points of each line. A row that cannot even be read is a finding, too.
async fn by_evaluation(
    connection: &mut PgConnection,
    merchant: MerchantId,
    progress: &(impl Fn(u64) + Send),
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut shelf = RuleShelf::new(merchant);
    for (what, statement, key) in [("purchase", PURCHASES, "id"), ("claim", CLAIMS, "purchase_id")] {
        let mut after = Uuid::nil();
        loop {
            let rows = sqlx::query(statement)
                .bind(merchant.uuid())
                .bind(after)
                .bind(PAGE)
                .fetch_all(&mut *connection)
                .await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get(key)?;
            for row in &rows {
                outcome.checked += 1;
                let id: Uuid = row.try_get("id")?;
                let evaluated = match Evaluated::from_row(what, row) {
                    Ok(stored) => stored.again(&mut shelf, connection).await,
                    Err(error) => Err(error),
                };
                match evaluated {
                    Ok(None) => {}
                    Ok(Some(detail)) | Err(Error::Inconsistent(detail)) => {
                        let subject = format!("{what} {id}");
                        let detail =
                            detail.strip_prefix(&format!("{subject}: ")).unwrap_or(&detail).to_owned();
                        outcome.violation(subject, detail);
                    }
                    Err(error) => return Err(error),
                }
            }
            progress(outcome.checked.unsigned_abs());
        }
    }
    Ok(outcome)
}

const PURCHASES: &str = "SELECT * FROM purchases WHERE merchant_id = $1 AND id > $2 ORDER BY id LIMIT $3";
// By the purchase, for which there is an index.
const CLAIMS: &str = "SELECT * FROM claims WHERE merchant_id = $1 AND purchase_id > $2 AND claimed_at IS NOT NULL \
     ORDER BY purchase_id LIMIT $3";

/// What a purchase or a claim was evaluated from, and what came out then.
struct Evaluated {
    facts: PurchaseFacts,
    rules_version: i64,
    points: Points,
    lines: Vec<Points>,
}

impl Evaluated {
    fn from_row(what: &str, row: &PgRow) -> Result<Self, Error> {
        let points = |lines: &[LineRecord]| lines.iter().map(|line| line.points).collect();
        if what == "claim" {
            let claim = ClaimRecord::from_row(row)?;
            return Ok(Self {
                facts: claim.purchase_facts(),
                rules_version: claim.rules_version,
                points: claim.points,
                lines: points(&claim.lines),
            });
        }
        let purchase = PurchaseRecord::from_row(row)?;
        Ok(Self {
            facts: purchase.purchase_facts(),
            rules_version: purchase.rules_version,
            points: purchase.points_claimable.unwrap_or(purchase.points_earned),
            lines: points(&purchase.lines),
        })
    }

    /// Evaluates once more and says what differs.
    async fn again(
        &self,
        shelf: &mut RuleShelf,
        connection: &mut PgConnection,
    ) -> Result<Option<String>, Error> {
        let again = shelf.evaluate(connection, &self.facts, self.rules_version).await?;
        if again.points != self.points {
            return Ok(Some(format!("stored {} points, evaluates to {}", self.points, again.points)));
        }
        let differs = |(_, (stored, award)): &(usize, (&Points, &LineAward))| **stored != award.points;
        let line = self.lines.iter().zip(&again.lines).enumerate().find(differs);
        Ok(line.map(|(index, (stored, award))| {
            format!("line {index}: stored {stored} points, evaluates to {}", award.points)
        }))
    }
}

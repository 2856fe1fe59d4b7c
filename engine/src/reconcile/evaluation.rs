//! The proof that needs the rules: every purchase evaluated again.

use perennial_domain::evaluate::{Applied, LineAward, PurchaseFacts};
use perennial_domain::ids::{MerchantId, PromotionId};
use perennial_domain::points::{Points, Remainder};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::Outcome;
use crate::error::Error;
use crate::purchase_record::{ClaimRecord, LineRecord, PurchaseRecord};
use crate::replay::RuleShelf;

/// Purchases evaluated again at a time: few, since one may have ten thousand lines.
const PAGE: i64 = 100;

/// I11: every purchase and every claim again, down to the points of each line and to what it carried over. A row that cannot even be read is a finding, too.
pub(super) async fn by_evaluation(
    connection: &mut PgConnection,
    merchant: MerchantId,
    from: Uuid,
    progress: &(impl Fn(u64) + Send),
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    let mut shelf = RuleShelf::new(merchant);
    for (what, statement) in [("purchase", PURCHASES), ("claim", CLAIMS)] {
        let mut after = from;
        loop {
            let rows = sqlx::query(statement)
                .bind(merchant.uuid())
                .bind(after)
                .bind(PAGE)
                .fetch_all(&mut *connection)
                .await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get("id")?;
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
const CLAIMS: &str = "SELECT * FROM claims WHERE merchant_id = $1 AND id > $2 ORDER BY id LIMIT $3";

/// What a purchase or a claim was evaluated from, and what came out then.
struct Evaluated {
    facts: PurchaseFacts,
    rules_version: i64,
    points: Points,
    lines: Vec<LineRecord>,
}

impl Evaluated {
    fn from_row(what: &str, row: &PgRow) -> Result<Self, Error> {
        if what == "claim" {
            let claim = ClaimRecord::from_row(row)?;
            return Ok(Self {
                facts: claim.purchase_facts(),
                rules_version: claim.rules_version,
                points: claim.points,
                lines: claim.lines,
            });
        }
        let purchase = PurchaseRecord::from_row(row)?;
        Ok(Self {
            facts: purchase.purchase_facts(),
            rules_version: purchase.rules_version,
            points: purchase.points_claimable.unwrap_or(purchase.points_earned),
            lines: purchase.lines,
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
        let lines = self.lines.iter().zip(&again.lines).enumerate();
        let mut differences = lines.filter_map(|(index, (stored, award))| {
            Some(format!("line {index}: {}", difference(stored, award)?))
        });
        Ok(differences.next())
    }
}

/// What differs between a line and what it evaluates to.
fn difference(stored: &LineRecord, award: &LineAward) -> Option<String> {
    if stored.points != award.points {
        return Some(format!("stored {} points, evaluates to {}", stored.points, award.points));
    }
    let is_carried = carried(&stored.applied).eq(carried(&award.applied));
    (!is_carried).then(|| "carries over something else than it evaluates to".to_owned())
}

/// What each promotion carried over.
fn carried(applied: &[Applied]) -> impl Iterator<Item = (PromotionId, Remainder)> {
    applied.iter().filter_map(|applied| Some((applied.promotion_id, applied.carried?)))
}

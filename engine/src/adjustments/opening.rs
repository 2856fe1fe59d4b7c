//! Opening balances: what customers had before they came into the program, brought by an import, once each.
//!
//! An opening balance is an adjustment, so that it is listed, told, exported and forgotten like any other. Whether there is one
//! is asked under the lock of the balance: however often a file is imported, and by how many at once, each is given once.

use std::collections::{BTreeSet, HashMap};

use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::ids::CustomerId;
use perennial_domain::points::Points;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::cx::{By, Cx};
use crate::engine::Engine;
use crate::error::Error;
use crate::expiry::{expire_over, given_day, sliding};
use crate::ledger::{PostingKind, Side};
use crate::statement::statement;

/// Why, for whoever reads it later.
const REASON: &str = "Opening balance";

/// What a customer brings along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    /// The row that says so.
    pub row: usize,
    pub customer: CustomerId,
    pub points: Points,
}

impl Engine {
    /// Gives customers their opening balances, each a posting of its own, and tells the rows that were new. One that was
    /// given before is not given again, by a row of the same file neither: one that still has both of two accounts that were
    /// merged comes to the same, whether their rows are written together or not.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/12/opening_points`: `opening_differs` for a customer with another opening balance, `overflow`
    /// for one who would have more points than can be counted.
    pub(crate) async fn opening_balances_in(
        &self,
        txn: &DatabaseTransaction,
        cx: &Cx,
        openings: &[Opening],
    ) -> Result<BTreeSet<usize>, Error> {
        cx.require(Action::PointsAdjust)?;
        let (now, merchant) = (self.now(cx.merchant()), cx.merchant());
        let settings = self.merchant_settings_in(txn, merchant).await?;
        let customers: Vec<CustomerId> = openings.iter().map(|opening| opening.customer).collect();
        let mut ledger = sliding::lock(txn, merchant, &settings, &customers, now).await?;
        let mut given = given(txn, cx, &customers).await?;
        let expires_on = given_day(&settings, now);
        let (mut new, mut errors) = (Columns::default(), Vec::new());
        for Opening { row, customer, points } in openings {
            let points = points.get();
            let before = given.entry(*customer).or_default();
            match before.as_slice() {
                [] => {}
                // Of two customers who were merged each may have had one.
                before if before.contains(&points) => continue,
                before => {
                    let before: i64 = before.iter().sum();
                    let detail = format!(
                        "The customer has an opening balance of {before} points; what is wrong with it is adjusted"
                    );
                    errors.push(FieldError::new(format!("/{row}/opening_points"), "opening_differs", detail));
                    continue;
                }
            }
            expire_over(&mut ledger, *customer, &settings, now, self.posting_id())?;
            let id = self.posting_id();
            let mut posting = ledger.posting(PostingKind::Adjustment, id, *customer, None)?;
            match posting.credit(Side::Adjusted, points, expires_on) {
                Ok(()) => posting.done(),
                // More than can be counted. With this row all of them are given up, and the others are tried again.
                Err(Error::Conflict { code, detail }) => {
                    errors.push(FieldError::new(format!("/{row}/opening_points"), code, detail));
                    continue;
                }
                Err(error) => return Err(error),
            };
            before.push(points);
            new.rows.insert(*row);
            new.ids.push(id);
            new.customers.push(customer.uuid());
            new.points.push(points);
        }
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        if new.rows.is_empty() {
            return Ok(new.rows);
        }
        ledger.write_and_announce(txn, self, Vec::new()).await?;
        let by = By::from(cx);
        let values = [
            merchant.uuid().into(),
            new.ids.into(),
            new.customers.into(),
            new.points.into(),
            REASON.into(),
            expires_on.into(),
            by.actor.into(),
            by.id.into(),
            by.name.into(),
            now.into(),
        ];
        txn.execute_raw(statement(include_str!("opening.sql"), values)).await?;
        Ok(new.rows)
    }
}

/// The rows that are written, turned on their side.
#[derive(Default)]
struct Columns {
    rows: BTreeSet<usize>,
    ids: Vec<Uuid>,
    customers: Vec<Uuid>,
    points: Vec<i64>,
}

/// The opening balances of customers whose balances are locked, by a statement of its own after that: it sees what whoever
/// held the locks has committed.
async fn given(
    txn: &DatabaseTransaction,
    cx: &Cx,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<i64>>, Error> {
    let ids: Vec<Uuid> = customers.iter().map(|customer| customer.uuid()).collect();
    let sql = "SELECT customer_id, points FROM adjustments
               WHERE merchant_id = $1 AND customer_id = ANY ($2) AND is_opening";
    let mut given: HashMap<CustomerId, Vec<i64>> = HashMap::new();
    for row in txn.query_all_raw(statement(sql, [cx.merchant().uuid().into(), ids.into()])).await? {
        let customer = CustomerId::from_uuid(row.try_get("", "customer_id")?);
        given.entry(customer).or_default().push(row.try_get("", "points")?);
    }
    Ok(given)
}

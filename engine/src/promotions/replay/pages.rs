//! Stored purchases, a page at a time.

use chrono::TimeDelta;
use futures::TryStreamExt as _;
use perennial_domain::evaluate::{Applied, PurchaseFacts};
use perennial_domain::ids::{CustomerId, MerchantId, PurchaseId, RetailerId};
use perennial_domain::replay::{Past, ReplayWindow};
use perennial_domain::returns::{
    GivenTenders, LinePaid, ReturnState, ReturnableLine, ReturnablePurchase, Share,
};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Acquire as _, PgPool, Row as _};
use uuid::{Builder, Uuid};

use crate::error::Error;
use crate::purchase_record::LineRecord;

/// Rows of a page.
const ROWS: usize = 1_000;
/// What a page may weigh: a purchase may have ten thousand lines, and then a page is shorter.
const BYTES: usize = 8 * 1024 * 1024;
/// A page writes nothing, and takes one core at most: whoever buys at the same time comes first.
const MODEST: &str = "SET TRANSACTION READ ONLY; SET LOCAL max_parallel_workers_per_gather = 0";
/// By how much an id may be older than its purchase: tills may be five minutes ahead, servers a little.
const SLACK: TimeDelta = TimeDelta::hours(1);

/// Which purchases are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub merchant: MerchantId,
    /// The only retailer whose purchases are read.
    pub retailer: Option<RetailerId>,
    pub window: ReplayWindow,
    /// No purchase of the window has an id before this one.
    pub first: Uuid,
}

impl Reach {
    /// The purchases of a window, for a merchant whose clock may be ahead of the world's, in which ids are given.
    pub fn new(
        merchant: MerchantId,
        retailer: Option<RetailerId>,
        window: ReplayWindow,
        ahead: TimeDelta,
    ) -> Self {
        let first = window.from().checked_sub_signed(ahead + SLACK).unwrap_or_default();
        let millis = u64::try_from(first.timestamp_millis()).unwrap_or(0);
        let first = Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
        Self { merchant, retailer, window, first }
    }
}

/// Where the next page begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Among the credited purchases, after this posting of this customer.
    Credited { customer: Uuid, posting: Uuid },
    /// Among those that nobody has claimed, after this one.
    Unclaimed { after: Uuid },
    /// After all of them.
    End,
}

impl Place {
    pub const BEGINNING: Self = Self::Credited { customer: Uuid::nil(), posting: Uuid::nil() };
}

/// How many rows are asked for at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Portion(usize);

impl Portion {
    pub const FIRST: Self = Self(ROWS);

    /// What to ask for after a page of so many rows. What was asked for and has no room is sent all the same and thrown away:
    /// where receipts are long, that would be many times what is read.
    fn next(self, rows: usize, is_cut: bool) -> Self {
        Self(if is_cut { rows.max(1) } else { self.0.saturating_mul(2).min(ROWS) })
    }
}

/// The purchases of a page, and where the next one begins. None of its own is open when this returns: neither a
/// transaction, which would keep Postgres from cleaning up behind the intake, nor a connection.
pub(super) async fn page(
    pool: &PgPool,
    reach: &Reach,
    place: Place,
    portion: &mut Portion,
) -> Result<(Vec<PgRow>, Place), Error> {
    let Portion(asked) = *portion;
    let statement = match place {
        Place::Credited { .. } => include_str!("credited.sql"),
        Place::Unclaimed { .. } => include_str!("unclaimed.sql"),
        Place::End => return Ok((Vec::new(), Place::End)),
    };
    let mut query = sqlx::query(statement)
        .persistent(false)
        .bind(reach.merchant.uuid())
        .bind(reach.first)
        .bind(reach.window.from())
        .bind(reach.window.to())
        .bind(reach.retailer.map(|retailer| retailer.uuid()))
        .bind(i64::try_from(asked).unwrap_or(i64::MAX));
    query = match place {
        Place::Credited { customer, posting } => query.bind(posting).bind(customer),
        Place::Unclaimed { after } => query.bind(after),
        Place::End => query,
    };
    let mut rows: Vec<PgRow> = Vec::new();
    let mut bytes = 0_usize;
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(MODEST).execute(&mut *transaction).await?;
    {
        let mut coming = query.fetch(&mut *transaction);
        while bytes < BYTES {
            let Some(row) = coming.try_next().await? else { break };
            bytes = bytes.saturating_add(weight(&row)?);
            rows.push(row);
        }
    }
    transaction.rollback().await?;
    drop(connection);
    let is_cut = bytes >= BYTES;
    *portion = portion.next(rows.len(), is_cut);
    let next = next(place, &rows, is_cut || rows.len() >= asked)?;
    Ok((rows, next))
}

/// Where it goes on: after the last row, or with the next kind of purchases when there are no more of this one.
fn next(place: Place, rows: &[PgRow], may_be_more: bool) -> Result<Place, Error> {
    Ok(match (place, rows.last()) {
        (Place::Credited { .. }, Some(last)) if may_be_more => {
            Place::Credited { customer: last.try_get("customer_id")?, posting: last.try_get("posting_id")? }
        }
        (Place::Credited { .. }, _) => Place::Unclaimed { after: Uuid::nil() },
        (Place::Unclaimed { .. }, Some(last)) if may_be_more => {
            Place::Unclaimed { after: last.try_get("posting_id")? }
        }
        (Place::Unclaimed { .. } | Place::End, _) => Place::End,
    })
}

/// About how many bytes a row is, which are its lines.
fn weight(row: &PgRow) -> Result<usize, Error> {
    Ok(row.try_get_raw("lines")?.as_bytes().map_or(0, <[u8]>::len))
}

/// The purchase of a row with the version of the rules of its time; only its id when what is stored cannot be read.
pub(super) fn read(row: &PgRow) -> Result<Result<(Past, i64), PurchaseId>, Error> {
    let id = PurchaseId::from_uuid(row.try_get("purchase_id")?);
    let facts = shaped(row.try_get::<Json<PurchaseFacts>, _>("facts"))?;
    let lines = shaped(row.try_get::<Json<Vec<LineRecord>>, _>("lines"))?;
    let applied = shaped(row.try_get::<Json<Vec<Applied>>, _>("applied"))?;
    let returned = shaped(row.try_get::<Option<Json<ReturnState>>, _>("returned"))?;
    let (Some(Json(mut facts)), Some(Json(lines)), Some(Json(applied)), Some(returned)) =
        (facts, lines, applied, returned)
    else {
        return Ok(Err(id));
    };
    facts.lines = lines.iter().map(LineRecord::facts).collect();
    let past = Past {
        id,
        customer: row.try_get::<Option<Uuid>, _>("customer_id")?.map(CustomerId::from_uuid),
        counts_at: row.try_get("counts_at")?,
        goods: ReturnablePurchase {
            currency: facts.currency,
            lines: lines.iter().map(goods).collect(),
            flat: applied.iter().map(Share::from).collect(),
            tenders: GivenTenders::default(),
        },
        facts,
        returned: returned.map(|Json(returned)| returned),
    };
    Ok(Ok((past, row.try_get("rules_version")?)))
}

/// What a column holds; nothing when that has another shape than today.
fn shaped<T>(column: Result<T, sqlx::Error>) -> Result<Option<T>, Error> {
    match column {
        Ok(value) => Ok(Some(value)),
        Err(sqlx::Error::ColumnDecode { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A line as a return sees it. What paid for it does not matter to its points.
fn goods(line: &LineRecord) -> ReturnableLine {
    ReturnableLine {
        quantity: line.quantity,
        amount: line.due(),
        paid: LinePaid::default(),
        applied: line.applied.iter().map(Share::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_receipts_are_long_fewer_are_asked_for_until_they_are_short_again() {
        let cut = Portion::FIRST.next(40, true);
        assert_eq!(cut, Portion(40));
        assert_eq!(cut.next(0, true), Portion(1), "one row always has room");
        let mut portion = cut;
        let asked = std::iter::repeat_with(|| {
            portion = portion.next(portion.0, false);
            portion.0
        });
        assert_eq!(asked.take(6).collect::<Vec<_>>(), [80, 160, 320, 640, ROWS, ROWS]);
    }
}

//! CSV files in: products, retailers, customers and past purchases.
//!
//! | kind | columns (required ones first) |
//! |---|---|
//! | `retailers` | **code**, name, region, time_zone, business_day_start |
//! | `products` | **sku**, name, category, tags (separated by `\|`) |
//! | `customers` | one or more of external_id, email, phone, card; name, birthday, opening_points |
//! | `purchases` | **transaction_id**, **retailer**, **amount** or **unit_price** (minor units), occurred_at, product, quantity, discount, currency, and one of customer_external_id, customer_email, customer_phone, customer_card |
//!
//! The first line names the columns; a file with other names is read through [`Columns`]. A purchase is one row a line, its rows next to
//! each other. `occurred_at` is an instant (RFC 3339) or a local time of the store. An empty cell is no value; `currency` defaults to the
//! merchant's, names default to the code or the sku, zones to the merchant's. `opening_points` are what a customer had before: they are
//! given once, whatever a later file says.
//!
//! Each row that is wrong is named with its line and column and left out, the others are taken; a dry run tells all of them first.
//! Importing a file twice changes nothing the second time, and an interrupted import is resumed by running it again: rows are matched by
//! their natural keys, purchases go through the same intake as those of a till.

mod columns;
mod customers;
mod foresee;
mod products;
mod purchases;
mod retailers;
mod table;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    io::Read,
    str::FromStr,
};

use sea_orm::DatabaseTransaction;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

pub use columns::{Columns, UnknownColumn};
pub(crate) use products::cells as product_cells;
pub use table::RowError;

use crate::{Cx, Engine, error::Error, products::NewProduct, retailers::Upserted};
use table::{Place, Table};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Stores.
    Retailers,
    /// What is sold.
    Products,
    /// Who buys.
    Customers,
    /// What was bought.
    Purchases,
}

impl Kind {
    /// The names of its columns.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Retailers => retailers::COLUMNS,
            Self::Products => products::COLUMNS,
            Self::Customers => customers::COLUMNS,
            Self::Purchases => purchases::COLUMNS,
        }
    }

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Retailers => "retailers",
            Self::Products => "products",
            Self::Customers => "customers",
            Self::Purchases => "purchases",
        }
    }
}

/// The word names no kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be retailers, products, customers or purchases")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        [Self::Retailers, Self::Products, Self::Customers, Self::Purchases]
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(UnknownKind)
    }
}

/// How a file is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// What the file holds.
    pub kind: Kind,
    /// Which of its columns is which.
    pub columns: Columns,
    /// Check every row and write nothing.
    pub dry_run: bool,
    /// What the report of an earlier pass over the same file found to be scattered.
    pub leave_out: Scattered,
}

/// Purchases whose rows are not next to each other. A pass that meets the first of these rows cannot know it; a second pass does, and
/// leaves them out whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scattered(HashSet<Fingerprint>);

/// Sixteen bytes that stand for a key or a row, however long that is: files of millions of rows have to fit in memory.
type Fingerprint = [u8; 16];

fn fingerprint(value: &impl Serialize) -> Result<Fingerprint, Error> {
    let text = serde_json::to_vec(value).map_err(|error| Error::Inconsistent(error.to_string()))?;
    let mut fingerprint = Fingerprint::default();
    fingerprint.copy_from_slice(&Sha256::digest(&text)[..16]);
    Ok(fingerprint)
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// What the file held.
    pub kind: Kind,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Rows read, without the line of names.
    pub rows: u64,
    /// Things that the rows describe: purchases, not their lines.
    pub items: u64,
    /// Of these, new ones. A dry run does not count what is there of purchases and leaves this and the next two at 0 for them.
    pub created: u64,
    /// Things that were there with other content.
    pub changed: u64,
    /// Things that were there exactly so.
    pub unchanged: u64,
    /// Things that were refused.
    pub refused: u64,
    /// Points of the purchases in the file, credited now or before.
    pub points: i64,
    /// What was wrong, the first [`ERRORS_MAX`].
    pub errors: Vec<RowError>,
    /// Purchases whose rows are not next to each other, for [`ImportOptions::leave_out`].
    #[serde(skip)]
    pub scattered: Scattered,
}

impl ImportReport {
    fn new(options: &ImportOptions) -> Self {
        Self {
            kind: options.kind,
            dry_run: options.dry_run,
            rows: 0,
            items: 0,
            created: 0,
            changed: 0,
            unchanged: 0,
            refused: 0,
            points: 0,
            errors: Vec::new(),
            scattered: Scattered::default(),
        }
    }

    fn refuse(&mut self, errors: impl IntoIterator<Item = RowError>) {
        self.refused += 1;
        self.note(errors);
    }

    fn note(&mut self, errors: impl IntoIterator<Item = RowError>) {
        let room = ERRORS_MAX.saturating_sub(self.errors.len());
        self.errors.extend(errors.into_iter().take(room));
    }

    fn count(&mut self, upserted: Upserted) {
        self.created += upserted.created;
        self.changed += upserted.changed;
        self.unchanged += upserted.unchanged;
    }
}

/// Errors that a report names.
pub const ERRORS_MAX: usize = 100;
/// Rows written by one statement.
const CHUNK: usize = 1_000;

impl Engine {
    /// Imports a CSV file. Rows that are wrong are refused one by one and reported; the others are imported. Call it with `dry_run` first
    /// to see the report without writing. `progress` hears how many rows have been read.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a required column is missing or the text is no CSV; what the database refuses.
    pub async fn import(
        &self,
        cx: &Cx,
        file: impl Read + Send,
        options: &ImportOptions,
        progress: impl Fn(u64) + Send + Sync,
    ) -> Result<ImportReport, Error> {
        let table = Table::open(file, options.kind, &options.columns)?;
        let report = ImportReport::new(options);
        let settings = || async { Ok::<_, Error>(self.snapshot(cx).await?.settings.clone()) };
        let set = Set { engine: self, table, report, progress: &progress };
        match options.kind {
            Kind::Purchases => {
                purchases::import(self, cx, set.table, set.report, &options.leave_out, &progress).await
            }
            Kind::Retailers => {
                let zone = settings().await?.time_zone;
                set.import(
                    |row| retailers::parse(row, zone),
                    retailers::key,
                    async |txn, chunk| self.retailer_upsert_in(txn, cx, chunk).await,
                )
                .await
            }
            Kind::Products => {
                set.import(products::parse, products::key, async |txn, chunk| {
                    self.product_upsert_in(txn, cx, chunk).await
                })
                .await
            }
            Kind::Customers => {
                let home = settings().await?.default_country.clone();
                set.import(
                    |row| customers::parse(row, home.as_ref()),
                    customers::key,
                    async |txn, chunk| customers::write(self, txn, cx, chunk).await,
                )
                .await
            }
        }
    }
}

/// A file of things that are one row each.
struct Set<'a, R, P> {
    engine: &'a Engine,
    table: Table<R>,
    report: ImportReport,
    progress: &'a P,
}

/// A thing and where it stands.
type Placed<T> = (Place, T);

impl<R: Read, P: Fn(u64) + Sync> Set<'_, R, P> {
    /// Imports every row. The same thing again, with the same content, is read over: so a file of purchases can also be read for its
    /// stores. With other content it is refused, since which of the two should win is not ours to guess.
    async fn import<T, K>(
        mut self,
        parse: impl Fn(&table::Row<'_>) -> Result<T, Vec<RowError>>,
        key: impl Fn(&T) -> K,
        write: impl AsyncFn(&DatabaseTransaction, Vec<T>) -> Result<Upserted, Error>,
    ) -> Result<ImportReport, Error>
    where
        T: Serialize + Clone,
        K: Serialize,
    {
        let mut seen: HashMap<Fingerprint, Fingerprint> = HashMap::new();
        let mut chunk: Vec<Placed<T>> = Vec::with_capacity(CHUNK);
        while let Some(row) = self.table.next()? {
            self.report.rows += 1;
            let parsed = match row {
                Ok(row) => parse(&row).map(|item| (row.place(), item)),
                Err(error) => Err(vec![error]),
            };
            let (place, item) = match parsed {
                Ok(placed) => placed,
                Err(errors) => {
                    self.report.refuse(errors);
                    continue;
                }
            };
            let (identity, content) = (fingerprint(&key(&item))?, fingerprint(&item)?);
            match seen.get(&identity).copied() {
                None => {
                    seen.insert(identity, content);
                    self.report.items += 1;
                    chunk.push((place, item));
                }
                Some(earlier) if earlier == content => {}
                Some(_) => {
                    let detail = "An earlier row says something else about the same";
                    self.report.refuse([place.error("", "duplicate", detail)]);
                }
            }
            if chunk.len() == CHUNK {
                self.write(std::mem::take(&mut chunk), &write).await?;
            }
        }
        self.write(chunk, &write).await?;
        Ok(self.report)
    }

    /// Writes a chunk, or rolls it back in a dry run. Rows that contradict what is stored are refused, the others are tried again.
    async fn write<T: Clone>(
        &mut self,
        mut chunk: Vec<Placed<T>>,
        write: &impl AsyncFn(&DatabaseTransaction, Vec<T>) -> Result<Upserted, Error>,
    ) -> Result<(), Error> {
        while !chunk.is_empty() {
            let txn = self.engine.begin().await?;
            let items = chunk.iter().map(|(_, item)| item.clone()).collect();
            match write(&txn, items).await {
                Ok(upserted) => {
                    if self.report.dry_run {
                        txn.rollback().await?;
                    } else {
                        txn.commit().await?;
                    }
                    self.report.count(upserted);
                    break;
                }
                Err(Error::Invalid(fields)) => {
                    txn.rollback().await?;
                    let wrong: Vec<_> =
                        fields.iter().filter_map(|field| indexed(&field.pointer).zip(Some(field))).collect();
                    if wrong.is_empty() {
                        return Err(Error::Invalid(fields));
                    }
                    for ((index, column), field) in &wrong {
                        if let Some((place, _)) = chunk.get(*index) {
                            self.report.note([place.error(column, field.code.clone(), field.detail.clone())]);
                        }
                    }
                    let wrong: BTreeSet<usize> = wrong.iter().map(|((index, _), _)| *index).collect();
                    self.report.refused += u64::try_from(wrong.len()).unwrap_or(u64::MAX);
                    for index in
                        wrong.into_iter().rev().filter(|index| *index < chunk.len()).collect::<Vec<_>>()
                    {
                        chunk.remove(index);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        (self.progress)(self.report.rows);
        Ok(())
    }
}

/// The products of a file, or what is wrong with its rows.
///
/// # Errors
/// [`Error::Invalid`] when a required column is missing or the text is no CSV.
pub(crate) fn products_of(file: impl Read) -> Result<Result<Vec<NewProduct>, Vec<RowError>>, Error> {
    let mut table = Table::open(file, Kind::Products, &Columns::default())?;
    let (mut products, mut errors) = (Vec::new(), Vec::new());
    while let Some(row) = table.next()? {
        match row.map_err(|error| vec![error]).and_then(|row| products::parse(&row)) {
            Ok(product) => products.push(product),
            Err(wrong) => errors.extend(wrong),
        }
    }
    Ok(if errors.is_empty() { Ok(products) } else { Err(errors) })
}

/// The row and the column in a pointer such as `/12/email`.
fn indexed(pointer: &str) -> Option<(usize, &str)> {
    let (index, column) =
        pointer.strip_prefix('/')?.split_once('/').unwrap_or((pointer.strip_prefix('/')?, ""));
    Some((index.parse().ok()?, column))
}

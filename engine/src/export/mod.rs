//! CSV files out: retailers, products, customers and past purchases, in the columns that [`import`](crate::import) reads, so that a
//! merchant can leave with everything, or go on elsewhere.
//!
//! ```text
//! begin ─ one read-only transaction ─▶ write a kind ─ a page at a time ─▶ rows, and remarks about what rows cannot say ─▶ … ─▶ end
//! ```
//! All files of an export show one moment. Each is written while it is read, so that memory does not grow with it. Whatever a
//! row cannot say is counted: a [`Remark`] for points that wait, for what was returned, for who is left out.
//!
//! The balance of a customer is what the purchases have earned, so whoever imports both would count twice where promotions
//! credit the purchases again. That is why balances are only written when they are asked for.

mod catalogue;
mod customers;
mod purchases;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;

use perennial_domain::access::Action;
use serde::Serialize;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::error::Error;
use crate::import::Kind;

/// What is written besides what always is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// What customers can spend, as their opening balances.
    pub balances: bool,
    /// Retailers and products that are archived. An import lets them take part again.
    pub archived: bool,
}

/// What was written of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// What the file holds.
    pub kind: Kind,
    /// Rows, without the line of names.
    pub rows: u64,
    /// Things that the rows describe: purchases, not their lines.
    pub items: u64,
    /// What the rows do not say, each with how many points, customers or purchases that concerns.
    pub remarks: BTreeMap<Remark, i64>,
}

/// Something that a file leaves out, or says otherwise than it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remark {
    /// Retailers or products that are archived.
    Archived,
    /// Customers by whom no row could find them again.
    WithoutIdentity,
    /// Customers who have further identities from accounts that were merged into theirs.
    FurtherIdentities,
    /// Points that can be spent.
    SpendablePoints,
    /// Points that wait before they can be spent.
    PendingPoints,
    /// Points that are held by open redemptions.
    ReservedPoints,
    /// Points that customers owe whose balance is below zero.
    OwedPoints,
    /// Customers with cashback.
    Cashback,
    /// Purchases that were returned whole.
    Returned,
    /// Purchases of which a part was returned.
    ReturnedInPart,
    /// Purchases that were not paid in money alone.
    PaidOtherwise,
    /// Purchases that nobody has claimed.
    Unclaimed,
    /// Purchases of customers who have no identity any more, most of them erased.
    WithoutCustomer,
    /// Purchases at retailers that are archived.
    AtArchived,
}

impl Remark {
    /// The words behind the number.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Archived => "archived, left out",
            Self::WithoutIdentity => "customers without external id, e-mail, phone and card, left out",
            Self::FurtherIdentities => "customers with further identities from merged accounts, not written",
            Self::SpendablePoints => "points that can be spent, not written",
            Self::PendingPoints => "points that wait before they can be spent, not written",
            Self::ReservedPoints => "points held by open redemptions, not written",
            Self::OwedPoints => "points owed by customers below zero, not written",
            Self::Cashback => "customers with cashback, which is not written",
            Self::Returned => "purchases returned whole, left out",
            Self::ReturnedInPart => "purchases returned in part, written with what was kept",
            Self::PaidOtherwise => {
                "purchases paid with vouchers, points or cashback, which are written as a discount"
            }
            Self::Unclaimed => "purchases that nobody has claimed, written without a customer",
            Self::WithoutCustomer => {
                "purchases of customers who were erased or have no identity, written without a customer"
            }
            Self::AtArchived => {
                "purchases at archived retailers, which can be imported where the retailer takes part"
            }
        }
    }
}

/// An export under way: every file that it writes shows the same moment.
pub struct Export {
    cx: Cx,
    transaction: Transaction<'static, Postgres>,
}

impl Engine {
    /// Begins an export. Whoever begins one holds a connection until it ends.
    ///
    /// # Errors
    /// When the database fails. Who may read what is asked file by file.
    pub async fn export_begin(&self, cx: &Cx) -> Result<Export, Error> {
        let mut transaction = self.pool().begin().await?;
        sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .execute(&mut *transaction)
            .await?;
        sqlx::query("SET LOCAL statement_timeout = 0").execute(&mut *transaction).await?;
        // Whoever reads from a pipe may take some time, and not for ever: as long as this moment is kept, Postgres clears nothing
        // away that is deleted anywhere.
        sqlx::query("SET LOCAL idle_in_transaction_session_timeout = '10min'")
            .execute(&mut *transaction)
            .await?;
        Ok(Export { cx: cx.clone(), transaction })
    }
}

impl Export {
    /// Writes everything of one kind as CSV. `progress` hears how many rows have been written.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever may not read all of it; [`Error::Invalid`] at `/file` when it cannot be written, at
    /// `/products` for a tag that has no form in CSV; what the database fails with.
    pub async fn write(
        &mut self,
        kind: Kind,
        options: ExportOptions,
        to: impl Write + Send,
        progress: impl Fn(u64) + Send + Sync,
    ) -> Result<ExportReport, Error> {
        let action = match kind {
            Kind::Retailers | Kind::Products => Action::CatalogueRead,
            Kind::Customers => Action::CustomersExport,
            Kind::Purchases => Action::PurchasesRead,
        };
        self.cx.require(action)?;
        // Who is bound to one retailer reads nothing of the others.
        if self.cx.retailer().is_some() {
            return Err(Error::Forbidden(action));
        }
        let merchant = self.cx.merchant();
        let connection: &mut PgConnection = &mut self.transaction;
        let mut sheet = Sheet::begin(kind, to)?;
        match kind {
            Kind::Retailers => {
                catalogue::retailers(connection, merchant, options, &mut sheet, &progress).await?;
            }
            Kind::Products => {
                catalogue::products(connection, merchant, options, &mut sheet, &progress).await?;
            }
            Kind::Customers => {
                customers::write(connection, merchant, options, &mut sheet, &progress).await?;
            }
            Kind::Purchases => purchases::write(connection, merchant, &mut sheet, &progress).await?,
        }
        sheet.finish()
    }

    /// Ends it and gives the connection back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end(self) -> Result<(), Error> {
        Ok(self.transaction.rollback().await?)
    }
}

/// Things that are read at a time.
const PAGE: i64 = 1_000;

/// A file that is being written.
struct Sheet<W: Write> {
    writer: csv::Writer<W>,
    report: ExportReport,
}

impl<W: Write> Sheet<W> {
    /// Writes the line of names.
    fn begin(kind: Kind, to: W) -> Result<Self, Error> {
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(kind.columns()).map_err(unwritable)?;
        let report = ExportReport { kind, rows: 0, items: 0, remarks: BTreeMap::new() };
        Ok(Self { writer, report })
    }

    /// Writes a row, its cells in the order of the columns. Cells are as they are stored: an import undoes no disguise.
    fn row<const N: usize>(&mut self, cells: [&str; N]) -> Result<(), Error> {
        self.writer.write_record(cells).map_err(unwritable)?;
        self.report.rows += 1;
        Ok(())
    }

    /// Counts a thing whose rows are written.
    fn item(&mut self) {
        self.report.items += 1;
    }

    /// Counts what the rows do not say.
    fn remark(&mut self, remark: Remark, count: i64) {
        if count > 0 {
            let total = self.report.remarks.entry(remark).or_default();
            *total = total.saturating_add(count);
        }
    }

    fn finish(mut self) -> Result<ExportReport, Error> {
        self.writer.flush().map_err(unwritable)?;
        Ok(self.report)
    }
}

fn unwritable(error: impl Display) -> Error {
    Error::field("/file", "unwritable", format!("Cannot be written: {error}"))
}

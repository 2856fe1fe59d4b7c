//! `perennial import`: CSV files of products, retailers, customers and past purchases, and whole programs.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use perennial_engine::{
    Cx, Engine, Error,
    import::{Columns, ImportOptions, ImportReport, Kind, Scattered},
};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde::Serialize;

use super::{Session, print_result, program};
use crate::config::Config;

/// What `--help` adds.
const COLUMNS: &str = "\
The whole file is checked first, also against what is stored; nothing is written if a row is
wrong. A change between the check and the import, such as a retailer being archived, can still
refuse a purchase after others were written. Running it twice changes nothing the second time;
running it again after an interruption continues.

Columns (those before the semicolon are required; an empty cell is no value):

  retailers   code; name, region, time_zone, business_day_start (HH:MM)
  products    sku; name, category, tags (separated by |)
  customers   one or more of external_id, email, phone, card; name, birthday, opening_points
  purchases   transaction_id, retailer, amount or unit_price (minor units); occurred_at,
              product, quantity, discount, currency, and one of customer_external_id,
              customer_email, customer_phone, customer_card

A purchase has one row per line, next to each other. occurred_at is RFC 3339 or a local time of
the store. opening_points are what a customer had in an earlier program; they are given once.

A whole program, with --program, is imported in one transaction: everything new, changed or
refused is listed, and nothing is written if anything is refused. Things are matched by code,
sku or name; what the file does not name stays as it is.";

/// Imports a CSV file, or a whole program.
#[derive(Debug, clap::Args)]
#[command(after_long_help = COLUMNS)]
pub struct Args {
    /// What the file holds: retailers, products, customers or purchases
    #[arg(value_parser = |text: &str| text.parse::<Kind>(), required_unless_present = "program")]
    kind: Option<Kind>,
    /// The file; .gz is decompressed
    #[arg(required_unless_present = "program")]
    file: Option<PathBuf>,
    /// Import a whole program, as `perennial export --program` writes it, instead of a CSV file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "file", "map", "set", "skip_invalid"])]
    program: Option<PathBuf>,
    /// Slug of the merchant
    #[arg(long)]
    merchant: String,
    /// Read a column from one of another name, such as --map transaction_id=basket
    #[arg(long, value_name = "OURS=THEIRS")]
    map: Vec<String>,
    /// Use one value for a column in every row, such as --set time_zone=Europe/Vienna
    #[arg(long, value_name = "COLUMN=VALUE")]
    set: Vec<String>,
    /// Check every row and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Import the valid rows even if others are wrong
    #[arg(long)]
    skip_invalid: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    if let Some(path) = &args.program {
        return program::import(path, &args.merchant, args.dry_run, args.json, config).await;
    }
    let (Some(kind), Some(path)) = (args.kind, &args.file) else {
        anyhow::bail!("What the file holds, and which file: `perennial import --help`");
    };
    let columns = columns(kind, &args.map, &args.set)?;
    let source = Source { path, kind, columns: &columns };
    let session = Session::open(&config).await?;
    let report = checked(&session.engine, &args, &source).await;
    session.close().await?;
    let report = report?;
    print_result(args.json, &report, || sentences(&report))?;
    Ok(if report.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn checked(engine: &Engine, args: &Args, source: &Source<'_>) -> anyhow::Result<ImportReport> {
    let merchant = engine
        .merchant_by_slug(&args.merchant)
        .await
        .with_context(|| format!("--merchant: {}", args.merchant))?;
    let cx = Cx::system(merchant.id);
    let dry = source.check(engine, &cx).await?;
    if args.dry_run || (dry.refused > 0 && !args.skip_invalid) {
        return Ok(dry);
    }
    source.import(engine, &cx, &dry).await
}

/// A file and how it is read; also what `perennial demo grocery` uses.
pub(super) struct Source<'a> {
    pub path: &'a Path,
    pub kind: Kind,
    pub columns: &'a Columns,
}

impl Source<'_> {
    /// Checks every row and writes nothing.
    pub async fn check(&self, engine: &Engine, cx: &Cx) -> anyhow::Result<ImportReport> {
        self.read(engine, cx, self.options(true)).await
    }

    /// Imports the file after it was checked.
    pub async fn import(
        &self,
        engine: &Engine,
        cx: &Cx,
        checked: &ImportReport,
    ) -> anyhow::Result<ImportReport> {
        let options = ImportOptions { leave_out: checked.scattered.clone(), ..self.options(false) };
        self.read(engine, cx, options).await
    }

    fn options(&self, dry_run: bool) -> ImportOptions {
        ImportOptions {
            kind: self.kind,
            columns: self.columns.clone(),
            dry_run,
            leave_out: Scattered::default(),
        }
    }

    /// Reads the file with a progress bar over its bytes.
    async fn read(&self, engine: &Engine, cx: &Cx, options: ImportOptions) -> anyhow::Result<ImportReport> {
        let file = File::open(self.path).with_context(|| self.path.display().to_string())?;
        // Hidden by itself where standard error is no terminal.
        let bar = ProgressBar::new(file.metadata()?.len());
        bar.set_style(
            ProgressStyle::with_template("{msg:>22} [{bar:32}] {percent:>3} %  {prefix} rows")?
                .progress_chars("=> "),
        );
        bar.set_message(format!(
            "{} {}",
            if options.dry_run { "checking" } else { "importing" },
            self.kind.name()
        ));
        bar.enable_steady_tick(Duration::from_millis(120));
        let counted = bar.wrap_read(file);
        let reader: Box<dyn Read + Send> = if self.path.extension().is_some_and(|extension| extension == "gz")
        {
            // Files that were joined end to end are several members.
            Box::new(MultiGzDecoder::new(BufReader::new(counted)))
        } else {
            Box::new(BufReader::new(counted))
        };
        let told = bar.clone();
        let report = engine.import(cx, reader, &options, move |rows| told.set_prefix(rows.to_string())).await;
        bar.finish_and_clear();
        report.map_err(about_file).with_context(|| self.path.display().to_string())
    }
}

/// What is wrong with a file as a whole: the sentences without the pointers, which are no options here.
pub(super) fn about_file(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(fields) => {
            let sentences: Vec<_> = fields.into_iter().map(|field| field.detail).collect();
            anyhow::anyhow!("{}", sentences.join("; "))
        }
        other => other.into(),
    }
}

fn columns(kind: Kind, renamed: &[String], fixed: &[String]) -> anyhow::Result<Columns> {
    let mut columns = Columns::default();
    for pair in renamed {
        let (ours, theirs) =
            pair.split_once('=').with_context(|| format!("--map {pair}: must be OURS=THEIRS"))?;
        columns.rename(kind, ours.trim(), theirs.trim()).with_context(|| format!("--map {pair}"))?;
    }
    for pair in fixed {
        let (ours, value) =
            pair.split_once('=').with_context(|| format!("--set {pair}: must be COLUMN=VALUE"))?;
        columns.fix(kind, ours.trim(), value.trim()).with_context(|| format!("--set {pair}"))?;
    }
    Ok(columns)
}

/// The report for people, errors first.
pub(super) fn sentences(report: &ImportReport) -> String {
    let mut text = String::new();
    for error in &report.errors {
        let column = if error.column.is_empty() { String::new() } else { format!(", {}", error.column) };
        text.push_str(&format!("line {}{column}: {}\n", error.line, error.detail));
    }
    if report.refused > report.errors.len() as u64 {
        text.push_str("… and more\n");
    }
    let kind = report.kind.name();
    if report.dry_run {
        let verdict = if report.refused == 0 { "all right" } else { "nothing was written" };
        text.push_str(&format!(
            "{kind}: {} rows, {} items, {} refused; {verdict}",
            report.rows, report.items, report.refused
        ));
        return text;
    }
    text.push_str(&format!("{kind}: {} rows, {} new", report.rows, report.created));
    if report.kind != Kind::Purchases {
        text.push_str(&format!(", {} changed", report.changed));
    }
    text.push_str(&format!(", {} there already, {} refused", report.unchanged, report.refused));
    if report.kind == Kind::Purchases {
        text.push_str(&format!(", {} points in all", report.points));
    }
    text
}

/// What an import of several files did, for scripts.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    /// Purchases in the files.
    pub purchases: u64,
    /// Their lines.
    pub lines: u64,
    /// Points credited for them, now or before.
    pub points: i64,
    /// Retailers that the merchant has now.
    pub retailers: u64,
    /// Customers that it has now.
    pub customers: u64,
    /// What the entries of all customers in the ledger come to, in points.
    pub entries: i64,
    /// Things that were new or changed, of every kind.
    pub written: u64,
}

impl Summary {
    /// Of the reports of all files, and of what is stored now.
    pub(super) async fn of(engine: &Engine, cx: &Cx, reports: &[ImportReport]) -> anyhow::Result<Self> {
        let purchases = reports.iter().filter(|report| report.kind == Kind::Purchases);
        Ok(Self {
            retailers: engine.retailer_count(cx).await?,
            customers: engine.customer_count(cx).await?,
            entries: entries(engine, cx).await?,
            purchases: purchases.clone().map(|report| report.items).sum(),
            lines: purchases.clone().map(|report| report.rows).sum(),
            points: purchases.map(|report| report.points).sum(),
            written: reports.iter().map(|report| report.created + report.changed).sum(),
        })
    }
}

/// Adds up what stands in the accounts of customers, entry by entry: the balances are another sum of the same.
async fn entries(engine: &Engine, cx: &Cx) -> anyhow::Result<i64> {
    let sum = "SELECT coalesce(sum(amount), 0)::int8 AS points FROM entries
               WHERE merchant_id = $1 AND customer_id IS NOT NULL AND unit = 'points'";
    let sum = Statement::from_sql_and_values(DbBackend::Postgres, sum, [cx.merchant().uuid().into()]);
    let row = engine.db().query_one_raw(sum).await?.context("a sum has no row")?;
    Ok(row.try_get("", "points")?)
}

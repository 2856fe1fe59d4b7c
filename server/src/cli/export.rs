//! `perennial export`: CSV files of retailers, products, customers and past purchases, and whole programs.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use perennial_engine::{
    Cx, Engine,
    export::{Export, ExportOptions, ExportReport},
    import::Kind,
};
use serde::Serialize;

use super::{
    Session,
    draft::{Draft, is_standard},
    import::about_file,
    print_result,
    program::{self, Exported},
};
use crate::config::Config;

/// What `--help` adds.
const ABOUT: &str = "\
The program is JSON in the words of the API: settings, retailers, products, tiers, promotions
(the version in force, later ones and the draft), cashback offers, rewards, reward policies, the
referral policy and message templates. It contains no secrets and no customers: no keys,
webhooks, voucher codes or staff. What has ended or is archived is left out. `perennial import
--program FILE` brings it into another merchant's program.

The other files are CSV in the columns that `perennial import` reads (`perennial import
--help`), compressed when the name ends in .gz. All of one run show one moment; the program is
read just before. Each is in its place whole or, when something fails, not at all. What a file
cannot say is counted: points that wait, are held or owed, cashback, returns, who is left out.

  retailers   those that take part; with --archived the others too, which an import lets take
              part again
  products    the same
  customers   not those who were erased or merged into another; opening_points only with
              --balances
  purchases   one row per line, in the order of arrival: what was kept, without what was
              returned. What was paid with vouchers, points or cashback is written as a
              discount. occurred_at is the time of the till, or when it was received where the
              till told none, with the offset of the store. Amounts are in minor units.

Balances and purchases say the same twice: purchases are credited by the promotions of the
program into which they are imported, and balances come on top. To go on elsewhere with the
points that customers have, export customers with --balances, and import in this order:
retailers, products, customers, purchases, and the program last, so that there are no promotions
yet that would credit the purchases. To have the points reckoned anew, export without --balances
and import the program before the purchases. Balances are for another merchant: imported where
they come from, they would be given again. They expire by the settings in force when they are
imported. Tiers held, vouchers, referrals and messages are in no file.

Cells are written as they are. Before opening a file in a spreadsheet, tell it to read them as
text: it would take leading zeros off, and compute what begins with =.";

/// Writes a merchant's data to files.
#[derive(Debug, clap::Args)]
#[command(after_long_help = ABOUT)]
pub struct Args {
    /// Slug of the merchant
    #[arg(long)]
    merchant: String,
    /// Write the whole program to this file; - for standard output, as with the others
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Write the retailers to this file
    #[arg(long, value_name = "FILE")]
    retailers: Option<PathBuf>,
    /// Write the products to this file; with --program the name of one beside it, for large catalogues
    #[arg(long, value_name = "FILE")]
    products: Option<String>,
    /// Write the customers to this file
    #[arg(long, value_name = "FILE")]
    customers: Option<PathBuf>,
    /// Write the purchases to this file
    #[arg(long, value_name = "FILE")]
    purchases: Option<PathBuf>,
    /// Write what customers can spend as their opening balances: for another merchant, see below
    #[arg(long, requires = "customers")]
    balances: bool,
    /// Write archived retailers and products too
    #[arg(long)]
    archived: bool,
    /// Print one JSON object about what was written
    #[arg(long)]
    json: bool,
}

/// What was written.
#[derive(Serialize)]
struct Written {
    #[serde(flatten)]
    program: Option<Exported>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<Table>,
}

/// A CSV file that was written.
#[derive(Serialize)]
struct Table {
    file: String,
    #[serde(flatten)]
    report: ExportReport,
}

/// Runs `perennial export`.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    // Before anything is started: most mistakes are in the names.
    args.check()?;
    let session = Session::open(&config).await?;
    let written = write(&session.engine, &args).await;
    session.close().await?;
    let written = written?;
    let double = args.balances && args.purchases.is_some();
    if args.files().iter().any(|(_, path)| is_standard(path)) {
        // Standard output has the file and nothing else.
        for table in &written.files {
            eprintln!("{}", table.sentence());
        }
    } else {
        print_result(args.json, &written, || written.sentences(double))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// The CSV files that are wanted.
    fn tables(&self) -> Vec<(Kind, PathBuf)> {
        let products = self.products.as_ref().filter(|_| self.program.is_none()).map(PathBuf::from);
        [
            (Kind::Retailers, self.retailers.clone()),
            (Kind::Products, products),
            (Kind::Customers, self.customers.clone()),
            (Kind::Purchases, self.purchases.clone()),
        ]
        .into_iter()
        .filter_map(|(kind, path)| Some((kind, path?)))
        .collect()
    }

    /// All files, each with the name of its option.
    fn files(&self) -> Vec<(&'static str, PathBuf)> {
        let mut files = Vec::new();
        if let Some(program) = &self.program {
            files.push(("program", program.clone()));
            if let Some(name) = &self.products {
                files.push(("products", program::beside(program, name)));
            }
        }
        files.extend(self.tables().into_iter().map(|(kind, path)| (kind.name(), path)));
        files
    }

    fn check(&self) -> anyhow::Result<()> {
        if let (Some(program), Some(name)) = (&self.program, &self.products) {
            program::check_beside(program, name)?;
        }
        let files = self.files();
        if files.is_empty() {
            bail!("Name at least one file: --program, --retailers, --products, --customers or --purchases");
        }
        for (index, (option, path)) in files.iter().enumerate() {
            if is_standard(path) && (files.len() > 1 || self.json) {
                bail!("--{option} -: standard output takes the file and nothing else");
            }
            let place = std::path::absolute(path)?;
            if files[..index]
                .iter()
                .any(|(_, other)| std::path::absolute(other).is_ok_and(|other| other == place))
            {
                bail!("--{option} {}: another file has this name", path.display());
            }
        }
        Ok(())
    }
}

/// Writes all files and then puts them into their places: a failure leaves none of them.
async fn write(engine: &Engine, args: &Args) -> anyhow::Result<Written> {
    let merchant = engine
        .merchant_by_slug(&args.merchant)
        .await
        .with_context(|| format!("--merchant: {}", args.merchant))?;
    let cx = Cx::system(merchant.id);
    let mut drafts = Vec::new();
    let program = match &args.program {
        Some(path) => Some(program::export(engine, &cx, path, args.products.as_deref(), &mut drafts).await?),
        None => None,
    };
    let mut files = Vec::new();
    let tables = args.tables();
    if !tables.is_empty() {
        let options = ExportOptions { balances: args.balances, archived: args.archived };
        let mut export = engine.export_begin(&cx).await?;
        for (kind, path) in tables {
            let mut draft = Draft::open(&path, true)?;
            let report = table(&mut export, kind, options, &path, &mut draft).await?;
            draft.close()?;
            drafts.push(draft);
            files.push(Table { file: path.display().to_string(), report });
        }
        export.end().await?;
    }
    for draft in drafts {
        draft.publish()?;
    }
    Ok(Written { program, files })
}

/// Writes one file with the number of its rows on standard error.
async fn table(
    export: &mut Export,
    kind: Kind,
    options: ExportOptions,
    path: &Path,
    draft: &mut Draft,
) -> anyhow::Result<ExportReport> {
    // Hidden by itself where standard error is no terminal.
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}: {human_pos} rows written")?);
    bar.set_message(kind.name());
    bar.enable_steady_tick(Duration::from_millis(120));
    let told = bar.clone();
    let report = export.write(kind, options, draft, move |rows| told.set_position(rows)).await;
    bar.finish_and_clear();
    report.map_err(about_file).with_context(|| path.display().to_string())
}

impl Written {
    /// The report for people.
    fn sentences(&self, double: bool) -> String {
        let mut lines: Vec<String> = self.program.iter().map(Exported::sentence).collect();
        lines.extend(self.files.iter().map(Table::sentence));
        if double {
            lines.push(
                "Import the purchases before there are promotions, else they earn points on top of the balances."
                    .to_owned(),
            );
        }
        lines.join("\n")
    }
}

impl Table {
    fn sentence(&self) -> String {
        let ExportReport { kind, rows, items, remarks } = &self.report;
        let mut text = format!("{}: {items} {}", self.file, kind.name());
        if *kind == Kind::Purchases {
            text.push_str(&format!(" in {rows} rows"));
        }
        for (remark, count) in remarks {
            text.push_str(&format!("\n  {count} {}", remark.words()));
        }
        text
    }
}

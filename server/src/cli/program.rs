//! A merchant's program as one file: `perennial export --program` and `perennial import --program`.

use std::{
    fs::{self, File},
    io::{BufReader, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use perennial_engine::{
    Cx, Engine,
    json::{self, JsonError},
    program::{ProgramFile, ProgramProducts, ProgramReport, products_csv, products_of_csv},
};
use serde::Serialize;

use super::{Session, draft::Draft, explained, print_result};
use crate::config::Config;

/// What was written.
#[derive(Debug, Serialize)]
pub(super) struct Exported {
    program: String,
    retailers: usize,
    products: usize,
    tiers: usize,
    promotions: usize,
    cashback_offers: usize,
    rewards: usize,
    reward_policies: usize,
    messages: usize,
}

/// Writes the program into a draft of its file and, when that has a name, what is sold into another beside it.
pub(super) async fn export(
    engine: &Engine,
    cx: &Cx,
    path: &Path,
    products: Option<&str>,
    drafts: &mut Vec<Draft>,
) -> anyhow::Result<Exported> {
    let mut file = engine.program_export(cx).await.map_err(explained)?;
    let exported = Exported::of(&file, path.display().to_string());
    if let (Some(name), ProgramProducts::Here(products)) = (products, &file.products) {
        drafts.push(written(&beside(path, name), &products_csv(products).map_err(explained)?)?);
        file.products = ProgramProducts::File(name.to_owned());
    }
    let mut text = serde_json::to_string_pretty(&file)?;
    text.push('\n');
    drafts.push(written(path, text.as_bytes())?);
    Ok(exported)
}

fn written(path: &Path, bytes: &[u8]) -> anyhow::Result<Draft> {
    let mut draft = Draft::open(path, false)?;
    draft.write_all(bytes).with_context(|| path.display().to_string())?;
    draft.close()?;
    Ok(draft)
}

/// Refuses what is no name of another file in the folder of the program.
pub(super) fn check_beside(program: &Path, name: &str) -> anyhow::Result<()> {
    if !is_file_name(name) {
        bail!("--products {name}: {BESIDE}");
    }
    if program.file_name().is_some_and(|file| file == name) {
        bail!("--products {name}: this is the file of the program itself");
    }
    Ok(())
}

impl Exported {
    fn of(file: &ProgramFile, program: String) -> Self {
        let products = match &file.products {
            ProgramProducts::Here(products) => products.len(),
            ProgramProducts::File(_) => 0,
        };
        Self {
            program,
            retailers: file.retailers.len(),
            products,
            tiers: file.tiers.len(),
            promotions: file.promotions.len(),
            cashback_offers: file.cashback_offers.len(),
            rewards: file.rewards.len(),
            reward_policies: file.reward_policies.len(),
            messages: file.messages.len(),
        }
    }

    pub(super) fn sentence(&self) -> String {
        format!(
            "{}: settings, {} retailers, {} products, {} tiers, {} promotions, {} cashback offers, {} rewards, {} reward policies, {} letters",
            self.program,
            self.retailers,
            self.products,
            self.tiers,
            self.promotions,
            self.cashback_offers,
            self.rewards,
            self.reward_policies,
            self.messages
        )
    }
}

/// Runs `perennial import --program`.
pub(super) async fn import(
    path: &Path,
    slug: &str,
    dry_run: bool,
    is_json: bool,
    config: Config,
) -> anyhow::Result<ExitCode> {
    // Before anything is started: most mistakes are in the file.
    let file = parsed(path)?;
    let session = Session::open(&config).await?;
    let report = write(&session.engine, slug, file, dry_run).await;
    session.close().await?;
    let report = report?;
    print_result(is_json, &report, || sentences(&report))?;
    Ok(if report.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn write(
    engine: &Engine,
    slug: &str,
    file: ProgramFile,
    dry_run: bool,
) -> anyhow::Result<ProgramReport> {
    let merchant = engine.merchant_by_slug(slug).await.with_context(|| format!("--merchant: {slug}"))?;
    engine.program_import(&Cx::system(merchant.id), file, dry_run).await.map_err(explained)
}

/// The file, with the products that it names.
fn parsed(path: &Path) -> anyhow::Result<ProgramFile> {
    let shown = path.display();
    let bytes = fs::read(path).with_context(|| shown.to_string())?;
    let mut file: ProgramFile = json::parse_object(&bytes).map_err(|error| match error {
        JsonError::Malformed(why) => anyhow::anyhow!("{shown}: this is no JSON: {why}"),
        JsonError::Field(error) => anyhow::anyhow!("{shown}: {error}"),
    })?;
    if let ProgramProducts::File(name) = &file.products {
        if !is_file_name(name) {
            bail!("{shown}: /products: {BESIDE}");
        }
        let csv = beside(path, name);
        let shown = csv.display();
        let opened = File::open(&csv).with_context(|| shown.to_string())?;
        match products_of_csv(BufReader::new(opened)).map_err(explained)? {
            Ok(products) => file.products = ProgramProducts::Here(products),
            Err(errors) => {
                let lines: Vec<String> = errors
                    .iter()
                    .map(|error| format!("{shown}: line {}, {}: {}", error.line, error.column, error.detail))
                    .collect();
                bail!("{}", lines.join("\n"));
            }
        }
    }
    Ok(file)
}

const BESIDE: &str = "must be the name of a file beside the program, without a folder";

/// Whether this names a file without a folder: whoever is handed a program has it read nothing else.
fn is_file_name(name: &str) -> bool {
    Path::new(name).file_name().is_some_and(|file| file == name)
}

/// A file in the folder of another.
pub(super) fn beside(path: &Path, name: &str) -> PathBuf {
    path.parent().map_or_else(|| PathBuf::from(name), |folder| folder.join(name))
}

/// The report for people: a line for everything that is not as it was.
fn sentences(report: &ProgramReport) -> String {
    let mut text = String::new();
    for row in &report.rows {
        let details =
            if row.details.is_empty() { String::new() } else { format!(": {}", row.details.join("; ")) };
        text.push_str(&format!("{:<8} {} {}{details}\n", row.outcome.as_str(), row.section, row.name));
    }
    let verdict = match (report.refused, report.dry_run) {
        (0, false) => "",
        _ => "; nothing was written",
    };
    text.push_str(&format!(
        "{} created, {} changed, {} as they were, {} refused{verdict}",
        report.created, report.changed, report.unchanged, report.refused
    ));
    text
}

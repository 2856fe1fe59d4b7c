//! `perennial key create`: another API key for a merchant.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use perennial_domain::{access::Scope, codes::Label};
use perennial_engine::{Cx, Error, api_keys::NewApiKey};
use serde::Serialize;

use super::{Session, explained, print_result};
use crate::config::Config;

/// Creates API keys.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create an API key and print it; it is not shown again
    Create(Create),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Slug of the merchant
    #[arg(long)]
    merchant: String,
    /// Name of the key
    #[arg(long, default_value = "Command line")]
    name: String,
    /// Scopes, separated by commas, such as purchases:write,customers:read (default: all)
    #[arg(long, value_delimiter = ',')]
    scopes: Vec<String>,
    /// Bind it to one retailer, by id or code
    #[arg(long)]
    retailer: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Created {
    id: String,
    merchant: String,
    name: String,
    scopes: Vec<Scope>,
    retailer: Option<String>,
    api_key: String,
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let Command::Create(args) = args.command;
    let session = Session::open(&config).await?;
    let created = create(&session, &args).await;
    session.close().await?;
    let created = created?;
    print_result(args.json, &created, || created.api_key.clone())?;
    Ok(ExitCode::SUCCESS)
}

async fn create(session: &Session, args: &Create) -> anyhow::Result<Created> {
    let scopes = match args.scopes.as_slice() {
        [] => Scope::ALL.to_vec(),
        words => words
            .iter()
            .map(|word| word.parse::<Scope>().map_err(|error| anyhow::anyhow!("--scopes: `{word}`: {error}")))
            .collect::<Result<_, _>>()?,
    };
    let engine = &session.engine;
    let merchant = engine
        .merchant_by_slug(&args.merchant)
        .await
        .with_context(|| format!("--merchant: {}", args.merchant))?;
    let cx = Cx::system(merchant.id);
    let name = Label::new(&args.name).map_err(|error| anyhow::anyhow!("--name: {error}"))?;
    let new = NewApiKey { name, scopes, retailer: args.retailer.clone() };
    let (key, secret) = engine.api_key_create(&cx, new).await.map_err(|error| match error {
        Error::UnknownRetailer => {
            let named = args.retailer.as_deref().unwrap_or_default();
            anyhow::anyhow!("--retailer: there is no retailer `{named}`")
        }
        other => explained(other),
    })?;
    Ok(Created {
        id: key.id.to_string(),
        merchant: merchant.slug,
        name: key.name,
        scopes: key.scopes,
        retailer: key.retailer.map(|id| id.to_string()),
        api_key: secret.expose().to_owned(),
    })
}

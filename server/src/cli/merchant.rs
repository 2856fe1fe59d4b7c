//! `perennial merchant create`: a new tenant with its owner and its first key.

use std::process::ExitCode;

use clap::Subcommand;
use perennial_domain::codes::{Email, Label, PersonName, Slug, Zone};
use perennial_engine::merchants::NewMerchant;
use serde::Serialize;

use super::{Session, explained, print_result};
use crate::config::Config;

/// Creates merchants.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a merchant with its owner; prints its id and an API key with every scope
    Create(Create),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Name of the merchant
    #[arg(long)]
    name: String,
    /// Its name in URLs: lower-case letters, digits and dashes
    #[arg(long)]
    slug: String,
    /// The currency of its purchases, as an ISO 4217 code such as USD
    #[arg(long)]
    currency: String,
    /// The time zone of its dates, as an IANA name such as Europe/Vienna
    #[arg(long)]
    time_zone: String,
    /// E-mail address the owner signs in with
    #[arg(long)]
    owner_email: String,
    /// Name of the owner
    #[arg(long)]
    owner_name: Option<String>,
    /// Password of the owner; safer in the variable, where other users cannot see it
    #[arg(long, env = "PERENNIAL_OWNER_PASSWORD", hide_env_values = true)]
    owner_password: String,
    /// Make it a sandbox: for trying things out, with a clock that `perennial clock` moves forward
    #[arg(long)]
    sandbox: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Created {
    merchant_id: String,
    slug: String,
    name: String,
    owner_email: String,
    api_key: String,
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let Command::Create(args) = args.command;
    let (json, sandbox) = (args.json, args.sandbox);
    // Before anything is started: most mistakes are in the arguments.
    let input = check(args)?;
    let session = Session::open(&config).await?;
    let created = create(&session, input, sandbox).await;
    session.close().await?;
    let created = created?;
    print_result(json, &created, || {
        format!(
            "The merchant {name} is there.\n\n  \
             Merchant id  {merchant_id}\n  \
             API key      {api_key}\n  \
             Dashboard    sign in as {owner_email}\n  \
             Portal       /p/{slug}\n\n\
             The key is shown this once.",
            name = created.name,
            merchant_id = created.merchant_id,
            api_key = created.api_key,
            owner_email = created.owner_email,
            slug = created.slug,
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn create(session: &Session, input: NewMerchant, sandbox: bool) -> anyhow::Result<Created> {
    let (slug, name, owner_email) =
        (input.slug.to_string(), input.name.to_string(), input.owner_email.to_string());
    let created = session.engine.merchant_create(input).await.map_err(explained)?;
    if sandbox {
        session.engine.sandbox_make(created.merchant_id).await?;
    }
    Ok(Created {
        merchant_id: created.merchant_id.to_string(),
        slug,
        name,
        owner_email,
        api_key: created.api_key_secret.expose().to_owned(),
    })
}

/// Reads the arguments into what the engine takes; each error names its option.
fn check(args: Create) -> anyhow::Result<NewMerchant> {
    fn wrong<E: std::fmt::Display>(option: &'static str) -> impl Fn(E) -> anyhow::Error {
        move |error| anyhow::anyhow!("--{option}: {error}")
    }
    let owner_name = args.owner_name.as_deref().map(PersonName::new).transpose();
    Ok(NewMerchant {
        name: Label::new(&args.name).map_err(wrong("name"))?,
        slug: Slug::new(&args.slug).map_err(wrong("slug"))?,
        currency: args.currency.parse().map_err(wrong("currency"))?,
        time_zone: Zone::new(&args.time_zone).map_err(wrong("time-zone"))?,
        owner_email: Email::new(&args.owner_email).map_err(wrong("owner-email"))?,
        owner_name: owner_name.map_err(wrong("owner-name"))?,
        owner_password: args.owner_password,
    })
}

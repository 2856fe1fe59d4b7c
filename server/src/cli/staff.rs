//! `perennial staff`: the people of a merchant, for whoever has the machine: nobody stays locked out.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use perennial_domain::{
    access::Role,
    codes::{Email, PersonName},
};
use perennial_engine::{
    Cx, LIMIT_MAX, PageRequest,
    staff::{Newcomer, StaffFilter, StaffMember},
};
use serde::Serialize;

use super::{Session, explained, print_result};
use crate::config::Config;

/// Adds, lists and removes a merchant's staff; resets passwords.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add somebody and print a first password; it is not shown again
    Add(Add),
    /// List the people and their roles
    List(List),
    /// Remove somebody, though never the last owner
    Remove(Person),
    /// Give somebody a new password and print it; the person is signed out everywhere
    Password(Person),
}

#[derive(Debug, clap::Args)]
struct Add {
    #[command(flatten)]
    person: Person,
    /// Name of the person
    #[arg(long)]
    name: Option<String>,
    /// owner, manager, analyst, support or cashier
    #[arg(long)]
    role: String,
}

#[derive(Debug, clap::Args)]
struct Person {
    /// E-mail address the person signs in with
    #[arg(long)]
    email: String,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Slug of the merchant
    #[arg(long)]
    merchant: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Told {
    merchant: String,
    id: String,
    name: String,
    email: String,
    role: Role,
    /// Nothing for somebody who keeps the password from before, or who was removed.
    password: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    merchant: String,
    staff: Vec<StaffMember>,
}

/// Runs the command.
pub async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Add(args) => {
            // Before anything is started: most mistakes are in the arguments.
            let newcomer = newcomer(&args)?;
            let session = Session::open(&config).await?;
            let told = add(&session, &args.person.list.merchant, newcomer).await;
            session.close().await?;
            let told = told?;
            print_result(args.person.list.json, &told, || match &told.password {
                Some(password) => format!(
                    "{} is on the staff of {} as {}.\n\n  Password  {password}\n\nIt is shown this once.",
                    told.email, told.merchant, told.role
                ),
                None => format!(
                    "{} is on the staff of {} as {}, with the password from before.",
                    told.email, told.merchant, told.role
                ),
            })?;
        }
        Command::List(args) => {
            let session = Session::open(&config).await?;
            let listed = list(&session, &args.merchant).await;
            session.close().await?;
            let listed = listed?;
            print_result(args.json, &listed, || {
                let line = |member: &StaffMember| {
                    let waits = if member.invited_until.is_some() { ", invited" } else { "" };
                    format!("{:<8} {} ({}){waits}", member.role.as_str(), member.email, member.name)
                };
                listed.staff.iter().map(line).collect::<Vec<_>>().join("\n")
            })?;
        }
        Command::Remove(args) => {
            let session = Session::open(&config).await?;
            let told = remove(&session, &args).await;
            session.close().await?;
            let told = told?;
            print_result(args.list.json, &told, || {
                format!("{} is no longer on the staff of {}.", told.email, told.merchant)
            })?;
        }
        Command::Password(args) => {
            let session = Session::open(&config).await?;
            let told = password(&session, &args).await;
            session.close().await?;
            let told = told?;
            print_result(args.list.json, &told, || told.password.clone().unwrap_or_default())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads the arguments into what the engine takes; each error names its option.
fn newcomer(args: &Add) -> anyhow::Result<Newcomer> {
    let name = args.name.as_deref().map(PersonName::new).transpose();
    Ok(Newcomer {
        email: Email::new(&args.person.email).map_err(|error| anyhow::anyhow!("--email: {error}"))?,
        name: name.map_err(|error| anyhow::anyhow!("--name: {error}"))?,
        role: args.role.parse::<Role>().map_err(|error| anyhow::anyhow!("--role: {error}"))?,
    })
}

async fn merchant(session: &Session, slug: &str) -> anyhow::Result<Cx> {
    let merchant =
        session.engine.merchant_by_slug(slug).await.with_context(|| format!("--merchant: {slug}"))?;
    Ok(Cx::system(merchant.id))
}

async fn add(session: &Session, slug: &str, newcomer: Newcomer) -> anyhow::Result<Told> {
    let cx = merchant(session, slug).await?;
    let (appointed, first) = session.engine.staff_appoint(&cx, newcomer).await.map_err(explained)?;
    let password = (!appointed.keeps_password).then(|| first.expose().to_owned());
    Ok(told(slug, appointed.member, password))
}

async fn list(session: &Session, slug: &str) -> anyhow::Result<Listed> {
    let cx = merchant(session, slug).await?;
    Ok(Listed { merchant: slug.to_owned(), staff: everybody(session, &cx).await? })
}

async fn remove(session: &Session, args: &Person) -> anyhow::Result<Told> {
    let (cx, member) = named(session, args).await?;
    session.engine.staff_remove(&cx, member.id).await.map_err(explained)?;
    Ok(told(&args.list.merchant, member, None))
}

async fn password(session: &Session, args: &Person) -> anyhow::Result<Told> {
    let (cx, member) = named(session, args).await?;
    let first = session.engine.staff_password_reset(&cx, member.id).await.map_err(explained)?;
    Ok(told(&args.list.merchant, member, Some(first.expose().to_owned())))
}

/// The person with an e-mail.
async fn named(session: &Session, args: &Person) -> anyhow::Result<(Cx, StaffMember)> {
    let email = Email::new(&args.email).map_err(|error| anyhow::anyhow!("--email: {error}"))?;
    let slug = &args.list.merchant;
    let cx = merchant(session, slug).await?;
    let mut people = everybody(session, &cx).await?.into_iter();
    let member = people
        .find(|member| member.invited_until.is_none() && member.email == email.as_str())
        .with_context(|| format!("--email: nobody on the staff of {slug} has the e-mail {email}"))?;
    Ok((cx, member))
}

/// All people of a merchant, however many.
async fn everybody(session: &Session, cx: &Cx) -> anyhow::Result<Vec<StaffMember>> {
    let mut people = Vec::new();
    let mut after = None;
    loop {
        let page = PageRequest::new(Some(LIMIT_MAX.into()), after)?;
        let page = session.engine.staff_list(cx, &StaffFilter::default(), &page).await?;
        people.extend(page.data);
        after = page.next;
        if after.is_none() {
            return Ok(people);
        }
    }
}

fn told(slug: &str, member: StaffMember, password: Option<String>) -> Told {
    Told {
        merchant: slug.to_owned(),
        id: member.id.to_string(),
        name: member.name,
        email: member.email,
        role: member.role,
        password,
    }
}

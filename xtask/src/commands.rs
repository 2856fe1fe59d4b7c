//! The command line of the build.

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::{dev, edges, end2end, grocery, server, setup, site, size, test};

/// Builds, checks and starts Perennial.
#[derive(Parser)]
#[command(name = "xtask", about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build what the browser receives (into `site/`) and the server.
    Build(Profile),
    /// Build only what the browser receives: WebAssembly, style sheet, static files.
    Assets(Profile),
    /// Build everything and start the server with demo data.
    Run(Profile),
    /// Watch the sources; rebuild, restart and reload on every change.
    Dev,
    /// Install what building and running needs, or say exactly what is missing.
    Setup,
    /// Check that dependencies run one way only.
    CheckEdges,
    /// Run every check that CI runs.
    Test(test::Options),
    /// Formatting, clippy, rustdoc and licences.
    Lint,
    /// Measure the load generator's figures against pgbench, in release.
    Bench {
        /// Passed on to the benchmark (see `--help` there).
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check the transfer size of the portal against its budget.
    Size,
    /// Run the browser tests alone, against what is built.
    End2end {
        /// Passed on to Playwright, for example a file name or `--headed`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Write a picture of every page into `docs/screenshots/`.
    Screenshots,
    /// Import the grocery data set and compare its totals with an independent sum.
    Grocery(grocery::Options),
}

/// Which profile to build in.
#[derive(Args, Clone, Copy)]
pub struct Profile {
    /// Optimised and compressed, as it is served in production.
    #[arg(long)]
    pub release: bool,
}

impl Cli {
    /// Runs the chosen command.
    pub fn run(self) -> Result<()> {
        match self.command {
            Command::Build(profile) => {
                setup::wasm_target()?;
                site::build(site::Options { release: profile.release, reload: false })?;
                server::build(profile.release).map(|_| ())
            }
            Command::Assets(profile) => {
                setup::wasm_target()?;
                site::build(site::Options { release: profile.release, reload: false }).map(|_| ())
            }
            Command::Run(profile) => server::run(profile.release),
            Command::Dev => dev::run(),
            Command::Setup => setup::all(),
            Command::CheckEdges => edges::check(),
            Command::Test(options) => test::run(&options),
            Command::Lint => test::lint(),
            Command::Bench { arguments } => server::bench(&arguments),
            Command::Size => size::check(),
            Command::End2end { arguments } => end2end::run(&arguments).map(|_| ()),
            Command::Screenshots => end2end::screenshots(),
            Command::Grocery(options) => grocery::run(&options),
        }
    }
}

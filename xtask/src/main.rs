//! The build of Perennial: server, WebAssembly, CSS, checks.
//!
//! Everything that the Makefile offers ends here, so that the steps are written
//! once, in Rust, and behave alike for a person, for CI and in the container image.
//! Start reading at [`site`] (what the browser receives) or [`test`] (every check).

mod bundle;
mod commands;
mod compress;
mod dev;
mod edges;
mod end2end;
mod grocery;
mod paths;
mod progress;
mod server;
mod setup;
mod shell;
mod site;
mod size;
mod style;
mod test;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match commands::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The tools have said what is wrong; a backtrace of ours would only hide it.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

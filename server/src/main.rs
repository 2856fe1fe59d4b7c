//! The `perennial` binary.

use std::process::ExitCode;

use clap::Parser as _;
use perennial_server::cli::{Cli, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("perennial: the runtime could not be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    // On the heap: the future of the largest command would not fit comfortably on the main thread's stack.
    match runtime.block_on(Box::pin(run(cli))) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("perennial: {error:#}");
            ExitCode::FAILURE
        }
    }
}

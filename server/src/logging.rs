//! The log of the process: quiet, readable, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{Config, LogFormat};

/// Starts logging as configured. Standard output stays free for what a command was asked for.
pub fn start(config: &Config) {
    // The filter was checked when the configuration was read.
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start, in tests, is no error.
    match config.log_format {
        LogFormat::Text => {
            log.with_target(false).with_ansi(std::io::stderr().is_terminal()).compact().try_init().ok()
        }
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).try_init().ok(),
    };
}

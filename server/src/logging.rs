//! The log of the process, quiet and readable on standard error, and its traces where somebody collects them.

use std::io::IsTerminal as _;

use perennial_engine::spans::TARGET;
use tracing_subscriber::{
    EnvFilter, Layer as _, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{
    config::{Config, LogFormat},
    traces::Traces,
};

/// Starts logging as configured. Standard output stays free for what a command was asked for. The traces, if any, are to be
/// [finished](Traces::finish) when the process ends.
///
/// # Errors
/// When traces are wanted and cannot be sent.
pub fn start(config: &Config) -> anyhow::Result<Option<Traces>> {
    let traces = config.traces.as_deref().map(Traces::to).transpose()?;
    // The filter was checked when the configuration was read.
    let filter = EnvFilter::try_new(format!("{},{TARGET}=off", config.log));
    let filter = filter.unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = fmt::layer().with_writer(std::io::stderr);
    let log = match config.log_format {
        LogFormat::Text => {
            log.with_target(false).with_ansi(std::io::stderr().is_terminal()).compact().boxed()
        }
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(log.with_filter(filter));
    // A second start, in tests, is no error.
    subscriber.with(traces.as_ref().map(Traces::layer)).try_init().ok();
    Ok(traces)
}

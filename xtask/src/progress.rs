//! What the build says while it works.
//!
//! One line before a long step, one after it with its duration; the tools' own
//! output (cargo's progress bar, a test runner's lines) stays between the two.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Announces a step, runs it and says how long it took.
///
/// # Errors
/// What the step returns.
pub fn step<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("{} {title}", mark(">>"));
    let begun = Instant::now();
    let outcome = work();
    let verdict = if outcome.is_ok() { "done" } else { "FAILED" };
    eprintln!("{} {title}: {verdict} in {}", mark("<<"), duration(begun.elapsed()));
    outcome
}

/// Says one thing.
pub fn note(text: &str) {
    eprintln!("   {text}");
}

/// A duration in the unit that reads best.
pub fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}

/// A size in thousands of bytes, as budgets count it.
pub fn kilobytes(bytes: usize) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

fn mark(text: &str) -> String {
    if std::io::stderr().is_terminal() { format!("\x1b[1;32m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well_on_both_sides_of_a_minute() {
        assert_eq!(duration(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(61)), "1 min 01 s");
    }

    #[test]
    fn sizes_count_thousands_of_bytes() {
        assert_eq!(kilobytes(219_970), "219.9 kB");
    }
}

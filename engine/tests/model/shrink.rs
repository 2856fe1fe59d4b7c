//! From a sequence that fails to the shortest one that still does.

use std::fmt::Write as _;

use crate::plain::{Setup, Step};
use crate::real::{Difference, run};

/// Attempts at leaving something out; each takes a database.
const ATTEMPTS: usize = 150;

/// What failed, and by which steps.
pub async fn report(seed: u64, setup: Setup, mut steps: Vec<Step>, first: Difference) -> String {
    steps.truncate(first.at + 1);
    let (mut difference, mut attempts) = (first, 0);
    let mut part = steps.len().div_ceil(2).max(1);
    'all: loop {
        let mut at = 0;
        while at < steps.len() {
            if attempts == ATTEMPTS {
                break 'all;
            }
            attempts += 1;
            let mut fewer = steps.clone();
            fewer.drain(at..(at + part).min(steps.len()));
            match run(&setup, &fewer).await {
                Err(same) => {
                    fewer.truncate(same.at + 1);
                    (steps, difference) = (fewer, same);
                }
                Ok(()) => at += part,
            }
        }
        if part == 1 {
            break;
        }
        part = part.div_ceil(2);
    }
    let mut text = format!("seed {seed}: after {} steps, {}\n", steps.len(), difference.what);
    let _ = writeln!(text, "{setup:?}");
    for (number, step) in steps.iter().enumerate() {
        let _ = writeln!(text, "{number:4} {step:?}");
    }
    text
}

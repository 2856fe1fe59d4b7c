//! The engine against a reference model: random sequences of everything that may happen to a loyalty program, on a real
//! Postgres, compared after every step.
//!
//! `PERENNIAL_MODEL_SEQUENCES` and `PERENNIAL_MODEL_STEPS` make it run longer, `PERENNIAL_MODEL_SEED` begins with another
//! seed. A failure prints the seed and the shortest list of steps that was found to fail the same way.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic; clippy only knows `#[test]` functions"
)]

mod draw;
mod model;
mod plain;
mod real;
mod shrink;

use futures::StreamExt as _;

/// Sequences, steps of each, and the first seed, unless the environment says otherwise.
const SEQUENCES: u64 = 30;
const STEPS: u64 = 60;
const SEED: u64 = 1;
/// How many run at once: each has a server of its own to wait for.
const AT_ONCE: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_does_what_the_model_does() {
    let (first, count, length) = (
        number("PERENNIAL_MODEL_SEED", SEED),
        number("PERENNIAL_MODEL_SEQUENCES", SEQUENCES),
        usize::try_from(number("PERENNIAL_MODEL_STEPS", STEPS)).unwrap(),
    );
    let runs = (first..first + count).map(|seed| async move {
        let one = tokio::task::spawn_blocking(move || {
            tokio::runtime::Handle::current().block_on(async move {
                let (setup, steps) = draw::sequence(seed, length);
                let difference = real::run(&setup, &steps).await.err()?;
                Some(shrink::report(seed, setup, steps, difference).await)
            })
        });
        // What panics is a difference, too, and has to say of which seed.
        one.await.unwrap_or_else(|panic| Some(format!("seed {seed}: {panic}")))
    });
    let failures: Vec<String> = futures::stream::iter(runs)
        .buffer_unordered(AT_ONCE)
        .filter_map(|failure| async { failure })
        .collect()
        .await;
    println!("{count} sequences of {length} steps, from seed {first}: {} failed", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |value| value.parse().expect("a number in the environment"))
}

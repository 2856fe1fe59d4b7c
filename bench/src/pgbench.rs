//! pgbench on the same Postgres: the yardstick.

use std::{fs, process::Command, time::Duration};

use anyhow::{Context, Result, bail};

use crate::stage::Stage;

/// Transactions a second.
pub struct Rate(pub f64);

/// Creates pgbench's tables in its own database.
pub fn initialise(stage: &Stage) -> Result<()> {
    run(stage, &["-i", "-q", "-s", "20"]).map(|_| ())
}

/// `pgbench -N`: simple update, prepared, two threads.
pub fn simple_update(stage: &Stage, clients: u32, length: Duration) -> Result<Rate> {
    timed(stage, "-N", clients, length)
}

/// `pgbench -S`: one select by key, prepared, two threads.
pub fn select_only(stage: &Stage, clients: u32, length: Duration) -> Result<Rate> {
    timed(stage, "-S", clients, length)
}

/// The median latency of a `pgbench -N` transaction with so many clients at once, milliseconds.
pub fn commit_latency(stage: &Stage, clients: u32, length: Duration) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let prefix = folder.path().join("log");
    let (clients, seconds) = (clients.to_string(), length.as_secs().to_string());
    let threads = if clients == "1" { "1" } else { "2" };
    let prefix = prefix.to_str().context("a temporary folder with an odd name")?;
    let load = ["-N", "-n", "-M", "prepared", "-c", &clients, "-j", threads, "-T", &seconds];
    run(stage, &[&load[..], &["-l", "--log-prefix", prefix]].concat())?;
    let mut micros: Vec<u64> = Vec::new();
    for file in fs::read_dir(folder.path())? {
        for line in fs::read_to_string(file?.path())?.lines() {
            micros.push(line.split(' ').nth(2).context("an odd line in pgbench's log")?.parse()?);
        }
    }
    micros.sort_unstable();
    let median = micros.get(micros.len() / 2).context("pgbench logged nothing")?;
    Ok(*median as f64 / 1000.0)
}

fn timed(stage: &Stage, script: &str, clients: u32, length: Duration) -> Result<Rate> {
    let (clients, seconds) = (clients.to_string(), length.as_secs().to_string());
    let out = run(stage, &[script, "-n", "-M", "prepared", "-c", &clients, "-j", "2", "-T", &seconds])?;
    let tps = out
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split(' ').next())
        .context("pgbench printed no rate")?;
    Ok(Rate(tps.parse()?))
}

fn run(stage: &Stage, arguments: &[&str]) -> Result<String> {
    let out = Command::new(&stage.pgbench)
        .args(arguments)
        .arg(&stage.pgbench_url)
        .output()
        .with_context(|| format!("running {}", stage.pgbench.display()))?;
    if !out.status.success() {
        bail!("pgbench failed: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

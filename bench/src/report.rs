//! The figures as a table of ratios.

use std::fmt;

use serde::Serialize;

use crate::{load::Run, pgbench::Rate, replay::Replayed};

/// Collects rounds.
#[derive(Default)]
pub struct Report {
    update: Vec<f64>,
    single: Vec<f64>,
    single_ratio: Vec<f64>,
    batch: Vec<f64>,
    batch_ratio: Vec<f64>,
    select: Vec<f64>,
    points: Vec<f64>,
    points_ratio: Vec<f64>,
    quotes: Vec<f64>,
    quotes_ratio: Vec<f64>,
    quotes_p50_ms: Vec<f64>,
    quotes_p99_ms: Vec<f64>,
    shed: u64,
    memory_mib: f64,
    latency: Option<Latency>,
    slow_disk: Option<Latency>,
    filled: Option<Filled>,
    replayed: Option<Replayed>,
}

#[derive(Clone, Serialize)]
struct Filled {
    purchases: u64,
    single_per_s: f64,
    batch_per_s: f64,
    single_ratio: f64,
    batch_ratio: f64,
}

/// The median latency of a `pgbench -N` transaction on the same Postgres.
#[derive(Clone, Copy, Serialize)]
pub struct Commit {
    /// With one client: on a fast disk this is the time of a few system calls.
    pub alone_ms: f64,
    /// With the 32 clients by which the rates are measured.
    pub among_32_ms: f64,
}

/// Latency at a fixed rate, counted from each request's scheduled start, beside one commit on the same Postgres.
#[derive(Clone, Serialize)]
pub struct Latency {
    rate: f64,
    p50_ms: f64,
    p99_ms: f64,
    commit_p50: Commit,
    shed: u64,
}

impl Latency {
    /// Of a run at `rate` purchases a second; one commit took `commit_p50`.
    pub fn new(rate: f64, run: &Run, commit_p50: Commit) -> Self {
        Self { rate, p50_ms: run.percentile(0.50), p99_ms: run.percentile(0.99), commit_p50, shed: run.shed }
    }

    fn row(&self, f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
        let Commit { alone_ms, among_32_ms } = self.commit_p50;
        writeln!(f, "{what:<46} {:>10.0} {:>8.2} {:>8}", self.rate, self.p99_ms / among_32_ms, "≤ 10")?;
        writeln!(
            f,
            "  p50 {:.2} ms, p99 {:.2} ms, {} shed; a pgbench -N commit p50 {among_32_ms:.2} ms among 32 clients",
            self.p50_ms, self.p99_ms, self.shed
        )?;
        writeln!(f, "  (alone {alone_ms:.2} ms: p99 is {:.1} times that)", self.p99_ms / alone_ms)
    }
}

impl Report {
    /// Adds one round; the ratios are taken within it.
    pub fn round(
        &mut self,
        update: &Rate,
        single: &Run,
        batch: &Run,
        batch_size: usize,
        select: &Rate,
        points: &Run,
    ) {
        let batch_rate = batch.rate() * batch_size as f64;
        self.update.push(update.0);
        self.single.push(single.rate());
        self.single_ratio.push(single.rate() / update.0);
        self.batch.push(batch_rate);
        self.batch_ratio.push(batch_rate / update.0);
        self.select.push(select.0);
        self.points.push(points.rate());
        self.points_ratio.push(points.rate() / select.0);
        self.shed += single.shed + batch.shed;
        eprintln!(
            "  pgbench -N {:.0}/s · single {:.0}/s ({:.2}) · batch {batch_rate:.0}/s ({:.2}) · pgbench -S {:.0}/s · points {:.0}/s ({:.2})",
            update.0,
            single.rate(),
            single.rate() / update.0,
            batch_rate / update.0,
            select.0,
            points.rate(),
            points.rate() / select.0,
        );
    }

    /// Adds the quotes of a round, beside the look-ups of pgbench in it.
    pub fn quotes(&mut self, select: &Rate, quotes: &Run) {
        self.quotes.push(quotes.rate());
        self.quotes_ratio.push(quotes.rate() / select.0);
        self.quotes_p50_ms.push(quotes.percentile(0.50));
        self.quotes_p99_ms.push(quotes.percentile(0.99));
        self.shed += quotes.shed;
        eprintln!(
            "  quotes {:.0}/s ({:.2}), p50 {:.2} ms, p99 {:.2} ms",
            quotes.rate(),
            quotes.rate() / select.0,
            quotes.percentile(0.50),
            quotes.percentile(0.99),
        );
    }

    /// Notes the server's resident memory; the largest counts.
    pub fn memory(&mut self, mib: f64) {
        self.memory_mib = self.memory_mib.max(mib);
    }

    /// Notes the latency run.
    pub fn latency(&mut self, latency: Latency) {
        self.latency = Some(latency);
    }

    /// Notes the latency run with delayed commits.
    pub fn slow_disk(&mut self, latency: Latency) {
        self.slow_disk = Some(latency);
    }

    /// Notes the rates with so many purchases stored, beside those of the rounds.
    pub fn filled(&mut self, purchases: u64, single: &Run, batch: &Run, batch_size: usize) {
        let batch_rate = batch.rate() * batch_size as f64;
        self.shed += single.shed + batch.shed;
        self.filled = Some(Filled {
            purchases,
            single_per_s: single.rate(),
            batch_per_s: batch_rate,
            single_ratio: single.rate() / median(&self.single),
            batch_ratio: batch_rate / median(&self.batch),
        });
    }

    /// Notes the replay of a draft over what is stored.
    pub fn replayed(&mut self, replayed: Replayed) {
        self.replayed = Some(replayed);
    }

    /// The median single-purchase rate so far.
    pub fn single_rate(&self) -> f64 {
        median(&self.single)
    }

    /// Medians of all rounds.
    pub fn summary(&self) -> Summary {
        Summary {
            rounds: self.single.len(),
            pgbench_update_per_s: median(&self.update),
            single_per_s: median(&self.single),
            single_ratio: median(&self.single_ratio),
            batch_per_s: median(&self.batch),
            batch_ratio: median(&self.batch_ratio),
            pgbench_select_per_s: median(&self.select),
            points_per_s: median(&self.points),
            points_ratio: median(&self.points_ratio),
            quotes_per_s: median(&self.quotes),
            quotes_ratio: median(&self.quotes_ratio),
            quotes_p50_ms: median(&self.quotes_p50_ms),
            quotes_p99_ms: median(&self.quotes_p99_ms),
            shed: self.shed,
            server_memory_mib: self.memory_mib,
            latency: self.latency.clone(),
            slow_disk: self.slow_disk.clone(),
            filled: self.filled.clone(),
            replayed: self.replayed.clone(),
        }
    }
}

/// What is printed.
#[derive(Serialize)]
pub struct Summary {
    rounds: usize,
    pgbench_update_per_s: f64,
    single_per_s: f64,
    single_ratio: f64,
    batch_per_s: f64,
    batch_ratio: f64,
    pgbench_select_per_s: f64,
    points_per_s: f64,
    points_ratio: f64,
    quotes_per_s: f64,
    quotes_ratio: f64,
    quotes_p50_ms: f64,
    quotes_p99_ms: f64,
    shed: u64,
    server_memory_mib: f64,
    latency: Option<Latency>,
    slow_disk: Option<Latency>,
    filled: Option<Filled>,
    replayed: Option<Replayed>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<46} {:>10} {:>8} {:>8}",
            format!("median of {} rounds", self.rounds),
            "per second",
            "ratio",
            "bar"
        )?;
        writeln!(f, "{:<46} {:>10.0}", "pgbench -N, 32 clients, prepared", self.pgbench_update_per_s)?;
        writeln!(
            f,
            "{:<46} {:>10.0} {:>8.2} {:>8}",
            "purchases, one POST each", self.single_per_s, self.single_ratio, "≥ 1.2"
        )?;
        writeln!(
            f,
            "{:<46} {:>10.0} {:>8.2} {:>8}",
            "purchases through /purchases/batch", self.batch_per_s, self.batch_ratio, "≥ 2.5"
        )?;
        writeln!(f, "{:<46} {:>10.0}", "pgbench -S, 32 clients, prepared", self.pgbench_select_per_s)?;
        writeln!(
            f,
            "{:<46} {:>10.0} {:>8.2} {:>8}",
            "GET /customers/{id}/points", self.points_per_s, self.points_ratio, "≥ 0.5"
        )?;
        writeln!(
            f,
            "{:<46} {:>10.0} {:>8.2}\n  p50 {:.2} ms, p99 {:.2} ms",
            "POST /quotes, 64 connections",
            self.quotes_per_s,
            self.quotes_ratio,
            self.quotes_p50_ms,
            self.quotes_p99_ms
        )?;
        if let Some(latency) = &self.latency {
            latency.row(f, "p99 of a purchase at half rate ÷ one commit")?;
        }
        if let Some(latency) = &self.slow_disk {
            latency.row(f, "  the same on a disk with slow commits")?;
        }
        if let Some(filled) = &self.filled {
            for (what, rate, ratio) in [
                ("one POST each", filled.single_per_s, filled.single_ratio),
                ("batches", filled.batch_per_s, filled.batch_ratio),
            ] {
                let millions = filled.purchases as f64 / 1e6;
                let row = format!("{what}, {millions:.1} M stored ÷ empty");
                writeln!(f, "{row:<46} {rate:>10.0} {ratio:>8.2} {:>8}", "≥ 0.8")?;
            }
        }
        if let Some(replayed) = &self.replayed {
            let millions = replayed.purchases as f64 / 1e6;
            let row = format!("replay of a draft over {millions:.1} M stored");
            writeln!(f, "{row:<46} {:>10.0} {:>8} {:>8}", replayed.rate(), "", "bounded")?;
            writeln!(
                f,
                "  {:.1} s, memory {:.0} MiB at most, {:.0} MiB before{}",
                replayed.seconds,
                replayed.peak_mib,
                replayed.before_mib,
                if replayed.complete { "" } else { "; cut short" }
            )?;
        }
        writeln!(
            f,
            "{:<46} {:>6.0} MiB {:>8} {:>8}",
            "server memory, largest", self.server_memory_mib, "", "< 300"
        )?;
        if self.shed > 0 {
            writeln!(f, "{} requests were shed with 429 or 503 under full load", self.shed)?;
        }
        Ok(())
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

//! Load: closed loop for the highest rate, open loop from scheduled time for honest latency.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
};

use crate::{client::Connection, stage::Stage};

/// What a load run saw.
pub struct Run {
    /// Requests answered with a 2xx.
    pub answered: u64,
    /// How long the run took.
    pub took: Duration,
    /// Latency of each answer, microseconds, sorted.
    pub latencies: Vec<u32>,
    /// Requests that the server asked to send later (429, 503).
    pub shed: u64,
}

impl Run {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.answered as f64 / self.took.as_secs_f64()
    }

    /// The latency that `share` (0..1) of the answers did not exceed, milliseconds.
    pub fn percentile(&self, share: f64) -> f64 {
        let index =
            ((self.latencies.len() as f64 * share) as usize).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(index).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}

/// Every connection sends its next request when the last one was answered.
pub async fn closed(
    stage: &Stage,
    connections: usize,
    length: Duration,
    request: impl Fn(u64) -> Vec<u8> + Clone + Send + Sync + 'static,
) -> Result<Run> {
    let counter = Arc::new(AtomicU64::new(0));
    drive(
        stage,
        connections,
        move |deadline, connection| {
            let (counter, request) = (counter.clone(), request.clone());
            async move {
                sender(connection, deadline, || {
                    (Instant::now(), request(counter.fetch_add(1, Ordering::Relaxed)))
                })
                .await
            }
        },
        length,
    )
    .await
}

/// Requests start at fixed instants whatever the server does; latency counts from the scheduled start, so that a stall is not hidden.
pub async fn open(
    stage: &Stage,
    connections: usize,
    rate: f64,
    length: Duration,
    request: impl Fn(u64) -> Vec<u8> + Clone + Send + Sync + 'static,
) -> Result<Run> {
    let turns = Arc::new(Mutex::new(pace(rate, length)));
    drive(
        stage,
        connections,
        move |_, mut connection| {
            let (turns, request) = (turns.clone(), request.clone());
            async move {
                let mut part = Part::default();
                loop {
                    let turn = turns.lock().await.recv().await;
                    let Some((turn, scheduled)) = turn else { return Ok(part) };
                    part.count(connection.send(&request(turn)).await?, scheduled, connection.body())?;
                }
            }
        },
        length,
    )
    .await
}

/// Turns at their instants. A thread of its own, because the runtime's timer knows whole milliseconds only.
fn pace(rate: f64, length: Duration) -> mpsc::UnboundedReceiver<(u64, Instant)> {
    let (sender, turns) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let start = Instant::now() + Duration::from_millis(50);
        for turn in 0_u64.. {
            let offset = Duration::from_secs_f64(turn as f64 / rate);
            std::thread::sleep((start + offset).saturating_duration_since(Instant::now()));
            if offset > length || sender.send((turn, start + offset)).is_err() {
                return;
            }
        }
    });
    turns
}

#[derive(Default)]
struct Part {
    latencies: Vec<u32>,
    shed: u64,
}

impl Part {
    fn count(&mut self, status: u16, since: Instant, body: &[u8]) -> Result<()> {
        match status {
            200..=299 => self.latencies.push(u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX)),
            429 | 503 => self.shed += 1,
            other => bail!("unexpected status {other}: {}", String::from_utf8_lossy(body)),
        }
        Ok(())
    }
}

async fn sender(
    mut connection: Connection,
    deadline: Instant,
    next: impl Fn() -> (Instant, Vec<u8>),
) -> Result<Part> {
    let mut part = Part::default();
    while Instant::now() < deadline {
        let (since, request) = next();
        part.count(connection.send(&request).await?, since, connection.body())?;
    }
    Ok(part)
}

async fn drive<F, Fut>(stage: &Stage, connections: usize, task: F, length: Duration) -> Result<Run>
where
    F: Fn(Instant, Connection) -> Fut,
    Fut: Future<Output = Result<Part>> + Send + 'static,
{
    let mut opened = Vec::with_capacity(connections);
    for _ in 0..connections {
        opened.push(Connection::open(&stage.address).await?);
    }
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for connection in opened {
        tasks.spawn(task(start + length, connection));
    }
    let mut run = Run { answered: 0, took: Duration::ZERO, latencies: Vec::new(), shed: 0 };
    while let Some(part) = tasks.join_next().await {
        let part = part??;
        run.answered += part.latencies.len() as u64;
        run.shed += part.shed;
        run.latencies.extend(part.latencies);
    }
    run.took = start.elapsed();
    run.latencies.sort_unstable();
    Ok(run)
}

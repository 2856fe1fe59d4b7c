//! What the intake tells about itself. Names are those of docs and dashboards: change them nowhere else.

use std::time::{Duration, Instant};

use super::reply::Answer;
use crate::error::Error;

/// Counts the answers of one batch by what they say.
pub(super) fn answered<'a>(answers: impl Iterator<Item = &'a Answer>) {
    let mut counts = [0_u64; RESULTS.len()];
    for answer in answers {
        let result = result_of(answer);
        if let Some(place) = RESULTS.iter().position(|name| *name == result)
            && let Some(count) = counts.get_mut(place)
        {
            *count += 1;
        }
    }
    for (result, count) in RESULTS.into_iter().zip(counts) {
        if count > 0 {
            metrics::counter!("purchases_total", "result" => result).increment(count);
        }
    }
}

const RESULTS: [&str; 7] = ["created", "unclaimed", "replayed", "conflict", "rejected", "shed", "failed"];

fn result_of(answer: &Answer) -> &'static str {
    match answer {
        Ok(submitted) if submitted.replayed => "replayed",
        Ok(submitted) if submitted.record.customer_id.is_none() => "unclaimed",
        Ok(_) => "created",
        Err(Error::TransactionConflict(_)) => "conflict",
        Err(Error::Busy { .. }) => "shed",
        Err(Error::Db(_) | Error::Inconsistent(_)) => "failed",
        Err(_) => "rejected",
    }
}

/// Purchases that were refused unseen, because they waited too long or there was no room.
pub(super) fn shed(purchases: usize) {
    if purchases > 0 {
        metrics::counter!("purchases_total", "result" => "shed").increment(purchases as u64);
    }
}

pub(super) fn batch_taken(purchases: usize, oldest: Instant) {
    metrics::histogram!("batch_size").record(purchases as f64);
    metrics::histogram!("batch_queue_age_seconds").record(oldest.elapsed().as_secs_f64());
}

pub(super) fn queue_depth(lane: usize, purchases: usize) {
    metrics::gauge!("batch_queue_depth", "lane" => lane.to_string()).set(purchases as f64);
}

/// The time of a whole transaction, from its first statement to the end of its commit.
pub(super) fn committed(took: Duration) {
    metrics::histogram!("lane_commit_seconds").record(took.as_secs_f64());
}

/// A batch did not go through as it was.
pub(super) fn fallback(reason: &'static str) {
    metrics::counter!("batch_fallback_total", "reason" => reason).increment(1);
}

pub(super) fn lane_restarted() {
    metrics::counter!("lane_restarts_total").increment(1);
}

pub(super) fn unreachable() {
    metrics::counter!("lane_connect_errors_total").increment(1);
}

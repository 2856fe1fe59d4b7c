//! What a connection is doing, shared between its socket and its requests.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the client owes us at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Connected, not one byte received yet.
    Silent = 0,
    /// Between two requests.
    Idle = 1,
    /// The first bytes of a request have arrived, its head is not complete.
    Head = 2,
    /// A request is being answered; its body has a deadline of its own.
    Busy = 3,
}

/// The phase of a connection and how often it changed.
///
/// Everything happens on the one task of the connection, so relaxed order is enough; the atomic only makes
/// the value shareable between the socket and the service that hyper owns both.
#[derive(Debug, Default)]
pub struct Progress(AtomicU64);

impl Progress {
    /// Moves to another phase.
    pub fn enter(&self, phase: Phase) {
        let changes = self.0.load(Ordering::Relaxed) >> 2;
        self.0.store((changes.wrapping_add(1) << 2) | phase as u64, Ordering::Relaxed);
    }

    /// The current phase, and a number that differs after every change.
    pub fn now(&self) -> (Phase, u64) {
        let packed = self.0.load(Ordering::Relaxed);
        let phase = match packed & 3 {
            0 => Phase::Silent,
            1 => Phase::Idle,
            2 => Phase::Head,
            _ => Phase::Busy,
        };
        (phase, packed >> 2)
    }
}

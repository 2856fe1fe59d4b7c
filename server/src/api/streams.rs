//! Open event streams of customers' tokens: one each.
//!
//! A telephone that changes from one network to another opens a new stream long before the server notices that the old one
//! leads nowhere. So the newer one ends the older one, instead of being refused.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use perennial_domain::ids::CustomerTokenId;
use tokio_util::sync::CancellationToken;

/// The open streams of this server.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<CustomerTokenId, Open>>>);

#[derive(Debug)]
struct Open {
    number: u64,
    end: CancellationToken,
}

/// The place of one stream; free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    streams: Streams,
    token: CustomerTokenId,
    number: u64,
    /// Cancelled when a newer stream takes the place.
    pub end: CancellationToken,
}

impl Streams {
    /// Takes the place of a token; whoever had it before has to go.
    pub fn take(&self, token: CustomerTokenId) -> Place {
        // The map holds whole values only: a panic of another holder cannot have left half of one.
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let end = CancellationToken::new();
        let number = open.get(&token).map_or(0, |older| older.number + 1);
        if let Some(older) = open.insert(token, Open { number, end: end.clone() }) {
            older.end.cancel();
        }
        Place { streams: self.clone(), token, number, end }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A newer stream may have the place by now.
        if open.get(&self.token).is_some_and(|open| open.number == self.number) {
            open.remove(&self.token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_stream_ends_the_older_one_and_only_that() {
        let streams = Streams::default();
        let [phone, tablet] = [1, 2].map(|seed| CustomerTokenId::new(0, [seed; 10]));
        let (older, other) = (streams.take(phone), streams.take(tablet));
        let newer = streams.take(phone);
        assert!(older.end.is_cancelled() && !newer.end.is_cancelled() && !other.end.is_cancelled());
        drop(older);
        assert_eq!(streams.0.lock().unwrap().len(), 2, "the place is the newer one's");
        drop((newer, other));
        assert!(streams.0.lock().unwrap().is_empty());
    }
}

//! The way back: one answer for every purchase, whatever happens to it on the way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::Submitted;
use crate::error::Error;

pub(super) type Answer = Result<Submitted, Error>;

/// What a purchase is told that nobody could bring to an end. It may or may not have been credited; asked again
/// with the same key, the intake finds out.
pub(super) const fn busy() -> Error {
    Error::Busy { retry_after: Duration::from_secs(1) }
}

/// Opens the way back for `purchases` that were submitted together: one reply for each of them, and the waiter
/// that collects the answers in their order.
pub(super) fn open(purchases: usize) -> (Vec<Reply>, Waiter) {
    let (done, all_answered) = oneshot::channel();
    let answers = Arc::new(Mutex::new(Answers {
        answers: std::iter::repeat_with(|| None).take(purchases).collect(),
        open: purchases,
        // With nothing to answer there is nothing to wait for.
        done: (purchases > 0).then_some(done),
    }));
    let replies = (0..purchases).map(|place| Reply { answers: Some(Arc::clone(&answers)), place }).collect();
    (replies, Waiter { answers, all_answered })
}

struct Answers {
    answers: Vec<Option<Answer>>,
    open: usize,
    done: Option<oneshot::Sender<()>>,
}

fn lock(answers: &Mutex<Answers>) -> MutexGuard<'_, Answers> {
    // Nothing can panic while the lock is held, so the list is whole even if somebody says otherwise.
    answers.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The place for one answer. Dropped without one, it answers `Busy`: a panic, a bug or a shutdown leaves no
/// caller waiting.
pub(super) struct Reply {
    answers: Option<Arc<Mutex<Answers>>>,
    place: usize,
}

impl Reply {
    pub fn send(mut self, answer: Answer) {
        self.put(answer);
    }

    fn put(&mut self, answer: Answer) {
        let Some(shared) = self.answers.take() else { return };
        let mut answers = lock(&shared);
        if let Some(place) = answers.answers.get_mut(self.place) {
            *place = Some(answer);
        }
        answers.open -= 1;
        if answers.open == 0
            && let Some(done) = answers.done.take()
        {
            // Nobody listens any more when the caller went away.
            let _ = done.send(());
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if self.answers.is_some() {
            self.put(Err(busy()));
        }
    }
}

/// Collects the answers.
pub(super) struct Waiter {
    answers: Arc<Mutex<Answers>>,
    all_answered: oneshot::Receiver<()>,
}

impl Waiter {
    /// All answers, in the order of submission; `Busy` for what is still open after `patience`.
    pub async fn wait(self, patience: Duration) -> Vec<Answer> {
        // Either way the list tells what is known by now.
        let _ = tokio::time::timeout(patience, self.all_answered).await;
        let answers = std::mem::take(&mut lock(&self.answers).answers);
        answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(busy()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn code(answer: &Answer) -> &str {
        match answer {
            Err(Error::Busy { .. }) => "busy",
            Err(Error::CustomerNotFound) => "customer",
            Err(Error::UnknownRetailer) => "retailer",
            _ => "other",
        }
    }

    #[tokio::test]
    async fn answers_come_in_the_order_of_submission() {
        let (mut replies, waiter) = open(2);
        replies.pop().unwrap().send(Err(Error::UnknownRetailer));
        replies.pop().unwrap().send(Err(Error::CustomerNotFound));
        let answers = waiter.wait(LONG).await;
        assert_eq!(answers.iter().map(code).collect::<Vec<_>>(), ["customer", "retailer"]);
    }

    #[tokio::test]
    async fn nothing_is_answered_at_once() {
        let (replies, waiter) = open(0);
        assert!(replies.is_empty());
        let answers = tokio::time::timeout(Duration::from_secs(1), waiter.wait(LONG)).await.unwrap();
        assert!(answers.is_empty());
    }

    #[tokio::test]
    async fn a_dropped_reply_still_answers() {
        let (mut replies, waiter) = open(2);
        replies.pop().unwrap().send(Err(Error::UnknownRetailer));
        drop(replies);
        let answers = waiter.wait(LONG).await;
        assert_eq!(answers.iter().map(code).collect::<Vec<_>>(), ["busy", "retailer"]);
    }

    #[tokio::test]
    async fn patience_ends_and_late_answers_hurt_nobody() {
        let (mut replies, waiter) = open(2);
        let late = replies.pop().unwrap();
        replies.pop().unwrap().send(Err(Error::CustomerNotFound));
        let answers = waiter.wait(Duration::from_millis(20)).await;
        assert_eq!(answers.iter().map(code).collect::<Vec<_>>(), ["customer", "busy"]);
        late.send(Err(Error::UnknownRetailer));
    }
}

//! Bodies as they pass between hyper and the handlers.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::progress::{Phase, Progress};

/// The most bytes that a request body may have: 8 MiB.
pub const MAX_BODY: u64 = 8 * 1024 * 1024;
/// The same where no API key is needed, 64 KiB: whoever wants to could send many at once, and has not so much to say.
pub const MAX_BODY_WITHOUT_KEY: u64 = 64 * 1024;
/// What a refused body may still send before it is cut off, and for how long.
pub const DISCARD: (u64, Duration) = (4 * MAX_BODY, Duration::from_secs(5));
/// What a body may take before its speed counts.
const GRACE: Duration = Duration::from_secs(10);
/// The slowest upload that is waited for, in bytes a second. 8 MiB at this speed take about four minutes.
const SLOWEST: u64 = 32 * 1024;

/// Why a request body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is longer than it may be.
    #[error("the body is too long")]
    TooLarge,
    /// It arrived too slowly.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// The connection broke, or the framing is wrong.
    #[error("the body could not be read")]
    Broken(#[source] hyper::Error),
}

/// A request body that gives an error when it is too slow, and for every frame beyond what it may have.
#[derive(Debug)]
pub struct RequestBody {
    inner: Incoming,
    most: u64,
    received: u64,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl RequestBody {
    /// Guards the body of a request, which may have so many bytes.
    #[must_use]
    pub fn new(inner: Incoming, most: u64) -> Self {
        Self { inner, most, received: 0, waiting: None }
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                if self.received > DISCARD.0 {
                    return Poll::Ready(None);
                }
                if self.received > self.most {
                    return Poll::Ready(Some(Err(BodyError::TooLarge)));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(BodyError::Broken(error)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => {
                // Most bodies are in the buffer already, so the clock starts with the first wait.
                let allowed = GRACE + Duration::from_secs(self.received / SLOWEST);
                let (began, sleep) = self.waiting.get_or_insert_with(|| {
                    let now = Instant::now();
                    (now, Box::pin(sleep_until(now + allowed)))
                });
                let deadline = *began + allowed;
                if sleep.deadline() < deadline {
                    sleep.as_mut().reset(deadline);
                }
                sleep.as_mut().poll(context).map(|()| Some(Err(BodyError::TooSlow)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// An answer on its way out. Tells the connection when it is complete, and ends when it is cut off.
#[derive(Debug)]
pub struct ResponseBody {
    inner: Body,
    progress: Arc<Progress>,
    cut_off: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl ResponseBody {
    /// Wraps an answer; `cut_off` ends a body which would go on for ever otherwise (an event stream).
    #[must_use]
    pub fn new(
        inner: Body,
        progress: Arc<Progress>,
        cut_off: Option<WaitForCancellationFutureOwned>,
    ) -> Self {
        Self { inner, progress, cut_off: cut_off.map(Box::pin) }
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) {
            return Poll::Ready(frame);
        }
        match &mut self.cut_off {
            Some(cut_off) => cut_off.as_mut().poll(context).map(|()| None),
            None => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.progress.enter(Phase::Idle);
    }
}

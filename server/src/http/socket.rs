//! A socket that gives up on clients which dawdle.
//!
//! hyper can limit the time for a request head, but counts the pause between two requests as part of it and
//! never looks at a client that does not read its answer. This wrapper knows the phase of the connection:
//! a silent client, an idle one, one that dribbles its head and one that does not take its answer each have
//! their own limit. A timer is armed only when the socket has nothing for us, and moved only when it fires too
//! early, so that a busy keep-alive connection never touches it.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::progress::{Phase, Progress};

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From connecting to the first byte.
    pub first_byte: Duration,
    /// From the first byte of a request to the end of its head.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// For taking anything of an answer.
    pub write: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(5),
            head: Duration::from_secs(10),
            // Longer than the 60 s after which common reverse proxies give up an idle connection themselves.
            idle: Duration::from_secs(75),
            write: Duration::from_secs(10),
        }
    }
}

/// A deadline whose timer is moved as seldom as possible.
#[derive(Debug, Default)]
struct Deadline(Option<Pin<Box<Sleep>>>);

impl Deadline {
    /// Ready once `wanted` has passed.
    fn poll(&mut self, context: &mut Context<'_>, wanted: Instant) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(wanted)));
        if sleep.deadline() > wanted {
            sleep.as_mut().reset(wanted);
        }
        loop {
            ready!(sleep.as_mut().poll(context));
            if sleep.deadline() >= wanted {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(wanted);
        }
    }
}

/// A stream with the limits of [`Patience`].
#[derive(Debug)]
pub struct Socket<S> {
    stream: S,
    progress: Arc<Progress>,
    patience: Patience,
    seen: u64,
    since: Instant,
    read_deadline: Deadline,
    write_stalled: Option<Instant>,
    write_deadline: Deadline,
}

impl<S> Socket<S> {
    /// Wraps a fresh connection.
    pub fn new(stream: S, progress: Arc<Progress>, patience: Patience) -> Self {
        Self {
            stream,
            progress,
            patience,
            seen: 0,
            since: Instant::now(),
            read_deadline: Deadline::default(),
            write_stalled: None,
            write_deadline: Deadline::default(),
        }
    }

    /// Fails when the client has kept us waiting for too long; otherwise leaves a timer behind.
    fn wait_for_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (phase, change) = self.progress.now();
        if change != self.seen {
            self.seen = change;
            self.since = Instant::now();
        }
        let limit = match phase {
            Phase::Silent => self.patience.first_byte,
            Phase::Idle => self.patience.idle,
            Phase::Head => self.patience.head,
            Phase::Busy => return Poll::Pending,
        };
        ready!(self.read_deadline.poll(context, self.since + limit));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn wait_for_write(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let since = *self.write_stalled.get_or_insert_with(Instant::now);
        ready!(self.write_deadline.poll(context, since + self.patience.write));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(done) => {
                if buffer.filled().len() > before
                    && matches!(self.progress.now().0, Phase::Silent | Phase::Idle)
                {
                    self.progress.enter(Phase::Head);
                }
                Poll::Ready(done)
            }
            Poll::Pending => self.wait_for_read(context),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(done) = Pin::new(&mut self.stream).poll_write(context, bytes) {
            self.write_stalled = None;
            return Poll::Ready(done);
        }
        self.wait_for_write(context).map(Err)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(done) = Pin::new(&mut self.stream).poll_write_vectored(context, slices) {
            self.write_stalled = None;
            return Poll::Ready(done);
        }
        self.wait_for_write(context).map(Err)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    fn quick() -> Patience {
        Patience {
            first_byte: Duration::from_secs(5),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            write: Duration::from_secs(10),
        }
    }

    async fn seconds_until_refused(socket: &mut Socket<tokio::io::DuplexStream>) -> u64 {
        let began = Instant::now();
        let error = socket.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn each_phase_has_its_own_limit() {
        let progress = Arc::new(Progress::default());
        let (near, mut far) = duplex(64);
        let mut socket = Socket::new(near, progress.clone(), quick());
        assert_eq!(seconds_until_refused(&mut socket).await, 5, "silent");

        far.write_all(b"G").await.unwrap();
        assert_eq!(socket.read_u8().await.unwrap(), b'G');
        assert_eq!(seconds_until_refused(&mut socket).await, 10, "head");

        progress.enter(Phase::Idle);
        assert_eq!(seconds_until_refused(&mut socket).await, 75, "idle");
    }

    #[tokio::test(start_paused = true)]
    async fn dribbling_does_not_stretch_the_head() {
        let progress = Arc::new(Progress::default());
        let (near, mut far) = duplex(64);
        let mut socket = Socket::new(near, progress, quick());
        let dribble = tokio::spawn(async move {
            while far.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let began = Instant::now();
        while socket.read_u8().await.is_ok() {}
        assert!((9..=11).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
        drop(socket);
        dribble.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_dropped() {
        let (near, _far) = duplex(8);
        let mut socket = Socket::new(near, Arc::new(Progress::default()), quick());
        let began = Instant::now();
        let error = socket.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!((error.kind(), began.elapsed().as_secs()), (io::ErrorKind::TimedOut, 10));
    }
}

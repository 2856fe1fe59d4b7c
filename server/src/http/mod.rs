//! The accept loop: connections with limits, and a drain that loses no request.
//!
//! axum's own `serve` neither limits how long a client may dawdle nor how many connections an address may
//! hold, so the loop is ours. It knows nothing about routes: each request goes to [`Edge::call`].

pub mod body;
mod clients;
pub mod progress;
pub mod socket;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::edge::{Edge, client::network};
use clients::{Clients, Seat};
use progress::Progress;
use socket::{Patience, Socket};

/// How long requests in flight may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// What a connection keeps of what came and was not read, and so the longest head of a request, in bytes. A client that says
/// nothing but heads takes no more.
const BUFFER: usize = 128 * 1024;

/// What the accept loop needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Open connections in all; one address may hold a quarter of them.
    pub clients: u32,
    /// How long a client may dawdle.
    pub patience: Patience,
}

/// Accepts connections until `stop` is cancelled, then waits for the requests in flight, at most 20 seconds.
pub async fn serve(listener: TcpListener, edge: Arc<Edge>, limits: Limits, stop: CancellationToken) {
    let clients = Clients::new(limits.clients);
    let connections = TaskTracker::new();
    let give_up = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, usually: a short pause lets connections end instead of spinning.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Some(seat) = clients.take(network(peer.ip()), edge.is_proxy(peer.ip())) else {
            metrics::counter!("http_connections_refused_total").increment(1);
            continue;
        };
        connections.spawn(connection(
            stream,
            peer,
            seat,
            edge.clone(),
            limits.patience,
            stop.clone(),
            give_up.clone(),
        ));
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(DRAIN, connections.wait()).await.is_err() {
        tracing::warn!(left = connections.len(), "connections did not end in time and are cut");
        give_up.cancel();
        connections.wait().await;
    }
}

/// Serves one connection until it ends, the drain asks it to, or the drain gives it up.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    seat: Seat,
    edge: Arc<Edge>,
    patience: Patience,
    stop: CancellationToken,
    give_up: CancellationToken,
) {
    // Answers are small and written at once; waiting for more to send would only add latency.
    stream.set_nodelay(true).ok();
    let progress = Arc::new(Progress::default());
    let io = TokioIo::new(Socket::new(stream, progress.clone(), patience));
    let service = service_fn(move |request| {
        let edge = edge.clone();
        let progress = progress.clone();
        async move { Ok::<_, Infallible>(edge.call(request, peer, progress).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(BUFFER)
        .pipeline_flush(true)
        .serve_connection(io, service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stop.cancelled() => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                () = give_up.cancelled() => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        // Clients go away all the time; only whoever looks for it wants to know.
        tracing::debug!(%error, "a connection ended early");
    }
    drop(seat);
}

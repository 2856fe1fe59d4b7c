//! The bus: NATS JetStream, when `NATS_URL` is set.
//!
//! ```text
//! perennial.in.<slug>.>      ──durable pull consumer──▶ inbox ──commit──▶ ack
//! perennial.out.<slug>.<kind> ◀──Nats-Msg-Id, ack──── queue of the module `bus`
//! ```
//! The credential of the connection is the operator's, and what the broker lets whom publish is the operator's, too: so the
//! **subject** of a message says which merchant it is for, and nothing in it. An event that comes by the bus may tell of
//! purchases of any age.
//!
//! Whoever publishes chooses a form of CloudEvents: the headers `content-type: application/cloudevents+json` (or the batch
//! form) with the event as payload, headers `ce-…` with the data as payload, or an envelope of EventBridge. A message is
//! acknowledged after its events are committed, so that the broker brings it again when a server dies before; what comes
//! again is known by source and id. One that cannot be read is ended for good and kept among the refused events, under
//! the name of the stream and its number there.
//!
//! While the broker is away, everything else goes on: what is to leave waits in the queue.
//!
//! - [`subject`] finds the merchant in a subject;
//! - [`consume`] brings events in, [`publish`] carries them out.

mod consume;
mod publish;
pub mod subject;

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use async_nats::{ConnectOptions, Event, jetstream};
use perennial_engine::{Engine, bus::Bus};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Secret;
use subject::Pattern;

/// Where the broker is, and what it is asked for; see [`crate::config::setting`].
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each setting is documented once, in `setting`")]
pub struct BusConfig {
    pub url: Secret,
    pub credentials: Option<PathBuf>,
    pub incoming: Pattern,
    pub incoming_stream: String,
    pub consumer: String,
    pub outgoing: String,
    pub outgoing_stream: String,
}

/// How long the broker may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to the broker, which mends itself.
#[derive(Clone)]
pub struct Nats {
    config: Arc<BusConfig>,
    context: jetstream::Context,
}

impl Nats {
    /// Begins to connect. The broker may be away: it is tried until it is there.
    ///
    /// # Errors
    /// When the address or the credentials cannot be read.
    pub async fn connect(config: BusConfig) -> anyhow::Result<Self> {
        let mut options = ConnectOptions::new();
        if let Some(file) = &config.credentials {
            options = options
                .credentials_file(file)
                .await
                .with_context(|| format!("PERENNIAL_NATS_CREDENTIALS: {} cannot be read", file.display()))?;
        }
        let client = options
            .name("perennial")
            .retry_on_initial_connect()
            .connection_timeout(TIMEOUT)
            .request_timeout(Some(TIMEOUT))
            .event_callback(|event| async move { tell(&event) })
            .connect(config.url.0.as_str())
            .await
            .context("NATS_URL cannot be used")?;
        let mut context = jetstream::new(client);
        context.set_timeout(TIMEOUT);
        Ok(Self { config: Arc::new(config), context })
    }

    /// The bus that the engine publishes to.
    #[must_use]
    pub fn bus(&self) -> Arc<dyn Bus> {
        Arc::new(publish::Publisher::new(self.context.clone(), &self.config))
    }

    /// Brings events in until `stop`.
    #[must_use]
    pub fn consume(&self, engine: Engine, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(consume::run(self.clone(), engine, stop))
    }
}

fn tell(event: &Event) {
    match event {
        Event::Connected => tracing::info!("connected with the bus"),
        Event::Disconnected | Event::Closed => tracing::warn!("the connection with the bus is lost"),
        other => tracing::debug!(event = %other, "the bus"),
    }
}

//! Puts a server together: database, engine, pages, API, listener, and takes it apart again in the right order.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use axum::Router;
use perennial_app::{AppState, WebConfig, assets::Assets};
use perennial_engine::webhooks::Deliver;
use perennial_engine::{Engine, EngineConfig, MailTransport};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    api::{self, ApiState},
    bus::Nats,
    config::Config,
    edge::{Edge, Parts, measure},
    graphql,
    health::Health,
    http::{self, Limits, socket::Patience},
    webhooks,
};

/// A server that takes requests.
pub struct Server {
    /// The address that is listened on.
    pub addr: SocketAddr,
    /// The address under which browsers and tills reach it, without a slash at the end.
    pub base_url: String,
    /// The engine behind it.
    pub engine: Engine,
    workers: Option<perennial_engine::Workers>,
    consumer: Option<JoinHandle<()>>,
    stop: CancellationToken,
    accepting: JoinHandle<()>,
    metrics: Option<JoinHandle<()>>,
    upkeep: JoinHandle<()>,
}

/// How mail leaves, by the configuration.
#[must_use]
pub fn mail_transport(config: &Config, base_url: &str) -> MailTransport {
    match &config.smtp_url {
        None => MailTransport::Mailbox,
        Some(url) => MailTransport::Smtp {
            url: url.0.clone(),
            from: config.mail_from.clone().unwrap_or_else(|| default_sender(base_url)),
        },
    }
}

fn default_sender(base_url: &str) -> String {
    let host = base_url.parse::<::http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    format!("perennial@{}", host.as_deref().unwrap_or("localhost"))
}

/// What sends webhooks. A machine that cannot speak TLS serves everything else, and they wait.
fn webhook_client(config: &Config) -> Option<Arc<dyn Deliver>> {
    match webhooks::Client::new(config.webhooks_allow_private) {
        Ok(client) => Some(Arc::new(client)),
        Err(error) => {
            tracing::error!(%error, "webhooks cannot be sent: there is no usable TLS on this machine");
            None
        }
    }
}

impl Server {
    /// Starts serving on a database whose schema is up to date.
    ///
    /// # Errors
    /// When the address is taken, the pages were not built, or the database cannot be reached.
    pub async fn start(config: &Config, database_url: &str, workers: bool) -> anyhow::Result<Self> {
        let listener = bind(config.addr)?;
        let addr = listener.local_addr().context("the listener has no address")?;
        let base_url = config.base_url_for(addr);
        let assets = Assets::load(&config.site_dir)?;
        let nats = match &config.bus {
            Some(bus) => Some(Nats::connect(bus.clone()).await?),
            None => None,
        };
        let engine = Engine::connect(EngineConfig {
            database_url: database_url.to_owned(),
            connections: config.connections,
            lanes: config.lanes,
            request_log: config.request_log,
            mail: mail_transport(config, &base_url),
            base_url: base_url.clone(),
            webhooks: webhook_client(config),
            bus: nats.as_ref().map(Nats::bus),
        })
        .await
        .context("the database cannot be used")?;
        let stop = CancellationToken::new();
        let recorder = measure::recorder()?;
        let health =
            Health::new(engine.clone(), recorder.clone(), config.metrics_addr.is_some(), stop.clone());
        let metrics = match config.metrics_addr {
            Some(addr) => Some(serve_metrics(bind(addr)?, health.clone(), stop.clone())),
            None => None,
        };
        let web = web_config(config, &base_url, addr);
        let api = ApiState::new(engine.clone(), config.rate_per_key);
        // Whoever shows the mail of everybody on a page is at home.
        let graphql = graphql::router(api.clone(), web.dev_mailbox);
        let web = AppState::new(engine.clone(), assets, web);
        let edge = Edge::new(Parts {
            engine: engine.clone(),
            api: api::router(api).merge(graphql),
            pages: perennial_app::router(web.clone()),
            web,
            health,
            rate_per_ip: config.rate_per_ip,
            trusted_proxies: config.trusted_proxies.clone(),
            stop: stop.clone(),
        });
        let limits = Limits { clients: config.max_clients, patience: Patience::default() };
        let accepting = tokio::spawn(http::serve(listener, Arc::new(edge), limits, stop.clone()));
        let upkeep = tokio::spawn(async move {
            loop {
                tokio::time::sleep(std::time::Duration::from_secs(5)).await;
                recorder.run_upkeep();
            }
        });
        let workers = workers.then(|| engine.workers());
        let consumer =
            nats.filter(|_| workers.is_some()).map(|nats| nats.consume(engine.clone(), stop.clone()));
        Ok(Self { addr, base_url, engine, workers, consumer, stop, accepting, metrics, upkeep })
    }

    /// Stops in the order that loses nothing: no new connections, requests in flight answered, queues stopped,
    /// lanes drained, database closed.
    pub async fn stop(self) {
        self.stop.cancel();
        if self.accepting.await.is_err() {
            tracing::error!("the accept loop had ended before");
        }
        self.upkeep.abort();
        if let Some(metrics) = self.metrics {
            metrics.abort();
        }
        if let Some(consumer) = self.consumer
            && consumer.await.is_err()
        {
            tracing::error!("the consumer of the bus had ended before");
        }
        if let Some(workers) = self.workers {
            workers.stop().await;
        }
        self.engine.shutdown().await;
    }
}

fn web_config(config: &Config, base_url: &str, bound: SocketAddr) -> WebConfig {
    WebConfig {
        base_url: base_url.to_owned(),
        secure_cookies: base_url.starts_with("https://"),
        dev_mailbox: config.shows_mailbox(bound),
    }
}

/// Connections that may wait to be accepted; the system may allow fewer. When it overflows, clients hang for
/// seconds: all tills of a chain come back at once after an outage.
const BACKLOG: u32 = 4_096;

fn bind(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    let listen = || {
        let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A restarted server need not wait until the connections of the one before have faded away.
        socket.set_reuseaddr(true)?;
        socket.bind(addr)?;
        socket.listen(BACKLOG)
    };
    listen().with_context(|| format!("{addr} cannot be listened on (set PERENNIAL_ADDR to use another)"))
}

/// Serves `/metrics` to whoever reaches its own address.
fn serve_metrics(listener: TcpListener, health: Health, stop: CancellationToken) -> JoinHandle<()> {
    let router = Router::new().route("/metrics", axum::routing::get(async move || health.metrics()));
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "metrics are no longer served");
        }
    })
}

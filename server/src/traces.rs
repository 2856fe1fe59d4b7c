//! Traces: the [spans](perennial_engine::spans) of requests, batches, queues, webhooks and letters, sent to a collector by OTLP
//! over HTTP.
//!
//! The exporter collects spans in memory, a bounded number of them, and sends them from a thread of its own every few seconds:
//! a collector that is away costs traces and nothing else.

use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use axum::body::Bytes;
use http::{Request, Response};
use opentelemetry::{Key, trace::TracerProvider as _};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use perennial_engine::spans::TARGET;
use reqwest::redirect::Policy;
use tokio::runtime::Handle;
use tracing::{Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

/// What a collector may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// What the last spans may take to be sent when the process ends.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Who we are, unless `OTEL_SERVICE_NAME` says otherwise.
const SERVICE: &str = "perennial";

/// The way of spans to a collector.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Spans go to the collector at `endpoint`, the base address of OTLP over HTTP.
    ///
    /// # Errors
    /// When there is no usable TLS on this machine.
    pub fn to(endpoint: &str) -> anyhow::Result<Self> {
        // Whoever came first has installed the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build();
        let client = client.context("traces cannot be sent: there is no usable TLS on this machine")?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Collector { client, runtime: Handle::current() })
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(TIMEOUT)
            .build()
            .context("traces cannot be sent")?;
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build();
        Ok(Self(provider))
    }

    /// Takes the spans of the process, and warnings and errors that are logged within one.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let wanted = Targets::new().with_default(LevelFilter::WARN).with_target(TARGET, Level::INFO);
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(SERVICE))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            // Nobody asks OpenTelemetry which span is open: ours know it themselves.
            .with_context_activation(false)
            .with_filter(wanted)
    }

    /// Sends what is left.
    pub async fn finish(self) {
        let Self(provider) = self;
        let sent = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST_WORDS)).await;
        if !matches!(sent, Ok(Ok(()))) {
            tracing::warn!("the last traces were not sent");
        }
    }
}

/// What `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say of this process.
fn resource() -> Resource {
    let given = Resource::builder().build();
    let name = given.get(&Key::from_static_str("service.name"));
    // What stands there when nobody has named it.
    if name.is_some_and(|name| !name.as_str().starts_with("unknown_service")) {
        return given;
    }
    Resource::builder().with_service_name(SERVICE).build()
}

/// Sends for the exporter, whose thread is none of the runtime's.
#[derive(Debug)]
struct Collector {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (client, request) = (self.client.clone(), request.try_into()?);
        let exchange = self.runtime.spawn(async move {
            let response = client.execute(request).await?;
            let mut answer = Response::builder().status(response.status());
            if let Some(headers) = answer.headers_mut() {
                headers.clone_from(response.headers());
            }
            Ok::<_, HttpError>(answer.body(response.bytes().await?)?)
        });
        exchange.await?
    }
}

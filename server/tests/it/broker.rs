//! A NATS server of one test, as Debian has it.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use async_nats::{HeaderMap, jetstream};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{STUCK, free_port};

/// A broker of this test alone.
pub struct Broker {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Broker {
    /// Starts one. `make test` has seen to it that it is there.
    pub fn start() -> Self {
        let found = std::env::var_os("PERENNIAL_NATS_SERVER").map(PathBuf::from).or_else(|| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
            folders.map(|folder| folder.join("nats-server")).find(|file| file.is_file())
        });
        let program =
            found.expect("nats-server (on Debian: apt install nats-server), or PERENNIAL_NATS_SERVER");
        // Kept while it is down.
        let mut broker = Self { program, folder: TempDir::new().unwrap(), port: free_port(), child: None };
        broker.rise();
        broker
    }

    pub fn rise(&mut self) {
        let store: &Path = self.folder.path();
        let child = Command::new(&self.program)
            .args(["--addr", "127.0.0.1", "--port", &self.port.to_string(), "--jetstream", "--store_dir"])
            .arg(store)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    /// As when its machine fails.
    pub fn fall(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub async fn context(&self) -> jetstream::Context {
        let client =
            async_nats::ConnectOptions::new().retry_on_initial_connect().connect(self.url()).await.unwrap();
        jetstream::new(client)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Publishes an event for the merchant with this slug until the stream has it.
pub async fn publish(context: &jetstream::Context, slug: &str, headers: HeaderMap, body: &Value) {
    let published = async {
        loop {
            let body = body.to_string().into();
            let subject = format!("perennial.in.{slug}.orders");
            let sent = context.publish_with_headers(subject, headers.clone(), body).await;
            if let Ok(sent) = sent
                && sent.await.is_ok()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(STUCK, published).await.expect("the broker takes events");
}

/// The events that the stream keeps of what a merchant published, each under its own name.
pub async fn kept(context: &jetstream::Context, slug: &str) -> Vec<Value> {
    let stream = context.get_stream("PERENNIAL_OUT").await.unwrap();
    let state = stream.cached_info().state.clone();
    let mut messages = Vec::new();
    for number in state.first_sequence..=state.last_sequence {
        let message = stream.get_raw_message(number).await.unwrap();
        let event: Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!(message.headers.get("Nats-Msg-Id").unwrap().as_str(), event["id"]);
        assert_eq!(
            message.subject.as_str(),
            format!("perennial.out.{slug}.{}", event["type"].as_str().unwrap())
        );
        messages.push(event);
    }
    messages
}

//! The binary in a folder of its own, on a private Postgres or on a given database.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::support::{free_port, site};

/// Longer than any command of these tests takes, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// An installation: a folder, a port, and the environment of every command.
pub struct Installation {
    folder: TempDir,
    database: Option<String>,
    port: u16,
    settings: Vec<(&'static str, String)>,
}

impl Installation {
    /// With a private Postgres in its data folder.
    pub fn private() -> Self {
        Self::new(None)
    }

    /// On this database.
    pub fn on(database: &str) -> Self {
        Self::new(Some(database.to_owned()))
    }

    fn new(database: Option<String>) -> Self {
        let folder = tempfile::Builder::new().prefix("perennial-tools-").tempdir().unwrap();
        // Postgres does not run as root and has to get to its files.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        site(folder.path());
        // Kept over restarts, as tills know one address.
        Self { folder, database, port: free_port(), settings: Vec::new() }
    }

    /// With a setting of its own.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_perennial"));
        command
            .args(arguments)
            .env_remove("DATABASE_URL")
            .env_remove("PERENNIAL_CONFIG")
            .env_remove("PERENNIAL_BASE_URL")
            .env_remove("PERENNIAL_API_KEY")
            .env("PERENNIAL_ADDR", format!("127.0.0.1:{}", self.port))
            .env("PERENNIAL_DATA_DIR", self.path("data"))
            .env("PERENNIAL_SITE_DIR", self.folder.path())
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(database) = &self.database {
            command.env("DATABASE_URL", database);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        timeout(PATIENCE, self.command(arguments).output()).await.expect("it ends").unwrap()
    }

    /// Runs a command that succeeds, and gives the JSON that it prints.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let output = self.run(arguments).await;
            assert!(output.status.success(), "{caller}: {arguments:?}: {output:?}");
            parsed(&output)
        }
    }

    /// Starts a server and waits until it answers.
    pub async fn serve(&self) -> Child {
        let mut child = self.command(&["serve"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.trim().starts_with("Front page") {
                    return;
                }
            }
            panic!("serve ended without an address");
        };
        timeout(PATIENCE, ready).await.expect("serve prints its address");
        // Somebody has to read on, or the child would stop at a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        child
    }

    /// Sends something to the API with a key.
    pub async fn post(&self, key: &str, path: &str, body: Value) -> Value {
        let (url, body) = (format!("{}/api/v1{path}", self.base_url()), body.to_string());
        answered(|| {
            let request = client().post(&url).bearer_auth(key).header("content-type", "application/json");
            request.body(body.clone())
        })
        .await
    }

    /// Waits until so many purchases of tills are stored, 200 at most: what is done to the server now is done under their load,
    /// however long they took to get there and however quick the machine is.
    pub async fn until_tills_have_posted(&self, key: &str, purchases: usize) {
        let posted = async {
            let url = format!("{}/api/v1/purchases?limit={purchases}", self.base_url());
            let newest = || client().get(&url).bearer_auth(key);
            while answered(newest).await["data"].as_array().map_or(0, Vec::len) < purchases {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, posted).await.expect("the tills post");
    }

    /// A merchant `corner` with two stores and ten points a dollar; gives its API key.
    pub async fn merchant(&self) -> String {
        let created = self
            .json(&[
                "merchant",
                "create",
                "--name",
                "Corner",
                "--slug",
                "corner",
                "--currency",
                "USD",
                "--time-zone",
                "America/New_York",
                "--owner-email",
                "owner@corner.example",
                "--owner-password",
                "correct horse battery staple",
                "--json",
            ])
            .await;
        created["api_key"].as_str().unwrap().to_owned()
    }

    /// The stores and the promotion, over the API of the running server.
    pub async fn furnish(&self, key: &str) {
        for code in ["north", "south"] {
            self.post(key, "/retailers", json!({"code": code, "name": code})).await;
        }
        let promotion = json!({"name": "Ten points a dollar", "award_rate": "10"});
        let id = self.post(key, "/promotions", promotion).await["id"].as_str().unwrap().to_owned();
        self.post(key, &format!("/promotions/{id}/publish"), json!({})).await;
    }

    /// The process id of the private Postgres.
    pub fn postgres(&self) -> u32 {
        let file = self.path("data/postgres/cluster/postmaster.pid");
        std::fs::read_to_string(file).unwrap().lines().next().unwrap().trim().parse().unwrap()
    }
}

pub fn client() -> reqwest::Client {
    // Refused only when another test was first, with the same provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// The JSON of an answer that is a success. It comes back when it is told to, as programs do: the machine may be behind.
async fn answered(request: impl Fn() -> reqwest::RequestBuilder) -> Value {
    let answer = async {
        loop {
            let response = request().send().await.unwrap();
            let (url, status) = (response.url().clone(), response.status());
            let body = response.text().await.unwrap();
            if status.as_u16() == 503 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            assert!(status.is_success(), "{url}: {status} {body}");
            return serde_json::from_str::<Value>(&body).unwrap();
        }
    };
    timeout(PATIENCE, answer).await.expect("it is answered")
}

/// The JSON that a command printed.
#[track_caller]
pub fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

pub fn signal(pid: u32, name: &str) {
    assert!(std::process::Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}

/// Kills a server as a power failure would, and waits until it is gone.
pub async fn kill_hard(mut child: Child) {
    signal(child.id().expect("it runs"), "-KILL");
    child.wait().await.unwrap();
}

/// Stops a server as an operator does: it ends with success.
pub async fn stop(mut child: Child) {
    signal(child.id().expect("it runs"), "-TERM");
    let status = timeout(PATIENCE, child.wait()).await.expect("it stops").unwrap();
    assert_eq!(status.code(), Some(0));
}

//! What is measured: a fresh Postgres, a server on it, merchants with stores and a promotion.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use perennial_postgres::{Options, PrivatePostgres, Running};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    client::{self, Connection},
    pgbench,
};

/// A running server on its own throw-away Postgres.
pub struct Stage {
    /// Host and port of the server.
    pub address: String,
    /// One full-scope API key a merchant.
    pub keys: Vec<String>,
    /// The pgbench program that belongs to the Postgres.
    pub pgbench: PathBuf,
    /// Connection string of pgbench's database.
    pub pgbench_url: String,
    server: Child,
    postgres: Option<Running>,
    folder: TempDir,
}

impl Stage {
    /// Starts everything and creates `merchants` merchants.
    pub async fn set(server: &Path, merchants: usize) -> Result<Self> {
        if !server.exists() {
            bail!("{} does not exist; `make bench` builds it", server.display());
        }
        let folder = tempfile::Builder::new().prefix("perennial-bench").tempdir()?;
        // The Postgres child may run as another user, who must be able to pass through.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
        }
        let postgres = PrivatePostgres::start(Options::new(folder.path().join("data"))).await?;
        let pgbench = postgres.binaries().join("pgbench");
        if !pgbench.exists() {
            bail!(
                "pgbench is not beside the Postgres in {}; install the Postgres contrib programs",
                postgres.binaries().display()
            );
        }

        let mut keys = Vec::with_capacity(merchants);
        for number in 1..=merchants {
            keys.push(create_merchant(server, postgres.url(), number)?);
        }
        let address = free_address()?;
        let child = Command::new(server)
            .arg("serve")
            .env("DATABASE_URL", postgres.url())
            .env("PERENNIAL_ADDR", &address)
            .env("PERENNIAL_DATA_DIR", folder.path().join("server"))
            .env("PERENNIAL_RATE_PER_KEY", "0")
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .context("starting the server")?;
        let pgbench_url = pgbench_database(&postgres)?;
        let mut stage =
            Self { address, keys, pgbench, pgbench_url, server: child, postgres: Some(postgres), folder };
        stage.ready().await?;
        for key in stage.keys.clone() {
            stage.furnish(&key).await?;
        }
        pgbench::initialise(&stage)?;
        Ok(stage)
    }

    /// Resident memory of the server, MiB.
    pub fn server_memory_mib(&self) -> Result<f64> {
        self.server_status_mib("VmRSS:")
    }

    /// The largest that it was since [`Self::forget_peak`], MiB.
    pub fn server_peak_mib(&self) -> Result<f64> {
        self.server_status_mib("VmHWM:")
    }

    /// Begins to look for a new peak of the server's memory.
    pub fn forget_peak(&self) -> Result<()> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.server.id()), "5")?)
    }

    fn server_status_mib(&self, field: &'static str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        let kib: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix(field))
            .and_then(|rest| rest.split_whitespace().next())
            .with_context(|| format!("no {field} in the process status"))?
            .parse()?;
        Ok(kib / 1024.0)
    }

    /// Posts JSON on a connection of its own and gives the JSON that is answered.
    pub async fn post(&self, key: &str, path: &str, body: &Value) -> Result<Value> {
        let mut connection = Connection::open(&self.address).await?;
        self.create(&mut connection, key, path, body).await
    }

    /// Stops the server and Postgres and removes their folder.
    pub async fn strike(mut self) -> Result<()> {
        self.server.kill()?;
        self.server.wait()?;
        if let Some(postgres) = self.postgres.take() {
            postgres.stop().await?;
        }
        Ok(())
    }

    /// Brings the cluster to the state of one that has run for a while: its write-ahead log goes round in files that are
    /// there already. In a new cluster every sixteen megabytes of it begin with a stall, in which a file is made.
    pub fn checkpoint(&self) -> Result<()> {
        self.superuser(&["CHECKPOINT"])
    }

    /// Makes each flush of the write-ahead log take this long at least, as on a slower disk; transactions that commit
    /// meanwhile share it, as they do there. Pgbench and the server both feel it.
    pub fn delay_commits(&self, micros: u32) -> Result<()> {
        self.superuser(&[
            "ALTER SYSTEM SET commit_siblings = 0",
            &format!("ALTER SYSTEM SET commit_delay = {micros}"),
            "SELECT pg_reload_conf()",
        ])
    }

    fn superuser(&self, statements: &[&str]) -> Result<()> {
        let password = std::fs::read_to_string(self.folder.path().join("data/postgres/superuser.password"))?;
        let (_, server) = self.pgbench_url.rsplit_once('@').context("an odd database address")?;
        let mut psql = Command::new(self.pgbench.with_file_name("psql"));
        psql.args([&format!("postgres://postgres@{server}"), "-q"]).env("PGPASSWORD", password.trim());
        for statement in statements {
            psql.args(["-c", statement]);
        }
        let out = psql.output()?;
        if !out.status.success() {
            bail!("{statements:?} failed: {}", String::from_utf8_lossy(&out.stderr));
        }
        Ok(())
    }

    /// Sends requests one after the other; each has to be answered with a 2xx.
    pub async fn send_all(&self, requests: Vec<Vec<u8>>) -> Result<()> {
        let mut connection = Connection::open(&self.address).await?;
        for request in requests {
            let status = connection.send(&request).await?;
            if !(200..300).contains(&status) {
                bail!("answered {status}: {}", String::from_utf8_lossy(connection.body()));
            }
        }
        Ok(())
    }

    async fn ready(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.server.try_wait()? {
                bail!("the server ended with {status}");
            }
            if let Ok(mut connection) = Connection::open(&self.address).await
                && let Ok(200) = connection.send(&client::get(&self.address, "/readyz", "")).await
            {
                return Ok(());
            }
            if start.elapsed() > Duration::from_secs(60) {
                bail!("the server was not ready after a minute");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ten stores, two hundred products and a running promotion.
    async fn furnish(&self, key: &str) -> Result<()> {
        let mut connection = Connection::open(&self.address).await?;
        for number in 0..10 {
            let retailer = json!({"code": format!("s{number}"), "name": format!("Store {number}"), "time_zone": "America/New_York"});
            self.create(&mut connection, key, "/api/v1/retailers", &retailer).await?;
        }
        for number in 0..200 {
            let product = json!({"sku": format!("p{number}"), "name": format!("Product {number}"), "category": format!("c{}", number % 10)});
            self.create(&mut connection, key, "/api/v1/products", &product).await?;
        }
        let promotion = self
            .create(
                &mut connection,
                key,
                "/api/v1/promotions",
                &json!({"name": "Ten points per dollar", "award_rate": "10"}),
            )
            .await?;
        let id = promotion["id"].as_str().context("a promotion without an id")?;
        self.create(&mut connection, key, &format!("/api/v1/promotions/{id}/publish"), &json!({})).await?;
        Ok(())
    }

    async fn create(
        &self,
        connection: &mut Connection,
        key: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value> {
        let status = connection.send(&client::post(&self.address, path, key, &body.to_string())).await?;
        if !(200..300).contains(&status) {
            bail!("POST {path} answered {status}: {}", String::from_utf8_lossy(connection.body()));
        }
        Ok(serde_json::from_slice(connection.body())?)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // A failed run must not leave a server behind; errors have nobody to go to.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn create_merchant(server: &Path, database_url: &str, number: usize) -> Result<String> {
    let out = Command::new(server)
        .args([
            "merchant",
            "create",
            "--json",
            "--name",
            "Bench",
            "--currency",
            "USD",
            "--time-zone",
            "America/New_York",
        ])
        .args(["--slug", &format!("bench-{number}"), "--owner-email", &format!("owner{number}@bench.test")])
        .args(["--owner-password", "a long bench password"])
        .env("DATABASE_URL", database_url)
        .output()
        .context("creating a merchant")?;
    if !out.status.success() {
        bail!("merchant create failed: {}", String::from_utf8_lossy(&out.stderr));
    }
    let created: Value = serde_json::from_slice(&out.stdout)?;
    Ok(created["api_key"].as_str().context("no api_key in the answer of merchant create")?.to_owned())
}

fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// pgbench gets a database of its own on the same cluster.
fn pgbench_database(postgres: &Running) -> Result<String> {
    let url = postgres.url();
    let (server, _) = url.rsplit_once('/').context("an odd database address")?;
    let target = format!("{server}/pgbench");
    let out = Command::new(postgres.binaries().join("psql"))
        .args([url, "-qc", "CREATE DATABASE pgbench"])
        .output()?;
    if !out.status.success() {
        bail!("creating pgbench's database failed: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(target)
}

//! Configuration: the environment first, then a file; wrong values are refused with their name and the reason.
//!
//! [`setting`] is the documentation and the list of names. Nothing else in the program reads the environment.

mod parse;
mod reader;
pub mod setting;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use ipnet::IpNet;

use crate::bus::BusConfig;
pub use reader::ConfigError;
use reader::Reader;

/// A text that must not appear in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(secret)")
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings of a process; see [`setting`] for what each does.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each setting is documented once, in `setting`")]
pub struct Config {
    pub database_url: Option<Secret>,
    pub addr: SocketAddr,
    /// `None`: made from the address once the port is known.
    pub base_url: Option<String>,
    pub data_dir: PathBuf,
    pub site_dir: PathBuf,
    pub smtp_url: Option<Secret>,
    pub mail_from: Option<String>,
    pub dev_mailbox: Option<bool>,
    /// `None`: there is no bus.
    pub bus: Option<BusConfig>,
    pub metrics_addr: Option<SocketAddr>,
    pub webhooks_allow_private: bool,
    pub connections: u32,
    pub lanes: usize,
    pub request_log: usize,
    pub rate_per_key: u32,
    pub rate_per_ip: u32,
    pub max_clients: u32,
    pub trusted_proxies: Vec<IpNet>,
    pub log: String,
    pub log_format: LogFormat,
    /// `None`: there are no traces.
    pub traces: Option<String>,
}

impl Config {
    /// Reads the environment of the process and the configuration file.
    ///
    /// # Errors
    /// Tells every wrong setting at once.
    pub fn load() -> Result<Self, ConfigError> {
        let environment = |name: &str| std::env::var(name).ok();
        let named = environment("PERENNIAL_CONFIG").filter(|path| !path.is_empty());
        let path = named.clone().unwrap_or_else(|| "perennial.toml".to_owned());
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(ConfigError(vec![format!("PERENNIAL_CONFIG: {path}: {error}")])),
        };
        Self::from_sources(&environment, text.as_deref().map(|text| (path.as_str(), text)))
    }

    /// Builds the configuration from given sources; what [`Config::load`] does, for tests as well.
    ///
    /// # Errors
    /// Tells every wrong setting at once.
    pub fn from_sources(
        environment: &dyn Fn(&str) -> Option<String>,
        file: Option<(&str, &str)>,
    ) -> Result<Self, ConfigError> {
        use parse::{address, base_url, collector, database_url, flag, folder, log_filter, networks, one_of};
        use parse::{sender, smtp_url, whole};
        const FORMATS: &[(&str, LogFormat)] = &[("text", LogFormat::Text), ("json", LogFormat::Json)];

        let mut read = Reader::new(environment, file);
        let config = Self {
            database_url: read.value(&setting::DATABASE_URL, database_url),
            addr: read
                .value(&setting::ADDR, address)
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            base_url: read.value(&setting::BASE_URL, base_url),
            data_dir: read.value(&setting::DATA_DIR, folder).unwrap_or_else(default_data_dir),
            site_dir: read.value(&setting::SITE_DIR, folder).unwrap_or_else(|| PathBuf::from("site")),
            smtp_url: read.value(&setting::SMTP_URL, smtp_url),
            mail_from: read.value(&setting::MAIL_FROM, sender),
            dev_mailbox: read.value(&setting::DEV_MAILBOX, flag),
            bus: bus(&mut read),
            metrics_addr: read.value(&setting::METRICS_ADDR, address),
            webhooks_allow_private: read.value(&setting::WEBHOOKS_ALLOW_PRIVATE, flag).unwrap_or(false),
            connections: read.value(&setting::CONNECTIONS, whole(2, 1_000)).unwrap_or(16),
            lanes: read.value(&setting::LANES, whole(1, 64)).map_or_else(lanes, |lanes| lanes as usize),
            request_log: read
                .value(&setting::REQUEST_LOG, whole(0, 1_000_000))
                .map_or(4_096, |rows| rows as usize),
            rate_per_key: read.value(&setting::RATE_PER_KEY, whole(0, 10_000_000)).unwrap_or(10_000),
            rate_per_ip: read.value(&setting::RATE_PER_IP, whole(0, 10_000_000)).unwrap_or(500),
            max_clients: read.value(&setting::MAX_CLIENTS, whole(16, 1_000_000)).unwrap_or(16_384),
            trusted_proxies: read.value(&setting::TRUSTED_PROXIES, networks).unwrap_or_default(),
            log: read.value(&setting::LOG, log_filter).unwrap_or_else(|| setting::LOG.default.to_owned()),
            log_format: read.value(&setting::LOG_FORMAT, one_of(FORMATS)).unwrap_or(LogFormat::Text),
            traces: read.value(&setting::TRACES, collector),
        };
        if read.faults.is_empty() { Ok(config) } else { Err(ConfigError(read.faults)) }
    }

    /// The base URL, or the one that follows from the address when none is set.
    #[must_use]
    pub fn base_url_for(&self, bound: SocketAddr) -> String {
        self.base_url.clone().unwrap_or_else(|| {
            // A wildcard address is reachable on loopback; the wildcard itself is no address to open.
            if bound.ip().is_unspecified() {
                format!("http://127.0.0.1:{}", bound.port())
            } else {
                format!("http://{bound}")
            }
        })
    }

    /// Whether browsers reach the pages on this machine only. A base URL says so; where none is set, the address does that
    /// is listened on, and one that is open to the network is not at home.
    #[must_use]
    pub fn is_at_home(&self, bound: SocketAddr) -> bool {
        match &self.base_url {
            Some(base_url) => is_loopback(base_url),
            None => bound.ip().to_canonical().is_loopback(),
        }
    }

    /// Whether `/dev/mailbox` is served: as configured, else where there is no mail server and the pages are
    /// [at home](Self::is_at_home).
    #[must_use]
    pub fn shows_mailbox(&self, bound: SocketAddr) -> bool {
        self.dev_mailbox.unwrap_or(self.smtp_url.is_none() && self.is_at_home(bound))
    }
}

/// The bus. Every setting of it is checked, also without a broker to use it.
fn bus(read: &mut Reader<'_>) -> Option<BusConfig> {
    use parse::{folder, nats_name, nats_pattern, nats_prefix, nats_url};
    let url = read.value(&setting::NATS_URL, nats_url);
    let credentials = read.value(&setting::NATS_CREDENTIALS, folder);
    // The default is a pattern, which the tests of this file read.
    let incoming = read
        .value(&setting::NATS_SUBJECT, nats_pattern)
        .or_else(|| nats_pattern(setting::NATS_SUBJECT.default).ok());
    let mut text = |setting: &'static setting::Setting, parse: fn(&str) -> Result<String, String>| {
        read.value(setting, parse).unwrap_or_else(|| setting.default.to_owned())
    };
    let incoming_stream = text(&setting::NATS_STREAM, nats_name);
    let consumer = text(&setting::NATS_CONSUMER, nats_name);
    let outgoing = text(&setting::NATS_OUT_SUBJECT, nats_prefix);
    let outgoing_stream = text(&setting::NATS_OUT_STREAM, nats_name);
    Some(BusConfig {
        url: url?,
        credentials,
        incoming: incoming?,
        incoming_stream,
        consumer,
        outgoing,
        outgoing_stream,
    })
}

/// Whether a base URL leads to this machine only.
#[must_use]
pub fn is_loopback(base_url: &str) -> bool {
    let host = base_url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    host.is_some_and(|host| {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

/// As root the machine's own folder, otherwise one beside the user.
fn default_data_dir() -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        // The owner of our own process folder is the effective user; this needs no unsafe call.
        if std::fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0) {
            return Path::new("/var/lib/perennial").to_owned();
        }
    }
    Path::new("data").to_owned()
}

/// One more than cores: while one lane evaluates, the others keep Postgres busy.
fn lanes() -> usize {
    std::thread::available_parallelism().map_or(3, |cores| (cores.get() + 1).clamp(3, 9))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)], file: Option<&str>) -> Result<Config, ConfigError> {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let environment =
            move |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        Config::from_sources(&environment, file.map(|text| ("perennial.toml", text)))
    }

    #[test]
    fn defaults_hold_when_nothing_is_set() {
        let config = load(&[], None).unwrap();
        assert_eq!(config.addr.to_string(), "127.0.0.1:8080");
        assert_eq!(config.base_url_for(config.addr), "http://127.0.0.1:8080");
        assert!((3..=9).contains(&config.lanes));
        assert_eq!(config.connections, 16);
        assert!(config.database_url.is_none());
    }

    #[test]
    fn the_environment_wins_over_the_file_and_empty_counts_as_unset() {
        let file = "lanes = 2\nconnections = 8\nbase_url = \"https://loyalty.example.com/\"\n";
        let config = load(&[("PERENNIAL_LANES", "3"), ("PERENNIAL_CONNECTIONS", " ")], Some(file)).unwrap();
        assert_eq!((config.lanes, config.connections), (3, 8));
        assert_eq!(config.base_url_for(config.addr), "https://loyalty.example.com");
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_name() {
        let wrong = [
            ("PERENNIAL_ADDR", "everywhere"),
            ("PERENNIAL_LANES", "0"),
            ("DATABASE_URL", "mysql://root:hunter2@localhost"),
            ("RUST_LOG", "=,=x"),
            ("PERENNIAL_LOG_FORMAT", "xml"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ];
        let ConfigError(faults) = load(&wrong, Some("colour = \"red\"\nlanes = [1]")).unwrap_err();
        for (name, _) in wrong {
            assert!(faults.iter().any(|fault| fault.starts_with(name)), "{name} is missing in {faults:?}");
        }
        assert!(faults.iter().any(|fault| fault.contains("no setting `colour`")), "{faults:?}");
        assert!(faults.iter().any(|fault| fault.contains("`lanes` must be")), "{faults:?}");
        assert!(!faults.iter().any(|fault| fault.contains("hunter2")), "a secret is repeated: {faults:?}");
    }

    #[test]
    fn a_broker_makes_a_bus_and_its_settings_are_checked_without_one() {
        assert!(load(&[], None).unwrap().bus.is_none());
        let bus = load(&[("NATS_URL", "nats://broker:4222")], None).unwrap().bus.unwrap();
        assert_eq!(bus.incoming.to_string(), setting::NATS_SUBJECT.default);
        assert_eq!((bus.outgoing.as_str(), bus.consumer.as_str()), ("perennial.out", "perennial"));
        let wrong = [
            ("NATS_URL", "http://broker"),
            ("PERENNIAL_NATS_SUBJECT", "orders.>"),
            ("PERENNIAL_NATS_STREAM", "my.stream"),
            ("PERENNIAL_NATS_OUT_SUBJECT", "out.>"),
        ];
        let ConfigError(faults) = load(&wrong, None).unwrap_err();
        for (name, _) in wrong {
            assert!(faults.iter().any(|fault| fault.starts_with(name)), "{name} is missing in {faults:?}");
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let config = load(&[("DATABASE_URL", "postgres://me:hunter2@localhost/x")], None).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn the_mailbox_is_shown_to_this_machine_and_to_no_network() {
        let shows = |pairs: &[(&str, &str)], bound: &str| {
            load(pairs, None).unwrap().shows_mailbox(bound.parse().unwrap())
        };
        let (home, open) = (("PERENNIAL_BASE_URL", "http://127.0.0.1:8080"), "0.0.0.0:8080");
        assert!(shows(&[], "127.0.0.1:8080") && shows(&[], "[::1]:8080"));
        assert!(shows(&[home], open), "the base URL says that browsers are on this machine");
        for bound in [open, "[::]:8080", "192.168.1.7:8080"] {
            assert!(!shows(&[], bound), "{bound} is open to the network");
        }
        assert!(!shows(&[("PERENNIAL_BASE_URL", "https://loyalty.example.com")], "127.0.0.1:8080"));
        assert!(!shows(&[("SMTP_URL", "smtp://mail.example.com")], "127.0.0.1:8080"));
        assert!(shows(&[("PERENNIAL_DEV_MAILBOX", "true")], open), "whoever asks for it gets it");
    }

    #[test]
    fn loopback_is_told_from_the_network() {
        for local in ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:9"] {
            assert!(is_loopback(local), "{local}");
        }
        assert!(!is_loopback("http://10.0.0.2:8080"));
        assert!(!is_loopback("https://loyalty.example.com"));
    }
}

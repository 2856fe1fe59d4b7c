//! The list of settings: each one named, explained and given its default exactly once.

/// One setting, as it is documented and looked up.
#[derive(Debug)]
pub struct Setting {
    /// Name of the environment variable.
    pub env: &'static str,
    /// Name in the configuration file.
    pub key: &'static str,
    /// What holds when nothing is set, in words where it depends on something.
    pub default: &'static str,
    /// What the setting does, for whoever runs the server.
    pub doc: &'static str,
}

macro_rules! settings {
    ($($name:ident { $env:literal, $key:literal, $default:literal, $doc:literal })+) => {
        $(#[doc = $doc] pub const $name: Setting = Setting { env: $env, key: $key, default: $default, doc: $doc };)+
        /// Every setting, in the order in which it is documented.
        pub const SETTINGS: &[&Setting] = &[$(&$name),+];
    };
}

settings! {
    DATABASE_URL { "DATABASE_URL", "database_url", "a private Postgres in the data folder",
        "Postgres to use, 15 or newer: `postgres://user:password@host/database`." }
    ADDR { "PERENNIAL_ADDR", "addr", "127.0.0.1:8080",
        "Address and port to listen on. Port 0 takes a free one." }
    BASE_URL { "PERENNIAL_BASE_URL", "base_url", "http:// and the address",
        "Address under which browsers and tills reach the server. With https the cookies are `Secure`." }
    DATA_DIR { "PERENNIAL_DATA_DIR", "data_dir", "/var/lib/perennial as root, otherwise ./data",
        "Folder of the private Postgres." }
    SITE_DIR { "PERENNIAL_SITE_DIR", "site_dir", "./site",
        "Folder of the built style sheet, fonts and WebAssembly." }
    SMTP_URL { "SMTP_URL", "smtp_url", "none: mail is written and not sent; on a loopback base URL the development mailbox page shows it",
        "Mail server: `smtps://user:password@host` or `smtp://host:587`." }
    MAIL_FROM { "PERENNIAL_MAIL_FROM", "mail_from", "perennial@ and the host of the base URL",
        "Sender of all mail." }
    DEV_MAILBOX { "PERENNIAL_DEV_MAILBOX", "dev_mailbox", "true without SMTP on a loopback base URL",
        "Whether `/dev/mailbox` shows the mail that was written. Everybody who can reach the page can read the log-in codes." }
    NATS_URL { "NATS_URL", "nats_url", "none: there is no bus",
        "Broker of the event bus, NATS with JetStream: `nats://user:password@host:4222` or `tls://host:4222`. Its credential is the operator's: the subject of a message decides which merchant it is for." }
    NATS_CREDENTIALS { "PERENNIAL_NATS_CREDENTIALS", "nats_credentials", "none",
        "File with the credentials (`.creds`) for the broker." }
    NATS_SUBJECT { "PERENNIAL_NATS_SUBJECT", "nats_subject", "perennial.in.<merchant-slug>.>",
        "Subjects on which events come in; the part `<merchant-slug>` names the merchant." }
    NATS_STREAM { "PERENNIAL_NATS_STREAM", "nats_stream", "PERENNIAL_IN",
        "Stream that these subjects are kept in until they are read; it is made when there is none of that name." }
    NATS_CONSUMER { "PERENNIAL_NATS_CONSUMER", "nats_consumer", "perennial",
        "Durable consumer of that stream. Servers with the same one share the work." }
    NATS_OUT_SUBJECT { "PERENNIAL_NATS_OUT_SUBJECT", "nats_out_subject", "perennial.out",
        "What the subjects of published events begin with; slug and kind of event follow: `perennial.out.corner.points.credited`." }
    NATS_OUT_STREAM { "PERENNIAL_NATS_OUT_STREAM", "nats_out_stream", "PERENNIAL_OUT",
        "Stream that keeps published events; it is made, with a week's worth, when none keeps these subjects." }
    METRICS_ADDR { "PERENNIAL_METRICS_ADDR", "metrics_addr", "none: `/metrics` answers loopback callers of the main address",
        "Address and port for `/metrics`, apart from the public one." }
    WEBHOOKS_ALLOW_PRIVATE { "PERENNIAL_WEBHOOKS_ALLOW_PRIVATE", "webhooks_allow_private", "false",
        "Whether webhooks may go to loopback and private networks, and there by plain http: for tests and for receivers in the same network. Every merchant of the installation can then reach what this server can reach." }
    CONNECTIONS { "PERENNIAL_CONNECTIONS", "connections", "16",
        "Postgres connections of this server, besides one for each lane." }
    LANES { "PERENNIAL_LANES", "lanes", "one more than cores, from 3 to 9",
        "Intake lanes: batches of purchases that are written at the same time." }
    REQUEST_LOG { "PERENNIAL_REQUEST_LOG", "request_log", "4096",
        "Requests that wait to be written into the request log at most; what finds no room is dropped. 0 for no request log." }
    RATE_PER_KEY { "PERENNIAL_RATE_PER_KEY", "rate_per_key", "10000",
        "Requests a second that one API key may make; 0 for no limit." }
    RATE_PER_IP { "PERENNIAL_RATE_PER_IP", "rate_per_ip", "500",
        "Requests a second without an API key that one address may make; 0 for no limit." }
    MAX_CLIENTS { "PERENNIAL_MAX_CLIENTS", "max_clients", "16384",
        "Open client connections in all; one address may hold a quarter of them." }
    TRUSTED_PROXIES { "PERENNIAL_TRUSTED_PROXIES", "trusted_proxies", "none",
        "Addresses of reverse proxies, separated by commas, whose `X-Forwarded-For` is believed." }
    LOG { "RUST_LOG", "log", "warn,perennial=info",
        "What is logged, by module and level." }
    LOG_FORMAT { "PERENNIAL_LOG_FORMAT", "log_format", "text",
        "`text` for people, `json` for machines." }
}

/// The documentation of all settings, as a table in Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         Every setting comes from the environment first, then from the file that `PERENNIAL_CONFIG` names (by default\n\
         `./perennial.toml`, when it exists). A wrong value is refused at start, with the name and the reason.\n\n\
         | environment | file | default | what it does |\n|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        page.push_str(&format!(
            "| `{}` | `{}` | {} | {} |\n",
            setting.env, setting.key, setting.default, setting.doc
        ));
    }
    page.push_str(
        "\nOnly in the environment: `PERENNIAL_CONFIG`, the configuration file, and `PERENNIAL_POSTGRES_BIN`, the folder of the\n\
         programs (`initdb`, `postgres`) of the private Postgres when it is none of the usual places.\n",
    );
    page
}

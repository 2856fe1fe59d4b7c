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
        "The Postgres to use, 15 or newer: `postgres://user:password@host/database`." }
    ADDR { "PERENNIAL_ADDR", "addr", "127.0.0.1:8080",
        "Address and port to listen on. Port 0 picks a free one." }
    BASE_URL { "PERENNIAL_BASE_URL", "base_url", "http:// and the address",
        "Address at which browsers and tills reach the server. With https, cookies are `Secure`." }
    DATA_DIR { "PERENNIAL_DATA_DIR", "data_dir", "/var/lib/perennial as root, otherwise ./data",
        "Folder of the private Postgres." }
    SITE_DIR { "PERENNIAL_SITE_DIR", "site_dir", "./site",
        "Folder with the built style sheets, fonts and WebAssembly." }
    SMTP_URL { "SMTP_URL", "smtp_url", "none: mail is stored and not sent; on a loopback base URL the development mailbox shows it",
        "Mail server: `smtps://user:password@host` or `smtp://host:587`." }
    MAIL_FROM { "PERENNIAL_MAIL_FROM", "mail_from", "perennial@ and the host of the base URL",
        "Sender of all mail." }
    DEV_MAILBOX { "PERENNIAL_DEV_MAILBOX", "dev_mailbox", "true without SMTP on a loopback base URL",
        "Whether `/dev/mailbox` shows stored mail. Everybody who can reach the page can read sign-in codes." }
    NATS_URL { "NATS_URL", "nats_url", "none: there is no bus",
        "Broker of the event bus, NATS with JetStream: `nats://user:password@host:4222` or `tls://host:4222`. The subject of a message decides which merchant it is for, so the broker must control who may publish where." }
    NATS_CREDENTIALS { "PERENNIAL_NATS_CREDENTIALS", "nats_credentials", "none",
        "Credentials file (`.creds`) for the broker." }
    NATS_SUBJECT { "PERENNIAL_NATS_SUBJECT", "nats_subject", "perennial.in.<merchant-slug>.>",
        "Subjects on which events come in; `<merchant-slug>` stands for the slug of the merchant." }
    NATS_STREAM { "PERENNIAL_NATS_STREAM", "nats_stream", "PERENNIAL_IN",
        "Stream that keeps these subjects until they are read; created if there is none of that name." }
    NATS_CONSUMER { "PERENNIAL_NATS_CONSUMER", "nats_consumer", "perennial",
        "Durable consumer of that stream. Servers with the same name share the work." }
    NATS_OUT_SUBJECT { "PERENNIAL_NATS_OUT_SUBJECT", "nats_out_subject", "perennial.out",
        "Prefix of the subjects of published events; the merchant's slug and the kind of event follow: `perennial.out.corner.points.credited`." }
    NATS_OUT_STREAM { "PERENNIAL_NATS_OUT_STREAM", "nats_out_stream", "PERENNIAL_OUT",
        "Stream that keeps published events; created, keeping a week, if none keeps these subjects." }
    METRICS_ADDR { "PERENNIAL_METRICS_ADDR", "metrics_addr", "none: `/metrics` answers loopback callers of the main address",
        "Separate address and port for `/metrics`." }
    WEBHOOKS_ALLOW_PRIVATE { "PERENNIAL_WEBHOOKS_ALLOW_PRIVATE", "webhooks_allow_private", "false",
        "Whether webhooks may go to loopback and private addresses, also by plain http: for tests and for receivers in the same network. Every merchant of the installation can then reach what this server can reach." }
    CONNECTIONS { "PERENNIAL_CONNECTIONS", "connections", "16",
        "Postgres connections of this server, in addition to one per lane." }
    LANES { "PERENNIAL_LANES", "lanes", "one more than there are cores, from 3 to 9",
        "Intake lanes: how many batches of purchases are written at the same time." }
    REQUEST_LOG { "PERENNIAL_REQUEST_LOG", "request_log", "4096",
        "How many requests may wait to be written to the request log; more are dropped. 0 turns the request log off." }
    RATE_PER_KEY { "PERENNIAL_RATE_PER_KEY", "rate_per_key", "10000",
        "Requests per second that one API key may make; 0 for no limit." }
    RATE_PER_IP { "PERENNIAL_RATE_PER_IP", "rate_per_ip", "500",
        "Requests per second that one address may make without an API key; 0 for no limit." }
    MAX_CLIENTS { "PERENNIAL_MAX_CLIENTS", "max_clients", "16384",
        "Open client connections in total; one address may hold a quarter of them." }
    TRUSTED_PROXIES { "PERENNIAL_TRUSTED_PROXIES", "trusted_proxies", "none",
        "Reverse proxies whose `X-Forwarded-For` is believed, separated by commas: IP addresses, or networks such as `10.0.0.0/8` and `fd00::/8`. Everybody in a network that is named here can say who is calling, so name no larger one than the proxies have to themselves." }
    LOG { "RUST_LOG", "log", "warn,perennial=info",
        "What is logged, by module and level." }
    LOG_FORMAT { "PERENNIAL_LOG_FORMAT", "log_format", "text",
        "`text` for people, `json` for machines." }
    TRACES { "OTEL_EXPORTER_OTLP_ENDPOINT", "otlp_endpoint", "none: there are no traces",
        "OpenTelemetry collector that traces are sent to by OTLP over HTTP (protobuf), without `/v1/traces`: `http://collector:4318`." }
}

/// The documentation of all settings, as a table in Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         Settings come from the environment, then from the file that `PERENNIAL_CONFIG` names (by default `./perennial.toml`,\n\
         if it exists). An empty variable counts as not set. A wrong value is refused at start, with its name and the reason.\n\n\
         | environment | file | default | what it does |\n|---|---|---|---|\n",
    );
    for Setting { env, key, default, doc } in SETTINGS {
        // A value is code, as `<…>` would otherwise be taken for a tag; words are not.
        let mark = if default.contains(' ') || *default == "none" { "" } else { "`" };
        page.push_str(&format!("| `{env}` | `{key}` | {mark}{default}{mark} | {doc} |\n"));
    }
    page.push_str(
        "\nOnly in the environment:\n\n\
         | variable | what it does |\n|---|---|\n\
         | `PERENNIAL_CONFIG` | The configuration file. |\n\
         | `PERENNIAL_POSTGRES_BIN` | Folder with the programs of the private Postgres (`initdb`, `postgres`), if they are not in a usual place. |\n\
         | `PERENNIAL_OWNER_PASSWORD` | The password for `perennial merchant create`, in place of `--owner-password`. |\n\
         | `PERENNIAL_API_KEY` | The key for `perennial pos`, in place of `--key`. |\n\
         | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | \
         Of traces: who this is, what to tell the collector, and which share of them to send, as the specification of OpenTelemetry says. |\n",
    );
    page
}

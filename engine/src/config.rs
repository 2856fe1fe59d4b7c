//! What an engine must be told before it can start.

use std::fmt;
use std::sync::Arc;

use crate::bus::Bus;
use crate::webhooks::Deliver;

/// Settings of an [`Engine`](crate::Engine); the server reads them from its environment.
#[derive(Clone)]
pub struct EngineConfig {
    /// Where Postgres is, as a `postgres://` address.
    pub database_url: String,
    /// Connections for everything but the intake.
    pub connections: u32,
    /// Intake lanes; each holds one connection of its own.
    pub lanes: usize,
    /// Requests that wait to be written into the request log at most; 0 for no log.
    pub request_log: usize,
    /// How mail leaves.
    pub mail: MailTransport,
    /// Address under which browsers reach the pages, without a slash at the end; links in mail begin with it.
    pub base_url: String,
    /// Where events go for other systems, when there is a bus.
    pub bus: Option<Arc<dyn Bus>>,
    /// What sends webhooks; without it they wait.
    pub webhooks: Option<Arc<dyn Deliver>>,
}

impl EngineConfig {
    /// Settings that suit one server on one small machine.
    #[must_use]
    pub fn new(database_url: impl Into<String>) -> Self {
        Self {
            database_url: database_url.into(),
            connections: 16,
            lanes: 2,
            request_log: 4_096,
            mail: MailTransport::Mailbox,
            base_url: "http://127.0.0.1:8080".to_owned(),
            bus: None,
            webhooks: None,
        }
    }
}

// By hand, because the addresses hold passwords.
impl fmt::Debug for EngineConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineConfig")
            .field("connections", &self.connections)
            .field("lanes", &self.lanes)
            .field("request_log", &self.request_log)
            .field("mail", &self.mail)
            .field("base_url", &self.base_url)
            .field("bus", &self.bus.is_some())
            .field("webhooks", &self.webhooks.is_some())
            .finish_non_exhaustive()
    }
}

/// How mail leaves.
#[derive(Clone)]
pub enum MailTransport {
    /// It stays in the mail table, where the development mailbox shows it.
    Mailbox,
    /// Through an SMTP server.
    Smtp {
        /// `smtp://`, `smtps://` or `smtp://…?tls=required`, with user and password.
        url: String,
        /// The sender, for example `Corner Shop <points@example.com>`.
        from: String,
    },
}

impl fmt::Debug for MailTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mailbox => f.write_str("Mailbox"),
            Self::Smtp { from, .. } => f.debug_struct("Smtp").field("from", from).finish_non_exhaustive(),
        }
    }
}

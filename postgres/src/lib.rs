//! A private Postgres for a program that should need nothing else.
//!
//! [`PrivatePostgres::start`] finds the server programs (or has npm install them), makes a cluster with checksums and
//! random passwords in the caller's data folder, starts the server on the loopback address and watches over it.
//!
//! Several processes may use one data folder at once: the first starts the server, the others adopt it, the last one
//! stops it. Nothing depends on a process ending well:
//!
//! - A user that is killed leaves the server running; the next start adopts it.
//! - A server that is killed is started again by its users, on the same port, once its last child has let go.
//! - A cluster that was being made when its maker died is made anew.
//!
//! Three `flock` locks carry this (see the layout of the folder in `layout.rs`): one that is held while somebody starts or
//! stops, one that every user shares, and one that the processes of Postgres hold themselves, because they inherit it as
//! standard input. The last one says with certainty whether any process still touches the data.

mod binaries;
mod error;
mod identity;
mod initialise;
mod layout;
mod locks;
mod npm;
mod pid_file;
mod progress;
mod running;
mod server;
mod settings;

use std::path::{Path, PathBuf};

pub use binaries::{BINARIES_VARIABLE, Search};
pub use error::Error;
pub use identity::reachable;
pub use npm::npm_exists;
pub use pid_file::is_alive;
pub use progress::Progress;
pub use running::Running;
pub use settings::Durability;

use binaries::Binaries;
use identity::ServiceUser;
use initialise::Found;
use layout::{Layout, make_folder};
use progress::Reporter;
use running::{Hold, START_PATIENCE};
use server::{Plan, Port};

/// The oldest major version of Postgres that is accepted.
pub const MINIMUM_MAJOR: u32 = 15;
/// The role that the program connects as; it owns its database and may create others, and is no superuser.
const ROLE: &str = "perennial";
/// The database that is made for the program.
const DATABASE: &str = "perennial";

/// How a private Postgres is to be had.
#[derive(Clone)]
pub struct Options {
    data_dir: PathBuf,
    search: Search,
    install_when_missing: bool,
    durability: Durability,
    supervise: bool,
    report: Reporter,
}

impl Options {
    /// A durable Postgres in `data_dir`, looked after, with the programs that are on this machine.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            search: Search::default(),
            install_when_missing: false,
            durability: Durability::Full,
            supervise: true,
            report: Reporter::default(),
        }
    }

    /// Where to look for the server programs.
    #[must_use]
    pub fn search(mut self, search: Search) -> Self {
        self.search = search;
        self
    }

    /// Whether to have npm install the programs into the data folder when none are found.
    #[must_use]
    pub fn install_when_missing(mut self, install: bool) -> Self {
        self.install_when_missing = install;
        self
    }

    /// What the data must survive.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Whether a thread starts the server again when it dies (the default).
    #[must_use]
    pub fn supervise(mut self, supervise: bool) -> Self {
        self.supervise = supervise;
        self
    }

    /// A function that is told every step; it must not block for long.
    #[must_use]
    pub fn on_progress(mut self, callback: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.report = Reporter::to(callback);
        self
    }
}

/// The private Postgres of a data folder.
#[derive(Debug, Clone, Copy)]
pub struct PrivatePostgres;

impl PrivatePostgres {
    /// Makes the Postgres of the data folder ready for this process: initialises, starts or adopts it.
    ///
    /// A start that is given up half-way (the future is dropped) still runs to its end, and is then undone.
    ///
    /// # Errors
    /// See [`Error`]; each says what to do. Nothing that is not ours is changed.
    pub async fn start(options: Options) -> Result<Running, Error> {
        blocking(move || start(&options)).await
    }

    /// Has npm install the server programs into the data folder, of the major version that its cluster needs.
    ///
    /// # Errors
    /// When there is no npm, no package for this machine, or no network.
    pub async fn install_programs(options: Options) -> Result<(), Error> {
        blocking(move || {
            let layout = Layout::new(&options.data_dir);
            prepare(&layout)?;
            let major = match initialise::inspect(&layout)? {
                Found::Cluster(major) => Some(major),
                Found::Nothing => None,
            };
            npm::install(&layout.binaries(), major, &options.report)
        })
        .await
    }
}

fn start(options: &Options) -> Result<Running, Error> {
    let data = absolute(&options.data_dir)?;
    let layout = Layout::new(&data);
    let report = options.report.clone();
    // Looked at first, so that nothing is written into a folder that is not ours.
    initialise::inspect(&layout)?;
    prepare(&layout)?;
    let lock = locks::alone_within(&layout.start_lock(), START_PATIENCE, || report.tell(&Progress::Waiting))?;
    let Some(_lock) = lock else {
        return Err(Error::Busy { folder: layout.cluster(), seconds: START_PATIENCE.as_secs() });
    };
    let found = initialise::inspect(&layout)?;
    let user = ServiceUser::for_cluster(&layout.cluster())?;
    user.must_reach(&layout.root)?;
    for folder in [layout.socket(), layout.log()] {
        make_folder(&folder, 0o700)?;
        user.give(&folder)?;
    }
    let binaries = programs(options, &layout, found, &user)?;
    report.tell(&Progress::Found { folder: binaries.folder.clone(), version: binaries.version.clone() });
    if found == Found::Nothing {
        initialise::initialise(&layout, &binaries, &user, &report)?;
    }
    let plan = Plan { layout, binaries, user, durability: options.durability, report };
    let server = plan.ensure_running(Port::Any)?;
    running(plan, server, options.supervise)
}

/// Finds the programs, or has them installed if the caller allows it.
fn programs(options: &Options, layout: &Layout, found: Found, user: &ServiceUser) -> Result<Binaries, Error> {
    let wanted = match found {
        Found::Cluster(major) => Some(major),
        Found::Nothing => None,
    };
    let find = || binaries::find(&options.search, &layout.binaries(), &layout.cluster(), wanted, user);
    match find() {
        Err(Error::NotFound { .. } | Error::OtherMajor { .. })
            if options.install_when_missing && !binaries::are_prescribed(&options.search) && npm_exists() =>
        {
            npm::install(&layout.binaries(), wanted, &options.report)?;
            find()
        }
        other => other,
    }
}

fn running(plan: Plan, server: server::Server, supervise: bool) -> Result<Running, Error> {
    let users = locks::together(&plan.layout.users_lock())?;
    let read = |file: PathBuf| std::fs::read_to_string(&file).map_err(Error::file("read", &file));
    let password = read(plan.layout.password())?;
    let superuser = read(plan.layout.superuser_password())?;
    let port = server.postmaster.port;
    let socket = plan.layout.socket();
    let socket_url = plan.layout.socket_fits().then(|| {
        format!("postgres://{ROLE}:{password}@localhost:{port}/{DATABASE}?host={}", encoded(&socket))
    });
    Ok(Running {
        url: format!("postgres://{ROLE}:{password}@127.0.0.1:{port}/{DATABASE}"),
        socket_url,
        admin_url: format!("postgres://postgres:{superuser}@127.0.0.1:{port}/postgres"),
        port,
        version: plan.binaries.version.clone(),
        binaries: plan.binaries.folder.clone(),
        adopted: server.adopted,
        hold: Some(Hold::new(plan, users, port, server.child, supervise)),
    })
}

/// Makes the folders that stay with the caller's own user. They let others pass, since Postgres may run as another user;
/// everything with content in it is closed.
fn prepare(layout: &Layout) -> Result<(), Error> {
    make_folder(&layout.data, 0o755)?;
    make_folder(&layout.root, 0o711)
}

/// The folder with all links and `..` resolved, so that all processes mean the same one by it.
fn absolute(folder: &Path) -> Result<PathBuf, Error> {
    let path = std::path::absolute(folder).map_err(Error::file("find", folder))?;
    Ok(std::fs::canonicalize(&path).unwrap_or(path))
}

/// A path as the value of a query parameter.
fn encoded(path: &Path) -> String {
    let mut text = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                text.push(char::from(*byte))
            }
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

/// Runs a blocking function beside the runtime's threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(Error::Failed {
                what: String::from("starting Postgres"),
                output: format!("the program is ending: {error}"),
            }),
        },
    }
}

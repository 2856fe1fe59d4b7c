//! The hold that a process has on its running Postgres.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::pid_file::Postmaster;
use crate::server::{Plan, Port};
use crate::{Error, Progress, locks};

/// How often the supervisor looks whether the server is alive.
const WATCH: Duration = Duration::from_millis(250);
/// How long a start or stop by another process is waited for.
pub(crate) const START_PATIENCE: Duration = Duration::from_secs(660);

/// A running private Postgres. This process counts as one of its users until the value is dropped or stopped.
///
/// While it lives, a thread watches the server and starts it again, on the same port, when it dies. Dropping it (better:
/// [`Running::stop`], which does not block a runtime and tells errors) gives up the use; the last user stops the server.
/// A process that is killed leaves the server running for the next one to adopt.
pub struct Running {
    pub(crate) url: String,
    pub(crate) socket_url: Option<String>,
    pub(crate) admin_url: String,
    pub(crate) port: u16,
    pub(crate) version: String,
    pub(crate) binaries: PathBuf,
    pub(crate) adopted: bool,
    pub(crate) hold: Option<Hold>,
}

impl Running {
    /// Address of the database `perennial` for its owner, over TCP on the loopback address. It contains the password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same over the unix socket, which is a little faster; `None` when its path would be too long.
    #[must_use]
    pub fn socket_url(&self) -> Option<&str> {
        self.socket_url.as_deref()
    }

    /// Address of the database `postgres` for the superuser, for administrators and tests. It contains the password.
    #[must_use]
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// The TCP port on the loopback address.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The version of the server programs, such as `15.8`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The folder of the server programs.
    #[must_use]
    pub fn binaries(&self) -> &Path {
        &self.binaries
    }

    /// Whether the server was running already.
    #[must_use]
    pub fn adopted(&self) -> bool {
        self.adopted
    }

    /// The process id of the server at this moment; it changes when the server dies and is started again.
    pub fn pid(&self) -> Option<i32> {
        let plan = &self.hold.as_ref()?.plan;
        Postmaster::read(&plan.layout.pid_file()).filter(|found| found.is_alive()).map(|found| found.pid)
    }

    /// Gives up the use, and stops the server if nobody else uses it. Answers whether it was stopped.
    ///
    /// # Errors
    /// When the server does not stop within some minutes, or its files cannot be locked.
    pub async fn stop(mut self) -> Result<bool, Error> {
        let Some(hold) = self.hold.take() else { return Ok(false) };
        crate::blocking(move || hold.give_up()).await
    }

    /// Gives up the use and leaves the server running, though nobody may be left who uses it.
    pub fn leave_running(mut self) {
        if let Some(hold) = self.hold.take() {
            hold.leave();
        }
    }
}

impl fmt::Debug for Running {
    /// Without the addresses, since they contain passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("port", &self.port)
            .field("version", &self.version)
            .field("binaries", &self.binaries)
            .field("adopted", &self.adopted)
            .finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(hold) = self.hold.take()
            && let Err(error) = hold.give_up()
        {
            tracing::error!(target: "perennial::postgres", "{error}");
        }
    }
}

/// What makes this process a user of the server.
#[derive(Debug)]
pub(crate) struct Hold {
    plan: Plan,
    users: File,
    supervisor: Option<Supervisor>,
    /// The server, when this process started it and no supervisor keeps it.
    child: Option<Child>,
}

impl Hold {
    pub(crate) fn new(plan: Plan, users: File, port: u16, child: Option<Child>, supervise: bool) -> Self {
        if !supervise {
            return Self { plan, users, supervisor: None, child };
        }
        let supervisor = Some(Supervisor::start(plan.clone(), port, child));
        Self { plan, users, supervisor, child: None }
    }

    /// Ends the supervision and hands back the server's handle.
    fn relieve(&mut self) -> Option<Child> {
        match self.supervisor.take() {
            Some(supervisor) => supervisor.end(),
            None => self.child.take(),
        }
    }

    fn leave(mut self) {
        drop(self.relieve());
    }

    fn give_up(mut self) -> Result<bool, Error> {
        let mut child = self.relieve();
        let layout = &self.plan.layout;
        let start = locks::alone_within(&layout.start_lock(), START_PATIENCE, || ())?;
        let Some(_start) = start else {
            return Err(Error::Busy { folder: layout.cluster(), seconds: START_PATIENCE.as_secs() });
        };
        // Unlocked and not only closed: a program that another thread is starting right now has every open file of this
        // process until it runs, and would count as one more user.
        self.users.unlock().map_err(Error::file("unlock", &layout.users_lock()))?;
        // Newcomers need the start lock, so whoever gets this lock alone now is the last user.
        let Some(_alone) = locks::try_alone(&layout.users_lock())? else { return Ok(false) };
        self.plan.stop(child.as_mut())?;
        Ok(true)
    }
}

/// The thread that starts a dead server again.
#[derive(Debug)]
struct Supervisor {
    thread: JoinHandle<Option<Child>>,
    /// Dropped to end the thread. A mutex only makes it shareable between threads.
    quit: Mutex<mpsc::Sender<()>>,
}

impl Supervisor {
    fn start(plan: Plan, port: u16, child: Option<Child>) -> Self {
        let (quit, quitting) = mpsc::channel();
        let thread = thread::spawn(move || watch(&plan, port, child, &quitting));
        Self { thread, quit: Mutex::new(quit) }
    }

    fn end(self) -> Option<Child> {
        drop(self.quit.into_inner().unwrap_or_else(PoisonError::into_inner));
        self.thread.join().ok().flatten()
    }
}

fn watch(plan: &Plan, port: u16, mut child: Option<Child>, quitting: &mpsc::Receiver<()>) -> Option<Child> {
    let mut pause = WATCH;
    while quitting.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        pause = WATCH;
        let ended = child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
        if ended {
            child = None;
        } else if Postmaster::read(&plan.layout.pid_file()).is_some_and(Postmaster::is_alive) {
            continue;
        }
        match restart(plan, port) {
            Ok(started) => child = started.or(child),
            Err(error) => {
                tracing::error!(target: "perennial::postgres", "Postgres could not be started again: {error}");
                pause = Duration::from_secs(5);
            }
        }
    }
    child
}

/// Starts the server again unless another user of it was quicker. Only the port that the pools know will do.
fn restart(plan: &Plan, port: u16) -> Result<Option<Child>, Error> {
    let Some(_start) = locks::try_alone(&plan.layout.start_lock())? else {
        // Another process is at it, or is stopping the server; the next look will tell.
        return Ok(None);
    };
    if Postmaster::read(&plan.layout.pid_file()).is_some_and(|found| found.is_alive() && found.port == port) {
        return Ok(None);
    }
    plan.report.tell(&Progress::Restarting);
    plan.ensure_running(Port::Only(port)).map(|server| server.child)
}

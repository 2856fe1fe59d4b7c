//! Starting, adopting and stopping the server of a cluster. Whoever calls holds the start lock.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::binaries::Binaries;
use crate::identity::ServiceUser;
use crate::layout::{Layout, write_whole};
use crate::locks;
use crate::pid_file::Postmaster;
use crate::progress::Reporter;
use crate::settings::{self, Durability, Machine};
use crate::{Error, Progress};

const POLL: Duration = Duration::from_millis(20);
/// The processes of a killed postmaster need about a second to notice; then they let go of the folder.
const PATIENCE_WITH_THE_DYING: Duration = Duration::from_secs(20);
/// What a server that does not start has to say is written down as soon as anybody lets it.
const PATIENCE_WITH_A_LOG: Duration = Duration::from_secs(10);
/// A crash recovery may read gigabytes of log.
const PATIENCE_WITH_A_START: Duration = Duration::from_secs(600);
/// A fast shutdown writes what is in memory first.
const PATIENCE_WITH_A_STOP: Duration = Duration::from_secs(120);
/// How often another port is tried when the chosen one was taken in between.
const PORT_ATTEMPTS: usize = 5;

/// A server that accepts connections.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) postmaster: Postmaster,
    /// The handle, when this process started it: kept so that its end is reaped.
    pub(crate) child: Option<Child>,
    pub(crate) adopted: bool,
}

/// Which port a server gets.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Port {
    /// The one it had before, if that is free, else any.
    Any,
    /// This one and no other, since pools are connected to it.
    Only(u16),
}

/// Everything that a start needs.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) layout: Layout,
    pub(crate) binaries: Binaries,
    pub(crate) user: ServiceUser,
    pub(crate) durability: Durability,
    pub(crate) report: Reporter,
}

impl Plan {
    /// Adopts the running server of the cluster or starts one.
    pub(crate) fn ensure_running(&self, port: Port) -> Result<Server, Error> {
        let since = Instant::now();
        loop {
            if let Some(lock) = locks::try_alone(&self.layout.server_lock())? {
                return self.start(&lock, port);
            }
            // Some process of a server of this folder lives: a good one, a starting one, or the rest of a killed one.
            let postmaster = Postmaster::read(&self.layout.pid_file()).filter(|found| found.is_alive());
            if let Some(postmaster) = postmaster
                && postmaster.ready
                && answers(postmaster.port)
            {
                self.report.tell(&Progress::Adopted { pid: postmaster.pid });
                return Ok(Server { postmaster, child: None, adopted: true });
            }
            let patience = if postmaster.is_some() { PATIENCE_WITH_A_START } else { PATIENCE_WITH_THE_DYING };
            if since.elapsed() > patience {
                return Err(Error::InUse {
                    folder: self.layout.cluster(),
                    by: String::from(
                        "processes of a Postgres that cannot be seen from here, perhaps in another container",
                    ),
                });
            }
            thread::sleep(POLL);
        }
    }

    fn start(&self, lock: &File, port: Port) -> Result<Server, Error> {
        self.refuse_foreign_server()?;
        self.sweep()?;
        self.report.tell(&Progress::Starting);
        let since = Instant::now();
        let mut attempts = 0;
        loop {
            let number = match port {
                Port::Only(number) => number,
                Port::Any if attempts == 0 => self.former_port().map_or_else(free_port, Ok)?,
                Port::Any => free_port()?,
            };
            attempts += 1;
            match self.start_once(lock, number) {
                Ok(server) => return Ok(server),
                Err(Error::Failed { output, .. })
                    if matches!(port, Port::Any)
                        && attempts < PORT_ATTEMPTS
                        && was_taken(number, &output) => {}
                Err(Error::Failed { output, .. })
                    if rest_of_a_killed_one(&output) && since.elapsed() < PATIENCE_WITH_THE_DYING =>
                {
                    thread::sleep(Duration::from_millis(200));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// A live Postgres that does not hold our lock was started by somebody else, for instance by hand.
    fn refuse_foreign_server(&self) -> Result<(), Error> {
        let cluster = self.layout.cluster();
        match Postmaster::read(&self.layout.pid_file()) {
            Some(found) if found.works_in(&cluster) => Err(Error::InUse {
                folder: cluster,
                by: format!("a Postgres that Perennial did not start runs on it as process {}", found.pid),
            }),
            _ => Ok(()),
        }
    }

    /// Removes what a killed server left behind and what would hinder a new one.
    ///
    /// Postgres clears its `postmaster.pid` itself, except when its old process id is still, or again, in the process
    /// table: as a zombie that nobody has reaped yet, or as another program. Only Linux tells these from a rival.
    fn sweep(&self) -> Result<(), Error> {
        let file = self.layout.pid_file();
        if Postmaster::read(&file).is_some_and(Postmaster::id_is_taken) && cfg!(target_os = "linux") {
            fs::remove_file(&file).map_err(Error::file("remove the stale", &file))?;
        }
        let socket = self.layout.socket();
        for entry in fs::read_dir(&socket).map_err(Error::file("read the folder", &socket))?.flatten() {
            if entry.file_name().to_string_lossy().starts_with(".s.PGSQL.") {
                let path = entry.path();
                fs::remove_file(&path).map_err(Error::file("remove the stale", &path))?;
            }
        }
        Ok(())
    }

    fn former_port(&self) -> Option<u16> {
        let former = settings::port_in(&fs::read_to_string(self.layout.configuration()).ok()?)?;
        TcpListener::bind((Ipv4Addr::LOCALHOST, former)).is_ok().then_some(former)
    }

    fn start_once(&self, lock: &File, port: u16) -> Result<Server, Error> {
        let cluster = self.layout.cluster();
        let configuration = self.layout.configuration();
        let machine = Machine::here(&cluster);
        let text = settings::render(&self.layout, machine, port, self.durability, self.knows_lz4());
        write_whole(&configuration, &text, 0o600)?;
        self.user.give(&configuration)?;

        let failed = |output: String| Error::Failed { what: String::from("starting Postgres"), output };
        let log = self.layout.start_log();
        let output = File::create(&log).map_err(Error::file("write", &log))?;
        let errors = output.try_clone().map_err(Error::file("write", &log))?;
        // Whoever has it as its output holds it: the server until it has a log, and then the process that writes that.
        // Where it cannot be locked, the end of that process is not waited for.
        let _ = output.try_lock();
        // The lock goes along as standard input: every process of the server inherits it, none reads it, and the
        // kernel drops it with the last of them. So the lock is free exactly when no process touches the cluster.
        let lock = lock.try_clone().map_err(Error::file("hand over", &self.layout.server_lock()))?;
        let mut command = self.binaries.command(&self.user, "postgres");
        command.arg("-D").arg(&cluster).stdin(lock).stdout(output).stderr(errors);
        // Its own process group: Ctrl-C in the terminal is for us, and we stop it in order.
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| failed(format!("it cannot be run: {error}")))?;
        // With it go our handles of what the server prints.
        drop(command);
        let pid = i32::try_from(child.id()).unwrap_or_default();

        let since = Instant::now();
        let mut told = Duration::ZERO;
        loop {
            if let Ok(Some(status)) = child.try_wait() {
                // The process that writes its log outlives it for a moment, and has the reason.
                locks::alone_within(&log, PATIENCE_WITH_A_LOG, || ())?;
                return Err(failed(format!("it ended with {status}:\n{}", self.log_tail())));
            }
            match Postmaster::read(&self.layout.pid_file()) {
                Some(postmaster) if postmaster.pid == pid && postmaster.ready => {
                    self.report.tell(&Progress::Ready { port });
                    return Ok(Server { postmaster, child: Some(child), adopted: false });
                }
                _ => {}
            }
            let waited = since.elapsed();
            if waited > told + Duration::from_secs(5) {
                told = waited;
                self.report.tell(&Progress::StillStarting { waited });
            }
            if waited > PATIENCE_WITH_A_START {
                let (folder, seconds, log) = (cluster, waited.as_secs(), self.log_tail());
                return Err(Error::NotReady { folder, seconds, log });
            }
            thread::sleep(POLL);
        }
    }

    /// Whether these programs were built with lz4; asking costs some milliseconds.
    fn knows_lz4(&self) -> bool {
        let mut command = self.binaries.command(&self.user, "postgres");
        command.args(["-C", "wal_compression", "-c", "wal_compression=lz4", "-D"]);
        command.arg(self.layout.cluster()).stdin(Stdio::null());
        command.output().is_ok_and(|answer| answer.status.success())
    }

    /// The end of what the server printed before its log was open, then of its newest log file.
    fn log_tail(&self) -> String {
        let newest = fs::read_dir(self.layout.log())
            .into_iter()
            .flatten()
            .flatten()
            .max_by_key(|entry| entry.metadata().and_then(|metadata| metadata.modified()).ok())
            .map(|entry| entry.path());
        let files = [Some(self.layout.start_log()), newest];
        let tails: Vec<String> = files.iter().flatten().filter_map(|file| tail(file)).collect();
        tails.join("\n")
    }

    /// Stops the server in order: open transactions are rolled back, memory is written, the lock becomes free.
    pub(crate) fn stop(&self, child: Option<&mut Child>) -> Result<(), Error> {
        let Some(postmaster) = Postmaster::read(&self.layout.pid_file()) else { return Ok(()) };
        if locks::try_alone(&self.layout.server_lock())?.is_some() || !postmaster.is_alive() {
            return Ok(());
        }
        self.report.tell(&Progress::Stopping);
        for (signal, patience) in
            [(Signal::INT, PATIENCE_WITH_A_STOP), (Signal::QUIT, PATIENCE_WITH_THE_DYING)]
        {
            postmaster.signal(signal);
            if locks::alone_within(&self.layout.server_lock(), patience, || ())?.is_some() {
                if let Some(child) = child {
                    // It is gone; this only takes its entry out of the process table.
                    let _ = child.wait();
                }
                return Ok(());
            }
        }
        Err(Error::Failed {
            what: format!("stopping Postgres (process {})", postmaster.pid),
            output: self.log_tail(),
        })
    }
}

/// Whether something accepts connections on this port here; another container has another loopback address.
fn answers(port: u16) -> bool {
    TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), Duration::from_secs(2)).is_ok()
}

fn free_port() -> Result<u16, Error> {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    taken.map(|address| address.port()).map_err(|error| Error::Failed {
        what: String::from("finding a free port on 127.0.0.1"),
        output: error.to_string(),
    })
}

/// Whether a start failed because of its port; another program may be quicker between the choice and the start.
fn was_taken(port: u16, log: &str) -> bool {
    log.contains("could not bind") || TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err()
}

fn rest_of_a_killed_one(log: &str) -> bool {
    log.contains("pre-existing shared memory block")
        || log.contains("lock file \"postmaster.pid\" already exists")
}

/// The last lines of a log file, `None` when there are none.
fn tail(file: &Path) -> Option<String> {
    let bytes = fs::read(file).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.iter().skip(lines.len().saturating_sub(20)).copied().collect::<Vec<_>>().join("\n");
    (!last.is_empty()).then_some(last)
}

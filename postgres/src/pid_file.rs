//! `postmaster.pid`: what Postgres writes about itself, and whether that process still is one.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// What a running Postgres says in its `postmaster.pid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Postmaster {
    pub(crate) pid: i32,
    pub(crate) port: u16,
    pub(crate) ready: bool,
}

impl Postmaster {
    /// Reads the file; `None` when there is none or it is not yet complete up to the port.
    pub(crate) fn read(file: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(file).ok()?)
    }

    /// The lines are: pid, data folder, start time, port, socket folder, address, shared memory, state.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        // Postgres writes its id negative when it runs without a postmaster (single-user mode).
        let pid = lines.next()?.trim().parse::<i32>().ok()?.checked_abs().filter(|pid| *pid > 1)?;
        let port = lines.nth(2)?.trim().parse().ok()?;
        let ready = lines.nth(3).is_some_and(|state| state.trim() == "ready");
        Some(Self { pid, port, ready })
    }

    pub(crate) fn is_alive(self) -> bool {
        is_alive(self.pid)
    }

    /// Whether the process table still has its id: Postgres itself takes even a zombie for a rival.
    pub(crate) fn id_is_taken(self) -> bool {
        exists(self.pid)
    }

    /// Whether the process is alive and works in `cluster`, as a Postgres on that folder does.
    ///
    /// Where the system does not tell the working folder of a process, the answer is no.
    pub(crate) fn works_in(self, cluster: &Path) -> bool {
        let Ok(folder) = fs::read_link(format!("/proc/{}/cwd", self.pid)) else { return false };
        self.is_alive() && fs::canonicalize(cluster).is_ok_and(|cluster| cluster == folder)
    }

    pub(crate) fn signal(self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            // The one error possible is that the process is gone, which is what the caller waits for.
            let _ = kill_process(pid, signal);
        }
    }
}

/// Whether a process with this id exists and is not merely waiting to be reaped.
///
/// A dead postmaster stays a zombie where the first process of a container does not reap.
pub fn is_alive(pid: i32) -> bool {
    exists(pid) && !is_zombie(pid)
}

/// Whether the process table has this id, be it of a zombie.
fn exists(pid: i32) -> bool {
    let Some(id) = Pid::from_raw(pid) else { return false };
    match test_kill_process(id) {
        Ok(()) => true,
        Err(error) => error == rustix::io::Errno::PERM,
    }
}

fn is_zombie(pid: i32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The name of the program stands in parentheses and may itself contain some.
    stat.rsplit_once(')').is_some_and(|(_, rest)| matches!(rest.trim_start().chars().next(), Some('Z' | 'X')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str =
        "4242\n/data/cluster\n1763700000\n5444\n/data/socket\n127.0.0.1\n  1234  5\nready   \n";

    #[test]
    fn a_ready_server_is_read() {
        assert_eq!(Postmaster::parse(READY), Some(Postmaster { pid: 4242, port: 5444, ready: true }));
    }

    #[test]
    fn a_starting_server_is_not_ready() {
        let starting = READY.replace("ready", "starting");
        assert_eq!(Postmaster::parse(&starting).map(|found| found.ready), Some(false));
        let cut = "4242\n/data/cluster\n1763700000\n5444\n";
        assert_eq!(Postmaster::parse(cut), Some(Postmaster { pid: 4242, port: 5444, ready: false }));
    }

    #[test]
    fn half_written_or_foreign_content_is_nothing() {
        for text in ["", "4242\n", "x\n/d\n1\n5\n", "1\n/d\n1\n5444\n", "0\n/d\n1\n5444\n"] {
            assert_eq!(Postmaster::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn this_process_is_alive_and_a_reaped_one_is_not() {
        assert!(is_alive(std::process::id() as i32));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id() as i32;
        child.wait().unwrap();
        assert!(!is_alive(pid));
    }

    #[test]
    fn a_zombie_is_not_alive() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id() as i32;
        let since = std::time::Instant::now();
        while is_alive(pid) && since.elapsed().as_secs() < 60 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(!is_alive(pid), "a dead child that nobody waited for counts as dead");
        child.wait().unwrap();
    }
}

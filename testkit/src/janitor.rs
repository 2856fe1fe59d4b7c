//! Stops the test server when no test process is left.
//!
//! A test process may be killed, and many test runners end the process without running any destructor, so the server cannot be
//! stopped from within. A small shell process watches instead: every test process leaves a file named after
//! its id, and when all of them are gone for some seconds, the watcher stops the server and ends.
//!
//! A process that arrives just then is not lost: it registers first and looks for the `closing` mark second, the
//! watcher sets the mark first and looks for processes second, so at least one of them sees the other. The watcher is the
//! one who steps back; the process waits until the mark is gone.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const SCRIPT: &str = include_str!("janitor.sh");
/// How long the server stays when no test process is left: time enough for the next one to begin.
const LINGER_SECONDS: u32 = 15;
/// A stop takes less than a second; a mark that stays longer was left by a watcher that was killed.
const STOP_PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub(crate) struct Janitor {
    folder: PathBuf,
    linger_seconds: u32,
}

impl Janitor {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.join("janitor"), linger_seconds: LINGER_SECONDS }
    }

    /// Makes this process known, so that the server stays while it lives.
    pub(crate) fn register(&self) -> io::Result<()> {
        self.register_process(std::process::id())
    }

    fn register_process(&self, id: u32) -> io::Result<()> {
        let users = self.folder.join("users");
        fs::create_dir_all(&users)?;
        fs::write(users.join(id.to_string()), "")?;
        let closing = self.folder.join("closing");
        let since = Instant::now();
        while closing.exists() {
            if since.elapsed() > STOP_PATIENCE {
                // Another process that waited as long may have been first.
                return match fs::remove_dir(closing) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                };
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Sees to it that a watcher lives for the server with this process id.
    pub(crate) fn watch(&self, server: i32) -> io::Result<()> {
        let mark = self.folder.join("watcher");
        let lock = fs::File::create(self.folder.join("lock"))?;
        lock.lock()?;
        let watching = fs::read_to_string(&mark).ok().and_then(|text| {
            let (watcher, watched) = text.split_once(' ')?;
            Some((watcher.parse::<i32>().ok()?, watched.trim().parse::<i32>().ok()?))
        });
        if watching
            .is_some_and(|(watcher, watched)| watched == server && perennial_postgres::is_alive(watcher))
        {
            return Ok(());
        }
        let watcher = Command::new("sh")
            .args(["-c", SCRIPT, "perennial-testkit-janitor"])
            .args([
                self.folder.as_os_str(),
                server.to_string().as_ref(),
                self.linger_seconds.to_string().as_ref(),
            ])
            // Nothing of the test's: neither its output, which a runner reads to the end, nor its process group.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        fs::write(mark, format!("{} {server}", watcher.id()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perennial_postgres::{Durability, Options, PrivatePostgres, is_alive};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_process_that_comes_during_the_closing_waits_for_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let janitor = Janitor::new(folder.path());
        let closing = janitor.folder.join("closing");
        fs::create_dir_all(&closing).unwrap();
        let since = Instant::now();
        let end = thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            fs::remove_dir(closing).unwrap();
        });
        janitor.register().unwrap();
        assert!(since.elapsed() >= Duration::from_millis(300));
        assert!(janitor.folder.join("users").join(std::process::id().to_string()).exists());
        end.join().unwrap();
    }

    #[tokio::test]
    async fn the_server_ends_with_the_last_process_even_if_that_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let options =
            Options::new(folder.path()).durability(Durability::ProcessOnly).install_when_missing(true);
        let running = PrivatePostgres::start(options.supervise(false)).await.unwrap();
        let server = running.pid().unwrap();
        running.leave_running();

        let janitor = Janitor { linger_seconds: 1, ..Janitor::new(folder.path()) };
        let mut user = Command::new("sleep").arg("60").spawn().unwrap();
        janitor.register_process(user.id()).unwrap();
        janitor.watch(server).unwrap();
        let watcher = fs::read_to_string(janitor.folder.join("watcher")).unwrap();
        janitor.watch(server).unwrap();
        assert_eq!(
            fs::read_to_string(janitor.folder.join("watcher")).unwrap(),
            watcher,
            "one watcher is enough"
        );
        thread::sleep(Duration::from_millis(2500));
        assert!(is_alive(server), "a process still uses it");

        user.kill().unwrap();
        user.wait().unwrap();
        let since = Instant::now();
        while is_alive(server) || janitor.folder.join("closing").exists() {
            assert!(since.elapsed() < Duration::from_secs(60), "nobody uses it any more");
            thread::sleep(Duration::from_millis(50));
        }
    }
}

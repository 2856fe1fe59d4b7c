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
}

impl Janitor {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.join("janitor") }
    }

    /// Makes this process known, so that the server stays while it lives.
    pub(crate) fn register(&self) -> io::Result<()> {
        let users = self.folder.join("users");
        fs::create_dir_all(&users)?;
        fs::write(users.join(std::process::id().to_string()), "")?;
        let closing = self.folder.join("closing");
        let since = Instant::now();
        while closing.exists() {
            if since.elapsed() > STOP_PATIENCE {
                return fs::remove_dir(closing);
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
            .args([self.folder.as_os_str(), server.to_string().as_ref(), LINGER_SECONDS.to_string().as_ref()])
            // Nothing of the test's: neither its output, which a runner reads to the end, nor its process group.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        fs::write(mark, format!("{} {server}", watcher.id()))
    }
}

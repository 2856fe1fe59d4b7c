//! Locks between processes.
//!
//! They are `flock` locks, which the kernel drops with the last file handle: whatever dies, and however, leaves none behind.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;

const POLL: Duration = Duration::from_millis(20);

fn open(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(Error::file("open the lock file", path))
}

/// Takes the lock alone if nobody has it, else answers `None` at once.
pub(crate) fn try_alone(path: &Path) -> Result<Option<File>, Error> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(Error::file("lock", path)(error)),
    }
}

/// Takes the lock alone, waiting up to `patience`; `waiting` is called once when it has to wait.
pub(crate) fn alone_within(
    path: &Path,
    patience: Duration,
    waiting: impl FnOnce(),
) -> Result<Option<File>, Error> {
    let since = Instant::now();
    if let Some(file) = try_alone(path)? {
        return Ok(Some(file));
    }
    waiting();
    while since.elapsed() < patience {
        thread::sleep(POLL);
        if let Some(file) = try_alone(path)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// Takes the lock together with others; waits for one who has it alone.
pub(crate) fn together(path: &Path) -> Result<File, Error> {
    let file = open(path)?;
    file.lock_shared().map_err(Error::file("lock", path))?;
    Ok(file)
}

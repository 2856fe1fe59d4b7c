//! The files of a private Postgres below the data folder.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::Error;

/// The longest path of a unix socket that every supported system accepts, in bytes.
const SOCKET_PATH_LIMIT: usize = 100;

/// Where everything lies below one data folder:
///
/// ```text
/// postgres/cluster/            the data of Postgres (PGDATA)
/// postgres/socket/             its unix socket
/// postgres/log/                its log, one file a weekday
/// postgres/start.log           what it printed before its log was open
/// postgres/password            of the role `perennial`, which owns the database `perennial`
/// postgres/superuser.password  of the role `postgres`, for administrators
/// postgres/start.lock          held while somebody starts or stops it
/// postgres/users.lock          held, shared, by every process that uses it
/// postgres/server.lock         held by the processes of Postgres themselves
/// binaries/                    the server programs, when npm installed them
/// ```
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) data: PathBuf,
    pub(crate) root: PathBuf,
}

impl Layout {
    pub(crate) fn new(data: &Path) -> Self {
        Self { data: data.to_owned(), root: data.join("postgres") }
    }

    pub(crate) fn cluster(&self) -> PathBuf {
        self.root.join("cluster")
    }

    /// A cluster is made here and renamed when it is complete, so that a half-made one is never started.
    pub(crate) fn unfinished(&self) -> PathBuf {
        self.root.join("cluster.unfinished")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.root.join("socket")
    }

    /// Whether a unix socket in [`Layout::socket`] has a path short enough for the operating system.
    pub(crate) fn socket_fits(&self) -> bool {
        self.socket().as_os_str().len() + "/.s.PGSQL.65535".len() <= SOCKET_PATH_LIMIT
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    pub(crate) fn start_log(&self) -> PathBuf {
        self.root.join("start.log")
    }

    pub(crate) fn password(&self) -> PathBuf {
        self.root.join("password")
    }

    pub(crate) fn superuser_password(&self) -> PathBuf {
        self.root.join("superuser.password")
    }

    pub(crate) fn start_lock(&self) -> PathBuf {
        self.root.join("start.lock")
    }

    pub(crate) fn users_lock(&self) -> PathBuf {
        self.root.join("users.lock")
    }

    pub(crate) fn server_lock(&self) -> PathBuf {
        self.root.join("server.lock")
    }

    pub(crate) fn pid_file(&self) -> PathBuf {
        self.cluster().join("postmaster.pid")
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.cluster().join("perennial.conf")
    }

    pub(crate) fn binaries(&self) -> PathBuf {
        self.data.join("binaries")
    }
}

/// Makes a folder with all that lead to it; one that exists keeps its mode.
pub(crate) fn make_folder(path: &Path, mode: u32) -> Result<(), Error> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(Error::file("create the folder", path))
}

/// Writes a small file at once: another process sees the old content or the new one, never a part.
pub(crate) fn write_whole(path: &Path, content: &str, mode: u32) -> Result<(), Error> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let write = || {
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&new)?;
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    write().map_err(Error::file("write", path))
}

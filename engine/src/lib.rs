//! The loyalty engine on Postgres: ledger, intake, reads, notifications.

//! A private Postgres: found or unpacked, initialised, started, adopted and stopped.

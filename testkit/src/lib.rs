//! Test databases cloned from one migrated template (dev only).

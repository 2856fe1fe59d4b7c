//! The dashboard over HTTP, as a browser without scripts sees it: pages, forms, roles, tenants.
#![cfg(feature = "ssr")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod adjustments;
mod catalogue;
mod keys;
mod ledger;
mod meanwhile;
mod pages;
mod policies;
mod promotions;
mod purchases;
mod queues;
mod returns;
mod settings;
mod sign_in;
mod team;
mod webhooks;

//! The server: HTTP, configuration, command line.
//!
//! A request goes from [`http`] (sockets, time limits, drain) through [`edge`] (request ids, rate limits, routing
//! between API and pages) to [`api`], [`graphql`], [`health`] or the pages of `perennial-app`. [`start`] puts all of it
//! together; [`cli`] is what people type. The binary is only a door to this library, so that tests can start the
//! very same server inside their own process.

pub mod api;
pub mod bus;
pub mod cli;
pub mod config;
pub mod database;
pub mod edge;
pub mod graphql;
pub mod health;
pub mod http;
mod logging;
pub mod start;
mod traces;
pub mod webhooks;

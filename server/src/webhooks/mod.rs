//! The client that sends webhooks: what stands between an address that a merchant typed and the network of the
//! installation.
//!
//! Only https, only to addresses of the public internet. A name is resolved once, every address of it is looked at, and
//! the connection goes to one that passed: a name that says something else a moment later (DNS rebinding) leads
//! nowhere. No redirect is followed and no proxy asked, because both would choose another address. An installation
//! that sends to machines of its own network says so in its configuration.

mod address;
mod client;

pub use client::Client;

//! The loyalty engine on Postgres: ledger, intake, reads, notifications.
//!
//! No HTTP and no HTML: an edge authenticates a caller, gets a [`Cx`], calls a method of [`Engine`] and turns what
//! it returns into its own form. The order in which to read:
//!
//! * [`Engine`] is the handle, [`Cx`] says who acts for which merchant, [`Error`] everything that can go wrong;
//! * [`snapshot`] is what a server keeps in memory, [`rules`](crate::promotions) how it changes;
//! * [`intake`] is the heart: purchases in, points out;
//! * then one module a noun.

pub mod adjustments;
pub mod api_keys;
pub mod bulk;
pub mod bus;
pub mod claims;
mod clock;
mod coalesce;
mod config;
mod constraint;
pub mod customer_rewards;
pub mod customer_tokens;
pub mod customers;
mod cx;
mod due;
mod edit;
mod engine;
mod entity;
mod error;
pub mod events;
pub mod expiry;
mod housekeeping;
mod idempotency;
pub mod import;
pub mod inbox;
pub mod intake;
mod jobs;
pub mod json;
mod ledger;
mod limits;
pub mod live;
pub mod login_codes;
pub mod mail;
pub mod merchants;
pub mod messages;
mod modules;
pub mod outbox;
mod page;
mod pending;
pub mod points;
pub mod privacy;
pub mod products;
pub mod promotions;
pub mod purchase_record;
pub mod purchases;
pub mod queue;
pub mod quotes;
pub mod reconcile;
mod replay;
pub mod requests;
pub mod retailers;
pub mod returns;
pub mod reward_search;
pub mod rewards;
mod rules;
mod sample;
mod sandbox;
pub mod sessions;
pub mod snapshot;
pub mod staff;
mod statement;
pub mod statistics;
mod stored;
mod throttle;
pub mod webhooks;
mod wire;
mod workers;

pub use clock::{Clock, whole_micros};
pub use config::{EngineConfig, MailTransport};
pub use cx::{Actor, Cx};
pub use edit::{Edit, Editable, fingerprint};
pub use engine::Engine;
pub use error::{Error, What};
pub use idempotency::{Answer, Remember, check_key};
pub use modules::{cashback, leaderboard, policies, referrals, tiers};
pub use page::{LIMIT_DEFAULT, LIMIT_MAX, Page, PageRequest, cursor};
pub use workers::Workers;

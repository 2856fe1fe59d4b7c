//! Pages, components and server functions (Leptos).
//!
//! Built twice: with `ssr` into the server, with `hydrate` into the WebAssembly of the portal and of the dashboard.
//! Every page is rendered on the server and works without scripts; in the browser the same components wake up.

// The type of a page is its whole markup; the default of 128 is too shallow for a table inside a card inside a page.
#![recursion_limit = "512"]

pub mod address;
pub mod dashboard;
pub mod error;
pub mod form;
pub mod portal;
pub mod rpc;
pub mod ui;

#[cfg(feature = "ssr")]
mod apology;
#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
mod cashback;
#[cfg(feature = "ssr")]
mod files;
#[cfg(feature = "ssr")]
pub mod format;
#[cfg(feature = "ssr")]
mod landing;
#[cfg(feature = "ssr")]
mod mailbox;
#[cfg(feature = "ssr")]
mod owner;
#[cfg(feature = "ssr")]
mod returned;
#[cfg(feature = "ssr")]
mod router;
#[cfg(feature = "ssr")]
mod security;
#[cfg(feature = "ssr")]
pub mod session;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod state;
#[cfg(feature = "ssr")]
mod theme;
#[cfg(feature = "ssr")]
mod unsubscribe;

#[cfg(feature = "ssr")]
pub use apology::{Visitor, apology};
#[cfg(feature = "ssr")]
pub use router::{dashboard_paths, router};
#[cfg(feature = "ssr")]
pub use state::{AppState, WebConfig};

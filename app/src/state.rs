//! What every request of the pages can reach.

use crate::assets::Assets;
use crate::portal::claim::throttle::ClaimThrottle;
use crate::session::Sessions;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use perennial_engine::Engine;

/// The state of the page router.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// Leptos needs its own settings in the state; only the environment is read from them.
    pub leptos_options: LeptosOptions,
    /// The loyalty engine.
    pub engine: Engine,
    /// Sessions of browsers.
    pub sessions: Sessions,
    /// Names of the built files.
    pub assets: Assets,
    /// How the pages are reached.
    pub config: WebConfig,
    /// How often customers may try claim codes.
    pub claims: ClaimThrottle,
}

impl AppState {
    /// Puts the state together.
    pub fn new(engine: Engine, assets: Assets, config: WebConfig) -> Self {
        let sessions = Sessions::new(engine.clone(), config.secure_cookies);
        let leptos_options = LeptosOptions::builder().output_name("perennial").build();
        Self { leptos_options, engine, sessions, assets, config, claims: ClaimThrottle::default() }
    }
}

/// How the pages are reached.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// Address under which browsers reach the pages, without a slash at the end.
    pub base_url: String,
    /// Cookies carry `Secure` and `__Host-`: exactly when `base_url` is https.
    pub secure_cookies: bool,
    /// Serve `/dev/mailbox`: as configured, else where no SMTP server is and browsers reach the pages on this machine only.
    pub dev_mailbox: bool,
}

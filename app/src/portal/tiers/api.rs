//! What the page of the tiers shows.

use crate::error::PageError;
use crate::ui::Rank;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Where a customer stands, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingView {
    /// The tier; that there is none yet.
    pub name: String,
    /// How it is drawn; nothing without a tier.
    pub rank: Option<Rank>,
    /// “Yours until Dec 31, 2026”; nothing where nobody falls.
    pub until: Option<String>,
    /// How much of the way to the next tier, or to keeping this one, is done, in percent; and the same in words.
    pub way: Option<(u8, String)>,
    /// What is to be done: the bold part, and what follows it. To the next tier first, then to keep this one.
    pub todo: Vec<(String, String)>,
}

/// One tier of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// What it is called.
    pub name: String,
    /// “from 800 points”.
    pub from: String,
    /// What it brings.
    pub brings: Vec<String>,
    /// How it is drawn.
    pub rank: Rank,
    /// The customer has it.
    pub is_mine: bool,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TiersView {
    /// Where the customer stands; nothing while the merchant has no tiers.
    pub standing: Option<StandingView>,
    /// The ladder, the lowest first.
    pub steps: Vec<StepView>,
    /// How customers move on it, in a sentence.
    pub rules: String,
}

/// The ladder, and where the customer stands who is signed in.
#[server(prefix = "/rpc/portal", endpoint = "tiers", output = crate::rpc::TextJson)]
pub async fn tiers(slug: String) -> Result<TiersView, PageError> {
    use crate::session::{app_state, portal_customer};

    let cx = portal_customer(&slug).await?;
    super::words::view(&app_state()?.engine, &cx).await
}

//! What the wallet shows.

use crate::error::PageError;
use crate::portal::parts::Entry;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The wallet of a customer, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletView {
    /// What there is, by currency; one even when it is empty.
    pub money: Vec<Money>,
    /// The money once more, for the stream of the open page.
    pub mark: String,
    /// The offers that run now.
    pub offers: Vec<RunningOffer>,
    /// A page of what happened, newest first.
    pub entries: Vec<Entry>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// What there is in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// What can be spent: “$4.10”.
    pub available: String,
    /// What waits: “$2.00”.
    pub pending: Option<String>,
    /// What is gone next: how much, and until when it can be spent.
    pub expiring: Vec<(String, String)>,
}

/// An offer that runs now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningOffer {
    /// What it is called.
    pub name: String,
    /// The part that comes back: “5%”.
    pub percentage: String,
    /// What it gives, in a sentence.
    pub summary: String,
}

/// Entries on a page.
#[cfg(feature = "ssr")]
const PAGE: u32 = 25;

/// The wallet of the customer who is signed in, with what happened before the entry `after`.
#[server(prefix = "/rpc/portal", endpoint = "cashback", output = crate::rpc::TextJson)]
pub async fn wallet(slug: String, #[server(default)] after: Option<String>) -> Result<WalletView, PageError> {
    use super::words;
    use crate::session::{app_state, portal_customer};
    use perennial_engine::PageRequest;

    let cx = portal_customer(&slug).await?;
    let engine = app_state()?.engine;
    let id = cx.require_customer()?;
    let program = engine.snapshot(&cx).await?;
    let wallets = engine.customer_cashback(&cx, id).await?;
    let page = engine.customer_cashback_entries(&cx, id, &PageRequest::new(Some(PAGE), after)?).await?;
    let now = engine.now(cx.merchant());
    let offers = engine.cashback_offers_running(&cx).await?;
    Ok(WalletView {
        money: words::money(&wallets, now, &program.settings),
        mark: words::mark(&wallets),
        offers: offers
            .into_iter()
            .map(|offer| RunningOffer {
                name: offer.name,
                percentage: crate::cashback::percents(offer.percentage),
                summary: offer.summary,
            })
            .collect(),
        entries: page.data.iter().map(|entry| words::entry(&slug, entry, now)).collect(),
        next: page.next,
    })
}
